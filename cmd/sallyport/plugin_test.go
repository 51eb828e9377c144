package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// TestGuardBlocks: a guard from the folder, listed on a route, with a
// configuration of the operator's.
func TestGuardBlocks(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{"words.wasm": guard("guardrail.words", "prompt, answer, complete")},
		route:   "plugins: [{use: guardrail.words, as: words, config: {word: plutonium}}]",
	})
	e := l.wantError("prompt", l.say("m", "where is the plutonium?"), 400, "word")
	if e.Message != "That word is not allowed." {
		t.Errorf("message %q", e.Message)
	}
	if n := len(l.upstream()); n != 0 {
		t.Errorf("the upstream got %d requests", n)
	}
	if a := l.say("m", "where is the secret?"); a.status != 200 || a.header.Get("X-Sallyport-Chain") == "" {
		t.Errorf("another word: %+v", a)
	}
	if err := l.mocks[0].SetScenario("text=plutonium"); err != nil {
		t.Fatal(err)
	}
	l.wantError("answer", l.say("m", "Hello"), 400, "word")
	for name, want := range map[string]float64{
		`sallyport_plugin_calls_total{instance="words"}`:                       8,
		`sallyport_plugin_verdicts_total{instance="words",verdict="block"}`:    2,
		`sallyport_plugin_counter_total{counter="completed",instance="words"}`: 3,
		`sallyport_verdicts_total{instance="words",verdict="block"}`:           2,
		`sallyport_plugin_failures_total{failure="trap",instance="words"}`:     0,
	} {
		if got := l.metric(name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{"steps_total", "seconds_total", "guests"} {
		if l.metric(`sallyport_plugin_`+name+`{instance="words"}`) <= 0 {
			t.Errorf("%s is missing", name)
		}
	}
	if l.metric("sallyport_plugin_memory_bytes") <= 0 {
		t.Error("plugin_memory_bytes is missing")
	}
}

// TestGuardRedacts: what leaves is the client's own bytes but for the edits, and
// a second guard sees what the first one made of them.
func TestGuardRedacts(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{
			"a.wasm": guard("guardrail.a", "prompt, answer"),
			"b.wasm": guard("guardrail.b", "prompt"),
		},
		route: "plugins: [{use: guardrail.a, config: {action: redact}}, {use: guardrail.b, config: {word: '[WORD]'}}]",
		extra: "  - {name: one, plugins: [{use: guardrail.a, as: one, config: {action: redact}}, {use: guardrail.b, as: two, config: {word: secret}}], " +
			"deployments: [{provider: p0, model: one, name: d-one}]}\n",
	})
	l.wantError("the second guard sees the first one's edits", l.say("m", "a secret"), 400, "word")
	if err := l.mocks[0].SetScenario("text=the%20secret%20answer"); err != nil {
		t.Fatal(err)
	}
	const prompt = "sécret \"x\" (secret) secret"
	if a := l.say("one", prompt); a.status != 200 || a.content() != "the [WORD] answer" {
		t.Errorf("answer: %+v", a)
	}
	want := strings.NewReplacer("(secret) secret", "([WORD]) [WORD]").Replace(sayBody("one", prompt))
	if got := l.upstream(); len(got) != 1 || got[0] != want {
		t.Errorf("the upstream got\n%s\nwant\n%s", got, want)
	}
}

// TestGuardFails: an instance that traps, loops or replies badly ends the
// exchange or lets it pass, as its use says, and does not hurt the next one.
func TestGuardFails(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{"g.wasm": guard("guardrail.g", "prompt", "limits: {steps: 1000000, deadline: 50ms}")},
		config:  "",
		route:   "plugins: [{use: guardrail.g, config: {action: trap}}]",
		extra: "  - {name: open, plugins: [{use: guardrail.g, fail: open, config: {action: trap}}], deployments: [{provider: p0, name: d-open}]}\n" +
			"  - {name: loop, plugins: [{use: guardrail.g, as: loop, config: {action: loop}}], deployments: [{provider: p0, name: d-loop}]}\n" +
			"  - {name: bad, plugins: [{use: guardrail.g, as: bad, config: {action: bad}}], deployments: [{provider: p0, name: d-bad}]}\n",
	})
	for range 2 {
		l.wantError("closed", l.say("m", "secret"), 500, "plugin_failed")
		l.wantError("loop", l.say("loop", "secret"), 500, "plugin_failed")
		l.wantError("bad reply", l.say("bad", "secret"), 500, "plugin_failed")
		for _, route := range []string{"m", "loop", "bad"} {
			if a := l.say(route, "nothing"); a.status != 200 {
				t.Errorf("%s: the next one: %+v", route, a)
			}
		}
	}
	if a := l.say("open", "secret"); a.status != 200 {
		t.Errorf("open: %+v", a)
	}
	for _, name := range []string{
		`{failure="trap",instance="guardrail.g"}`, `{failure="steps",instance="loop"}`, `{failure="reply",instance="bad"}`,
	} {
		if l.metric("sallyport_plugin_failures_total"+name) < 1 {
			t.Errorf("no failure %s", name)
		}
	}
	if !strings.Contains(l.logs.String(), "a hook failed") {
		t.Error("the log says nothing")
	}
}

// TestGuardedStreamOfAFile: a stream of a route with an answer guard is refused,
// one with a prompt guard only is judged and served.
func TestGuardedStreamOfAFile(t *testing.T) {
	l := newLab(t, labConfig{
		plugins: map[string]string{"g.wasm": guard("guardrail.g", "prompt, answer")},
		route:   "plugins: [guardrail.g]",
		extra:   "  - {name: half, plugins: [{use: guardrail.g, as: half, hooks: [prompt]}], deployments: [{provider: p0, name: d-half}]}\n",
	})
	l.wantError("stream", l.say("m", "Hello", `"stream":true`), 400, "stream_not_guarded")
	if a := l.say("half", "Hello", `"stream":true`); a.status != 200 || !strings.Contains(a.body, "[DONE]") {
		t.Errorf("prompt alone: %+v", a)
	}
	l.wantError("prompt of a stream", l.say("half", "secret", `"stream":true`), 400, "word")
}

// TestListedGuardComesAndGoes: 503 while the file of a listed plugin is not
// there, and back when it is.
func TestListedGuardComesAndGoes(t *testing.T) {
	l := newLab(t, labConfig{route: "plugins: [guardrail.g]"})
	l.wantError("before", l.say("m", "Hello"), 503, "plugin_unavailable")
	for range 2 {
		l.drop("g.wasm", guard("guardrail.g", "prompt"))
		l.eventually("it serves", func() bool { return l.say("m", "Hello").status == 200 })
		if a := l.get(l.url + "/readyz"); a.status != 200 {
			t.Errorf("readyz: %+v", a)
		}
		l.wantError("guarded", l.say("m", "secret"), 400, "word")
		l.remove("g.wasm")
		l.eventually("it is missed", func() bool { return l.say("m", "Hello").status == 503 })
		if a := l.get(l.url + "/readyz"); a.status != 503 {
			t.Errorf("readyz: %+v", a)
		}
	}
}

// TestDroppedGuard: a file that nobody has configured joins every route, and one
// that asks for rights waits for them.
func TestDroppedGuard(t *testing.T) {
	l := newLab(t, labConfig{extra: "  - {name: other, deployments: [{provider: p0, name: d-other}]}\n"})
	if a := l.say("m", "secret"); a.status != 200 {
		t.Fatalf("%+v", a)
	}
	l.drop("g.wasm", guard("guardrail.g", "prompt"))
	l.eventually("it guards", func() bool { return l.say("m", "secret").status == 400 })
	l.wantError("every route", l.say("other", "secret"), 400, "word")

	l.drop("k.wasm", guard("guardrail.k", "prompt", "capabilities: [kv]"))
	l.eventually("it waits", func() bool { return strings.Contains(l.logs.String(), "- {use: guardrail.k, grants: [kv]}") })
	if a := l.say("m", "a plan"); a.status != 200 {
		t.Errorf("%+v", a)
	}
	l.rewrite("    deployments:\n      - {provider: p0, model: served-0",
		"    plugins: [{use: guardrail.k, grants: [kv], config: {word: plan}}]\n    deployments:\n      - {provider: p0, model: served-0")
	l.eventually("it guards with its rights", func() bool { return l.say("m", "a plan").status == 400 })
	l.remove("g.wasm")
	l.eventually("the first one is gone", func() bool { return l.say("other", "secret").status == 200 })
}

// TestBadFileChangesNothing: what is wrong with a file is said, and the version
// before it serves on.
func TestBadFileChangesNothing(t *testing.T) {
	l := newLab(t, labConfig{plugins: map[string]string{"g.wasm": guard("guardrail.g", "prompt")}})
	l.wantError("good", l.say("m", "secret"), 400, "word")
	type row struct{ File, ID, State, Reason, Digest, Serving string }
	rows := func() []row {
		var list struct{ Plugins []row }
		if err := json.Unmarshal([]byte(l.admin("GET", "/admin/v1/plugins").body), &list); err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(list.Plugins, func(r row) bool { return r.File == "" }) // what is bundled
	}
	if r := rows(); len(r) != 1 || r[0].File != "g.wasm" || r[0].State != "live" || r[0].Serving != r[0].Digest {
		t.Errorf("the list: %+v", r)
	}
	for name, c := range map[string]struct{ file, want string }{
		"cut":      {guard("guardrail.g", "prompt")[:900], "cut off"},
		"manifest": {guard("guardrail.g", "prompt", "unknown: 1"), "unknown: unknown field"},
		"none":     {string(guardModule), "has no manifest"},
		"hook":     {guard("guardrail.g", "prompt, upstream_event"), "upstream hooks are for"},
		"refuses":  {remade(guard("guardrail.g", "prompt"), "default: block", "default: refuse"), "returned invalid (2)"},
	} {
		l.drop("g.wasm", c.file)
		l.eventually(name+" is rejected", func() bool { return strings.Contains(l.logs.String(), c.want) })
		l.wantError(name, l.say("m", "secret"), 400, "word")
		if r := rows(); len(r) != 1 || r[0].State != "rejected" || !strings.Contains(r[0].Reason, c.want) || r[0].Serving == "" {
			t.Errorf("the list: %+v", r)
		}
	}
}

// TestSecretSettings: a plugin gets its secret, and nobody else.
func TestSecretSettings(t *testing.T) {
	const token = "tok-canary-4711"
	l := newLab(t, labConfig{
		plugins: map[string]string{"g.wasm": guard("guardrail.g", "prompt")},
		files:   map[string]string{"token": token},
		route:   "plugins: [{use: guardrail.g, config: {token: \"${file:token}\"}}]",
	})
	l.eventually("the plugin got it", func() bool { return strings.Contains(l.logs.String(), `"line":"[secret]"`) })
	l.rewrite("config: {token", "config: {action: refuse, token")
	if a := l.admin("POST", "/admin/v1/reload"); a.status != 422 || strings.Contains(a.body, token) || !strings.Contains(a.body, "[secret]") {
		t.Errorf("reload: %+v", a)
	}
	l.rewrite("${file:token}", token)
	if a := l.admin("POST", "/admin/v1/reload"); a.status != 422 || strings.Contains(a.body, token) || !strings.Contains(a.body, "a secret must not stand in the file") {
		t.Errorf("reload: %+v", a)
	}
	for _, path := range []string{"/metrics", "/admin/v1/status"} {
		if strings.Contains(l.admin("GET", path).body, token) {
			t.Errorf("%s shows the secret", path)
		}
	}
	if strings.Contains(l.logs.String(), token) {
		t.Error("the log shows the secret")
	}
}
