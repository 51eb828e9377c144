package wasm

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/wasm/safepoint"
)

type headers map[string]string

func (h headers) Get(name string) []byte {
	if v, ok := h[name]; ok {
		return []byte(v)
	}
	return nil
}

// TestAllHooks hands every hook a frame and reads what the guest was given.
func TestAllHooks(t *testing.T) {
	m := echoing()
	body := m.funcs[3].body
	m.funcs = m.funcs[:3]
	for k := range hookTable {
		m.funcs = append(m.funcs, asmFunc{export: hookTable[k].export, params: []byte{i32, i32}, results: []byte{i64}, body: body})
	}
	i := seeing(t, m, core.Sees{Headers: []string{"x-team", "x-none"}, Model: true}, core.InstanceConfig{})
	if !i.Windows() {
		t.Error("no windows")
	}
	ex := exchange("a", 1)
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte("/v1/x"), []byte("12345")
	ex.Request.Model = []byte("m1")
	ex.Request.Headers = headers{"x-team": "blue", "x-other": "hidden"}
	ex.End, ex.Status, ex.FirstByte = core.EndUpstreamCut, 200, ex.Start.Add(time.Second)
	at := ex.NewAttempt(&core.Deployment{Name: "d1", Model: "up", Weight: 3, Provider: &core.Provider{Name: "p1"}})
	at.Usage.Output = 5
	frame := func(call *core.Call, into interface{ Decode([]byte) error }) {
		t.Helper()
		call.Exchange, call.Reply = ex, &core.Reply{}
		r := handle(t, i, call)
		if r.Respond == nil {
			t.Fatal("no frame came back")
		}
		if err := into.Decode(r.Respond.Body); err != nil {
			t.Fatal(err)
		}
	}
	var receive abi.ReceiveCall
	if frame(&core.Call{Phase: core.PhaseReceive}, &receive); string(receive.Path) != "/v1/x" || receive.BodyBytes != 5 ||
		len(receive.Exchange.Headers) != 1 || string(receive.Exchange.Headers[0].Value) != "blue" || string(receive.Exchange.Model) != "m1" {
		t.Errorf("receive %+v", receive)
	}
	var route abi.RouteCall
	if frame(&core.Call{Phase: core.PhaseRoute, Deployments: []*core.Deployment{at.Deployment}}, &route); len(route.Deployments) != 1 ||
		string(route.Deployments[0].Provider) != "p1" || route.Deployments[0].Weight != 3 {
		t.Errorf("route %+v", route.Deployments)
	}
	var answer abi.AnswerCall
	if frame(&core.Call{Phase: core.PhaseAnswer, Parts: prompt(ex, "hi").Parts}, &answer); string(answer.Parts[0].Text) != "hi" || answer.Usage.Output != 5 {
		t.Errorf("answer %+v", answer)
	}
	var window abi.WindowCall
	if frame(&core.Call{Phase: core.PhaseAnswer, Window: &core.Window{Choice: 1, Block: 2, Context: []byte("c"), Text: []byte("t"), Final: true}}, &window); window.Choice != 1 || window.Block != 2 || string(window.Context)+string(window.Text) != "ct" || !window.Final {
		t.Errorf("window %+v", window)
	}
	var complete abi.CompleteCall
	if frame(&core.Call{Phase: core.PhaseComplete}, &complete); complete.End != abi.EndOf(core.EndUpstreamCut) || complete.Status != 200 ||
		complete.FirstByteNs != 1e9 || string(complete.Model) != "up" || complete.Attempts != 1 || complete.BytesIn != 5 {
		t.Errorf("complete %+v", complete)
	}
}

// TestBadWindows: edits and holds of a window must fit it.
func TestBadWindows(t *testing.T) {
	for name, r := range map[string]abi.Reply{
		"hold":  {Hold: 5},
		"edit":  {Edits: []abi.Edit{{Start: 0, End: 9}}},
		"other": {Edits: []abi.Edit{{Part: 1}}},
	} {
		m := replying(r.Append(nil))
		m.funcs[3].export = "sallyport_window"
		i := started(t, m, Options{}, core.InstanceConfig{})
		err := i.Hook(core.PhaseAnswer).Handle(&core.Call{
			Exchange: exchange("a", 1), Phase: core.PhaseAnswer, Window: &core.Window{Text: []byte("text")}, Reply: &core.Reply{},
		})
		if failureOf(err) != FailReply {
			t.Errorf("%s: error %v, want a bad reply", name, err)
		}
	}
}

// TestFixedCompilers: what compilers write can be reset, SIMD and all.
func TestFixedCompilers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("safepoint", "testdata", "*.wasm"))
	if err != nil || len(files) < 5 {
		t.Fatalf("modules %v, %v", files, err)
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "wat_") { // no compiler made these
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := safepoint.Rewrite(b, safepoint.Options{})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		f, _, err := learn(&r)
		if err != nil || !f.fixed {
			t.Errorf("%s: fixed %v, %v", file, err == nil && f.fixed, err)
		}
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for f := Failure(1); int(f) < NumFailures; f++ {
		if seen[f.String()] || f.String() == "" || failureText[f] == "" {
			t.Errorf("failure %d has no name of its own", f)
		}
		seen[f.String()] = true
	}
}
