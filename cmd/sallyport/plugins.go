package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/registry"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// pluginHost is what the plugins of one process share.
type pluginHost struct {
	wasm     *wasm.Host
	scripts  *scripts
	adapters *adapters
	bundled  []*bundledModule
	base     *registry.Registry // what is built in

	since time.Time   // it was made
	tail  *chain.Tail // what shadows have not judged yet
	log   zerolog.Logger
	snap  atomic.Pointer[config.Snapshot] // whose secrets no log line shows
}

// cacheFolder is where compiled code is kept: beside the ledger, since both are
// the gateway's own data.
func cacheFolder(snap *config.Snapshot) string {
	return filepath.Join(filepath.Dir(filepath.Clean(snap.Ledger.Folder)), "plugin-cache")
}

func newPluginHost(snap *config.Snapshot, metrics *telemetry.Metrics, log zerolog.Logger) (*pluginHost, error) {
	h := &pluginHost{log: log, since: clock{}.Now()}
	h.tail = chain.NewTail(leavings{h})
	h.snap.Store(snap)
	var err error
	h.wasm, err = wasm.NewHost(wasm.Options{Memory: snap.PluginMemory, CacheDir: cacheFolder(snap), Compile: compileElsewhere, Log: h.line, Foreign: foreignABIs()})
	if err != nil {
		return nil, err
	}
	h.scripts = newScripts(h.scriptLine)
	if h.adapters, err = h.newAdapters(); err == nil {
		h.bundled, err = bundledModules(h.wasm)
	}
	if err == nil {
		h.base, err = registry.New(natives(h.bundled)...)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	metrics.Plugins(h.report)
	metrics.Func("plugin_modules_compiled_apart_total", "Plugin modules that a process of their own compiled.", true, func() float64 { return float64(h.wasm.CompiledOutside()) })
	metrics.Func("plugin_memory_bytes", "Memory of all sandboxed plugins together.", false, func() float64 { return float64(h.wasm.Memory()) })
	return h, nil
}

// natives returns all that is built in.
func natives(bundled []*bundledModule) []core.Plugin {
	list := plugins.Natives()
	for _, b := range bundled {
		list = append(list, b)
	}
	return list
}

// close closes what is bundled and the host. Every instance is closed before.
func (h *pluginHost) close() error {
	var errs []error
	for _, b := range h.bundled {
		errs = append(errs, b.close())
	}
	if h.adapters != nil {
		errs = append(errs, h.adapters.close())
	}
	return errors.Join(append(errs, h.wasm.Close())...)
}

// fileKinds are the kinds of files that the plugin folder may hold, with nothing
// to load them.
func fileKinds() []folder.Loader {
	return []folder.Loader{
		{Suffix: moduleSuffix, Manifest: fileManifest},
		{Suffix: scriptSuffix, Manifest: scriptManifest},
		// What is not confined runs only once the operator has pinned it.
		{Suffix: adapterSuffix, Manifest: adapterManifest, NeedsPin: true},
	}
}

func (h *pluginHost) loaders() []folder.Loader {
	kinds := fileKinds()
	kinds[0].Load, kinds[1].Load, kinds[2].Load = h.load, h.scripts.load, h.adapters.load
	kinds[0].Prepare = h.prepare
	return kinds
}

// Forget drops what plugins left with an exchange, what shadows leave later
// included.
func (h *pluginHost) Forget(id core.ID) {
	h.tail.Over(id)
	leavings{h}.Forget(id)
}

// leavings is what plugins have left with exchanges until now.
type leavings struct{ *pluginHost }

// Forget drops it.
func (l leavings) Forget(id core.ID) {
	l.wasm.Forget(id)
	l.adapters.Forget(id)
}

// line passes on a line that a guest logged. How many it may log the host bounds.
func (h *pluginHost) line(l wasm.LogLine) {
	level := [...]zerolog.Level{
		abi.LevelUnspecified: zerolog.InfoLevel, abi.LevelDebug: zerolog.DebugLevel, abi.LevelInfo: zerolog.InfoLevel,
		abi.LevelWarn: zerolog.WarnLevel, abi.LevelError: zerolog.ErrorLevel,
	}[l.Level]
	h.says(level, l.Plugin, l.Instance, l.Text)
}

// says logs a line of a plugin's, without the secrets that it was given.
func (h *pluginHost) says(level zerolog.Level, plugin, instance, text string) {
	h.log.WithLevel(level).Str("plugin", plugin).Str("instance", instance).Str("line", h.snap.Load().Hide(text)).Msg("a plugin says")
}

// report gives the figures of every instance to the metrics, each name once
// whatever loaders made instances of it.
func (h *pluginHost) report(each func(telemetry.PluginStats)) {
	all := map[string]telemetry.PluginStats{}
	add := func(s telemetry.PluginStats) {
		if !strings.HasSuffix(s.Instance, casesSuffix) {
			all[s.Instance] = plus(all[s.Instance], s)
		}
	}
	h.modules(add)
	h.scripts.report(add)
	h.adapters.report(add)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		each(all[name])
	}
}

// plus adds up the figures of one instance name.
func plus(a, b telemetry.PluginStats) telemetry.PluginStats {
	b.Plugin = cmp.Or(b.Plugin, a.Plugin)
	b.Calls, b.Steps, b.HostCalls, b.Replaced = a.Calls+b.Calls, a.Steps+b.Steps, a.HostCalls+b.HostCalls, a.Replaced+b.Replaced
	b.LogCut, b.Seconds, b.Guests = a.LogCut+b.LogCut, a.Seconds+b.Seconds, a.Guests+b.Guests
	b.Verdicts, b.Failures, b.Counters = added(a.Verdicts, b.Verdicts), added(a.Failures, b.Failures), added(a.Counters, b.Counters)
	return b
}

func added[N uint64 | int64](a, b map[string]N) map[string]N {
	out := make(map[string]N, len(a)+len(b))
	for _, m := range []map[string]N{a, b} {
		for name, n := range m {
			out[name] += n
		}
	}
	return out
}

// modules reports those that are modules.
func (h *pluginHost) modules(each func(telemetry.PluginStats)) {
	for _, r := range h.wasm.Reports() {
		s := telemetry.PluginStats{
			Instance: r.Instance, Plugin: r.Plugin, Calls: r.Stats.Calls, Seconds: r.Stats.Time.Seconds(), Steps: r.Stats.Steps,
			HostCalls: r.Stats.HostCalls, Guests: r.Stats.Guests, Replaced: r.Stats.Replaced, LogCut: r.Stats.LogCut,
			Verdicts: map[string]uint64{}, Failures: map[string]uint64{}, Counters: r.Counters,
		}
		for v, n := range r.Stats.Verdicts {
			s.Verdicts[core.Verdict(v).String()] = n
		}
		for f, n := range r.Stats.Failures {
			if wasm.Failure(f) != wasm.FailNone {
				s.Failures[wasm.Failure(f).String()] = n
			}
		}
		each(s)
	}
}

// bundledModule is a plugin that is built in as a module. It is compiled when
// the first instance of it is made, and kept.
type bundledModule struct {
	host     *wasm.Host
	code     []byte
	digest   [32]byte
	manifest core.Manifest

	mu     sync.Mutex
	module *wasm.Module
}

// bundledModules reads the manifests of what is bundled. It compiles nothing.
func bundledModules(host *wasm.Host) ([]*bundledModule, error) {
	var out []*bundledModule
	for _, m := range plugins.Modules() {
		text, err := manifestText(m.Wasm, m.Manifest)
		if err != nil {
			return nil, fmt.Errorf("bundled plugin %s: %w", m.Name, err)
		}
		manifest, problems := config.ParseBundledManifest(m.Name, text)
		if config.Failed(problems) {
			return nil, fmt.Errorf("bundled plugin %s: its manifest: %s", m.Name, problems[0])
		}
		out = append(out, &bundledModule{host: host, code: m.Wasm, digest: sha256.Sum256(m.Wasm), manifest: manifest})
	}
	return out, nil
}

// manifestText returns the manifest of a module: its own, else the sidecar.
func manifestText(code, sidecar []byte) ([]byte, error) {
	text, err := wasm.ManifestText(code)
	if errors.Is(err, wasm.ErrNoManifest) && sidecar != nil {
		return sidecar, nil
	}
	return text, err
}

func (b *bundledModule) Manifest() core.Manifest { return b.manifest }

func (b *bundledModule) Digest() [32]byte { return b.digest }

func (b *bundledModule) New(c core.InstanceConfig) (core.Instance, error) {
	if b.manifest.Translates() {
		return &lazyTranslator{module: b, config: c}, nil
	}
	return b.instance(c)
}

// instance compiles the module when it is the first.
func (b *bundledModule) instance(c core.InstanceConfig) (core.Instance, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.module == nil {
		m, err := b.host.Load(context.Background(), b.code, wasm.ModuleOptions{Manifest: b.manifest})
		if err != nil {
			return nil, err
		}
		b.module = m
	}
	return b.module.New(c)
}

func (b *bundledModule) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.module == nil {
		return nil
	}
	return b.module.Close()
}
