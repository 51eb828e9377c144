package leaf

import (
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestDropWrongTypes: members of a wrong type go and are named; null says nothing, and
// all else stays as it was.
func TestDropWrongTypes(t *testing.T) {
	part := func(kind core.PartKind, msg int, json string) *core.Part {
		return &core.Part{Kind: kind, Msg: msg, Attr: &core.Attr{JSON: []byte(json)}}
	}
	ex := &core.Exchange{}
	r := &core.TypedRequest{
		Parts: []*core.Part{
			part(core.PartText, -1, `{"name":7}`),
			part(core.PartDocument, 2, `{ "title" : "T", "filename":["a"],"x":{"title":1} ,"context":null}`),
			part(core.PartToolResult, 3, `{"is_error":"no","b":1}`),
			part(core.PartRaw, 4, `{"name":7}`),
			part(core.PartCachePoint, 4, `{"name":7}`),
			{Kind: core.PartText, Msg: 5},
		},
		Parameters: core.Parameters{
			Tools:      []core.Tool{{}, {Attr: []byte(`{"strict":1,"cache_control":"x"}`)}},
			OutputAttr: []byte(`{"name":"n","strict":null,"description":{}}`),
			Others: []core.Parameter{
				{Name: []byte("user"), JSON: []byte("7")},
				{Name: []byte("seed"), JSON: []byte(`"a"`)},
				{Name: []byte("thinking"), JSON: []byte(`"on"`)},
				{Name: []byte("metadata"), JSON: []byte("null")},
				{Name: []byte("service_tier"), JSON: []byte(`"flex"`)},
			},
		},
	}
	DropWrongTypes(ex, r, Places{List: "turns", System: "before", Form: "form"})
	want := []string{
		"before.text.name", "turns[2].document.filename", "turns[3].tool_result.is_error",
		"tools[1].strict", "tools[1].cache_control", "form.description", "user", "thinking",
	}
	for i := range want {
		want[i] += "=" + LossType
	}
	if !slices.Equal(r.Dropped, want) {
		t.Errorf("reported %q", r.Dropped)
	}
	var left []string
	for _, p := range r.Parts[:5] {
		left = append(left, string(p.Attr.JSON))
	}
	left = append(left, string(r.Parameters.Tools[1].Attr), string(r.Parameters.OutputAttr))
	for _, o := range r.Parameters.Others {
		left = append(left, string(o.Name))
	}
	if got := strings.Join(left, " "); got != ` {"title":"T","x":{"title":1},"context":null} {"b":1} {"name":7} {"name":7}  {"name":"n","strict":null} seed metadata service_tier` {
		t.Errorf("left is %s", got)
	}
}
