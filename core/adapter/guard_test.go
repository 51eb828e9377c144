package adapter

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// guarded runs a command under a guard of its own, which a pipe keeps alive
// until the test ends.
func guarded(t *testing.T, args ...string) (status int, said string) {
	t.Helper()
	life, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer life.Close()
	defer hold.Close()
	command := append(guardCommand(), args...)
	cmd := exec.Command(command[0], command[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = &out, &out, []*os.File{life}
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String()
}

func TestGuard(t *testing.T) {
	f := func(wantStatus int, wantText string, args ...string) {
		t.Helper()
		if status, said := guarded(t, args...); status != wantStatus || !strings.Contains(said, wantText) {
			t.Errorf("%v: status %d, it said %q", args, status, said)
		}
	}
	f(0, "hello", "/bin/sh", "-c", "echo hello")
	f(7, "", "/bin/sh", "-c", "exit 7")
	f(guardSignaled+15, "", "/bin/sh", "-c", "kill $$")
	f(guardCannot, "cannot be run", "/no/such/program")
	f(guardMisused, "not by people")
	// What is left behind does not keep the output open.
	f(0, "done", "/bin/sh", "-c", "sleep 1000 & (sleep 1000 &) ; echo done")
}
