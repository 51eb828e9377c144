package plugintest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// few leaves only a part of the exchanges: those of plain places in two pairs of
// dialects.
func few(x *exchange) bool {
	pairs := []string{"gemini ← gemini", "anthropic.messages ← openai.chat"}
	return x.fault == nil && slices.Contains(pairs, x.pair()) && slices.Contains([]string{inText, inUser, inSystem, inTool}, x.place)
}

func bad(fault string) Options {
	return Options{
		Binary: program, Module: "testdata/bad.wasm", Canary: "plutonium", Config: fmt.Sprintf(`{fault: %s}`, fault), only: few,
	}
}

// streaming is the bad guard with another mode for streams.
func streaming(t *testing.T, mode string) string {
	t.Helper()
	dir := t.TempDir()
	for _, suffix := range []string{".wasm", ".yaml"} {
		content, err := os.ReadFile("testdata/bad" + suffix)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.Replace(content, []byte("{mode: window, window: 256}"), []byte("{mode: "+mode+"}"), 1)
		if err := os.WriteFile(filepath.Join(dir, "bad"+suffix), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "bad.wasm")
}

// newer leaves only such exchanges in pairs that no others of the tests here try.
func newer(places ...string) func(*exchange) bool {
	pairs := []string{
		"anthropic.messages ← openai.responses", "openai.completions ← bedrock.invoke", "openai.chat ← openai.responses",
		"openai.embeddings ← bedrock.embeddings", "rerank ← vertex.rank", "openai.responses count_tokens ← bedrock.invoke count_tokens",
	}
	return func(x *exchange) bool {
		return x.fault == nil && slices.Contains(pairs, x.pair()) && slices.Contains(places, x.place)
	}
}

// TestBadGuards: the kit fails what it is there to fail, and for that reason.
func TestBadGuards(t *testing.T) {
	observing := bad("none")
	observing.Module, observing.Optional = streaming(t, "observe"), true
	remembering := bad("remember")
	remembering.Isolation = "shared"
	trying := func(fault string, places ...string) Options {
		o := bad(fault)
		o.only = newer(places...)
		return o
	}
	for name, c := range map[string]struct {
		o    Options
		row  string // which fails
		says string // one of its failures
	}{
		"skips system":     {bad("skip system"), rowPrompt, "prompt: the canary as system: the canary left for the provider"},
		"skips tools":      {bad("skip system"), rowPrompt, "prompt: the canary as tool: the canary left for the provider"},
		"each event alone": {bad("each event alone"), rowCanary, "the canary got through"},
		"hold too short":   {bad("hold too short"), rowCanary, "the canary got through"},
		"alone, Responses": {trying("each event alone", inText), rowCanary, " ← openai.responses, "},
		"short, carried":   {trying("hold too short", inText), rowCanary, "openai.completions ← bedrock.invoke"},
		"short, thoughts":  {trying("hold too short", inThinking), rowCanary, "the canary as thinking: the canary got through"},
		"skips calls":      {trying("skip calls", inCustom), rowPrompt, "prompt: the canary as custom_tool_call: the canary left for the provider"},
		"skips a system":   {trying("skip system", inSystem), rowPrompt, "openai.responses count_tokens ← bedrock.invoke count_tokens"},
		"traps, vectors":   {trying("trap", inUser), rowHooks, "a hook failed"},
		"observes":         {observing, rowCanary, "the canary got through"},
		"skips a dialect":  {bad("skip dialect"), rowCanary, "gemini ← gemini"},
		"traps":            {bad("trap"), rowHooks, "a hook failed"},
		"blocks all":       {bad("block all"), rowHarmless, "it did not arrive"},
		"remembers":        {remembering, rowTenants, "of another tenant"},
		"eats memory":      {bad("memory"), rowHooks, "a hook failed"},
		"bad replies":      {bad("reply"), rowHooks, "a hook failed"},
		"holds too much":   {bad("hold too long"), rowHooks, "a hook failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Check(t.Context(), c.o)
			if err != nil {
				t.Fatal(err)
			}
			row := r.Rows[slices.Index(rowNames, c.row)]
			if r.OK() || row.Failures == 0 {
				t.Fatalf("the kit passed it: %+v", r)
			}
			if !slices.ContainsFunc(r.Failures, func(f string) bool { return strings.Contains(f, c.says) }) {
				t.Errorf("no failure says %q: %q", c.says, r.Failures[:min(len(r.Failures), 5)])
			}
			if c.row == rowCanary && r.Released == 0 || c.row == rowPrompt && r.Sent == 0 {
				t.Errorf("no bytes got out, it says: %+v", r)
			}
		})
	}
}

// TestGoodGuard: without a fault the same guard passes.
func TestGoodGuard(t *testing.T) {
	t.Parallel()
	Run(t, bad("none"))
}

// TestTenantsApart: of a guard that remembers what it saw the gateway takes the memory
// back before it serves another tenant, unless it is told not to.
func TestTenantsApart(t *testing.T) {
	t.Parallel()
	r, err := Check(t.Context(), bad("remember"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		if strings.Contains(f, "of another tenant") {
			t.Error(f)
		}
	}
	if row := r.Rows[slices.Index(rowNames, rowTenants)]; row.Tried == 0 {
		t.Error("nothing was tried")
	}
}

// TestStreamsRefused: a guard that judges no streams, or may only look on, passes where
// all of them are refused, and the report says so.
func TestStreamsRefused(t *testing.T) {
	for _, mode := range []string{"none", "observe"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			o := bad("none")
			o.Module = streaming(t, mode)
			r := Run(t, o)
			if !slices.ContainsFunc(r.Skipped, func(s string) bool { return strings.HasPrefix(s, "streams: ") }) {
				t.Errorf("it does not say that streams were refused: %q", r.Skipped)
			}
		})
	}
}

// TestNotTaken: where the gateway does not take the plugin, the kit says why.
func TestNotTaken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rule.js")
	source := "/* sallyport\nid: guardrail.rule\nversion: 1.0.0\nhooks: [answer]\n*/\nexports.answer = (;\n"
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(t.Context(), Options{Binary: program, Module: file, Canary: "plutonium"}); err == nil || !strings.Contains(err.Error(), "rule.js:6:") {
		t.Errorf("the error is %v", err)
	}
}

// TestGivesUp: a guard that fails each time is not tried to the end, and the report says
// so.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	o := bad("trap")
	o.only = nil
	r, err := Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	row := r.Rows[slices.Index(rowNames, rowComplete)]
	if r.OK() || row.Failures != 1 || !strings.Contains(row.Note, "given up after ") || r.Exchanges > 4*mostFailures {
		t.Errorf("%d exchanges, %+v", r.Exchanges, row)
	}
}
