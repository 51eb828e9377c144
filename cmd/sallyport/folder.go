package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/registry"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/plugins"
)

const moduleSuffix = ".wasm"

// loaded is the plugins of one moment: those that are built in and those from
// the folder.
type loaded struct {
	*registry.Registry
	known []config.KnownPlugin
	set   *folder.Set // nil while there is none
	next  []candidate // newer versions that do not serve every exchange yet
}

// release lets go of the files.
func (l *loaded) release() error {
	if l.set == nil {
		return nil
	}
	return l.set.Release()
}

// bundledOnly is what there is without a folder.
func (h *pluginHost) bundledOnly() *loaded { return &loaded{Registry: h.base, known: h.base.Known()} }

// with returns the plugins with a set from the folder.
func (h *pluginHost) with(dir string, set *folder.Set) (*loaded, error) {
	files := make([]core.Plugin, len(set.Plugins))
	for i := range set.Plugins {
		v := set.Plugins[i].Live
		files[i] = fromFolder{v.Artifact, v}
	}
	r, err := h.base.With(files...)
	if err != nil {
		return nil, err
	}
	l := &loaded{Registry: r, known: r.Known(), set: set}
	for i := range l.known {
		k := &l.known[i]
		p := set.Plugin(k.Manifest.ID)
		if p == nil {
			continue
		}
		k.Key = p.Live.Key()
		if p.Live.Config != nil {
			if err := readOwn(k, configFile(dir, p.File), p.Live.Config); err != nil {
				return nil, err
			}
		}
		if p.Candidate != nil {
			c, err := h.candidate(p, configFile(dir, p.File))
			if err != nil {
				return nil, err
			}
			l.next = append(l.next, c)
		}
	}
	return l, nil
}

// configFile names what the operator may put beside a plugin's file.
func configFile(dir, file string) string {
	return filepath.Join(dir, bareName(file)+".config.yaml")
}

// sidecarName names the manifest that lies beside a plugin's file.
func sidecarName(f *folder.File) string { return bareName(f.Name) + ".yaml" }

// bareName is a file's name without the suffix of its kind.
func bareName(file string) string {
	for _, k := range fileKinds() {
		if bare, ok := strings.CutSuffix(file, k.Suffix); ok {
			return bare
		}
	}
	return file
}

// fromFolder is a version of a plugin whose folder hears how its hooks fare.
type fromFolder struct {
	core.Artifact
	version *folder.Version
}

// Report tells the version how a call of a hook went.
func (p fromFolder) Report(err error) {
	if !blameless(err) {
		p.version.Report(err != nil)
	}
}

// openFolder looks into the plugin folder, which puts the configuration to work
// with what is there, and watches it.
func (g *gateway) openFolder(ctx context.Context) error {
	var err error
	g.folder, err = folder.Open(ctx, folder.Options{
		Dir:      g.first.PluginFolder,
		Loaders:  g.plugins.loaders(),
		OnChange: g.change,
		OnState:  g.fileState,
		OnError:  func(err error) { g.log.Error().Err(err).Msg("the plugin folder") },
		Admit:    g.admit,
		Pins:     g.pins,
		SelfTest: selfTest,
		Rollout:  g.rollout,
		Clock:    g.src.clock,
	})
	if err == nil {
		g.opened.Store(g.folder)
	}
	return err
}

func fileManifest(f *folder.File) (core.Manifest, error) {
	text, err := wasm.ManifestText(f.Data)
	switch {
	case errors.Is(err, wasm.ErrNoManifest) && f.Sidecar != nil:
		return parseManifest(sidecarName(f), f.Sidecar)
	case errors.Is(err, wasm.ErrNoManifest):
		m, ok, foreign := foreignManifest(f)
		if !ok {
			return m, err
		}
		return m, foreign
	case err != nil:
		return core.Manifest{}, err
	}
	return parseManifest(f.Name, text)
}

func (h *pluginHost) load(ctx context.Context, f *folder.File) (core.Artifact, error) {
	p, ok := f.Prepared.(*wasm.Prepared)
	if !ok {
		var err error
		if p, err = h.wasm.Prepare(ctx, f.Data, wasm.ModuleOptions{Manifest: f.Manifest}); err != nil {
			return nil, err
		}
	}
	m, err := p.Load(ctx)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// prepare rewrites and compiles a module that has still to rest.
func (h *pluginHost) prepare(ctx context.Context, f *folder.File) (io.Closer, error) {
	p, err := h.wasm.Prepare(ctx, f.Data, wasm.ModuleOptions{Manifest: f.Manifest})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// change puts a new set of plugins to work with the configuration at work.
func (g *gateway) change(set *folder.Set) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	l, err := g.plugins.with(g.first.PluginFolder, set)
	if err != nil {
		return err
	}
	before := g.loaded
	if _, err := g.install(context.Background(), g.cfg, nil, l); err != nil {
		return err
	}
	for _, id := range l.Covered() {
		if before == nil || !slices.Contains(before.Covered(), id) {
			g.log.Info().Str("plugin", id).Str("file", set.Plugin(id).File).Msg("a file takes the place of the bundled plugin")
		}
	}
	return nil
}

// admit decides whether a file may be loaded: the configuration at work must
// work with it, and one that nobody has configured must not need that.
func (g *gateway) admit(f *folder.File) (pending string, err error) {
	k := config.KnownPlugin{Manifest: f.Manifest, Digest: f.Digest, Key: f.Key(), Dropped: true}
	if f.Config != nil {
		if err := readOwn(&k, configFile(g.first.PluginFolder, f.Name), f.Config); err != nil {
			return "", err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.loaded
	if l == nil {
		l = g.plugins.bundledOnly()
	}
	known := slices.DeleteFunc(slices.Clone(l.known), func(o config.KnownPlugin) bool { return o.Manifest.ID == f.Manifest.ID })
	snap, problems := config.Build(g.cfg, config.Known{Kinds: plugins.Providers(), Models: plugins.Models(), Plugins: append(known, k)}, newSigner)
	if snap == nil {
		return "", failures(problems)
	}
	for _, p := range snap.Pending {
		switch {
		case p.ID != f.Manifest.ID:
		case p.Wrong:
			return "", errors.New(p.Reason)
		default:
			return p.Reason, nil
		}
	}
	return "", nil
}

// pins returns the digests that the configuration allows a plugin.
func (g *gateway) pins(id, _ string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cfg.Pins(id)
}

// fileState logs what becomes of a file.
func (g *gateway) fileState(s folder.State) {
	ev := g.log.Debug()
	switch s.State {
	case folder.Live, folder.Shadow, folder.Canary:
		ev = g.log.Info()
	case folder.Pending:
		ev = g.log.Warn()
	case folder.Rejected:
		ev = g.log.Error()
	case folder.Loading, folder.Ignored:
	}
	ev.Str("file", s.File).Str("plugin", s.ID).Str("state", string(s.State)).Str("digest", s.Digest).
		Uint64("generation", s.Generation).Str("reason", s.Reason).Msg("plugin file")
}
