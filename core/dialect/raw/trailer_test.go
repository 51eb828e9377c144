package raw

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTrailers: what crosses as a header field does so behind the body, but for
// what says how the body is read.
func TestTrailers(t *testing.T) {
	for what, c := range map[string]struct {
		root, connection, trailers, want string
	}{
		"below its name": {trailers: "X-Sum=1 If-Match=2", want: "If-Match=2"},
		"at the root":    {root: "p/own", trailers: "x-sum=1 x-sum=2 Digest=d", want: "X-Sum=1 X-Sum=2 Digest=d"},
		"credentials":    {root: "p/own", trailers: "X-Api-Key=1 Authorization=2 X-Auth=3 A=b", want: "A=b"},
		"of the body":    {root: "p/own", trailers: "Content-Type=1 Content-Encoding=2 Content-Length=3 Content-Digest=4", want: "Content-Digest=4"},
		"hop by hop":     {root: "p/own", connection: "x-sum", trailers: "X-Sum=1 Te=2 Trailer=3 A=b", want: "A=b"},
		"no text":        {root: "p/own", trailers: "A=\x01 B=c", want: "B=c"},
	} {
		ex := &core.Exchange{}
		r := &ex.Request
		r.Method, r.Path, r.Headers = []byte("POST"), []byte("/p/own/x"), fields{{Name: "Connection", Value: c.connection}}
		for f := range strings.SplitSeq(c.trailers, " ") {
			name, value, _ := strings.Cut(f, "=")
			r.Trailers.Add([]byte(name), []byte(value))
		}
		at := &core.Attempt{Deployment: &core.Deployment{Provider: &core.Provider{}}}
		if err := (Dialect{Root: c.root}).Forward(ex, at); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range at.Request.Trailers {
			got = append(got, fmt.Sprintf("%s=%s", h.Name, h.Value))
		}
		if have := strings.Join(got, " "); have != c.want {
			t.Errorf("%s: %q, want %q", what, have, c.want)
		}
	}
}

// TestEmptyValues: a field without a value crosses to the root, as all others do.
func TestEmptyValues(t *testing.T) {
	for root, want := range map[string]bool{"": false, "p/own": true} {
		ex := &core.Exchange{}
		r := &ex.Request
		r.Method, r.Path, r.Headers = []byte("GET"), []byte("/p/own/x"), fields{{Name: "Prefer", Value: ""}}
		at := &core.Attempt{Deployment: &core.Deployment{Provider: &core.Provider{}}}
		if err := (Dialect{Root: root}).Forward(ex, at); err != nil {
			t.Fatal(err)
		}
		got := false
		for _, h := range at.Request.Header {
			got = got || h.Name == "Prefer" && h.Value == ""
		}
		if got != want {
			t.Errorf("with the root %q it crosses: %v", root, got)
		}
	}
}
