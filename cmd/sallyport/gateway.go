package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/attempt"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/ledger"
	"github.com/sallyport-gateway/sallyport/core/registry"
	"github.com/sallyport-gateway/sallyport/core/server"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
	"github.com/sallyport-gateway/sallyport/core/upstream"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// gateway is everything that one process runs.
type gateway struct {
	src     *source
	log     zerolog.Logger
	metrics *telemetry.Metrics
	ledger  *ledger.Log
	known   *registry.Registry
	server  *server.Server
	watcher *config.Watcher

	first *config.Snapshot // what the process started with

	mu   sync.Mutex // one reload at a time
	loop *attempt.Loop
	snap atomic.Pointer[config.Snapshot]
}

// newGateway reads the configuration and starts everything. On error nothing
// is left running.
func newGateway(ctx context.Context, src *source, logTo io.Writer) (*gateway, error) {
	snap, err := src.load(zerolog.Nop())
	if err != nil {
		return nil, err
	}
	g := &gateway{src: src, first: snap, metrics: telemetry.NewMetrics()}
	g.log, err = telemetry.NewLogger(telemetry.LogConfig{Level: snap.Log.Level, Text: snap.Log.Format == "text"}, logTo)
	if err != nil {
		return nil, err
	}
	if g.known, err = registry.New(plugins.Natives()...); err != nil {
		return nil, err
	}
	if g.ledger, err = g.openLedger(snap); err != nil {
		return nil, err
	}
	if err := g.start(ctx, snap); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

func (g *gateway) start(ctx context.Context, snap *config.Snapshot) error {
	state, err := g.build(ctx, snap)
	if err != nil {
		return err
	}
	read := g.src.cfg // before anything can reload it
	opts := server.Options{Ledger: g.ledger, Metrics: g.metrics, Log: g.log, Version: version}
	if g.src.file != "" {
		opts.Reload = g.reload
	}
	if g.server, err = server.New(opts, state); err != nil {
		return err
	}
	if err := g.server.Start(); err != nil {
		return err
	}
	if g.src.file == "" {
		return nil
	}
	g.watcher, err = config.Watch(read, func(*config.Config, []config.Problem) {
		_ = g.reload() // logged there
	})
	return err
}

func (g *gateway) openLedger(snap *config.Snapshot) (*ledger.Log, error) {
	log, report, err := ledger.Open(ledger.Config{
		Folder: snap.Ledger.Folder, MaxBytes: snap.Ledger.MaxBytes, SyncInterval: snap.Ledger.Sync,
	}, clock{})
	if err != nil {
		return nil, err
	}
	if report.Interrupted > 0 {
		g.log.Warn().Int("exchanges", report.Interrupted).Msg("the last run ended in the middle of exchanges; they are recorded as interrupted")
	}
	if report.Damaged > 0 || len(report.BadSegments) > 0 {
		g.log.Error().Int("places", report.Damaged).Int64("records_lost", report.LostRecords).
			Strs("segments", report.BadSegments).Msg("the ledger is damaged; what can be read is kept")
	}
	stat := func(name, help string, f func(s ledger.Stats) int64) {
		g.metrics.Func(name, help, true, func() float64 { return float64(f(log.Stats())) })
	}
	stat("ledger_refused_total", "Records refused for want of room.", func(s ledger.Stats) int64 { return s.Refused })
	stat("ledger_sync_failures_total", "Failed attempts to put records on the disk.", func(s ledger.Stats) int64 { return s.SyncFails })
	stat("ledger_dropped_rows_total", "Usage records deleted to keep within ledger.max_bytes.", func(s ledger.Stats) int64 { return s.DroppedRows })
	return log, nil
}

// build makes a state of a snapshot: plugins, chains, upstreams. On error the
// one at work is untouched.
func (g *gateway) build(ctx context.Context, snap *config.Snapshot) (*server.State, error) {
	generation, err := g.known.Build(ctx, uses(snap))
	if err != nil {
		return nil, err
	}
	obs := newObserver(g, snap)
	loop, err := attempt.New(g.loop, attempt.Config{
		Routes: routes(snap), Upstream: upstreamOptions(snap, g.src.resolver), Clock: clock{}, Rand: random{}, Observer: obs,
		UserAgent: "sallyport/" + version,
	})
	if err != nil {
		return nil, errors.Join(err, generation.Close())
	}
	state := &server.State{
		Snapshot: snap, Dialects: []core.Dialect{openai.Chat{Depth: snap.Limits.JSONDepth}}, Loop: loop,
		Chains: chains(snap, generation, obs),
		OnClose: func() {
			loop.Close()
			if err := generation.Close(); err != nil {
				g.log.Error().Err(err).Msg("closing plugin instances")
			}
		},
	}
	if !snap.Keyless {
		state.Auth = plugins.Authenticator(snap)
	}
	g.loop = loop
	g.snap.Store(snap)
	return state, nil
}

// reload reads the configuration anew and swaps it in. Reloads follow each
// other, so that the last one to read is the last one to swap.
func (g *gateway) reload() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.swap(g.src.load(g.log))
}

// swap puts a new configuration to work. On any error the last good one stays.
// g.mu is held.
func (g *gateway) swap(snap *config.Snapshot, err error) error {
	if err == nil && snap.Version == g.snapshot().Version {
		return nil
	}
	if err == nil && snap.Keyless && !g.first.Keyless {
		// The address may be open to strangers, and it stays.
		err = errors.New("a gateway that was started with keys cannot lose them all by a reload; restart it")
	}
	var state *server.State
	if err == nil {
		state, err = g.build(context.Background(), snap)
	}
	if err != nil {
		g.metrics.Reloads.WithLabelValues("rejected").Inc()
		g.log.Error().Err(err).Str("serving", g.snapshot().Version).Msg("the new configuration was rejected; the last good one serves on")
		return err
	}
	g.server.Swap(state)
	g.metrics.Reloads.WithLabelValues("ok").Inc()
	g.log.Info().Str("version", snap.Version).Msg("the new configuration serves")
	if fields := pinned(g.first, snap); len(fields) > 0 {
		g.log.Warn().Strs("fields", fields).Msg("these fields have changed, which a restart only puts to work")
	}
	return nil
}

// pinned names the fields that hold from the start of the process and have
// changed since.
func pinned(first, now *config.Snapshot) []string {
	var names []string
	differ := func(name string, d bool) {
		if d {
			names = append(names, name)
		}
	}
	differ("listen", first.Listen != now.Listen)
	differ("admin.listen", first.AdminListen != now.AdminListen)
	differ("tls", (first.Certificate == nil) != (now.Certificate == nil))
	differ("limits.connections", first.Limits.Connections != now.Limits.Connections)
	differ("limits.connections_per_address", first.Limits.ConnectionsPerAddress != now.Limits.ConnectionsPerAddress)
	differ("timeouts.header", first.Timeouts.Header != now.Timeouts.Header)
	differ("timeouts.idle", first.Timeouts.Idle != now.Timeouts.Idle)
	differ("timeouts.write", first.Timeouts.Write != now.Timeouts.Write)
	differ("ledger", first.Ledger != now.Ledger)
	differ("log", first.Log != now.Log)
	return names
}

func (g *gateway) snapshot() *config.Snapshot { return g.snap.Load() }

func (g *gateway) drainTime() time.Duration { return g.snapshot().Timeouts.Drain }

// shutdown drains until ctx ends and then closes everything.
func (g *gateway) shutdown(ctx context.Context) error {
	var err error
	if g.server != nil {
		err = g.server.Shutdown(ctx)
	}
	return errors.Join(err, g.close())
}

func (g *gateway) close() error {
	var errs []error
	if g.watcher != nil {
		errs = append(errs, g.watcher.Close())
		g.watcher = nil
	}
	if g.server != nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // whatever is still in flight ends now
		errs = append(errs, g.server.Shutdown(ctx))
	}
	if g.ledger != nil {
		errs = append(errs, g.ledger.Stop())
		g.ledger = nil
	}
	return errors.Join(errs...)
}

// known is what a configuration may refer to.
func known() config.Known {
	k := config.Known{Kinds: plugins.Providers(), Plugins: []string{}}
	for _, p := range plugins.Natives() {
		k.Plugins = append(k.Plugins, p.Manifest().ID)
	}
	return k
}

func newSigner(auth string, key config.Secret, host string) (core.Signer, error) {
	return plugins.Signer(auth, key.Reveal(), host)
}

func routes(snap *config.Snapshot) []*core.Route {
	list := make([]*core.Route, 0, len(snap.Routes)+1)
	for _, r := range snap.Routes {
		list = append(list, r)
	}
	if snap.Any != nil {
		list = append(list, snap.Any)
	}
	return list
}

func upstreamOptions(snap *config.Snapshot, names *net.Resolver) func(*core.Provider) upstream.Options {
	return func(p *core.Provider) upstream.Options {
		u := snap.Upstreams[p.Name]
		return upstream.Options{
			MaxConns: u.MaxConnections, MaxPending: cmp.Or(u.MaxPending, -1), RootCAs: u.RootCAs,
			Egress: upstream.Egress{Allow: u.Allow}, Resolver: names,
		}
	}
}

func use(p *config.PluginUse) registry.Use {
	return registry.Use{
		Plugin: p.Use, As: p.As, Config: p.Config, Optional: p.Optional, FailOpen: p.FailOpen,
		Identity: fmt.Sprint(p.Config),
	}
}

func uses(snap *config.Snapshot) []registry.Use {
	var list []registry.Use
	for _, plugins := range snap.Plugins {
		for i := range plugins {
			list = append(list, use(&plugins[i]))
		}
	}
	return list
}

func chains(snap *config.Snapshot, g *registry.Generation, obs chain.Observer) map[string]*chain.Chain {
	out := make(map[string]*chain.Chain, len(snap.Plugins))
	for route, plugins := range snap.Plugins {
		entries := make([]chain.Entry, len(plugins))
		for i := range plugins {
			u := use(&plugins[i])
			entries[i] = g.Entry(&u)
		}
		out[route] = chain.Compile(obs, entries)
	}
	return out
}

// clock is the system's.
type clock struct{}

func (clock) Now() time.Time { return time.Now() }

// random is the process's random source.
type random struct{}

func (random) Uint64() uint64 { return rand.Uint64() } //nolint:gosec // for picks and jitter, not for secrets
