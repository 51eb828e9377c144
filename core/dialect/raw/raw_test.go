package raw

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
)

func TestMatch(t *testing.T) {
	for path, want := range map[string]core.Operation{
		"/p/own/x": core.OpRaw, "/p/own": core.OpRaw, "/p/": core.OpRaw, "/p": core.OpNone, "/px/y": core.OpNone, "/v1/p/own": core.OpNone, "//p/own": core.OpNone, "": core.OpNone,
	} {
		if got := (Dialect{}).Match([]byte(path)); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

func TestSplit(t *testing.T) {
	for path, want := range map[string][2]string{
		"/p/own/x/y": {"p/own", "/x/y"}, "/p/own/": {"p/own", "/"}, "/p/own": {"p/own", ""}, "/p/": {"p/", ""}, "/p//x": {"p/", "/x"},
	} {
		if route, rest := (Dialect{}).split([]byte(path)); string(route) != want[0] || string(rest) != want[1] {
			t.Errorf("%q: %q, %q", path, route, rest)
		}
	}
}

func TestCheckPath(t *testing.T) {
	for path, want := range map[string]string{
		"": "", "/": "", "/x": "", "/x/": "", "/...": "", "/a%2Fb": "", "/a%5Cb": "", "/100%25": "", "/a%25zz": "", "/%E2%82%AC": "", "/a;b=c:d@e": "",
		"/..": "segment . or ..", "/x/..": "segment . or ..", "/./x": "segment . or ..", "/%2e%2E/x": "segment . or ..", "/%252e%252e/x": "segment . or ..",
		"/%25252e%25252e/x": "segment . or ..", "/a%2F..%2Fb": "segment . or ..", "/a%5C..": "segment . or ..", "/..;x/y": "segment . or ..", "/%20..%20/x": "segment . or ..",
		"/%2525252e%2525252e/x": "more than 3 times", "//x": "empty segment", "/x//": "empty segment", "/x%2F%2Fy": "empty segment", "/%2Fx": "empty segment",
		"/%00": "control character", "/x%0Ay": "control character", "/%7F": "control character", "/%c0%ae": "not UTF-8", "/%": "two hexadecimal", "/%2": "two hexadecimal",
		"/%zz": "two hexadecimal", "/\\": "percent-encoded", "/#": "percent-encoded", "/ ": "percent-encoded", "/\xff": "percent-encoded",
	} {
		if got := checkPath([]byte(path)); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct{ base, rest, query, want string }{
		{"", "", "", "/"},
		{"/v1", "", "", "/v1"},
		{"/v1", "/x%2Fy", "a=b&&c", "/v1/x%2Fy?a=b&&c"},
		{"", "", "a", "/?a"},
		{"", "/x", "key=k", "/x"},
		{"", "/x", "key=k&a=1", "/x?a=1"},
		{"", "/x", "a=1&key=k&b=2", "/x?a=1&b=2"},
		{"", "/x", "a=1&key=k", "/x?a=1"},
		{"", "/x", "a&key&%6Bey=1&monkey=2&KEY=3&", "/x?a&monkey=2&KEY=3&"},
		// SDKs that have the version in their paths.
		{"/v1", "/v1/files", "", "/v1/files"},
		{"/v1", "/v1", "a", "/v1?a"},
		{"/v1", "/v1/v1/x", "", "/v1/v1/x"},
		{"/api/v1beta", "/v1beta/models/m:generateContent", "", "/api/v1beta/models/m:generateContent"},
		{"/v1beta1", "/v1beta1/x", "", "/v1beta1/x"},
		{"/v1beta", "/v1/files", "", "/v1beta/v1/files"}, // another version, which is not below that one
		{"/v1", "/v11/x", "", "/v1/v11/x"},
		{"/v1", "/v1%2Fx", "", "/v1/v1%2Fx"},
		{"/v1/models", "/models/x", "", "/v1/models/models/x"},
		{"/openai", "/openai/x", "", "/openai/openai/x"},
		{"/v", "/v/x", "", "/v/v/x"},
		{"/v1rc", "/v1rc/x", "", "/v1rc/v1rc/x"},
		{"", "/v1/x", "", "/v1/x"},
	} {
		if got := target(c.base, []byte(c.rest), []byte(c.query)); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// FuzzTarget: whatever is let through stays below the base path, however often it
// is unescaped and cleaned, and carries no key.
func FuzzTarget(f *testing.F) {
	for _, seed := range []string{"/x", "/%2e%2e/x", "/a%252f..%255c..", "/..;/x", "//x", "/x%25%32%65%25%32%65"} {
		f.Add([]byte(seed), []byte("a=1&key=2"))
	}
	f.Fuzz(func(t *testing.T, path, query []byte) {
		path = append([]byte("/p/own/"), path...)
		ex := &core.Exchange{}
		ex.Request.Path, ex.Request.Query = path, query
		if (Dialect{}).Scan(ex) != nil {
			return
		}
		_, rest := Dialect{}.split(path)
		got := target("/base", rest, query)
		whole, params, _ := strings.Cut(got, "?")
		for range 8 {
			for _, segment := range strings.FieldsFunc(whole, func(r rune) bool { return r == '/' || r == '\\' }) {
				if segment == ".." {
					t.Fatalf("%q leads outside: %q", path, whole)
				}
			}
			if !strings.HasPrefix(whole, "/base/") || strings.Contains(whole, "//") {
				t.Fatalf("%q leads outside: %q", path, whole)
			}
			plain, err := url.PathUnescape(whole)
			if err != nil {
				break
			}
			whole = plain
		}
		for pair := range strings.SplitSeq(params, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if plain, err := url.QueryUnescape(name); err == nil && plain == "key" {
				t.Fatalf("%q carries a key", got)
			}
		}
	})
}

// fields are a client's header fields.
type fields []core.Header

func (f fields) Get(name string) []byte {
	for _, h := range f {
		if strings.EqualFold(h.Name, name) {
			return []byte(h.Value)
		}
	}
	return nil
}

func (f fields) Each(each func(name, value []byte)) {
	for _, h := range f {
		each([]byte(h.Name), []byte(h.Value))
	}
}

func forward(t *testing.T, client, ours []core.Header) ([]core.Header, *core.Error) {
	t.Helper()
	ex := &core.Exchange{}
	r := &ex.Request
	r.Method, r.Path, r.Headers, r.Body = []byte("PUT"), []byte("/p/own/x"), fields(client), []byte("body")
	at := &core.Attempt{Deployment: &core.Deployment{Provider: &core.Provider{Header: ours}}}
	at.Request.Header = append([]core.Header{{Name: "Accept", Value: "application/json"}, {Name: "Content-Type", Value: "application/json"}, {Name: "Anthropic-Version", Value: "default"}}, ours...)
	err := Dialect{}.Forward(ex, at)
	if err == nil && (at.Request.Method != "PUT" || at.Request.Path != "/x" || string(at.Request.Body[0]) != "body") {
		t.Errorf("request %+v", at.Request)
	}
	return at.Request.Header, err
}

func TestFields(t *testing.T) {
	h := func(pairs ...string) (out []core.Header) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, core.Header{Name: pairs[i], Value: pairs[i+1]})
		}
		return out
	}
	for name, c := range map[string]struct{ client, ours, want []core.Header }{
		"none":        {nil, nil, h("Anthropic-Version", "default", "Accept", "*/*")},
		"types":       {h("content-type", "a/b", "accept", "c/d"), nil, h("Anthropic-Version", "default", "Content-Type", "a/b", "Accept", "c/d")},
		"default":     {h("anthropic-version", "x"), nil, h("Anthropic-Version", "x", "Accept", "*/*")},
		"fixed":       {h("openai-beta", "x", "accept", "y"), h("Openai-Beta", "ours", "Accept", "ours"), h("Accept", "application/json", "Anthropic-Version", "default", "Openai-Beta", "ours", "Accept", "ours")},
		"twice":       {h("Openai-Beta", "a", "OPENAI-BETA", "b"), nil, h("Anthropic-Version", "default", "Openai-Beta", "a", "Openai-Beta", "b", "Accept", "*/*")},
		"connection":  {h("Connection", "x, openai-beta", "Openai-Beta", "a"), nil, h("Anthropic-Version", "default", "Accept", "*/*")},
		"credentials": {h("Authorization", "a", "Cookie", "b", "Openai-Api-Key", "c", "X-Amzn-Bedrock-Session-Token", "d", "X-Forwarded-For", "e", "X-Stainless-Lang", "js"), nil, h("Anthropic-Version", "default", "Accept", "*/*")},
	} {
		got, err := forward(t, c.client, c.ours)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v %v, want %v", name, got, err, c.want)
		}
	}
	if _, err := forward(t, h("Prefer", "a\x01b"), nil); err == nil || err.Code != core.CodeInvalidRequest {
		t.Errorf("a control character: %v", err)
	}
}

func TestAnswerField(t *testing.T) {
	for name, want := range map[string]string{
		"retry-after": "Retry-After", "X-RATELIMIT-Limit-Requests": "X-Ratelimit-Limit-Requests", "x-request-id": "X-Provider-Request-Id", "request-id": "Request-Id",
		"set-cookie": "", "location": "", "content-length": "", "transfer-encoding": "", "connection": "", "content-encoding": "", "openai-organization": "", "x-goog-upload-url": "",
		"access-control-allow-origin": "", "content-type": "", "date": "",
	} {
		if got := (Dialect{}).AnswerField([]byte(name)); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestNothingIsRead: a raw call has nothing that a hook could see, and says so.
func TestNothingIsRead(t *testing.T) {
	d := Dialect{Errors: openai.New()}
	if _, err := d.AnswerParts(nil, nil, nil); err == nil || d.Parts(nil) == nil {
		t.Error("there are parts")
	}
	if _, err := d.SpliceAnswer(nil, nil, nil); err == nil {
		t.Error("there is something to splice")
	}
	if d.Answer(nil, nil, nil) != nil || d.Event(nil, nil, nil) != core.EventForward || d.EndStream(nil, nil) != nil || d.AppendStreamEnd(nil) != nil {
		t.Error("something was read")
	}
	e := core.Errorf(core.CodeInternal, "no")
	if got, want := d.RenderError(nil, e, core.ID{}), openai.New().RenderError(nil, e, core.ID{}); string(got) != string(want) || d.RenderErrorEvent(nil, e, core.ID{}) != nil {
		t.Errorf("an error is %s", got)
	}
	if got := d.RenderModels(nil, nil); string(got) != string(openai.New().RenderModels(nil, nil)) || d.Name() != Name {
		t.Errorf("models are %s", got)
	}
}
