package plugins

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// TestDescriptors checks every kind of provider, whoever describes it.
func TestDescriptors(t *testing.T) {
	kinds, places, found := map[string]bool{}, map[string]string{}, map[string]string{}
	for _, d := range Providers() {
		for _, p := range faults(&d) {
			t.Errorf("%s: %s", d.Kind, p)
		}
		if kinds[d.Kind] {
			t.Errorf("%s comes twice", d.Kind)
		}
		place := d.BaseURL
		if chat := d.Serves[core.OpChat]; len(chat) > 0 {
			place += " " + chat[0].Dialect // one host may speak several
		}
		if other := places[place]; other != "" {
			t.Errorf("%s and %s are both at %s", d.Kind, other, place)
		}
		if other := found[d.KeyEnv]; d.Discover && other != "" {
			t.Errorf("%s and %s are both discovered by %s", d.Kind, other, d.KeyEnv)
		}
		kinds[d.Kind], places[place] = true, d.Kind
		if d.Discover {
			found[d.KeyEnv] = d.Kind
		}
	}
}

var (
	plainKind = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	inBraces  = regexp.MustCompile(`\{([^}]*)\}`)
	// dialects are those that descriptors may name.
	dialects = []string{
		"openai.chat", "openai.responses", "openai.completions", "openai.embeddings", "anthropic.messages", "gemini", "gemini.interactions",
		"bedrock.converse", "bedrock.embeddings", "bedrock.invoke", "cohere.chat", "cohere.embeddings", "mistral.chat", "ollama.chat",
		"vertex.embeddings", "mistral.embeddings", "voyage.embeddings", "jina.embeddings", "rerank", "bedrock.rerank", "fireworks.rerank", "mixedbread.rerank", "sglang.rerank", "tei.rerank", "vertex.rank", "voyage.rerank",
	}
)

// faults returns what is wrong with one descriptor.
func faults(d *core.Descriptor) []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !plainKind.MatchString(d.Kind) || d.Title == "" {
		bad("the kind must be words of small letters and digits joined by hyphens, and have a title (%q)", d.Title)
	}
	settings := []string{"model", "verb"}
	for _, s := range d.Settings {
		settings = append(settings, s.Name)
		if slices.Contains([]string{abi.SettingContext, abi.SettingMaxOutput, abi.SettingRefuses}, s.Name) {
			bad("the setting %s has a name of the gateway's own", s.Name)
		}
		if !regexp.MustCompile(`^[a-z][a-z_]*$`).MatchString(s.Name) || s.About == "" || s.Required && s.Default != "" {
			bad("the setting %+v needs a plain name and a sentence, and is either required or has a default", s)
		}
	}
	filled := func(text string) string {
		for _, m := range inBraces.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(settings, m[1]) {
				bad("{%s} is no setting", m[1])
			}
		}
		return inBraces.ReplaceAllString(text, "x")
	}
	u, err := url.Parse(filled(d.BaseURL))
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(u.Path, "/") {
		bad("the base URL %q is not scheme://host/path", d.BaseURL)
		return out
	}
	if d.Local {
		local(d, u, bad)
	} else {
		hosted(d, u, bad)
	}
	served := 0
	for op, services := range d.Serves {
		for _, s := range services {
			served++
			filled(s.Path + s.StreamPath)
			if core.Operation(op) == core.OpNone || !slices.Contains(dialects, s.Dialect) || !strings.HasPrefix(s.Path, "/") || s.StreamPath != "" && s.StreamPath[0] != '/' {
				bad("%s is served as %+v: the dialect must be known and the path start with /", core.Operation(op), s)
			}
		}
	}
	if served == 0 {
		bad("it serves nothing")
	}
	return out
}

func local(d *core.Descriptor, u *url.URL, bad func(string, ...any)) {
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil || !ip.IsLoopback() || u.Port() == "" {
		bad("a local runtime is at a port of a loopback address, not at %s", u.Host)
	}
	if d.Auth != "none" || d.KeyEnv != "" || d.Discover {
		bad("a local runtime needs no key and is discovered by its port")
	}
}

func hosted(d *core.Descriptor, u *url.URL, bad func(string, ...any)) {
	if u.Scheme != "https" {
		bad("a hosted provider gets keys and prompts over https only")
	}
	if d.Auth == "none" || d.Auth == "" || d.KeyEnv == "" {
		bad("a hosted provider needs a key and a variable that usually holds it")
		return
	}
	if d.Discover && slices.ContainsFunc(d.Settings, func(s core.Setting) bool { return s.Required }) {
		bad("a kind with required settings cannot be used without configuration")
	}
	if key := keysFor[d.Auth]; key != "" {
		p := &core.Provider{Host: u.Hostname() + ":443", Settings: []core.Tag{{Key: "region", Value: "r"}}}
		if _, err := Signer(d.Auth, key, p); err != nil {
			bad("no signer takes its auth: %v", err)
		}
	} else if d.Auth != "gcp" { // whose keys are files
		bad("auth %q is unknown to this test", d.Auth)
	}
}

// keysFor are keys in the form that each way of signing takes.
var keysFor = map[string]string{
	"bearer": "k", "header:Api-Key": "k", "header:X-Api-Key": "k", "header:X-Goog-Api-Key": "k", "sigv4:bedrock": "id:secret",
}

// TestFaultsAreSeen spoils a good descriptor in every way that faults looks for.
func TestFaultsAreSeen(t *testing.T) {
	f := func(what string, isLocal bool, spoil func(*core.Descriptor)) {
		t.Helper()
		d := core.Descriptor{Kind: "good", Title: "Good", BaseURL: "https://good.example/v1", KeyEnv: "GOOD_KEY", Auth: "bearer"}
		if isLocal {
			d = core.Descriptor{Kind: "good", Title: "Good", BaseURL: "http://127.0.0.1:1/v1", Auth: "none", Local: true}
		}
		d.Serves[core.OpChat] = []core.Service{{Dialect: "openai.chat", Path: "/chat"}}
		if p := faults(&d); len(p) > 0 {
			t.Fatalf("a good descriptor is refused: %v", p)
		}
		spoil(&d)
		if len(faults(&d)) == 0 {
			t.Errorf("%s: not seen", what)
		}
	}
	f("kind", false, func(d *core.Descriptor) { d.Kind = "Good One" })
	f("title", false, func(d *core.Descriptor) { d.Title = "" })
	f("no URL", false, func(d *core.Descriptor) { d.BaseURL = "good.example" })
	f("trailing slash", false, func(d *core.Descriptor) { d.BaseURL += "/" })
	f("plain http", false, func(d *core.Descriptor) { d.BaseURL = "http://good.example/v1" })
	f("no variable", false, func(d *core.Descriptor) { d.KeyEnv = "" })
	f("no auth", false, func(d *core.Descriptor) { d.Auth = "none" })
	f("unknown auth", false, func(d *core.Descriptor) { d.Auth = "magic" })
	f("path", false, func(d *core.Descriptor) { d.Serves[core.OpChat][0].Path = "chat" })
	f("stream path", false, func(d *core.Descriptor) { d.Serves[core.OpChat][0].StreamPath = "chat" })
	f("dialect", false, func(d *core.Descriptor) { d.Serves[core.OpChat][0].Dialect = "unknown" })
	f("nothing served", false, func(d *core.Descriptor) { d.Serves = [core.NumOperations][]core.Service{} })
	f("unknown setting", false, func(d *core.Descriptor) { d.BaseURL = "https://{region}.good.example" })
	f("setting without a sentence", false, func(d *core.Descriptor) { d.Settings = []core.Setting{{Name: "region"}} })
	f("found but in need of a setting", false, func(d *core.Descriptor) {
		d.Discover, d.Settings = true, []core.Setting{{Name: "region", About: "where", Required: true}}
	})
	f("public runtime", true, func(d *core.Descriptor) { d.BaseURL = "http://192.0.2.1:1/v1" })
	f("runtime without port", true, func(d *core.Descriptor) { d.BaseURL = "http://127.0.0.1/v1" })
	f("runtime with key", true, func(d *core.Descriptor) { d.KeyEnv = "KEY" })
}
