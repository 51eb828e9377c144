package config

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Load reads the configuration file at path with the environment of the
// process. It returns what [Parse] returns.
func Load(path string) (*Config, []Problem) {
	data, err := readBounded(path, maxFile)
	if err != nil {
		return nil, []Problem{unreadable(path, err)}
	}
	return Parse(path, data, OSEnv())
}

// Parse reads a configuration from data. Relative paths in it start at the
// folder of name, which is also the file that problems name.
//
// Parse finds everything that is wrong with single fields and returns all of
// it at once, in the order of the file. The Config is nil when data is not one
// YAML mapping; otherwise it holds what could be read, and [Build] finds what
// is wrong between the fields. data is copied.
func Parse(name string, data []byte, env Env) (*Config, []Problem) {
	d, root, problems := newDocument(name, data, env)
	if root == nil {
		return nil, problems
	}
	d.hash.Write(data)
	d.digests[name] = sha256.Sum256(data)
	cfg := &Config{source: d.source}
	d.defaults(cfg)
	d.structure(reflect.ValueOf(cfg).Elem(), root, "")
	d.readCertificates(cfg)
	return cfg, d.sorted()
}

// newDocument reads data as one YAML mapping and makes its decoder. Without a
// mapping root is nil and problems say why.
func newDocument(name string, data []byte, env Env) (d *decoder, root *node, problems []Problem) {
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	root, problems = readYAML(text)
	if root != nil && root.shape != shapeMapping {
		problems = append(problems, problemAt(root.place, fmt.Sprintf("the file must be a mapping of fields, not %s", root.shape)))
		root = nil
	}
	for i := range problems {
		problems[i].File = name
	}
	if root == nil {
		return nil, nil, problems
	}
	d = newDecoder(name, strings.Split(string(text), "\n"), env)
	d.folder = filepath.Dir(name)
	d.problems = problems
	d.spots[""] = spot{value: root.place}
	return d, root, nil
}

func unreadable(path string, err error) Problem {
	return Problem{File: path, Reason: "cannot be read: " + fileReason(err)}
}

// readCertificates reads the files that are no secrets by themselves, so that
// [Build] needs no file any more.
func (d *decoder) readCertificates(cfg *Config) {
	read := func(path, file string) {
		if file == "" || d.bad[path] {
			return
		}
		data, err := d.readFile(file)
		if err != nil {
			d.report(path, "%s", err)
			return
		}
		d.hash.Write(data)
		d.content[inFolder(d.folder, file)] = data
	}
	if cfg.TLS != nil {
		read("tls.cert", cfg.TLS.Cert)
		read("tls.key", cfg.TLS.Key)
	}
	for i := range cfg.Providers {
		read(fmt.Sprintf("providers[%d].ca_file", i), cfg.Providers[i].CAFile)
	}
}

// sorted returns the problems so far, and says so when there were more.
func (s *source) sorted() []Problem {
	out := sortProblems(slices.Clone(s.problems))
	switch {
	case s.full():
		out = append(out, Problem{File: s.name, Reason: fmt.Sprintf("only the first %d problems are shown", maxProblems)})
	case s.warnings >= maxProblems:
		out = append(out, Problem{File: s.name, Reason: fmt.Sprintf("only the first %d warnings are shown", maxProblems), Warning: true})
	}
	return out
}

// readBounded reads a file and refuses more than limit bytes, so that a device
// or a log file named by mistake cannot fill the memory.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errIsFolder
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return data, err
}

var errIsFolder = errors.New("it is a folder")

// fileReason says in words why a file could not be read.
func fileReason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err.Error()
	}
	return err.Error()
}
