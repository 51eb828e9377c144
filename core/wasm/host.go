package wasm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// Options are what a host is made of. The zero value is good.
type Options struct {
	// Memory bounds the linear memory of all guests together, in bytes; 0
	// means 1 GiB.
	Memory int64
	// CacheDir is a folder for compiled code, made with mode 0700 if it does not
	// exist; "" keeps compiled code in memory only. It must belong to this
	// process's user and be open to nobody else: what lies there is run.
	CacheDir string
	// Interpreter permits the interpreting engine, some 40 times slower, and uses
	// it. Else a platform for which there is no compiling engine is an error.
	Interpreter bool
	// Clock tells the time; nil means the system's.
	Clock core.Clock
	// Log gets the guests' log lines; nil drops them. It must be safe for
	// concurrent use and keep nothing but copies.
	Log func(LogLine)
	// Compile, if not nil, compiles large modules into the cache folder in this
	// process's stead, as [CompileInto] does it, and returns once nothing is left of
	// that. It is called from goroutines of their own, before it is known whether the
	// module is needed: ctx ends when it is not. One that crashed returns a
	// [*CompilerError]: the module is refused. After any other error it is compiled
	// here, on one processor. It keeps nothing of the module.
	Compile func(ctx context.Context, j *Job) error
	// Foreign are the ABIs of other ecosystems whose modules run as edge filters.
	Foreign []*Foreign
	// KV is the store behind kv_get and kv_set; nil means one in memory.
	KV core.KV
}

// LogLine is what a guest logged.
type LogLine struct {
	Plugin, Instance string
	Level            abi.Level
	Text             string // one line, UTF-8, no control characters, ≤ abi.MaxLog bytes
}

const defaultMemory = 1 << 30

// Host is what all modules of a process share. It is safe for concurrent use.
type Host struct {
	opts    Options
	epoch   time.Time
	cache   *codeCache
	memory  budget
	imports map[string]hostFunc // by module.name
	scratch scratchTable

	mu      sync.Mutex
	pools   map[*pool]struct{}
	done    map[string]*Report // of pools that are closed, by instance name
	modules int
	closed  bool
}

// NewHost makes a host. It fails where there is no compiling engine and
// o.Interpreter is not set, and where the cache folder is not to be trusted.
func NewHost(o Options) (*Host, error) {
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	if o.KV == nil {
		o.KV = newMemoryKV(o.Clock)
	}
	h := &Host{opts: o, epoch: o.Clock.Now(), pools: map[*pool]struct{}{}, done: map[string]*Report{}}
	h.memory.max, h.memory.room = o.Memory, h.makeRoom
	h.imports = hostFunctions()
	addForeign(h.imports, o.Foreign)
	if !o.Interpreter {
		if err := compilerWorks(); err != nil {
			return nil, err
		}
	}
	cache, err := openCache(o.CacheDir)
	if err != nil {
		return nil, err
	}
	h.cache = cache
	if !o.Interpreter {
		cache.outside = o.Compile
	}
	return h, nil
}

// Close frees what the host holds. It fails if a module is still loaded.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.modules > 0 {
		return fmt.Errorf("wasm: the host cannot be closed while %d modules are loaded: close them first", h.modules)
	}
	if h.closed {
		return nil
	}
	h.closed = true
	return h.cache.close()
}

// Memory returns the bytes of linear memory that all guests have now.
func (h *Host) Memory() int64 { return h.memory.used.Load() }

// CompiledOutside returns how many modules [Options].Compile compiled.
func (h *Host) CompiledOutside() uint64 { return h.cache.made.Load() }

// now is the time since the host was made, by the monotonic clock. The system's is read
// once for it, and not for the time of day as well.
func (h *Host) now() time.Duration {
	if _, ok := h.opts.Clock.(systemClock); ok {
		return time.Since(h.epoch)
	}
	return h.opts.Clock.Now().Sub(h.epoch)
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// compilerWorks compiles the smallest module there is.
func compilerWorks() (err error) {
	bad := func(cause any) error {
		return fmt.Errorf("wasm: this platform (%s/%s) has no compiling engine; set the interpreter to run guests some 40 times slower: %v",
			runtime.GOOS, runtime.GOARCH, cause)
	}
	defer func() {
		if v := recover(); v != nil {
			err = bad(v)
		}
	}()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, engineConfig(false))
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	c, err := r.CompileModule(ctx, []byte("\x00asm\x01\x00\x00\x00"))
	if err != nil {
		return bad(err)
	}
	return c.Close(ctx)
}

func (h *Host) addPool(p *pool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pools[p] = struct{}{}
}

func (h *Host) removePool(p *pool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.pools, p)
	r := h.done[p.setup.name]
	if r == nil {
		r = &Report{Instance: p.setup.name}
		h.done[p.setup.name] = r
	}
	r.add(p, p.counters.read())
	r.Stats.Guests = 0
	h.endTrial(p.setup.trial)
}

// endTrial drops what instances on trial stored, after the last of them. h.mu is
// held.
func (h *Host) endTrial(trial string) {
	kv, ours := h.opts.KV.(*memoryKV)
	if trial == "" || !ours {
		return // in another store it ends by itself
	}
	for p := range h.pools {
		if p.setup.trial == trial {
			return
		}
	}
	kv.drop(trial)
}

// Report is what the instances of one name did since the host was made, whatever
// module and configuration they had.
type Report struct {
	Instance, Plugin string
	Stats            Stats
	Counters         map[string]int64 // those that the plugin keeps
}

func (r *Report) add(p *pool, s Stats) {
	r.Plugin = p.module.manifest.ID
	r.Stats = r.Stats.plus(s)
	for name, n := range p.tallies.read() {
		if r.Counters == nil {
			r.Counters = map[string]int64{}
		}
		r.Counters[name] += n
	}
}

// Reports returns a report of each instance name, sorted. The figures of a name
// never fall, but for the guests.
func (h *Host) Reports() []Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]*Report, len(h.done)+len(h.pools))
	for name, r := range h.done {
		c := *r
		c.Counters = maps.Clone(r.Counters)
		all[name] = &c
	}
	for p := range h.pools {
		r := all[p.setup.name]
		if r == nil {
			r = &Report{Instance: p.setup.name}
			all[p.setup.name] = r
		}
		s := p.counters.read()
		s.Guests = p.guests()
		r.add(p, s)
	}
	out := make([]Report, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, *all[name])
	}
	return out
}

// makeRoom closes the guest that has been idle longest and tells whether there
// was one.
func (h *Host) makeRoom() bool {
	h.mu.Lock()
	var oldest *pool
	var since time.Duration
	for q := range h.pools {
		if idle, ok := q.idleSince(); ok && (oldest == nil || idle < since) {
			oldest, since = q, idle
		}
	}
	h.mu.Unlock()
	return oldest != nil && oldest.shed()
}
