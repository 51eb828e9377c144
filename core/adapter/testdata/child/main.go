// Command child is the adapter of the tests. What it does at its start is in the
// variable MODE, what its prompt hook does is the first word of the prompt.
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
	"github.com/sallyport-gateway/sallyport/sdk/adapter"
)

func main() {
	if f := atStart[os.Getenv("MODE")]; f != nil {
		f()
	}
	adapter.Serve(&child{})
}

func hang() { <-time.After(time.Hour) }

var atStart = map[string]func(){
	"crash":   func() { fmt.Fprintln(os.Stderr, "boom: no weights"); os.Exit(3) },
	"silent":  hang,
	"garbage": func() { fmt.Println("hello there"); hang() },
	"flood": func() {
		block := []byte(strings.Repeat("x", 1<<16))
		for {
			_, _ = os.Stdout.Write(block)
		}
	},
	"version": func() { fmt.Println("1|99|unix|" + os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/s|grpc|"); hang() },
	"protocol": func() {
		path := os.Getenv("PLUGIN_UNIX_SOCKET_DIR") + "/s"
		_, _ = net.Listen("unix", path)
		fmt.Println("1|1|unix|" + path + "|netrpc|")
		hang()
	},
	"tcp":       func() { fmt.Println("1|1|tcp|127.0.0.1:1|grpc|"); hang() },
	"elsewhere": func() { fmt.Println("1|1|unix|/var/run/s|grpc|"); hang() },
}

type child struct {
	config struct {
		Refuse string `json:"refuse"`
		Unwell bool   `json:"unwell"`
		Mayfly bool   `json:"mayfly"`
	}
	closed atomic.Bool
}

func (c *child) Configure(_ context.Context, r *abi.ConfigureCall) error {
	if err := adapter.Config(r, &c.config); err != nil {
		return err
	}
	if c.config.Refuse != "" {
		return errors.New(c.config.Refuse)
	}
	return nil
}

func (c *child) Health(context.Context) error {
	switch {
	case c.config.Mayfly:
		os.Exit(4)
	case c.config.Unwell:
		return errors.New("the accelerator is on fire")
	}
	return nil
}

func (c *child) Prompt(ctx context.Context, call *abi.PromptCall, r *abi.Reply) error {
	if len(call.Parts) == 0 {
		return nil
	}
	words := strings.Fields(string(call.Parts[0].Text))
	f := deeds[words[0]]
	if f == nil {
		return nil
	}
	return f(ctx, call, r)
}

func tag(r *abi.Reply, key, value string) {
	r.Tags = append(r.Tags, abi.Tag{Key: []byte(key), Value: []byte(value)})
}

var deeds = map[string]func(ctx context.Context, call *abi.PromptCall, r *abi.Reply) error{
	"block": func(_ context.Context, _ *abi.PromptCall, r *abi.Reply) error {
		r.HasBlock, r.Block.Message = true, []byte("not this")
		return nil
	},
	"pid": func(_ context.Context, _ *abi.PromptCall, r *abi.Reply) error {
		tag(r, "pid", strconv.Itoa(os.Getpid()))
		return nil
	},
	"env": func(_ context.Context, _ *abi.PromptCall, r *abi.Reply) error {
		for _, e := range os.Environ() {
			name, _, _ := strings.Cut(e, "=")
			tag(r, name, "set")
		}
		return nil
	},
	"count": func(_ context.Context, call *abi.PromptCall, r *abi.Reply) error {
		r.HasState, r.State = true, append(call.State, 'x')
		tag(r, "count", strconv.Itoa(len(r.State)))
		return nil
	},
	"hang": func(context.Context, *abi.PromptCall, *abi.Reply) error { hang(); return nil },
	"stop": func(context.Context, *abi.PromptCall, *abi.Reply) error {
		return syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	},
	"exit":  func(context.Context, *abi.PromptCall, *abi.Reply) error { os.Exit(3); return nil },
	"panic": func(context.Context, *abi.PromptCall, *abi.Reply) error { panic("a mistake") },
	"fail":  func(context.Context, *abi.PromptCall, *abi.Reply) error { return errors.New("it went wrong") },
	"large": func(_ context.Context, _ *abi.PromptCall, r *abi.Reply) error {
		r.HasRespond, r.Respond.Body = true, make([]byte, 2<<20)
		return nil
	},
	"bad": func(_ context.Context, _ *abi.PromptCall, r *abi.Reply) error {
		r.Flags = append(r.Flags, abi.Flag{Name: []byte("f"), Score: math.NaN()})
		return nil
	},
	"flood": func(_ context.Context, _ *abi.PromptCall, r *abi.Reply) error {
		for _, write := range []func(b []byte){
			func(b []byte) { _, _ = os.Stdout.Write(b) },  // go-plugin's stream
			func(b []byte) { _, _ = syscall.Write(1, b) }, // the pipe itself, no line end
			func(b []byte) { _, _ = syscall.Write(2, b) }, // likewise
		} {
			go func() {
				block := []byte(strings.Repeat("x", 100_000))
				for range 200 {
					write(block)
				}
				write([]byte("\nflooded\n"))
			}()
		}
		return nil
	},
	// spawn leaves a child in its own group, one in a session of its own, and a
	// grandchild whose parent is gone.
	"spawn": func(_ context.Context, _ *abi.PromptCall, r *abi.Reply) error {
		same := exec.Command("/bin/sleep", "1000")
		away := exec.Command("/bin/sleep", "1000")
		away.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		for _, c := range []*exec.Cmd{same, away} {
			if err := c.Start(); err != nil {
				return err
			}
			tag(r, "pid", strconv.Itoa(c.Process.Pid))
		}
		orphan := exec.Command("/bin/sh", "-c", "/bin/sleep 1000 >/dev/null 2>&1 & echo $!")
		orphan.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, err := orphan.Output()
		tag(r, "pid", strings.TrimSpace(string(out)))
		tag(r, "pid", strconv.Itoa(os.Getpid()))
		return err
	},
}

func (c *child) Generate(ctx context.Context, call *abi.UpstreamRequestCall, send func(*abi.UpstreamEventReply) error) error {
	for i := 0; ; i++ {
		m := &abi.UpstreamEventReply{Events: []abi.Event{{Kind: abi.EventKindDelta, HasPart: true}}}
		m.Events[0].Part.Text = []byte(strconv.Itoa(i))
		if err := send(m); err != nil {
			return err
		}
		if string(call.Body) == "forever" {
			<-ctx.Done()
			return ctx.Err()
		}
		if i == 2 {
			return nil
		}
	}
}

func (c *child) Embed(_ context.Context, r *wire.EmbedRequest) (*wire.EmbedReply, error) {
	reply := &wire.EmbedReply{}
	for _, t := range r.GetTexts() {
		if t != "skip" {
			reply.Vectors = append(reply.Vectors, &wire.Vector{Values: []float32{float32(len(t)), 1}})
		}
	}
	return reply, nil
}

func (c *child) Rerank(_ context.Context, r *wire.RerankRequest) (*wire.RerankReply, error) {
	if r.GetQuery() == "wrong" {
		return &wire.RerankReply{Ranks: []*wire.Rank{{Index: 9}}}, nil
	}
	return &wire.RerankReply{Ranks: []*wire.Rank{{Index: 1, Score: 1}, {Index: 0, Score: 0.5}}}, nil
}
