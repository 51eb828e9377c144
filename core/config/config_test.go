package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestDesignExampleWorks(t *testing.T) {
	const text = `listen: 127.0.0.1:8080
admin: {listen: 127.0.0.1:8081}
plugins: {folder: plugins.d}
providers:
  - {name: openai, kind: openai, base_url: "https://api.openai.com/v1", key: "${env:PROVIDER_KEY}"}
routes:
  - name: gpt-4o-mini                  # what apps put in "model"; "*" matches the rest
    deployments:
      - {provider: openai, model: gpt-4o-mini, weight: 1}
    plugins: [guardrail.pii, {use: guardrail.denylist, as: words, config: {words: [secret]}}]
keys:
  - {name: demo, key: "${env:DEMO_KEY}", routes: ["*"]}
`
	s, problems := build(t, text)
	if s == nil || len(problems) != 0 {
		t.Fatal(lines(problems))
	}
	want := []PluginUse{
		{Use: "guardrail.pii", As: "guardrail.pii", Config: map[string]any{}, Isolation: core.IsolateShared},
		{Use: "guardrail.denylist", As: "words", Config: map[string]any{"words": []any{"secret"}}, Isolation: core.IsolateShared},
	}
	if got := s.Plugins["gpt-4o-mini"]; !reflect.DeepEqual(got, want) {
		t.Errorf("plugins: %+v", got)
	}
	if s.Keyless || s.PluginFolder != "/etc/plugins.d" || s.Ledger.Folder != "/etc/data/ledger" || len(s.Version) != 12 {
		t.Errorf("%+v", s)
	}
	if c, ok := s.Lookup(Digest([]byte(virtualKey))); !ok || c.Name != "demo" || !c.MayUse("anything") {
		t.Errorf("the key was not found: %v", c)
	}
	if _, ok := s.Lookup(Digest([]byte("another"))); ok {
		t.Error("an unknown key was found")
	}
}

func TestSnapshot(t *testing.T) {
	s, problems := build(t, "\xef\xbb\xbf"+`listen: "[::1]:8080"
admin: {listen: off}
egress: {allow: [10.9.0.0/16, 192.0.2.1]}
limits: {body_bytes: 1MB, in_flight: 0x10}
plugins: {mandatory: [{use: guardrail.pii, fail: open}]}
providers:
  - name: openai
    kind: openai
    key: ${env:PROVIDER_KEY}
    timeouts: &t {connect: 1s, first_byte: 2s}
    headers: {openai-organization: org-1, X-A: "1"}
    quirks: {no_stream_usage: true}
  - {name: near, kind: ollama, base_url: "http://localhost:9/v1/", timeouts: {<<: *t, connect: 3s}}
  - {name: lan, kind: custom, base_url: "https://[fd00::7]:8443", key: "${env:OTHER_KEY}", max_connections: 5, max_pending: 0}
routes:
  - name: "*"
    deployments: [{provider: near}]
  - name: gpt
    deployments:
      - {provider: openai, model: 'a"<b>', weight: 3, name: first}
      - {provider: lan, model: m, weight: 0}
    fallbacks: ["*"]
    retries: 0
    loss: strict
    total: 90s
    plugins: [guardrail.pii, guardrail.denylist]
`)
	if s == nil || len(problems) != 0 {
		t.Fatal(lines(problems))
	}
	if !s.Keyless || s.AdminListen != "" || s.Listen != "[::1]:8080" || s.Limits.BodyBytes != 1e6 || s.Limits.InFlight != 16 {
		t.Errorf("%+v", s)
	}
	gpt := s.Route([]byte("gpt"))
	if gpt.Name != "gpt" || !gpt.Strict || gpt.Retries != 0 || gpt.Total != 90*time.Second || len(gpt.Fallbacks) != 1 || gpt.Fallbacks[0] != s.Any {
		t.Errorf("%+v", gpt)
	}
	if s.Route([]byte("else")) != s.Any || s.Any.Name != "*" || s.Any.Strict || s.Any.Retries != 2 || s.Any.Total != 30*time.Minute {
		t.Errorf("%+v", s.Any)
	}
	first, second := gpt.Deployments[0], gpt.Deployments[1]
	if first.Name != "first" || first.Weight != 3 || string(first.ModelJSON) != `"a\"<b>"` || second.Name != "gpt/lan/m" || second.Weight != 0 {
		t.Errorf("%+v %+v", first, second)
	}
	if d := s.Any.Deployments[0]; d.Name != "*/near" || d.Model != "" || d.ModelJSON != nil {
		t.Errorf("%+v", d)
	}
	if len(s.Models) != 1 || s.Models[0].Name != "gpt" || s.Models[0].Owner != "openai" {
		t.Errorf("%+v", s.Models)
	}

	openai, near, lan := s.Providers[0], s.Providers[1], s.Providers[2]
	if openai.Scheme != "https" || openai.Host != "api.openai.com:443" || openai.HostHeader != "api.openai.com" || openai.BasePath != "/v1" {
		t.Errorf("%+v", openai)
	}
	if openai.Signer != (fakeSigner{"bearer", "api.openai.com:443"}) || !openai.Quirks.NoStreamUsage || openai.Serves[core.OpChat][0].Dialect != "openai.chat" {
		t.Errorf("%+v", openai)
	}
	if want := []core.Header{{Name: "Openai-Organization", Value: "org-1"}, {Name: "X-A", Value: "1"}}; !reflect.DeepEqual(openai.Header, want) {
		t.Errorf("%+v", openai.Header)
	}
	if want := (core.Timeouts{Connect: 3 * time.Second, FirstByte: 2 * time.Second, Idle: 2 * time.Minute, Total: 30 * time.Minute}); near.Timeouts != want {
		t.Errorf("%+v", near.Timeouts)
	}
	if near.Host != "localhost:9" || near.HostHeader != "localhost:9" || near.BasePath != "/v1" || near.Signer != nil {
		t.Errorf("%+v", near)
	}
	if lan.Host != "[fd00::7]:8443" || lan.HostHeader != "[fd00::7]:8443" || lan.BasePath != "" {
		t.Errorf("%+v", lan)
	}
	if up := s.Upstreams["lan"]; up.MaxConnections != 5 || up.MaxPending != 0 || fmt.Sprint(up.Allow) != "[10.9.0.0/16 192.0.2.1/32 fd00::7/128]" {
		t.Errorf("%+v", up)
	}
	for _, p := range s.Upstreams["near"].Allow {
		if p.Contains(netip.MustParseAddr("169.254.169.254")) {
			t.Error("a local runtime may not reach the cloud's metadata")
		}
	}
	uses := s.Plugins["gpt"]
	if len(uses) != 2 || !uses[0].FailOpen || uses[1].FailOpen || len(s.Plugins["*"]) != 1 {
		t.Errorf("%+v", s.Plugins)
	}
	if n := testing.AllocsPerRun(100, func() { s.Route([]byte("gpt")) }); n != 0 {
		t.Errorf("Route allocates %v times", n)
	}
}

func TestBuildIsPure(t *testing.T) {
	cfg, _ := Parse("/etc/config.yaml", []byte(swap("kind: openai", "kind: opnai")), env())
	_, first := Build(cfg, known(), sign)
	_, second := Build(cfg, known(), sign)
	if len(first) != 1 || lines(first) != lines(second) {
		t.Errorf("first %s\nthen %s", lines(first), lines(second))
	}
	k := known()
	k.Kinds[0].Kind = "opnai"
	if s, problems := Build(cfg, k, sign); s == nil {
		t.Errorf("with a new kind: %s", lines(problems))
	}
}

func TestVersionFollowsContent(t *testing.T) {
	version := func(text string, e Env) string {
		cfg, problems := Parse("/etc/config.yaml", []byte(text), e)
		s, _ := Build(cfg, known(), sign)
		if s == nil {
			t.Fatal(lines(problems))
		}
		return s.Version
	}
	base := version(minimal, env())
	if version(minimal, env()) != base {
		t.Error("the same content has two versions")
	}
	if version(minimal+"# more\n", env()) == base {
		t.Error("another text has the same version")
	}
	other := env()
	other.Lookup = func(string) (string, bool) { return "another-key", true }
	if version(minimal, other) == base {
		t.Error("another secret has the same version")
	}
}

func TestCertificate(t *testing.T) {
	cert, key := makeCertificate(t)
	e := env()
	e.ReadFile = func(path string) ([]byte, error) {
		switch path {
		case "/etc/cert.pem":
			return cert, nil
		case "/etc/key.pem":
			return key, nil
		default:
			return nil, os.ErrNotExist
		}
	}
	text := strings.Replace(minimal, "kind: openai", "kind: openai, ca_file: cert.pem", 1) + "tls: {cert: cert.pem, key: key.pem}\n"
	cfg, _ := Parse("/etc/config.yaml", []byte(text), e)
	s, problems := Build(cfg, known(), sign)
	if s == nil {
		t.Fatal(lines(problems))
	}
	if s.Certificate == nil || s.Upstreams["openai"].RootCAs == nil || s.Upstreams["openai"].MaxConnections != 1024 {
		t.Errorf("%+v", s)
	}
}

func makeCertificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
}

// TestDeclarations holds the tags of every field to their rules.
func TestDeclarations(t *testing.T) {
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		for _, f := range fieldsOf(typ) {
			at := join(path, f.name)
			if f.doc == "" || !strings.HasSuffix(f.doc, ".") {
				t.Errorf("%s: the documentation is %q; it should be a sentence", at, f.doc)
			}
			if f.hasDefault {
				v, err := parseScalar(f.typ, f.def)
				if err != nil {
					t.Errorf("%s: the default %q cannot be read: %v", at, f.def, err)
					continue
				}
				if err := f.checkBounds(reflect.ValueOf(v), f.def); err != nil {
					t.Errorf("%s: the default %v", at, err)
				}
			}
			numeric := f.typ == durationType || f.typ == sizeType || f.typ.Kind() == reflect.Int
			_, low := f.bound(f.min)
			_, high := f.bound(f.max)
			if numeric != (low && high) {
				t.Errorf("%s: a number, and nothing else, has both bounds", at)
			}
			if own := typ != reflect.TypeFor[PluginLimits]() && typ != reflect.TypeFor[manifestStream](); numeric && own && !f.hasDefault {
				t.Errorf("%s: a number has a default, unless the plugin says it", at)
			}
			if sub := elem(f.typ); sub != nil {
				walk(sub, at)
			}
		}
		for sf := range typ.Fields() {
			if sf.IsExported() && sf.Tag.Get("yaml") == "" {
				t.Errorf("%s.%s has no name in the file", typ, sf.Name)
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")
	walk(reflect.TypeFor[manifestFile](), "")
}

func TestDefaults(t *testing.T) {
	d := Defaults()
	if d.Listen != "127.0.0.1:8080" || d.Timeouts.Header != 10*time.Second || d.Ledger.MaxBytes != 1<<30 || d.Log.Level != "info" || d.TLS != nil {
		t.Errorf("%+v", d)
	}
	p := NewProvider("a", "ollama")
	if p.Timeouts.Connect != 5*time.Second || p.MaxConnections != 1024 {
		t.Errorf("%+v", p)
	}
	d.Providers = []Provider{p}
	d.Routes = []Route{NewRoute("*", Deployment{Provider: "a"})}
	if s, problems := Build(d, known(), sign); s == nil {
		t.Error(lines(problems))
	}
	d.Routes[0].Deployments[0].Provider = "b"
	_, problems := Build(d, known(), sign)
	if got := lines(problems); !strings.Contains(got, `routes[0].deployments[0].provider: unknown provider "b"; did you mean "a"?`) {
		t.Error(got)
	}
}

func TestDocsAreFresh(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "config.md")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, Docs(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, Docs()) {
		t.Errorf("%s is stale; run go generate ./core/config", file)
	}
}

func TestSchemaNamesEveryField(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	properties := schema["properties"].(map[string]any)
	for _, f := range fieldsOf(reflect.TypeFor[Config]()) {
		if properties[f.name] == nil {
			t.Errorf("%s is missing", f.name)
		}
	}
	routes := properties["routes"].(map[string]any)["items"].(map[string]any)
	if !reflect.DeepEqual(routes["required"], []any{"name", "deployments"}) || routes["additionalProperties"] != false {
		t.Errorf("%v", routes)
	}
}
