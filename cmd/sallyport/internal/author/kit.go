package author

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/sdk/plugintest"
)

// KitFile is the name of the file, in the folder of the cases, that says how the kit
// tests the plugin.
const KitFile = "kit.json"

// Kit says how the kit of sdk/plugintest tests a guard, as the author wrote it.
type Kit struct {
	// Canary is what the guard stops; "" for a plugin that the kit does not test.
	Canary string `json:"canary"`
	// Harmless is what it lets pass, "" for a text that most do.
	Harmless string `json:"harmless"`
	// Config is the plugin's settings.
	Config json.RawMessage `json:"config"`
	// Without lists the places of prompts and answers that it does not judge.
	Without []string `json:"without"`
	// Deadline is the operator's bound on one call, as "1s"; "" for the manifest's.
	Deadline string `json:"deadline"`
}

// deadline reads k.Deadline.
func (k *Kit) deadline() (time.Duration, error) {
	if k.Deadline == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(k.Deadline)
	if err != nil || d < time.Millisecond || d > time.Minute {
		return 0, fmt.Errorf("the kit's deadline is %q, but a time from 1ms to 1m is wanted", k.Deadline)
	}
	return d, nil
}

// ReadKit reads the kit's file beside the cases of the plugin that path means; there
// may be none.
func ReadKit(path string) (Kit, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		path = filepath.Dir(path)
	}
	for _, folder := range []string{"cases", "testdata"} {
		file := filepath.Join(path, folder, KitFile)
		text, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return Kit{}, err
		}
		return parseKit(file, text)
	}
	return Kit{}, nil
}

func parseKit(file string, text []byte) (k Kit, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return k, fmt.Errorf("%s: %w; it may have canary, harmless, config, without and deadline", file, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return k, fmt.Errorf("%s: something follows the object", file)
	}
	if k.Canary == "" {
		return k, fmt.Errorf("%s: canary is missing: a text that the plugin stops", file)
	}
	if _, err := k.deadline(); err != nil {
		return k, fmt.Errorf("%s: %w", file, err)
	}
	_, err = ParseSettings(file+": config", k.Config)
	return k, err
}

// KitResult is what came of the kit: a report, or why there is none.
type KitResult struct {
	Report  *plugintest.Report `json:"report,omitempty"`
	Skipped string             `json:"skipped,omitempty"`
}

// RunKit runs the kit on the built plugin that path means, in the gateway whose program
// binary is.
func RunKit(ctx context.Context, path, binary string, k Kit) (*KitResult, error) {
	m, _, err := built(io.Discard, path)
	if err != nil {
		return nil, err
	}
	deadline, err := k.deadline()
	if err != nil {
		return nil, err
	}
	hooks := m.Manifest.Phases
	switch {
	case !slices.Contains(hooks, core.PhaseAnswer) && !slices.Contains(hooks, core.PhasePrompt):
		return &KitResult{Skipped: "it has neither a prompt nor an answer hook, and those are what the kit is about"}, nil
	case m.Manifest.Stage == core.StageShape && !slices.Contains(hooks, core.PhaseAnswer):
		return &KitResult{Skipped: "its prompt hook stands in the stage shape, and judges are what the kit is about"}, nil
	case k.Canary == "":
		return &KitResult{Skipped: fmt.Sprintf("no canary: name a text that the plugin stops, with --canary or in cases/%s, "+
			"as {\"canary\": \"TEXT\", \"config\": {}}; docs/plugins/kit.md tells more", KitFile)}, nil
	}
	r, err := plugintest.Check(ctx, plugintest.Options{
		Binary: binary, Module: m.Name, Canary: k.Canary, Harmless: k.Harmless, Config: string(k.Config), Without: k.Without, Deadline: deadline,
	})
	if err != nil {
		return nil, err
	}
	return &KitResult{Report: r}, nil
}

// Err says that the plugin did not pass.
func (r *KitResult) Err() error {
	if r.Report == nil || r.Report.OK() {
		return nil
	}
	return fmt.Errorf("the kit: %d failures, %d bytes released to clients and %d sent to providers before their verdict",
		len(r.Report.Failures), r.Report.Released, r.Report.Sent)
}

// Print writes the result for people and returns Err.
func (r *KitResult) Print(w io.Writer) error {
	if r.Report == nil {
		fmt.Fprintf(w, "the kit was not run: %s\n", r.Skipped)
		return nil
	}
	fmt.Fprint(w, "the kit: ")
	r.Report.Print(w)
	return r.Err()
}
