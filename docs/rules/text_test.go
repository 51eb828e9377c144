package rules

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// maxLines is how long a file may be that a person is to read.
const maxLines = 500

func TestFilesAreShort(t *testing.T) {
	each(t, short)
	refuses(t, short, file{"x.go", strings.Repeat("\n", maxLines+1)})
}

func short(f file) []string {
	if n := strings.Count(f.text, "\n"); n > maxLines && !generated(f.text) {
		return []string{fmt.Sprintf("it has %d lines; at most %d are readable: split it", n, maxLines)}
	}
	return nil
}

// unwanted are texts that no file holds. They are put together here, so that
// this file does not hold them either.
var unwanted = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`), "an unfinished thing belongs into the tracker, not into a file"},
	{regexp.MustCompile(`(^|[^\w./-])/(wo` + `rk|ro` + `ot|ho` + `me)/`), "a path of one machine"},
	{regexp.MustCompile(`registry\.npmjs\.` + `org|(files\.pythonhosted|pypi|proxy\.golang|static\.crates)\.(or` + `g|i` + `o)`), "the address of a registry, which differs from place to place"},
}

func TestNothingUnwanted(t *testing.T) {
	each(t, wanted)
	refuses(t, wanted, file{"x.go", "// TO" + "DO: later"})
	refuses(t, wanted, file{"x.md", "See /wo" + "rk/main/README.md"})
	refuses(t, wanted, file{"x.sh", `cd "/ro` + `ot/x"`})
	refuses(t, wanted, file{"x.sh", "pip install --index-url https://pypi.or" + "g/simple x"})
}

func wanted(f file) []string {
	var out []string
	for _, u := range unwanted {
		if hit := u.pattern.FindString(f.text); hit != "" {
			out = append(out, fmt.Sprintf("it holds %q: %s", hit, u.why))
		}
	}
	return out
}

// TestNoTestSleeps: a test that sleeps is either slow or wrong. In a
// synctest bubble a sleep takes no time and is how its clock is moved.
func TestNoTestSleeps(t *testing.T) {
	each(t, awake)
	refuses(t, awake, file{"x_test.go", "package x\nimport (\"testing\"; \"time\")\nfunc TestX(t *testing.T) { time.Sleep(1) }"})
	refuses(t, awake, file{"x_test.go", "package x\nimport (z \"time\")\nfunc f() { z.Sleep(1) }"})
}

func awake(f file) []string {
	if !isTest(f.name) {
		return nil
	}
	set := token.NewFileSet()
	src, err := parser.ParseFile(set, f.name, f.text, 0)
	if err != nil {
		return []string{err.Error()}
	}
	clock, bubble := "", false
	for _, spec := range src.Imports {
		switch spec.Path.Value {
		case `"time"`:
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		case `"testing/synctest"`:
			bubble = true
		}
	}
	if bubble {
		return nil
	}
	var out []string
	ast.Inspect(src, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == clock {
				out = append(out, fmt.Sprintf("line %d sleeps; wait on a condition instead", set.Position(n.Pos()).Line))
			}
		}
		return true
	})
	return out
}

// TestExportedNamesAreExplained wants a comment on each exported name of the
// packages that others import, methods of exported types included. One comment
// may speak for a group of constants or variables.
func TestExportedNamesAreExplained(t *testing.T) {
	each(t, explained)
	for _, bad := range []string{
		"func F() {}", "type T struct{}", "const C = 1", "var V int",
		"// T is a type.\ntype T struct{}\nfunc (*T) M() {}",
		"// Many.\nconst (\n\tA = 1\n)\ntype I interface{ M() }",
	} {
		refuses(t, explained, file{"core/x.go", "package x\n" + bad})
	}
}

func explained(f file) []string {
	if isTest(f.name) || !strings.HasSuffix(f.name, ".go") || !published(f.name) {
		return nil
	}
	set := token.NewFileSet()
	src, err := parser.ParseFile(set, f.name, f.text, parser.ParseComments)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	want := func(id *ast.Ident, docs ...*ast.CommentGroup) {
		if !id.IsExported() {
			return
		}
		for _, d := range docs {
			if strings.TrimSpace(d.Text()) != "" {
				return
			}
		}
		out = append(out, fmt.Sprintf("%s (line %d) has no comment", id.Name, set.Position(id.Pos()).Line))
	}
	for _, decl := range src.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || ast.IsExported(receiver(d)) {
				want(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					want(s.Name, s.Doc, d.Doc)
				case *ast.ValueSpec:
					for _, id := range s.Names {
						want(id, s.Doc, s.Comment, d.Doc)
					}
				}
			}
		}
	}
	return out
}

// published tells whether people outside the repository import the file.
func published(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	return top == "core" || top == "plugins" || top == "sdk"
}

func receiver(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	for {
		switch v := t.(type) {
		case *ast.StarExpr:
			t = v.X
		case *ast.IndexExpr:
			t = v.X
		case *ast.IndexListExpr:
			t = v.X
		case *ast.Ident:
			return v.Name
		default:
			return ""
		}
	}
}
