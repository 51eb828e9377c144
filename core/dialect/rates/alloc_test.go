//go:build !race

package rates

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// header is a provider's, made beforehand.
type header [][2][]byte

func (h header) Len() int { return len(h) }

func (h header) Field(i int) (name, value []byte) { return h[i][0], h[i][1] }

func headerOf(lines ...string) (h header) {
	for i := range lines {
		name, value := fields(lines).Field(i)
		h = append(h, [2][]byte{name, value})
	}
	return h
}

// nowhere takes the fields.
type nowhere struct{}

func (nowhere) SetCanonical([]byte, []byte) {}

// plain is the header of an answer without rate limits, as OpenAI's has many fields.
var plain = headerOf("Date: x", "Content-Type: application/json", "Transfer-Encoding: chunked", "Connection: keep-alive",
	"access-control-expose-headers: X-Request-ID", "openai-organization: user-x", "openai-processing-ms: 340", "openai-version: 2020-10-01",
	"x-request-id: req_1", "strict-transport-security: max-age=1", "cf-cache-status: DYNAMIC", "Server: cloudflare", "CF-RAY: x", "alt-svc: h3")

// TestAllocations: nothing is allocated where the provider says nothing, and where it
// speaks the client's own dialect.
func TestAllocations(t *testing.T) {
	for name, h := range map[string]header{"none": plain, "OpenAI": headerOf(openAIs...)} {
		ex := &core.Exchange{Attempt: &core.Attempt{Fields: h}}
		if n := testing.AllocsPerRun(100, func() { OpenAI(ex, stopped{}, nowhere{}) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}

func BenchmarkRates(b *testing.B) {
	for name, h := range map[string]header{"none": plain, "same": headerOf(openAIs...), "other": headerOf(anthropics...)} {
		b.Run(name, func(b *testing.B) {
			ex := &core.Exchange{}
			at := &core.Attempt{Fields: h}
			b.ReportAllocs()
			ex.Attempt = at
			for b.Loop() {
				if name == "other" {
					ex.Reset()
					ex.Attempt = at
				}
				OpenAI(ex, stopped{}, nowhere{})
			}
		})
	}
}
