//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/load"
	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// provider is the mock provider, seen from outside through its control requests.
type provider struct {
	addr string
	pid  int
	proc *process // nil when it is not ours to stop
}

// startProvider runs the mock provider as a process of its own, so that its CPU
// is counted apart.
func startProvider(ctx context.Context, bin, folder string) (*provider, error) {
	p, err := startProcess(ctx, filepath.Join(folder, "mock.log"), nil, filepath.Join(bin, "mockprovider"), "--listen", "127.0.0.1:0", "--keep", "-1")
	if err != nil {
		return nil, err
	}
	// It says where it listens in its first line.
	addr, err := waitFor(ctx, func() (string, bool) {
		f, err := os.Open(p.log)
		if err != nil {
			return "", false
		}
		defer func() { _ = f.Close() }()
		line, err := bufio.NewReader(f).ReadString('\n')
		if err != nil {
			return "", false
		}
		_, rest, found := strings.Cut(line, "http://")
		addr, _, whole := strings.Cut(rest, "/")
		return addr, found && whole
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the mock provider did not say where it listens: %w", err), p.stop())
	}
	return &provider{addr: addr, pid: p.pid(), proc: p}, nil
}

func (m *provider) stop() error {
	if m.proc == nil {
		return nil
	}
	return m.proc.stop()
}

// call sends a control request and decodes the stats of its answer into out, if
// there is one.
func (m *provider) call(method, target, body string, out *mock.Stats) error {
	req := fmt.Appendf(nil, "%s /__mock/%s HTTP/1.1\r\nHost: mock\r\nContent-Length: %d\r\n\r\n%s", method, target, len(body), body)
	status, answer, err := load.Once(m.addr, req, controlTimeout+5*time.Second)
	if err != nil {
		return fmt.Errorf("mock provider, %s: %w", target, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("mock provider, %s: status %d: %s", target, status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// prepare forgets the counts and sets what the mock does next.
func (m *provider) prepare(scenario string) error {
	return errors.Join(m.call("POST", "reset", "", nil), m.call("POST", "scenario", scenario, nil))
}

func (m *provider) stats() (st mock.Stats, err error) { return st, m.call("GET", "stats", "", &st) }

// controlTimeout bounds the waits below.
const controlTimeout = 20 * time.Second

// opened waits until n streams have been opened.
func (m *provider) opened(n int) (st mock.Stats, err error) {
	q := url.Values{"field": {"streams_opened"}, "min": {strconv.Itoa(n)}, "timeout": {controlTimeout.String()}}
	return st, m.call("GET", "stats?"+q.Encode(), "", &st)
}

// settled waits until no answer is in flight.
func (m *provider) settled() (st mock.Stats, err error) {
	q := url.Values{"field": {"in_flight"}, "max": {"0"}, "timeout": {controlTimeout.String()}}
	return st, m.call("GET", "stats?"+q.Encode(), "", &st)
}
