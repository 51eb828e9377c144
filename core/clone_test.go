package core

import (
	"bytes"
	"testing"
)

type oneHeader struct{ name, value string }

func (h oneHeader) Get(name string) []byte {
	if name != h.name {
		return nil
	}
	return []byte(h.value)
}

// TestCloneHasItsOwnMemory: nothing of a clone changes when the exchange's
// memory is used again.
func TestCloneHasItsOwnMemory(t *testing.T) {
	ex := &Exchange{ID: ID{1}, Route: &Route{Name: "r"}}
	text := func(s string) []byte { return ex.Copy([]byte(s)) }
	ex.Request.Path, ex.Request.Body, ex.Request.Model = text("/path"), text("body"), text("model")
	ex.Request.Headers, ex.Request.Scanned = oneHeader{"x-tier", "gold"}, ex
	ex.Tags = append(ex.Tags, Tag{"k", "v"})
	ex.paramsRead = true
	ex.params = Parameters{Stop: [][]byte{text("stop")}, Tools: []Tool{{Name: text("tool")}}, Others: []Parameter{{Name: text("other")}}, ToolName: text("named")}
	ex.NewAttempt(&Deployment{Name: "d"}).Usage.Output = 7
	part := &Part{ID: 3, Role: RoleSystem, Name: text("name")}
	part.SetText(text("hello world"))
	if err := part.Apply([]Edit{{Part: 3, Start: 0, End: 5, Bytes: []byte("bye")}}); err != nil {
		t.Fatal(err)
	}
	c, p := ex.Clone([]string{"x-tier"}), part.Clone()
	for _, b := range [][]byte{
		ex.Request.Path, ex.Request.Body, ex.Request.Model, ex.params.Stop[0], ex.params.Tools[0].Name, ex.params.Others[0].Name,
		ex.params.ToolName, part.Name, part.Original(),
	} {
		for i := range b {
			b[i] = '#'
		}
	}
	ex.Request.Headers = nil
	ex.Reset()

	params := c.Parameters()
	for name, got := range map[string]string{
		"/path": string(c.Request.Path), "body": string(c.Request.Body), "model": string(c.Request.Model),
		"gold": string(c.Request.Headers.Get("X-Tier")), "v": c.Tags[0].Value, "stop": string(params.Stop[0]),
		"tool": string(params.Tools[0].Name), "other": string(params.Others[0].Name), "named": string(params.ToolName),
		"d": c.Attempt.Deployment.Name, "bye world": string(p.Text()), "name": string(p.Name),
	} {
		if got != name {
			t.Errorf("%q became %q", name, got)
		}
	}
	if c.ID != (ID{1}) || c.Attempt.Usage.Output != 7 || c.Request.Scanned != nil || p.ID != 3 || p.Role != RoleSystem || p.Edited() {
		t.Errorf("clone %+v, part %+v", c, p)
	}
	if c.Request.Headers.Get("authorization") != nil || !bytes.Equal(c.Request.Body, []byte("body")) {
		t.Error("a clone has more than it was told to")
	}
}
