package config

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// field is what the tags of one struct field declare.
type field struct {
	name, doc  string
	def        string // default as text
	hasDefault bool
	min, max   string
	enum       []string
	form       string // "name": a word without blanks and control characters; "id": of a plugin; "pin": 64 hex digits or a minisign public key
	short      string // list of mappings: the field that a bare text stands for
	single     bool   // list of texts: a bare text stands for a list of itself; an empty list is wrong
	required   bool
	index      int
	typ        reflect.Type
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	sizeType     = reflect.TypeFor[Size]()
	rateType     = reflect.TypeFor[Rate]()
	secretType   = reflect.TypeFor[Secret]()
	prefixType   = reflect.TypeFor[netip.Prefix]()
)

// fieldsOf returns the declared fields of a struct type in their order.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		name := sf.Tag.Get("yaml")
		if name == "" {
			continue
		}
		f := field{
			name: name, doc: sf.Tag.Get("doc"), min: sf.Tag.Get("min"), max: sf.Tag.Get("max"),
			form: sf.Tag.Get("form"), short: sf.Tag.Get("short"),
			required: sf.Tag.Get("required") == "true", single: sf.Tag.Get("single") == "true", index: i, typ: sf.Type,
		}
		f.def, f.hasDefault = sf.Tag.Lookup("default")
		if e := sf.Tag.Get("enum"); e != "" {
			f.enum = strings.Split(e, ",")
		}
		out = append(out, f)
	}
	return out
}

// elem returns the struct type below pointers and lists of t, or nil.
func elem(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == secretType || t == prefixType {
		return nil
	}
	return t
}

// parseScalar reads a value of type t from its text.
func parseScalar(t reflect.Type, text string) (any, error) {
	switch {
	case t == durationType:
		return parseDuration(text)
	case t == sizeType:
		return parseSize(text)
	case t == rateType:
		return parseRate(text)
	case t == prefixType:
		return parsePrefix(text)
	case t.Kind() == reflect.String:
		return text, nil
	case t.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return nil, errors.New("must be true or false")
		}
		return text == "true", nil
	case t.Kind() == reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("must be a whole number")
		}
		return n, nil
	default:
		return nil, fmt.Errorf("has the type %s, which cannot be read", t)
	}
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		if _, number := strconv.ParseFloat(text, 64); number == nil {
			return 0, fmt.Errorf("%s has no unit; write a duration like 10s, 250ms or 5m", quote(text))
		}
		return 0, fmt.Errorf("%s is not a duration; write one like 10s, 250ms or 5m", quote(text))
	}
	return d, nil
}

// sizeUnits maps a unit to bytes. Longer units stand before their endings.
var sizeUnits = [...]struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", 1 << 40},
	{"kB", 1e3},
	{"KB", 1e3},
	{"MB", 1e6},
	{"GB", 1e9},
	{"TB", 1e12},
	{"B", 1},
}

func parseSize(text string) (Size, error) {
	number, unit := text, int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(text, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%s is not a size; write one like 16MiB, 512KiB or 4096", quote(text))
	}
	return Size(n * unit), nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, fmt.Errorf("%s is not a network; write one like 10.20.0.0/16 or fd00::/8", quote(text))
		}
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("%s has bits behind its length; did you mean %s?", quote(text), quote(p.Masked().String()))
	}
	return p, nil
}

// checkBounds checks what the tags say of a value that was read already.
func (f *field) checkBounds(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.Int, reflect.Int64:
		if low, ok := f.bound(f.min); ok && v.Int() < low {
			return fmt.Errorf("%s is too small; the least is %s", quote(text), f.min)
		}
		if high, ok := f.bound(f.max); ok && v.Int() > high {
			return fmt.Errorf("%s is too large; the most is %s", quote(text), f.max)
		}
	case reflect.String:
		if len(f.enum) > 0 {
			if slices.Contains(f.enum, text) {
				return nil
			}
			return fmt.Errorf("%s is not allowed%s", quote(text), didYouMean(text, f.enum))
		}
		switch f.form {
		case "name":
			return checkName(text)
		case "id":
			return checkID(text)
		case "pin":
			return checkPin(text)
		}
	}
	return nil
}

func (f *field) bound(text string) (int64, bool) {
	if text == "" {
		return 0, false
	}
	v, err := parseScalar(f.typ, text)
	if err != nil {
		return 0, false
	}
	return reflect.ValueOf(v).Int(), true
}

// maxName bounds a name in bytes, so that it fits a record of the ledger.
const maxName = 200

func checkName(text string) error {
	switch {
	case text == "":
		return errors.New("must not be empty")
	case len(text) > maxName:
		return fmt.Errorf("has %d bytes; at most %d fit", len(text), maxName)
	}
	for _, r := range text {
		if r <= ' ' || r == 0x7f || !strconv.IsPrint(r) {
			return fmt.Errorf("%s holds a blank or a control character", quote(text))
		}
	}
	return nil
}

func checkPin(text string) error {
	sum, err := hex.DecodeString(text)
	if !isKey(text) && (err != nil || len(sum) != sha256.Size || strings.ToLower(text) != text) {
		return fmt.Errorf("%s is no SHA-256 and no minisign public key; write the 64 lower-case hex digits that sha256sum prints, or the 56 characters of the key that begin with RW", quote(text))
	}
	return nil
}

// isKey tells whether a pin is a minisign public key: its algorithm, "Ed", an id
// of 8 bytes and a key of 32.
func isKey(pin string) bool {
	b, err := base64.StdEncoding.DecodeString(pin)
	return err == nil && len(b) == 2+8+32 && string(b[:2]) == "Ed"
}

// maxID bounds a plugin's id in bytes.
const maxID = 100

func checkID(text string) error {
	kind, name, dot := strings.Cut(text, ".")
	if !dot || kind == "" || name == "" || len(text) > maxID {
		return fmt.Errorf("%s is no plugin id; write kind.name, like guardrail.pii, at most %d bytes", quote(text), maxID)
	}
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return fmt.Errorf("%s holds %q; a plugin id is of a-z, 0-9, - and _, with a dot behind its kind", quote(text), c)
		}
	}
	return nil
}
