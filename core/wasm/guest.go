package wasm

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/wasm/safepoint"
)

// guest is one copy of a module with its own memory. One goroutine uses it at a
// time. What is resolved by name is resolved once: a look-up costs a hundred
// times a call.
type guest struct {
	pool *pool
	mod  api.Module
	mem  *linearMemory
	ctx  context.Context

	counter   api.MutableGlobal   // the safepoints'
	globals   []api.MutableGlobal // all mutable ones
	buffer    api.Function
	configure api.Function
	hooks     [numHooks]api.Function
	stack     [2]uint64 // parameters and result of a call

	framePtr, frameRoom uint32 // the place for frames, owned by the guest

	snapshot *snapshot // nil if the guest cannot be taken back
	clean    bool      // nothing ran since configuration or reset
	owner    owner     // who used it last, unless clean
	idle     time.Duration

	// The call under way.
	call      *core.Call // nil while starting
	steps     int64
	stepLimit int64
	deadline  time.Duration // since the host was made
	looked    time.Duration // when the clock was last read for it, since the host was made
	stretch   time.Duration // until the next time, at most, if it has a processor
	patience  time.Duration // by how much the deadline may still be put off
	lent      time.Duration // by how much it is put off at once, as long as the caller's wait did not count
	hostCalls int
	waited    time.Duration // in host calls that wait
	frameSize int           // of the hook's frame, in bytes
	stopped   Failure       // why the host stopped the guest
	frames    abi.Frames
	reply     abi.Reply
	translate *translation // of a translator's guest, else nil
	line      []byte       // what fd_write got since the last newline
	reason    string       // the last line logged at level error while starting

	foreign  *ForeignGuest // of an edge filter's guest, else nil
	turn     edgeTurn      // the exchange that holds it
	misuse   error         // why a foreign ABI stopped the guest
	exitCode uint32        // of proc_exit
}

// guestContext carries the guest to the host functions that it calls. A guest
// cannot change it.
type guestContext struct {
	context.Context
	guest *guest
}

type guestKey struct{}

// Value implements context.Context.
func (c *guestContext) Value(key any) any {
	if _, ok := key.(guestKey); ok {
		return c.guest
	}
	return nil
}

func guestOf(ctx context.Context) *guest {
	if c, ok := ctx.(*guestContext); ok {
		return c.guest
	}
	return ctx.Value(guestKey{}).(*guest)
}

// newGuest starts a guest: start section, _initialize, and sallyport_configure
// if the pool has a configuration. On error nothing is left of it.
func (p *pool) newGuest(ctx context.Context) (*guest, error) {
	m, l := p.module, &p.setup.limits
	g := &guest{pool: p, clean: true}
	g.ctx = &guestContext{Context: context.WithoutCancel(ctx), guest: g}
	mem, err := newLinearMemory(&m.host.memory, uint64(m.facts.minPages)*pageBytes, uint64(pages(l))*pageBytes)
	if err != nil {
		return nil, g.errorf("start", FailMemory, err)
	}
	g.mem = mem
	g.begin(l.Steps*startFactor, m.host.now()+l.Deadline*startFactor, l.Deadline*startFactor)
	if err := g.start(); err != nil {
		return nil, errors.Join(err, g.close())
	}
	p.counters.started.Add(1)
	return g, nil
}

func (g *guest) start() (err error) {
	defer g.fence("start", &err)
	m := g.pool.module
	if m.foreign != nil {
		g.foreign = newForeignGuest(g)
	}
	g.mod, err = m.runtime.InstantiateModule(experimental.WithMemoryAllocator(g.ctx, g.mem), m.compiled,
		wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return g.failed("start", err)
	}
	g.resolve()
	if m.foreign != nil {
		if err := g.startForeign(); err != nil {
			return err
		}
	} else if err := g.initialize(); err != nil {
		return err
	}
	g.flushLine()
	if g.pool.setup.isolation != core.IsolateShared && m.facts.fixed {
		g.setIdle()
		g.snapshot = g.pool.keepSnapshot(g)
	}
	return nil
}

// initialize runs what a guest of our own ABI begins with.
func (g *guest) initialize() error {
	if init := g.mod.ExportedFunction(exportInit); init != nil {
		if err := g.run(init, exportInit); err != nil {
			return err
		}
	}
	if g.pool.setup.frame != nil {
		return g.configured()
	}
	return nil
}

func (g *guest) resolve() {
	m := g.pool.module
	for _, name := range m.facts.globals {
		g.globals = append(g.globals, g.mod.ExportedGlobal(name).(api.MutableGlobal))
	}
	g.counter = g.mod.ExportedGlobal(safepoint.CounterExport).(api.MutableGlobal)
	g.buffer = g.mod.ExportedFunction(abi.ExportBuffer)
	g.configure = g.mod.ExportedFunction(abi.ExportConfigure)
	for k := range g.hooks {
		if m.hooks[k] {
			g.hooks[k] = g.mod.ExportedFunction(hookTable[k].export)
		}
	}
}

// configured hands the configuration to the guest.
func (g *guest) configured() error {
	const hook = "configure"
	frame := g.pool.setup.frame
	dst, err := g.place(hook, len(frame))
	if err != nil {
		return err
	}
	copy(dst[:len(frame)], frame)
	g.stack[0], g.stack[1] = uint64(g.framePtr), uint64(len(frame))
	if err := g.run(g.configure, hook); err != nil {
		return err
	}
	if status := uint32(g.stack[0]); status != uint32(abi.StatusOK) {
		return g.errorf(hook, FailStart, fmt.Errorf("sallyport_configure returned %s (%d): %s", abi.Status(status), int32(status), g.reason))
	}
	return nil
}

// begin sets the limits for what the guest runs from here on. allowed is how long
// before the deadline that began; the clock is not read.
func (g *guest) begin(steps int64, deadline, allowed time.Duration) {
	g.steps, g.stepLimit, g.deadline = 0, steps, deadline+g.lent
	g.looked, g.stretch, g.patience = max(g.looked, deadline-allowed), longStretch, patience*allowed-g.lent
	g.lent = 0
	g.hostCalls, g.waited, g.stopped, g.misuse = 0, 0, FailNone, nil
	g.mem.denied, g.mem.over, g.frameSize = false, false, 0
	if g.counter != nil {
		g.setIdle()
	}
}

func (g *guest) setIdle() { g.counter.Set(g.pool.module.result.Idle) }

// run calls fn with what stands in g.stack.
func (g *guest) run(fn api.Function, hook string) error {
	if err := fn.CallWithStack(g.ctx, g.stack[:]); err != nil {
		return g.failed(hook, err)
	}
	return nil
}

// failed makes the error of a call that did not return.
func (g *guest) failed(hook string, err error) error {
	switch f := g.stopped; {
	case f != FailNone:
		if errors.Is(err, errStopped) {
			err = nil // the failure says it all
		}
		if g.misuse != nil {
			err = g.misuse
		}
		return g.errorf(hook, f, err)
	case strings.Contains(err.Error(), "recovered by wazero"): // a panic of an import
		return g.errorf(hook, FailHost, err)
	case g.mem.over && g.large():
		return g.errorf(hook, FailMemory, g.tooLarge())
	case g.mem.denied: // and the guest gave up
		return g.errorf(hook, FailMemory, fmt.Errorf("it asked for more than the %d bytes of limits.memory, or than all plugins may have: %w", g.mem.limit, err))
	default:
		return g.errorf(hook, FailTrap, err)
	}
}

func (g *guest) errorf(hook string, f Failure, cause error) error {
	return &Error{Instance: g.pool.setup.name, Hook: hook, Failure: f, Cause: cause}
}

// fence turns a panic of the host into an error of the call.
func (g *guest) fence(hook string, err *error) {
	if v := recover(); v != nil {
		*err = g.errorf(hook, FailHost, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	}
}

// tick is what the safepoints call: the one place where a running guest is
// stopped. It returns nothing to the guest.
func tick(ctx context.Context, _ api.Module, stack []uint64) {
	g := guestOf(ctx)
	n := int64(stack[0])
	if n == safepoint.StackExhausted {
		g.stop(FailStack)
	}
	g.steps += n
	g.check()
	g.busy(n)
}

// check stops the guest if it is beyond a limit.
func (g *guest) check() {
	if g.steps > g.stepLimit {
		g.stop(FailSteps)
	}
	if g.look() > g.deadline {
		g.stop(FailDeadline)
	}
}

// stop unwinds the guest. It does not return.
func (g *guest) stop(f Failure) {
	g.stopped = f
	panic(errStopped)
}

// done returns the steps of the call, those not yet ticked included.
func (g *guest) done() int64 {
	return g.steps + int64(g.pool.module.result.Steps(g.counter.Get()))
}

// minFrame is the least room that the host asks for, so that it seldom asks
// twice.
const minFrame = 4096

// place returns n bytes of the guest's memory for a frame. g.framePtr is their
// address.
func (g *guest) place(hook string, n int) ([]byte, error) {
	if n > int(g.frameRoom) {
		if uint64(n) > g.mem.limit {
			return nil, g.errorf(hook, FailMemory, g.tooLarge())
		}
		want := max(minFrame, uint64(1)<<bits.Len64(uint64(n-1)))
		g.stack[0] = want
		if err := g.run(g.buffer, hook); err != nil {
			return nil, err
		}
		ptr := uint32(g.stack[0])
		if ptr == 0 && g.large() {
			return nil, g.errorf(hook, FailMemory, g.tooLarge())
		}
		if ptr == 0 {
			return nil, g.errorf(hook, FailMemory, fmt.Errorf("sallyport_buffer has no room for %d bytes", want))
		}
		if _, ok := g.mem.view(ptr, uint32(want)); !ok {
			return nil, g.errorf(hook, FailReply, fmt.Errorf("sallyport_buffer(%d) returned %#x, which is not within its memory", want, ptr))
		}
		g.framePtr, g.frameRoom = ptr, uint32(want)
	}
	b, ok := g.mem.view(g.framePtr, uint32(n))
	if !ok {
		return nil, g.errorf(hook, FailHost, errors.New("the guest's memory shrank"))
	}
	return b, nil
}

// largeShare is the part of its memory that a frame takes up which may be to
// blame for a guest that has no memory left: it keeps copies of it.
const largeShare = 16

// large tells whether the frame of the call is that large.
func (g *guest) large() bool { return uint64(g.frameSize) >= g.mem.limit/largeShare }

func (g *guest) tooLarge() error {
	return &core.TooLargeError{Limit: "limits.memory", Most: int64(g.mem.limit), Unit: "bytes", Size: int64(g.frameSize)}
}

// close frees the guest's memory and forgets it.
func (g *guest) close() error {
	var err error
	if g.mod != nil {
		err = g.mod.Close(context.Background())
	}
	g.mem.Free() // the engine does so only for a guest that started
	return err
}
