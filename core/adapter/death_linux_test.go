package adapter

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestKilled: an adapter that is killed is started again, and what it left
// behind is gone.
func TestKilled(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	s.await(Running)
	r, err := prompt(i, 1, "spawn")
	tree := pids(t, r, err)
	if err := syscall.Kill(tree[len(tree)-1], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if c := s.await(Resting); !strings.Contains(c.Reason, "ended by a signal: killed") || c.Rest <= 0 || c.Instance != "child" || c.Plugin != manifest.ID {
		t.Errorf("change %+v", c)
	}
	allGone(t, tree)
	s.await(Running)
	if r, err := prompt(i, 1, "block"); err != nil || r.Block == nil {
		t.Errorf("after the restart: %+v, %v", r, err)
	}
	if st := i.Stats(); st.Crashes != 1 || st.Starts != 2 {
		t.Errorf("stats %+v", st)
	}
}

// TestGatewayKilled: when the gateway is killed nothing of its adapters
// survives, not what left their group or session either, and the next one
// removes its files.
func TestGatewayKilled(t *testing.T) {
	dir := shortDir(t, "program")
	if err := os.WriteFile(filepath.Join(dir, "program"), program, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "gateway", dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var tree []int
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		pid, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Error(lines.Text())
		}
		tree = append(tree, pid)
	}
	guard := parentOf(tree[len(tree)-1])
	if len(tree) != 4 || guard == cmd.Process.Pid || parentOf(guard) != cmd.Process.Pid {
		t.Errorf("processes %v, guard %d", tree, guard)
	}
	for _, pid := range append(tree, guard) {
		if !alive(pid) {
			t.Errorf("process %d is not there", pid)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	allGone(t, append(tree, guard))
	_ = cmd.Wait()
	next, err := NewHost(Options{Guard: guardCommand(), Dir: dir}) // removes what it left
	if err != nil || next.Close() != nil {
		t.Error(err)
	}
}

// TestGuardKilled: an adapter does not outlive its guard, and its group goes as
// well.
func TestGuardKilled(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	r, err := prompt(i, 1, "pid")
	pid := pids(t, r, err)[0]
	if err := syscall.Kill(parentOf(pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	allGone(t, []int{pid})
	s.await(Resting)
	s.await(Running)
}

// TestNothingIsLeft: starts, deaths and ends cost no file descriptors.
func TestNothingIsLeft(t *testing.T) {
	fds := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc")
		}
		return len(list)
	}
	s := newSite(t, options{})
	round := func() {
		i := s.started(core.InstanceConfig{})
		s.await(Running)
		_, _ = prompt(i, 1, "exit")
		s.await(Running)
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		round()
	}
	before := fds()
	for range 5 {
		round()
	}
	eventually(t, "all descriptors are back", func() bool { return fds() <= before })
	if left, _ := filepath.Glob(filepath.Join(s.host.folder, "s*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
