package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/plugins"
)

func newServeCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve [--config FILE]",
		Short: "Run the gateway",
		Long: "Run the gateway from a configuration file. Without one it serves the providers whose keys it\n" +
			"finds in the usual environment variables and the local runtimes on their usual ports, else a demo\n" +
			"model; all of that on loopback only.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), file, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the configuration file")
	return cmd
}

// serve runs until a signal or a fatal error. A first SIGINT or SIGTERM drains,
// a second one ends at once.
func serve(ctx context.Context, file string, out, logTo io.Writer) error {
	if ctx == nil {
		ctx = context.Background()
	}
	src, err := chooseSource(ctx, file)
	if err != nil {
		return err
	}
	defer src.close()
	g, err := newGateway(ctx, src, logTo)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	src.greet(out, g)
	for {
		select {
		case err := <-g.server.Err():
			return errors.Join(err, g.close())
		case <-ctx.Done():
			return g.drain(signals)
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				return g.drain(signals)
			}
			_ = g.reload() // logged there
		}
	}
}

// drain waits for exchanges in flight, at most for the configured time, or
// until another signal comes.
func (g *gateway) drain(again <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), g.drainTime())
	defer cancel()
	g.log.Info().Msg("draining: no new requests are accepted; a second signal ends it at once")
	done := make(chan error, 1)
	go func() { done <- g.shutdown(ctx) }()
	for {
		select {
		case err := <-done:
			return err
		case sig := <-again:
			if sig != syscall.SIGHUP {
				cancel()
			}
		}
	}
}

// defaultGuard runs where nobody has configured anything.
const defaultGuard = "guardrail.pii"

// source is where a configuration comes from: a file, or what this machine has.
type source struct {
	file  string
	cfg   *config.Config // where there is no file
	notes []string
	demo  *demoModel
	// resolver looks up providers' names; nil is the system's.
	resolver *net.Resolver
	// clock is the plugin folder's; nil is the system's.
	clock core.Clock
}

func chooseSource(ctx context.Context, file string) (*source, error) {
	if file != "" {
		return &source{file: file}, nil
	}
	return discovered(ctx, config.OSEnv(), listening)
}

// discovered is a source of what env and the local runtimes offer, of which probe tells
// whether they listen.
func discovered(ctx context.Context, env config.Env, probe func(addr string) bool) (*source, error) {
	cfg, notes := config.Discover(env, plugins.Providers(), probe)
	cfg.Plugins.Mandatory = []config.Plugin{config.NewPlugin(defaultGuard)}
	notes = append(notes, "the guard "+defaultGuard+" takes personal data out of prompts and answers; write a configuration file to choose others")
	s := &source{cfg: cfg, notes: notes}
	if len(cfg.Providers) > 0 {
		return s, nil
	}
	demo, err := startDemoModel(ctx)
	if err != nil {
		return nil, err
	}
	s.demo = demo
	s.notes = append(s.notes, "no provider was found: the model \"demo\" answers, which is a stand-in and says so")
	p := config.NewProvider("demo", demoKind)
	p.BaseURL = demo.baseURL()
	cfg.Providers = []config.Provider{p}
	cfg.Routes = []config.Route{config.NewRoute("demo", config.Deployment{Provider: "demo", Model: "sallyport-demo", Weight: 1})}
	return s, nil
}

// listening tells whether something accepts connections at a loopback address.
func listening(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, 50*time.Millisecond)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

func (s *source) close() {
	if s.demo != nil {
		s.demo.close()
	}
}

// read reads the configuration anew. It is nil where the problems say that there
// is none.
func (s *source) read() (*config.Config, []config.Problem) {
	if s.file == "" {
		return s.cfg, nil
	}
	return config.Load(s.file)
}

// buildSnapshot makes a snapshot of what was read. The error holds every
// problem; warnings go to the log.
func buildSnapshot(cfg *config.Config, problems []config.Problem, known config.Known, log zerolog.Logger) (*config.Snapshot, error) {
	var snap *config.Snapshot
	if cfg != nil {
		snap, problems = config.Build(cfg, known, newSigner)
	}
	if snap == nil {
		var text strings.Builder
		_ = config.Print(&text, problems) // a builder does not fail
		return nil, fmt.Errorf("the configuration cannot be used:\n%s", strings.TrimRight(text.String(), "\n"))
	}
	for _, p := range problems {
		log.Warn().Msg(p.String())
	}
	return snap, nil
}

// greet says where the gateway is and prints a line that can be tried at once.
func (s *source) greet(out io.Writer, g *gateway) {
	snap := g.snapshot()
	scheme := "http"
	if snap.Certificate != nil {
		scheme = "https"
	}
	url := scheme + "://" + g.server.Addr().String()
	fmt.Fprintf(out, "sallyport %s serves %s\n", version, url)
	if a := g.server.AdminAddr(); a != nil {
		fmt.Fprintf(out, "  for the operator: http://%s/admin/v1/status and /metrics\n", a)
	}
	for _, n := range s.notes {
		fmt.Fprintf(out, "  %s\n", n)
	}
	model := "MODEL"
	if len(snap.Models) > 0 {
		model = snap.Models[0].Name
	}
	auth := ""
	if !snap.Keyless {
		auth = " -H \"Authorization: Bearer $YOUR_KEY\""
	}
	fmt.Fprintf(out, "Try:\n  curl %s/v1/chat/completions%s -H 'Content-Type: application/json' \\\n"+
		"    -d '{\"model\": %q, \"messages\": [{\"role\": \"user\", \"content\": \"Hello!\"}]}'\n", url, auth, model)
}
