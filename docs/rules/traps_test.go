package rules

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTraps checks the map of traps: each has the tests that hold it, and where the
// list of known ones is there, none of them is missing.
func TestTraps(t *testing.T) {
	rows := traps(t)
	if len(rows) < 150 {
		t.Fatalf("only %d traps were found", len(rows))
	}
	known := map[string]bool{}
	for _, r := range rows {
		if err := r.held(); err != nil || strings.Contains(r.holders, "not yet:") || strings.Contains(r.holders, "make bench") {
			t.Errorf("%s: %q is held by %q: %v", r.page, r.promise, r.holders, err)
		}
		refs, err := references(r.figure)
		if err != nil {
			t.Errorf("%s: %q: %v", r.page, r.promise, err)
		}
		for _, ref := range refs {
			known[ref] = true
		}
	}
	if len(known) < 200 {
		t.Errorf("only %d reports are named", len(known))
	}
	list, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "research", "translation.md"))
	if err != nil {
		t.Skip("the list of known traps is not there")
	}
	missing := map[string]bool{}
	for _, ref := range mentioned(string(list)) {
		if !known[ref] {
			missing[ref] = true
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(missing)) {
		t.Errorf("no page of docs/traps names %s", ref)
	}
}

// trap is one row of a page.
type trap struct {
	row
	page string
}

func traps(t *testing.T) (out []trap) {
	t.Helper()
	pages, err := filepath.Glob("../traps/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range promises(string(text)) {
			if r.promise == "trap" || strings.HasPrefix(r.promise, "---") {
				continue
			}
			out = append(out, trap{r, filepath.Base(page)})
		}
	}
	return out
}

var (
	ofOne  = regexp.MustCompile(`^([\w./-]*[A-Za-z][\w./-]*) (#\d+(?:, #\d+)*)$`)
	number = regexp.MustCompile(`#\d+`)
	spoken = regexp.MustCompile(`([\w./-]*[A-Za-z][\w./-]*) ((?:#\d+[ ,]*)+)|#\d+`)
)

// references reads the cell that says where a trap is known from: reports by
// repository, the word format for what the provider's format says, or seen.
func references(cell string) (out []string, err error) {
	for item := range strings.SplitSeq(cell, "; ") {
		if item == "format" || item == "seen" {
			continue
		}
		m := ofOne.FindStringSubmatch(item)
		if m == nil {
			return nil, fmt.Errorf("%q is neither a repository with numbers, nor format, nor seen", item)
		}
		for _, n := range number.FindAllString(m[2], -1) {
			out = append(out, m[1]+" "+n)
		}
	}
	return out, nil
}

// mentioned returns the references in a text.
func mentioned(text string) (out []string) {
	for line := range strings.Lines(text) {
		repository := ""
		for _, m := range spoken.FindAllStringSubmatch(line, -1) {
			if m[1] != "" {
				repository = m[1]
			}
			for _, n := range number.FindAllString(m[0], -1) {
				if repository != "" {
					out = append(out, repository+" "+n)
				}
			}
		}
	}
	return out
}
