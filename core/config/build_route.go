package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

func (b *builder) routes() {
	b.routeByName = map[string]*core.Route{}
	if len(b.cfg.Routes) == 0 {
		b.report("routes", "there must be at least one route")
	}
	places := map[string]string{}
	for i := range b.cfg.Routes {
		r, at := &b.cfg.Routes[i], indexed("routes", i)
		if _, twice := b.routeByName[r.Name]; twice && r.Name != "" {
			b.report(join(at, "name"), "the name %s is taken by another route; list all its deployments there", quote(r.Name))
			continue
		}
		out := &core.Route{Name: r.Name, Retries: r.Retries, Strict: r.Loss == "strict", Refuse: r.Blocked == "refusal", Total: r.Total}
		b.routeByName[r.Name] = out
		b.deployments(out, r, at, places)
		switch {
		case r.Name == "":
		case r.Name == "*":
			b.snap.Any = out
		case strings.Contains(r.Name, "*"):
			b.report(join(at, "name"), "%s holds a *; only the whole name * is a rule, and it matches what no other route matches", quote(r.Name))
		default:
			b.snap.Routes[r.Name] = out
			b.snap.Models = append(b.snap.Models, core.ModelInfo{Name: r.Name, Owner: owner(r)})
		}
	}
	slices.SortFunc(b.snap.Models, func(x, y core.ModelInfo) int { return strings.Compare(x.Name, y.Name) })
	b.fallbacks()
	b.raw(places)
	for i := range b.cfg.Providers {
		if p := &b.cfg.Providers[i]; p.Name != "" && !b.used[p.Name] && len(b.cfg.Routes) > 0 {
			b.warn(join(indexed("providers", i), "name"), "no route uses the provider %s", quote(p.Name))
		}
	}
}

func owner(r *Route) string {
	if len(r.Deployments) == 0 {
		return ""
	}
	return r.Deployments[0].Provider
}

// deployments fills out. places maps the names of all deployments so far to
// where they stand.
func (b *builder) deployments(out *core.Route, r *Route, at string, places map[string]string) {
	weights := 0
	for i := range r.Deployments {
		d, at := &r.Deployments[i], indexed(join(at, "deployments"), i)
		weights += d.Weight
		provider, ok := b.providerByName[d.Provider]
		if !ok || d.Provider == "" {
			b.report(join(at, "provider"), "unknown provider %s%s", quote(d.Provider), didYouMean(d.Provider, b.providerNames()))
			continue
		}
		b.used[d.Provider] = true
		if reason := checkModel(d.Model); reason != "" {
			b.report(join(at, "model"), "%s", reason)
		}
		name := deploymentName(r.Name, d)
		if first, twice := places[name]; twice {
			b.report(at, "is called %s like %s; give one of them a name of its own with name", quote(name), first)
			continue
		}
		places[name] = at
		dep := &core.Deployment{Name: name, Provider: provider, Model: d.Model, Weight: d.Weight}
		if d.Model != "" {
			dep.ModelJSON = jsonString(d.Model)
		}
		out.Deployments = append(out.Deployments, dep)
	}
	if weights == 0 && len(r.Deployments) > 0 {
		b.report(join(at, "deployments"), "every weight is 0; give at least one deployment a weight above 0")
	}
}

func (b *builder) providerNames() []string {
	names := slices.Sorted(maps.Keys(b.providerByName))
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}

func checkModel(model string) string {
	if len(model) > 512 {
		return "has more than 512 bytes"
	}
	if !utf8.ValidString(model) || strings.ContainsFunc(model, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "holds a control character"
	}
	return ""
}

// jsonString returns s as a JSON string, with no more escapes than needed.
func jsonString(s string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return nil // a string always encodes
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// fallbacks links the routes and refuses circles.
func (b *builder) fallbacks() {
	index := make(map[string]int, len(b.cfg.Routes))
	for i := range b.cfg.Routes {
		if _, twice := index[b.cfg.Routes[i].Name]; !twice {
			index[b.cfg.Routes[i].Name] = i
		}
	}
	for i := range b.cfg.Routes {
		r := &b.cfg.Routes[i]
		if index[r.Name] != i {
			continue
		}
		out := b.routeByName[r.Name]
		for j, name := range r.Fallbacks {
			at := indexed(indexed("routes", i)+".fallbacks", j)
			switch next, ok := b.routeByName[name]; {
			case !ok || name == "":
				b.report(at, "unknown route %s%s", quote(name), didYouMean(name, b.routeNames()))
			case slices.Contains(out.Fallbacks, next):
				b.report(at, "the route %s is listed twice", quote(name))
			default:
				out.Fallbacks = append(out.Fallbacks, next)
			}
		}
	}
	c := circles{b: b, index: index, state: make([]uint8, len(b.cfg.Routes))}
	for i := range b.cfg.Routes {
		c.walk(i)
	}
}

// circles finds fallbacks that lead back to where they started, by depth-first
// search with a stack of its own: a chain of routes may be long.
type circles struct {
	b     *builder
	index map[string]int
	state []uint8 // 0 not seen, 1 on the way, 2 done
}

func (c *circles) walk(start int) {
	if c.state[start] != 0 {
		return
	}
	type step struct{ route, next int }
	way := []step{{route: start}}
	c.state[start] = 1
	for len(way) > 0 {
		top := &way[len(way)-1]
		fallbacks := c.b.cfg.Routes[top.route].Fallbacks
		if top.next == len(fallbacks) {
			c.state[top.route] = 2
			way = way[:len(way)-1]
			continue
		}
		at := indexed(indexed("routes", top.route)+".fallbacks", top.next)
		to, ok := c.index[fallbacks[top.next]]
		top.next++
		switch {
		case !ok || c.state[to] == 2:
		case c.state[to] == 0:
			c.state[to] = 1
			way = append(way, step{route: to})
		default:
			var names []string
			inside := false
			for _, s := range way {
				if inside = inside || s.route == to; inside {
					names = append(names, c.b.cfg.Routes[s.route].Name)
				}
			}
			names = append(names, c.b.cfg.Routes[to].Name)
			c.b.report(at, "leads in a circle: %s", quote(strings.Join(names, " → ")))
		}
	}
}
