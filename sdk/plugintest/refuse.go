package plugintest

import (
	"context"
	"fmt"
)

// rawProvider is one whose own API clients may call, as far as the guard lets them.
const rawProvider = "raw"

// unjudged are calls that no guard judges: what the gateway passes on as bytes, and
// operations that it does not serve. A guard that every route must have has all of them
// refused.
var unjudged = []struct{ path, body string }{
	{"/p/raw/images/generations", `{"model":"m","prompt":%s}`},
	{"/p/raw/chat/completions", `{"model":"m","messages":[{"role":"user","content":%s}]}`},
	{"/p/raw/audio/speech", `{"model":"m","voice":"v","input":%s}`},
	{"/v1/images/generations", `{"model":"raw","prompt":%s}`},
	{"/v1/audio/speech", `{"model":"raw","voice":"v","input":%s}`},
	{"/v1/moderations", `{"model":"raw","input":%s}`},
	{"/v1beta/models/raw:predict", `{"instances":[{"prompt":%s}]}`},
	{"/v1beta/interactions", `{"model":"raw","input":%s}`},
}

// refuses makes calls that nothing can judge, and notes what came of them. Their ids
// follow those of the exchanges. A guard without which the routes serve refuses none.
func (g *gateway) refuses(ctx context.Context, o *Options, p *provider, first int, r *Report) {
	if o.Optional || o.only != nil {
		return
	}
	for i, call := range unjudged {
		x := &exchange{
			id: fmt.Sprintf("case-%d.", first+i), back: &backs[0], cut: promptCuts[0], prompt: true, place: inUser,
			harmless: o.Harmless, tenant: &tenants[i%len(tenants)],
			front: &front{
				path: func(string, bool) string { return call.path },
				body: func(x *exchange, _ string) string { return fmt.Sprintf(call.body, x.spelled(x.text)) },
			},
		}
		x.text = x.says()
		before := len(p.strays())
		got, err := x.perform(ctx, g.addr, o.Timeout)
		failure := ""
		switch {
		case err != nil:
			failure = err.Error()
		case got.status != 403 && got.status != 404 || len(p.strays()) > before:
			failure = fmt.Sprintf("it was not refused: status %d, %s", got.status, got.shown())
		}
		if failure != "" {
			failure = call.path + ", " + call.body + ": " + failure
		}
		r.row(rowRefused, failure)
	}
}
