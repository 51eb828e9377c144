package wasm

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// importOf returns an import of the ABI by name.
func importOf(t testing.TB, name string) asmImport {
	t.Helper()
	for _, im := range abi.Imports() {
		if im.Name != name {
			continue
		}
		out := asmImport{module: abi.ImportModule, name: name}
		for _, p := range im.Params {
			out.params = append(out.params, byte(p.Type))
		}
		if im.Result != abi.None {
			out.results = []byte{byte(im.Result)}
		}
		return out
	}
	t.Fatalf("no import %s", name)
	return asmImport{}
}

// caller returns a guest whose prompt hook calls one import with constants and
// answers with flags: the result as the score of the first, and, if nameLen is
// positive, the nameLen bytes which the import wrote to outAt as the name of a
// second one.
func caller(im asmImport, nameLen int, data []asmData, args ...int64) *asmModule {
	first := (&abi.Reply{Flags: []abi.Flag{{Name: []byte("r"), Score: 1}}}).Append(nil)
	n := len(first)
	m := plain(im)
	frame := first
	if nameLen > 0 {
		frame = append(frame, 0x2a, byte(nameLen+2), 0x0a, byte(nameLen))
	}
	m.data = append(data, asmData{replyAt, frame})
	var push []byte
	for i, a := range args {
		if im.params[i] == i64 {
			push = append(push, i64c(a)...)
		} else {
			push = append(push, i32c(int32(a))...)
		}
	}
	convert := []byte{0xb7} // f64.convert_i32_s
	if len(im.results) == 0 {
		convert = cat(i32c(1), convert)
	} else if im.results[0] == i64 {
		convert = []byte{0xb9}
	}
	m.funcs[3].locals = []byte{f64}
	m.funcs[3].body = cat(push, call(0), convert, set(2),
		i32c(int32(replyAt+n-8)), get(2), op(0x39, 0, 0),
		i64c(int64(abi.Pack(replyAt, uint32(len(frame)+nameLen)))))
	return m
}

// outAt is where a caller's import writes nameLen bytes to, for one flag before.
const outAt = replyAt + 14 + 4

const inAt, in2At = 512, 768

func texts(parts ...string) []asmData {
	var out []asmData
	for i, p := range parts {
		out = append(out, asmData{uint32(inAt + i*(in2At-inAt)), []byte(p)})
	}
	return out
}

func TestImports(t *testing.T) {
	neg := func(s abi.Status) float64 { return -float64(s) }
	far := int64(1 << 30)
	for name, c := range map[string]struct {
		im     string
		out    int
		data   []asmData
		args   []int64
		result float64
		text   string
	}{
		"config string":         {"config_get", 2, texts("/lists/0/word"), []int64{inAt, 13, outAt, 2}, 2, "hi"},
		"config number":         {"config_get", 2, texts("/max"), []int64{inAt, 4, outAt, 2}, 2, "42"},
		"config too long":       {"config_get", 0, texts("/lists/0/word"), []int64{inAt, 13, outAt, 1}, 2, ""},
		"config missing":        {"config_get", 0, texts("/lists/7"), []int64{inAt, 8, outAt, 2}, neg(abi.StatusNotFound), ""},
		"config path far":       {"config_get", 0, nil, []int64{far, 7, outAt, 2}, neg(abi.StatusInvalid), ""},
		"config out far":        {"config_get", 0, texts("/max"), []int64{inAt, 4, far, 2}, neg(abi.StatusInvalid), ""},
		"length wraps":          {"config_get", 0, nil, []int64{-4, -1, outAt, 2}, neg(abi.StatusInvalid), ""},
		"json list":             {"json_len", 0, texts("/lists"), []int64{1, inAt, 6}, 1, ""},
		"json of a request":     {"json_len", 0, texts("/lists"), []int64{2, inAt, 6}, neg(abi.StatusUnavailable), ""},
		"config escaped":        {"config_get", 1, texts("/a~1b~0c"), []int64{inAt, 8, outAt, 1}, 1, "7"},
		"config no pointer":     {"config_get", 0, texts("max"), []int64{inAt, 3, outAt, 2}, neg(abi.StatusNotFound), ""},
		"config odd index":      {"config_get", 0, texts("/lists/00"), []int64{inAt, 9, outAt, 2}, neg(abi.StatusNotFound), ""},
		"json len of a text":    {"json_len", 0, texts("/lists/0/word"), []int64{1, inAt, 13}, 4, ""},
		"kv delete":             {"kv_set", 0, texts("k"), []int64{inAt, 1, inAt, 0, 0}, 0, ""},
		"counter down":          {"counter_add", 0, texts("hits"), []int64{inAt, 4, -3}, neg(abi.StatusInvalid), ""},
		"json text":             {"json_get", 4, texts("/lists/0/word"), []int64{1, inAt, 13, outAt, 4}, 4, `"hi"`},
		"json set":              {"json_set", 0, texts("/max", "1"), []int64{1, inAt, 4, in2At, 1}, neg(abi.StatusDenied), ""},
		"tag":                   {"tag_get", 1, texts("k"), []int64{inAt, 1, outAt, 1}, 1, "v"},
		"tag missing":           {"tag_get", 0, texts("q"), []int64{inAt, 1, outAt, 1}, neg(abi.StatusNotFound), ""},
		"tag set":               {"tag_set", 0, texts("new", "value"), []int64{inAt, 3, in2At, 5}, 0, ""},
		"tag without key":       {"tag_set", 0, texts("new", "value"), []int64{inAt, 0, in2At, 5}, neg(abi.StatusInvalid), ""},
		"tag not text":          {"tag_set", 0, texts("\xff", "value"), []int64{inAt, 1, in2At, 5}, neg(abi.StatusInvalid), ""},
		"tag too large":         {"tag_set", 0, texts("k"), []int64{inAt, 1, in2At, 5000}, neg(abi.StatusTooLarge), ""},
		"slot missing":          {"slot_get", 0, texts("k"), []int64{inAt, 1, outAt, 1}, neg(abi.StatusNotFound), ""},
		"slot set":              {"slot_set", 0, texts("k", "v"), []int64{inAt, 1, in2At, 1}, 0, ""},
		"slot too large":        {"slot_set", 0, texts("k", "v"), []int64{inAt, 1, in2At, maxSlotValue + 1}, neg(abi.StatusTooLarge), ""},
		"kv missing":            {"kv_get", 0, texts("k"), []int64{inAt, 1, outAt, 1}, neg(abi.StatusNotFound), ""},
		"kv set":                {"kv_set", 0, texts("k", "v"), []int64{inAt, 1, in2At, 1, 0}, 0, ""},
		"kv negative ttl":       {"kv_set", 0, texts("k", "v"), []int64{inAt, 1, in2At, 1, -1}, neg(abi.StatusInvalid), ""},
		"kv value far":          {"kv_set", 0, texts("k", "v"), []int64{inAt, 1, far, 1, 0}, neg(abi.StatusInvalid), ""},
		"counter":               {"counter_add", 0, texts("hits"), []int64{inAt, 4, 3}, 0, ""},
		"counter's name":        {"counter_add", 0, texts("Hits"), []int64{inAt, 4, 3}, neg(abi.StatusInvalid), ""},
		"now":                   {"now", 0, nil, nil, 1_700_000_000_000_000_000, ""},
		"random":                {"random", 0, nil, []int64{inAt, 16}, 16, ""},
		"random far":            {"random", 0, nil, []int64{far, 16}, neg(abi.StatusInvalid), ""},
		"random of all memory":  {"random", 0, nil, []int64{0, 2 * pageBytes}, neg(abi.StatusTooLarge), ""},
		"log":                   {"log", 0, texts("a line"), []int64{3, inAt, 6}, 1, ""},
		"log of nothing mapped": {"log", 0, nil, []int64{3, far, 6}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := caller(importOf(t, c.im), c.out, c.data, c.args...)
			h := newTestHost(t, Options{Clock: newFakeClock()})
			manifest := core.Manifest{ID: "guardrail.test", Sees: core.Sees{Tags: true}, Capabilities: []string{"kv"}}
			i := instance(t, loadAs(t, h, m.bytes(), manifest), core.InstanceConfig{
				Grants: []string{"kv"},
				Config: map[string]any{"max": 42, "a/b~c": 7, "lists": []any{map[string]any{"word": "hi"}}},
			})
			ex := exchange("a", 1)
			ex.Tags = []core.Tag{{Key: "k", Value: "old"}, {Key: "k", Value: "v"}}
			r := handle(t, i, prompt(ex, "text"))
			if got := r.Flags[0].Score; got != c.result {
				t.Errorf("result %v, want %v", got, c.result)
			}
			if c.out > 0 && r.Flags[1].Name != c.text {
				t.Errorf("it wrote %q, want %q", r.Flags[1].Name, c.text)
			}
			if c.im == "tag_set" && c.result == 0 && (len(r.Tags) != 1 || r.Tags[0] != core.Tag{Key: "new", Value: "value"}) {
				t.Errorf("tags %v", r.Tags)
			}
			if name == "counter" && i.Counters()["hits"] != 3 {
				t.Errorf("counters %v", i.Counters())
			}
		})
	}
}

// TestSlotsAndState: what is left with an exchange is found there, by who left
// it, nowhere else, and not after it was forgotten.
func TestSlotsAndState(t *testing.T) {
	h := newTestHost(t, Options{})
	m := caller(importOf(t, "slot_get"), 0, texts("k", "v"), inAt, 1, outAt, 1)
	// Another export of the same guest, the route hook, sets the slot.
	set := importOf(t, "slot_set")
	m.imports = append(m.imports, set)
	m.funcs = append(m.funcs, asmFunc{export: "sallyport_route", params: []byte{i32, i32}, results: []byte{i64}, body: cat(
		i32c(inAt), i32c(1), i32c(in2At), i32c(1), call(1), drop, i64c(0))})
	module := load(t, h, m.bytes(), core.Limits{})
	mine, other := instance(t, module, core.InstanceConfig{Name: "mine"}), instance(t, module, core.InstanceConfig{Name: "other"})
	keeper := instance(t, load(t, h, replying((&abi.Reply{HasState: true, State: []byte("mine")}).Append(nil)).bytes(), core.Limits{}), core.InstanceConfig{Name: "k"})
	one, two := exchange("a", 1), exchange("a", 2)
	handle(t, mine, &core.Call{Exchange: one, Phase: core.PhaseRoute, Reply: &core.Reply{}})
	handle(t, keeper, prompt(one, "x"))
	found := func(i *Instance, ex *core.Exchange) bool { return handle(t, i, prompt(ex, "x")).Flags[0].Score == 1 }
	state := func(ex *core.Exchange) string { return string(keeper.pool.free[0].state(hookPrompt, prompt(ex, "x"))) }
	if !found(mine, one) || found(mine, two) || found(other, one) {
		t.Error("a slot is not where it was left, or elsewhere too")
	}
	if state(one) != "mine" || state(two) != "" {
		t.Errorf("states %q and %q", state(one), state(two))
	}
	h.Forget(one.ID)
	if found(mine, one) || state(one) != "" {
		t.Error("a forgotten exchange is remembered")
	}
}

// TestKVSpaces: a plugin's store is its own per tenant.
func TestKVSpaces(t *testing.T) {
	h := newTestHost(t, Options{})
	set := instance(t, load(t, h, caller(importOf(t, "kv_set"), 0, texts("k", "v"), inAt, 1, in2At, 1, 1000).bytes(), core.Limits{}), core.InstanceConfig{Name: "w", Grants: []string{"kv"}})
	get := instance(t, load(t, h, caller(importOf(t, "kv_get"), 0, texts("k"), inAt, 1, outAt, 1).bytes(), core.Limits{}), core.InstanceConfig{Name: "r", Grants: []string{"kv"}})
	handle(t, set, prompt(exchange("a", 1), "x"))
	for tenant, want := range map[string]float64{"a": 1, "b": -1} {
		if got := handle(t, get, prompt(exchange(tenant, 2), "x")).Flags[0].Score; got != want {
			t.Errorf("tenant %s gets %v, want %v", tenant, got, want)
		}
	}
}

func TestMemoryKV(t *testing.T) {
	clock := newFakeClock()
	kv := newMemoryKV(clock)
	ctx := t.Context()
	if err := kv.Set(ctx, "n", "k", []byte("v"), time.Second); err != nil {
		t.Fatal(err)
	}
	clock.advance(time.Second)
	if _, ok, _ := kv.Get(ctx, "n", "k"); ok {
		t.Error("an entry outlives its time")
	}
	var err error
	for n := 0; n <= maxKVBytes/maxKVValue && err == nil; n++ {
		err = kv.Set(ctx, "n", fmt.Sprint(n), make([]byte, maxKVValue), time.Minute)
	}
	if err == nil {
		t.Error("a namespace holds more than it may")
	}
	clock.advance(time.Minute)
	if err := kv.Set(ctx, "n", "k", make([]byte, maxKVValue), 0); err != nil {
		t.Errorf("entries that are over take room: %v", err)
	}
}

// TestHostCallFlood: calls beyond the limit fail, and cost steps as well (F34).
func TestHostCallFlood(t *testing.T) {
	m := plain(importOf(t, "log"))
	m.funcs[3].body = cat([]byte{0x03, 0x40}, i32c(1), i32c(0), i32c(4), call(0), op(0x0c, 0), []byte{0x0b, 0x00})
	lines := 0
	i := started(t, m, Options{Log: func(LogLine) { lines++ }}, core.InstanceConfig{Limits: core.Limits{Steps: 1 << 22, HostCalls: 100, Deadline: time.Minute}})
	wantFailure(t, i, FailSteps)
	if s := i.Stats(); lines != 100 || s.HostCalls < 1000 || s.HostCalls > 1<<22/hostCallSteps {
		t.Errorf("%d lines, stats %+v", lines, s)
	}
}

// TestLogCap: a plugin logs at most a MiB a minute, and no control characters.
func TestLogCap(t *testing.T) {
	var mu sync.Mutex
	total, last := 0, ""
	clock := newFakeClock()
	m := plain(importOf(t, "log"))
	m.data = texts("evil\x1b[2J\n\xff" + strings.Repeat("x", 200))
	m.funcs[3].body = cat(i32c(1), i32c(inAt), i32c(8000), call(0), i64c(0))
	i := started(t, m, Options{Clock: clock, Log: func(l LogLine) {
		mu.Lock()
		defer mu.Unlock()
		total, last = total+len(l.Text), l.Text
	}}, core.InstanceConfig{})
	for range 1000 {
		handle(t, i, prompt(exchange("a", 1), "x"))
	}
	if total > core.MaxLogMinute+1000 || total < core.MaxLogMinute/2 {
		t.Errorf("%d bytes logged in a minute", total)
	}
	if strings.ContainsAny(last, "\x1b\n\x00") || !strings.HasPrefix(last, "evil [2J \uFFFD") {
		t.Errorf("line %.40q", last)
	}
	s := i.Stats()
	if s.LogCut == 0 || s.LogLines+s.LogCut != 1000 {
		t.Errorf("stats %+v", s)
	}
	clock.advance(time.Minute)
	before := total
	handle(t, i, prompt(exchange("a", 1), "x"))
	if total == before {
		t.Error("nothing is logged in the next minute")
	}
}

// TestWASIWrite: standard output is logged line by line.
func TestWASIWrite(t *testing.T) {
	m := plain(asmImport{wasiModule, "fd_write", []byte{i32, i32, i32, i32}, []byte{i32}})
	vec := func(at, n uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, at), n)
	}
	m.data = append(texts("one\ntw", "o\nthree"), asmData{scratchAt, cat(vec(inAt, 6), vec(in2At, 7))})
	m.funcs[3].body = cat(i32c(2), i32c(scratchAt), i32c(2), i32c(scratchAt+64), call(0), drop,
		i32c(2), i32c(scratchAt), i32c(1<<20), i32c(scratchAt+64), call(0), drop, // too many vectors
		i32c(7), i32c(scratchAt), i32c(1), i32c(scratchAt+64), call(0), drop, // no such file
		i64c(0))
	var lines []string
	i := started(t, m, Options{Log: func(l LogLine) { lines = append(lines, l.Text) }}, core.InstanceConfig{})
	handle(t, i, prompt(exchange("a", 1), "x"))
	if strings.Join(lines, "|") != "one|two|three" {
		t.Errorf("lines %q", lines)
	}
}

// TestKVOfTrials: a version on trial reads and writes what is its own, which
// ends with it.
func TestKVOfTrials(t *testing.T) {
	h := newTestHost(t, Options{})
	setter := load(t, h, caller(importOf(t, "kv_set"), 0, texts("k", "v"), inAt, 1, in2At, 1, 0).bytes(), core.Limits{})
	config := func(trial string) core.InstanceConfig {
		return core.InstanceConfig{Name: "w" + trial, Grants: []string{"kv"}, Trial: trial}
	}
	store, ok := h.opts.KV.(*memoryKV)
	if !ok {
		t.Fatal("another store")
	}
	spaces := func() (all int, live bool) {
		store.mu.Lock()
		defer store.mu.Unlock()
		return len(store.ns), store.ns[setter.manifest.ID+"\x00a"] != nil
	}
	first, err := setter.NewInstance(config("shadow"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := setter.NewInstance(config("shadow")) // of the next snapshot
	if err != nil {
		t.Fatal(err)
	}
	canary, err := setter.NewInstance(config("canary"))
	if err != nil {
		t.Fatal(err)
	}
	handle(t, first, prompt(exchange("a", 1), "x"))
	handle(t, canary, prompt(exchange("a", 2), "x"))
	if n, live := spaces(); n != 2 || live {
		t.Errorf("versions on trial use %d namespaces, that of the serving one %v", n, live)
	}
	serving := instance(t, setter, config(""))
	handle(t, serving, prompt(exchange("a", 3), "x"))
	for _, c := range []struct {
		close  *Instance
		spaces int
	}{{first, 3}, {again, 2}, {canary, 1}} {
		if err := c.close.Close(); err != nil {
			t.Fatal(err)
		}
		if n, live := spaces(); n != c.spaces || !live {
			t.Errorf("%d namespaces are left, want %d; that of the serving one %v", n, c.spaces, live)
		}
	}
}
