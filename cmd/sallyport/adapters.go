package main

import (
	"context"
	"errors"
	"sync"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/adapter"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

const (
	adapterSuffix = ".adapter"
	// guardCommand is how the gateway runs itself as the guard of an adapter.
	guardCommand = "adapter-guard"
)

// adapters loads programs. Its host, which has a folder of its own, is made when
// the first one is loaded.
type adapters struct {
	options adapter.Options

	mu   sync.Mutex
	host *adapter.Host // nil before
}

func (h *pluginHost) newAdapters() (*adapters, error) {
	guard, err := adapter.Self(guardCommand)
	if err != nil {
		return nil, err
	}
	return &adapters{options: adapter.Options{
		Guard: guard, Log: h.adapterLine, OnState: h.adapterState, Clock: clock{},
	}}, nil
}

// adapterManifest reads the manifest beside an adapter, which is the only place
// for it.
func adapterManifest(f *folder.File) (core.Manifest, error) {
	if f.Sidecar == nil {
		return core.Manifest{}, errors.New("it has no manifest: put it beside the adapter, in a file of its name that ends in .yaml")
	}
	return parseManifest(sidecarName(f), f.Sidecar)
}

func (a *adapters) load(ctx context.Context, f *folder.File) (core.Artifact, error) {
	h, err := a.open()
	if err != nil {
		return nil, err
	}
	made, err := h.Load(ctx, f.Name, f.Data, f.Manifest)
	if err != nil {
		return nil, err
	}
	return made, nil
}

func (a *adapters) open() (*adapter.Host, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.host == nil {
		h, err := adapter.NewHost(a.options)
		if err != nil {
			return nil, err
		}
		a.host = h
	}
	return a.host, nil
}

// opened returns the host, or nil where there is none yet.
func (a *adapters) opened() *adapter.Host {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.host
}

func (a *adapters) close() error {
	if h := a.opened(); h != nil {
		return h.Close()
	}
	return nil
}

// Forget drops what hooks left with an exchange.
func (a *adapters) Forget(id core.ID) {
	if h := a.opened(); h != nil {
		h.Forget(id)
	}
}

// report calls each with the figures of every instance.
func (a *adapters) report(each func(telemetry.PluginStats)) {
	h := a.opened()
	if h == nil {
		return
	}
	for _, r := range h.Reports() {
		s := telemetry.PluginStats{
			Instance: r.Instance, Plugin: r.Plugin, Calls: r.Stats.Calls, Seconds: r.Stats.Time.Seconds(), LogCut: r.Stats.LogCut,
			Guests: r.Stats.Running, Replaced: r.Stats.Crashes, Verdicts: map[string]uint64{}, Failures: map[string]uint64{},
		}
		for v, n := range r.Stats.Verdicts {
			s.Verdicts[core.Verdict(v).String()] = n
		}
		for f, n := range r.Stats.Failures {
			if adapter.Failure(f) != adapter.FailNone {
				s.Failures[adapter.Failure(f).String()] = n
			}
		}
		each(s)
	}
}

func (h *pluginHost) adapterLine(l adapter.LogLine) {
	h.says(zerolog.InfoLevel, l.Plugin, l.Instance, l.Text)
}

// adapterState logs what becomes of the process of an adapter.
func (h *pluginHost) adapterState(c adapter.Change) {
	ev := h.log.Info()
	if c.Reason != "" {
		ev = h.log.Error()
	}
	ev.Str("plugin", c.Plugin).Str("instance", c.Instance).Stringer("state", c.State).
		Str("reason", h.snap.Load().Hide(c.Reason)).Dur("rest", c.Rest).Msg("an adapter's process")
}
