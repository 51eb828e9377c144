package gemini

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestCountUsesNothing: a count of tokens is booked as what it is, a call that used
// nothing up and whose cost is known.
func TestCountUsesNothing(t *testing.T) {
	t.Parallel()
	ex := scan(t, "/v1beta/models/m:countTokens", hi)
	at := ex.NewAttempt(upstream("m"))
	body := `{"totalTokens":42,"promptTokensDetails":[{"modality":"TEXT","tokenCount":42}]}`
	if err := (Dialect{}).Answer(ex, at, []byte(body)); err != nil {
		t.Fatal(err)
	}
	if want := (core.Usage{Reported: true}); at.Usage != want {
		t.Errorf("booked %+v", at.Usage)
	}
}
