package plugintest

import (
	"context"
	"fmt"
	"slices"
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

// unseen are prompts of which a part lies at the provider, or is written there. They are
// refused where a guard has to judge prompts.
var unseen = []struct{ path, body string }{
	{"/v1/responses", `{"model":"raw","input":%s,"previous_response_id":"resp_of_nobody"}`},
	{"/v1/responses", `{"model":"raw","input":%s,"conversation":{"id":"conv_of_nobody"}}`},
	{"/v1/responses", `{"model":"raw","input":[{"role":"user","content":%s},{"type":"item_reference","id":"msg_of_nobody"}]}`},
	{"/v1/responses", `{"model":"raw","prompt":{"id":"pmpt_of_nobody","variables":{"what":%s}}}`},
	{"/v1/chat/completions", `{"model":"raw","messages":[{"role":"user","content":[{"type":"text","text":%s},{"type":"file","file":{"file_id":"file_of_nobody"}}]}]}`},
	{"/v1/chat/completions", `{"model":"raw","messages":[{"role":"user","content":%s}],"chat_template":"{{ messages }}"}`},
	{"/v1/messages", `{"model":"raw","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":%s},{"type":"document","source":{"type":"file","file_id":"file_of_nobody"}}]}]}`},
	{"/v1beta/models/raw:generateContent", `{"cachedContent":"cachedContents/of_nobody","contents":[{"parts":[{"text":%s}]}]}`},
}

// refuses makes calls that nothing can judge, and notes what came of them. Their ids
// follow those of the exchanges. A guard without which the routes serve refuses none.
func (g *gateway) refuses(ctx context.Context, o *Options, p *provider, first int, r *Report) {
	if o.Optional || o.only != nil {
		return
	}
	calls := unjudged
	if g.facts.judgesPrompts() {
		calls = slices.Concat(unjudged, unseen)
	}
	for i, call := range calls {
		kept := i >= len(unjudged)
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
		case kept && (got.status != 400 || !got.says("have not seen")), !kept && got.status != 403 && got.status != 404, len(p.strays()) > before:
			failure = fmt.Sprintf("it was not refused: status %d, %s", got.status, got.shown())
		}
		if failure != "" {
			failure = call.path + ", " + call.body + ": " + failure
		}
		r.row(rowRefused, failure)
	}
}
