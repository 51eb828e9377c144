package attempt

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// forSome is a translator for clients of one dialect.
type forSome struct {
	translator
	from string
}

func (t *forSome) From(dialect string) bool { return dialect == t.from }

// TestCarrierAsksForWhom: a translator for clients of one dialect serves no others, for
// whom the provider has another way.
func TestCarrierAsksForWhom(t *testing.T) {
	chat := []core.Operation{core.OpChat}
	wrapped := core.Service{Dialect: "wrapped.chat", Path: "/wrapped"}
	for from, want := range map[string]string{"test.chat": "/wrapped", "elsewhere": "/other"} {
		tr := Translators{"wrapped.chat": &forSome{translator{ops: chat}, from}, "other.chat": &translator{ops: chat}}
		x := carry(nil, wrapped, other)
		if body, err := x.fill(tr); err != nil || body != "[hello]" || x.at.Service.Path != want {
			t.Errorf("%s: %q, %v, service %v; want %s", from, body, err, x.at.Service, want)
		}
	}
	x := carry(nil, wrapped)
	if _, err := x.fill(Translators{"wrapped.chat": &forSome{translator{ops: chat}, "elsewhere"}}); err == nil || err.Code != core.CodeNoDeployment {
		t.Errorf("%v", err)
	}
}
