package anthropic

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// What every dialect's tests do, on this one.

func scan(t testing.TB, body string) *core.Exchange {
	t.Helper()
	return dialecttest.Scan(t, Messages{}, body)
}

func parts(t testing.TB, body string) *core.Exchange {
	t.Helper()
	return dialecttest.Parts(t, Messages{}, body)
}

func forward(t testing.TB, ex *core.Exchange, to *core.Deployment) string {
	t.Helper()
	return dialecttest.Forward(t, Messages{}, ex, to)
}

func typed(t testing.TB, body string) *core.TypedRequest {
	t.Helper()
	return dialecttest.Typed(t, Messages{}, body)
}

func upstream(model string) *core.Deployment { return dialecttest.Upstream(model) }

func edit(t testing.TB, p *core.Part, start, end int, text string) {
	t.Helper()
	dialecttest.Edit(t, p, start, end, text)
}

func tree(t testing.TB, doc string) any {
	t.Helper()
	return dialecttest.Tree(t, doc)
}

func clipped[T string | []byte](s T) string { return dialecttest.Clipped(s) }
