package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// spawner starts all child processes from one goroutine that keeps its OS
// thread: on Linux a child is killed when the thread that started it ends
// (process_linux_test.go), so no child outlives the test, however it dies.
type spawner struct {
	starts chan func()
	done   chan struct{}
}

// newSpawner returns a running spawner that ends with t.
func newSpawner(t *testing.T) *spawner {
	t.Helper()
	s := runSpawner()
	t.Cleanup(s.close)
	return s
}

func runSpawner() *spawner {
	s := &spawner{starts: make(chan func()), done: make(chan struct{})}
	go s.run()
	return s
}

func (s *spawner) run() {
	// Not unlocked: the thread shall die with this goroutine.
	runtime.LockOSThread()
	if onMainThread() {
		// That one lives as long as the process. While it is held here, another
		// goroutine runs on another thread.
		go s.run()
		<-s.done
		runtime.UnlockOSThread()
		return
	}
	defer close(s.done)
	for start := range s.starts {
		start()
	}
}

func (s *spawner) close() {
	close(s.starts)
	<-s.done
}

// start starts cmd in a process group of its own, with exactly the environment
// in cmd.Env. Output that cmd does not send elsewhere is kept and shown if t
// fails. The process is stopped when t ends, if it has not ended before.
func (s *spawner) start(t *testing.T, name string, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{name: name, cmd: cmd, exited: make(chan struct{})}
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would mean "inherit"
	}
	if cmd.Stdout == nil {
		cmd.Stdout = &p.log
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &p.log
	}
	cmd.SysProcAttr = procAttr()
	// A grandchild that keeps the pipes open must not hang Wait.
	cmd.WaitDelay = 5 * time.Second

	failed := make(chan error)
	s.starts <- func() { failed <- cmd.Start() }
	if err := <-failed; err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Errorf("stop %s: %v", name, err)
		}
		if t.Failed() {
			t.Logf("output of %s:\n%s", name, p.log.String())
		}
	})
	return p
}

// process is a child process.
type process struct {
	name   string
	cmd    *exec.Cmd
	log    tail
	exited chan struct{} // closed once the process has been reaped
	err    error         // of Wait; valid after exited
}

// stop asks the process to end and kills it if it does not within 20 s, which is
// an error.
func (p *process) stop() error {
	if p.hasExited() {
		return nil
	}
	p.signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return nil
	case <-time.After(20 * time.Second):
	}
	p.signal(syscall.SIGKILL)
	<-p.exited
	return errors.New("it did not end within 20 s of SIGTERM and was killed")
}

// wait waits until the process has ended by itself.
func (p *process) wait(limit time.Duration) error {
	select {
	case <-p.exited:
		if p.err != nil {
			return fmt.Errorf("%s: %w\n%s", p.name, p.err, p.log.String())
		}
		return nil
	case <-time.After(limit):
		return fmt.Errorf("%s still runs after %s", p.name, limit)
	}
}

func (p *process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// signal sends sig to the process group.
func (p *process) signal(sig syscall.Signal) {
	_ = syscall.Kill(-p.cmd.Process.Pid, sig)
}

// tail is a writer that keeps the last bytes written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 16 << 10

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf = append(w.buf, p...)
	if extra := len(w.buf) - tailSize; extra > 0 {
		w.buf = append(w.buf[:0], w.buf[extra:]...)
	}
	return len(p), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(bytes.TrimSpace(w.buf))
}

// eventually asks ok at once and then every interval until it holds or limit has
// passed.
func eventually(t *testing.T, interval, limit time.Duration, what string, ok func() error) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		err := ok()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: not within %s: %v", what, limit, err)
		}
	}
}
