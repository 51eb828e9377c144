package author

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// Report is what "plugin inspect" says about a module.
type Report struct {
	File   string `json:"file"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`

	ABI          string    `json:"abi"`
	ID           string    `json:"id"`
	Version      string    `json:"version"`
	Kind         string    `json:"kind"`
	Stage        string    `json:"stage,omitempty"`
	Hooks        []string  `json:"hooks"`
	Sees         []string  `json:"sees"` // what it is shown beyond ids and names
	Stream       string    `json:"stream"`
	Window       int       `json:"window_bytes,omitempty"`
	Capabilities []string  `json:"capabilities"`
	Settings     []Setting `json:"settings"`
	FailOpen     bool      `json:"recommends_fail_open"`
	// The manifest's limits on memory, 0 for the gateway's own.
	MemoryLimit int64 `json:"memory_limit_bytes,omitempty"` // of one guest
	Guests      int   `json:"guests,omitempty"`

	// Refused says why the gateway would not load it, "" if it would. What
	// follows is known only of what it loads.
	Refused       string   `json:"refused,omitempty"`
	Imports       []string `json:"imports,omitempty"`
	CompileMillis float64  `json:"compile_ms,omitempty"` // CPU
	// Waits says why it does not start with the defaults of its settings, "" if
	// it does. What follows is known only of what starts.
	Waits       string           `json:"waits,omitempty"`
	MemoryBytes int64            `json:"memory_bytes,omitempty"` // of one guest
	Steps       map[string]int64 `json:"steps_4k,omitempty"`     // by hook, on 4 KiB of plain text
}

// Setting is one field of a plugin's configuration.
type Setting struct {
	Name        string `json:"name"`
	Type        string `json:"type,omitempty"`
	Default     any    `json:"default,omitempty"`
	Required    bool   `json:"required,omitempty"`
	Secret      bool   `json:"secret,omitempty"`
	Description string `json:"description,omitempty"`
}

// stepsText is the size of the text for which steps are told.
const stepsText = 4 << 10

// Inspect reports on a module. What is wrong with it stands in the report; an
// error is a mistake of the machine.
func Inspect(ctx context.Context, m *Module) (r *Report, err error) {
	d := m.Digest()
	man := &m.Manifest
	r = &Report{
		File: m.Name, Bytes: len(m.Code), SHA256: hex.EncodeToString(d[:]),
		ID: man.ID, Version: man.Version, Kind: man.Kind, Sees: sees(&man.Sees), Stream: man.Stream.String(), Window: man.Window,
		Capabilities: append([]string{}, man.Capabilities...), Settings: settingsOf(man.Config), FailOpen: man.FailOpen,
		MemoryLimit: man.Limits.Memory, Guests: man.Limits.Guests,
	}
	for _, p := range man.Phases {
		r.Hooks = append(r.Hooks, p.String())
	}
	if man.Stage != core.StageNone {
		r.Stage = man.Stage.String()
	}
	r.ABI = abi.ExportVersion
	if m.Foreign != nil {
		r.ABI, r.Stream = m.Foreign.Name+", an edge filter", ""
		r.Sees = []string{"requests before the gateway parses them, without credentials", "answers as they go out"}
	}
	s, err := admit(ctx, m)
	if err != nil {
		r.Refused = err.Error()
		return r, nil
	}
	defer func() { err = errors.Join(err, s.close()) }()
	r.Imports, r.CompileMillis = s.module.Imports(), inMillis(s.compile)
	r.Imports = slices.DeleteFunc(r.Imports, func(name string) bool { return strings.HasPrefix(name, "sallyport.safepoint.") })
	if m.Foreign != nil {
		return r, r.startEdge(ctx, s)
	}
	return r, r.start(ctx, s)
}

// start adds what only a running guest tells.
func (r *Report) start(ctx context.Context, s *sandbox) error {
	i, err := s.startWith(ctx, nil, patient(s))
	if err != nil {
		r.Waits = err.Error()
		return nil
	}
	r.MemoryBytes, r.Steps = s.host.Memory(), map[string]int64{}
	m := s.module.Manifest()
	for _, p := range probed {
		if !m.Has(p) {
			continue
		}
		probe, err := newProbe(&m, i, p, stepsText)
		if err != nil {
			return errors.Join(err, i.Close())
		}
		if n, err := probe.steps(func() uint64 { return i.Stats().Steps }); err == nil {
			r.Steps[p.String()] = n
		}
	}
	return i.Close()
}

// sees lists in words what a plugin is shown.
func sees(s *core.Sees) []string {
	kinds := []string{core.PartText.String()}
	if len(s.Kinds) > 0 {
		kinds = nil
		for _, k := range s.Kinds {
			kinds = append(kinds, k.String())
		}
	}
	who := "everyone"
	if len(s.Roles) > 0 {
		var roles []string
		for _, r := range s.Roles {
			roles = append(roles, r.String())
		}
		who = strings.Join(roles, ", ")
	}
	out := []string{strings.Join(kinds, ", ") + " of " + who}
	for _, more := range []struct {
		shown bool
		what  string
	}{
		{s.Consumer, "the consumer"},
		{s.Model, "the model"},
		{s.Tags, "tags"},
		{s.Parameters, "parameters and tools"},
		{s.Request, "the whole request"},
		{s.Answer, "the whole answer"},
	} {
		if more.shown {
			out = append(out, more.what)
		}
	}
	for _, h := range s.Headers {
		out = append(out, "header "+h)
	}
	return out
}

// settingsOf lists the top level of a manifest's schema.
func settingsOf(schema map[string]any) []Setting {
	out := []Setting{}
	props, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		p, _ := props[name].(map[string]any)
		s := Setting{Name: name, Default: p["default"], Required: slices.Contains(required, any(name))}
		s.Type, _ = p["type"].(string)
		s.Secret, _ = p["writeOnly"].(bool)
		s.Description, _ = p["description"].(string)
		out = append(out, s)
	}
	return out
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-13s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("plugin", "%s %s", r.ID, r.Version)
	line("file", "%s, %s", r.File, size(int64(r.Bytes)))
	line("sha256", "%s", r.SHA256)
	line("abi", "%s", r.ABI)
	hooks := strings.Join(r.Hooks, ", ")
	if r.Stage != "" {
		hooks += " (stage " + r.Stage + ")"
	}
	line("hooks", "%s", hooks)
	line("sees", "%s", strings.Join(r.Sees, "; "))
	if r.Stream != "" {
		line("streams", "%s", r.Stream)
	}
	line("capabilities", "%s", orNone(r.Capabilities))
	for _, s := range r.Settings {
		line("setting", "%s", s)
	}
	if r.Refused != "" {
		line("refused", "%s", r.Refused)
		return
	}
	line("imports", "%s", orNone(r.Imports))
	line("compile", "%.0f ms of CPU", r.CompileMillis)
	if r.Waits != "" {
		line("waits", "it does not start with its defaults: %s", r.Waits)
		return
	}
	line("memory", "%s a guest", size(r.MemoryBytes))
	for _, hook := range slices.Sorted(maps.Keys(r.Steps)) {
		line("steps", "%d for %s on 4 KiB of plain text", r.Steps[hook], hook)
	}
}

// String is the setting on one line.
func (s Setting) String() string {
	text := s.Name
	if s.Type != "" {
		text += " (" + s.Type + ")"
	}
	switch {
	case s.Required:
		text += ", required"
	case s.Default != nil:
		d, _ := json.Marshal(s.Default) // it came from YAML
		text += ", default " + string(d)
	}
	if s.Secret {
		text += ", secret"
	}
	if s.Description != "" {
		text += ": " + s.Description
	}
	return text
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
