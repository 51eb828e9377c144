package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core/adapter"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// compilerCommand is how the gateway runs itself to compile one module. A mistake
// of the compiler in one of its goroutines ends the process, so only a process of
// its own may use all processors.
const compilerCommand = "module-compiler"

const (
	// compilerLimit bounds how long one module is compiled. What waits for the
	// module may have less patience.
	compilerLimit = 2 * time.Minute
	// compilerGrace is how long its output is read after it is gone.
	compilerGrace = time.Second
	// A compiler allocates 20 to 40 bytes for each one of the module, most of which
	// it needs to the end: it collects garbage only where it needs more than that.
	compilerHeap        = 64 << 20
	compilerHeapPerByte = 48
	// maxCompilerInput bounds a module as it is handed over, in bytes: one that was
	// rewritten is larger than a file may be.
	maxCompilerInput = 256 << 20
	// maxCompilerOutput bounds what is kept of a compiler's last words, in bytes.
	maxCompilerOutput = 2 << 10
)

// Exit statuses of a compiler. Whatever else it ends with is a crash.
const (
	compilerDone = 0
	// compilerRefused means that it says why it did not compile: the folder or the
	// module is at fault, not the compiler.
	compilerRefused = 3
)

// compileElsewhere is [wasm.Options].Compile: it has a process compile the module.
func compileElsewhere(ctx context.Context, j *wasm.Job) error {
	dir, err := filepath.Abs(j.Dir)
	if err != nil {
		return err
	}
	command, err := adapter.Self(compilerCommand, dir)
	if err != nil {
		return err
	}
	return runCompiler(ctx, command, j.Module, j.Done)
}

// runCompiler runs the command of a compiler to its end. It is started at once, gets
// what module returns, after its size, and whatever it writes to its standard output
// says that it is done, which its end need not be waited for. Its standard input
// stays open as long as it is wanted, so that it ends with this process.
func runCompiler(ctx context.Context, command []string, module func(context.Context) ([]byte, error), done func()) error {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	said := &head{most: maxCompilerOutput}
	cmd := exec.CommandContext(limited, command[0], command[1:]...) //nolint:gosec // it is this program
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = []string{}, "/", bell(done), said, compilerGrace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the compiler cannot be started: %w", err)
	}
	if b, err := module(ctx); err == nil {
		defer time.AfterFunc(compilerLimit, cancel).Stop()
		// Where it is gone already, its end says more.
		_, _ = in.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		_, _ = in.Write(b)
	}
	err = cmd.Wait()
	switch exit := cmd.ProcessState.ExitCode(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return nil
	case limited.Err() != nil:
		return &wasm.CompilerError{Reason: fmt.Sprintf("it was not done after %s", compilerLimit)}
	case exit == compilerRefused:
		return errors.New("the compiler says: " + said.String())
	default:
		return &wasm.CompilerError{Reason: fmt.Sprintf("%v: %s", err, said)}
	}
}

// compileModule is the life of a compiler: its argument is the cache folder, and
// standard input begins with the size of the module, in 8 bytes, and the module.
func compileModule(args []string) (status int) {
	refuse := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return compilerRefused
	}
	if len(args) != 1 {
		return refuse(errors.New("the compiler is run by the gateway, not by people"))
	}
	if err := confine(); err != nil {
		return refuse(fmt.Errorf("it cannot be confined: %w", err))
	}
	hasten()
	debug.SetGCPercent(-1)
	module, err := readModule(os.Stdin)
	if err != nil {
		return refuse(err)
	}
	debug.SetMemoryLimit(compilerHeap + compilerHeapPerByte*int64(len(module)))
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // nothing more is written
		os.Exit(compilerRefused)             // and whoever wanted it is gone
	}()
	if err := wasm.CompileInto(context.Background(), args[0], module); err != nil {
		return refuse(err)
	}
	_, _ = os.Stdout.WriteString("done") // else its end says so
	return compilerDone
}

// readModule reads a module after its size.
func readModule(r io.Reader) ([]byte, error) {
	var size [8]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, fmt.Errorf("there is no module: %w", err)
	}
	n := binary.BigEndian.Uint64(size[:])
	if n > maxCompilerInput {
		return nil, fmt.Errorf("the module has %d bytes, more than %d", n, maxCompilerInput)
	}
	module := make([]byte, n)
	if _, err := io.ReadFull(r, module); err != nil {
		return nil, fmt.Errorf("the module was cut off: %w", err)
	}
	return module, nil
}

// bell is a writer that rings at each writing.
type bell func()

// Write never fails.
func (b bell) Write(p []byte) (int, error) {
	b()
	return len(p), nil
}

// head is a writer that keeps the first bytes of what it is given.
type head struct {
	most int
	kept []byte
}

// Write never fails.
func (h *head) Write(b []byte) (int, error) {
	h.kept = append(h.kept, b[:min(len(b), h.most-len(h.kept))]...)
	return len(b), nil
}

// String returns what was kept.
func (h *head) String() string { return string(h.kept) }
