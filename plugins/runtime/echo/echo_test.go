package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(adapter.Guard(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// start builds the adapter, loads it with its manifest and starts an instance.
func start(t *testing.T, words ...any) *adapter.Instance {
	t.Helper()
	dir, err := os.MkdirTemp("", "sp") //nolint:usetesting // its paths are too long for sockets
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "echo.adapter")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	guard, err := adapter.Self("guard")
	if err != nil {
		t.Fatal(err)
	}
	h, err := adapter.NewHost(adapter.Options{Guard: guard, Dir: dir, Log: func(l adapter.LogLine) { t.Log(l.Text) }})
	if err != nil {
		t.Fatal(err)
	}
	a, err := h.Load(t.Context(), "echo.adapter", data, manifest(t))
	if err != nil {
		t.Fatal(err)
	}
	i, err := a.NewInstance(core.InstanceConfig{Name: "echo", Config: map[string]any{"words": words}, Limits: core.Limits{Deadline: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(i.Close(), a.Close(), h.Close(), os.RemoveAll(dir)); err != nil {
			t.Error(err)
		}
	})
	if err := i.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	return i
}

func manifest(t *testing.T) core.Manifest {
	t.Helper()
	text, err := os.ReadFile("echo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	m, problems := config.ParseManifest("echo.yaml", text)
	if config.Failed(problems) {
		t.Fatal(problems)
	}
	return m
}

// run runs a hook of the instance through the chain.
func run(i *adapter.Instance, call *core.Call) chain.Outcome {
	e := chain.Entry{Instance: "echo", Plugin: "runtime.echo", Stage: core.StageJudge}
	e.Hooks[call.Phase] = i.Hook(call.Phase)
	call.Exchange = &core.Exchange{ID: core.ID{1}}
	return chain.Compile(nil, []chain.Entry{e}).Run(call, &core.Reply{})
}

func parts(text string) []*core.Part {
	p := &core.Part{}
	p.SetText([]byte(text))
	return []*core.Part{p}
}

func TestEcho(t *testing.T) {
	i := start(t, "kraken", "krill")
	t.Run("prompt", func(t *testing.T) {
		if out := run(i, &core.Call{Phase: core.PhasePrompt, Parts: parts("release the kraken")}); out.Err == nil || out.Err.Code != core.CodeBlocked || out.Err.Reason != "echo.word" {
			t.Errorf("%+v", out)
		}
		if out := run(i, &core.Call{Phase: core.PhasePrompt, Parts: parts("release the hounds")}); out.Err != nil {
			t.Errorf("%+v", out.Err)
		}
	})
	t.Run("answer", func(t *testing.T) {
		p := parts("krill feeds no kraken, krakens feed on krill")
		if out := run(i, &core.Call{Phase: core.PhaseAnswer, Parts: p}); out.Err != nil || string(p[0].Text()) != "[WORD] feeds no [WORD], [WORD]s feed on [WORD]" {
			t.Errorf("%q, %+v", p[0].Text(), out)
		}
	})
	t.Run("window", func(t *testing.T) { testWindow(t, i) })
	t.Run("generate", func(t *testing.T) { testGenerate(t, i) })
}

// testWindow streams a text in every pair of pieces.
func testWindow(t *testing.T, i *adapter.Instance) {
	const whole = "a kraken, krakrill"
	for at := range len(whole) {
		released, held := "", ""
		for n, piece := range []string{whole[:at], whole[at:]} {
			w := &core.Window{Text: []byte(held + piece), Final: n == 1}
			reply := &core.Reply{}
			call := &core.Call{Exchange: &core.Exchange{ID: core.ID{2}}, Phase: core.PhaseAnswer, Window: w, Reply: reply}
			if err := i.Hook(core.PhaseAnswer).Handle(call); err != nil {
				t.Fatal(err)
			}
			text, done := "", 0
			for _, e := range reply.Edits {
				text, done = text+string(w.Text[done:e.Start])+string(e.Bytes), e.End
			}
			end := len(w.Text) - reply.Hold
			released, held = released+text+string(w.Text[done:end]), string(w.Text[end:])
		}
		if released != "a [WORD], kra[WORD]" || held != "" {
			t.Errorf("cut at %d: %q, held %q", at, released, held)
		}
	}
}

func testGenerate(t *testing.T, i *adapter.Instance) {
	call := abi.UpstreamRequestCall{Parts: []abi.Part{
		{Role: abi.RoleSystem, Kind: abi.KindText, Text: []byte("be silent")},
		{Role: abi.RoleUser, Kind: abi.KindText, Text: []byte("say it again")},
	}}
	text, pieces := "", 0
	var last abi.UpstreamEventReply
	err := i.Generate(t.Context(), "id", call.Append(nil), func(frame []byte) error {
		pieces++
		last = abi.UpstreamEventReply{}
		if err := last.Decode(append([]byte{}, frame...)); err != nil {
			return err
		}
		text += string(last.Events[0].Part.Text)
		return nil
	})
	if err != nil || text != "say it again" || pieces != 5 {
		t.Errorf("%q in %d pieces, %v", text, pieces, err)
	}
	if len(last.Events) != 3 || last.Events[1].Usage.Output != 3 || last.Events[2].Finish != abi.FinishStop {
		t.Errorf("the end is %+v", last.Events)
	}
}

func TestConfigure(t *testing.T) {
	for text, want := range map[string]string{`{"words":["a"]}`: "", `{"words":[""]}`: "empty", `{"wrods":[]}`: "wrods", `{`: "configuration"} {
		err := (&echo{}).Configure(t.Context(), &abi.ConfigureCall{Config: []byte(text)})
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
