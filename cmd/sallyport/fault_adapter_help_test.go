package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
	"github.com/sallyport-gateway/sallyport/sdk/adapter"
)

// faultyCommand has this test binary be an adapter with faults.
const faultyCommand = "faulty-adapter"

// faulty is the main of that adapter. It does not return.
func faulty(args []string) {
	if len(args) > 0 && args[0] == "garbage" {
		speakGarbage()
	}
	if len(args) > 0 && args[0] == "window" {
		adapter.Serve(windowGuard{})
	} else {
		adapter.Serve(&faultyGuard{})
	}
	os.Exit(0)
}

// speakGarbage shakes hands and then talks nonsense to whoever calls.
func speakGarbage() {
	path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/s"
	l, err := net.Listen("unix", path)
	if err != nil {
		os.Exit(1)
	}
	fmt.Println("1|1|unix|" + path + "|grpc|")
	for {
		c, err := l.Accept()
		if err != nil {
			os.Exit(1)
		}
		_, _ = c.Write([]byte(strings.Repeat("garbage ", 1<<10)))
	}
}

// windowGuard blocks the word "secret" in streams, and every whole answer.
type windowGuard struct{}

func (windowGuard) Configure(context.Context, *adapter.ConfigureCall) error { return nil }

func (windowGuard) Answer(_ context.Context, _ *adapter.AnswerCall, r *adapter.Reply) error {
	r.HasBlock, r.Block = true, adapter.Block{Code: []byte("word")}
	return nil
}

func (windowGuard) Window(_ context.Context, c *adapter.WindowCall, r *adapter.Reply) error {
	if strings.Contains(string(c.Text), "secret") {
		r.HasBlock, r.Block = true, adapter.Block{Code: []byte("word")}
	}
	return nil
}

// faultyGuard blocks the word "secret". Other words have it do harm to itself.
type faultyGuard struct {
	config struct {
		Exits bool `json:"exits"` // soon after each start
	}
	flooded atomic.Bool
}

func (f *faultyGuard) Configure(_ context.Context, c *adapter.ConfigureCall) error {
	if err := adapter.Config(c, &f.config); err != nil {
		return err
	}
	if f.config.Exits {
		time.AfterFunc(50*time.Millisecond, func() { os.Exit(4) })
	}
	return nil
}

func (f *faultyGuard) Prompt(_ context.Context, c *adapter.PromptCall, r *adapter.Reply) error {
	for i := range c.Parts {
		text := string(c.Parts[i].Text)
		switch {
		case strings.Contains(text, "secret"), text == "flooded?" && f.flooded.Load():
			r.HasBlock, r.Block = true, adapter.Block{Code: []byte("word"), Message: []byte("That word is not allowed.")}
		case text == "environment":
			r.HasBlock, r.Block = true, adapter.Block{Code: []byte(environment())}
		case text == "bad":
			r.Edits = []adapter.Edit{{Part: 99, End: 1}}
		case text == "exit":
			os.Exit(3)
		case text == "hang":
			<-time.After(time.Hour)
		case text == "flood":
			go f.flood()
		case text == "spawn":
			return spawn()
		}
	}
	return nil
}

// environment says what the environment holds beside the handshake's, and
// returns the names of it.
func environment() string {
	var names []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if name != "PWD" && name != "SHLVL" && name != "_" && name != "OLDPWD" && // the shell's that starts it
			!strings.HasPrefix(name, "PLUGIN_") && name != wire.Handshake().MagicCookieKey {
			fmt.Fprintln(os.Stderr, "my environment has", e)
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	return strings.Join(names, ".")
}

// floodBytes is how much a flood writes to each output.
const floodBytes = 32 << 20

func (f *faultyGuard) flood() {
	block := []byte(strings.Repeat("x", 1<<16) + "\n")
	for n := 0; n < floodBytes; n += len(block) {
		_, _ = syscall.Write(1, block)
		_, _ = syscall.Write(2, block)
	}
	f.flooded.Store(true)
}

// spawn leaves a process in the adapter's group and one in a session of its own.
func spawn() error {
	same, away := exec.Command("/bin/sleep", "1000"), exec.Command("/bin/sleep", "1000")
	away.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := same.Start(); err != nil {
		return err
	}
	return away.Start()
}
