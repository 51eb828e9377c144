package adapter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core"
)

// program is the adapter of the tests, see testdata/child.
var program []byte

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		os.Exit(Guard(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "gateway" {
		os.Exit(gateway(os.Args[2]))
	}
	dir, err := os.MkdirTemp("", "adapter-test-")
	if err == nil {
		program, err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func build(dir string) ([]byte, error) {
	path := filepath.Join(dir, "child")
	cmd := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, "./testdata/child")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the test's adapter: %w\n%s", err, out)
	}
	return os.ReadFile(path)
}

func guardCommand() []string {
	command, err := Self("guard")
	if err != nil {
		panic(err)
	}
	return command
}

var manifest = core.Manifest{ID: "runtime.child", Version: "1", Kind: "runtime", Stage: core.StageJudge, Phases: []core.Phase{core.PhasePrompt}}

// site is a host with one artifact, and what they said.
type site struct {
	*testing.T
	host     *Host
	artifact *Artifact
	changes  chan Change
	env      []string // of every instance

	mu    sync.Mutex
	lines []string
}

// options change a site.
type options struct {
	mode   string
	env    []string
	timing func(*timing)
}

// quick is a timing that tests can wait for; starts may take long on a busy
// machine.
func quick(t *timing) {
	t.first, t.again = time.Minute, time.Minute
	t.rest, t.longest = 10*time.Millisecond, 20*time.Millisecond
	t.deaths = 1000
}

func newSite(t *testing.T, o options) *site {
	t.Helper()
	s := &site{T: t, changes: make(chan Change, 1000)}
	dir := shortDir(t)
	env := o.env
	if o.mode != "" {
		env = append(env, "MODE="+o.mode)
	}
	s.env = env
	var err error
	s.host, err = NewHost(Options{
		Guard: guardCommand(), Dir: dir, Log: s.line,
		OnState: func(c Change) { s.changes <- c },
	})
	if err != nil {
		t.Fatal(err)
	}
	quick(&s.host.timing)
	if o.timing != nil {
		o.timing(&s.host.timing)
	}
	s.artifact, err = s.host.Load(context.Background(), "child.adapter", program, manifest)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(s.artifact.Close(), s.host.Close()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// shortDir makes a folder whose path is short enough for sockets. It must be
// empty when the test ends, but for what the test put there.
func shortDir(tb testing.TB, leaves ...string) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "sp") //nolint:usetesting // its paths are too long
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, name := range leaves {
			_ = os.Remove(filepath.Join(dir, name))
		}
		if err := os.Remove(dir); err != nil {
			tb.Error(err)
			_ = os.RemoveAll(dir)
		}
	})
	return dir
}

func (s *site) line(l LogLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, l.Text)
}

func (s *site) said(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.lines, func(l string) bool { return strings.Contains(l, text) })
}

// instance makes an instance and starts it.
func (s *site) instance(c core.InstanceConfig) (*Instance, error) {
	s.Helper()
	if c.Name == "" {
		c.Name = "child"
	}
	c.Env = s.env
	i, err := s.artifact.NewInstance(c)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := i.Close(); err != nil {
			s.Error(err)
		}
	})
	return i, i.Start(context.Background())
}

func (s *site) started(c core.InstanceConfig) *Instance {
	s.Helper()
	if c.Limits.Deadline == 0 {
		c.Limits.Deadline = time.Minute
	}
	i, err := s.instance(c)
	if err != nil {
		s.Fatal(err)
	}
	return i
}

// await returns the next change to a state.
func (s *site) await(state State) Change {
	s.Helper()
	for {
		select {
		case c := <-s.changes:
			if c.State == state {
				return c
			}
		case <-time.After(time.Minute):
			s.Fatalf("no change to %s", state)
		}
	}
}

// prompt runs the prompt hook on a text.
func prompt(i *Instance, id byte, text string) (*core.Reply, error) {
	part := &core.Part{}
	part.SetText([]byte(text))
	reply := &core.Reply{}
	ex := &core.Exchange{ID: core.ID{id}}
	err := i.Hook(core.PhasePrompt).Handle(&core.Call{
		Exchange: ex, Phase: core.PhasePrompt, Stage: core.StageJudge, Parts: []*core.Part{part}, Reply: reply,
	})
	return reply, err
}

// pids returns the processes that the tags of a reply name.
func pids(t *testing.T, r *core.Reply, err error) []int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, tag := range r.Tags {
		pid, err := strconv.Atoi(tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, pid)
	}
	return out
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !cond() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("never: " + what)
		}
	}
}

func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil && !errors.Is(err, os.ErrNotExist)
	}
	return !strings.Contains(string(stat), ") Z ") // a zombie is dead
}

func allGone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		eventually(t, fmt.Sprintf("process %d is gone", pid), func() bool { return !alive(pid) })
	}
}

func failure(err error) Failure {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Failure
	}
	return FailNone
}

// gateway is a gateway that is there to be killed: it starts the adapter in a
// folder, has it spawn, prints the processes and waits.
func gateway(dir string) int {
	program, err := os.ReadFile(filepath.Join(dir, "program"))
	if err == nil {
		err = gatewayIn(dir, program)
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func gatewayIn(dir string, program []byte) error {
	h, err := NewHost(Options{Guard: guardCommand(), Dir: dir})
	if err != nil {
		return err
	}
	quick(&h.timing)
	a, err := h.Load(context.Background(), "child.adapter", program, manifest)
	if err != nil {
		return err
	}
	i, err := a.NewInstance(core.InstanceConfig{Name: "child", Limits: core.Limits{Deadline: time.Minute}})
	if err != nil {
		return err
	}
	if err := i.Start(context.Background()); err != nil {
		return err
	}
	r, err := prompt(i, 1, "spawn")
	if err != nil {
		return err
	}
	for _, tag := range r.Tags {
		fmt.Println(tag.Value)
	}
	fmt.Println("ready")
	_, err = bufio.NewReader(os.Stdin).ReadByte()
	return err
}
