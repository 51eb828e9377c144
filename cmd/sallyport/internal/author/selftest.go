package author

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// CasesSuffix ends the names of the instances that [SelfTest] makes.
const CasesSuffix = "@cases"

// SelfTest runs the cases that come with a plugin's file. text is one txtar
// archive: the files of a single case, or those of several, each in a folder of
// its own ("first/request", "first/want.upstream", "second/request", …). p is
// loaded; an instance is made, started and closed for each case. The error says
// what the first case that fails wanted and got.
func SelfTest(ctx context.Context, p core.Plugin, text []byte) error {
	cases, err := splitCases(string(text))
	if err != nil {
		return err
	}
	for _, c := range cases {
		if err := selfTest(ctx, p, c); err != nil {
			return fmt.Errorf("case %s: %w", c.path, err)
		}
	}
	return nil
}

func selfTest(ctx context.Context, p core.Plugin, c *goldenCase) (err error) {
	m := p.Manifest()
	settings, err := c.settings()
	if err != nil {
		return err
	}
	cfg, err := instance(&m, settings)
	if err != nil {
		return err
	}
	cfg.Name, cfg.Trial = m.ID+CasesSuffix, "cases"
	if cfg.Limits.Deadline = m.Limits.Deadline; cfg.Limits.Deadline == 0 {
		cfg.Limits.Deadline = usualDeadline
	}
	cfg.Limits.Deadline *= patience
	i, err := p.New(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close()) }()
	if err := i.Start(ctx); err != nil {
		return err
	}
	got, err := runWith(m, i, c)
	if err != nil {
		return err
	}
	for _, w := range wants(c, got) {
		if w.want != w.got {
			return fmt.Errorf("%s is not as it should be: %s", w.name, difference(w.name, w.want, w.got))
		}
	}
	return nil
}

// splitCases makes a case of each folder of an archive.
func splitCases(text string) ([]*goldenCase, error) {
	var names []string
	texts := map[string]*strings.Builder{}
	now := &strings.Builder{} // the comment in front
	for line := range strings.Lines(text) {
		if name, ok := fileMarker(line); ok {
			folder := "1"
			if at := strings.LastIndexByte(name, '/'); at >= 0 {
				folder, name = name[:at], name[at+1:]
			}
			if !slices.Contains(names, folder) {
				names = append(names, folder)
				texts[folder] = &strings.Builder{}
			}
			now = texts[folder]
			line = "-- " + name + " --\n"
		}
		now.WriteString(line)
	}
	if names == nil {
		return nil, errors.New("the archive holds no case; docs/plugins/cases.md tells what one is")
	}
	out := make([]*goldenCase, len(names))
	for i, name := range names {
		var err error
		if out[i], err = parseCase(name, texts[name].String()); err != nil {
			return nil, err
		}
	}
	return out, nil
}
