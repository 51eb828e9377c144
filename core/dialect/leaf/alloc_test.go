//go:build !race

package leaf

import "testing"

// TestAllocations makes sure that what is read again and again costs no memory
// that is not kept.
func TestAllocations(t *testing.T) {
	r := opened(t, `{"model":"m","turns":[{"role":"user","text":"a\u0062","call":{"input":{"k":["v"]},"name":"f"}},{"role":"tool","text":"r"}],"tools":[{"shape":{"properties":{"\u0061":{},"b c":{"x":1}}}}]}`)
	body := r.ex.Request.Body
	if n := testing.AllocsPerRun(100, func() {
		r.ex.Reset()
		r.Reset()
		r.ex.Request.Body = body
		if r.Prompt(r.ex, r.f, &r.top) != nil || len(r.ex.Prompt) != 4 {
			t.Error("refused")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
