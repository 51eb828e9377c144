package attempt

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCarrierGoesOn: where an answer takes several calls, what the translator remembers
// and has answered so far is there for the next, and gone for another attempt.
func TestCarrierGoesOn(t *testing.T) {
	tr := Translators{"other.chat": &translator{ops: []core.Operation{core.OpChat}}}
	x := carry(nil, other)
	if _, err := x.fill(tr); err != nil {
		t.Fatal(err)
	}
	first := x.at.Translation
	first.Next, first.State = true, []byte("1")
	x.at.Request.Body = nil
	if body, err := x.fill(tr); err != nil || x.at.Translation != first || first.Next || string(first.State) != "1" || body != "[hello]" {
		t.Errorf("%q, %v, %+v", body, err, x.at.Translation)
	}
	if _, err := x.fill(tr); err != nil || x.at.Translation == first {
		t.Errorf("%v, it goes on unasked", err)
	}
}
