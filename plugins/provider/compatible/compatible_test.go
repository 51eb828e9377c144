package compatible

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestDescriptors(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	kinds, places, variables := map[string]bool{}, map[string]string{}, map[string]bool{}
	list := Descriptors()
	for i := range list {
		d := &list[i]
		for _, p := range faults(d) {
			t.Errorf("%s: %s", d.Kind, p)
		}
		if kinds[d.Kind] || d.KeyEnv != "" && variables[d.KeyEnv] {
			t.Errorf("%s or its variable %q comes twice", d.Kind, d.KeyEnv)
		}
		if other := places[d.BaseURL]; other != "" {
			t.Errorf("%s and %s are both at %s", d.Kind, other, d.BaseURL)
		}
		kinds[d.Kind], variables[d.KeyEnv], places[d.BaseURL] = true, true, d.Kind
		variable := ""
		if d.KeyEnv != "" {
			variable = "`" + d.KeyEnv + "`"
		}
		if row := fmt.Sprintf("| `%s` | %s | `%s` | %s |", d.Kind, d.Title, d.BaseURL, variable); !strings.Contains(string(readme), row+"\n") {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
	if n := strings.Count(string(readme), "/v1` |"); n != len(list) {
		t.Errorf("README.md has %d kinds, the list %d", n, len(list))
	}
	list[0].Kind = "changed"
	if Descriptors()[0].Kind == "changed" {
		t.Error("the list is shared: a caller can change it for others")
	}
}

var plainKind = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// faults returns what is wrong with one descriptor.
func faults(d *core.Descriptor) []string {
	var out []string
	bad := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if !plainKind.MatchString(d.Kind) || d.Title == "" {
		bad("the kind must be a word of small letters and digits, and have a title (%q)", d.Title)
	}
	u, err := url.Parse(d.BaseURL)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(u.Path, "/") {
		bad("the base URL %q is not scheme://host/path", d.BaseURL)
		return out
	}
	if d.Local {
		ip, err := netip.ParseAddr(u.Hostname())
		if err != nil || !ip.IsLoopback() || u.Port() == "" {
			bad("a local runtime is at a port of a loopback address, not at %s", u.Host)
		}
		if d.Auth != "none" || d.KeyEnv != "" {
			bad("a local runtime needs no key")
		}
	} else {
		if u.Scheme != "https" {
			bad("a hosted provider gets keys and prompts over https only")
		}
		if d.Auth == "none" || d.Auth == "" || d.KeyEnv == "" {
			bad("a hosted provider needs a key and a variable that usually holds it")
		}
	}
	served := 0
	for op, s := range d.Serves {
		if s == (core.Service{}) {
			continue
		}
		served++
		if core.Operation(op) == core.OpNone || s.Dialect != "openai.chat" || !strings.HasPrefix(s.Path, "/") {
			bad("%s is served as %+v: the dialect must be known and the path start with /", core.Operation(op), s)
		}
	}
	if served == 0 {
		bad("it serves nothing")
	}
	return out
}

// TestFaultsAreSeen spoils a good descriptor in every way that faults looks for.
func TestFaultsAreSeen(t *testing.T) {
	f := func(what string, local bool, spoil func(*core.Descriptor)) {
		t.Helper()
		d := core.Descriptor(hosted("good", "Good", "https://good.example/v1", "GOOD_KEY"))
		if local {
			d = core.Descriptor(runtime("good", "Good", "http://127.0.0.1:1/v1"))
		}
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
	f("path", false, func(d *core.Descriptor) { d.Serves[core.OpChat].Path = "chat" })
	f("dialect", false, func(d *core.Descriptor) { d.Serves[core.OpChat].Dialect = "unknown" })
	f("nothing served", false, func(d *core.Descriptor) { d.Serves = [core.NumOperations]core.Service{} })
	f("public runtime", true, func(d *core.Descriptor) { d.BaseURL = "http://192.0.2.1:1/v1" })
	f("runtime without port", true, func(d *core.Descriptor) { d.BaseURL = "http://127.0.0.1/v1" })
	f("runtime with key", true, func(d *core.Descriptor) { d.KeyEnv = "KEY" })
}
