package main

import (
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/attempt"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/registry"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// translatorUses returns the uses of the translators that the providers of a
// snapshot have work for: one for each dialect, and where there are several a file
// from the folder beats what is bundled, and the first id the others. They are
// started and closed with the generation that the routes' plugins are built into.
func translatorUses(snap *config.Snapshot, known []config.KnownPlugin) []config.PluginUse {
	type choice struct {
		use     config.PluginUse
		dropped bool
	}
	chosen := map[string]choice{}
	var dialects []string
	for _, u := range snap.Translators {
		i := slices.IndexFunc(known, func(k config.KnownPlugin) bool { return k.Manifest.ID == u.Use })
		if i < 0 || u.Missing != "" || !needed(snap, &known[i].Manifest) {
			continue
		}
		k := &known[i]
		before, there := chosen[k.Manifest.Dialect]
		if there && (before.dropped || !k.Dropped) {
			continue
		}
		if !there {
			dialects = append(dialects, k.Manifest.Dialect)
		}
		chosen[k.Manifest.Dialect] = choice{u, k.Dropped}
	}
	uses := make([]config.PluginUse, len(dialects))
	for i, d := range dialects {
		uses[i] = chosen[d].use
	}
	return uses
}

// needed tells whether a provider serves an operation in the translator's dialect.
func needed(snap *config.Snapshot, m *core.Manifest) bool {
	for _, p := range snap.Providers {
		for _, op := range m.Operations {
			if slices.ContainsFunc(p.Serves[op], func(s core.Service) bool { return s.Dialect == m.Dialect }) {
				return true
			}
		}
	}
	return false
}

// translators returns the translators of a generation, and those that are built
// in, by their dialect. They are
// good until it is closed.
func translators(g *registry.Generation) attempt.Translators {
	out := attempt.Translators{}
	for _, t := range plugins.Translators() {
		out[t.Dialect()] = t
	}
	for _, s := range g.Started() {
		if i, ok := s.Instance.(core.TranslatorInstance); ok {
			t := i.Translator()
			out[t.Dialect()] = t
		}
	}
	return out
}
