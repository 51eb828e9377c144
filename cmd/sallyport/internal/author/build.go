package author

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// Build builds the plugin whose sources lie in dir, puts the manifest into the
// module, admits it as the gateway would, and writes it to file, or to
// [Project.Output] if file is "". What it did goes to out, what the toolchain
// says to log. Nothing is written unless the module would be admitted.
func Build(ctx context.Context, dir, file string, out, log io.Writer) error {
	p, err := OpenProject(dir)
	if err != nil {
		return err
	}
	if file == "" {
		file = p.Output()
	}
	code, err := compile(ctx, p, log)
	if err != nil {
		return err
	}
	if code, err = wasm.WithManifest(code, p.Text); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	m, err := NewModule(file, code, nil)
	if err != nil {
		return err
	}
	return finish(ctx, m, out)
}

// finish admits a module and writes it.
func finish(ctx context.Context, m *Module, out io.Writer) (err error) {
	s, err := admit(ctx, m)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := writeFile(m.Name, m.Code); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s %s, %s; hooks %s; %s of CPU to compile; SHA-256 %x\n", m.Name, m.Manifest.ID, m.Manifest.Version,
		size(int64(len(m.Code))), phases(&m.Manifest), millis(s.compile), m.Digest())
	i, err := s.startWith(ctx, nil, nil)
	if err != nil {
		fmt.Fprintf(out, "it waits for an operator who configures it: with its defaults it does not start: %v\n", err)
		return nil
	}
	return i.Close()
}

func phases(m *core.Manifest) string {
	names := make([]string, len(m.Phases))
	for i, p := range m.Phases {
		names[i] = p.String()
	}
	return strings.Join(names, ", ")
}
