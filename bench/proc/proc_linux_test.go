package proc

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fake writes files below a folder of its own.
func fake(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const statLine = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 11 12\n"

func TestSumsOverATree(t *testing.T) {
	dir := fake(t, map[string]string{
		"7/task/7/children":  "8 ",
		"7/task/9/children":  "",
		"7/task/7/schedstat": "1000 5 6\n",
		"7/task/9/schedstat": "2000 5 6\n",
		"7/stat":             statLine,
		"7/smaps_rollup":     "00-ff ---p 00 00:00 0 [rollup]\nRss:  10 kB\nPss:   8 kB\nPss_Anon: 99 kB\n",
		"8/task/8/children":  "12",
		"8/task/8/schedstat": "40000 5 6\n",
		"8/stat":             strings.Replace(statLine, "150 50", "1 2", 1),
		"8/smaps_rollup":     "Rss: 100 kB\nPss: 1 kB\n",
	})
	pids, err := tree(dir, 7)
	if err != nil || !slices.Equal(pids, []int{7, 8, 12}) {
		t.Fatalf("tree %v, %v", pids, err)
	}
	// Process 12 has ended since.
	cpu, err := cpuOf(dir, pids)
	if want := (CPU{43000, 1510 * time.Millisecond, 520 * time.Millisecond, 460 * time.Millisecond}); err != nil || cpu != want {
		t.Errorf("CPU %v, want %v (%v)", cpu, want, err)
	}
	mem, err := memoryOf(dir, pids)
	if want := (Memory{RSS: 110 << 10, PSS: 9 << 10}); err != nil || mem != want {
		t.Errorf("memory %v, want %v (%v)", mem, want, err)
	}
	if _, err := tree(dir, 99); err == nil {
		t.Error("a process that is not there has a tree")
	}
}

func TestBadFilesAreErrors(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"schedstat": {"7/task/7/schedstat": "x 1 2"},
		"stat":      {"7/stat": "7 (a) S 1 2"},
		"times":     {"7/stat": strings.Replace(statLine, "150", "x", 1)},
	} {
		if _, err := cpuOf(fake(t, files), []int{7}); err == nil {
			t.Errorf("a bad %s is no error", name)
		}
	}
	if _, err := memoryOf(fake(t, map[string]string{"7/smaps_rollup": "Pss: many kB\n"}), []int{7}); err == nil {
		t.Error("bad memory is no error")
	}
	if _, err := tree(fake(t, map[string]string{"7/task/7/children": "x"}), 7); err == nil {
		t.Error("bad children are no error")
	}
}

func TestShares(t *testing.T) {
	d := CPU{100, 30, 20, 9}.Sub(CPU{40, 10, 5, 2})
	if d != (CPU{60, 20, 15, 7}) {
		t.Errorf("difference %v", d)
	}
	if got := (CPU{User: 30, System: 10}).UserShare(); got != 0.75 {
		t.Errorf("share %g", got)
	}
	if got := (CPU{}).UserShare(); got != 1 {
		t.Errorf("share of nothing %g", got)
	}
}

func TestBusy(t *testing.T) {
	got, err := parseBusy([]byte("cpu  100 10 1 9999 9999 2 3 4 50 60\ncpu0 1 2 3\n"))
	if err != nil || got != 1200*time.Millisecond {
		t.Errorf("busy %v, %v", got, err)
	}
	for _, bad := range []string{"", "cpu 1 2", "cpu0 1 2 3 4 5 6 7 8", "cpu a b c d e f g h"} {
		if _, err := parseBusy([]byte(bad)); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

// The real files: a child that works shows up with its time, its memory and,
// where the machine counts, its instructions.
func TestThisMachine(t *testing.T) {
	cmd := exec.Command("sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; read wait")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close(); _ = cmd.Wait() }()
	counter, err := Count([]int{cmd.Process.Pid})
	if CountersWork() != (err == nil) {
		t.Errorf("counters work: %v, but %v", CountersWork(), err)
	}
	if err != nil && !errors.Is(err, ErrNoCounters) {
		t.Error(err)
	}
	before, err := Busy()
	if err != nil {
		t.Error(err)
	}
	if _, err := out.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	pids, err := Tree(os.Getpid())
	if err != nil || !slices.Contains(pids, cmd.Process.Pid) {
		t.Fatalf("tree %v, %v", pids, err)
	}
	cpu, err := CPUOf([]int{cmd.Process.Pid})
	if err != nil || cpu.Total <= 0 {
		t.Errorf("CPU %v, %v", cpu, err)
	}
	mem, err := MemoryOf([]int{cmd.Process.Pid})
	if err != nil || mem.RSS <= 0 || mem.PSS <= 0 || mem.PSS > mem.RSS {
		t.Errorf("memory %v, %v", mem, err)
	}
	if after, err := Busy(); err != nil || after < before {
		t.Errorf("busy %v then %v, %v", before, after, err)
	}
	if counter != nil {
		if n, err := counter.Stop(); err != nil || n == 0 {
			t.Errorf("%d instructions, %v", n, err)
		}
	}
	if m := ThisMachine(); m.OS == "" || m.CPUs == 0 || m.Memory == 0 {
		t.Errorf("machine %+v", m)
	}
}
