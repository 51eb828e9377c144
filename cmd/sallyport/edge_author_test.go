package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEdgeFilterForAuthors: the author's commands tell of a module of another
// ecosystem, without a manifest, what they can, and those for guards say so.
func TestEdgeFilterForAuthors(t *testing.T) {
	mustBuild(t) // which has no deadline
	dir := t.TempDir()
	for _, name := range []string{"header", "both", "probe"} {
		if err := os.WriteFile(filepath.Join(dir, name+".wasm"), []byte(edgeGuest(t, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "Bad Name.wasm"), []byte(edgeGuest(t, "header")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, want string
		fails      bool
	}{
		{"inspect header.wasm", "edge.header", false},
		{"inspect header.wasm", "http-wasm, an edge filter", false},
		{"inspect header.wasm", "http_handler.get_header_values, http_handler.set_header_value", false},
		{"inspect header.wasm", "64.0 KiB a guest", false},
		{"inspect header.wasm", "pass by", false},
		{"inspect both.wasm", "collected, every one of them", false},
		{"inspect --json both.wasm", `"abi": "http-wasm, an edge filter"`, false},
		{"inspect Bad\tName.wasm", "rename it", true},
		{"test header.wasm", "ok    HEAD /: passes it on; with x-agent: sallyport; to the answer adds x-edge: on", false},
		{"test both.wasm", "sets of the answer x-edge: on", false},
		{`test probe.wasm --config {"raw":"q\u0020set_status_code\u0020401\nq\u0020write_body\u00201\u0020no\nq\u0020next\u00200"}`, "ok    GET /: answers 401, 2 bytes", false},
		{`test probe.wasm --config {"raw":"q\u0020set_method\u0020PUT\nq\u0020set_uri\u0020/x\nq\u0020write_body\u00200\u0020ab\nq\u0020log\u00200\u0020hi"}`, "ok    GET /: passes it on; as PUT /x; with a body of 2 bytes; with Content-Length: 2; looks at the answer\n      info: hi\n", false},
		{`test --json probe.wasm --config {"raw":"q\u0020set_method\u0020_"}`, `"failed": "wasm: test: handle_request: the guest trapped: HTTP method cannot be empty"`, true},
		{"bench header.wasm", "it has no hooks of ours", true},
		{"fuzz header.wasm", "it has no hooks of ours", true},
	} {
		var args []string
		for a := range strings.FieldsSeq(strings.ReplaceAll(c.args, "\t", "\x00")) {
			args = append(args, strings.ReplaceAll(a, "\x00", " "))
		}
		out, err := run(t, dir, append([]string{"plugin"}, args...)...)
		if (err != nil) != c.fails || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v\n%s", c.args, err, out)
		}
	}
}

// TestEdgeFilterRollout: the stage of a shadow, which nothing calls, is passed
// over, and a canary has its calls.
func TestEdgeFilterRollout(t *testing.T) {
	for _, stages := range []string{"shadow: {calls: 1000000}", "shadow: {for: 24h}", "shadow: {calls: 1000000}, canary: {share: 50, calls: 5}"} {
		l := newLab(t, labConfig{
			config:  "plugins: {folder: plugins.d, rollout: [{use: edge.f, " + stages + "}]}",
			plugins: map[string]string{"f.wasm": edgeGuest(t, "header")},
		})
		l.unbalanced = "nothing is called"
		l.drop("f.wasm", edgeGuest(t, "both"))
		l.eventually("the new version serves every exchange", func() bool {
			a := l.call("GET", "/v1/models", "")
			return a.status == http.StatusOK && l.plugin("f.wasm").Generation == 2 && l.plugin("f.wasm").State == "live"
		})
	}
}
