package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/folder"
)

// TestWrongSettingsBesideAFile: what is wrong with the file of settings beside a
// plugin's first version is said with its line, in the list and beside the file.
func TestWrongSettingsBesideAFile(t *testing.T) {
	l := newLab(t, labConfig{})
	const want = "g.config.yaml:2:"
	l.drop("g.config.yaml", "hooks: [prompt]\nconfig: {wrod: plan}\n")
	l.drop("g.wasm", guard("guardrail.g", "prompt"))
	l.state("g.wasm", folder.Rejected, want)
	beside := filepath.Join(l.path("plugins.d"), "g.wasm.rejected")
	l.eventually("it is said beside the file", func() bool {
		b, err := os.ReadFile(beside)
		return err == nil && strings.Contains(string(b), want) && strings.Contains(string(b), `did you mean "word"?`)
	})
	l.drop("g.config.yaml", "hooks: [prompt]\nconfig: {word: plan}\n")
	l.eventually("it guards", func() bool { return l.say("m", "a plan").status == 400 })
	l.eventually("nothing is said any more", func() bool {
		_, err := os.Stat(beside)
		return os.IsNotExist(err)
	})
}

// TestSidecarsName: what is wrong with a manifest beside a plugin is said under
// the name of the file that it stands in.
func TestSidecarsName(t *testing.T) {
	const wrong = "id: guardrail.g\nversion: 1.0.0\nstage: judge\nhooks: [prompt]\nlimit: 3\n"
	l := newLab(t, labConfig{plugins: map[string]string{
		"a.wasm": string(guardModule), "a.yaml": wrong, "b.js": "exports.prompt = () => {};\n", "b.yaml": wrong,
		"c.js": "/* sallyport\n" + wrong + "*/\n", "d.adapter": "#!/bin/sh\n", "d.yaml": wrong,
	}})
	for file, want := range map[string]string{
		"a.wasm": "a.yaml:5:1: limit: unknown field", "b.js": "b.yaml:5:1: limit: unknown field",
		"c.js": "c.js:", "d.adapter": "d.yaml:5:1: limit: unknown field",
	} {
		l.state(file, folder.Rejected, want)
	}
}

// TestTooLargeForAGuard: a request that a guard has no memory for is refused as
// too large, with the limit's name, and takes the guard from nobody.
func TestTooLargeForAGuard(t *testing.T) {
	l := newLab(t, labConfig{route: "plugins: [guardrail.pii, {use: guardrail.denylist, as: words, config: {words: [plutonium]}}]"})
	long := strings.Repeat("Nothing but words that nobody minds. ", 12<<20/37)
	for range 8 {
		a := l.say("m", long)
		l.wantFailure("a long prompt", a, 413, "body_too_large")
		if e, _ := parseError(a.body); !strings.Contains(e.Message, "guardrail.pii") && !strings.Contains(e.Message, "words") ||
			!strings.Contains(e.Message, "limits.memory is ") {
			t.Errorf("the message is %q", e.Message)
		}
	}
	if got := l.upstream(); len(got) != 0 {
		t.Errorf("%d requests got through", len(got))
	}
	l.wantError("the next one", l.say("m", "plutonium"), 400, "denylist")
}

// TestSignalsOfDeployments: a hook that orders deployments is told how they fare.
func TestSignalsOfDeployments(t *testing.T) {
	l := newLab(t, labConfig{plugins: map[string]string{"r.js": `/* sallyport
id: route.r
version: 1.0.0
hooks: [route]
*/
exports.route = (call) => {
  const d = call.deployments[0];
  if (d.cooling || d.in_flight !== 0 || d.error_rate !== 0) return { block: { code: "wrong" } };
  if (d.first_byte_ms > 0) return { block: { code: "known" } };
};
`}})
	if a := l.say("m", "Hello"); a.status != 200 {
		t.Errorf("before anything is known: %s", a)
	}
	l.eventually("it is told", func() bool { return l.say("m", "Hello").code() == "known" })
}

// TestBenchNeedsSettings: a plugin that has settings without defaults cannot be
// measured without, and the command says how to give them.
func TestBenchNeedsSettings(t *testing.T) {
	bench := func(args ...string) error {
		root := newRoot()
		root.SetOut(&bytes.Buffer{})
		root.SetArgs(append([]string{"plugin", "bench", "guardrail.denylist"}, args...))
		return root.Execute()
	}
	if err := bench(); err == nil || !strings.Contains(err.Error(), "config.words: is missing") || !strings.Contains(err.Error(), "--config") {
		t.Errorf("%v", err)
	}
	if err := bench("--config", `{"words": "x"}`); err == nil || !strings.Contains(err.Error(), "config.words") {
		t.Errorf("%v", err)
	}
}

// TestBundledInTheList: what is built in is in the list as well, and whether it
// is used.
func TestBundledInTheList(t *testing.T) {
	l := newLab(t, labConfig{route: "plugins: [guardrail.pii]"})
	row := func(id string) pluginRow {
		for _, r := range (&adapterSite{process: &process{T: t, admin: "http://" + l.gw.server.AdminAddr().String(), client: l.client}}).rows() {
			if r.ID == id && r.Source == sourceBundled {
				return r
			}
		}
		return pluginRow{}
	}
	l.say("m", "Hello")
	if r := row("guardrail.pii"); r.State.State != folder.Live || r.Serving == "" || r.Counters.Calls == 0 {
		t.Errorf("%+v", r)
	}
	if r := row("guardrail.denylist"); r.State.State != available || r.Serving != "" || len(r.Digest) != 64 {
		t.Errorf("%+v", r)
	}
	l.drop("mine.wasm", guard("guardrail.pii", "prompt"))
	l.state("mine.wasm", folder.Live, "")
	if r := row("guardrail.pii"); r.State.State != covered {
		t.Errorf("%+v", r)
	}
}
