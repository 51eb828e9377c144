package core_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sallyport-gateway/sallyport/"

// law says what the packages below a folder may import of ours. The longest
// matching folder decides. Test files are free, but for the rule that core
// needs nothing outside core.
var law = map[string][]string{
	"core":                  {},
	"core/abi":              {"core"},
	"core/config":           {"core"},
	"core/registry":         {"core", "core/config", "core/chain"},
	"core/chain":            {"core"},
	"core/dialect":          {"core", "core/stream", "core/dialect/jsonscan", "core/dialect/leaf"},
	"core/dialect/leaf":     {"core", "core/dialect/jsonscan"},
	"core/dialect/jsonscan": {},
	"core/stream":           {"core"},
	"core/window":           {"core"},
	"core/upstream":         {"core"},
	"core/attempt":          {"core", "core/chain", "core/stream", "core/upstream"},
	"core/ledger":           {"core"},
	"core/telemetry":        {"core"},
	"core/wasm":             {"core", "core/abi", "core/wasm/safepoint"},
	"core/wasm/safepoint":   {},
	"core/script":           {"core", "core/abi"},
	"core/adapter":          {"core", "core/abi"},
	"core/folder":           {"core", "core/registry"},
	"core/server": {
		"core", "core/attempt", "core/chain", "core/config", "core/ledger", "core/registry",
		"core/stream", "core/telemetry", "core/upstream", "core/window", "core/folder",
	},
	"plugins":     {"core", "sdk"},
	"sdk/adapter": {"core", "core/abi", "core/adapter/wire", "sdk"}, // an adapter speaks to its host
	"sdk":         {"core", "sdk"},
}

// homes says where a third-party module, or a part of the standard library, may
// be imported. A module that is not listed may be imported nowhere.
var homes = map[string][]string{
	"github.com/valyala/fasthttp":           {"core/server", "core/upstream", "cmd", "bench"},
	"github.com/klauspost/compress/zstd":    {"core/upstream"}, // as in fasthttp, which brings both
	"github.com/molecule-man/go-brrr":       {"core/upstream"},
	"github.com/tetratelabs/wazero":         {"core/wasm"},
	"github.com/dop251/goja":                {"core/script"},
	"github.com/dlclark/regexp2":            {"core/script"},
	"aead.dev/minisign":                     {"core/folder"},
	"github.com/hashicorp/go-plugin":        {"core/adapter", "sdk/adapter"},
	"github.com/hashicorp/go-hclog":         {"core/adapter", "sdk/adapter"},
	"google.golang.org/grpc":                {"core/adapter", "sdk/adapter"},
	"google.golang.org/protobuf":            {"core/adapter", "sdk/adapter"},
	"github.com/goccy/go-yaml":              {"core/config"},
	"github.com/santhosh-tekuri/jsonschema": {"core/config"},
	"github.com/fsnotify/fsnotify":          {"core/config", "core/folder"},
	"github.com/rs/zerolog":                 {"core/telemetry", "core/server", "cmd"},
	"github.com/prometheus/client_golang":   {"core/telemetry"},
	"github.com/prometheus/common":          {"core/telemetry"},
	"github.com/spf13/cobra":                {"cmd"},
	"golang.org/x/sys":                      {"core/server", "core/upstream", "core/ledger", "core/adapter", "core/dialect/jsonscan", "bench", "cmd"},
	"github.com/aws/aws-sdk-go-v2":          {"plugins/sign/sigv4"},
	"golang.org/x/oauth2":                   {"plugins/sign/gcp"},
	"net/http":                              {"cmd", "bench", "examples", "plugins/sign", "sdk/plugintest"}, // there for the types that its libraries speak
	"plugin":                                {},                                                             // breaks on any version difference: never
}

// violation returns what is wrong with the file of package folder dir (relative
// to the module, with slashes) importing imp, or "".
func violation(dir, imp string, test bool) string {
	if rest, ours := strings.CutPrefix(imp, module); ours {
		return ourViolation(dir, rest, test)
	}
	for home, folders := range homes {
		if imp != home && !strings.HasPrefix(imp, home+"/") {
			continue
		}
		if test || slices.ContainsFunc(folders, func(f string) bool { return under(dir, f) }) {
			return ""
		}
		return fmt.Sprintf("%s may not import %s; its homes are %v", dir, imp, folders)
	}
	if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") && !test {
		return fmt.Sprintf("%s imports %s, which has no home in core/deps_test.go", dir, imp)
	}
	return ""
}

func ourViolation(dir, imp string, test bool) string {
	if under(dir, "core") && !under(imp, "core") {
		return fmt.Sprintf("%s may not import %s: core builds and passes without plugins", dir, imp)
	}
	if test || imp == dir {
		return ""
	}
	best := ""
	for folder := range law {
		if under(dir, folder) && len(folder) > len(best) {
			best = folder
		}
	}
	if best == "" || dir == "plugins" { // cmd, bench, examples and the list of built-ins put things together
		return ""
	}
	if under(imp, best) && strings.HasPrefix(best, "core/") {
		return "" // inside one area
	}
	if slices.Contains(law[best], imp) || slices.Contains(law[best], "sdk") && under(imp, "sdk") {
		return ""
	}
	return fmt.Sprintf("%s may not import %s; the law allows %v", dir, imp, law[best])
}

func under(dir, folder string) bool { return dir == folder || strings.HasPrefix(dir, folder+"/") }

func TestLawOfImports(t *testing.T) {
	root := os.DirFS("..")
	files := 0
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if b := e.Name(); name != "." && (b[0] == '.' || b == "testdata" || b == "node_modules") || isModule(name) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		files++
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, v := range check(t, name, src) {
			t.Error(v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 20 {
		t.Fatalf("only %d Go files were found: the walk is broken", files)
	}
}

// isModule tells whether the folder is a module of its own below ours.
func isModule(dir string) bool {
	if dir == "." {
		return false
	}
	_, err := os.Stat(filepath.Join("..", filepath.FromSlash(dir), "go.mod"))
	return err == nil
}

func check(t *testing.T, name string, src []byte) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if v := violation(path.Dir(name), imp, strings.HasSuffix(name, "_test.go")); v != "" {
			out = append(out, name+": "+v)
		}
	}
	return out
}

// TestLawCanFail feeds the rules what they exist to refuse.
func TestLawCanFail(t *testing.T) {
	for _, bad := range []struct{ name, imp string }{
		{"core/x.go", module + "core/stream"},
		{"core/x.go", module + "plugins/auth/keys"},
		{"core/chain/x_test.go", module + "plugins/auth/keys"},
		{"core/chain/x.go", module + "core/server"},
		{"core/dialect/openai/x.go", module + "core/upstream"},
		{"core/chain/x.go", "github.com/valyala/fasthttp"},
		{"core/server/x.go", "net/http"},
		{"core/server/x.go", "net/http/pprof"},
		{"core/config/x.go", "plugin"},
		{"core/config/x.go", "example.com/unknown"},
		{"plugins/auth/keys/x.go", module + "plugins/sign/header"},
		{"plugins/auth/keys/x.go", module + "core/server"},
	} {
		src := fmt.Appendf(nil, "package x\nimport _ %q\n", bad.imp)
		if len(check(t, bad.name, src)) == 0 {
			t.Errorf("%s may import %s, but must not", bad.name, bad.imp)
		}
	}
}
