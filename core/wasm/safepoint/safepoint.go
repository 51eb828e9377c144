package safepoint

import "fmt"

// The names which the rewriter adds. A guest which uses one of them is
// refused.
const (
	// ImportModule and ImportName name the host function tick. Its type is
	// (n i64) → ().
	//
	// n ≥ 0: the guest did n steps since the last call of tick. The host
	// adds n to its total and returns, or stops the guest by a panic or by
	// closing the module.
	//
	// n = StackExhausted: the guest is nested too deeply. The guest traps
	// with "unreachable" should tick return.
	ImportModule = "sallyport.safepoint"
	ImportName   = "tick"

	// CounterExport names the exported mutable i64 global with the counters.
	// The guest's own code cannot reach it.
	CounterExport = "sallyport.safepoint.counter"

	// StackExhausted is the argument of tick when the recursion limit is
	// reached.
	StackExhausted int64 = -1
)

// Limits checked before any work is done on the part they limit.
const (
	MaxModule    = 32 << 20 // bytes in a module
	MaxBody      = 1 << 20  // bytes in one function body
	MaxFunctions = 100_000  // functions, imports included
	MaxLocals    = 50_000   // parameters and locals of one function
	MaxNesting   = 10_000   // blocks within blocks in one function
	MaxJumps     = 16_384   // blocks, branches and pairs of table entries in one function, an if counting twice
	MaxCalls     = 65_536   // calls in one function
	MaxTable     = 1 << 20  // elements of a table, also after table.grow

	// MaxLoopNesting and the two limits on locals which loops assign guard
	// the engine's compiler: its time grows with the square of the values
	// which loops carry (measured on wazero 1.12: a module of 15 KB with 100
	// nested loops over 1000 locals takes 33 s).
	MaxLoopNesting    = 256
	maxCarried        = 20_000        // in one function, summed over its loops
	maxCarriedSquares = 2_000_000_000 // the sum of their squares over all functions

	// The engine's time also grows with the square of a function's jumps, and
	// with its blocks times the locals that are read in other blocks than they
	// were written in, as each may be another value wherever ways join (measured: 170 KB of nested jump tables take 104 s, 2000
	// blocks and 1000 locals in 20 KB 14 s). The largest Go program at hand, of
	// 28 MB, has 4400 jumps in one function, and half of either sum; SQLite and
	// QuickJS are far below.
	maxJumpSquares = 1_000_000_000 // over all functions
	maxJoined      = 500_000       // blocks times such locals of one function
	maxAllJoined   = 6_000_000     // of all functions

	maxAllLocals = 8 << 20  // locals of all functions together
	maxArity     = 1000     // parameters, or results, of one type
	maxBlockVals = 1 << 20  // values which the blocks of one body pass on
	maxCode      = 64 << 20 // bytes of the rewritten code section
	maxTypes     = 100_000
	maxImports   = 100_000
	maxTables    = 100
	maxSections  = 10_000
)

// Options are the limits which the rewritten module keeps. The zero value
// means the defaults.
type Options struct {
	// Interval is the number of steps after which the guest calls tick,
	// 256 to 2²⁰; 0 means 32768 (some 10 to 50 µs of work).
	Interval int
	// StackBytes bounds the guest's call stack: the sum over its active
	// frames of an upper estimate of each frame's size, 4 KiB to 1 GiB;
	// 0 means 16 MiB. It is checked once per Interval, in which the stack
	// grows by at most 64 bytes a step (2 MiB for the default Interval). An
	// engine which doubles its stack by copying, as wazero does, holds at
	// most three times as much.
	StackBytes int

	// skipLoop makes a broken rewriter on purpose: the 1-based number of
	// the loop, counted over the whole module, whose safepoint is left out.
	// Tests use it to show that they would notice.
	skipLoop int
	// stretches, if not 0, is how many stretches of bodies are read beside each
	// other, however small; for tests.
	stretches int
}

const (
	defaultInterval   = 1 << 15
	defaultStackBytes = 16 << 20
)

func (o *Options) fill() *Error {
	bad := func(what string, lo, hi, got int) *Error {
		return &Error{Section: "options", Func: -1, Reason: fmt.Sprintf("%s is %d, want %d to %d", what, got, lo, hi)}
	}
	if o.Interval == 0 {
		o.Interval = defaultInterval
	}
	if o.StackBytes == 0 {
		o.StackBytes = defaultStackBytes
	}
	if o.Interval < 256 || o.Interval > 1<<20 {
		return bad("Interval", 256, 1<<20, o.Interval)
	}
	if o.StackBytes < 4<<10 || o.StackBytes > 1<<30 {
		return bad("StackBytes", 4<<10, 1<<30, o.StackBytes)
	}
	return nil
}

// Result is a rewritten module and what the host needs to run it.
type Result struct {
	// Module is the rewritten module. It shares no memory with the one
	// given to Rewrite.
	Module []byte
	// Idle is the value of the global CounterExport when no step is pending
	// and no call is active. The host sets the global to it to reset an
	// instance, which it must do before it uses an instance again in which a
	// call trapped.
	Idle uint64
	// Dropped names the custom sections which were left out because the
	// rewriting made their contents false.
	Dropped []string
	// Loops and Functions count what got a safepoint.
	Loops, Functions int
	// OnlyMemory means that no function writes a table or drops a segment: memory
	// and globals are all that a guest can leave behind.
	OnlyMemory bool
}

// Steps returns the steps which the global CounterExport, of the given value,
// holds and which were not yet given to tick. Total steps of a finished call =
// the sum of the arguments of tick + the difference of Steps after and before
// the call.
func (r *Result) Steps(counter uint64) uint64 { return (counter - r.Idle) >> stepsShift }

// Rewrite returns a module which does what the given one does and calls
// ImportName after every Options.Interval steps. The given bytes are only
// read. Any input is safe: it fails with an *Error, or the result is accepted
// by an engine if and only if the given module was.
//
// What a step is and why no guest escapes the count is told in the package
// comment.
func Rewrite(b []byte, opts Options) (Result, error) {
	if err := opts.fill(); err != nil {
		return Result{}, err
	}
	m, err := decode(b)
	if err != nil {
		return Result{}, err
	}
	res, err := m.rewrite(opts)
	if err != nil {
		return Result{}, err
	}
	return res, nil
}
