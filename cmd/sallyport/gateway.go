package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/attempt"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/folder"
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
	plugins *pluginHost
	folder  *folder.Folder // nil when there is none
	server  *server.Server
	watcher *config.Watcher

	first   *config.Snapshot // what the process started with
	shadows shadows

	mu     sync.Mutex     // one change at a time
	cfg    *config.Config // the last good one
	loaded *loaded        // the plugins that it works with
	loop   *attempt.Loop
	snap   atomic.Pointer[config.Snapshot]
	opened atomic.Pointer[folder.Folder] // the same as folder, for whoever looks on
}

// newGateway reads the configuration and starts everything. On error nothing
// is left running.
func newGateway(ctx context.Context, src *source, logTo io.Writer) (*gateway, error) {
	cfg, problems := src.read()
	// Where plugins come from must be known before they are.
	snap, err := buildSnapshot(cfg, problems, config.Known{Kinds: plugins.Providers(), Models: plugins.Models()}, zerolog.Nop())
	if err != nil {
		return nil, err
	}
	g := &gateway{src: src, first: snap, cfg: cfg, metrics: telemetry.NewMetrics()}
	g.log, err = telemetry.NewLogger(telemetry.LogConfig{Level: snap.Log.Level, Text: snap.Log.Format == "text"}, logTo)
	if err != nil {
		return nil, err
	}
	if g.ledger, err = g.openLedger(snap); err != nil {
		return nil, err
	}
	if err := g.start(ctx); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

func (g *gateway) start(ctx context.Context) error {
	var err error
	if g.plugins, err = newPluginHost(g.first, g.metrics, g.log); err != nil {
		return err
	}
	if g.first.PluginFolder != "" {
		err = g.openFolder(ctx)
	} else {
		_, err = g.install(ctx, g.cfg, nil, g.plugins.bundledOnly())
	}
	if err != nil {
		return err
	}
	if err := g.server.Start(); err != nil {
		return err
	}
	debug.FreeOSMemory() // what the start took is not needed again
	trim()
	if g.src.file == "" {
		return nil
	}
	g.watcher, err = config.Watch(g.cfg, func(*config.Config, []config.Problem) {
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

// install puts a configuration to work with these plugins, which it holds from
// then on, and tells whether it did: where both are at work already there is
// nothing to do. On error what was at work is untouched. g.mu is held, or nobody
// else is there yet.
func (g *gateway) install(ctx context.Context, cfg *config.Config, problems []config.Problem, l *loaded) (bool, error) {
	snap, err := buildSnapshot(cfg, problems, config.Known{Kinds: plugins.Providers(), Models: plugins.Models(), Plugins: l.known}, g.log)
	if err != nil {
		return false, err
	}
	if g.server != nil && snap.Version == g.snapshot().Version && l == g.loaded {
		return false, nil
	}
	if snap.Keyless && !g.first.Keyless {
		// The address may be open to strangers, and it stays.
		return false, errors.New("a gateway that was started with keys cannot lose them all by a reload; restart it")
	}
	g.plugins.snap.Store(snap)
	next, err := g.candidates(cfg, l)
	if err != nil {
		return false, err
	}
	state, err := g.build(ctx, snap, l, next...)
	if err != nil {
		return false, err
	}
	end := state.OnClose
	state.OnClose = func() {
		end()
		if err := l.release(); err != nil {
			g.log.Error().Err(err).Msg("closing plugins")
		}
	}
	if g.server != nil {
		g.server.Swap(state)
	} else if g.server, err = server.New(g.serverOptions(), state); err != nil {
		end()
		return false, err
	}
	g.cfg, g.loaded, g.loop = cfg, l, state.Loop
	g.snap.Store(snap)
	return true, nil
}

func (g *gateway) serverOptions() server.Options {
	o := server.Options{
		Ledger: g.ledger, Metrics: g.metrics, Log: g.log, Version: version, Forgetter: g.plugins,
		Plugins: g.listPlugins, Shadow: g.shadow,
	}
	if g.src.file != "" {
		o.Reload = g.reload
	}
	return o
}

// build makes a state of a snapshot: plugins, chains, upstreams. On error the
// one at work is untouched.
func (g *gateway) build(ctx context.Context, snap *config.Snapshot, l *loaded, next ...registry.Candidate) (*server.State, error) {
	generation, err := l.Build(ctx, slices.Concat(uses(snap), translatorUses(snap, l.known)), next...)
	if err != nil {
		return nil, err
	}
	obs := newObserver(g, snap)
	compiled := chains(snap, generation, obs)
	loop, err := attempt.New(g.loop, attempt.Config{
		Routes: routes(snap), Upstream: upstreamOptions(snap, g.src.resolver), Clock: clock{}, Rand: random{}, Observer: obs,
		UserAgent: "sallyport/" + version,
		Signals:   ordered(compiled),
		Carrier:   attempt.Fetching{Translators: translators(generation), Media: media(snap, g.src.resolver)},
	})
	if err != nil {
		return nil, errors.Join(err, generation.Close())
	}
	state := &server.State{
		Snapshot: snap, Dialects: dialects(snap), Loop: loop,
		Chains: compiled, Receive: chain.Compile(obs, entries(snap.Receive, generation)),
		OnClose: func() {
			loop.Close()
			if err := generation.Close(); err != nil {
				g.log.Error().Err(err).Msg("closing plugin instances")
			}
		},
	}
	if err := edgesFit(state); err != nil {
		state.OnClose()
		return nil, err
	}
	if !snap.Keyless {
		state.Auth = plugins.Authenticator(snap)
	}
	return state, nil
}

// reload reads the configuration anew and swaps it in. Reloads follow each
// other, so that the last one to read is the last one to swap. On any error the
// last good one stays.
func (g *gateway) reload() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	cfg, problems := g.src.read()
	if g.loaded.set != nil {
		g.loaded.set.Retain()
	}
	changed, err := g.install(context.Background(), cfg, problems, g.loaded)
	if !changed {
		err = errors.Join(err, g.loaded.release())
	}
	if err != nil {
		g.metrics.Reloads.WithLabelValues("rejected").Inc()
		g.log.Error().Err(err).Str("serving", g.snapshot().Version).Msg("the new configuration was rejected; the last good one serves on")
		return err
	}
	if !changed {
		return nil
	}
	if f := g.opened.Load(); f != nil {
		f.Recheck() // what waited or was rejected may be allowed now
	}
	g.metrics.Reloads.WithLabelValues("ok").Inc()
	g.log.Info().Str("version", g.snapshot().Version).Msg("the new configuration serves")
	if fields := pinned(g.first, g.snapshot()); len(fields) > 0 {
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
	differ("plugins.folder", first.PluginFolder != now.PluginFolder)
	differ("plugins.memory", first.PluginMemory != now.PluginMemory)
	return names
}

func (g *gateway) snapshot() *config.Snapshot { return g.snap.Load() }

func (g *gateway) drainTime() time.Duration { return g.snapshot().Timeouts.Drain }

// shutdown drains until ctx ends and then closes everything.
func (g *gateway) shutdown(ctx context.Context) error {
	err := g.stopWatching()
	if g.server != nil {
		err = errors.Join(err, g.server.Shutdown(ctx))
	}
	return errors.Join(err, g.close())
}

// stopWatching ends what changes the state by itself.
func (g *gateway) stopWatching() error {
	var errs []error
	if g.watcher != nil {
		errs = append(errs, g.watcher.Close())
		g.watcher = nil
	}
	if g.folder != nil {
		errs = append(errs, g.folder.Close())
		g.folder = nil
	}
	return errors.Join(errs...)
}

func (g *gateway) close() error {
	errs := []error{g.stopWatching()}
	if g.server != nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // whatever is still in flight ends now
		errs = append(errs, g.server.Shutdown(ctx))
	}
	if g.plugins != nil {
		errs = append(errs, g.plugins.close())
		g.plugins = nil
	}
	if g.ledger != nil {
		errs = append(errs, g.ledger.Stop())
		g.ledger = nil
	}
	return errors.Join(errs...)
}

func newSigner(auth string, key config.Secret, p *core.Provider) (core.Signer, error) {
	return plugins.Signer(auth, key.Reveal(), p)
}

func routes(snap *config.Snapshot) []*core.Route {
	list := make([]*core.Route, 0, len(snap.Routes)+len(snap.Raw)+1)
	list = slices.AppendSeq(list, maps.Values(snap.Routes))
	list = slices.AppendSeq(list, maps.Values(snap.Raw))
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

// uses returns the uses of all routes, those of one route in their order.
func uses(snap *config.Snapshot) []config.PluginUse {
	var list []config.PluginUse
	for _, route := range slices.Sorted(maps.Keys(snap.Plugins)) {
		list = append(list, snap.Plugins[route]...)
	}
	return list
}

func chains(snap *config.Snapshot, g *registry.Generation, obs chain.Observer) map[string]*chain.Chain {
	out := make(map[string]*chain.Chain, len(snap.Plugins))
	for route, plugins := range snap.Plugins {
		out[route] = chain.Compile(obs, entries(plugins, g))
	}
	return out
}

// ordered tells whether hooks of any chain order deployments, and so want to know
// how these fare.
func ordered(chains map[string]*chain.Chain) bool {
	for _, c := range chains {
		if c.Sometimes(core.PhaseRoute) {
			return true
		}
	}
	return false
}

func entries(uses []config.PluginUse, g *registry.Generation) []chain.Entry {
	out := make([]chain.Entry, len(uses))
	for i := range uses {
		out[i] = g.Entry(&uses[i])
	}
	return out
}

// clock is the system's.
type clock struct{}

func (clock) Now() time.Time { return time.Now() }

// random is the process's random source.
type random struct{}

func (random) Uint64() uint64 { return rand.Uint64() } //nolint:gosec // for picks and jitter, not for secrets
