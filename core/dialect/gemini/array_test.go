package gemini

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestShapeStream(t *testing.T) {
	t.Parallel()
	const path = "/v1beta/models/m:streamGenerateContent"
	for query, want := range map[string]bool{
		"": true, "alt=sse": false, "key=x&alt=sse": false, "$alt=sse": false, "alt=json": true, "key=alt": true, "alt=SSE": false,
	} {
		ex := request(path, hi)
		ex.Request.Query = []byte(query)
		if got := (Dialect{}).ShapeStream(ex) != nil; got != want {
			t.Errorf("%q: %v", query, got)
		}
	}
	if (Dialect{}).ShapeStream(request(generatePath, hi)) != nil {
		t.Error("nothing is streamed")
	}
}

func TestArray(t *testing.T) {
	t.Parallel()
	failure := string((Dialect{}).RenderErrorEvent(nil, core.Errorf(core.CodeUpstreamCut, "cut"), core.ID{}))
	for _, c := range []struct {
		writes []string
		want   []any
	}{
		{nil, []any{}},
		{[]string{"data: {\"a\":1}\n\n"}, []any{map[string]any{"a": 1.0}}},
		{[]string{"data: 1\n\ndata:2\r\n\r\n", ": comment\n\n\n", "event: x\ndata: 3\r\r", "data: [4,\ndata: 5\ndata: ]\n\ndata:\ndata: 6\n\n"}, []any{1.0, 2.0, 3.0, []any{4.0, 5.0}, 6.0}},
		{[]string{"data: 1\n\n", failure}, nil},
	} {
		var a Array
		var out []byte
		for _, w := range c.writes {
			out = a.Append(out, []byte(w))
		}
		out = a.AppendEnd(out)
		var got []any
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if c.want != nil && !reflect.DeepEqual(got, c.want) || c.want == nil && (len(got) != 2 || !strings.Contains(string(out), "UNAVAILABLE")) {
			t.Errorf("got %s", out)
		}
	}
}
