package anthropic

import (
	"os"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// named tells whether a row speaks of path.
func named(rows map[string]leaf.Row, path string) bool {
	if r, ok := rows[path]; ok && r.Class != leaf.Unknown {
		return true
	}
	for i := len(path); i > 0; i = strings.LastIndexByte(path[:i], '.') {
		if _, ok := rows[path[:i]+".**"]; ok {
			return true
		}
		if r, ok := rows[path[:i]]; ok && r.Class == leaf.Value {
			return true
		}
	}
	return false
}

// TestTables makes sure that the tables name every string leaf that the provider
// publishes.
func TestTables(t *testing.T) {
	t.Parallel()
	tables := map[string]map[string]leaf.Row{}
	for kind, rows := range map[string][]leaf.Row{"req": requestLeaves, "ans": answerLeaves, "ev": eventLeaves} {
		tables[kind] = map[string]leaf.Row{}
		for _, r := range rows {
			tables[kind][r.Path] = r
			if r.Class == leaf.Opaque && r.Why == "" {
				t.Errorf("%s: %s is opaque without a reason", kind, r.Path)
			}
		}
	}
	data, err := os.ReadFile("testdata/leaves.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		kind, path, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || kind == "#" {
			continue
		}
		if n++; !named(tables[kind], path) {
			t.Errorf("%s: no row names %s", kind, path)
		}
	}
	if n < 600 || named(tables["req"], "messages[].content[].unheard_of") {
		t.Errorf("%d leaves: the test does not look at them", n)
	}
}
