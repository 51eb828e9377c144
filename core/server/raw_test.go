package server

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestFits(t *testing.T) {
	const model, verb = "/models/{model}:generateContent", "/models/{model}:{verb}"
	for _, c := range []struct {
		template, path string
		want           bool
	}{
		{"/chat/completions", "/chat/completions", true},
		{"/chat/completions", "/chat/completions/x", false},
		{"/chat/completions?v={v}", "/chat/completions", true},
		{"", "", true},
		{"", "/x", false},
		{model, "/models/a:generateContent", true},
		{model, "/models/a:b:generateContent", true},
		{model, "/models/a:generateContent:generateContent", true},
		{model, "/models/:generateContent", false},
		{model, "/models/a/b:generateContent", false},
		{model, "/models/a:generateContentX", false},
		{model, "/models/a", false},
		{verb, "/models/a:embed", true},
		{verb, "/models/a:", false},
		{verb, "/models/a:b/c", false},
		{"/model/{model}/converse", "/model/arn%3Ax/converse", true},
		{"/model/{model}/converse", "/model/a/b/converse", false},
		{"/x/{model}", "/x/a", true},
		{"/x/{model}", "/x/", false},
		{verb, "/models/" + strings.Repeat(":", headerBuffer) + "/x", false}, // the most work
	} {
		if got := fits(c.template, c.path); got != c.want {
			t.Errorf("%s, %s: %t", c.template, c.path, got)
		}
	}
}

// TestNoMeter: what is no call to a service that we know is not read.
func TestNoMeter(t *testing.T) {
	x := streaming(t)
	x.state = &State{Dialects: []core.Dialect{x.Request.Dialect}}
	p := &core.Provider{BasePath: "/v1"}
	p.Serves[core.OpChat] = []core.Service{{Dialect: "cohere.chat", Path: "/chat/completions"}, {Dialect: "openai.chat", Path: "/chat/completions"}}
	for name, c := range map[string]struct {
		method, path string
		status       int
		want         bool
	}{
		"chat":           {"POST", "/v1/chat/completions", 200, true},
		"with a query":   {"POST", "/v1/chat/completions?a=b", 200, true},
		"another method": {"GET", "/v1/chat/completions", 200, false},
		"another path":   {"POST", "/v1/files", 200, false},
		"another status": {"POST", "/v1/chat/completions", 404, false},
	} {
		at := &core.Attempt{Deployment: &core.Deployment{Provider: p}, Request: core.UpstreamRequest{Method: c.method, Path: c.path}}
		x.resp.Status = c.status
		if m := x.meterOf(at, &x.resp); (m.dialect != nil) != c.want || c.want && m.operation != core.OpChat {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
