package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPromises checks that what docs/promises.md says to hold each promise is
// there: tests and benchmarks by package, and the figures of the benchmark.
func TestPromises(t *testing.T) {
	text, err := os.ReadFile("../promises.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := promises(string(text))
	if len(rows) < 50 {
		t.Fatalf("only %d promises were found", len(rows))
	}
	for _, code := range faults() {
		if !slices.ContainsFunc(rows, func(r row) bool { return strings.HasPrefix(r.promise, code+" ") }) {
			t.Errorf("nothing is promised for the fault %s", code)
		}
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.promise] {
			t.Errorf("%q is promised twice", r.promise)
		}
		seen[r.promise] = true
		if err := r.held(); err != nil {
			t.Errorf("%s: %v", r.promise, err)
		}
	}
	for _, bad := range []string{
		"", "surely", "`core`: TestNothingOfTheKind", "`core/nowhere`: TestID", "`core`: TestID, TestNothing", "`core`: NewID",
		"`core`:", "`core`: testing", "`make bench`: infinitely fast", "not yet:", "`core`: TestID; perhaps",
	} {
		r := row{promise: "a", figure: "1", holders: bad}
		if r.held() == nil {
			t.Errorf("the promise is said to be held by %q, which passes", bad)
		}
	}
	if (row{promise: "a", holders: "`core`: TestID"}).held() == nil {
		t.Error("a promise without a figure passes")
	}
	good := row{promise: "a", figure: "1", holders: "`core`: TestID; not yet: the rest"}
	if err := good.held(); err != nil {
		t.Errorf("a good row is refused: %v", err)
	}
}

// faults returns the numbers of the faults that the gateway must survive.
func faults() []string {
	var out []string
	for _, span := range [][2]int{{1, 16}, {19, 24}, {26, 28}, {44, 44}, {49, 49}, {56, 58}, {62, 64}} {
		for n := span[0]; n <= span[1]; n++ {
			out = append(out, fmt.Sprintf("F%02d", n))
		}
	}
	return out
}

// row is one row of a table of promises.
type row struct{ promise, figure, holders string }

func promises(text string) []row {
	var out []row
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 3 || cells[0] == "| promise" {
			continue
		}
		out = append(out, row{strings.TrimPrefix(cells[0], "| "), cells[1], strings.TrimSuffix(cells[2], " |")})
	}
	return out
}

var (
	holder   = regexp.MustCompile("^`([a-z0-9/ ]+)`: (\\S.*)$")
	testName = regexp.MustCompile(`^(Test|Benchmark|Fuzz)[A-Z]\w*$`)
)

// held tells whether everything exists that is said to hold the promise.
func (r row) held() error {
	if r.promise == "" || r.figure == "" {
		return fmt.Errorf("it has no name or no figure")
	}
	for item := range strings.SplitSeq(r.holders, "; ") {
		if waits, ok := strings.CutPrefix(item, "not yet: "); ok && waits != "" {
			continue
		}
		m := holder.FindStringSubmatch(item)
		if m == nil {
			return fmt.Errorf("%q is neither `folder`: names, nor not yet: what", item)
		}
		if m[1] == "make bench" {
			if err := measured(m[2]); err != nil {
				return err
			}
			continue
		}
		there, err := testsIn(m[1])
		if err != nil {
			return err
		}
		for name := range strings.SplitSeq(m[2], ", ") {
			if !testName.MatchString(name) || !there[name] {
				return fmt.Errorf("%s has no test, benchmark or fuzz target %s", m[1], name)
			}
		}
	}
	return nil
}

// testsIn returns the top-level functions in the test files of a folder.
func testsIn(folder string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join("../..", filepath.FromSlash(folder), "*_test.go"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no test files", folder)
	}
	there := map[string]bool{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				there[fn.Name.Name] = true
			}
		}
	}
	return there, nil
}

// measured tells whether the benchmark judges that figure.
func measured(figure string) error {
	const file = "../../bench/report/promise.go"
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), `"`+figure+`"`) {
		return fmt.Errorf("the benchmark does not judge %q", figure)
	}
	return nil
}
