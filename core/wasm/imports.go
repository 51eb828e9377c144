package wasm

import (
	"bytes"
	"context"
	"crypto/rand"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// What a host call costs of a guest's steps, beside the bytes it moves: so that
// a flood of calls ends at the limit of steps, and copying is not free.
const (
	hostCallSteps = 64
	bytesPerStep  = 8
	checkBytes    = 1 << 16 // a call that moves more looks at the deadline itself
)

const maxRandom = 64 << 10

// waitLimit bounds one host call that may wait. Such time is not the guest's.
const waitLimit = 100 * time.Millisecond

// hostCall is a function of the host. It reads its parameters from s and leaves
// its result in s[0].
type hostCall func(g *guest, s []uint64)

// hostFunctions returns all that guests may import, by module and name.
func hostFunctions() map[string]hostFunc {
	all := map[string]hostFunc{}
	calls := map[string]hostCall{
		"log": hostLog, "config_get": configGet,
		"tag_get": tagGet, "tag_set": tagSet, "slot_get": slotGet, "slot_set": slotSet,
		"kv_get": kvGet, "kv_set": kvSet, "counter_add": counterAdd,
		"json_get": jsonGet, "json_set": jsonSet, "json_len": jsonLen,
		"now": hostNow, "random": hostRandom,
	}
	for _, im := range abi.Imports() {
		f := hostFunc{sig: signatureOf(im), capability: im.Capability}
		call := calls[im.Name]
		if im.Reserved || call == nil {
			f.refused = "this gateway does not offer it yet"
		} else {
			f.call = counted(call, im.Result)
		}
		all[abi.ImportModule+"."+im.Name] = f
	}
	addWASI(all)
	return all
}

func signatureOf(im abi.Import) signature {
	s := "("
	for i, p := range im.Params {
		if i > 0 {
			s += ","
		}
		s += p.Type.String()
	}
	return signature(s + ")->" + im.Result.String())
}

// counted wraps a host function in the limits. Once a hook has used up its calls
// further ones fail without doing anything, and still cost steps.
func counted(f hostCall, result abi.ValueType) api.GoModuleFunc {
	return func(ctx context.Context, _ api.Module, s []uint64) {
		g := guestOf(ctx)
		g.charge(0)
		g.hostCalls++
		if g.hostCalls > g.pool.setup.limits.HostCalls {
			switch result { //nolint:exhaustive // the rest gives nothing back
			case abi.I32:
				fail(s, abi.StatusExhausted)
			case abi.I64:
				s[0] = 0
			}
			return
		}
		f(g, s)
	}
}

// charge adds the cost of a host call that moves n bytes.
func (g *guest) charge(n int) {
	g.steps += hostCallSteps + int64(n/bytesPerStep)
	if g.steps > g.stepLimit || n > checkBytes {
		g.check()
	}
}

// in reads a pointer and a length at s. The bytes are valid until the guest runs.
func (g *guest) in(s []uint64) ([]byte, bool) {
	b, ok := g.mem.view(uint32(s[0]), uint32(s[1]))
	g.charge(len(b))
	return b, ok
}

// out writes v to the pointer and capacity at to and returns its length in s[0].
// If v does not fit nothing is written, and the guest can ask again.
func (g *guest) out(s, to []uint64, v []byte) {
	room := uint32(to[1])
	if uint64(len(v)) > uint64(room) {
		s[0] = uint64(uint32(len(v)))
		return
	}
	b, ok := g.mem.view(uint32(to[0]), room)
	if !ok {
		fail(s, abi.StatusInvalid)
		return
	}
	g.charge(len(v))
	copy(b, v)
	s[0] = uint64(uint32(len(v)))
}

func fail(s []uint64, status abi.Status) { s[0] = uint64(uint32(-int32(status))) }

func succeed(s []uint64) { s[0] = uint64(abi.StatusOK) }

func hostLog(g *guest, s []uint64) {
	level := abi.Level(uint32(s[0]))
	if level > abi.LevelError {
		level = abi.LevelUnspecified
	}
	if text, ok := g.in(s[1:]); ok {
		g.log(level, text)
	}
}

func tagGet(g *guest, s []uint64) {
	key, ok := g.in(s)
	if !ok || g.call == nil {
		fail(s, abi.StatusInvalid)
		return
	}
	if !g.pool.module.manifest.Sees.Tags {
		fail(s, abi.StatusDenied)
		return
	}
	for _, list := range [2][]core.Tag{g.call.Reply.Tags, g.call.Exchange.Tags} {
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].Key == string(key) {
				g.out(s, s[2:], abi.View(list[i].Value))
				return
			}
		}
	}
	fail(s, abi.StatusNotFound)
}

// tagSet adds a tag to the reply, so that it counts if and only if the reply does.
func tagSet(g *guest, s []uint64) {
	key, ok := g.in(s)
	value, ok2 := g.in(s[2:])
	switch {
	case !ok || !ok2 || g.call == nil || len(key) == 0 || !isText(key) || !isText(value):
		fail(s, abi.StatusInvalid)
	case len(key) > maxTagKey || len(value) > maxTagValue || len(g.call.Reply.Tags) >= maxReplyTags:
		fail(s, abi.StatusTooLarge)
	default:
		g.call.Reply.Tags = append(g.call.Reply.Tags, core.Tag{Key: string(key), Value: string(value)})
		succeed(s)
	}
}

const maxReplyTags = 64

func slotGet(g *guest, s []uint64) {
	name, ok := g.in(s)
	if !ok || g.call == nil {
		fail(s, abi.StatusInvalid)
		return
	}
	var v []byte
	found := false
	g.pool.module.host.scratch.look(g.call.Exchange.ID, func(x *scratch) { v, found = x.slots[slotKey{g.pool.setup.name, string(name)}] })
	if !found {
		fail(s, abi.StatusNotFound)
		return
	}
	g.out(s, s[2:], v)
}

func slotSet(g *guest, s []uint64) {
	name, ok := g.in(s)
	value, ok2 := g.in(s[2:])
	switch {
	case !ok || !ok2 || g.call == nil || len(name) == 0:
		fail(s, abi.StatusInvalid)
		return
	case len(name) > maxSlotName || len(value) > maxSlotValue:
		fail(s, abi.StatusTooLarge)
		return
	}
	full := false
	g.pool.module.host.scratch.change(g.call.Exchange.ID, func(x *scratch) {
		key := slotKey{g.pool.setup.name, string(name)}
		_, there := x.slots[key]
		if full = !there && len(x.slots) >= maxSlots; !full {
			x.slots[key] = bytes.Clone(value)
		}
	})
	if full {
		fail(s, abi.StatusTooLarge)
		return
	}
	succeed(s)
}

// space is the namespace of the guest's plugin for the tenant it works for.
func (g *guest) space() string {
	ns := g.pool.setup.space
	if g.call != nil && g.call.Exchange.Consumer != nil {
		ns += g.call.Exchange.Consumer.Tenant
	}
	return ns
}

// wait runs f, which may wait, and does not count its time against the deadline,
// up to a multiple of it.
func (g *guest) wait(f func(ctx context.Context)) {
	host := g.pool.module.host
	began := host.now()
	ctx, cancel := context.WithTimeout(g.ctx, waitLimit)
	defer cancel()
	f(ctx)
	took := host.now() - began
	g.had(took)
	if g.waited += took; g.waited <= startFactor*g.pool.setup.limits.Deadline {
		g.deadline += took
	}
}

func kvGet(g *guest, s []uint64) {
	key, ok := g.in(s)
	if !ok || len(key) > maxKVKey {
		fail(s, abi.StatusInvalid)
		return
	}
	var v []byte
	var found bool
	var err error
	g.wait(func(ctx context.Context) { v, found, err = g.pool.module.host.opts.KV.Get(ctx, g.space(), string(key)) })
	switch {
	case err != nil:
		fail(s, abi.StatusUnavailable)
	case !found || len(v) == 0:
		fail(s, abi.StatusNotFound)
	default:
		g.out(s, s[2:], v)
	}
}

// trialLife bounds how long a value of an instance on trial is kept, since
// nobody tells a shared store that the trial is over.
const trialLife = 24 * time.Hour

// kvSet stores a value; an empty one deletes.
func kvSet(g *guest, s []uint64) {
	key, ok := g.in(s)
	value, ok2 := g.in(s[2:])
	ttl := int64(s[4])
	switch {
	case !ok || !ok2 || len(key) == 0 || ttl < 0 || ttl > int64(1<<63-1)/int64(time.Millisecond):
		fail(s, abi.StatusInvalid)
		return
	case len(key) > maxKVKey || len(value) > maxKVValue:
		fail(s, abi.StatusTooLarge)
		return
	}
	life := time.Duration(ttl) * time.Millisecond
	if g.pool.setup.trial != "" && (life == 0 || life > trialLife) {
		life = trialLife
	}
	var err error
	g.wait(func(ctx context.Context) {
		err = g.pool.module.host.opts.KV.Set(ctx, g.space(), string(key), value, life)
	})
	if err != nil {
		fail(s, abi.StatusUnavailable)
		return
	}
	succeed(s)
}

func counterAdd(g *guest, s []uint64) {
	name, ok := g.in(s)
	switch {
	case !ok || !isCounterName(name) || int64(s[2]) < 0:
		fail(s, abi.StatusInvalid)
	case !g.pool.tallies.add(name, int64(s[2])):
		fail(s, abi.StatusTooLarge)
	default:
		succeed(s)
	}
}

func isCounterName(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 64
}

func hostNow(g *guest, s []uint64) { s[0] = uint64(g.pool.module.host.opts.Clock.Now().UnixNano()) }

func hostRandom(g *guest, s []uint64) {
	b, ok := g.in(s)
	switch {
	case !ok:
		fail(s, abi.StatusInvalid)
	case len(b) > maxRandom:
		fail(s, abi.StatusTooLarge)
	default:
		_, _ = rand.Read(b) // never fails
		s[0] = uint64(len(b))
	}
}
