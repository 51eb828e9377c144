package config

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// KnownPlugin is a plugin that is there to be used.
type KnownPlugin struct {
	Manifest core.Manifest
	// Digest is the SHA-256 of its file, zero for a native plugin.
	Digest [32]byte
	// Key is the pin, a minisign public key, that its signature was found good by;
	// "" for none.
	Key string
	// Dropped is true for a plugin from the folder. One that nobody has
	// configured joins every route.
	Dropped bool
	// Own is how the operator configured it beside its file, see
	// [ParsePluginFile], or nil. Any list that names the plugin outranks it.
	Own *PluginFile
}

// PluginFile is the operator's side of a plugin, from a file of its own.
type PluginFile struct {
	plugin Plugin
	source *source
}

// ParsePluginFile reads the file NAME.config.yaml beside the plugin of that id:
// the fields of an entry of plugins.mandatory, use left out. It returns what is
// wrong like [Parse]; where [Failed] says so the PluginFile is nil. What only the
// manifest can tell is found by [Build]. text is copied.
func ParsePluginFile(file, id string, text []byte, env Env) (*PluginFile, []Problem) {
	d, root, problems := newDocument(file, text, env)
	if root == nil {
		return nil, problems
	}
	if !slices.ContainsFunc(root.pairs, func(p pair) bool { return p.key == "use" }) {
		root.pairs = append(root.pairs, pair{key: "use", value: &node{shape: shapeScalar, text: id, value: id}})
	}
	out := &PluginFile{source: d.source}
	d.defaults(&out.plugin)
	d.structure(reflect.ValueOf(&out.plugin).Elem(), root, "")
	if out.plugin.Use != id && !d.bad["use"] {
		d.report("use", "the file beside it has the id %s; leave use out", quote(id))
	}
	if problems = d.sorted(); Failed(problems) {
		return nil, problems
	}
	return out, problems
}

// PluginUse is one listed plugin. A route that lists one which is not loaded
// answers 503 unless it is optional.
type PluginUse struct {
	Use string // manifest id
	As  string // instance name, unique for what follows up to Hooks
	// Config is the instance's settings with the defaults filled in. Secrets
	// in it are of the type [Secret]; see [PluginUse.Instance].
	Config    map[string]any
	Grants    []string // sorted
	Isolation core.Isolation
	Limits    core.Limits
	// Env is the environment of an adapter's process, by name: texts, and of the
	// type [Secret] what stands there by reference.
	Env      map[string]any
	Hooks    []core.Phase // in which it runs; nil: all that it has
	Optional bool
	FailOpen bool
	Parallel bool // the prompt is judged beside the attempt
	// Missing says why the plugin cannot be used, "" if it can.
	Missing string
}

// Pending is a plugin from the folder that waits for the operator's word.
type Pending struct {
	ID     string
	Reason string // what it waits for, and the line to add
	// Wrong is true where the operator's file beside the plugin is what is wrong:
	// no line that is added elsewhere would help.
	Wrong bool
}

// Instance returns the operator's side of the use, secrets revealed. Nothing
// may print it.
func (u *PluginUse) Instance() core.InstanceConfig {
	settings, _ := reveal(u.Config).(map[string]any)
	return core.InstanceConfig{
		Name: u.As, Config: settings, Grants: slices.Clone(u.Grants), Isolation: u.Isolation, Limits: u.Limits,
		Env: u.environment(),
	}
}

// Hide returns err without the secrets of the use: a plugin that cannot be
// started may say so in its own words.
func (u *PluginUse) Hide(err error) error {
	text := err.Error()
	shown := text
	u.eachSecret(func(s Secret) { shown = strings.ReplaceAll(shown, s.Reveal(), hidden) })
	if shown == text {
		return err
	}
	return errors.New(shown)
}

func eachSecret(v any, f func(Secret)) {
	switch v := v.(type) {
	case Secret:
		if !v.IsZero() {
			f(v)
		}
	case map[string]any:
		for name := range v {
			eachSecret(v[name], f)
		}
	case []any:
		for i := range v {
			eachSecret(v[i], f)
		}
	}
}

// Identity returns what of the use goes into the chain hash: settings in a
// canonical form, in which secrets count as present only, grants and phases.
func (u *PluginUse) Identity() string {
	parts := []any{u.Config, u.Grants, u.Hooks}
	if len(u.Env) > 0 {
		parts = append(parts, u.Env)
	}
	text, err := json.Marshal(parts) // keys are sorted
	if err != nil {
		return fmt.Sprint(parts...) // YAML gives nothing that has no JSON
	}
	return string(text)
}

// Runs tells whether the use runs in phase p, if its plugin has a hook there.
func (u *PluginUse) Runs(p core.Phase) bool { return u.Hooks == nil || slices.Contains(u.Hooks, p) }

// same tells whether two uses of one instance name agree on what they share.
func (u *PluginUse) same(o *PluginUse) bool {
	return u.Use == o.Use && reflect.DeepEqual(u.Config, o.Config) && slices.Equal(u.Grants, o.Grants) &&
		u.Isolation == o.Isolation && u.Limits == o.Limits && slices.Equal(u.Hooks, o.Hooks) &&
		reflect.DeepEqual(u.Env, o.Env)
}

// plugins checks the lists and joins the mandatory ones with each route's.
func (b *builder) plugins() {
	b.known.Plugins = slices.Clone(b.known.Plugins)
	instances := map[string]PluginUse{}
	mandatory := b.pluginList(b.cfg.Plugins.Mandatory, "plugins.mandatory", instances)
	lists := make([][]PluginUse, len(b.cfg.Routes))
	for i := range b.cfg.Routes {
		at := indexed("routes", i) + ".plugins"
		lists[i] = b.pluginList(b.cfg.Routes[i].Plugins, at, instances)
		for _, u := range lists[i] {
			if k := b.plugin(u.Use); k != nil && k.Manifest.Has(core.PhaseReceive) && u.Runs(core.PhaseReceive) &&
				!slices.ContainsFunc(mandatory, func(m PluginUse) bool { return m.As == u.As }) {
				b.report(at, "the plugin %s has a receive hook, which runs before the route is known; list it in plugins.mandatory, or leave that hook out with hooks: [%s]",
					u.As, strings.Join(slices.DeleteFunc(phaseNames(&k.Manifest), func(n string) bool { return n == "receive" }), ", "))
			}
		}
	}
	b.rollouts()
	dropped := b.translators(b.dropped(instances))
	for _, u := range slices.Concat(mandatory, dropped) {
		if k := b.plugin(u.Use); k == nil || k.Manifest.Has(core.PhaseReceive) && u.Runs(core.PhaseReceive) {
			b.snap.Receive = append(b.snap.Receive, u)
		}
	}
	for i := range b.cfg.Routes {
		var uses []PluginUse
		for _, u := range slices.Concat(mandatory, lists[i], dropped) {
			if !slices.ContainsFunc(uses, func(o PluginUse) bool { return o.As == u.As }) {
				uses = append(uses, u)
			}
		}
		if len(uses) > 0 {
			b.snap.Plugins[b.cfg.Routes[i].Name] = uses
		}
	}
	b.rawPlugins(mandatory, lists, dropped)
	b.guardedFallbacks()
	var pairs []string
	for _, uses := range b.usesByList() {
		for i := range uses {
			uses[i].eachSecret(func(s Secret) { pairs = append(pairs, s.Reveal(), hidden) })
		}
	}
	if pairs != nil {
		b.snap.hide = strings.NewReplacer(pairs...)
	}
}

// guardedFallbacks refuses a fallback that would lead past a plugin: an exchange
// keeps the plugins of the route that the client named, so each plugin of the
// other route must be among them.
func (b *builder) guardedFallbacks() {
	for i := range b.cfg.Routes {
		r := &b.cfg.Routes[i]
		for j, name := range r.Fallbacks {
			for _, u := range b.snap.Plugins[name] {
				if !slices.ContainsFunc(b.snap.Plugins[r.Name], func(own PluginUse) bool { return own.As == u.As }) {
					b.report(indexed(indexed("routes", i)+".fallbacks", j),
						"the route %s has the plugin %s, which a fallback from %s would go round; list it there too",
						quote(name), u.As, quote(r.Name))
				}
			}
		}
	}
}

func (b *builder) pluginList(list []Plugin, path string, instances map[string]PluginUse) []PluginUse {
	var out []PluginUse
	here := map[string]bool{}
	for i := range list {
		p, at := &list[i], indexed(path, i)
		if p.Use == "" {
			continue // reported when it was read
		}
		u := b.pluginUse(p, at)
		if here[u.As] {
			b.report(at, "the instance %s stands in this list already; give one of them a name of its own with as", quote(u.As))
			continue
		}
		here[u.As] = true
		if k := b.plugin(u.Use); k != nil && k.Manifest.Translates() {
			b.report(at, "the plugin %s is a translator, which belongs to providers; it works for every provider of the dialect %s by being there", quote(u.Use), k.Manifest.Dialect)
			continue
		}
		if first, ok := instances[u.As]; ok && !first.same(&u) {
			b.report(at, "the instance %s stands elsewhere with other settings; give one of them a name of its own with as", quote(u.As))
			continue
		}
		instances[u.As] = u
		out = append(out, u)
	}
	return out
}

// pluginUse makes the use of one entry, which stands at path at.
func (b *builder) pluginUse(p *Plugin, at string) PluginUse {
	u := PluginUse{
		Use: p.Use, As: p.As, Config: p.Config, Grants: slices.Compact(slices.Sorted(slices.Values(p.Grants))),
		Isolation: one[core.Isolation](p.Isolation, core.NumIsolations), Limits: p.Limits.core(),
		Env: p.Env, Optional: p.Optional, FailOpen: p.Fail == "open", Parallel: p.Parallel,
	}
	if u.As == "" {
		u.As = u.Use
	}
	for _, name := range p.Hooks {
		if phase, ok := core.ParsePhase(name); ok {
			u.Hooks = append(u.Hooks, phase)
		}
	}
	slices.Sort(u.Hooks)
	u.Hooks = slices.Compact(u.Hooks)
	for i, name := range p.Grants {
		if all := core.Capabilities(); !slices.Contains(all, name) {
			b.report(indexed(join(at, "grants"), i), "%s is no capability%s", quote(name), didYouMean(name, all))
		}
	}
	b.environment(p.Env, join(at, "env"))
	if b.known.Plugins == nil {
		return u
	}
	k := b.plugin(p.Use)
	if k == nil {
		u.Missing = "it is not loaded"
		ids := make([]string, len(b.known.Plugins))
		for i := range ids {
			ids[i] = b.known.Plugins[i].Manifest.ID
		}
		b.warnMissing(&u, join(at, "use"), "is not loaded", didYouMean(p.Use, ids))
		return u
	}
	if len(p.Pin) > 0 && !k.pinned(p.Pin) {
		u.Missing = "its file is not the pinned one"
		b.warnMissing(&u, join(at, "pin"), fmt.Sprintf("is loaded from a file with the SHA-256 %x, which is not the pinned one", k.Digest), "")
		return u
	}
	b.fit(&u, p, k, at)
	return u
}

// pinned tells whether the plugin's file is one that the pins allow.
func (k *KnownPlugin) pinned(pins []string) bool {
	return slices.Contains(pins, hex.EncodeToString(k.Digest[:])) || k.Key != "" && slices.Contains(pins, k.Key)
}

func (b *builder) warnMissing(u *PluginUse, path, why, hint string) {
	what := "the route answers 503 until it is"
	if u.Optional {
		what = "it is skipped until it is"
	}
	b.warn(path, "the plugin %s %s; %s%s", quote(u.Use), why, what, hint)
}

func (b *builder) plugin(id string) *KnownPlugin {
	for i := range b.known.Plugins {
		if b.known.Plugins[i].Manifest.ID == id {
			return &b.known.Plugins[i]
		}
	}
	return nil
}

// fit holds a use against the manifest of its plugin.
func (b *builder) fit(u *PluginUse, p *Plugin, k *KnownPlugin, at string) {
	m := &k.Manifest
	switch {
	case p.Isolation == "" && !k.Dropped:
		u.Isolation = core.IsolateShared
	case u.Isolation == core.IsolateShared && k.Dropped && len(p.Pin) == 0:
		b.report(join(at, "isolation"), "shared is for bundled and pinned plugins; add pin: %x, or take tenant or exchange", k.Digest)
	}
	for i, name := range p.Hooks {
		if phase, ok := core.ParsePhase(name); ok && !m.Has(phase) {
			b.report(indexed(join(at, "hooks"), i), "the plugin %s has no hook %s; it has %s", quote(m.ID), name, phases(m))
		}
	}
	if missing := ungranted(m, u.Grants); len(missing) > 0 {
		b.report(join(at, "grants"), "the plugin %s asks for %s and works only with all that it asks for; add grants: [%s]",
			quote(m.ID), strings.Join(missing, ", "), strings.Join(m.Capabilities, ", "))
	}
	s, err := compileSchema(m.Config)
	if err != nil { // refused when the manifest was read, unless a native plugin is wrong
		b.report(join(at, "config"), "the schema of the plugin %s %s", quote(m.ID), err)
		return
	}
	settings, bad := s.settings(u.Config)
	u.Config = settings
	for _, f := range bad {
		b.report(settingPath(join(at, "config"), f.path), "%s%s", f.reason, s.hint(f))
	}
}

func ungranted(m *core.Manifest, grants []string) []string {
	return slices.DeleteFunc(slices.Clone(m.Capabilities), func(c string) bool { return slices.Contains(grants, c) })
}

func phases(m *core.Manifest) string { return strings.Join(phaseNames(m), ", ") }

func phaseNames(m *core.Manifest) []string {
	names := make([]string, len(m.Phases))
	for i, p := range m.Phases {
		names[i] = p.String()
	}
	return names
}

// dropped returns the uses of the plugins from the folder that no list names.
func (b *builder) dropped(instances map[string]PluginUse) []PluginUse {
	var out []PluginUse
	named := map[string]bool{}
	for _, u := range instances {
		named[u.Use], named[u.As] = true, true
	}
	for i := range b.known.Plugins {
		k := &b.known.Plugins[i]
		m := &k.Manifest
		if !k.Dropped || named[m.ID] {
			continue
		}
		if k.Own != nil {
			own := &builder{source: k.Own.source.fork(), known: b.known}
			u := own.pluginUse(&k.Own.plugin, "")
			if named[u.As] {
				own.report("as", "the instance name %s is taken; give it another one with as", quote(u.As))
			}
			if problems := own.sorted(); Failed(problems) {
				b.wrong(m.ID, worst(problems).String())
			} else {
				named[u.As] = true
				out = append(out, u)
			}
			continue
		}
		if missing := ungranted(m, nil); len(missing) > 0 {
			b.pending(m.ID, fmt.Sprintf("it asks for the capabilities %s: to grant them add to the plugins of a route, or to plugins.mandatory: - {use: %s, grants: [%s]}",
				strings.Join(missing, ", "), m.ID, strings.Join(missing, ", ")))
			continue
		}
		settings := map[string]any{}
		if s, err := compileSchema(m.Config); err == nil {
			var bad []finding
			if settings, bad = s.settings(nil); len(bad) > 0 {
				b.pending(m.ID, fmt.Sprintf("it needs settings (%s %s): add to the plugins of a route, or to plugins.mandatory: - {use: %s, config: {…}}",
					settingPath("config", bad[0].path), bad[0].reason, m.ID))
				continue
			}
		}
		// Nobody has said that one who looks on must not be missed.
		out = append(out, PluginUse{Use: m.ID, As: m.ID, Config: settings, Optional: m.Stream == core.StreamObserve})
	}
	return out
}

func (b *builder) pending(id, reason string) {
	b.snap.Pending = append(b.snap.Pending, Pending{ID: id, Reason: reason})
}

func (b *builder) wrong(id, reason string) {
	b.snap.Pending = append(b.snap.Pending, Pending{ID: id, Reason: reason, Wrong: true})
}

// worst returns the first problem that is more than a warning.
func worst(problems []Problem) Problem {
	for _, p := range problems {
		if !p.Warning {
			return p
		}
	}
	return problems[0]
}

// Pins returns the digests, as "sha256:" and 64 hex digits, that the file of a
// plugin may have, and the minisign public keys that may have signed it; none
// where a use of it is not pinned.
func (c *Config) Pins(id string) []string {
	var pins []string
	lists := [][]Plugin{c.Plugins.Mandatory}
	for i := range c.Routes {
		lists = append(lists, c.Routes[i].Plugins)
	}
	for _, list := range lists {
		for i := range list {
			p := &list[i]
			if p.Use != id {
				continue
			}
			if len(p.Pin) == 0 {
				return nil
			}
			for _, pin := range p.Pin {
				if !isKey(pin) {
					pin = "sha256:" + pin
				}
				pins = append(pins, pin)
			}
		}
	}
	return pins
}
