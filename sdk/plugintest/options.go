package plugintest

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options say what is tested.
type Options struct {
	// Binary is the gateway's program. "" builds it from this module with the Go
	// toolchain.
	Binary string
	// Module is the path of a plugin's file, ".wasm" or ".js". Beside it there may
	// be its manifest, NAME.yaml.
	Module string
	// Use is the plugin's id. It may be left out where Module is a module that holds
	// its own manifest. Without Module it names a plugin that the gateway brings.
	Use string
	// Config is the instance's configuration, JSON, "" for none.
	Config string
	// Canary is what the guard stops: plain text without quotes and backslashes, of at
	// least 4 bytes. It stands between blanks or punctuation.
	Canary string
	// Harmless is what the guard lets pass; "" is a text that most do.
	Harmless string
	// Without lists the places that the guard does not judge, such as "thinking" or
	// "tool": [Places]. What is not named here and gets through is a failure.
	Without []string
	// Deadline is the operator's bound on one call of the guard's hooks; 0 is that of
	// its manifest.
	Deadline time.Duration
	// Isolation is how often the gateway takes the guard's memory back: "tenant" and
	// "exchange" as it does by itself, "shared" never, as operators may have it for a
	// module that they pin. "" is the gateway's own choice.
	Isolation string
	// Optional lists the guard as one without which the route serves all the same.
	Optional bool
	// Seed makes the random cuts; the same seed, the same cuts.
	Seed uint64
	// Timeout bounds one exchange; 0 is 20 s.
	Timeout time.Duration

	// only is which exchanges are made, in the kit's own tests; nil is all.
	only func(*exchange) bool
}

func (o *Options) check() error {
	switch {
	case o.Module == "" && o.Use == "":
		return errors.New("plugintest: neither Module nor Use says which plugin to test")
	case len(o.Canary) < 4:
		return fmt.Errorf("plugintest: the canary %q is too short: it must be a text of 4 bytes or more that the guard stops", o.Canary)
	}
	for _, c := range o.Canary {
		if c == '"' || c == '\\' || c < ' ' {
			return fmt.Errorf("plugintest: the canary %q holds %q, which JSON escapes; choose another", o.Canary, c)
		}
	}
	for _, kind := range o.Without {
		if !slices.Contains(Places(), kind) {
			return fmt.Errorf("plugintest: Without has %q, which is no place of a prompt or an answer: %v", kind, Places())
		}
	}
	if o.Isolation != "" && !slices.Contains(isolations, o.Isolation) {
		return fmt.Errorf("plugintest: there is no isolation %q: %v", o.Isolation, isolations)
	}
	if o.Harmless == "" {
		o.Harmless = "harmless words"
	}
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	return nil
}

var isolations = []string{"tenant", "exchange", "shared"}
