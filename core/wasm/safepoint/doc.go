// Package safepoint rewrites WebAssembly modules so that the host gets the
// processor back.
//
// An engine which compiles to machine code, as wazero does, cannot interrupt
// a guest: an endless loop holds its thread, and with it Go's garbage
// collector, for ever. The engine's own switch (WithCloseOnContextDone) makes
// loops up to 40 times slower and does not stop a tree of calls without loops.
// Rewrite instead puts counters into the guest's code, which call an imported
// function, tick, every few ten thousand steps. There the host looks at its
// deadline and its step limit and stops the guest by a panic. The package
// needs nothing but the standard library and no change of the engine.
//
// # Steps
//
// A step is one instruction; structural ones (block, loop, else, end, nop,
// drop) are free, memory.grow and table.grow cost 2048, the bulk instructions
// one step for each 8 bytes of memory or each table element. The steps which a
// run is charged are never fewer than those it did (but for the exceptions
// below), and at most a few hundred more per loop passage or call: on code with
// branches the longest path is charged. They depend on the module and its
// input alone, neither on Options nor on time, so that a step limit is
// reproducible. The host owns the total: the sum of tick's arguments, plus
// Result.Steps of the counter when a call has ended.
//
// # What is added
//
// One import (after the guest's, so that its own functions move up by one),
// two helper functions (last), one mutable i64 global (last), exported as
// CounterExport, types (last), and one or two locals per function (last). The
// guest's code cannot name any of them: every index of a function, type,
// global, local and label is checked against the guest's own spaces, a guest
// which imports from ImportModule or exports CounterExport is refused.
//
// The counter's upper half holds steps, starting at 2³¹ - Interval, so that
// the number is negative when tick is due. Its lower half holds the estimated
// bytes of all active frames.
//
//	slow:  if counter & 0xffffffff > StackBytes { tick(-1); unreachable }
//	       n := (counter - idle) >> 32; take n from the upper half; tick(n)
//	flush(c): counter += c << 32; if counter < 0 { slow() }
//
// In the sequences below, clock is the added i64 local (zero at first).
//
// Loop head, for each loop to which a branch leads back; w is the largest
// weight of a path from the head, or from the last charge, to such a branch:
//
//	loop bt
//	  local.get clock; i64.const w; i64.add; local.tee clock
//	  i64.const interval; i64.ge_u
//	  if; local.get clock; call flush; i64.const 0; local.set clock; end
//
// Charge, wherever a path since the last charge reaches 256 steps, and before
// a loop for what the way to it cost beyond w:
//
//	local.get clock; i64.const n; i64.add; local.set clock
//
// followed by a check as in a loop head after memory.grow and table.grow.
//
// Bulk instruction, n being the length on top of the stack, for memory (for
// tables n & (2²⁷ - 1) in place of n >> 3):
//
//	local.tee scratch; local.get scratch; i64.extend_i32_u; i64.const 3; i64.shr_u
//	local.get clock; i64.add; local.tee clock; then as in a loop head
//
// Entry, of a function that calls (f = estimate of its frame's bytes) or that
// has neither calls nor charges (f = 0); w is 16 more than the body's longest path,
// or than 1 if the clock counts it, and than f/64:
//
//	global.get counter; i64.const w<<32 + f; i64.add; local.tee clock
//	global.set counter; local.get clock; i64.const 0; i64.lt_s
//	if; call slow; end
//	i64.const 0; local.set clock          (if the clock is used)
//
// Exit, of a function that calls or has charges. Its body stands in a block
// and every return is a branch to that block's end, so that there is one exit:
//
//	global.get counter; i64.const -f; i64.add; global.set counter
//
// or, with a clock, where e is the longest path since the last charge, and 16 more
// in a function without calls, as its entry did not count:
//
//	local.get clock; i64.const 32; i64.shl; i64.const e<<32 - f; i64.add
//	global.get counter; i64.add; local.tee clock; global.set counter
//	local.get clock; i64.const 0; i64.lt_s; if; call slow; end
//
// Light functions: the 16 steps by which the call of a counted function costs more
// than that function does pay for as many steps of the caller. A function that
// calls, and on each way round each of its loops does no more than the calls on
// that way pay for, and less than 256 steps besides from its start to its end,
// which its entry pays, has no clock, and its loops no safepoint.
//
// Free leaves: a function of at most 32 steps without loop, call and bulk
// instruction, which is not exported, is left as it is. Each call of it costs
// its caller its weight; each call_indirect the largest weight of a free leaf
// that an element segment or ref.func names.
//
// # Why no guest escapes
//
// Between two calls of tick a guest does a bounded amount of work:
//
//  1. Within one activation, control goes back only by a branch to a loop.
//     In a light function each way round it calls a counted function: see 3.
//     In others each such loop's head adds w ≥ 1 to the clock and flushes it at
//     Interval. So an activation passes loop heads at most Interval times between two
//     flushes, and between two heads it runs forward through at most 1 MiB of
//     code, of which all but 256 steps (and the weight of one instruction) are
//     charged as it goes.
//  2. A flush adds at least Interval to the counter and thus calls tick.
//  3. An unbounded number of activations needs an unbounded number of
//     functions entered. Every function that calls adds ≥ 1 step to the counter
//     at entry and checks it. Every function that does not call is entered from
//     one that does, or from the host; it either counts itself at entry (no
//     charges), at exit (clock), or is a free leaf, which ends within 32 steps
//     and is paid by its caller. A caller makes boundedly many such calls
//     without going through a loop head. So each cycle of the call graph, and
//     each path of calls longer than Interval, passes a check of the counter.
//  4. Recursion: an activation which is nested in others has them entered, not
//     left. Each entry adds f to the lower half and at least f/64 to the upper,
//     each exit takes f away. The lower half is compared with StackBytes in
//     slow, which runs at least once per Interval steps: the stack never
//     exceeds StackBytes + 64 × Interval + one frame. f counts a slot of 8
//     bytes (16 if the function uses SIMD) for every local and every
//     instruction which makes a value, and 64 bytes more.
//  5. No half overflows: the upper is below 2³¹ after each check, one flush adds
//     less than 2³⁰, and each addition is followed by its check, the lower
//     is bounded by 4.
//
// Not counted: what host functions do (the host's own limits hold), a call
// which the host makes to a function of another module, and the rest of an
// activation that traps. A trap leaves the counter's lower half as it was in
// the depth: discard the instance, or set the counter to Result.Idle.
// memory.fill and memory.copy are not interrupted: the memory limit bounds one
// instruction. An engine that copies the memory when it grows does one copy per
// 2048 steps: give it an allocator that does not.
//
// # What is refused
//
// Core WebAssembly 2.0 is taken: MVP, sign extension, saturating conversions,
// multi-value, bulk memory, reference types, SIMD. Later features, components,
// shared libraries and object files are refused by name, see Error.Feature.
// The limits of this package (MaxModule and so on) hold before work is done;
// they also keep out what the engine's compiler would need minutes for.
// Rewrite does not check types: what it returns is valid if and only if the
// given module was, as far as wazero is the judge. It allocates a small
// multiple of the module's size.
//
// Custom sections are kept where they stand. The name section follows the
// functions and loses the names of labels; a malformed one is kept as it is.
// Sections which point into the code (.debug_*, sourceMappingURL,
// external_debug_info, metadata.code.*) would be wrong and are left out.
package safepoint
