package e2e

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// sdkScenario says what the app must see, whoever serves it, and what the
// provider must be asked, whoever asks.
type sdkScenario struct {
	name   string
	text   string
	cities []string
	finish int // index into sdk.finish
	usage  sdkUsage
	status int  // of the error, -1 for one without
	stream bool // there is no other form
	cancel bool // the client leaves after the first text

	more  []string // lines of the first request beside the usual ones
	turns int      // 2: the tool's result is sent back
	plain bool     // no tool is offered
}

var sdkScenarios = []sdkScenario{
	{name: "text", text: "Hello, world!", usage: sdkUsage{12, 5}},
	{name: "slow", text: "Hello, world!", usage: sdkUsage{12, 5}},
	{name: "length", text: "Hello", finish: 2, usage: sdkUsage{12, 1}},
	{name: "tool", cities: []string{"Paris"}, finish: 1, usage: sdkUsage{20, 8}},
	{name: "parallel", text: "Both.", cities: []string{"Paris", "Rome"}, finish: 1, usage: sdkUsage{20, 16}},
	{name: "round", text: "It is sunny.", cities: []string{"Paris"}, usage: sdkUsage{30, 4}, turns: 2},
	{name: "think", text: "It is sunny.", cities: []string{"Paris"}, usage: sdkUsage{30, 4}, turns: 2},
	{name: "image", text: "Hello, world!", usage: sdkUsage{12, 5}, more: []string{"image image/png " + png}},
	{name: "shape", text: `{"city":"Paris"}`, usage: sdkUsage{15, 6}, more: []string{"shape " + citySchema}, plain: true},
	{name: "bad", status: 400},
	{name: "denied", status: 502},
	{name: "limited", status: 429},
	{name: "overloaded", status: 503},
	{name: "midway", status: -1, stream: true},
	{name: "cut", status: -1, stream: true},
	{name: "cancel", stream: true, cancel: true},
}

// The same as in the programs.
const (
	png        = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
	citySchema = `{"properties":{"city":{"type":"string"}},"required":["city"],"type":"object"}`
	thought    = "Let me think."
	signature  = "c2lnbmVk" // of the simulated providers that sign
)

// wantAsked returns the lines that the provider must get in a turn, thinking
// aside.
func (w *sdkScenario) wantAsked(turn int) []string {
	lines := []string{"system: Be brief.", "user: scenario:" + w.name}
	for _, ln := range w.more {
		if strings.HasPrefix(ln, "image ") {
			lines = append(lines, ln)
		}
	}
	if turn == 2 {
		lines = append(lines, `calls weather {"city":"Paris"}`, "result weather: sunny")
	}
	if !w.plain {
		lines = append(lines, "offers weather: The weather in a city "+citySchema)
	}
	for _, ln := range w.more {
		if !strings.HasPrefix(ln, "image ") {
			lines = append(lines, ln)
		}
	}
	return append(lines, "max 100")
}

// check judges the jobs at one upstream.
func (k *sdk) check(t *testing.T, upstream string, jobs []sdkJob, reports []sdkReport, requests []asked) {
	t.Helper()
	want := 0
	for i := range jobs {
		if jobs[i].upstream == upstream {
			want += max(jobs[i].of.turns, 1)
			k.checkReport(t, &jobs[i], reports[i])
		}
	}
	for i := range requests {
		if a := &requests[i]; a.dialect == upstream {
			want--
			k.checkAsked(t, a)
		}
	}
	if want != 0 {
		t.Errorf("the provider was asked %d times too seldom", want)
	}
}

func (k *sdk) checkAsked(t *testing.T, a *asked) {
	t.Helper()
	of := slices.IndexFunc(sdkScenarios, func(s sdkScenario) bool { return s.name == a.scenario })
	if of < 0 {
		t.Errorf("the provider was asked for %q", a.scenario)
		return
	}
	turn := 1
	if a.isSecondTurn() {
		turn = 2
	}
	var lines, signed []string
	for _, ln := range a.lines {
		if strings.HasSuffix(ln, "]") && !strings.HasSuffix(ln, "[]") {
			signed = append(signed, ln)
		}
		ln, _, _ = strings.Cut(ln, " [")
		if !strings.HasPrefix(ln, "thinks ") {
			lines = append(lines, ln)
		}
	}
	if want := sdkScenarios[of].wantAsked(turn); !reflect.DeepEqual(lines, want) {
		t.Errorf("%s, stream %v, turn %d: the provider got\n%s\nwant\n%s", a.scenario, a.stream, turn, strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	k.checkSigned(t, a, turn, signed)
}

// checkSigned: a signature goes back to who gave it, as it was, if the SDK keeps
// it, and to nobody else.
func (k *sdk) checkSigned(t *testing.T, a *asked, turn int, signed []string) {
	t.Helper()
	want := map[string][]string{
		"anthropic.messages": {"thinks " + thought + " [" + signature + "]"},
		"openai.responses":   {"thinks " + thought + " [" + signature + "]"},
		"gemini":             {`calls weather {"city":"Paris"} [` + signature + "]"},
	}[a.dialect]
	if a.scenario != "think" || turn != 2 || k.dropsSignatures {
		want = nil
	}
	if !slices.Equal(signed, want) {
		t.Errorf("%s, stream %v, turn %d: signed %q, want %q", a.scenario, a.stream, turn, signed, want)
	}
}

func (k *sdk) checkReport(t *testing.T, j *sdkJob, r sdkReport) {
	t.Helper()
	want := j.of
	name := fmt.Sprintf("%s, stream %v", want.name, j.Stream)
	if want.status != 0 {
		k.checkError(t, name, want, &r)
		return
	}
	if r.Error != nil {
		t.Errorf("%s: error %v %q", name, r.Error.Status, r.Error.Message)
		return
	}
	if want.cancel {
		if !r.Cancelled || !strings.HasPrefix(r.Text, "Hello") {
			t.Errorf("%s: cancelled %v after %q", name, r.Cancelled, r.Text)
		}
		return
	}
	var calls []sdkCall
	for _, c := range want.cities {
		calls = append(calls, sdkCall{"weather", map[string]any{"city": c}})
	}
	if len(r.Calls) == 0 {
		r.Calls = nil
	}
	if r.Text != want.text || !reflect.DeepEqual(r.Calls, calls) || r.Finish != k.finish[want.finish] {
		t.Errorf("%s: %q, calls %v, finish %q; want %q, %v, %q", name, r.Text, r.Calls, r.Finish, want.text, calls, k.finish[want.finish])
	}
	wantThought := ""
	if want.name == "think" {
		wantThought = thought
	}
	if r.Thinking != wantThought && (!k.hidesThinking || !strings.HasSuffix(wantThought, r.Thinking)) {
		t.Errorf("%s: thinking %q, want %q", name, r.Thinking, wantThought)
	}
	if k.addsUsage && j.Stream {
		return
	}
	if r.Usage == nil || *r.Usage != want.usage {
		t.Errorf("%s: usage %v, want %v", name, r.Usage, want.usage)
	}
}

func (k *sdk) checkError(t *testing.T, name string, want *sdkScenario, r *sdkReport) {
	t.Helper()
	if r.Error == nil {
		if !k.hidesErrors || want.status > 0 || r.Finish != "" {
			t.Errorf("%s: no error but %+v", name, *r)
		}
		return
	}
	// Some SDKs hide the status of a stream's error.
	if got, ok := r.Error.Status.(float64); ok && want.status > 0 && int(got) != want.status && (want.status != 503 || got != 529) {
		t.Errorf("%s: error %v %q, want status %d", name, r.Error.Status, r.Error.Message, want.status)
	}
	if want.status == 502 && strings.Contains(r.Error.Message, "simulated") {
		t.Errorf("%s: the app sees what the provider said of our key: %q", name, r.Error.Message)
	}
}
