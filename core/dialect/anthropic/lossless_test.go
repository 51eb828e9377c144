package anthropic

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// leavesOf adds to out all strings that are leaves of v, by path.
func leavesOf(v any, path string, out map[string]string) {
	switch v := v.(type) {
	case string:
		out[path] = v
	case []any:
		for i, e := range v {
			leavesOf(e, fmt.Sprintf("%s[%d]", path, i), out)
		}
	case map[string]any:
		for k, e := range v {
			if path == "" {
				leavesOf(e, k, out)
			} else {
				leavesOf(e, path+"."+k, out)
			}
		}
	}
}

// haystack is everything that the middle form says.
func haystack(r *core.TypedRequest) string {
	var b strings.Builder
	add := func(texts ...[]byte) {
		for _, s := range texts {
			b.Write(s)
			b.WriteByte('\n')
			if v := any(nil); len(s) > 0 && json.Unmarshal(s, &v) == nil {
				found := map[string]string{}
				leavesOf(v, "", found)
				for _, leaf := range found {
					b.WriteString(leaf + "\n")
				}
			}
		}
	}
	for _, p := range r.Parts {
		add(p.Text(), p.Name, p.Ref, []byte(p.Role.String()))
		if a := p.Attr; a != nil {
			add(a.Data, a.URL, a.Signature, a.Source, a.JSON)
			if string(p.Name) == "text/plain" {
				text, _ := base64.StdEncoding.DecodeString(string(a.Data))
				add(text)
			}
		}
	}
	q := &r.Parameters
	add(q.Stop...)
	for _, tool := range q.Tools {
		add(tool.Name, tool.Description, tool.Arguments, tool.Raw, tool.Attr)
	}
	add(q.ToolName, q.OutputShape, q.OutputAttr, q.ReasoningEffort)
	for _, o := range q.Others {
		add(o.Name, o.JSON)
	}
	return b.String()
}

// words are strings whose meaning the form of the middle holds.
func isWord(path, s string) bool {
	switch {
	case path == "model", strings.HasSuffix(path, ".type"):
		return true // the kind of a part, a choice, a format
	case strings.HasSuffix(path, "].role"):
		return s == "user" || s == "assistant" || s == "system"
	}
	return false
}

// checkLossless makes sure that each string of the request of ex is in its middle
// form, or reported.
func checkLossless(t testing.TB, name string, ex *core.Exchange) {
	t.Helper()
	r := &core.TypedRequest{}
	if err := (Messages{}).Typed(ex, ex.Request.Body, r); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	hay := haystack(r)
	found := map[string]string{}
	leavesOf(tree(t, string(ex.Request.Body)), "", found)
	for path, s := range found {
		if strings.HasSuffix(path, ".media_type") {
			s = strings.ToLower(s)
		}
		if strings.HasPrefix(s, "sp1") { // taken apart: the seal and who made it
			s = s[strings.LastIndexByte(s, '.')+1:]
		}
		if isWord(path, s) || strings.Contains(hay, s) {
			continue
		}
		reported := false
		for _, d := range r.Dropped {
			field, _, _ := strings.Cut(d, "=")
			reported = reported || strings.HasPrefix(path, field)
		}
		if !reported {
			t.Errorf("%s: %s is lost: %q; dropped %v", name, path, clipped(s), r.Dropped)
		}
	}
	checkMessages(t, name, r)
}

// checkMessages holds the rules of the middle form: messages count from 0 without
// a gap, and every result has a part that says so.
func checkMessages(t testing.TB, name string, r *core.TypedRequest) {
	t.Helper()
	last := -1
	for i, p := range r.Parts {
		if p.ID != i || p.Msg < last || p.Msg > last+1 {
			t.Errorf("%s: part %d has ID %d, message %d after %d", name, i, p.ID, p.Msg, last)
		}
		last = p.Msg
		if (p.Kind == core.PartToolResult) != (p.Role == core.RoleTool && p.Kind == core.PartToolResult) {
			t.Errorf("%s: part %d is a result, but of %v", name, i, p.Role)
		}
	}
}
