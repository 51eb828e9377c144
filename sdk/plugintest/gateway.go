package plugintest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// gateway is a gateway in a process of its own, with the plugin in it.
type gateway struct {
	dir   string
	addr  string // of the clients' listener
	admin string
	facts facts // of the plugin
	cmd   *exec.Cmd
	log   lockedBuffer
	done  chan struct{}
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const gatewayPackage = "github.com/sallyport-gateway/sallyport/cmd/sallyport"

// binary returns the gateway's program, which it builds in dir where there is none.
func (o *Options) binary(ctx context.Context, dir string) (string, error) {
	if o.Binary != "" {
		return filepath.Abs(o.Binary)
	}
	path := filepath.Join(dir, "sallyport")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, gatewayPackage) //nolint:gosec // constant
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("plugintest: building the gateway: %w\n%s", err, out)
	}
	return path, nil
}

// startGateway starts a gateway whose routes, one for each back, have the plugin.
func startGateway(ctx context.Context, o *Options, providers string) (g *gateway, err error) {
	dir, err := os.MkdirTemp("", "sallyport-plugintest-")
	if err != nil {
		return nil, err
	}
	g = &gateway{dir: dir, done: make(chan struct{})}
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	binary, err := o.binary(ctx, dir)
	if err != nil {
		close(g.done)
		return g, err
	}
	if err := g.write(ctx, o, binary, providers); err != nil {
		close(g.done)
		return g, err
	}
	g.cmd = exec.Command(binary, "serve", "--config", filepath.Join(dir, "sallyport.yaml")) //nolint:gosec,noctx // it lives until close
	g.cmd.Dir, g.cmd.Stderr = dir, &g.log
	g.cmd.Env = []string{"HOME=" + dir}
	for _, t := range tenants {
		g.cmd.Env = append(g.cmd.Env, t.variable()+"="+t.key)
	}
	out, err := g.cmd.StdoutPipe()
	if err == nil {
		err = g.cmd.Start()
	}
	if err != nil {
		g.cmd = nil
		close(g.done)
		return g, fmt.Errorf("plugintest: starting the gateway: %w", err)
	}
	found := make(chan [2]string, 1)
	go g.follow(out, found)
	select {
	case at := <-found:
		g.addr, g.admin = at[0], at[1]
		return g, g.ready(ctx, o)
	case <-g.done:
		return g, fmt.Errorf("plugintest: the gateway does not start:\n%s", g.log.String())
	case <-time.After(2 * time.Minute):
		return g, fmt.Errorf("plugintest: the gateway is not ready after two minutes:\n%s", g.log.String())
	}
}

// write puts the configuration and the plugin into the gateway's folder.
func (g *gateway) write(ctx context.Context, o *Options, binary, providers string) error {
	var err error
	if g.facts, err = o.inspect(ctx, binary); err != nil {
		return err
	}
	folder := filepath.Join(g.dir, "plugins.d")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	for _, path := range []string{o.Module, strings.TrimSuffix(o.Module, filepath.Ext(o.Module)) + ".yaml"} {
		content, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path != o.Module || path == "" || path == ".yaml" {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(path)), content, 0o600) //nolint:gosec // the caller's own files
		}
		if err != nil {
			return fmt.Errorf("plugintest: %w", err)
		}
	}
	if err := writeFaults(folder); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\nledger: {folder: ledger}\n"+
		"plugins: {folder: plugins.d, mandatory: [%s]}\nproviders:\n", g.facts.instance(o))
	fmt.Fprintf(&b, "  - {name: %s, kind: openai, base_url: %q, auth: none, raw: true}\n", rawProvider, providers+"/v1")
	for i := range backs {
		for n, k := range backs[i].kinds {
			fmt.Fprintf(&b, "  - {name: %s, kind: %s, base_url: %q, auth: none%s}\n", route(i, n), k.name, providers+k.base, k.settings)
		}
	}
	fmt.Fprintf(&b, "routes:\n  - {name: %[1]s, retries: 0, deployments: [{provider: %[1]s, model: served}]}\n", rawProvider)
	for i := range backs {
		for n := range backs[i].kinds {
			fmt.Fprintf(&b, "  - {name: %s, retries: 0, deployments: [%s]}\n", route(i, n), deployment(i, n))
		}
		for j := range fronts {
			for n := range faults {
				if f := &faults[n]; f.tried(&fronts[j], &backs[i]) && o.only == nil { // who picks exchanges picks none of these
					fmt.Fprintf(&b, "  - {name: %s, retries: 0, deployments: [%s], plugins: [%s]}\n", f.route(j, i), deployment(i, 0), f.instance(j, i))
				}
			}
		}
	}
	b.WriteString("keys:\n")
	for _, t := range tenants {
		fmt.Fprintf(&b, "  - {name: %s, key: \"${env:%s}\", routes: [\"*\"], tenant: %[1]s}\n", t.name, t.variable())
	}
	return os.WriteFile(filepath.Join(g.dir, "sallyport.yaml"), []byte(b.String()), 0o600)
}

// route is the name of a provider, by its dialect and its kind, and of the route to it.
func route(back, kind int) string { return fmt.Sprintf("r%d-%d", back, kind) }

func deployment(back, kind int) string {
	model := backs[back].model
	if model == "" {
		model = "served"
	}
	return fmt.Sprintf("{provider: %s, model: %q}", route(back, kind), model)
}

// ready waits until all plugins are live. A plugin that the gateway does not take is an
// error, unless the routes serve without it.
func (g *gateway) ready(ctx context.Context, o *Options) error {
	for end := time.Now().Add(readyWithin); ; {
		text, err := g.operator(ctx, "/readyz", o.Timeout)
		if err != nil {
			return fmt.Errorf("plugintest: asking the gateway whether it is ready: %w", err)
		}
		if strings.HasPrefix(text, "HTTP/1.1 200 ") {
			return nil
		}
		rejected, _ := filepath.Glob(filepath.Join(g.dir, "plugins.d", "*.rejected"))
		if len(rejected) > 0 || time.Now().After(end) {
			return fmt.Errorf("plugintest: the gateway does not take the plugin:\n%s", g.log.String())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(readyEvery):
		}
	}
}

// How long the gateway may take for the plugin, and how often it is asked.
const (
	readyWithin = time.Minute
	readyEvery  = 50 * time.Millisecond
)

var listening = regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)

// follow reads what the gateway prints, up to its addresses, and waits for its end.
func (g *gateway) follow(out io.Reader, found chan<- [2]string) {
	defer close(g.done)
	var at []string
	for sc := bufio.NewScanner(out); sc.Scan(); {
		for _, m := range listening.FindAllStringSubmatch(sc.Text(), -1) {
			if at = append(at, m[1]); len(at) == 2 {
				found <- [2]string{at[0], at[1]}
			}
		}
	}
	_ = g.cmd.Wait()
}

// close ends the gateway and removes its folder.
func (g *gateway) close() {
	if g.cmd != nil {
		_ = g.cmd.Process.Kill()
		<-g.done
	}
	_ = os.RemoveAll(g.dir)
}
