//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/plugins"
)

// trigger is the word that every guard of this benchmark blocks.
const trigger = "hotdropword"

// guardManifest is the bundled denylist's, with settings of its own and one message
// for each version.
const guardManifest = `id: guardrail.hotdrop
version: 1.0.%d
abi: 1
stage: judge
hooks: [prompt]
sees: {kinds: [text]}
limits: {steps: 4000000000, %s}
config:
  type: object
  properties:
    words: {type: array, items: {type: string}, default: [` + trigger + `]}
    action: {type: string, default: block}
    case_sensitive: {type: boolean, default: false}
    whole_words: {type: boolean, default: true}
    message: {type: string, default: "version %d"}
  additionalProperties: false
on_error: closed
`

// guard is a module that is dropped again and again, each time as another version.
type guard struct {
	module []byte
	limits string // as its manifest says them
}

// newGuard makes the bundled denylist a guard of about size bytes, and no more: real
// code, all of which has to be compiled.
func newGuard(size int) (guard, error) {
	for _, m := range plugins.Modules() {
		if strings.HasSuffix(m.Name, "/denylist") {
			module, err := grown(m.Wasm, size-2*len(guardManifest))
			return guard{module, "memory: 16MiB"}, err
		}
	}
	return guard{}, errors.New("the denylist is not bundled")
}

// version returns the module as version n.
func (g guard) version(n int) ([]byte, error) {
	return wasm.WithManifest(g.module, fmt.Appendf(nil, guardManifest, n, g.limits, n))
}

// The sections of a module that list its functions.
const (
	functionSection = 3
	codeSection     = 10
)

var errModule = errors.New("the bundled module cannot be read")

// grown returns a module with copies of its functions behind them, which nobody
// calls, so that it has about size bytes and no more.
func grown(module []byte, size int) ([]byte, error) {
	const header = 8
	if len(module) < header {
		return nil, errModule
	}
	types, code, err := functions(module[header:])
	if err != nil {
		return nil, err
	}
	if len(types) == 0 || len(types) != len(code) {
		return nil, errModule
	}
	own := len(types)
	for left := size - len(module); ; {
		i := len(types) % own
		if left -= len(types[i]) + len(code[i]) + 1; left < 0 {
			break
		}
		types, code = append(types, types[i]), append(code, code[i])
	}
	out := append([]byte{}, module[:header]...)
	err = sections(module[header:], func(id byte, body []byte) error {
		switch id {
		case functionSection:
			body = list(types)
		case codeSection:
			body = list(code)
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(body))), body...)
		return nil
	})
	return out, err
}

// functions returns the types and the bodies of a module's functions, each as it
// stands there.
func functions(module []byte) (types, code [][]byte, err error) {
	err = sections(module, func(id byte, body []byte) error {
		if id != functionSection && id != codeSection {
			return nil
		}
		count, used := binary.Uvarint(body)
		if used <= 0 {
			return errModule
		}
		body = body[used:]
		for range count {
			n, used := binary.Uvarint(body)
			if used <= 0 || n > uint64(len(body)-used) && id == codeSection {
				return errModule
			}
			if id == functionSection {
				types = append(types, body[:used])
			} else {
				used += int(n)
				code = append(code, body[:used])
			}
			body = body[used:]
		}
		return nil
	})
	return types, code, err
}

// sections calls f with each section behind the header.
func sections(module []byte, f func(id byte, body []byte) error) error {
	for len(module) > 0 {
		n, used := binary.Uvarint(module[1:])
		end := 1 + used + int(n) // or anything where n is too large
		if used <= 0 || n > uint64(len(module)) || end > len(module) {
			return errModule
		}
		if err := f(module[0], module[1+used:end]); err != nil {
			return err
		}
		module = module[end:]
	}
	return nil
}

// list is a vector of a module.
func list(items [][]byte) []byte {
	out := binary.AppendUvarint(nil, uint64(len(items)))
	for _, item := range items {
		out = append(out, item...)
	}
	return out
}
