package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxEnv bounds the variables of one adapter's environment.
const maxEnv = 64

// environment checks what the operator gives an adapter's process.
func (b *builder) environment(env map[string]any, at string) {
	if len(env) > maxEnv {
		b.report(at, "has %d variables, at most %d are allowed", len(env), maxEnv)
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		text, isText := env[name].(string)
		switch here := join(at, name); {
		case !isVariable(name):
			b.report(here, "this is not the name of an environment variable")
		case strings.HasPrefix(name, "PLUGIN_"):
			b.report(here, "names that begin with PLUGIN_ belong to the gateway's handshake with the adapter")
		case !isScalar(env[name]):
			b.report(here, "must be a text or a reference like ${env:NAME}")
		case isText && looksLikeReference(text):
			b.report(here, "a reference must be the whole value; write ${env:NAME} or ${file:/path} alone")
		case strings.ContainsRune(text, 0):
			b.report(here, "holds a byte 0, which no environment can")
		}
	}
}

func isScalar(v any) bool {
	switch v.(type) {
	case nil, []any, map[string]any:
		return false
	default:
		return true
	}
}

// environment returns the variables as a process gets them, secrets revealed.
// Nothing may print it.
func (u *PluginUse) environment() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(u.Env)) {
		text := fmt.Sprint(u.Env[name])
		if s, ok := u.Env[name].(Secret); ok {
			text = s.Reveal()
		}
		out = append(out, name+"="+text)
	}
	return out
}

// eachSecret calls f with each secret of the use.
func (u *PluginUse) eachSecret(f func(Secret)) {
	eachSecret(u.Config, f)
	eachSecret(u.Env, f)
}
