package wasm

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// goGuest builds testdata/goguest once.
var goGuest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wasm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	c := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s", "-o", out, ".")
	c.Dir = filepath.Join("testdata", "goguest")
	c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if msg, err := c.CombinedOutput(); err != nil {
		return nil, errors.New(string(msg))
	}
	return os.ReadFile(out)
})

// TestGoGuest runs a guest with a runtime of its own: WASI, a garbage collector,
// memory that grows.
func TestGoGuest(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and compiles a Go guest")
	}
	wasm, err := goGuest()
	if err != nil {
		t.Skipf("no Go guest: %v", err)
	}
	h := newTestHost(t, Options{Log: func(l LogLine) { t.Log(l.Text) }})
	m := load(t, h, wasm, Limits{Deadline: 30 * time.Second, Steps: 1 << 28})
	i := instance(t, m, InstanceConfig{Isolation: IsolateExchange})
	hook := i.Hook(core.PhasePrompt)
	n := byte(0)
	try := func(text string) Failure {
		n++
		if err := hook.Handle(prompt(exchange("a", n), text)); err != nil {
			return failureOf(err)
		}
		return FailNone
	}
	for text, want := range map[string][]Failure{
		"do loop":       {FailSteps},
		"do panic":      {FailExit, FailTrap},
		"do recurse":    {FailStack, FailSteps, FailExit, FailTrap}, // its stack lies in its memory
		"do hoard":      {FailExit, FailTrap, FailSteps},
		"do point away": {FailReply},
	} {
		if got := try(text); !slices.Contains(want, got) {
			t.Errorf("%s: failure %q, want one of %v", text, got, want)
		}
		for range 5 {
			if got := try("nothing"); got != FailNone {
				t.Fatalf("after %q: failure %q", text, got)
			}
		}
		if used := h.Memory(); used > int64(2*4+1)*16<<20 {
			t.Errorf("%d bytes of guests' memory", used)
		}
	}
	s := i.Stats()
	if s.Reset == 0 {
		t.Errorf("a Go guest is never reset: %+v", s)
	}
	t.Logf("%d calls, %d resets, %d replaced, %d KiB a guest", s.Calls, s.Reset, s.Replaced, h.Memory()>>10/int64(s.Guests))
}
