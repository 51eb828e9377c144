package abi_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

type headers map[string]string

func (h headers) Get(name string) []byte { return []byte(h[name]) }

func part(text string, role core.Role) *core.Part {
	p := &core.Part{Role: role}
	p.SetText([]byte(text))
	return p
}

// TestFill fills the frame of each hook and reads it back, once with all that a
// manifest can ask for and once with nothing.
func TestFill(t *testing.T) {
	start := time.Unix(1000, 0)
	ex := &core.Exchange{
		ID: core.ID{1}, Start: start, FirstByte: start.Add(time.Second), Status: 200, BytesOut: 7, Failed: true, ErrorCode: core.CodeBlocked,
		Consumer: &core.Consumer{Name: "key", Tenant: "tenant"}, Route: &core.Route{Name: "route"},
		Tags: []core.Tag{{Key: "k", Value: "v"}, {Key: "large", Value: string(make([]byte, 5000))}},
		Request: core.Request{
			Method: []byte("POST"), Path: []byte("/p"), Query: []byte("q"), Body: []byte("12345"), Model: []byte("model"), Stream: true,
			Headers: headers{"x-team": "red", "x-other": "o"}, Operation: core.OpChat,
		},
	}
	d := &core.Deployment{Name: "d", Model: "m", Provider: &core.Provider{Name: "p"}}
	at := ex.NewAttempt(d)
	at.Usage.Output = 9
	all := &core.Sees{Roles: []core.Role{core.RoleUser}, Consumer: true, Model: true, Tags: true, Parameters: true, Headers: []string{"x-team"}}
	parts := []*core.Part{part("user says", core.RoleUser), part("system says", core.RoleSystem)}
	var f abi.Frames
	frame := func(c core.Call, sees *core.Sees) []byte {
		c.Exchange = ex
		m := f.Fill(&c, abi.FrameOptions{Sees: sees, State: []byte("state"), Now: start.Add(2 * time.Second)})
		b := m.Append(nil)
		if len(b) != m.Size() {
			t.Errorf("%d bytes, announced %d", len(b), m.Size())
		}
		f.Reset()
		return b
	}
	whose := func(e *abi.Exchange, seen bool) {
		t.Helper()
		if string(e.Route) != "route" || !e.Stream || e.Operation != abi.OperationChat || len(e.ID) != 36 {
			t.Errorf("exchange %+v", e)
		}
		shown := string(e.Consumer) == "key" && string(e.Tenant) == "tenant" && string(e.Model) == "model" &&
			len(e.Tags) == 1 && len(e.Headers) == 1 && string(e.Headers[0].Value) == "red"
		hidden := len(e.Consumer)+len(e.Tenant)+len(e.Model)+len(e.Tags)+len(e.Headers) == 0
		if seen && !shown || !seen && !hidden {
			t.Errorf("seen %v: exchange %+v", seen, e)
		}
	}
	for _, sees := range []*core.Sees{all, {}} {
		seen := sees == all
		want := 2
		if seen {
			want = 1
		}
		var receive abi.ReceiveCall
		decode(t, &receive, frame(core.Call{Phase: core.PhaseReceive}, sees))
		whose(&receive.Exchange, seen)
		if string(receive.Method) != "POST" || string(receive.Path) != "/p" || string(receive.Query) != "q" || receive.BodyBytes != 5 {
			t.Errorf("receive %+v", receive)
		}
		var prompt abi.PromptCall
		decode(t, &prompt, frame(core.Call{Phase: core.PhasePrompt, Stage: core.StageJudge, Parts: parts}, sees))
		whose(&prompt.Exchange, seen)
		if len(prompt.Parts) != want || string(prompt.Parts[0].Text) != "user says" || prompt.Stage != abi.StageJudge || string(prompt.State) != "state" || prompt.Messages != 1 {
			t.Errorf("prompt %+v", prompt)
		}
		var route abi.RouteCall
		decode(t, &route, frame(core.Call{Phase: core.PhaseRoute, Deployments: []*core.Deployment{d}}, sees))
		whose(&route.Exchange, seen)
		if len(route.Deployments) != 1 || string(route.Deployments[0].Provider) != "p" || route.Features.InputTokens != 2 {
			t.Errorf("route %+v", route)
		}
		var answer abi.AnswerCall
		decode(t, &answer, frame(core.Call{Phase: core.PhaseAnswer, Parts: parts}, sees))
		whose(&answer.Exchange, seen)
		if len(answer.Parts) != want || answer.Usage.Output != 9 || string(answer.State) != "state" {
			t.Errorf("answer %+v", answer)
		}
		var window abi.WindowCall
		w := &core.Window{Choice: 1, Block: 2, Context: []byte("c"), Text: []byte("t"), Final: true}
		decode(t, &window, frame(core.Call{Phase: core.PhaseAnswer, Window: w}, sees))
		whose(&window.Exchange, seen)
		if window.Choice != 1 || window.Block != 2 || !bytes.Equal(window.Context, w.Context) || !bytes.Equal(window.Text, w.Text) || !window.Final {
			t.Errorf("window %+v", window)
		}
		var complete abi.CompleteCall
		decode(t, &complete, frame(core.Call{Phase: core.PhaseComplete}, sees))
		whose(&complete.Exchange, seen)
		if complete.Status != 200 || complete.DurationNs != 2e9 || complete.FirstByteNs != 1e9 || string(complete.Provider) != "p" ||
			complete.Usage.Output != 9 || complete.BytesIn != 5 || complete.BytesOut != 7 || string(complete.ErrorCode) != "blocked" {
			t.Errorf("complete %+v", complete)
		}
	}
	if f.Fill(&core.Call{Phase: core.PhaseUpstreamEvent, Exchange: ex}, abi.FrameOptions{Sees: all}) != nil {
		t.Error("a frame for a hook that there is not")
	}
}

func decode(t *testing.T, m interface{ Decode(b []byte) error }, b []byte) {
	t.Helper()
	if err := m.Decode(b); err != nil {
		t.Fatal(err)
	}
}

func TestParametersSet(t *testing.T) {
	p := &core.Parameters{
		MaxOutput: core.Some[int64](9), TopK: core.Some[int64](-1), Temperature: core.Some(0.5), Choices: 2, Stop: [][]byte{[]byte(".")},
		Tools:      []core.Tool{{Name: []byte("f")}, {Name: make([]byte, 300)}},
		ToolChoice: core.ToolChoiceTool, OutputFormat: core.OutputJSON, Others: []core.Parameter{{Name: []byte("user"), JSON: []byte("1")}},
	}
	m := abi.Parameters{HasSeed: true}
	m.Set(p)
	if m.MaxOutput != 9 || m.HasTopK || m.HasSeed || m.Temperature != 0.5 || m.Choices != 2 || len(m.Stop) != 1 || len(m.Tools) != 1 ||
		m.ToolChoice != abi.ToolChoiceTool || m.OutputFormat != abi.OutputFormatJSON || len(m.Others) != 1 {
		t.Errorf("%+v", m)
	}
}
