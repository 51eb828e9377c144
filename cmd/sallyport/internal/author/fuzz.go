package author

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// FuzzOptions say how much is tried.
type FuzzOptions struct {
	Settings map[string]any
	Seed     uint64
	For      time.Duration // how long; 0 for no end but that of Frames
	Frames   uint64        // how many; 0 for no end but that of For
	Folder   string        // where the frames of findings go; "" is the current one
}

// Fuzzed is what "plugin fuzz" found.
type Fuzzed struct {
	Plugin string            `json:"plugin"`
	Seed   uint64            `json:"seed"`
	Frames uint64            `json:"frames"`
	Hooks  map[string]uint64 `json:"hooks"` // how many of them, by hook
	// Compared tells whether each was tried twice: not where the plugin may ask for
	// the time or for random numbers.
	Compared bool      `json:"compared"`
	Findings []Finding `json:"findings"`
}

// Finding is the first frame that shows one thing that is wrong.
type Finding struct {
	Hook   string `json:"hook"`
	What   string `json:"what"`
	Times  int    `json:"times"` // how many frames showed the like
	Number uint64 `json:"number"`
	File   string `json:"file"` // a smaller frame that shows the same
}

// changing begins the finding that a plugin's replies to the same frame differ.
const changing = "changing"

// Fuzz calls the hooks of a module with frames that nobody wrote, and looks for traps,
// limits that were passed, replies that are no good, and replies that differ though
// the frame is the same.
func Fuzz(ctx context.Context, m *Module, o FuzzOptions) (f *Fuzzed, err error) {
	r, err := newRig(ctx, m, o.Settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if len(r.hooks()) == 0 {
		return nil, fmt.Errorf("%s has neither a prompt nor an answer hook, which is what is fuzzed", m.Name)
	}
	f = &Fuzzed{Plugin: r.manifest.ID, Seed: o.Seed, Hooks: map[string]uint64{}, Compared: repeatable(r), Findings: []Finding{}}
	makes := newMaker(r, o.Seed)
	for began := time.Now(); ctx.Err() == nil; f.Frames++ {
		if o.Frames > 0 && f.Frames == o.Frames || o.For > 0 && time.Since(began) >= o.For {
			break
		}
		frame := makes.frame(f.Frames)
		f.Hooks[frame.Hook]++
		if found := r.wrong(frame, f.Compared); found != "" {
			if err := f.note(ctx, r, frame, found, o.Folder); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// repeatable tells whether the same frame has to end alike.
func repeatable(r *rig) bool {
	return !slices.ContainsFunc(r.sandbox.module.Imports(), func(name string) bool {
		return slices.Contains([]string{"sallyport.now", "sallyport.random", "wasi_snapshot_preview1.clock_time_get", "wasi_snapshot_preview1.random_get"}, name)
	})
}

// wrong says what is wrong with what a plugin makes of a frame, "" for nothing.
func (r *rig) wrong(f *Frame, compare bool) string {
	first, failure := r.call(f)
	if failure != "" || !compare {
		return failure
	}
	r.apart()
	second, failure := r.call(f)
	r.apart()
	if failure != "" {
		return failure
	}
	if first != second {
		return fmt.Sprintf("%s: the same frame twice, with another exchange in between, and first\n%s\nthen\n%s", changing, first, second)
	}
	return ""
}

// class is what findings that are alike have in common.
func class(found string) string {
	name, _, _ := strings.Cut(found, ":")
	return name
}

// note keeps a finding, if it is the first of its class in its hook.
func (f *Fuzzed) note(ctx context.Context, r *rig, frame *Frame, found, folder string) error {
	for i := range f.Findings {
		if n := &f.Findings[i]; n.Hook == frame.Hook && class(n.What) == class(found) {
			n.Times++
			return r.restart(ctx)
		}
	}
	frame.Found = found
	small, err := r.smaller(ctx, frame, class(found), f.Compared)
	if err != nil {
		return err
	}
	_, name, _ := strings.Cut(f.Plugin, ".")
	file := filepath.Join(folder, fmt.Sprintf("%s.%s-%s.frame.json", name, frame.Hook, class(found)))
	f.Findings = append(f.Findings, Finding{Hook: frame.Hook, What: found, Times: 1, Number: frame.Number, File: file})
	text, err := json.MarshalIndent(small, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(file, append(text, '\n'))
}

// mostTries bounds the search for a smaller frame.
const mostTries = 400

// smaller looks for a smaller frame that shows a finding of the same class.
func (r *rig) smaller(ctx context.Context, f *Frame, kind string, compare bool) (*Frame, error) {
	best, tries := f.clone(), 0
	shows := func(c *Frame) (bool, error) {
		if tries++; tries > mostTries || ctx.Err() != nil {
			return false, nil
		}
		if err := r.restart(ctx); err != nil {
			return false, err
		}
		found := r.wrong(c, compare)
		if class(found) != kind {
			return false, nil
		}
		c.Found = found
		best = c
		return true, nil
	}
	if _, err := shows(best.clone()); err != nil {
		return nil, err
	}
	for again := true; again; {
		again = false
		for _, c := range best.cuts() {
			ok, err := shows(c)
			if err != nil {
				return nil, err
			}
			if ok {
				again = true
				break
			}
		}
	}
	return best, r.restart(ctx)
}

// cuts are frames that are a little smaller than f, the smallest first.
func (f *Frame) cuts() (out []*Frame) {
	with := func(change func(c *Frame)) {
		c := f.clone()
		change(c)
		out = append(out, c)
	}
	for n := len(f.Parts) / 2; n > 0; n /= 2 {
		for at := 0; at+n <= len(f.Parts); at += n {
			with(func(c *Frame) { c.Parts = slices.Delete(c.Parts, at, at+n) })
		}
	}
	if len(f.Parts) == 1 {
		with(func(c *Frame) { c.Parts = nil })
	}
	for i := range f.Parts {
		for _, s := range shorter(f.Parts[i].Text) {
			with(func(c *Frame) { c.Parts[i].Text = s })
		}
	}
	if f.Window != nil {
		if f.Window.Context != "" {
			with(func(c *Frame) { c.Window.Context, c.Window.Released = "", 0 })
		}
		for _, s := range shorter(f.Window.Text) {
			with(func(c *Frame) { c.Window.Text = s })
		}
	}
	return out
}

// leastCut is the shortest piece, as a share of a text, that is tried to leave out.
const leastCut = 16

// shorter are texts with a piece of s left out, cut between runes.
func shorter(s string) (out []string) {
	if s == "" {
		return nil
	}
	for n := max(len(s)/2, 1); n >= max(len(s)/leastCut, 1); n /= 2 {
		for at := 0; at < len(s); at += n {
			if cut := s[:runeAt(s, at)] + s[runeAt(s, min(at+n, len(s))):]; len(cut) < len(s) {
				out = append(out, cut)
			}
		}
	}
	return out
}

// ReplayFrame calls a module with the frame of a file and returns what it says: what is
// wrong, or else its reply.
func ReplayFrame(ctx context.Context, m *Module, f *Frame) (found, reply string, err error) {
	r, err := newRig(ctx, m, f.Config)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if m.Manifest.ID != f.Plugin {
		return "", "", fmt.Errorf("the frame is one for %s, not for %s", f.Plugin, m.Manifest.ID)
	}
	if !slices.Contains(r.hooks(), f.Hook) {
		return "", "", fmt.Errorf("%s has no hook %q; it has %v", m.Name, f.Hook, r.hooks())
	}
	if found = r.wrong(f, repeatable(r)); found != "" {
		return found, "", nil
	}
	reply, found = r.call(f)
	return found, reply, nil
}

// Err says how much was found, nil for nothing.
func (f *Fuzzed) Err() error {
	if len(f.Findings) == 0 {
		return nil
	}
	if len(f.Findings) == 1 {
		return errors.New("1 finding")
	}
	return fmt.Errorf("%d findings", len(f.Findings))
}

// Print writes the findings for people.
func (f *Fuzzed) Print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d frames with --seed %d", f.Plugin, f.Frames, f.Seed)
	for i, hook := range slices.Sorted(maps.Keys(f.Hooks)) {
		fmt.Fprintf(w, "%s%d for %s", map[bool]string{true: ": ", false: ", "}[i == 0], f.Hooks[hook], hook)
	}
	fmt.Fprintln(w)
	if !f.Compared {
		fmt.Fprintln(w, "replies were not compared: the plugin can ask for the time or for random numbers")
	}
	for i := range f.Findings {
		n := &f.Findings[i]
		more := ""
		if n.Times > 1 {
			more = fmt.Sprintf(" (%d like it)", n.Times-1)
		}
		fmt.Fprintf(w, "FAIL  %s, frame %d%s\n%s\n      sallyport plugin fuzz FILE.wasm --replay-frame %s\n", n.Hook, n.Number, more, indent("      "+n.What), n.File)
	}
	if len(f.Findings) == 0 {
		fmt.Fprintln(w, "nothing was found")
	}
}
