package author

import (
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// instanceName is what the one instance is called, in errors and log lines.
const instanceName = "test"

// instance checks settings as an operator's are checked and completes them with
// the manifest's defaults. Every capability that the plugin asks for is granted.
// Secrets stand in settings as they are.
func instance(m *core.Manifest, settings map[string]any) (core.InstanceConfig, error) {
	if m.Translates() { // which no list of an operator's names
		listed := *m
		listed.Phases = []core.Phase{core.PhaseComplete}
		m = &listed
	}
	c := config.Defaults()
	c.Providers = []config.Provider{config.NewProvider(instanceName, instanceName)}
	c.Providers[0].BaseURL = "http://127.0.0.1:1"
	c.Routes = []config.Route{config.NewRoute("*", config.Deployment{Provider: instanceName})}
	c.Plugins.Mandatory = []config.Plugin{{
		Use: m.ID, As: instanceName, Config: hidden(m.Config, settings), Grants: m.Capabilities, Isolation: core.IsolateTenant.String(),
	}}
	snap, problems := config.Build(c, config.Known{
		Kinds:   []core.Descriptor{{Kind: instanceName, Auth: "none"}},
		Plugins: []config.KnownPlugin{{Manifest: *m, Dropped: true}},
	}, nil)
	if snap == nil {
		var wrong []string
		for _, p := range problems {
			if !p.Warning {
				wrong = append(wrong, strings.TrimPrefix(p.Path, "plugins.mandatory[0].")+": "+p.Reason)
			}
		}
		return core.InstanceConfig{}, &SettingsError{Wrong: wrong}
	}
	u := snap.Plugins["*"][0]
	return u.Instance(), nil
}

// hidden returns a copy of settings in which texts that the schema marks as
// secrets are secrets: only references may stand there in an operator's file.
func hidden(schema, settings map[string]any) map[string]any {
	out, _ := hiddenAny(schema, settings, false).(map[string]any)
	return out
}

func hiddenAny(schema map[string]any, v any, secret bool) any {
	if w, ok := schema["writeOnly"].(bool); ok {
		secret = w
	}
	switch v := v.(type) {
	case string:
		if secret && v != "" {
			return config.NewSecret(v)
		}
	case map[string]any:
		props, _ := schema["properties"].(map[string]any)
		out := make(map[string]any, len(v))
		for name := range v {
			sub, ok := props[name].(map[string]any)
			if !ok {
				sub, _ = schema["additionalProperties"].(map[string]any)
			}
			out[name] = hiddenAny(sub, v[name], secret)
		}
		return out
	case []any:
		sub, _ := schema["items"].(map[string]any)
		out := make([]any, len(v))
		for i := range v {
			out[i] = hiddenAny(sub, v[i], secret)
		}
		return out
	}
	return v
}

// SettingsError says why settings are not those that a manifest asks for.
type SettingsError struct{ Wrong []string }

// Error names everything that is wrong.
func (e *SettingsError) Error() string {
	return "the settings do not fit the manifest: " + strings.Join(e.Wrong, "; ")
}
