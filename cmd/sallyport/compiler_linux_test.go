package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// grown returns a module with copies of its functions behind them, which nobody
// calls, so that it has about size bytes.
func grown(module string, size int) string {
	const header, functionSection, codeSection = 8, 3, 10
	times := size / len(module)
	out := []byte(module[:header])
	for rest := []byte(module[header:]); len(rest) > 0; {
		id := rest[0]
		n, used := binary.Uvarint(rest[1:])
		body := rest[1+used:][:n]
		rest = rest[1+used+int(n):]
		if id == functionSection || id == codeSection {
			count, used := binary.Uvarint(body)
			all := binary.AppendUvarint(nil, count*uint64(times))
			for range times {
				all = append(all, body[used:]...)
			}
			body = all
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(body))), body...)
	}
	return string(out)
}

const apart = "sallyport_plugin_modules_compiled_apart_total"

// TestCompiledApart: a module of 1 MiB is compiled by a process of its own, and not
// again when it is there already; a small one, and one for which there is no folder,
// in the gateway itself.
func TestCompiledApart(t *testing.T) {
	large := func(n int64) string { return grown(numbered("guardrail.g", "secret", n), 1<<20) }
	l := newLab(t, labConfig{})
	before := l.metric(apart) // of what is bundled
	serves := func(n int64, compiled float64) {
		t.Helper()
		l.eventually(fmt.Sprintf("version %d serves", n), func() bool {
			got, ok := versionOf(l.say("m", "a secret"))
			return ok && got == n
		})
		if got := l.metric(apart) - before; got != compiled {
			t.Errorf("with version %d %v modules were compiled apart, want %v", n, got, compiled)
		}
	}
	l.drop("g.wasm", large(1))
	serves(1, 1)
	l.drop("g.wasm", large(2))
	serves(2, 2)
	l.drop("g.wasm", numbered("guardrail.g", "secret", 3))
	serves(3, 2)
	l.drop("g.wasm", large(1))
	serves(1, 2)
	if err := os.RemoveAll(cacheFolder(l.gw.snapshot())); err != nil {
		t.Fatal(err)
	}
	l.drop("g.wasm", grown(numbered("guardrail.g", "secret", 4), 256<<10)) // here, which takes longer
	serves(4, 2)
}

// compilerOf waits for the compiler of a gateway.
func compilerOf(p *process) (pid int) {
	p.Helper()
	p.eventually("a compiler runs", func() bool {
		for _, c := range childrenOf(p.cmd.Process.Pid) {
			if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c)); err == nil && strings.Contains(string(b), compilerCommand) {
				pid = c
				return true
			}
		}
		return false
	})
	return pid
}

// put puts a file into the plugin folder of a process, whole at once.
func put(t *testing.T, dir, name, content string) {
	t.Helper()
	tmp := filepath.Join(dir, "plugins.d", "."+name)
	if err := os.WriteFile(tmp, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, "plugins.d", name)); err != nil {
		t.Fatal(err)
	}
}

// TestCompilerDies: a compiler that is killed refuses the file, and the version
// before it serves on. It knows nothing of the gateway's environment, and does not
// outlive it.
func TestCompilerDies(t *testing.T) {
	dir := processDir(t, startMock(t, ""), "plugins: {folder: plugins.d}")
	if err := os.Mkdir(filepath.Join(dir, "plugins.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, dir, "g.wasm", numbered("guardrail.g", "secret", 1))
	p := startProcess(t, dir, "/usr/bin/env", "SALLYPORT_TEST=a-secret-of-the-gateway")
	old := func() bool {
		n, ok := versionOf(p.do(p.url+"/v1/chat/completions", sayBody("m", "a secret")))
		return ok && n == 1
	}
	if !old() {
		t.Fatal("the first version does not serve")
	}
	large := grown(numbered("guardrail.g", "secret", 2), 12<<20)
	put(t, dir, "g.wasm", large)
	pid := compilerOf(p)
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err != nil || len(b) > 0 {
		t.Errorf("its environment: %v %q", err, b)
	}
	p.eventually("its fsync does nothing", func() bool {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		return err == nil && strings.Contains(string(b), "\nSeccomp:\t2\n")
	})
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.eventually("the file is refused", func() bool {
		b, err := os.ReadFile(filepath.Join(dir, "plugins.d", "g.wasm.rejected"))
		return err == nil && strings.Contains(string(b), "the compiler crashed on it") && strings.Contains(string(b), "killed")
	})
	if !old() {
		t.Error("the version before it does not serve")
	}
	if n := len(childrenOf(p.cmd.Process.Pid)); n != 0 {
		t.Errorf("%d children are left", n)
	}
	put(t, dir, "g.wasm", grown(numbered("guardrail.g", "secret", 3), 12<<20))
	pid = compilerOf(p)
	p.signal(syscall.SIGKILL)
	<-p.exited
	p.eventually("the compiler ends with the gateway", func() bool { return !aliveNow(pid) })
}

// TestRunCompiler is what becomes of a process that does not do its work.
func TestRunCompiler(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx := t.Context()
	module := func(context.Context) ([]byte, error) { return make([]byte, 1<<20), nil } // more than a pipe holds
	rings := 0
	run := func(ctx context.Context, command []string) error {
		rings = 0
		return runCompiler(ctx, command, module, func() { rings++ })
	}
	sh := func(script string) []string { return []string{"/bin/sh", "-c", script} }
	crashed := func(err error) bool {
		e, ok := errors.AsType[*wasm.CompilerError](err)
		return ok && len(e.Reason) <= maxCompilerOutput+100
	}
	f := func(wantCrash bool, want string, command []string) {
		t.Helper()
		err := run(ctx, command)
		if err == nil || crashed(err) != wantCrash || !strings.Contains(err.Error(), want) || rings > 0 {
			t.Errorf("%v: %v; %d times done", command, err, rings)
		}
	}
	f(false, "cannot be started", []string{"/no/such/program"})
	f(false, "no room", sh("echo no room >&2; exit 3"))
	f(true, "panic: boom", sh("echo panic: boom >&2; exit 2"))
	f(true, "exit status 1", sh("exit 1"))
	f(true, "killed", sh("kill -9 $$"))
	f(true, "exit status 2: yyy", sh("head -c 1000000 /dev/zero | tr '\\0' y >&2; exit 2"))
	if err := run(ctx, sh("exit 0")); err != nil || rings > 0 {
		t.Errorf("%v; %d times done", err, rings)
	}
	if err := run(ctx, sh("echo done; kill -9 $$")); !crashed(err) || rings != 1 {
		t.Errorf("one that is done and then crashes: %v; %d times done", err, rings)
	}
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := run(soon, sh("exec sleep 1000")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that hangs: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	module = func(ctx context.Context) ([]byte, error) { // there is nothing to compile after all
		cancel()
		return nil, ctx.Err()
	}
	if err := run(gone, sh("exec cat")); !errors.Is(err, context.Canceled) {
		t.Errorf("one that is not wanted any more: %v", err)
	}
}

// TestCompilerSays: the compiler itself says what it was given wrongly, and that it is
// done.
func TestCompilerSays(t *testing.T) {
	// It ends without a word when its standard input does, so that stays open unless
	// it is cut.
	self := func(in string, cut bool, args ...string) (status int, said string) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		if _, err := w.WriteString(in); err != nil {
			t.Fatal(err)
		}
		if cut {
			w.Close()
		}
		c := exec.Command("/proc/self/exe", append([]string{compilerCommand}, args...)...)
		c.Stdin = r
		b, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatal(err)
		}
		return c.ProcessState.ExitCode(), string(b)
	}
	sized := func(n uint64, in string) string { return string(binary.BigEndian.AppendUint64(nil, n)) + in }
	empty := sized(8, "\x00asm\x01\x00\x00\x00")
	for name, c := range map[string]struct {
		status int
		says   string
		in     string
		cut    bool
		args   []string
	}{
		"no size":   {compilerRefused, "there is no module: EOF", "", true, []string{private(t)}},
		"too large": {compilerRefused, "more than", sized(1<<40, ""), false, []string{private(t)}},
		"cut off":   {compilerRefused, "cut off", sized(8, "\x00asm"), true, []string{private(t)}},
		"nonsense":  {compilerRefused, "magic", sized(4, "nope"), false, []string{private(t)}},
		"folder":    {compilerRefused, "chmod 700", empty, false, []string{"/"}},
		"arguments": {compilerRefused, "not by people", "", false, nil},
		"nothing":   {compilerDone, "done", empty, false, []string{private(t)}},
	} {
		if status, said := self(c.in, c.cut, c.args...); status != c.status || !strings.Contains(said, c.says) {
			t.Errorf("%s: status %d, %q", name, status, said)
		}
	}
}

// private returns a folder that nobody else may look into.
func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}
