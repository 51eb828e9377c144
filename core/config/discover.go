package config

import (
	"fmt"
	"net/url"

	"github.com/sallyport-gateway/sallyport/core"
)

// Discover makes a configuration without a file, from what is there:
//
//   - every kind that may be discovered ([core.Descriptor.Discover]) and whose
//     usual variable is set becomes a provider with that key;
//   - every local kind whose usual port answers becomes a provider. probe gets
//     "host:port" and tells whether something listens there; it should give up
//     within some 100 ms. The gateway's own addresses are not probed.
//
// Providers are named like their kinds and keep the order of kinds, those with
// a key before the local ones. The route "*" leads to the first of them, so
// that apps may ask for each of its models by its usual name. There are no
// virtual keys, so the gateway listens on loopback. Relative folders start at
// the working directory.
//
// When nothing is found the configuration has no provider and no route. notes
// say in words what was found, for people.
func Discover(env Env, kinds []core.Descriptor, probe func(addr string) bool) (cfg *Config, notes []string) {
	cfg = Defaults()
	for i := range kinds {
		k := &kinds[i]
		if !k.Discover || k.KeyEnv == "" || k.BaseURL == "" || env.Lookup == nil {
			continue
		}
		if value, set := env.Lookup(k.KeyEnv); !set || value == "" {
			continue
		}
		key, err := reference{"env", k.KeyEnv}.resolve(env.Lookup, nil)
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s is left out: %s", k.Kind, err))
			continue
		}
		p := NewProvider(k.Kind, k.Kind)
		p.Key = key
		cfg.Providers = append(cfg.Providers, p)
		notes = append(notes, fmt.Sprintf("%s: the key in %s", k.Kind, k.KeyEnv))
	}
	taken := map[string]bool{cfg.Listen: true, cfg.Admin.Listen: true}
	for i := range kinds {
		k := &kinds[i]
		addr := localAddr(k)
		if addr == "" || taken[addr] || hasProvider(cfg, k.Kind) {
			continue
		}
		taken[addr] = true
		if probe == nil || !probe(addr) {
			continue
		}
		cfg.Providers = append(cfg.Providers, NewProvider(k.Kind, k.Kind))
		notes = append(notes, fmt.Sprintf("%s: running on %s", k.Kind, addr))
	}
	if len(cfg.Providers) > 0 {
		first := cfg.Providers[0].Name
		cfg.Routes = []Route{NewRoute("*", Deployment{Provider: first})}
		if len(cfg.Providers) > 1 {
			notes = append(notes, fmt.Sprintf("every model name leads to %s; write a configuration file to use the others", first))
		}
	}
	return cfg, notes
}

// localAddr returns the usual host:port of a local kind, or "".
func localAddr(k *core.Descriptor) string {
	if !k.Local || k.BaseURL == "" {
		return ""
	}
	if u, err := url.Parse(k.BaseURL); err != nil || u.User != nil {
		return ""
	}
	base, err := parseBaseURL(k.BaseURL)
	if err != nil || !base.localhost && !base.ip.IsLoopback() {
		return ""
	}
	return base.host
}

func hasProvider(cfg *Config, name string) bool {
	for i := range cfg.Providers {
		if cfg.Providers[i].Name == name {
			return true
		}
	}
	return false
}
