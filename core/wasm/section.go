package wasm

import (
	"bytes"
	"errors"
	"slices"
)

// ManifestSection is the custom section of a module that holds the plugin's
// manifest, in YAML.
const ManifestSection = "sallyport.manifest"

// maxManifest bounds a manifest, in bytes.
const maxManifest = 1 << 20

// The errors of [ManifestText].
var (
	ErrNoManifest = errors.New("it has no manifest; build it with \"sallyport plugin build\", or put NAME.yaml beside it")
	errTwo        = errors.New("it has two sections " + ManifestSection + "; build it anew")
	errLong       = errors.New("its manifest is larger than 1 MiB")
	errNoModule   = errors.New("it is not a WebAssembly module, or cut off")
	errComponent  = errors.New("this is a component; build a core wasip1 module")
)

// ManifestText returns the manifest that a module carries. It looks at the
// frames of the sections only and runs nothing. The text lies in module. Without
// one the error is [ErrNoManifest].
func ManifestText(module []byte) ([]byte, error) {
	var text []byte
	err := eachSection(module, func(_ []byte, name string, body []byte) error {
		switch {
		case name != ManifestSection:
			return nil
		case text != nil:
			return errTwo
		case len(body) > maxManifest:
			return errLong
		}
		text = body
		return nil
	})
	if err == nil && text == nil {
		err = ErrNoManifest
	}
	return text, err
}

// WithManifest returns a copy of module that carries text as its manifest, in
// its last section and in place of one that it had.
func WithManifest(module, text []byte) ([]byte, error) {
	if len(text) > maxManifest {
		return nil, errLong
	}
	out := slices.Clone(module[:min(len(header), len(module))])
	err := eachSection(module, func(whole []byte, name string, _ []byte) error {
		if name != ManifestSection {
			out = append(out, whole...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	body := append(appendVec(nil, []byte(ManifestSection)), text...)
	return appendVec(append(out, 0), body), nil
}

// header begins every core module, componentHeader every component.
const (
	header          = "\x00asm\x01\x00\x00\x00"
	componentHeader = "\x00asm\x0d\x00\x01\x00"
)

// eachSection calls f with each section: its bytes and, of a custom one, its
// name and what follows it.
func eachSection(module []byte, f func(whole []byte, name string, body []byte) error) error {
	if bytes.HasPrefix(module, []byte(componentHeader)) {
		return errComponent
	}
	if !bytes.HasPrefix(module, []byte(header)) {
		return errNoModule
	}
	s := &scanner{b: module, pos: len(header)}
	for s.more() {
		at := s.pos
		id := s.byte()
		body := s.bytes()
		if s.bad {
			return errNoModule
		}
		name := ""
		if id == 0 {
			in := &scanner{b: body}
			if name = in.string(); in.bad {
				return errNoModule
			}
			body = body[in.pos:]
		}
		if err := f(module[at:s.pos], name, body); err != nil {
			return err
		}
	}
	return nil
}
