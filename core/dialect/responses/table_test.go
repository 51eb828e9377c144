package responses

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// schema is a JSON Schema as far as the tests look at it.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Enum       []any
	Properties map[string]*schema
	Additional json.RawMessage `json:"additionalProperties"`
	Items      *schema
	AllOf      []*schema
	AnyOf      []*schema
	OneOf      []*schema
}

// published returns the schemas that OpenAI publishes.
func published(t testing.TB) map[string]*schema {
	t.Helper()
	raw, err := os.ReadFile("testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Defs map[string]*schema `json:"$defs"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Defs
}

// walker finds the string leaves of a schema.
type walker struct {
	defs  map[string]*schema
	found map[string]bool
}

func (w *walker) walk(s *schema, path string, open []string) {
	if name := strings.TrimPrefix(s.Ref, "#/$defs/"); name != "" {
		if slices.Contains(open, name) {
			return
		}
		w.walk(w.defs[name], path, append(open[:len(open):len(open)], name))
	}
	for _, list := range [][]*schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, one := range list {
			w.walk(one, path, open)
		}
	}
	for key, one := range s.Properties {
		w.walk(one, strings.TrimPrefix(path+"."+key, "."), open)
	}
	if s.Items != nil {
		w.walk(s.Items, path+"[]", open)
	}
	if s.is("string") {
		w.found[path] = true
	}
	more := string(s.Additional)
	free := s.is("object") && s.Properties == nil && len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) == 0 && s.Ref == ""
	if more != "" && more != "false" || more == "" && free {
		w.found[path+".anything"] = true
	}
}

func (s *schema) is(kind string) bool {
	list, _ := s.Type.([]any)
	return s.Type == kind || slices.Contains(list, any(kind))
}

// named tells whether a row speaks of path.
func named(rows map[string]leaf.Row, path string) bool {
	if _, ok := rows[path]; ok {
		return true
	}
	for i := len(path); i > 0; i = strings.LastIndexAny(path[:i], ".[") {
		if _, ok := rows[path[:i]+".**"]; ok {
			return true
		}
		if r := rows[path[:i]]; r.Class == leaf.Value || r.Class == leaf.Derived || r.Class == leaf.Spelling {
			return true
		}
	}
	return false
}

// TestTables makes sure that the tables name every string leaf that OpenAI publishes.
func TestTables(t *testing.T) {
	t.Parallel()
	defs := published(t)
	for _, c := range []struct {
		name  string
		rows  []leaf.Row
		least int
		none  string
	}{
		{"CreateResponse", requestLeaves, 250, "input[].content[].unheard_of"},
		{"Response", answerLeaves, 300, "output[].content[].unheard_of"},
		{"ResponseStreamEvent", eventLeaves, 300, "item.content[].unheard_of"},
	} {
		rows := map[string]leaf.Row{}
		for _, r := range c.rows {
			rows[r.Path] = r
			if r.Class == leaf.Opaque && r.Why == "" {
				t.Errorf("%s: %s is opaque without a reason", c.name, r.Path)
			}
		}
		w := walker{defs, map[string]bool{}}
		w.walk(defs[c.name], "", []string{c.name})
		for path := range w.found {
			if !named(rows, path) {
				t.Errorf("%s: no row names %s", c.name, path)
			}
		}
		if len(w.found) < c.least || named(rows, c.none) || named(rows, "unheard_of") {
			t.Errorf("%s: %d leaves: the test does not look at them", c.name, len(w.found))
		}
	}
}
