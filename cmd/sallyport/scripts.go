package main

import (
	"context"
	"errors"
	"sync"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/script"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

const scriptSuffix = ".js"

// scripts loads JavaScript files and keeps count of what their instances did.
type scripts struct {
	host *script.Host

	mu   sync.Mutex
	live map[*script.Instance]string      // instance name
	past map[string]telemetry.PluginStats // of instances that are closed, by name
}

func newScripts(log func(script.LogLine)) *scripts {
	return &scripts{
		host: script.NewHost(script.Options{Log: log}), live: map[*script.Instance]string{}, past: map[string]telemetry.PluginStats{},
	}
}

// scriptManifest reads the manifest of a script: its first comment, else the file
// beside it.
func scriptManifest(f *folder.File) (core.Manifest, error) {
	if text, ok := script.ManifestText(f.Data); ok {
		return parseManifest(f.Name, text)
	}
	if f.Sidecar == nil {
		return core.Manifest{}, errors.New("it has no manifest: begin it with a comment whose first line is \"/* sallyport\", or put the manifest beside it")
	}
	return parseManifest(sidecarName(f), f.Sidecar)
}

func (s *scripts) load(ctx context.Context, f *folder.File) (core.Artifact, error) {
	made, err := s.host.Load(ctx, f.Name, f.Data, f.Manifest)
	if err != nil {
		return nil, err
	}
	return countedScript{made, s}, nil
}

// countedScript is a script whose instances are counted.
type countedScript struct {
	*script.Script
	scripts *scripts
}

// New makes an instance that is counted until it is closed, and what it did also
// after.
func (c countedScript) New(cfg core.InstanceConfig) (core.Instance, error) {
	made, err := c.Script.New(cfg)
	if err != nil {
		return nil, err
	}
	i, ok := made.(*script.Instance)
	if !ok {
		return nil, errors.New("script: an instance of another kind")
	}
	c.scripts.mu.Lock()
	defer c.scripts.mu.Unlock()
	c.scripts.live[i] = cfg.Name
	return &countedInstance{Instance: i, scripts: c.scripts, plugin: c.Manifest().ID}, nil
}

type countedInstance struct {
	*script.Instance
	scripts *scripts
	plugin  string
}

func (i *countedInstance) Close() error {
	s := i.scripts
	s.mu.Lock()
	if name, open := s.live[i.Instance]; open {
		delete(s.live, i.Instance)
		s.past[name] = plus(s.past[name], scriptStats(name, i.plugin, i.Stats()))
	}
	s.mu.Unlock()
	return i.Instance.Close()
}

func scriptStats(name, plugin string, s script.Stats) telemetry.PluginStats {
	out := telemetry.PluginStats{
		Instance: name, Plugin: plugin, Calls: s.Calls, Seconds: s.Time.Seconds(), Failures: map[string]uint64{},
	}
	for f, n := range s.Failures {
		out.Failures[script.Failure(f).String()] = n
	}
	return out
}

// report calls each with the figures of every instance, open or closed.
func (s *scripts) report(each func(telemetry.PluginStats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.past {
		each(p)
	}
	for i, name := range s.live {
		each(scriptStats(name, "", i.Stats()))
	}
}

// parseManifest reads a manifest in YAML. file is what errors name.
func parseManifest(file string, text []byte) (core.Manifest, error) {
	m, problems := config.ParseManifest(file, text)
	if config.Failed(problems) {
		return m, errors.New("its manifest: " + problems[0].String())
	}
	return m, nil
}

// scriptLine passes on what a script wrote to its console.
func (h *pluginHost) scriptLine(l script.LogLine) {
	level := map[string]zerolog.Level{"debug": zerolog.DebugLevel, "warn": zerolog.WarnLevel, "error": zerolog.ErrorLevel}
	at, ok := level[l.Level]
	if !ok {
		at = zerolog.InfoLevel
	}
	h.says(at, l.Plugin, l.Instance, l.Text)
}
