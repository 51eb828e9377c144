package gemini

import (
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestPause(t *testing.T) {
	const info = `{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":`
	for body, want := range map[string]time.Duration{
		`{"error":{"code":429,"message":"q","status":"RESOURCE_EXHAUSTED","details":[{"@type":"x"},` + info + `"34.4s"}]}}`: 34400 * time.Millisecond,
		`[{"error":{"details":[` + info + `"2s"}]}}]`:                 2 * time.Second,
		`{"error":{"details":[` + info + `"1s"},` + info + `"3s"}]}}`: 3 * time.Second,
		`{"error":{"details":[` + info + `"1e300s"}]}}`:               maxPause,
		`{"error":{"details":[` + info + `"NaNs"}]}}`:                 0,
		`{"error":{"details":[` + info + `"-5s"}]}}`:                  0,
		`{"error":{"details":[` + info + `"5"}]}}`:                    0,
		`{"error":{"details":[` + info + `5}]}}`:                      0,
		`{"error":{"details":[5,"x",[]]}}`:                            0,
		`{"error":{"details":{"retryDelay":"5s"}}}`:                   0,
		`{"error":"5s"}`:      0,
		`{"retryDelay":"5s"}`: 0,
		`[]`:                  0,
		`<html>`:              0,
		``:                    0,
	} {
		if got := (Dialect{}).Pause([]byte(body)); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// TestPauseOfOurs: what the dialect writes it reads.
func TestPauseOfOurs(t *testing.T) {
	e := &core.Error{Code: core.CodeRateLimited, Message: "m", RetryAfter: 1500 * time.Millisecond}
	if got := (Dialect{}).Pause(Dialect{}.RenderError(nil, e, core.ID{})); got != e.RetryAfter {
		t.Errorf("%s, want %s", got, e.RetryAfter)
	}
}

func FuzzPause(f *testing.F) {
	f.Add([]byte(`{"error":{"details":[{"retryDelay":"34.4s"}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := (Dialect{}).Pause(body); got < 0 || got > maxPause {
			t.Errorf("%s", got)
		}
	})
}
