// Package wasm runs plugins that are WebAssembly modules: untrusted code which
// can neither hurt the gateway nor see more than it was given.
//
// A [Host] is what all modules of a process share: the cache of compiled code,
// the budget of memory and the services behind the imports. [Host.Load] admits
// a module and makes a [Module], one generation of a plugin in a runtime of its
// own. [Module.NewInstance] makes a configured use of it, a [core.Instance],
// whose hooks the chain calls. What runs inside is a guest: one copy of the
// module with a linear memory of its own, used by one goroutine at a time.
//
// # What holds a guest
//
// Every module is rewritten by core/wasm/safepoint before it is compiled, so
// that a guest calls back every few ten thousand instructions. There the host
// looks at the limit of steps, which is deterministic, and at the deadline. The
// limits of [core.Limits] hold for everything that a guest runs: start section,
// _initialize, sallyport_configure and hooks. A guest that trapped, was stopped
// or replied badly is never used again; another takes its place off the path of
// requests. After several failures in a row the instance's breaker opens and
// hooks fail at once, until a trial call succeeds. What a failure means for an
// exchange is for the chain to decide.
//
// # Isolation
//
// What a guest remembers from one call to the next is governed by [core.Isolation].
// A guest that changes hands is taken back to the state it had after
// sallyport_configure by the host, not by itself: linear memory, globals and
// the place of its frame buffer. A guest that cannot be taken back, because its
// memory grew or its module writes tables or drops segments, is replaced by a
// new one.
//
// # Memory
//
// Linear memories are mapped outside Go's heap: the collector neither scans
// nor copies them, growing moves nothing, and closing gives the pages back at
// once. All guests of a host together stay below [Options.Memory]; idle guests
// of other instances make room.
//
// # Foreign ABIs
//
// Modules of other ecosystems, see [Foreign], run as edge filters: a [core.EdgeFilter]
// in place of hooks. A guest that must be asked about the answer serves one exchange
// until its end. All else holds for them as well.
//
// # Closing
//
// The order is guests, compiled code, host modules, runtime, and [Module.Close]
// keeps it. Whoever holds an instance closes it before its module; a module
// before its host.
package wasm
