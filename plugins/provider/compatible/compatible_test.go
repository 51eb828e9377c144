package compatible

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestReadme compares the table for people with the list.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	list := Descriptors()
	for i := range list {
		d := &list[i]
		variable := ""
		if d.KeyEnv != "" {
			variable = "`" + d.KeyEnv + "`"
		}
		if row := fmt.Sprintf("| `%s` | %s | `%s` | %s |", d.Kind, d.Title, d.BaseURL, variable); !strings.Contains(string(readme), row+"\n") {
			t.Errorf("README.md lacks the row %s", row)
		}
	}
	if n := strings.Count(string(readme), "\n| `"); n != len(list) {
		t.Errorf("README.md has %d kinds, the list %d", n, len(list))
	}
}

// TestQuirks: only who is known to leave out the last event may end a stream without it.
func TestQuirks(t *testing.T) {
	for _, d := range Descriptors() {
		if d.Quirks.NoStreamEnd != (d.Kind == "perplexity") {
			t.Errorf("%s: %+v", d.Kind, d.Quirks)
		}
	}
}

func TestList(t *testing.T) {
	if !slices.IsSortedFunc(kinds, func(a, b row) int { return strings.Compare(a.kind, b.kind) }) {
		t.Error("the kinds are not sorted")
	}
	list := Descriptors()
	if len(list) < 100 {
		t.Errorf("there are %d kinds; at least 100 are promised", len(list))
	}
	for i, kind := range discovered {
		if list[i].Kind != kind || !list[i].Discover {
			t.Errorf("place %d of the list is %s, not the kind %s to be discovered", i, list[i].Kind, kind)
		}
	}
	list[0].Kind, list[0].Serves[1][0].Path = "changed", "changed"
	if d := Descriptors()[0]; d.Kind == "changed" || d.Serves[1][0].Path == "changed" {
		t.Error("the list is shared: a caller can change it for others")
	}
}
