package registry

import (
	"context"
	"fmt"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// ShadowSuffix ends the names of instances that judge copies, in logs and
// metrics.
const ShadowSuffix = "@shadow"

// Candidate is a newer version of a known plugin on its way to serve.
type Candidate struct {
	Plugin core.Plugin
	// Uses are those of the plugin in a configuration that counts with this
	// version: its manifest and its file of settings may say something else.
	Uses []config.PluginUse
	// Share is the share of exchanges that it serves, above 0 and at most 1; 0
	// has it judge copies.
	Share float64
	// Comparison takes what comes of copies.
	Comparison *chain.Comparison
	// Tail, if not nil, knows of the copies that wait to be judged.
	Tail *chain.Tail
}

// use returns the candidate's side of a use: that of the same instance name, or
// the only one there is.
func (c *Candidate) use(u *config.PluginUse) *config.PluginUse {
	i := slices.IndexFunc(c.Uses, func(o config.PluginUse) bool { return o.As == u.As && o.Use == u.Use })
	if i < 0 && len(c.Uses) == 1 && c.Uses[0].Use == u.Use {
		i = 0
	}
	if i < 0 || c.Uses[i].Missing != "" {
		return nil
	}
	return &c.Uses[i]
}

// accompany gives an entry the candidate of its plugin, if there is one.
func (g *Generation) accompany(ctx context.Context, e *chain.Entry, u *config.PluginUse, candidates []Candidate) error {
	for i := range candidates {
		c := &candidates[i]
		m := c.Plugin.Manifest()
		own := c.use(u)
		if m.ID != u.Use || own == nil {
			continue
		}
		as := *own
		as.As = u.As
		if c.Share == 0 {
			as.As += ShadowSuffix
		}
		trial := "canary"
		if c.Share == 0 {
			trial = "shadow"
		}
		next, err := g.start(ctx, c.Plugin, &as, trial)
		if err != nil {
			return fmt.Errorf("its new version: %w", as.Hide(err))
		}
		if c.Share > 0 {
			e.Canary, e.Share = &next, c.Share
			return nil
		}
		if g.shadows == nil {
			g.shadows = chain.StartShadows()
		}
		e.Shadow = &chain.Shadow{
			Stage: next.Stage, Stream: core.StreamGuard{Mode: next.Stream, Most: next.Window, Sees: next.Sees}, Hooks: next.Hooks, Headers: m.Sees.Headers, Report: next.Report, Runner: g.shadows, Comparison: c.Comparison, Tail: c.Tail,
		}
		return nil
	}
	return nil
}
