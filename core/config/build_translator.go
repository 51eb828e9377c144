package config

import (
	"iter"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// translators moves the translators among uses, those of plugins from the folder,
// into the snapshot, and adds the bundled ones. It returns the rest.
func (b *builder) translators(uses []PluginUse) []PluginUse {
	is := func(id string) bool {
		k := b.plugin(id)
		return k != nil && k.Manifest.Translates()
	}
	rest := make([]PluginUse, 0, len(uses))
	for _, u := range uses {
		if is(u.Use) {
			b.snap.Translators = append(b.snap.Translators, u)
		} else {
			rest = append(rest, u)
		}
	}
	for i := range b.known.Plugins {
		k := &b.known.Plugins[i]
		if k.Dropped || !k.Manifest.Translates() {
			continue
		}
		settings := map[string]any{}
		if s, err := compileSchema(k.Manifest.Config); err == nil {
			settings, _ = s.settings(nil) // bundled ones work with their defaults
		}
		b.snap.Translators = append(b.snap.Translators, PluginUse{
			Use: k.Manifest.ID, As: k.Manifest.ID, Config: settings, Isolation: core.IsolateShared,
		})
	}
	slices.SortFunc(b.snap.Translators, func(x, y PluginUse) int { return strings.Compare(x.Use, y.Use) })
	return rest
}

// usesByList yields every list of uses of the snapshot.
func (b *builder) usesByList() iter.Seq2[string, []PluginUse] {
	return func(yield func(string, []PluginUse) bool) {
		for name, uses := range b.snap.Plugins {
			if !yield(name, uses) {
				return
			}
		}
		yield("", b.snap.Translators)
	}
}
