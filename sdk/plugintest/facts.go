package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// facts are what the gateway says of the plugin.
type facts struct {
	ID     string   `json:"id"`
	Stage  string   `json:"stage"`
	Hooks  []string `json:"hooks"`
	Stream string   `json:"stream"`
	SHA256 string   `json:"sha256"`
	// Capabilities are what it asks for, and gets.
	Capabilities []string `json:"capabilities"`
	// MemoryLimit is what one guest may have, in bytes, and Guests how many there
	// may be at once; 0 is the gateway's own.
	MemoryLimit int64 `json:"memory_limit_bytes"`
	Guests      int64 `json:"guests"`
}

// What a guest may have, and how many there may be for each processor, where a
// manifest does not say.
const (
	usualGuestBytes = 16 << 20
	usualGuests     = 2
)

// most is how much memory the plugin may have at once, in bytes.
func (f *facts) most() int64 {
	each, guests := f.MemoryLimit, f.Guests
	if each == 0 {
		each = usualGuestBytes
	}
	if guests == 0 {
		guests = usualGuests * int64(runtime.GOMAXPROCS(0))
	}
	return each * guests
}

// judgesAnswers and judgesPrompts tell what the kit can try.
func (f *facts) judgesAnswers() bool { return slices.Contains(f.Hooks, "answer") }

func (f *facts) judgesPrompts() bool { return slices.Contains(f.Hooks, "prompt") && f.Stage != "shape" }

// check says why the kit has nothing to try.
func (f *facts) check() error {
	if f.judgesAnswers() || f.judgesPrompts() {
		return nil
	}
	return fmt.Errorf("plugintest: %s judges neither prompts nor answers, and those are what the kit is about: it has the hooks %v", f.ID, f.Hooks)
}

// inspect asks the gateway what the plugin is.
func (o *Options) inspect(ctx context.Context, binary string) (f facts, err error) {
	if filepath.Ext(o.Module) == ".js" {
		return o.script()
	}
	what := o.Module
	if what == "" {
		what = o.Use
	}
	out, err := exec.CommandContext(ctx, binary, "plugin", "inspect", "--json", what).Output() //nolint:gosec // the caller's own files
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			out = append(out, exit.Stderr...)
		}
		return f, fmt.Errorf("plugintest: the gateway cannot tell what %s is: %w\n%s", what, err, out)
	}
	if err := json.Unmarshal(out, &f); err != nil || f.ID == "" {
		return f, fmt.Errorf("plugintest: %s does not say which plugin it is: %.200q", what, out)
	}
	return f, f.check()
}

var (
	manifestID     = regexp.MustCompile(`(?m)^id:\s*["']?([a-z0-9.-]+)`)
	manifestHooks  = regexp.MustCompile(`(?m)^hooks:\s*\[([^\]]*)\]`)
	manifestStage  = regexp.MustCompile(`(?m)^stage:\s*(\w+)`)
	manifestStream = regexp.MustCompile(`(?m)^stream:[^#]*?\bmode:\s*(\w+)`)
)

// script reads what must be known of a script from its manifest, beside it or at its
// top.
func (o *Options) script() (f facts, err error) {
	file := strings.TrimSuffix(o.Module, ".js") + ".yaml"
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		file = o.Module
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return f, fmt.Errorf("plugintest: %w", err)
	}
	m := manifestID.FindSubmatch(text)
	if m == nil {
		return f, fmt.Errorf("plugintest: %s has no id", file)
	}
	f.ID = string(m[1])
	if m := manifestHooks.FindSubmatch(text); m != nil {
		f.Hooks = strings.FieldsFunc(string(m[1]), func(r rune) bool { return r == ',' || r == ' ' })
	}
	if m := manifestStage.FindSubmatch(text); m != nil {
		f.Stage = string(m[1])
	}
	if m := manifestStream.FindSubmatch(text); m != nil {
		f.Stream = string(m[1])
	}
	return f, f.check()
}

// streams tells whether the plugin judges streams.
func (f *facts) streams(o *Options) bool {
	switch f.Stream {
	case "window", "buffer":
		return true
	case "observe":
		return o.Optional // then it is passed over, and what it let through is a failure
	default:
		return false
	}
}

// instance is the operator's line for the plugin.
func (f *facts) instance(o *Options) string {
	config := o.Config
	if config == "" {
		config = "{}"
	}
	line := "{use: " + f.ID + ", config: " + config
	if len(f.Capabilities) > 0 {
		line += ", grants: [" + strings.Join(f.Capabilities, ", ") + "]"
	}
	if o.Deadline > 0 {
		line += ", limits: {deadline: " + o.Deadline.String() + "}"
	}
	if o.Isolation != "" {
		line += ", isolation: " + o.Isolation
	}
	if o.Isolation == "shared" && o.Module != "" {
		line += ", pin: " + f.SHA256
	}
	if o.Optional {
		line += ", optional: true"
	}
	return line + "}"
}
