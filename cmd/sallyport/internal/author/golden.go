package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Test runs the golden cases of a plugin and writes what came of each to out.
// path is the folder of the plugin's sources, which holds the built module, or
// the module itself, beside which the cases lie. With update set the cases are
// rewritten to what happened. The error says how many failed.
func Test(ctx context.Context, out io.Writer, path string, update bool) error {
	results, err := RunCases(ctx, out, path, update)
	if err != nil {
		return err
	}
	return results.Print(out)
}

// CaseResult is what came of one case.
type CaseResult struct {
	Name  string   `json:"name"`
	Wrong []string `json:"wrong"` // what is not as it wants it; none if it passed
	Log   []string `json:"log"`   // what the plugin logged
}

// CaseResults are those of a plugin's cases, in their order.
type CaseResults []CaseResult

// RunCases is [Test] without the text: only hints are written to out.
func RunCases(ctx context.Context, out io.Writer, path string, update bool) (results CaseResults, err error) {
	m, dir, err := built(out, path)
	if err != nil {
		return nil, err
	}
	cases, err := readCases(dir)
	if err != nil {
		return nil, err
	}
	s, err := admit(ctx, m)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, c := range cases {
		wrong, err := check(ctx, s, c, update)
		if err != nil {
			wrong = []string{err.Error()}
		}
		results = append(results, CaseResult{Name: c.name(), Wrong: wrong, Log: s.logged()})
	}
	return results, nil
}

// Err says how many cases failed, nil for none.
func (r CaseResults) Err() error {
	failed := 0
	for i := range r {
		if len(r[i].Wrong) > 0 {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d cases failed", failed, len(r))
	}
	return nil
}

// Print writes the results for people and returns Err.
func (r CaseResults) Print(out io.Writer) error {
	for i := range r {
		c := &r[i]
		if len(c.Wrong) == 0 {
			fmt.Fprintf(out, "ok    %s\n", c.Name)
			continue
		}
		fmt.Fprintf(out, "FAIL  %s\n", c.Name)
		for _, w := range c.Wrong {
			fmt.Fprintln(out, indent(w))
		}
		for _, l := range c.Log {
			fmt.Fprintln(out, indent("the plugin says "+l))
		}
	}
	err := r.Err()
	if err == nil {
		fmt.Fprintf(out, "%d of %d cases passed\n", len(r), len(r))
	}
	return err
}

func indent(text string) string { return "      " + strings.ReplaceAll(text, "\n", "\n      ") }

// check runs a case and says what is not as it wants it, or makes the case want
// what happened.
func check(ctx context.Context, s *sandbox, c *goldenCase, update bool) ([]string, error) {
	got, err := runCase(ctx, s, c)
	if err != nil {
		return nil, err
	}
	if update {
		return nil, rewrite(c, got)
	}
	var wrong []string
	for _, w := range wants(c, got) {
		if w.want != w.got {
			wrong = append(wrong, difference(w.name, w.want, w.got))
		}
	}
	return wrong, nil
}

// want is one thing that a case looks at.
type want struct {
	name, want, got string
	after           string // the file that it follows
	usual           string // what it is where the case does not say
}

func wants(c *goldenCase, got *outcome) []want {
	var all []want
	add := func(name, text, after, usual string) {
		w, ok := c.file(name)
		if !ok {
			w = usual
		}
		all = append(all, want{name: name, want: w, got: text, after: after, usual: usual})
	}
	if body, ok := c.file(fileRequest); ok {
		add(fileWantUpstream, got.upstream, fileRequest, body)
	}
	if body, ok := c.file(fileUpstream); ok {
		add(fileWantClient, got.client, fileUpstream, body)
	}
	add(fileWantFlags, got.flags, "", "")
	add(fileWantTags, got.tags, "", "")
	add(fileWantRoute, got.route, "", "")
	add(fileWantUsage, got.usage, "", "")
	add(fileWantDropped, got.dropped, "", "")
	return all
}

// rewrite makes the case want what happened, and writes it if that is new.
func rewrite(c *goldenCase, got *outcome) error {
	changed := false
	for _, w := range wants(c, got) {
		if w.want == w.got {
			continue
		}
		changed = true
		if w.got == w.usual {
			w.got = ""
		}
		c.set(w.name, w.got, w.after)
	}
	if !changed {
		return nil
	}
	return c.write()
}

// built returns the module that path means and the folder with its cases. It
// warns on out where the sources are newer.
func built(out io.Writer, path string) (*Module, string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	if !info.IsDir() {
		m, err := ReadModule(path)
		return m, filepath.Dir(path), err
	}
	p, err := OpenProject(path)
	if err != nil {
		return nil, "", err
	}
	m, err := ReadModule(p.Output())
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", fmt.Errorf("%s is not there: build it with \"sallyport plugin build %s\"", p.Output(), path)
	}
	if err != nil {
		return nil, "", err
	}
	if !bytes.Equal(m.Text, p.Text) {
		return nil, "", fmt.Errorf("%s has changed since %s was built: build it with \"sallyport plugin build %s\"",
			filepath.Join(path, manifestFile), p.Output(), path)
	}
	if newer := newerThan(p, p.Output()); newer != "" {
		fmt.Fprintf(out, "%s is newer than %s, which is what is tested: build it with \"sallyport plugin build %s\"\n", newer, p.Output(), path)
	}
	return m, path, nil
}

// newerThan returns a source that is newer than the module, or "". It cannot
// know what a fresh checkout did to the times, so nothing more than a hint comes
// of it.
func newerThan(p *Project, module string) string {
	info, err := os.Stat(module)
	if err != nil {
		return ""
	}
	newer := ""
	_ = filepath.WalkDir(p.Dir, func(name string, e fs.DirEntry, err error) error { // a hint is not worth an error
		switch {
		case err != nil:
			return fs.SkipAll
		case e.IsDir() && name != p.Dir && (e.Name() == "target" || strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(name) != p.Lang.suffix() || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		if i, err := e.Info(); err == nil && i.ModTime().After(info.ModTime().Add(time.Second)) {
			newer = name
			return fs.SkipAll
		}
		return nil
	})
	return newer
}
