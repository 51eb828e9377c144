package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
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
func compileElsewhere(ctx context.Context, dir string, module []byte) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	command, err := adapter.Self(compilerCommand, dir, strconv.Itoa(len(module)))
	if err != nil {
		return err
	}
	return runCompiler(ctx, command, module)
}

// runCompiler runs the command of a compiler to its end. Its standard input stays
// open as long as it is wanted, so that it ends with this process.
func runCompiler(ctx context.Context, command []string, module []byte) error {
	limited, cancel := context.WithTimeout(ctx, compilerLimit)
	defer cancel()
	said := &head{most: maxCompilerOutput}
	cmd := exec.CommandContext(limited, command[0], command[1:]...) //nolint:gosec // it is this program
	cmd.Env, cmd.Dir, cmd.Stderr, cmd.WaitDelay = []string{}, "/", said, compilerGrace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the compiler cannot be started: %w", err)
	}
	_, _ = in.Write(module) // where it is gone already, that says more
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

// compileModule is the life of a compiler: args are the cache folder and the size
// of the module that standard input begins with.
func compileModule(args []string) (status int) {
	refuse := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return compilerRefused
	}
	if len(args) != 2 {
		return refuse(errors.New("the compiler is run by the gateway, not by people"))
	}
	size, err := strconv.Atoi(args[1])
	if err != nil || size < 0 {
		return refuse(errors.New("its second argument is no size"))
	}
	if err := confine(); err != nil {
		return refuse(fmt.Errorf("it cannot be confined: %w", err))
	}
	hasten()
	debug.SetMemoryLimit(compilerHeap + compilerHeapPerByte*int64(size))
	debug.SetGCPercent(-1)
	module := make([]byte, size)
	if _, err := io.ReadFull(os.Stdin, module); err != nil {
		return refuse(fmt.Errorf("the module was cut off: %w", err))
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // nothing more is written
		os.Exit(compilerRefused)             // and whoever wanted it is gone
	}()
	if err := wasm.CompileInto(context.Background(), args[0], module); err != nil {
		return refuse(err)
	}
	return compilerDone
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
