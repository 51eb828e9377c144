package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/adapter"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// jsGuard is a script that blocks prompts with a word, with a reason of its own.
// fails makes it throw where it finds the word.
func jsGuard(id, word, reason string, fails bool) string {
	verdict := fmt.Sprintf("return { block: { code: %q, message: %q } }", reason, "That is "+reason+".")
	if fails {
		verdict = "throw new Error(\"no\")"
	}
	return fmt.Sprintf("/* sallyport\nid: %s\nversion: 1.0.0\nstage: judge\nhooks: [prompt]\n*/\n"+
		"exports.prompt = (call) => {\n  if (call.parts.some((p) => p.text.includes(%q))) %s;\n};\n", id, word, verdict)
}

// plugin returns what the admin API says of a plugin's file.
func (l *lab) plugin(file string) folder.State {
	l.Helper()
	var list struct{ Plugins []folder.State }
	if err := json.Unmarshal([]byte(l.admin("GET", "/admin/v1/plugins").body), &list); err != nil {
		l.Fatal(err)
	}
	for i := range list.Plugins {
		if list.Plugins[i].File == file {
			return list.Plugins[i]
		}
	}
	return folder.State{}
}

func (l *lab) state(file string, want folder.Status, reason string) {
	l.Helper()
	l.eventually(fmt.Sprintf("%s is %s", file, want), func() bool {
		s := l.plugin(file)
		return s.State == want && strings.Contains(s.Reason, reason)
	})
}

// TestShadow: a new version judges copies until it has had its calls. The admin
// API tells on which exchanges it differs; clients notice nothing, not even that
// it fails.
func TestShadow(t *testing.T) {
	l := newLab(t, labConfig{
		config:  "plugins: {rollout: [{use: guardrail.g, shadow: {calls: 4}}]}",
		plugins: map[string]string{"g.js": jsGuard("guardrail.g", "secret", "old", false)},
	})
	if a := l.admin("GET", "/admin/v1/plugins/guardrail.g/shadow"); a.status != 404 {
		t.Errorf("before there is one: %+v", a)
	}
	l.wantError("the first version", l.say("m", "a secret"), 400, "old")
	l.drop("g.js", jsGuard("guardrail.g", "plan", "new", false))
	l.state("g.js", folder.Shadow, "")

	both := l.say("m", "a secret plan")
	l.wantError("both", both, 400, "old")
	alone := l.say("m", "a plan")
	if alone.status != 200 {
		t.Errorf("the shadow decides: %+v", alone)
	}
	if a := l.say("m", "Hello"); a.status != 200 {
		t.Errorf("%+v", a)
	}
	var r shadowReport
	l.eventually("three are compared", func() bool {
		a := l.admin("GET", "/admin/v1/plugins/guardrail.g/shadow")
		r = shadowReport{}
		if err := json.Unmarshal([]byte(a.body), &r); err != nil || a.status != 200 {
			t.Fatalf("%v %+v", err, a)
		}
		return r.Compared == 3
	})
	want := []chain.Difference{
		{Exchange: alone.header.Get("X-Request-Id"), Instance: "guardrail.g", Phase: "prompt", Live: "allow", Shadow: "block 400 new"},
		{Exchange: both.header.Get("X-Request-Id"), Instance: "guardrail.g", Phase: "prompt", Live: "block 400 old", Shadow: "block 400 new"},
	}
	if r.Plugin != "guardrail.g" || r.File != "g.js" || r.Generation != 2 || r.Differing != 2 || len(r.Differences) != 2 || r.Dropped != 0 {
		t.Fatalf("%+v", r)
	}
	for i, d := range r.Differences {
		if d.Time.IsZero() {
			t.Errorf("no time: %+v", d)
		}
		if want[i].Time = d.Time; d != want[i] {
			t.Errorf("%+v, want %+v", d, want[i])
		}
	}
	if c := l.plugin("g.js").Candidate; c == nil || *c != (folder.Progress{Generation: 2, Calls: 3}) {
		t.Errorf("the list says of the shadow %+v", c)
	}
	if n := l.metric(`sallyport_plugin_calls_total{instance="guardrail.g@shadow"}`); n != 3 {
		t.Errorf("the shadow has %v calls", n)
	}
	if a := l.say("m", "the fourth"); a.status != 200 {
		t.Errorf("%+v", a)
	}
	l.state("g.js", folder.Live, "")
	l.wantError("live", l.say("m", "a plan"), 400, "new")
	if a := l.say("m", "a secret"); a.status != 200 {
		t.Errorf("the old version judges: %+v", a)
	}
}

// TestShadowStorm: one that fails is taken out, without a client's notice.
func TestShadowStorm(t *testing.T) {
	l := newLab(t, labConfig{
		config:  "plugins: {rollout: [{use: \"*\", shadow: {calls: 1000}}]}",
		plugins: map[string]string{"g.js": jsGuard("guardrail.g", "secret", "old", false)},
	})
	l.drop("g.js", jsGuard("guardrail.g", "secret", "new", true))
	l.state("g.js", folder.Shadow, "")
	for range 6 {
		l.wantError("the old version", l.say("m", "a secret"), 400, "old")
	}
	l.state("g.js", folder.Rejected, "taken out of the stage shadow")
	l.wantError("the old version", l.say("m", "a secret"), 400, "old")
	if s := l.plugin("g.js"); s.Serving == "" || s.Serving == s.Digest || s.Counters.Rollbacks != 1 {
		t.Errorf("%+v", s)
	}
}

// TestCanary: a share of the exchanges is of the new version, in all their
// phases, and the chain's hash tells which; then it serves all.
func TestCanary(t *testing.T) {
	module := func(word string) string {
		return remade(guard("guardrail.g", "prompt, answer"), "default: secret", "default: "+word)
	}
	l := newLab(t, labConfig{
		config:  "plugins: {rollout: [{use: guardrail.g, canary: {calls: 1000000, share: 40}}]}",
		plugins: map[string]string{"g.wasm": module("old")},
	})
	l.drop("g.wasm", module("new"))
	l.state("g.wasm", folder.Canary, "")
	if err := l.mocks[0].SetScenario("text=new"); err != nil {
		t.Fatal(err)
	}
	hashes := map[string]int{}
	for range 100 {
		// The prompt has neither word; the answer hook must be of the version that
		// the hash names.
		a := l.chat("", "")
		switch {
		case a.status == 400 && a.code() == "word":
			hashes["new"]++
		case a.status == 200:
			hashes["old "+a.header.Get("X-Sallyport-Chain")]++
		default:
			t.Fatalf("%+v", a)
		}
	}
	if n := hashes["new"]; n < 15 || n > 65 || len(hashes) != 2 { // 40 ± 5 standard deviations
		t.Errorf("%v", hashes)
	}
	l.rewrite("calls: 1000000", "calls: 10")
	if a := l.admin("POST", "/admin/v1/reload"); a.status != 200 {
		t.Fatalf("%+v", a)
	}
	l.drop("g.wasm", module("newest")) // with the stages that hold now
	l.eventually("the newest serves all", func() bool {
		for range 5 {
			l.chat("", "")
		}
		s := l.plugin("g.wasm")
		return s.State == folder.Live && s.Serving == s.Digest
	})
	l.wantError("live", l.say("m", "the newest"), 400, "word")
}

// TestCanaryStorm: a canary that fails costs its share only, and is taken out.
func TestCanaryStorm(t *testing.T) {
	l := newLab(t, labConfig{
		config:  "plugins: {rollout: [{use: guardrail.g, canary: {for: 1h, share: 50}}]}",
		plugins: map[string]string{"g.js": jsGuard("guardrail.g", "secret", "old", false)},
	})
	l.drop("g.js", jsGuard("guardrail.g", "secret", "new", true))
	l.state("g.js", folder.Canary, "")
	l.eventually("it is taken out", func() bool {
		if a := l.say("m", "a secret"); a.code() != "old" && a.code() != "plugin_failed" {
			t.Fatalf("%+v", a)
		}
		return strings.Contains(l.plugin("g.js").Reason, "taken out of the stage canary")
	})
	for range 20 {
		l.wantError("the old version", l.say("m", "a secret"), 400, "old")
	}
}

// TestTrapStorm: within the probation after a swap the version before serves
// again, and the gateway says so; where there is none the fail mode decides, and
// no client can take the guard away.
func TestTrapStorm(t *testing.T) {
	l := newLab(t, labConfig{plugins: map[string]string{"g.wasm": guard("guardrail.g", "prompt")}})
	trap := remade(guard("guardrail.g", "prompt"), "default: block", "default: trap")
	l.drop("g.wasm", trap)
	l.eventually("the new version serves", func() bool { return l.say("m", "a secret").code() == "plugin_failed" })
	l.eventually("the old one is back", func() bool { return l.say("m", "a secret").code() == "word" })
	l.state("g.wasm", folder.Rejected, "rolled back to the version before it")
	if !strings.Contains(l.logs.String(), "rolled back to the version before it") {
		t.Error("the log says nothing")
	}

	l.remove("g.wasm")
	l.eventually("it is gone", func() bool { return l.say("m", "a secret").status == 200 })
	l.drop("g.wasm", trap)
	l.eventually("it serves", func() bool { return l.say("m", "a secret").code() == "plugin_failed" })
	for range 50 {
		l.wantError("no way round", l.say("m", "a secret"), 500, "plugin_failed")
	}
	if s := l.plugin("g.wasm"); s.State != folder.Live || s.Counters.Rollbacks != 0 {
		t.Errorf("%+v", s)
	}
}

func TestBlameless(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("x"), false},
		{&wasm.Error{Failure: wasm.FailTrap}, false},
		{&wasm.Error{Failure: wasm.FailMemory}, false},
		{fmt.Errorf("x: %w", &wasm.Error{Failure: wasm.FailBusy}), true},
		{&wasm.Error{Failure: wasm.FailBreaker}, true},
		{&wasm.Error{Failure: wasm.FailMemory, Cause: &core.TooLargeError{}}, true},
		{&adapter.Error{Failure: adapter.FailBusy}, true},
		{&adapter.Error{Failure: adapter.FailDown}, false},
	} {
		if got := blameless(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

// TestSelfTestCases: a file that does not pass the cases beside it is refused.
func TestSelfTestCases(t *testing.T) {
	const cases = `Prompts with the word are stopped.
-- stops/request --
{"model":"m","messages":[{"role":"user","content":"a secret"}]}
-- stops/want.upstream --
blocked old: That is old.
-- passes/request --
{"model":"m","messages":[{"role":"user","content":"Hello"}]}
`
	l := newLab(t, labConfig{plugins: map[string]string{
		"g.js": jsGuard("guardrail.g", "secret", "old", false), "g.cases.txtar": cases,
	}})
	l.wantError("it passed", l.say("m", "a secret"), 400, "old")
	l.drop("g.js", jsGuard("guardrail.g", "secret", "new", false))
	l.state("g.js", folder.Rejected, "its self-test failed: case stops: want.upstream")
	l.wantError("the version before", l.say("m", "a secret"), 400, "old")
	l.drop("g.cases.txtar", strings.ReplaceAll(cases, "old", "new"))
	l.eventually("it passes", func() bool { return l.say("m", "a secret").code() == "new" })
	if strings.Contains(l.admin("GET", "/metrics").body, casesSuffix) {
		t.Error("self-tests count as instances")
	}
}

// TestPluginList: the command tells what the admin API does.
func TestPluginList(t *testing.T) {
	l := newLab(t, labConfig{plugins: map[string]string{
		"a.wasm": guard("guardrail.a", "prompt"), "b.js": jsGuard("guardrail.b", "plan", "plan", false), "c.js": "exports = 1",
	}})
	list := func(args ...string) (string, error) {
		var out bytes.Buffer
		root := newRoot()
		root.SetOut(&out)
		root.SetArgs(append([]string{"plugin", "list"}, args...))
		err := root.Execute()
		return out.String(), err
	}
	admin := l.gw.server.AdminAddr().String()
	text, err := list("--admin", admin)
	if err != nil {
		t.Fatal(err)
	}
	narrow := regexp.MustCompile(" +").ReplaceAllString(text, " ")
	for _, want := range []string{
		"FILE", "a.wasm guardrail.a live", "b.js guardrail.b live", "c.js - rejected", "\nc.js: it has no manifest", "(bundled) guardrail.pii available",
	} {
		if !strings.Contains(narrow, want) {
			t.Errorf("the list has no %q:\n%s", want, text)
		}
	}
	text, err = list("--admin", admin, "--json")
	var rows []pluginRow
	if err != nil || json.Unmarshal([]byte(text), &rows) != nil || len(rows) < 4 || rows[0].File != "a.wasm" || rows[0].Source != "folder" ||
		rows[2].State.State != folder.Rejected || rows[3].Source != "bundled" || rows[3].File != "" {
		t.Errorf("%v %s", err, text)
	}
	l.rewrite("admin: {listen: 127.0.0.1:0}", "admin: {listen: "+admin+"}")
	if text, err := list("--config", l.path("sallyport.yaml")); err != nil || !strings.Contains(text, "a.wasm") {
		t.Errorf("%v %s", err, text)
	}
	l.rewrite("admin: {listen: "+admin+"}", "admin: {listen: off}")
	if _, err := list("--config", l.path("sallyport.yaml")); err == nil || !strings.Contains(err.Error(), "admin.listen") {
		t.Errorf("%v", err)
	}
	if _, err := list("--admin", l.mocks[0].Addr()); err == nil || !strings.Contains(err.Error(), "no list") {
		t.Errorf("%v", err)
	}
}
