package author

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// sandbox is an admitted module in a host of its own.
type sandbox struct {
	of      *Module
	host    *wasm.Host
	module  *wasm.Module
	compile time.Duration // CPU time of admission: rewriting, compiling and one start

	mu    sync.Mutex
	lines []string // what the guests logged and nobody took yet
}

// admit does with a module all that the gateway does before it is live, but for
// its configuration.
func admit(ctx context.Context, m *Module) (*sandbox, error) {
	s := &sandbox{of: m}
	var err error
	if s.host, err = wasm.NewHost(wasm.Options{Log: s.line, Foreign: ForeignABIs()}); err != nil {
		return nil, err
	}
	runtime.LockOSThread() // whose CPU time is read
	defer runtime.UnlockOSThread()
	began := cpuTime()
	s.module, err = s.host.Load(ctx, m.Code, wasm.ModuleOptions{Manifest: m.Manifest})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", m.Name, err), s.host.Close())
	}
	s.compile = cpuTime() - began
	return s, nil
}

func (s *sandbox) close() error { return errors.Join(s.module.Close(), s.host.Close()) }

// start makes an instance and its first guest.
func (s *sandbox) start(ctx context.Context, c core.InstanceConfig) (*wasm.Instance, error) {
	i, err := s.module.NewInstance(c)
	if err != nil {
		return nil, err
	}
	if err := i.Start(ctx); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// startWith makes an instance from settings as an operator would write them.
func (s *sandbox) startWith(ctx context.Context, settings map[string]any, change func(*core.InstanceConfig)) (*wasm.Instance, error) {
	if err := s.of.noHooks(); err != nil {
		return nil, err
	}
	m := s.module.Manifest()
	c, err := instance(&m, settings)
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(&c)
	}
	return s.start(ctx, c)
}

func (s *sandbox) line(l wasm.LogLine) {
	name := [...]string{abi.LevelUnspecified: "info", abi.LevelDebug: "debug", abi.LevelInfo: "info", abi.LevelWarn: "warn", abi.LevelError: "error"}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, name[l.Level]+": "+l.Text)
}

// logged returns the log lines since it was called last.
func (s *sandbox) logged() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.lines
	s.lines = nil
	return lines
}
