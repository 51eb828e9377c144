package gemini

import (
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// snake returns the second spelling of a member, which is the same for most.
func snake(camel string) string {
	var b strings.Builder
	for _, r := range camel {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// keyset is the members of one kind of object in both spellings. The ID of a
// member is its index among the names that were given; its second spelling has
// an ID behind all those.
type keyset struct {
	names []string // both spellings, by ID
	keys  *jsonscan.Keys
	twin  []int16 // by ID of a first spelling: ID of the second, or -1
	first []int16 // by ID of any: ID of the first spelling
}

func newKeyset(names ...string) *keyset {
	k := &keyset{names: names}
	for i := range names {
		k.first = append(k.first, int16(i))
		k.twin = append(k.twin, -1)
	}
	for i, n := range names {
		if s := snake(n); s != n {
			k.twin[i] = int16(len(k.names))
			k.first = append(k.first, int16(i))
			k.names = append(k.names[:len(k.names):len(k.names)], s)
		}
	}
	k.keys = jsonscan.NewKeys(k.names...)
	return k
}

// scan reads the object v of doc into obj. It refuses what law 2 refuses, and a
// member that comes in both spellings; at is the path of v.
func (k *keyset) scan(doc []byte, v jsonscan.Value, obj *jsonscan.Object, at string) *core.Error {
	if err := jsonscan.ScanObject(doc, v, k.keys, obj); err != nil {
		return leaf.Refusal(err, at)
	}
	return k.check(obj, at)
}

// read is scan for those who make the path only when it fails.
func (k *keyset) read(doc []byte, v jsonscan.Value, obj *jsonscan.Object) bool {
	return jsonscan.ScanObject(doc, v, k.keys, obj) == nil && k.twice(obj) < 0
}

// check refuses a member that obj has in both spellings.
func (k *keyset) check(obj *jsonscan.Object, at string) *core.Error {
	if i := k.twice(obj); i >= 0 {
		return twice(at, k.names[i], k.names[k.twin[i]])
	}
	return nil
}

// twice returns the ID of a member that obj has in both spellings, or -1.
func (k *keyset) twice(obj *jsonscan.Object) int {
	for i, t := range k.twin {
		if t >= 0 && obj.Member(int(t)) != nil && obj.Member(i) != nil {
			return i
		}
	}
	return -1
}

func twice(at, camel, second string) *core.Error {
	if at != "" {
		at += "."
	}
	return core.ClientErrorf(core.CodeDuplicateKey, at+camel,
		"The request body can be read in two ways: %q and %q are one member, sent twice. Send it once.", at+camel, at+second)
}

// value returns the member id of obj in whichever spelling it came.
func (k *keyset) value(obj *jsonscan.Object, id int) jsonscan.Value {
	if v := obj.Value(id); v.Kind != jsonscan.None || k.twin[id] < 0 {
		return v
	}
	return obj.Value(int(k.twin[id]))
}

// member is value with its key, nil where there is none.
func (k *keyset) member(obj *jsonscan.Object, id int) *jsonscan.Member {
	if m := obj.Member(id); m != nil || k.twin[id] < 0 {
		return m
	}
	return obj.Member(int(k.twin[id]))
}

// id returns the ID of a member, or [jsonscan.Unknown].
func (k *keyset) id(m *jsonscan.Member) int {
	if m.ID < 0 {
		return jsonscan.Unknown
	}
	return int(k.first[m.ID])
}

// spellings returns a path in all spellings of its steps.
func spellings(path string) []string {
	out := []string{""}
	for i, step := range strings.Split(path, ".") {
		dot := "."
		if i == 0 {
			dot = ""
		}
		var next []string
		for _, before := range out {
			next = append(next, before+dot+step)
			if s := snake(step); s != step {
				next = append(next, before+dot+s)
			}
		}
		out = next
	}
	return out
}

// spelled completes the spec of a request's form, in which paths stand in their
// first spelling, with the second one, and with scenes that refuse an object that
// has a member in both. The top level is for Scan to check, unless it may stand again
// further below.
func spelled(s leaf.Spec) leaf.Spec {
	rows, scenes := s.Rows, s.Scenes
	s.Rows, s.Scenes = nil, map[string]leaf.Scene{}
	for path, scene := range scenes {
		for _, p := range spellings(path) {
			s.Scenes[p] = scene
		}
	}
	twins := map[string][]string{} // first spellings, by path of their object
	seen := map[string]bool{}
	for _, row := range rows {
		for _, p := range spellings(row.Path) {
			r := row
			r.Path = p
			s.Rows = append(s.Rows, r)
			addTwins(twins, seen, p)
		}
	}
	if len(s.Again) > 0 {
		for _, row := range rows {
			top, _, _ := strings.Cut(row.Path, ".")
			addTwins(twins, seen, "."+top)
		}
	}
	for path, names := range twins {
		s.Scenes[path] = unambiguous(names, s.Scenes[path])
	}
	return s
}

// addTwins notes the members on the way of path that have two spellings.
func addTwins(twins map[string][]string, seen map[string]bool, path string) {
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		at, step := path[:i], path[i+1:]
		if j := strings.IndexAny(step, ".["); j >= 0 {
			step = step[:j]
		}
		if snake(step) != step && !seen[at+"."+step] {
			seen[at+"."+step] = true
			twins[at] = append(twins[at], step)
		}
	}
}

// unambiguous is a scene that refuses an object which has one of the members in
// both spellings, and goes on with next.
func unambiguous(names []string, next leaf.Scene) leaf.Scene {
	seconds := make([]string, len(names))
	for i, n := range names {
		seconds[i] = snake(n)
	}
	return func(w *leaf.Walk, o leaf.Object) {
		for i, second := range seconds {
			if o.Value(second).Kind != jsonscan.None && o.Value(names[i]).Kind != jsonscan.None {
				w.Fail(twice(w.Path(), names[i], second))
				return
			}
		}
		if next != nil {
			next(w, o)
		}
	}
}

// either returns the member of o with that first spelling, however it is spelled.
func either(o leaf.Object, first, second string) jsonscan.Value {
	if v := o.Value(first); v.Kind != jsonscan.None {
		return v
	}
	return o.Value(second)
}
