package core_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestEdgeFields(t *testing.T) {
	b := func(s string) []byte { return []byte(s) }
	var f core.EdgeFields
	show := func() string {
		var s []string
		for i := range f {
			s = append(s, fmt.Sprintf("%s=%s", f[i].Name, f[i].Value))
		}
		return strings.Join(s, " ")
	}
	want := func(text string) {
		t.Helper()
		if got := show(); got != text {
			t.Errorf("%q, want %q", got, text)
		}
	}
	f.Add(b("A"), b("1"))
	f.Set(b("B"), b("2"))
	f.Add(b("a"), b("3"))
	want("A=1 B=2 a=3")
	f.Set(b("a"), b("4"))
	want("A=4 B=2")
	if f.Remove(b("c")) || !f.Has(b("b")) || string(f.Get(b("b"))) != "2" || f.Get(b("c")) != nil || f.Has(b("c")) {
		t.Error("names are not found as they should be")
	}
	if !f.Remove(b("a")) {
		t.Error("it was not removed")
	}
	want("B=2")
}

// TestEdgeMessage: what is kept survives its source, and a failed filter's changes
// can be undone.
func TestEdgeMessage(t *testing.T) {
	m, source := &core.EdgeMessage{Method: []byte("GET")}, []byte("value")
	m.Fields.Add([]byte("a"), m.Keep(source))
	copy(source, "xxxxx")
	was := *m
	was.Fields = append(core.EdgeFields(nil), m.Fields...)
	m.Method, m.Changed, m.Buffer = []byte("PUT"), true, true
	m.Fields.Set([]byte("a"), m.Keep([]byte("other")))
	m.Restore(&was)
	if string(m.Method) != "GET" || m.Changed || m.Buffer || string(m.Fields.Get([]byte("A"))) != "value" {
		t.Errorf("%+v", m)
	}
	m.Reset()
	if m.Method != nil || len(m.Fields) != 0 {
		t.Errorf("%+v", m)
	}
}
