// Package registry holds the known plugins as a value and builds, starts and
// closes generations of their instances. There is no global registry: whoever
// builds a gateway passes its own list, and tests pass theirs.
package registry

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// Registry is the set of known plugins. It is immutable and safe for concurrent
// use.
type Registry struct {
	bundled map[string]core.Plugin
	dropped map[string]core.Plugin
}

// New makes a registry of the plugins that are built in. Two plugins of one id
// are an error that names it.
func New(bundled ...core.Plugin) (*Registry, error) {
	m, err := byID(bundled)
	return &Registry{bundled: m}, err
}

// With returns a registry with the same bundled plugins and these from files,
// in place of all that r had. A file beats the bundled plugin of its id. Whoever
// makes the registry keeps the files open until it and every generation built of
// it are gone.
func (r *Registry) With(files ...core.Plugin) (*Registry, error) {
	m, err := byID(files)
	return &Registry{bundled: r.bundled, dropped: m}, err
}

func byID(plugins []core.Plugin) (map[string]core.Plugin, error) {
	m := make(map[string]core.Plugin, len(plugins))
	for _, p := range plugins {
		id := p.Manifest().ID
		if id == "" {
			return nil, errors.New("registry: a plugin has no manifest id")
		}
		if _, dup := m[id]; dup {
			return nil, fmt.Errorf("registry: two plugins have the manifest id %q", id)
		}
		m[id] = p
	}
	return m, nil
}

// plugin returns the plugin of an id, or nil.
func (r *Registry) plugin(id string) core.Plugin {
	if p := r.dropped[id]; p != nil {
		return p
	}
	return r.bundled[id]
}

// IDs returns the manifest ids of the known plugins, sorted.
func (r *Registry) IDs() []string {
	ids := slices.AppendSeq(slices.Collect(maps.Keys(r.bundled)), maps.Keys(r.dropped))
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Covered returns the ids of the bundled plugins which a file takes the place
// of, sorted.
func (r *Registry) Covered() []string {
	var ids []string
	for id := range r.dropped {
		if r.bundled[id] != nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// Known returns the plugins as a configuration is checked against them, sorted
// by id.
func (r *Registry) Known() []config.KnownPlugin {
	out := []config.KnownPlugin{}
	for _, id := range r.IDs() {
		p := r.plugin(id)
		out = append(out, config.KnownPlugin{Manifest: p.Manifest(), Digest: digestOf(p), Dropped: r.dropped[id] != nil})
	}
	return out
}

func digestOf(p core.Plugin) [32]byte {
	if a, ok := p.(interface{ Digest() [32]byte }); ok {
		return a.Digest()
	}
	return [32]byte{}
}

// Reporter is a plugin that is told how each call of a hook of its instances
// went: nil for well, else why it failed.
type Reporter interface{ Report(err error) }

// Generation is a started set of instances. Close it once nothing uses it.
type Generation struct {
	entries map[string]chain.Entry
	started []Started
	shadows *chain.Shadows // nil while there are none
}

// Started is one instance of a generation.
type Started struct {
	Name     string // of the instance
	Plugin   string // manifest id
	Instance core.Instance
}

// Build makes and starts an instance for each distinct use, and one of each
// candidate of its plugin. On any error it closes what it had started and returns
// every error at once: a generation is whole or is not. A plugin that is not
// known is no error here: its entry is marked missing and the chain answers for
// it (DESIGN law 11). Errors show no secret of the settings.
func (r *Registry) Build(ctx context.Context, uses []config.PluginUse, candidates ...Candidate) (*Generation, error) {
	g := &Generation{entries: map[string]chain.Entry{}}
	var errs []error
	for i := range uses {
		u := &uses[i]
		if _, done := g.entries[u.As]; done {
			continue
		}
		entry, err := g.start(ctx, r.plugin(u.Use), u, "")
		if err == nil && !entry.Missing {
			err = g.accompany(ctx, &entry, u, candidates)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("registry: instance %q of %s: %w", u.As, u.Use, u.Hide(err)))
			continue
		}
		g.entries[u.As] = entry
	}
	if len(errs) > 0 {
		return nil, errors.Join(append(errs, g.Close())...)
	}
	return g, nil
}

// start makes and starts the instance of a use. trial is as in
// [core.InstanceConfig].
func (g *Generation) start(ctx context.Context, p core.Plugin, u *config.PluginUse, trial string) (chain.Entry, error) {
	e := chain.Entry{Instance: u.As, Plugin: u.Use, Missing: p == nil || u.Missing != ""}
	if e.Missing {
		return e, nil
	}
	m := p.Manifest()
	c := u.Instance()
	c.Trial = trial
	inst, err := p.New(c)
	if err != nil {
		return e, err
	}
	g.started = append(g.started, Started{Name: u.As, Plugin: u.Use, Instance: inst}) // closed also when Start fails
	if err := inst.Start(ctx); err != nil {
		return e, err
	}
	if r, ok := p.(Reporter); ok {
		e.Report = r.Report
	}
	e.Stage, e.Stream, e.Window, e.Sees = m.Stage, m.Stream, m.Window, &m.Sees
	artifact := m.Version
	if d := digestOf(p); d != [32]byte{} {
		artifact = hex.EncodeToString(d[:])
	}
	e.Identity = artifact + "\x00" + u.Identity()
	if f, ok := inst.(core.EdgeFilter); ok && u.Runs(core.PhaseReceive) {
		e.Edge = f
	}
	for _, phase := range m.Phases {
		if u.Runs(phase) {
			e.Hooks[phase] = inst.Hook(phase)
		}
	}
	return e, nil
}

// Entry returns the chain entry of a use that was given to Build. Several uses
// share an instance, but each says for itself whether it is optional and what
// becomes of an exchange when the instance fails.
func (g *Generation) Entry(u *config.PluginUse) chain.Entry {
	e := g.entries[u.As]
	e.Optional, e.FailOpen, e.Parallel = u.Optional, u.FailOpen, u.Parallel
	return e
}

// Started returns the instances in the order in which they were started.
func (g *Generation) Started() []Started { return slices.Clone(g.started) }

// Close closes every instance, the last one started first. No hook of a
// generation may be called any more, except by its shadows, which end here.
func (g *Generation) Close() error {
	if g.shadows != nil {
		g.shadows.Close()
	}
	var errs []error
	for _, s := range slices.Backward(g.started) {
		errs = append(errs, s.Instance.Close())
	}
	g.started = nil
	return errors.Join(errs...)
}
