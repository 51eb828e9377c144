package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/plugins"
	"github.com/sallyport-gateway/sallyport/sdk/plugintest"
)

// ofRawCalls is the dialect in which no client is served: the usage of raw calls is
// read by it.
const ofRawCalls = "gemini.interactions"

// TestKitKnowsDialects: the kit tries every dialect whose streams guards can judge.
func TestKitKnowsDialects(t *testing.T) {
	judged := 0
	for _, d := range dialects(&config.Snapshot{}) {
		if _, ok := d.(core.EventReader); !ok || d.Name() == ofRawCalls {
			continue
		}
		if judged++; !slices.Contains(plugintest.Dialects(), d.Name()) {
			t.Errorf("the kit does not try %s: add it to sdk/plugintest", d.Name())
		}
	}
	if judged < 5 {
		t.Errorf("only %d dialects have streams that guards can judge", judged)
	}
}

// TestKitKnowsProviders: the kit plays a provider of every dialect in which one serves
// chats or completions.
func TestKitKnowsProviders(t *testing.T) {
	spoken := 0
	for _, d := range plugins.Providers() {
		for _, op := range []core.Operation{core.OpChat, core.OpCompletions} {
			for _, s := range d.Serves[op] {
				if s.Dialect == ofRawCalls {
					continue
				}
				if spoken++; !slices.Contains(plugintest.Providers(), s.Dialect) {
					t.Errorf("the kit plays no provider of the dialect %s, which %s speaks: add it to sdk/plugintest", s.Dialect, d.Kind)
				}
			}
		}
	}
	if spoken < 9 {
		t.Errorf("only %d providers were found", spoken)
	}
}

// TestPluginTestRunsKit: "plugin test" runs the kit where the project has a canary, and
// fails where the guard does.
func TestPluginTestRunsKit(t *testing.T) {
	if testing.Short() {
		t.Skip("makes some hundred exchanges")
	}
	const example = "../../sdk/c/examples/secretword"
	type report struct {
		Cases []struct{ Name string }
		Kit   struct {
			Report  *plugintest.Report
			Skipped string
		}
	}
	run := func(args ...string) (r report, err error) {
		out, err := exec.CommandContext(t.Context(), mustBuild(t), append([]string{"plugin", "test", "--json"}, args...)...).Output()
		if e := json.Unmarshal(out, &r); e != nil {
			t.Fatalf("%v: %.500q", e, out)
		}
		return r, err
	}
	r, err := run(example)
	if err != nil || r.Kit.Report == nil || !r.Kit.Report.OK() || len(r.Cases) == 0 {
		t.Errorf("%v: %+v", err, r)
	}
	r, err = run(example, "--without", "refusal,tool_call,tool_name,citation")
	if err == nil || r.Kit.Report == nil || r.Kit.Report.Released == 0 {
		t.Errorf("it passed a guard that does not judge thinking: %+v", r.Kit)
	}
	bad := exec.CommandContext(t.Context(), mustBuild(t), "plugin", "test", "../../sdk/wat/examples/secretword", "--canary", "kra")
	if out, err := bad.CombinedOutput(); err == nil || !strings.Contains(string(out), "too short") {
		t.Errorf("a canary of three letters: %v, %s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), mustBuild(t), "plugin", "replay", "--old", "guardrail.pii", "--new", "guardrail.pii",
		"testdata/recorded.jsonl").CombinedOutput(); err != nil || !strings.Contains(string(out), "0 of 2 exchanges differ") {
		t.Errorf("%v: %s", err, out)
	}
}
