//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport-gateway/sallyport/bench/load"
	"github.com/sallyport-gateway/sallyport/bench/report"
)

// startTimeout bounds the start of a target.
const startTimeout = 15 * time.Second

// The credentials. The mock takes any; neither reads like one of its scenarios.
const (
	virtualKey  = "sk-sallyport-benchmark-virtual-key-0001"
	providerKey = "sk-mock-provider-key-0001"
)

// target is one running thing under load.
type target struct {
	name    string
	addr    string
	pid     int
	started time.Duration // from the fork to the first 200; 0 for the mock itself
	ledger  string        // folder; "" for those that keep no books
	plugins string        // folder; "" for those that have none
	proc    *process      // nil for the mock itself
}

// startTarget starts a target before the mock and waits for its first 200.
func (h *harness) startTarget(ctx context.Context, name string, w work) (*target, error) {
	if name == report.Direct {
		return &target{name: name, addr: h.mock.addr, pid: h.mock.pid}, nil
	}
	folder, err := os.MkdirTemp(h.folder, name+"-")
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	t := &target{name: name, addr: addr}
	command, env, err := h.command(t, folder, w.streamed)
	if err != nil {
		return nil, err
	}
	if len(w.under) > 0 {
		// One at a time is what it runs them in any case; so the scheduler's
		// attempts to use more do not disturb the count.
		env = append(env, "GOMAXPROCS=1")
		command = slices.Concat(w.under, command)
	}
	begin := time.Now()
	if t.proc, err = startProcess(ctx, filepath.Join(folder, "log"), env, command[0], command[1:]...); err != nil {
		return nil, err
	}
	t.pid = t.proc.pid()
	if err := h.firstAnswer(ctx, t); err != nil {
		return nil, errors.Join(err, t.proc.stop())
	}
	t.started = time.Since(begin)
	return t, nil
}

// firstAnswer asks until the answer is 200.
func (h *harness) firstAnswer(ctx context.Context, t *target) error {
	request := render(t.addr, chatBody(300, false))
	last := "no connection"
	_, err := waitFor(ctx, func() (struct{}, bool) {
		select {
		case <-t.proc.exited:
			return struct{}{}, true // stop tells why
		default:
		}
		status, body, err := load.Once(t.addr, request, 10*time.Second)
		if status != 0 {
			last = fmt.Sprintf("status %d: %s", status, body)
		}
		return struct{}{}, err == nil && status == 200
	})
	if err != nil {
		return fmt.Errorf("%s did not answer with 200 within %s; the last answer was: %s\n%s", t.name, startTimeout, last, t.proc.tail())
	}
	select {
	case <-t.proc.exited:
		return fmt.Errorf("%s did not start", t.name)
	default:
		return nil
	}
}

func (t *target) stop() error {
	if t.proc == nil {
		return nil
	}
	return t.proc.stop()
}

// command returns how a target is run, and writes its configuration.
func (h *harness) command(t *target, folder string, streamed bool) (command, env []string, err error) {
	config := filepath.Join(folder, "config")
	switch t.name {
	case report.Bare, report.BareBody:
		answers := "whole"
		if streamed && t.name == report.Bare {
			answers = "copy"
		} else if streamed {
			answers = "body"
		}
		return []string{filepath.Join(h.bin, "bareproxy"), "--listen", t.addr, "--upstream", h.mock.addr, "--answers", answers}, nil, nil
	case report.Nginx:
		return []string{h.nginx, "-e", "stderr", "-p", folder, "-c", config}, nil,
			os.WriteFile(config, []byte(nginxConfig(t.addr, h.mock.addr, os.Getuid() == 0)), 0o600)
	case report.Sallyport, report.Translated, report.GuardedPII, report.GuardedWords:
		t.ledger, t.plugins = filepath.Join(folder, "ledger"), filepath.Join(folder, "plugins.d")
		if err := os.Mkdir(t.plugins, 0o700); err != nil {
			return nil, nil, err
		}
		env = []string{"SALLYPORT_BENCH_KEY=" + virtualKey, "SALLYPORT_BENCH_PROVIDER_KEY=" + providerKey}
		config += ".yaml"
		return []string{filepath.Join(h.bin, "sallyport"), "serve", "--config", config}, env,
			os.WriteFile(config, []byte(sallyportConfig(t.addr, h.mock.addr, t.ledger, t.plugins, t.name)), 0o600)
	}
	return nil, nil, fmt.Errorf("unknown target %q", t.name)
}

// guards are the plugins on the route, by target. The list is of words that the
// mock's answers do not have. What is measured is not how long a guard takes, so it
// may be late: the harness and the mock want the same processors.
var guards = map[string]string{
	report.GuardedPII: "{use: guardrail.pii, limits: {deadline: 10s}}",
	report.GuardedWords: "{use: guardrail.denylist, limits: {deadline: 10s}, config: {words: [project falcon, hunter2, swordfish, confidential, salary, " +
		"acquisition, layoff, blackbird, codename, windfall]}}",
}

// sallyportConfig turns on what every installation has: a key, a route, a
// provider key and the ledger. All else is as it comes.
func sallyportConfig(addr, upstream, ledger, plugins, target string) string {
	q := strconv.Quote
	kind, base := "openai", "/v1"
	if target == report.Translated {
		kind, base = "anthropic", ""
	}
	return `listen: ` + addr + `
admin: {listen: "off"}
plugins: {folder: ` + q(plugins) + `}
ledger: {folder: ` + q(ledger) + `}
providers:
  - {name: mock, kind: ` + kind + `, base_url: "http://` + upstream + base + `", key: "${env:SALLYPORT_BENCH_PROVIDER_KEY}"}
routes:
  - name: ` + clientModel + `
    plugins: [` + guards[target] + `]
    deployments:
      - {provider: mock, model: ` + upstreamModel + `}
keys:
  - {name: bench, key: "${env:SALLYPORT_BENCH_KEY}", routes: ["*"]}
`
}

// nginxConfig makes nginx a plain reverse proxy that hands streams on at once and
// keeps its connections, as the others do.
func nginxConfig(addr, upstream string, privileged bool) string {
	user := ""
	if privileged {
		user = "user root;\n" // else its workers could not enter the folder
	}
	return user + `daemon off;
worker_processes ` + strconv.Itoa(runtime.NumCPU()) + `;
pid nginx.pid;
error_log stderr error;
events { worker_connections 8192; }
http {
  access_log off;
  client_max_body_size 64m;
  client_body_buffer_size 256k;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  upstream mock {
    server ` + upstream + `;
    keepalive 1024;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }
  server {
    listen ` + addr + ` backlog=4096;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 1h;
    }
  }
}
`
}

// render makes the request that every target gets.
func render(addr, body string) []byte {
	return load.Post(addr, "/v1/chat/completions", body,
		"Authorization: Bearer "+virtualKey, "Accept: application/json", "User-Agent: bench/1")
}
