package adapter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
)

// lifeFD is where the guard finds the pipe whose other end the gateway holds.
const lifeFD = 3

// Exit statuses of a guard that are not its adapter's.
const (
	guardMisused  = 125
	guardCannot   = 126
	guardSignaled = 128 // and the signal's number
)

// Guard runs the program args[0] with the arguments args[1:] and returns its
// exit status: 128 and the signal's number if one ended it. It is what the
// command does that [Options.Guard] names, and is called on the main goroutine
// with nothing else going on. Whatever the program leaves behind is killed
// before Guard returns; all of it is killed when the gateway dies.
//
// The goroutine keeps its thread: on Linux a child's death with its parent means
// the thread that started it.
func Guard(args []string) (status int) {
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "the guard of adapters is run by the gateway, not by people")
		return guardMisused
	}
	runtime.LockOSThread()
	syscall.CloseOnExec(lifeFD)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) // the gateway decides when to end
	if err := adoptOrphans(); err != nil {
		fmt.Fprintln(os.Stderr, "the guard cannot adopt what the adapter leaves behind:", err)
		return guardCannot
	}
	p, err := os.StartProcess(args[0], args, &os.ProcAttr{ //nolint:gosec // it runs what the gateway tells it to
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: diesWithThread(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "the adapter cannot be run:", err)
		return guardCannot
	}
	var ending atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(lifeFD, "life")) // nothing is ever written
		ending.Store(true)
		killChildren()
	}()
	return reap(p.Pid, &ending)
}

// reap waits until there are no children any more, own or adopted, and returns
// how the adapter ended. A child's children are ours before it can be reaped, so
// none gets away.
func reap(adapter int, ending *atomic.Bool) (status int) {
	for {
		var ws syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return status
		case pid == adapter:
			if status = ws.ExitStatus(); ws.Signaled() {
				status = guardSignaled + int(ws.Signal())
			}
			ending.Store(true)
		}
		if ending.Load() {
			killChildren()
		}
	}
}
