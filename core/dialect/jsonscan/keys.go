package jsonscan

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Keys are the keys that a dialect interprets in one kind of object. They are
// made once and never change, so that any number of goroutines may use them.
type Keys struct {
	names []string
	// first and next chain the names whose hash is equal: index plus 1, by hash
	// and by index.
	first [tableSize]uint8
	next  []uint8
	plain []spelling // by ID
}

// spelling is a name as nearly everybody writes it: between quotes, without
// escapes, a colon after it.
type spelling struct {
	head, tail half
	size       int // bytes, 0 for a name too long
}

// half is half of a spelling, and in mask the bits of it that count.
type half struct{ text, mask [2]uint64 }

// plainKey is how long a [spelling] may be: enough for any name in use.
const plainKey = 32

func newSpelling(name string) (s spelling) {
	text := `"` + name + `":`
	var bytes, mask [plainKey]byte
	for i := range copy(bytes[:], text) {
		mask[i] = 0xff
	}
	if s.size = len(text); s.size > plainKey {
		s.size = 0
		bytes[0] = 0 // instead of the quote: matches no key
	}
	for i := range 2 {
		s.head.text[i], s.head.mask[i] = load(bytes[:], 8*i), load(mask[:], 8*i)
		s.tail.text[i], s.tail.mask[i] = load(bytes[16:], 8*i), load(mask[16:], 8*i)
	}
	return s
}

// differs tells whether w is something else. Both words are compared at once,
// because a branch costs more than a word.
func (h *half) differs(w []byte) bool {
	return (load(w, 0)&h.mask[0]^h.text[0])|(load(w, 8)&h.mask[1]^h.text[1]) != 0
}

// tableSize keeps chains short for the few dozen keys an object has.
const tableSize = 256

// NewKeys returns the set of names. The ID of a name is its index: give the
// names in the order of your constants. It panics, as regexp.MustCompile does,
// if a name is empty, not ASCII, equal to another one in any letter case, or if
// there are more than 255: names are constants of the program.
func NewKeys(names ...string) *Keys {
	if len(names) > 255 {
		panic("jsonscan: more than 255 keys in one set")
	}
	k := &Keys{names: names, next: make([]uint8, len(names))}
	for i, name := range names {
		if id, _ := k.find([]byte(name), true); id != Unknown || name == "" || !isASCII(name) {
			panic("jsonscan: key " + name + " is empty, not ASCII, or comes twice")
		}
		h := keyHash([]byte(name))
		k.next[i] = k.first[h]
		k.first[h] = uint8(i + 1)
		k.plain = append(k.plain, newSpelling(name))
	}
	return k
}

// Name returns the name whose ID is id.
func (k *Keys) Name(id int) string { return k.names[id] }

func (k *Keys) len() int {
	if k == nil {
		return 0
	}
	return len(k.names)
}

// guess returns the offset after the colon where doc[i:] begins with the plain
// [spelling] of the name id, else 0. Writers keep to an order, so that a reader
// who guesses the next key saves most of the work of finding out which it is.
func (k *Keys) guess(doc []byte, i, id int) int {
	if k == nil || uint(id) >= uint(len(k.plain)) {
		return 0
	}
	s := &k.plain[id]
	if s.size == 0 {
		return 0
	}
	if len(doc)-i < plainKey {
		name, end := k.names[id], i+s.size
		if end > len(doc) || doc[i] != '"' || string(doc[i+1:end-2]) != name || doc[end-2] != '"' || doc[end-1] != ':' {
			return 0
		}
		return end
	}
	w := doc[i : i+plainKey : i+plainKey]
	if s.head.differs(w[:16]) || s.tail.differs(w[16:]) {
		return 0
	}
	return i + s.size
}

// find returns the ID of the name that equals the decoded key exactly or under
// Unicode's simple case folding, or Unknown. ascii promises that the key holds
// ASCII only.
func (k *Keys) find(key []byte, ascii bool) (id int, exact bool) {
	if k == nil || len(key) == 0 {
		return Unknown, false
	}
	if !ascii {
		return k.findFolded(key)
	}
	for i := k.first[keyHash(key)]; i != 0; i = k.next[i-1] {
		name := k.names[i-1]
		if string(key) == name {
			return int(i - 1), true
		}
		if len(key) == len(name) && strings.EqualFold(string(key), name) {
			return int(i - 1), false
		}
	}
	return Unknown, false
}

// findFolded is find for keys that may hold characters beyond ASCII. Two of
// them fold to ASCII letters: U+017F to s and U+212A, the Kelvin sign, to k.
func (k *Keys) findFolded(key []byte) (id int, exact bool) {
	if isASCII(key) {
		return k.find(key, true)
	}
	if !bytes.Contains(key, []byte("\u017f")) && !bytes.Contains(key, []byte("\u212a")) {
		return Unknown, false
	}
	for i, name := range k.names {
		if strings.EqualFold(string(key), name) {
			return i, false
		}
	}
	return Unknown, false
}

func isASCII[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// keyHash hashes an ASCII key without regard to letter case: setting bit 5
// folds letters, and that some other characters then look alike does no harm.
func keyHash(key []byte) uint8 {
	var head, tail uint64
	switch n := len(key); {
	case n >= 8:
		head = load(key, 0)
		tail = load(key, n-8)
	case cap(key) >= 8:
		// What follows the key in its document is read and dropped again.
		head = load(key[:8], 0) & (1<<(8*n) - 1)
	default:
		for i, c := range key {
			head |= uint64(c) << (8 * i)
		}
	}
	const fold = each * 0x20
	h := (head|fold)*0x9e3779b97f4a7c15 + (tail|fold)*0xc2b2ae3d27d4eb4f + uint64(len(key))
	return uint8(h >> 56)
}
