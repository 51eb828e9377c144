package plugins_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
	"github.com/sallyport-gateway/sallyport/plugins/provider/own"
)

// claudeDeliberate are the differences of requests for Anthropic's models, by a piece
// of the case's name; see deliberate.
var claudeDeliberate = map[string][]difference{
	"reasoning_max.anthropic": {
		{"output_config", "this model thinks as much as it finds right, and is guided by an effort"},
		{"thinking.budget_tokens", "see output_config"},
		{"thinking.type", "see output_config"},
	},
	"missing-max_tokens": {{"max_tokens", "0 is refused; a bound that the provider needs is the usual one"}},
}

// TestTranslateClaudeGoldens compares what leaves for Anthropic's models, at
// Anthropic, Google and Amazon, and what clients of OpenAI's dialect get, with what other
// gateways make of it.
func TestTranslateClaudeGoldens(t *testing.T) {
	tr, front, used, requests, answers := translatorOf(t, "provider/anthropic"), chatFronts()["openai.chat"], map[string]bool{}, 0, 0
	for _, r := range recordings(t) {
		if r.ClientDialect != "openai.chat" || !strings.HasSuffix(r.UpstreamDialect, "anthropic") && r.UpstreamDialect != "anthropic.messages" {
			continue
		}
		f := fixtureOf(t, r.name)
		t.Run(f.name, func(t *testing.T) {
			if want := f.UpstreamRequest.text(); want != "" && f.Request.text() != "" {
				requests++
				_, at := leavingWith(t, tr, front, f, inPlaceOf(f.UpstreamDialect))
				sameDocument(t, f.name, want, string(joined(at)), claudeDeliberate, used)
			}
			if want := f.ClientResponse.text(); want != "" && f.UpstreamResponse.text() != "" && f.UpstreamResponse.Status < 400 {
				answers++
				compareAnswer(t, tr, front, f, want)
			}
		})
	}
	for name := range claudeDeliberate {
		if !used[name] {
			t.Errorf("no case has the name %s", name)
		}
	}
	if requests < 5 || answers < 7 {
		t.Errorf("only %d requests and %d answers were found", requests, answers)
	}
}

// inPlaceOf is what a kind of provider that speaks the dialect wants in place of the
// model.
func inPlaceOf(dialect string) string {
	kinds := map[string]string{"vertex.anthropic": "vertex-anthropic", "bedrock.invoke.anthropic": "bedrock-anthropic"}
	for _, d := range own.Descriptors() {
		if d.Kind == kinds[dialect] {
			return d.Quirks.InPlaceOfModel
		}
	}
	return ""
}

// responsesDeliberate are the differences of requests that clients of Responses make
// of providers of chats.
var responsesDeliberate = map[string][]difference{
	"requests-responses-basic": {{"max_completion_tokens", oldBound}, {"max_tokens", oldBound}, {"stream", unsaid}},
	"requests-responses-instructions": {
		{"max_completion_tokens", oldBound},
		{"max_tokens", oldBound},
		{"stream", unsaid},
		{"messages[0].role", "every provider of chats knows the role system, and OpenAI takes either"},
	},
}

// TestTranslateResponsesGoldens is the same for clients of Responses.
func TestTranslateResponsesGoldens(t *testing.T) {
	tr, front, used, requests := translatorOf(t, "provider/openai"), responses.New().(core.TypedDialect), map[string]bool{}, 0
	for _, r := range recordings(t) {
		if r.ClientDialect != "openai.responses" || r.UpstreamDialect != "openai.chat" {
			continue
		}
		f := fixtureOf(t, r.name)
		if f.UpstreamRequest.text() == "" {
			continue
		}
		requests++
		t.Run(f.name, func(t *testing.T) {
			_, at := leavingWith(t, tr, front, f, "")
			sameDocument(t, f.name, f.UpstreamRequest.text(), string(joined(at)), responsesDeliberate, used)
		})
	}
	if requests < 2 {
		t.Errorf("only %d requests were found", requests)
	}
}

func fixtureOf(t *testing.T, name string) *fixture {
	t.Helper()
	raw, err := os.ReadFile(fixturePath(t, name))
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{name: name}
	if err := json.Unmarshal(raw, f); err != nil {
		t.Fatal(err)
	}
	return f
}

// leavingWith makes the request that leaves for a provider with that quirk.
func leavingWith(t *testing.T, tr core.Translator, front core.TypedDialect, f *fixture, instead string) (*core.Exchange, *core.Attempt) {
	t.Helper()
	ex, at := asked(tr, front, f.Provider, parsed(t, f.Request.text()).at("model").text())
	at.Deployment.Provider.Quirks.InPlaceOfModel = instead
	at.Service = &core.Service{Carried: f.UpstreamDialect == "bedrock.invoke.anthropic"}
	ex.Request.Method, ex.Request.Body = []byte("POST"), []byte(f.Request.text())
	ex.Request.Operation = core.OpChat
	translate(t, tr, ex, at)
	return ex, at
}

func joined(at *core.Attempt) (out []byte) {
	for _, b := range at.Request.Body {
		out = append(out, b...)
	}
	return out
}
