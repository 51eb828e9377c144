package author

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// badGuard is the guard of sdk/plugintest/testdata that does one thing wrong.
func badGuard(t *testing.T) *Module {
	t.Helper()
	m, err := ReadModule(filepath.Join(root, "sdk", "plugintest", "testdata", "bad.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fuzz(t *testing.T, m *Module, fault string, frames, seed uint64) *Fuzzed {
	t.Helper()
	f, err := Fuzz(t.Context(), m, FuzzOptions{
		Settings: map[string]any{"word": "plutonium", "fault": fault}, Seed: seed, Frames: frames, Folder: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFuzzFinds(t *testing.T) {
	for fault, want := range map[string]string{
		"trap": "trap", "reply": "reply", "hold too long": "reply", "memory": "memory", "another each time": changing,
	} {
		t.Run(fault, func(t *testing.T) {
			m := badGuard(t)
			f := fuzz(t, m, fault, 400, 7)
			if len(f.Findings) == 0 || class(f.Findings[0].What) != want {
				t.Fatalf("it found %+v", f.Findings)
			}
			if f.Err() == nil {
				t.Error("it passed")
			}
			frame, err := ReadFrame(f.Findings[0].File)
			if err != nil {
				t.Fatal(err)
			}
			found, _, err := ReplayFrame(t.Context(), m, frame)
			if err != nil || class(found) != want {
				t.Errorf("the frame that was kept shows %q, %v", found, err)
			}
			if fault == "trap" && frame.Hook == hookWindow && frame.Window.Text != "plutonium" && frame.Window.Text != "PLUTONIUM" {
				t.Errorf("the frame is no small one: %q", frame.Window.Text)
			}
		})
	}
}

func TestFuzzPasses(t *testing.T) {
	m := badGuard(t)
	f := fuzz(t, m, "none", 300, 3)
	if f.Err() != nil || f.Frames != 300 || f.Hooks[hookWindow] == 0 || f.Hooks[hookAnswer] == 0 || !f.Compared {
		t.Errorf("%+v", f)
	}
	var b strings.Builder
	if f.Print(&b); !strings.Contains(b.String(), "nothing was found") {
		t.Error(b.String())
	}
}

// TestFuzzIsRepeatable: the same seed makes the same frames, another others.
func TestFuzzIsRepeatable(t *testing.T) {
	r, err := newRig(t.Context(), badGuard(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	}()
	one, two, other := newMaker(r, 5), newMaker(r, 5), newMaker(r, 6)
	differ := 0
	for n := range uint64(50) {
		if !reflect.DeepEqual(one.frame(n), two.frame(n)) {
			t.Fatalf("frame %d is not the same", n)
		}
		if !reflect.DeepEqual(one.frame(n), other.frame(n)) {
			differ++
		}
	}
	if differ < 40 {
		t.Errorf("only %d of 50 frames of another seed differ", differ)
	}
}

// TestFrameCalls: what a frame holds reaches the hook, and what it replies is said.
func TestFrameCalls(t *testing.T) {
	r, err := newRig(t.Context(), badGuard(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	f := &Frame{Hook: hookWindow, Window: &FrameWindow{Kind: "text", Text: "some plutonium and pluto"}}
	said, failure := r.call(f)
	if failure != "" || !strings.Contains(said, `edit 5-14 "[STOPPED]"`) || !strings.Contains(said, "hold 5") {
		t.Errorf("%q %q", said, failure)
	}
}

func TestReadFrame(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		`{"hook":"window"}`:          "its hook is",
		`{"hook":"receive"}`:         "its hook is",
		`{"hook":"prompt","x":1}`:    "unknown field",
		`{"hook":"prompt"} {}`:       "something follows",
		`{"hook":"answer"`:           "is no frame",
		`{"hook":"answer","seed":3}`: "",
	} {
		file := filepath.Join(dir, "f.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadFrame(file)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
