package config

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The secrets of the tests. No output may ever hold one.
const (
	providerKey = "pk-canary-0123456789"
	virtualKey  = "vk-canary-0123456789abcdef"
)

// env is a small world: variables and files.
func env() Env {
	vars := map[string]string{
		"PROVIDER_KEY": providerKey, "DEMO_KEY": virtualKey, "OTHER_KEY": virtualKey + "2",
		"SHORT": "vk-canary", "EMPTY": "", "TWO_WORDS": "vk-canary two words",
	}
	files := map[string]string{
		"/run/key": virtualKey + "-file\n", "/run/blank": "\n", "/etc/secret.key": virtualKey + "-relative\r\n",
		"/run/ca.pem": "not PEM " + virtualKey,
	}
	return Env{
		Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
		ReadFile: func(path string) ([]byte, error) {
			if data, ok := files[path]; ok {
				return []byte(data), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
	}
}

func known() Known {
	chat := core.Descriptor{
		Kind: "openai", Title: "OpenAI", BaseURL: "https://api.openai.com/v1", KeyEnv: "PROVIDER_KEY", Auth: "bearer", Discover: true,
	}
	chat.Serves[core.OpChat] = []core.Service{{Dialect: "openai.chat", Path: "/chat/completions"}}
	local := chat
	local.Kind, local.BaseURL, local.KeyEnv, local.Auth, local.Local = "ollama", "http://127.0.0.1:11434/v1", "", "none", true
	custom := chat
	custom.Kind, custom.BaseURL, custom.KeyEnv = "custom", "", ""
	return Known{Kinds: []core.Descriptor{chat, local, custom}, Plugins: knownPlugins()}
}

type fakeSigner struct{ auth, host string }

func (fakeSigner) Sign(string, *core.UpstreamRequest) error { return nil }

func sign(auth string, key Secret, p *core.Provider) (core.Signer, error) {
	if auth != "bearer" {
		return nil, errors.New("no signer " + auth + " for " + key.Reveal()) // rude on purpose
	}
	return fakeSigner{auth, p.Host}, nil
}

// build parses and builds as a gateway does.
func build(t testing.TB, text string) (*Snapshot, []Problem) {
	t.Helper()
	cfg, problems := Parse("/etc/config.yaml", []byte(text), env())
	if cfg == nil {
		return nil, problems
	}
	return Build(cfg, known(), sign)
}

const minimal = `providers:
  - {name: openai, kind: openai, key: "${env:PROVIDER_KEY}"}
routes:
  - name: gpt
    deployments:
      - {provider: openai, model: gpt-4o-mini}
`

func lines(problems []Problem) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(strings.TrimPrefix(p.String(), "/etc/") + "\n")
	}
	return b.String()
}

func knownPlugins() []KnownPlugin {
	return []KnownPlugin{
		{Manifest: core.Manifest{ID: "guardrail.pii", Phases: []core.Phase{core.PhasePrompt, core.PhaseAnswer}}},
		{Manifest: core.Manifest{ID: "guardrail.denylist", Phases: []core.Phase{core.PhasePrompt}}},
	}
}
