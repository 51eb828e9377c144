package main

import (
	"strings"
	"testing"
)

// TestReceive: a plugin maps custom paths to ours, answers and blocks before
// anything of a request is parsed.
func TestReceive(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{"r.wasm": guard("route.teams", "receive, complete")},
		config:  "plugins: {mandatory: [route.teams]}",
	})
	if a := l.post("/team/v1/chat/completions", sayBody("m", "Hello")); a.status != 200 || a.content() == "" {
		t.Errorf("custom path: %+v", a)
	}
	if a := l.post("/hello", "anything"); a.status != 200 || a.body != "hello" || a.header.Get("X-Request-Id") == "" {
		t.Errorf("its own answer: %+v", a)
	}
	l.wantError("blocked", l.post("/forbidden", ""), 403, "blocked")
	l.wantError("unknown", l.post("/team/nothing", ""), 404, "unknown_path")
	l.wantError("no key", l.do(without(l, "/team/v1/chat/completions")), 401, "invalid_api_key")
	if a := l.get(l.url + "/healthz"); a.status != 200 {
		t.Errorf("healthz: %+v", a)
	}
	if n := len(l.rows()); n != 1 {
		t.Errorf("the ledger has %d rows, want the one exchange", n)
	}
}

// TestReceiveHookOfARoute: such a hook runs before the route is known.
func TestReceiveHookOfARoute(t *testing.T) {
	l := newLab(t, labConfig{plugins: map[string]string{"r.wasm": guard("route.teams", "receive, complete")}})
	l.rewrite("    deployments:\n      - {provider: p0, model: served-0", "    plugins: [route.teams]\n    deployments:\n      - {provider: p0, model: served-0")
	if a := l.admin("POST", "/admin/v1/reload"); a.status != 422 || !strings.Contains(a.body, "list it in plugins.mandatory") {
		t.Errorf("%+v", a)
	}
}

// TestRespond: a plugin answers in place of the model.
func TestRespond(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{"g.wasm": guard("guardrail.g", "prompt, answer, complete")},
		route:   "plugins: [{use: guardrail.g, config: {action: respond}}]",
	})
	a := l.say("m", "a secret")
	if a.status != 200 || a.body != `{"mine":true}` || len(l.upstream()) != 0 {
		t.Errorf("%+v, the upstream got %d", a, len(l.upstream()))
	}
	if row := l.row(1); row.Route != "m" || row.Deployment != "" || row.Output != 0 {
		t.Errorf("row %+v", row)
	}
}

// TestRouteVerdict: a guard leads an exchange to another route. The guards of
// both hold, also for the answer.
func TestRouteVerdict(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{
			"a.wasm": guard("guardrail.a", "prompt, answer"),
			"b.wasm": guard("guardrail.b", "prompt, answer"),
		},
		route: "plugins: [{use: guardrail.a, config: {action: route}}, {use: guardrail.b, as: first, config: {word: uranium, action: redact}}]",
		extra: "  - {name: other, plugins: [{use: guardrail.b, config: {word: plutonium}}], deployments: [{provider: p0, model: other-model, name: d-other}]}\n" +
			"  - {name: lost, plugins: [{use: guardrail.a, as: lost, config: {action: nowhere}}], deployments: [{provider: p0, name: d-lost}]}\n" +
			"  - {name: plain, deployments: [{provider: p0, name: d-plain}]}\n",
	})
	if a := l.say("m", "a secret"); a.status != 200 {
		t.Fatalf("%+v", a)
	}
	if row := l.row(1); row.Route != "other" || row.Deployment != "d-other" {
		t.Errorf("row %+v", row)
	}
	l.wantError("the other route's guard", l.say("m", "secret plutonium"), 400, "word")
	if a := l.say("m", "plutonium alone"); a.status != 200 {
		t.Errorf("without a verdict: %+v", a)
	}
	if err := l.mocks[0].SetScenario("text=uranium%20it%20is"); err != nil {
		t.Fatal(err)
	}
	if a := l.say("m", "a secret"); a.content() != "[WORD] it is" {
		t.Errorf("the first route's guard on the answer: %+v", a)
	}
	if err := l.mocks[0].SetScenario("text=plutonium"); err != nil {
		t.Fatal(err)
	}
	l.wantError("the other route's guard on the answer", l.say("m", "a secret"), 400, "word")
	l.wantError("no such route", l.say("lost", "a secret"), 500, "plugin_failed")
}

// TestRouteOrder: a plugin chooses among the deployments, or blocks.
func TestRouteOrder(t *testing.T) {
	extra := ""
	for _, r := range []string{"last", "none"} {
		extra += "  - {name: " + r + ", plugins: [{use: route.order, as: " + r + ", config: {action: " + r + "}}], deployments: [" +
			"{provider: p0, name: a-" + r + ", weight: 1000000}, {provider: p0, name: b-" + r + ", weight: 0}]}\n"
	}
	l := newLab(t, labConfig{plugins: map[string]string{"o.wasm": guard("route.order", "route")}, extra: extra, route: "plugins: []"})
	for i := range 4 {
		if a := l.say("last", "Hello"); a.status != 200 {
			t.Fatalf("%+v", a)
		}
		if row := l.row(i + 1); row.Deployment != "b-last" {
			t.Errorf("deployment %s", row.Deployment)
		}
	}
	l.wantError("none", l.say("none", "Hello"), 503, "blocked")
}

// TestDocumentsAndParameters: a plugin is shown the documents and settings that
// its manifest asks for, and no others, and changes none of them.
func TestDocumentsAndParameters(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{
			"s.wasm": guard("guardrail.s", "prompt, answer", "sees: {request: true, answer: true, parameters: true}"),
			"b.wasm": guard("guardrail.b", "prompt, answer"),
		},
		extra: "  - {name: request, plugins: [{use: guardrail.s, as: r, config: {action: request}}], deployments: [{provider: p0, name: d-r}]}\n" +
			"  - {name: answer, plugins: [{use: guardrail.s, as: a, config: {action: answer}}], deployments: [{provider: p0, name: d-a}]}\n" +
			"  - {name: blind, plugins: [{use: guardrail.b, as: b, config: {action: request}}], deployments: [{provider: p0, name: d-b}]}\n",
		route: "plugins: [{use: guardrail.s}, {use: guardrail.b}]",
	})
	const more = `"metadata":{"team":["a",1]},"temperature":0.5,"max_tokens":100,"stop":"x"`
	// The frame's fields: max_output 100, temperature 0.5, choices 1, stop "x", and
	// the name "metadata" among the others.
	a := l.say("request", "Hello", more)
	if a.status != 200 || !strings.HasPrefix(a.body, `["a",1] 0864`+"11000000000000e03f"+"4001"+"4a0178"+"9201") ||
		!strings.Contains(a.body, "6d65746164617461") {
		t.Errorf("request: %+v", a)
	}
	if a := l.say("request", "Hello"); !strings.HasPrefix(a.body, "-1 ") {
		t.Errorf("a member that is not there: %+v", a)
	}
	if a := l.say("blind", "Hello", more); a.body != "-7 " {
		t.Errorf("what the manifest does not ask for: %+v", a)
	}
	// The usage of the mock, and one choice that stopped: index 0 is left out, finish 1.
	if a := l.say("answer", "Hello"); a.status != 200 || !strings.HasSuffix(a.body, " 1001 ") || strings.HasPrefix(a.body, "-") {
		t.Errorf("answer: %+v", a)
	}
}
