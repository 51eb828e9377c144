package author

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// ForeignABIs are those of other ecosystems whose modules run as edge filters.
func ForeignABIs() []*wasm.Foreign { return []*wasm.Foreign{httpwasm.ABI()} }

// foreignOf returns the ABI of another ecosystem that a module is of, or nil.
func foreignOf(code []byte) *wasm.Foreign {
	for _, abi := range ForeignABIs() {
		if abi.Recognises(code) {
			return abi
		}
	}
	return nil
}

// ForeignManifest returns the manifest of a module of a foreign ABI that has none:
// its file's name and content are its identity. It returns nil for other modules.
func ForeignManifest(file string, code []byte, digest [32]byte) (*core.Manifest, error) {
	abi := foreignOf(code)
	if abi == nil {
		return nil, nil
	}
	base := filepath.Base(file)
	name := strings.ToLower(strings.TrimSuffix(base, filepath.Ext(base)))
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || name == "" {
		return nil, fmt.Errorf("it is a module of %s without a manifest, whose id is made of the file's name, which %q is no good for: rename it to letters, digits, - and _, or put %s.yaml beside it",
			abi.Name, base, strings.TrimSuffix(base, filepath.Ext(base)))
	}
	return &core.Manifest{
		ID: wasm.EdgeKind + "." + name, Kind: wasm.EdgeKind, Version: hex.EncodeToString(digest[:6]),
		Phases: []core.Phase{core.PhaseReceive},
	}, nil
}

// noHooks is why the commands for guards have nothing to do with an edge filter.
func (m *Module) noHooks() error {
	if m.Foreign == nil {
		return nil
	}
	return fmt.Errorf("%s is a module of %s and runs as an edge filter: it has no hooks of ours to call; sallyport plugin inspect and sallyport plugin test say what it does", m.Name, m.Foreign.Name)
}

// edge starts a filter as the gateway does, with every capability that it asks for.
func (s *sandbox) edge(ctx context.Context, settings map[string]any) (core.EdgeFilter, error) {
	c := core.InstanceConfig{Name: instanceName, Config: settings, Grants: s.module.Manifest().Capabilities}
	patient(s)(&c)
	i, err := s.module.New(c)
	if err != nil {
		return nil, err
	}
	if err := i.Start(ctx); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i.(core.EdgeFilter), nil //nolint:forcetypeassert // what Load recognised makes no other
}

// startEdge adds to the report what only a running filter tells.
func (r *Report) startEdge(ctx context.Context, s *sandbox) error {
	f, err := s.edge(ctx, nil)
	if err != nil {
		r.Waits = err.Error()
		return nil
	}
	r.MemoryBytes = s.host.Memory()
	if r.Stream = "pass by; header fields can be set before they begin"; f.Buffers() {
		r.Stream = "collected, every one of them (buffer_response)"
	}
	return f.Close()
}

// EdgeResult is what an edge filter did with one exchange.
type EdgeResult struct {
	Request string   `json:"request"`
	Did     []string `json:"did"`
	Failed  string   `json:"failed,omitempty"`
	Log     []string `json:"log,omitempty"`
}

// EdgeResults are those of the usual exchanges.
type EdgeResults []EdgeResult

// edgeRequests are the requests that a filter is tried with.
var edgeRequests = []struct{ method, uri, body string }{
	{"GET", "/", ""},
	{"GET", "/animal?name=chip%26dale", ""},
	{"HEAD", "/", ""},
	{"POST", "/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"hello"}]}`},
	{"PUT", "/large", strings.Repeat("0123456789abcdef", 8<<10)},
}

// IsEdge tells whether path is a module that runs as an edge filter.
func IsEdge(path string) bool {
	if filepath.Ext(path) != moduleSuffix {
		return false
	}
	m, err := ReadModule(path)
	return err == nil && m.Foreign != nil
}

// TryEdge takes usual exchanges through an edge filter with the given settings,
// and tells what it did.
func TryEdge(ctx context.Context, path string, settings map[string]any) (out EdgeResults, err error) {
	m, err := ReadModule(path)
	if err != nil {
		return nil, err
	}
	s, err := admit(ctx, m)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	f, err := s.edge(ctx, settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	s.logged()
	for _, r := range edgeRequests {
		msg := &core.EdgeMessage{
			Method: []byte(r.method), URI: []byte(r.uri), Protocol: "HTTP/1.1", Source: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40000},
			Body: []byte(r.body), CanTrail: true, MaxBody: 1 << 20, MaxAnswer: 1 << 20,
		}
		for _, f := range [][2]string{{"Host", "localhost:8080"}, {"Accept", "*/*"}, {"User-Agent", "sallyport"}, {"Content-Type", "application/json"}} {
			msg.Fields.Add([]byte(f[0]), []byte(f[1]))
		}
		one := EdgeResult{Request: r.method + " " + r.uri}
		did, failed := tryOne(f, msg)
		if failed != nil {
			one.Failed = failed.Error()
		}
		one.Did = slices.DeleteFunc(did, func(s string) bool { return s == "" })
		one.Log = s.logged()
		out = append(out, one)
	}
	return out, nil
}

// tryOne takes one exchange through a filter, before a service that answers 200.
func tryOne(f core.EdgeFilter, m *core.EdgeMessage) (did []string, err error) {
	before := *m
	before.Fields = slices.Clone(m.Fields)
	turn, err := f.Request(m)
	if err != nil {
		return nil, err
	}
	defer turn.Close()
	if !turn.Next() {
		return append(did, fmt.Sprintf("answers %d, %d bytes", m.Status, len(m.AnswerBody)), fields("with", m.AnswerFields, nil)), nil
	}
	did = append(did, "passes it on")
	if string(m.Method) != string(before.Method) || string(m.URI) != string(before.URI) {
		did = append(did, fmt.Sprintf("as %s %s", m.Method, m.URI))
	}
	if m.BodyChanged {
		did = append(did, fmt.Sprintf("with a body of %d bytes", len(m.Body)))
	}
	did = append(did, fields("with", m.Fields, before.Fields), fields("to the answer adds", m.AnswerFields, nil))
	m.Status, m.AnswerBody = 200, []byte(`{"ok":true}`)
	m.AnswerFields.Add([]byte("Content-Type"), []byte("application/json"))
	if !turn.Waits() {
		return did, nil
	}
	own := slices.Clone(m.AnswerFields)
	if err := turn.Answer(m, false); err != nil {
		return did, err
	}
	if m.Status != 200 || string(m.AnswerBody) != `{"ok":true}` {
		did = append(did, fmt.Sprintf("makes the answer %d, %d bytes", m.Status, len(m.AnswerBody)))
	}
	return append(did, "looks at the answer", fields("sets of the answer", m.AnswerFields, own)), nil
}

// fields lists the header fields that are not among those before, "" for none.
func fields(what string, now, before core.EdgeFields) string {
	var names []string
	for _, f := range now {
		if !slices.ContainsFunc(before, func(b core.EdgeField) bool {
			return string(b.Name) == string(f.Name) && string(b.Value) == string(f.Value)
		}) {
			names = append(names, fmt.Sprintf("%s: %.60s", f.Name, f.Value))
		}
	}
	if names == nil {
		return ""
	}
	return what + " " + strings.Join(names, ", ")
}

// Err says how many exchanges failed, nil for none.
func (r EdgeResults) Err() error {
	failed := 0
	for i := range r {
		if r[i].Failed != "" {
			failed++
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d exchanges failed", failed, len(r))
}

// Print writes the results for people.
func (r EdgeResults) Print(w io.Writer) {
	for i := range r {
		e := &r[i]
		if e.Failed != "" {
			fmt.Fprintf(w, "FAIL  %s: %s\n", e.Request, e.Failed)
		} else {
			fmt.Fprintf(w, "ok    %s: %s\n", e.Request, strings.Join(e.Did, "; "))
		}
		for _, l := range e.Log {
			fmt.Fprintf(w, "      %s\n", l)
		}
	}
}
