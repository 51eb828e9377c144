package config

import (
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// rawDialect is what the dialect of raw calls is called, see core/dialect/raw.
const rawDialect = "raw"

// rawRoute returns the name of the route that leads to a provider's own API, by
// which keys get the right to it.
func rawRoute(provider string) string { return "p/" + provider }

// raw makes a route for each provider whose own API may be called. It runs after
// the other routes, whose fallbacks cannot lead there. places are the names of
// their deployments.
func (b *builder) raw(places map[string]string) {
	for i := range b.cfg.Providers {
		p, at := &b.cfg.Providers[i], join(indexed("providers", i), "raw")
		b.root(p, join(indexed("providers", i), "root"))
		name, out := rawRoute(p.Name), b.providerByName[p.Name]
		if !p.Raw || p.Name == "" || b.snap.Raw[name] != nil { // then the name is taken, which was reported
			continue
		}
		switch {
		case !isSegment(p.Name):
			b.report(at, "the provider's name is a part of the path /p/%s/…; call it something made of letters, digits and . _ - ~", p.Name)
		case b.routeByName[name] != nil:
			b.report(at, "the route of that API is called %s, but another route is; rename one of them", quote(name))
		case places[name] != "":
			b.report(at, "the deployment of that API is called %s, but another one is; give that one another name", quote(name))
		}
		b.used[p.Name] = true
		out.Serves[core.OpRaw] = []core.Service{{Dialect: rawDialect}}
		r := &core.Route{
			Name: name, Total: NewRoute(name).Total,
			Deployments: []*core.Deployment{{Name: name, Provider: out, Weight: 1}},
		}
		if b.snap.Raw == nil {
			b.snap.Raw = map[string]*core.Route{}
		}
		b.snap.Raw[name], b.routeByName[name] = r, r
	}
}

// root notes the provider that gets what has no other place.
func (b *builder) root(p *Provider, at string) {
	switch {
	case !p.Root:
	case !p.Raw:
		b.report(at, "what has no other place is passed on as a raw call; add raw: true")
	case b.snap.Root != "" && b.snap.Root != rawRoute(p.Name):
		b.report(at, "the provider %s has it already; there can be one only", quote(strings.TrimPrefix(b.snap.Root, rawRoute(""))))
	default:
		b.snap.Root = rawRoute(p.Name)
	}
}

// isSegment tells whether s stands in a path as it is, as one segment of it: it is
// made of unreserved characters, RFC 3986 §2.3, and is not "." or "..".
func isSegment(s string) bool {
	for i := range len(s) {
		c := s[i]
		if ('a' > c|0x20 || c|0x20 > 'z') && ('0' > c || c > '9') && !strings.ContainsRune("-._~", rune(c)) {
			return false
		}
	}
	return s != "" && s != "." && s != ".."
}

// rawPlugins gives raw calls the plugins of every route, and tells of those that
// they go round. lists are the routes' own.
func (b *builder) rawPlugins(mandatory []PluginUse, lists [][]PluginUse, dropped []PluginUse) {
	all := slices.Concat(mandatory, dropped)
	for name := range b.snap.Raw {
		if len(all) > 0 {
			b.snap.Plugins[name] = all
		}
	}
	for i := range b.cfg.Providers {
		p := &b.cfg.Providers[i]
		if !p.Raw {
			continue
		}
		for j := range b.cfg.Routes {
			r := &b.cfg.Routes[j]
			leads := slices.ContainsFunc(r.Deployments, func(d Deployment) bool { return d.Provider == p.Name })
			own := slices.ContainsFunc(lists[j], func(u PluginUse) bool {
				return !slices.ContainsFunc(all, func(o PluginUse) bool { return o.As == u.As })
			})
			if leads && own {
				b.warn(join(indexed("providers", i), "raw"),
					"the plugins of the route %s do not see raw calls to the same provider; name the routes of a key that should not make any, in place of *", quote(r.Name))
			}
		}
	}
}
