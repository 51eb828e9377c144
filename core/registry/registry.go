// Package registry holds the known plugins as a value and builds, starts and
// closes generations of their instances. There is no global registry: whoever
// builds a gateway passes its own list, and tests pass theirs.
package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
)

// Registry is the set of known plugins. It is immutable after New and safe for
// concurrent use.
type Registry struct {
	byID map[string]core.Plugin
	ids  []string
}

// New makes a registry of the given plugins. Two plugins of one id are an error
// that names it.
func New(plugins ...core.Plugin) (*Registry, error) {
	r := &Registry{byID: make(map[string]core.Plugin, len(plugins))}
	for _, p := range plugins {
		id := p.Manifest().ID
		if id == "" {
			return nil, errors.New("registry: a plugin has no manifest id")
		}
		if _, dup := r.byID[id]; dup {
			return nil, fmt.Errorf("registry: two plugins have the manifest id %q", id)
		}
		r.byID[id] = p
		r.ids = append(r.ids, id)
	}
	slices.Sort(r.ids)
	return r, nil
}

// IDs returns the manifest ids of the known plugins, sorted.
func (r *Registry) IDs() []string { return slices.Clone(r.ids) }

// Use is one configured use of a plugin.
type Use struct {
	Plugin   string // manifest id
	As       string // instance name; "" means the manifest id
	Config   map[string]any
	Optional bool
	FailOpen bool
	Identity string // canonical config, for the chain hash
}

// Name returns the instance's name.
func (u *Use) Name() string {
	if u.As != "" {
		return u.As
	}
	return u.Plugin
}

// Generation is a started set of instances. Close it once nothing uses it.
type Generation struct {
	entries   map[string]chain.Entry
	instances []core.Instance
}

// Build makes and starts an instance for each distinct use. On any error it
// closes what it had started and returns every error at once: a generation is
// whole or is not. A plugin that is not known is no error here: its entry is
// marked missing and the chain answers for it (DESIGN law 11).
func (r *Registry) Build(ctx context.Context, uses []Use) (*Generation, error) {
	g := &Generation{entries: map[string]chain.Entry{}}
	var errs []error
	for i := range uses {
		u := &uses[i]
		if _, done := g.entries[u.Name()]; done {
			continue
		}
		entry, err := g.start(ctx, r.byID[u.Plugin], u)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		g.entries[u.Name()] = entry
	}
	if len(errs) > 0 {
		return nil, errors.Join(append(errs, g.Close())...)
	}
	return g, nil
}

func (g *Generation) start(ctx context.Context, p core.Plugin, u *Use) (chain.Entry, error) {
	e := chain.Entry{
		Instance: u.Name(), Plugin: u.Plugin, Optional: u.Optional, FailOpen: u.FailOpen, Missing: p == nil,
	}
	if p == nil {
		return e, nil
	}
	m := p.Manifest()
	inst, err := p.New(u.Name(), u.Config)
	if err != nil {
		return e, fmt.Errorf("registry: instance %q of %s: %w", u.Name(), u.Plugin, err)
	}
	g.instances = append(g.instances, inst) // closed also when Start fails
	if err := inst.Start(ctx); err != nil {
		return e, fmt.Errorf("registry: starting instance %q of %s: %w", u.Name(), u.Plugin, err)
	}
	e.Stage = m.Stage
	e.Identity = m.Version + "\x00" + u.Identity
	for _, phase := range m.Phases {
		e.Hooks[phase] = inst.Hook(phase)
	}
	return e, nil
}

// Entry returns the chain entry of a use that was given to Build. Several uses
// share an instance, but each says for itself whether it is optional and what
// becomes of an exchange when the instance fails.
func (g *Generation) Entry(u *Use) chain.Entry {
	e := g.entries[u.Name()]
	e.Optional, e.FailOpen = u.Optional, u.FailOpen
	return e
}

// Close closes every instance, the last one started first.
func (g *Generation) Close() error {
	var errs []error
	for _, inst := range slices.Backward(g.instances) {
		errs = append(errs, inst.Close())
	}
	g.instances = nil
	return errors.Join(errs...)
}
