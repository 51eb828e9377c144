package config

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// hidden is what a [Secret] shows of itself.
const hidden = "[secret]"

// Secret is a credential. Whatever prints, formats or marshals it shows
// "[secret]"; only [Secret.Reveal] gives the text. The zero value is no secret.
//
// The text lies behind a pointer, so that fmt, which cannot call methods on
// unexported fields of other structs, prints an address there and not the text.
type Secret struct{ text *string }

// NewSecret wraps a credential that comes from elsewhere than a file.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the credential itself, "" when there is none. Callers hand it
// to a signer or a digest and to nothing that could print it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells whether there is no credential.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal compares two secrets in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns "[secret]", or "" when there is none.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return hidden
}

// GoString returns the same as String.
func (s Secret) GoString() string { return s.String() }

// Format writes the same as String, for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText returns the same as String; JSON and YAML encoders use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Env is the only door of the gateway to environment variables and to the
// files that a configuration refers to. Tests give their own.
type Env struct {
	// Lookup returns the value of a variable, false when it is not set.
	Lookup func(name string) (string, bool)
	// ReadFile returns the content of a file. Files over 4 MiB may be refused.
	ReadFile func(path string) ([]byte, error)
}

// OSEnv returns the environment of the process.
func OSEnv() Env {
	return Env{
		Lookup:   os.LookupEnv,
		ReadFile: func(path string) ([]byte, error) { return readBounded(path, maxFile) },
	}
}

// maxSecretFile bounds a secret, certificate or authorities file, in bytes. The
// usual bundle of all public authorities has about 250 KiB.
const maxSecretFile = 1 << 20

// reference is a parsed "${env:NAME}" or "${file:PATH}".
type reference struct{ scheme, name string }

// parseReference reads a reference. It returns false when text is none; the
// whole value must be one reference.
func parseReference(text string) (reference, bool) {
	inner, ok := strings.CutPrefix(text, "${")
	if !ok {
		return reference{}, false
	}
	inner, ok = strings.CutSuffix(inner, "}")
	if !ok || strings.ContainsAny(inner, "${}") {
		return reference{}, false
	}
	scheme, name, ok := strings.Cut(inner, ":")
	return reference{scheme: scheme, name: name}, ok
}

// looksLikeReference tells whether text was meant as a reference, rightly or not.
func looksLikeReference(text string) bool { return strings.Contains(text, "${") }

// resolve returns the secret that r names. Its errors name the variable or the
// file, never a value.
func (r reference) resolve(lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (Secret, error) {
	switch r.scheme {
	case "env":
		if !isVariable(r.name) {
			return Secret{}, errors.New("this is not the name of an environment variable; write ${env:NAME}")
		}
		if lookup == nil {
			return Secret{}, fmt.Errorf("the environment variable %s cannot be read here", quote(r.name))
		}
		value, set := lookup(r.name)
		if !set {
			return Secret{}, fmt.Errorf("the environment variable %s is not set", quote(r.name))
		}
		return clean(value, "the environment variable "+quote(r.name))
	case "file":
		if r.name == "" {
			return Secret{}, errors.New("no file is named; write ${file:/path/to/secret}")
		}
		data, err := readFile(r.name)
		if err != nil {
			return Secret{}, err
		}
		return clean(strings.TrimRight(string(data), "\r\n"), "the file "+quote(r.name))
	default:
		return Secret{}, errors.New("this kind of reference is unknown; write ${env:NAME} or ${file:/path}")
	}
}

// clean refuses what could not stand in a header field, but for a key file in JSON,
// such as that of a service account, which a signer reads. what names the source.
func clean(value, what string) (Secret, error) {
	if value == "" {
		return Secret{}, fmt.Errorf("%s is empty", what)
	}
	if value[0] == '{' && json.Valid([]byte(value)) {
		return NewSecret(value), nil
	}
	for i := range len(value) {
		if value[i] <= ' ' || value[i] >= 0x7f {
			return Secret{}, fmt.Errorf("%s holds more than one word of printable ASCII (at byte %d); check for blanks, line ends and quotes", what, i)
		}
	}
	return NewSecret(value), nil
}

// isVariable tells whether name could be that of a variable. What could not may
// be a secret that stands there by mistake, and is not shown.
func isVariable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// readWith reads a file and turns the error into one that people understand.
func readWith(env Env, file string) ([]byte, error) {
	if env.ReadFile == nil {
		return nil, fmt.Errorf("the file %s cannot be read here", quote(file))
	}
	data, err := env.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the file %s cannot be read: %s", quote(file), fileReason(err))
	}
	if len(data) > maxSecretFile {
		return nil, fmt.Errorf("the file %s has more than %d bytes", quote(file), maxSecretFile)
	}
	return data, nil
}

// inFolder makes a relative path relative to the folder of the configuration.
func inFolder(folder, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
