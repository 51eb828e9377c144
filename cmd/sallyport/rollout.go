package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/adapter"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/registry"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// candidate is a newer version from the folder on its way to serve.
type candidate struct {
	*folder.Candidate
	id, file string
	known    config.KnownPlugin
}

// candidate reads what a plugin's newer version declares. own is the path of the
// operator's file beside it.
func (h *pluginHost) candidate(p *folder.Plugin, own string) (candidate, error) {
	c := candidate{Candidate: p.Candidate, id: p.ID, file: p.File}
	c.known = config.KnownPlugin{Manifest: p.Candidate.Manifest, Digest: p.Candidate.Digest, Key: p.Candidate.Key(), Dropped: true}
	if p.Candidate.Config == nil {
		return c, nil
	}
	return c, readOwn(&c.known, own, p.Candidate.Config)
}

// nextUses returns the uses in a configuration that counts with the newer
// versions in place of those that serve.
func nextUses(cfg *config.Config, l *loaded) ([]config.PluginUse, error) {
	known := slices.Clone(l.known)
	for i := range known {
		for j := range l.next {
			if l.next[j].id == known[i].Manifest.ID {
				known[i] = l.next[j].known
			}
		}
	}
	snap, problems := config.Build(cfg, config.Known{Kinds: plugins.Providers(), Models: plugins.Models(), Plugins: known}, newSigner)
	if snap == nil {
		return nil, fmt.Errorf("with the new version of %s, which does not serve every exchange yet: %w", l.next[0].file, failures(problems))
	}
	return uses(snap), nil
}

// failures makes an error of problems that are more than warnings.
func failures(problems []config.Problem) error {
	var errs []error
	for _, p := range problems {
		if !p.Warning {
			errs = append(errs, errors.New(p.String()))
		}
	}
	return errors.Join(errs...)
}

// candidates returns the newer versions as the registry builds them.
func (g *gateway) candidates(cfg *config.Config, l *loaded) ([]registry.Candidate, error) {
	if len(l.next) == 0 {
		return nil, nil
	}
	all, err := nextUses(cfg, l)
	if err != nil {
		return nil, err
	}
	out := make([]registry.Candidate, len(l.next))
	for i := range l.next {
		c := &l.next[i]
		out[i] = registry.Candidate{Plugin: fromFolder{c.Artifact, c.Version}, Share: c.Share, Tail: g.plugins.tail}
		if c.Mode == folder.Shadow {
			out[i].Share, out[i].Comparison = 0, g.shadows.of(c)
		}
		for j := range all {
			u := &all[j]
			if u.Use == c.id && !slices.ContainsFunc(out[i].Uses, func(o config.PluginUse) bool { return o.As == u.As }) {
				out[i].Uses = append(out[i].Uses, *u)
			}
		}
	}
	return out, nil
}

// rollout returns the stages that the operator wants for a plugin.
func (g *gateway) rollout(id string) folder.Rollout {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out folder.Rollout
	r := g.cfg.StagesOf(id)
	// Nothing calls the shadow of an edge filter, whose work is the exchange itself:
	// that stage is passed over.
	if s := r.Shadow; s != nil && !strings.HasPrefix(id, wasm.EdgeKind+".") {
		out.Shadow = folder.Stage{For: s.For, Calls: s.Calls}
	}
	if c := r.Canary; c != nil {
		out.Canary, out.Share = folder.Stage{For: c.For, Calls: c.Calls}, float64(c.Share)/100
	}
	return out
}

// blameless tells whether a hook failed through no fault of its version: nobody
// was free to run it or a request was too large for it, which a client can bring
// about, or it rests because of failures that have counted already.
func blameless(err error) bool {
	if _, ok := errors.AsType[*core.TooLargeError](err); ok {
		return true
	}
	if e, ok := errors.AsType[*wasm.Error](err); ok {
		return e.Failure == wasm.FailBusy || e.Failure == wasm.FailBreaker
	}
	if e, ok := errors.AsType[*adapter.Error](err); ok {
		return e.Failure == adapter.FailBusy
	}
	return false
}

// shadows keeps what came of the last shadow of each plugin.
type shadows struct {
	mu   sync.Mutex
	byID map[string]*shadowed
}

type shadowed struct {
	generation   uint64
	digest, file string
	comparison   chain.Comparison
}

// of returns where to put what comes of a candidate. That of the one before is
// gone with it.
func (s *shadows) of(c *candidate) *chain.Comparison {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*shadowed{}
	}
	now := s.byID[c.id]
	if now == nil || now.generation != c.Generation {
		now = &shadowed{generation: c.Generation, digest: hex.EncodeToString(c.Digest[:]), file: c.file}
		s.byID[c.id] = now
	}
	return &now.comparison
}

// shadowReport is the answer of GET /admin/v1/plugins/ID/shadow.
type shadowReport struct {
	Plugin     string `json:"plugin"`
	File       string `json:"file"`
	Digest     string `json:"digest"`
	Generation uint64 `json:"generation"`
	chain.Report
}

// shadow returns what came of the last shadow of a plugin, or nil.
func (g *gateway) shadow(id string) any {
	s := &g.shadows
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.byID[id]
	if now == nil {
		return nil
	}
	return shadowReport{Plugin: id, File: now.file, Digest: now.digest, Generation: now.generation, Report: now.comparison.Report()}
}
