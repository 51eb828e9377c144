package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPinnedPlugin: a file with another digest than the pinned one does not count.
func TestPinnedPlugin(t *testing.T) {
	good, other := guard("guardrail.g", "prompt"), guard("guardrail.g", "prompt", "# another")
	l := newLab(t, labConfig{
		route: fmt.Sprintf("plugins: [{use: guardrail.g, isolation: shared, pin: %x}]", sha256.Sum256([]byte(good))),
	})
	l.drop("g.wasm", other)
	l.eventually("the other file waits or is rejected", func() bool { return strings.Contains(l.admin("GET", "/admin/v1/plugins").body, "g.wasm") })
	l.wantError("another file", l.say("m", "Hello"), 503, "plugin_unavailable")
	l.drop("g.wasm", good)
	l.eventually("the pinned one serves", func() bool { return l.say("m", "secret").status == 400 })
	l.drop("g.wasm", other)
	l.eventually("another version is refused", func() bool {
		return !strings.Contains(l.admin("GET", "/admin/v1/plugins").body, `"state": "live"`)
	})
	l.wantError("the pinned one serves on", l.say("m", "secret"), 400, "word")
}

// TestConfigurationBesideTheFile: the operator's word on a plugin that no list
// names.
func TestConfigurationBesideTheFile(t *testing.T) {
	l := newLab(t, labConfig{})
	l.drop("g.config.yaml", "as: own\nhooks: [prompt]\nconfig: {word: plan}\n")
	began := time.Now()
	l.drop("g.wasm", guard("guardrail.g", "prompt, answer"))
	l.eventually("it guards", func() bool { return l.say("m", "a plan").status == 400 })
	t.Logf("live after %v", time.Since(began))
	if a := l.say("m", "a secret", `"stream":true`); a.status != 200 {
		t.Errorf("%+v", a)
	}
	if l.metric(`sallyport_plugin_calls_total{instance="own"}`) == 0 {
		t.Error("the instance has another name")
	}
	l.drop("g.config.yaml", "as: own\nconfig: {wrod: plan}\n")
	l.eventually("what is wrong is said", func() bool {
		return strings.Contains(l.logs.String(), `g.config.yaml:2:16: config.wrod: unknown field`)
	})
	l.wantError("the version before serves on", l.say("m", "a plan"), 400, "word")
}

// TestCheckKnowsPlugins: the command sees what a gateway would.
func TestCheckKnowsPlugins(t *testing.T) {
	l := newLab(t, labConfig{})
	check := func() string {
		var out bytes.Buffer
		root := newRoot()
		root.SetOut(&out)
		root.SetErr(&out)
		root.SetArgs([]string{"check", "--config", l.path("sallyport.yaml")})
		err := root.Execute()
		return fmt.Sprint(out.String(), err)
	}
	l.rewrite("    deployments:\n      - {provider: p0, model: served-0", "    plugins: [{use: guardrail.g, config: {wrod: x}}]\n    deployments:\n      - {provider: p0, model: served-0")
	if got := check(); !strings.Contains(got, `the plugin "guardrail.g" is not loaded`) || !strings.Contains(got, "is fine") {
		t.Error(got)
	}
	l.drop("g.wasm", guard("guardrail.g", "prompt"))
	l.drop("k.wasm", guard("guardrail.k", "prompt", "capabilities: [kv]"))
	l.drop("bad.wasm", "nothing")
	got := check()
	for _, want := range []string{`config.wrod: unknown field "wrod"; did you mean "word"?`, "bad.wasm: not a plugin"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	l.rewrite("wrod", "word")
	if got := check(); !strings.Contains(got, "the plugin guardrail.k waits: it asks for the capabilities kv") {
		t.Error(got)
	}
}
