package safepoint

import (
	"fmt"
	"strings"
)

// Error says why a module was refused. It is the only error type which
// Rewrite returns.
type Error struct {
	// Section is the section at fault ("code", "import", …), "module" for
	// the preamble and the order of sections, "options" for bad Options.
	Section string
	// Func is the index of the function at fault in the guest's own index
	// space (imports first), -1 where no function is concerned.
	Func int
	// Name is that function's name from the name section, else empty.
	Name string
	// Offset is the byte offset in the module given to Rewrite.
	Offset int
	// Feature names the WebAssembly feature beyond Core 2.0 which the
	// module needs, such as "threads"; empty if the module is malformed or
	// over a limit.
	Feature string
	// Reason says what is wrong and, where there is a cure, what to do.
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "safepoint: section %s", e.Section)
	if e.Func >= 0 {
		fmt.Fprintf(&b, ", function %d", e.Func)
		if e.Name != "" {
			fmt.Fprintf(&b, " %q", e.Name)
		}
	}
	fmt.Fprintf(&b, ", offset %#x: ", e.Offset)
	if e.Feature != "" {
		fmt.Fprintf(&b, "%s not supported: ", e.Feature)
	}
	b.WriteString(e.Reason)
	return b.String()
}

// Features beyond Core 2.0, as named in Error.Feature.
const (
	featureThreads      = "threads"
	featureExceptions   = "exception handling"
	featureGC           = "garbage collection"
	featureTypedRefs    = "typed function references"
	featureTailCall     = "tail calls"
	featureMemory64     = "memory64"
	featureMultiMemory  = "multi-memory"
	featureExtConst     = "extended const"
	featureRelaxedSIMD  = "relaxed SIMD"
	featureCustomPages  = "custom page sizes"
	featureDynLink      = "dynamic linking"
	featureComponent    = "component model"
	featureWideInteger  = "wide arithmetic"
	adviceBuildWithout  = "build the module without it"
	adviceCoreModule    = "this is a component; build a core wasip1 module"
	adviceStaticLinking = "this is a shared library or an object file; link it into a complete module"
)
