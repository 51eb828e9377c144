package folder

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aead.dev/minisign"

	"github.com/sallyport-gateway/sallyport/core"
)

const digestPrefix = "sha256:"

// CheckPin returns what is wrong with the text of a pin: it is "sha256:" with 64
// hexadecimal digits, or a minisign public key, which is 56 characters of base64
// that begin with "RW".
func CheckPin(pin string) error {
	_, _, err := parsePin(pin)
	return err
}

// parsePin returns a digest in lower-case hex, or else a key.
func parsePin(pin string) (digest string, key minisign.PublicKey, err error) {
	if text, ok := strings.CutPrefix(pin, digestPrefix); ok {
		if b, err := hex.DecodeString(text); err != nil || len(b) != 32 {
			return "", key, fmt.Errorf("the pin %q is not sha256: with 64 hexadecimal digits after it", core.OneLine(pin, 100))
		}
		return strings.ToLower(text), key, nil
	}
	if err := key.UnmarshalText([]byte(pin)); err != nil {
		return "", key, fmt.Errorf("the pin %q is neither sha256: with 64 hexadecimal digits after it nor a minisign public key", core.OneLine(pin, 100))
	}
	return "", key, nil
}

// Key returns the minisign public key that a file's signature was found good by,
// "" for none.
func (f *File) Key() string { return keyOfPin(f.pin) }

func keyOfPin(pin string) string {
	if strings.HasPrefix(pin, digestPrefix) {
		return ""
	}
	return pin
}

// SignedBy tells whether signature, the text of a minisign signature file, is one
// of data by the holder of key, a minisign public key.
func SignedBy(key string, data, signature []byte) bool {
	_, k, err := parsePin(key)
	return err == nil && !strings.HasPrefix(key, digestPrefix) && verify(k, &File{Data: data, signature: signature})
}

// pinned returns the pin that a file matches, "" where none is asked for.
func (f *Folder) pinned(file *File, loader *Loader) (string, error) {
	var pins []string
	if f.Pins != nil {
		pins = f.Pins(file.Manifest.ID, file.Name)
	}
	digest := hex.EncodeToString(file.Digest[:])
	if len(pins) == 0 && loader.NeedsPin {
		return "", &waitError{Pending, fmt.Sprintf(
			"what ends in %s runs unconfined, so it is not started before it is pinned; if this is the right file, add to the use of %s in the gateway's configuration: pin: %s",
			loader.Suffix, file.Manifest.ID, digest)}
	}
	if len(pins) == 0 {
		return "", nil
	}
	var signed bool
	for _, pin := range pins {
		want, key, err := parsePin(pin)
		switch {
		case err != nil:
			return "", err
		case want != "":
			if want == digest {
				return pin, nil
			}
		case file.signature != nil && verify(key, file):
			return pin, nil
		default:
			signed = true
		}
	}
	return "", mismatch(file, digest, signed)
}

// verify checks a signature. Minisign's own reader of signatures is given
// untrusted bytes here.
func verify(key minisign.PublicKey, file *File) bool {
	ok := false
	err := fenced("reading its signature", func() error {
		ok = minisign.Verify(key, file.Data, file.signature)
		return nil
	})
	return ok && err == nil
}

func mismatch(file *File, digest string, signed bool) error {
	reason := "its digest " + digestPrefix + digest + " is not the one that is pinned"
	if signed && file.signature == nil {
		reason += ", and there is no signature in " + file.Name + sigSuffix
	} else if signed {
		reason += ", and " + file.Name + sigSuffix + " is not a signature of it by a pinned key"
	}
	return errors.New(reason + ": put back the file that was pinned, or have the operator pin this one")
}

// matches tells whether one of the pins let the version in, or would.
func (v *Version) matches(pins []string) bool {
	digest := digestPrefix + hex.EncodeToString(v.Digest[:])
	return slices.ContainsFunc(pins, func(pin string) bool {
		return strings.EqualFold(pin, digest) || v.pin != "" && pin == v.pin
	})
}
