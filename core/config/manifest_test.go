package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

const fullManifest = `id: guardrail.words
version: 1.2.0
abi: 1
kind: guardrail
stage: judge
hooks: [prompt, answer]
sees:
  roles: [user, system]
  kinds: [text, tool_call]
  consumer: true
  headers: [x-team]
stream: {mode: window, window: 512B}
config:
  type: object
  required: [words]
  properties:
    words: {type: array, items: {type: string}, minItems: 1}
    action: {enum: [block, redact], default: block}
    token: {type: string, writeOnly: true}
    nested: {type: object, properties: {deep: {type: integer, default: 3}}}
capabilities: [kv]
limits: {steps: 100000, deadline: 20ms, memory: 4MiB, reply: 4KiB, host_calls: 7, guests: 2}
on_error: open
`

func TestParseManifest(t *testing.T) {
	m, problems := ParseManifest("words.yaml", []byte(fullManifest))
	if len(problems) > 0 {
		t.Fatal(lines(problems))
	}
	if m.Config == nil {
		t.Error("the schema is lost")
	}
	m.Config = nil
	want := core.Manifest{
		ID: "guardrail.words", Version: "1.2.0", Kind: "guardrail", Stage: core.StageJudge,
		Phases: []core.Phase{core.PhasePrompt, core.PhaseAnswer},
		Sees: core.Sees{
			Roles: []core.Role{core.RoleUser, core.RoleSystem}, Kinds: []core.PartKind{core.PartText, core.PartToolCall},
			Consumer: true, Headers: []string{"x-team"},
		},
		Stream: core.StreamWindow, Window: 512, Capabilities: []string{"kv"}, FailOpen: true,
		Limits: core.Limits{Steps: 100000, Deadline: 20 * time.Millisecond, Memory: 4 << 20, Reply: 4096, HostCalls: 7, Guests: 2},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	m, problems = ParseManifest("x.yaml", []byte("id: observe.x\nversion: '1'\nhooks: [complete]\n"))
	if len(problems) > 0 || m.Kind != "observe" || m.FailOpen || !m.Has(core.PhaseComplete) {
		t.Errorf("%+v\n%s", m, lines(problems))
	}
}

func TestManifestProblems(t *testing.T) {
	ok := "id: guardrail.x\nversion: '1'\nstage: judge\nhooks: [prompt]\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "empty"},
		"no mapping":     {"- a\n", "must be a mapping"},
		"missing":        {"abi: 1\n", "id: is missing"},
		"id":             {swapText(ok, "guardrail.x", "guardrail"), "write kind.name"},
		"id letters":     {swapText(ok, "guardrail.x", "guardrail.X"), `holds 'X'`},
		"kind of id":     {swapText(ok, "guardrail.x", "gaurdrail.x"), `did you mean "guardrail"?`},
		"other kind":     {ok + "kind: prompt\n", "the id says"},
		"unknown field":  {ok + "hoks: []\n", `did you mean "hooks"?`},
		"hook":           {swapText(ok, "[prompt]", "[promt]"), `did you mean "prompt"?`},
		"hook twice":     {swapText(ok, "[prompt]", "[prompt, prompt]"), "stands there twice"},
		"no hooks":       {swapText(ok, "[prompt]", "[]"), "must not be empty"},
		"no stage":       {swapText(ok, "stage: judge\n", ""), "stage: is missing"},
		"stage for none": {swapText(ok, "[prompt]", "[answer]"), "leave it out"},
		"abi":            {ok + "abi: 2\n", "too large"},
		"role":           {ok + "sees: {roles: [users]}\n", `did you mean "user"?`},
		"part kind":      {ok + "sees: {kinds: [texts]}\n", `did you mean "text"?`},
		"header case":    {ok + "sees: {headers: [X-Team]}\n", "must be lower case"},
		"credential":     {ok + "sees: {headers: [authorization]}\n", "carries a credential"},
		"header form":    {ok + "sees: {headers: [\"a b\"]}\n", "is not the name"},
		"stream":         {ok + "stream: {mode: observe}\n", "hooks has no answer"},
		"window":         {swapText(ok, "[prompt]", "[prompt, answer]") + "stream: {mode: window}\n", "stream.window: is missing"},
		"window for no":  {ok + "stream: {window: 4KiB}\n", "holds for mode window"},
		"capability":     {ok + "capabilities: [kb]\n", `did you mean "kv"?`},
		"limit":          {ok + "limits: {memory: 2GiB}\n", "too large"},
		"deadline":       {ok + "limits: {deadline: 5}\n", "has no unit"},
		"schema type":    {ok + "config: {type: array}\n", "must be the schema of a mapping"},
		"schema":         {ok + "config: {properties: {a: {type: strin}}}\n", "is no JSON Schema"},
		"schema ref":     {ok + "config: {properties: {a: {$ref: 'file:///etc/passwd'}}}\n", "must stand by itself"},
		"schema default": {ok + "config: {properties: {a: {type: integer, default: x}}}\n", `default of "a" must be of the type integer`},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := ParseManifest("/etc/x.yaml", []byte(c.text))
			if !Failed(problems) || !strings.Contains(lines(problems), c.want) {
				t.Errorf("want %q in:\n%s", c.want, lines(problems))
			}
			for _, p := range problems {
				if p.File != "/etc/x.yaml" || p.Line == 0 {
					t.Errorf("%+v has no place", p)
				}
			}
		})
	}
}

// TestManifestProblemsAllAtOnce: what is wrong in several places is told in one go.
func TestManifestProblemsAllAtOnce(t *testing.T) {
	_, problems := ParseManifest("x.yaml", []byte("id: X\nhooks: [promt]\nstage: juge\nlimits: {guests: 0}\non_error: opn\n"))
	if len(problems) < 6 {
		t.Errorf("only %d problems:\n%s", len(problems), lines(problems))
	}
}

func swapText(text, from, to string) string { return strings.Replace(text, from, to, 1) }

func TestManifestDocsAreFresh(t *testing.T) {
	const file = "../../docs/plugins/manifest.md"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll("../../docs/plugins", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, ManifestDocs(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(ManifestDocs()) {
		t.Errorf("%s is stale; run go generate ./core/config", file)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add(fullManifest)
	f.Add("id: guardrail.x\nversion: 1\nstage: judge\nhooks: [prompt]\nconfig: {properties: {a: {$ref: '#'}}}\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, problems := ParseManifest("x.yaml", []byte(text))
		if Failed(problems) {
			return
		}
		if m.ID == "" || m.Kind == "" || len(m.Phases) == 0 || m.Has(core.PhasePrompt) != (m.Stage != core.StageNone) {
			t.Errorf("accepted %+v", m)
		}
	})
}
