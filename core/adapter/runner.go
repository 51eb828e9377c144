package adapter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-plugin/runner"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	// guardGrace is how long a guard has to kill what it guards.
	guardGrace = time.Second
	// pipeGrace is how long an output is read after the process is gone.
	pipeGrace = time.Second
	// maxHandshake bounds the first line that an adapter writes, in bytes.
	maxHandshake = 8 << 10
)

// child is one start of an adapter, under its guard. It implements
// [runner.Runner] and does three things that go-plugin's own does not: it kills
// the whole tree, it reads output however long its lines are, and it accepts
// only a socket in the folder that the adapter was given.
type child struct {
	cmd    *exec.Cmd
	name   string
	out    *output
	folder string // where its socket lies

	life      *os.File // closing it has the guard kill everything
	handshake *io.PipeReader
	reading   sync.WaitGroup
	ended     chan struct{} // closed when the guard is gone
	exit      error         // how, once ended is closed

	mu     sync.Mutex
	begun  bool
	killed bool
	gone   bool // the guard's id is free again
}

var _ runner.Runner = (*child)(nil)

func newChild(name, folder string, cmd *exec.Cmd, out *output) *child {
	return &child{cmd: cmd, name: name, folder: folder, out: out, ended: make(chan struct{})}
}

// Start starts the guard, which starts the adapter. It does nothing after Kill.
func (c *child) Start(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		return errors.New("it was stopped before it began")
	}
	var files []*os.File
	pipe := func() (r, w *os.File, err error) {
		if r, w, err = os.Pipe(); err == nil {
			files = append(files, r, w)
		}
		return r, w, err
	}
	fail := func(err error) error {
		for _, f := range files {
			_ = f.Close()
		}
		return err
	}
	lifeR, lifeW, err := pipe()
	if err != nil {
		return fail(err)
	}
	outR, outW, err := pipe()
	if err != nil {
		return fail(err)
	}
	errR, errW, err := pipe()
	if err != nil {
		return fail(err)
	}
	c.cmd.Stdout, c.cmd.Stderr, c.cmd.ExtraFiles = outW, errW, []*os.File{lifeR}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.cmd.Start(); err != nil {
		return fail(err)
	}
	for _, f := range []*os.File{lifeR, outW, errW} {
		_ = f.Close()
	}
	c.begun, c.life = true, lifeW
	first, firstW := io.Pipe()
	c.handshake = first
	c.reading.Go(func() { c.readStdout(outR, firstW) })
	c.reading.Go(func() { (&stream{out: c.out}).drain(errR) })
	go c.wait(outR, errR)
	return nil
}

// readStdout hands on the first line, which is the handshake, and takes the rest
// as output.
func (c *child) readStdout(r io.Reader, handshake *io.PipeWriter) {
	s := &stream{out: c.out}
	var line []byte
	buf := make([]byte, 4<<10)
	for len(line) < maxHandshake && bytes.IndexByte(line, '\n') < 0 {
		n, err := r.Read(buf)
		line = append(line, buf[:n]...)
		if err != nil {
			break
		}
	}
	head, rest, whole := bytes.Cut(line, []byte("\n"))
	if head = bytes.Clone(head[:min(len(head), maxHandshake)]); whole {
		head = append(head, '\n')
	}
	_, _ = handshake.Write(head)
	_ = handshake.Close()
	_, _ = s.Write(rest)
	s.drain(r)
}

// wait sees the guard off. It runs from Start until everything is over.
func (c *child) wait(outputs ...*os.File) {
	awaitExit(c.cmd.Process.Pid)
	c.killGroup()
	c.mu.Lock()
	c.exit = c.cmd.Wait()
	c.gone = true
	c.mu.Unlock()
	_ = c.life.Close()
	for _, f := range outputs {
		_ = f.SetReadDeadline(time.Now().Add(pipeGrace))
	}
	c.reading.Wait() // go-plugin reads the handshake whatever happens
	for _, f := range outputs {
		_ = f.Close()
	}
	close(c.ended)
}

// killGroup kills the guard and what stayed in its group, unless they are gone.
func (c *child) killGroup() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun && !c.gone {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
	}
}

// kill ends the adapter and all that it started. It may be called any number of
// times, also before Start, and does not wait.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		return
	}
	c.killed = true
	if c.begun && !c.gone {
		_ = c.life.Close()
		late := time.AfterFunc(guardGrace, c.killGroup)
		go func() {
			<-c.ended
			late.Stop()
		}()
	}
}

// Kill is kill for go-plugin.
func (c *child) Kill(context.Context) error {
	c.kill()
	return nil
}

// Wait returns when the adapter is gone, and how it ended.
func (c *child) Wait(context.Context) error {
	<-c.ended
	return c.exit
}

// Stdout returns the handshake and nothing more.
func (c *child) Stdout() io.ReadCloser { return c.handshake }

// Stderr returns nothing: the child's output is read elsewhere.
func (c *child) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name returns the instance's name.
func (c *child) Name() string { return c.name }

// ID returns the guard's process id, or "" before Start.
func (c *child) ID() string {
	if pid := c.pid(); pid != 0 {
		return strconv.Itoa(pid)
	}
	return ""
}

// pid is ID as a number, 0 before Start.
func (c *child) pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		return 0
	}
	return c.cmd.Process.Pid
}

// Diagnose returns nothing; errors of a start quote the output themselves.
func (c *child) Diagnose(context.Context) string { return "" }

// PluginToHost accepts a Unix socket in the adapter's own folder and closes it
// to everyone but this user.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	rel, err := filepath.Rel(c.folder, address)
	if network != "unix" || err != nil || !filepath.IsLocal(rel) {
		return "", "", fmt.Errorf("it listens on %s %s; it must listen on a Unix socket in the folder that PLUGIN_UNIX_SOCKET_DIR names", network, core.OneLine(address, 256))
	}
	info, err := os.Lstat(address)
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		err = fmt.Errorf("%s is no socket", address)
	}
	if err == nil {
		err = os.Chmod(address, 0o600)
	}
	return network, address, err
}

// HostToPlugin is the identity.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
