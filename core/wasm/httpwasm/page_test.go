package httpwasm_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

var update = flag.Bool("update", false, "write the generated part of the page")

// exported are what a guest exports, and no functions of the host.
var exported = []string{"handle_request", "handle_response"}

// TestEveryFunctionIsChecked: no function of the ABI is without a check, and no
// check is of something else.
func TestEveryFunctionIsChecked(t *testing.T) {
	var checked, want []string
	for _, f := range conformance {
		if checked = append(checked, f.function); len(f.checks) == 0 {
			t.Errorf("%s has no check", f.function)
		}
	}
	want = append(want, exported...)
	for _, f := range httpwasm.ABI().Functions {
		want = append(want, f.Name)
	}
	slices.Sort(want)
	if slices.Sort(checked); !slices.Equal(checked, want) {
		t.Errorf("checked are %q, the ABI has %q", checked, want)
	}
}

// TestPageIsFresh holds the page to the checks.
func TestPageIsFresh(t *testing.T) {
	const page, begin, end = "../../../docs/plugins/compatibility.md", "<!-- functions: generated -->\n", "<!-- end of functions -->"
	var b strings.Builder
	b.WriteString("\n| function | status | checked |\n|---|---|---|\n")
	for _, f := range conformance {
		what := make([]string, len(f.checks))
		for i := range f.checks {
			what[i] = f.checks[i].what
		}
		fmt.Fprintf(&b, "| `%s` | yes | %s |\n", f.function, strings.Join(what, "; "))
	}
	b.WriteString("\n")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the page has no place for the functions")
	}
	fresh := head + begin + b.String() + end + tail
	if *update {
		if err := os.WriteFile(page, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if fresh != string(text) {
		t.Error("docs/plugins/compatibility.md is stale; run go test ./core/wasm/httpwasm -run TestPageIsFresh -update")
	}
}
