package script

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/sallyport-gateway/sallyport/core"
)

// MaxSource is the size of the largest script, in bytes.
const MaxSource = 1 << 20

const (
	defaultDeadline = 100 * time.Millisecond
	// startFactor is how much longer the top level of a script may take than one
	// hook.
	startFactor = 10
	// maxStack bounds recursion, in frames of JavaScript.
	maxStack = 2048
)

// regexpLimit bounds one match of a regular expression for the whole process:
// the library that runs those which Go's own cannot has no other switch.
var regexpLimit = sync.OnceFunc(func() { regexp2.DefaultMatchTimeout = defaultDeadline })

// LogLine is what a script logged with console.
type LogLine struct {
	Plugin, Instance string
	Level            string // debug, info, warn or error
	Text             string // one line, UTF-8, no control characters, ≤ 4 KiB
}

// Options configure a [Host]. The zero value is good.
type Options struct {
	// Log is given what scripts log, at most 1 MiB a minute from each instance.
	// It may be called from many goroutines at once. nil drops it.
	Log func(LogLine)
	// Clock tells the time; nil is the system's.
	Clock core.Clock
}

// Host is what all scripts of a process share. It is safe for concurrent use
// and holds nothing that must be closed.
type Host struct{ opts Options }

// NewHost makes a host.
func NewHost(o Options) *Host {
	regexpLimit()
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	return &Host{opts: o}
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// ManifestText returns the manifest in a script's source: the text of its first
// comment, when that is a block comment whose first line is the word
// "sallyport". The text keeps its place in the file: what stands before it is
// replaced by as many line ends. ok is false for a script without one.
func ManifestText(source []byte) (text []byte, ok bool) {
	s := strings.TrimPrefix(string(source), "\ufeff")
	body := strings.TrimLeft(s, " \t\r\n")
	if !strings.HasPrefix(body, "/*") {
		return nil, false
	}
	inner, _, closed := strings.Cut(body[2:], "*/")
	first, rest, more := strings.Cut(inner, "\n")
	if !closed || !more || strings.TrimSpace(first) != "sallyport" {
		return nil, false
	}
	before := 1 + strings.Count(s[:len(s)-len(body)], "\n")
	return []byte(strings.Repeat("\n", before) + rest), true
}

// Script is one generation of a plugin. It is safe for concurrent use and
// implements [core.Artifact].
type Script struct {
	host     *Host
	file     string
	manifest core.Manifest
	digest   [32]byte
	program  *goja.Program
}

var _ core.Artifact = (*Script)(nil)

// Load compiles the source of a file and runs its top level once, under limits.
// It must put on exports a function for each hook that the manifest names, and
// nothing else. Errors name file, line and column where there are any.
func (h *Host) Load(_ context.Context, file string, source []byte, manifest core.Manifest) (*Script, error) {
	if len(source) > MaxSource {
		return nil, fmt.Errorf("script: %s: it has %d bytes, the limit is %d", file, len(source), MaxSource)
	}
	program, err := compile(file, source)
	if err != nil {
		return nil, err
	}
	s := &Script{host: h, file: file, manifest: manifest, digest: sha256.Sum256(source), program: program}
	if len(manifest.Capabilities) > 0 {
		return nil, fmt.Errorf("script: %s: its manifest asks for the capability %s, but scripts have none", file, manifest.Capabilities[0])
	}
	for _, p := range manifest.Phases {
		if _, ok := hookNames[p]; !ok {
			return nil, fmt.Errorf("script: %s: its manifest names the hook %s, which scripts do not have; those that they have are %s",
				file, p, strings.Join(slices.Sorted(maps.Values(hookNames)), ", "))
		}
	}
	trial, err := s.newRuntime(&setup{name: manifest.ID, config: defaults(&manifest), deadline: s.deadline(0)}, nil)
	if err != nil {
		return nil, err
	}
	return s, s.checkExports(trial)
}

// defaults are the settings that a script sees while it is admitted: those for which
// its manifest has a default.
func defaults(m *core.Manifest) map[string]any {
	out := map[string]any{}
	properties, _ := m.Config["properties"].(map[string]any)
	for name, p := range properties {
		if p, ok := p.(map[string]any); ok && p["default"] != nil {
			out[name] = p["default"]
		}
	}
	return out
}

// hookNames are the hooks that a script can have.
var hookNames = map[core.Phase]string{
	core.PhaseReceive: "receive", core.PhasePrompt: "prompt", core.PhaseRoute: "route",
	core.PhaseAnswer: "answer", core.PhaseComplete: "complete",
}

// windowHook is the function that judges what a stream holds back, or looks on, beside
// that of the answer phase, where the manifest says stream mode window or observe.
const windowHook = "window"

// windows tells whether the script is shown streams in windows.
func (s *Script) windows() bool {
	return s.manifest.Stream == core.StreamWindow || s.manifest.Stream == core.StreamObserve
}

// checkExports wants a function for each declared hook and nothing that looks
// like a misspelt one.
func (s *Script) checkExports(r *runtime) error {
	for _, p := range s.manifest.Phases {
		if r.hooks[p] == nil {
			return fmt.Errorf("script: %s: its manifest names the hook %s, but exports.%s is no function", s.file, p, p)
		}
	}
	if s.windows() && r.window == nil {
		return fmt.Errorf("script: %s: its manifest says stream mode %s, but exports.%s is no function", s.file, s.manifest.Stream, windowHook)
	}
	for _, name := range r.exports.Keys() {
		p, known := core.ParsePhase(name)
		switch {
		case name == windowHook && s.windows():
		case name == windowHook:
			return fmt.Errorf("script: %s: exports.%s judges streams, but its manifest says neither stream mode window nor observe", s.file, name)
		case !known || hookNames[p] == "":
			return fmt.Errorf("script: %s: exports.%s is no hook; those that a script can have are %s",
				s.file, name, strings.Join(slices.Sorted(maps.Values(hookNames)), ", "))
		case !slices.Contains(s.manifest.Phases, p):
			return fmt.Errorf("script: %s: exports.%s is a hook that the manifest does not name; add it to hooks", s.file, name)
		}
	}
	return nil
}

func (s *Script) deadline(own time.Duration) time.Duration {
	switch {
	case own > 0:
		return own
	case s.manifest.Limits.Deadline > 0:
		return s.manifest.Limits.Deadline
	default:
		return defaultDeadline
	}
}

// Manifest returns what the plugin declares.
func (s *Script) Manifest() core.Manifest { return s.manifest }

// Digest returns the SHA-256 of the source.
func (s *Script) Digest() [32]byte { return s.digest }

// Close does nothing: the collector takes what a script leaves.
func (s *Script) Close() error { return nil }

// compile names the place of a syntax error the way people look for it.
func compile(file string, source []byte) (*goja.Program, error) {
	tree, err := parser.ParseFile(nil, file, string(source), 0, parser.WithDisableSourceMaps)
	if list, ok := errors.AsType[parser.ErrorList](err); ok && len(list) > 0 {
		at := list[0].Position
		return nil, fmt.Errorf("script: %s:%d:%d: %s", file, at.Line, at.Column, list[0].Message)
	}
	if err != nil {
		return nil, fmt.Errorf("script: %s: %w", file, err)
	}
	program, err := goja.CompileAST(tree, true)
	if e, ok := errors.AsType[*goja.CompilerSyntaxError](err); ok && e.File != nil {
		at := e.File.Position(e.Offset)
		return nil, fmt.Errorf("script: %s:%d:%d: %s", file, at.Line, at.Column, e.Message)
	}
	if err != nil {
		return nil, fmt.Errorf("script: %s: %w", file, err)
	}
	return program, nil
}
