package main

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// TestTranslatorUses: one translator for each dialect that a provider speaks, and a
// file from the folder before what is bundled.
func TestTranslatorUses(t *testing.T) {
	var known []config.KnownPlugin
	snap := &config.Snapshot{}
	add := func(id, dialect string, op core.Operation, dropped bool) {
		known = append(known, config.KnownPlugin{Dropped: dropped, Manifest: core.Manifest{ID: id, Dialect: dialect, Operations: []core.Operation{op}}})
		snap.Translators = append(snap.Translators, config.PluginUse{Use: id, As: id})
	}
	add("provider.a", "one", core.OpChat, false)
	add("provider.b", "one", core.OpChat, true)
	add("provider.c", "one", core.OpChat, false)
	add("provider.d", "two", core.OpChat, false)
	add("provider.e", "two", core.OpChat, false)
	add("provider.f", "three", core.OpChat, false)
	add("provider.g", "four", core.OpEmbeddings, false)
	snap.Translators = append(snap.Translators, config.PluginUse{Use: "provider.gone", As: "provider.gone"})
	p := &core.Provider{}
	for _, dialect := range []string{"one", "two", "four"} {
		p.Serves[core.OpChat] = append(p.Serves[core.OpChat], core.Service{Dialect: dialect})
	}
	snap.Providers = []*core.Provider{p}
	got := translatorUses(snap, known)
	if len(got) != 2 || got[0].Use != "provider.b" || got[1].Use != "provider.d" {
		t.Errorf("%+v", got)
	}
	if snap.Providers = nil; len(translatorUses(snap, known)) != 0 {
		t.Error("translators without work")
	}
}
