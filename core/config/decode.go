package config

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// maxProblems bounds how many problems are collected: so many errors, and so many
// warnings, which take up no room of the errors.
const maxProblems = 200

// source is what a [Config] remembers of the text it was read from.
type source struct {
	name     string
	folder   string   // where relative paths start
	lines    []string // for excerpts
	problems []Problem
	warnings int // of problems
	spots    map[string]spot
	bad      map[string]bool     // paths that have a problem already
	digests  map[string][32]byte // what was read, by path; zero for what cannot be read
	content  map[string][]byte   // certificates, by path
	hash     hash.Hash           // of all that was read
}

// spot is where a field stands.
type spot struct {
	key, value place
	open       bool // the value may be shown
}

// report adds a problem of the field at path. A field that has one already
// gets no second, since the rest usually follows from the first.
func (s *source) report(path, format string, args ...any) { s.add(path, false, format, args...) }

func (s *source) warn(path, format string, args ...any) { s.add(path, true, format, args...) }

func (s *source) add(path string, warning bool, format string, args ...any) {
	if s.bad[path] || s.full() || warning && s.warnings >= maxProblems {
		return
	}
	s.bad[path] = !warning
	if warning {
		s.warnings++
	}
	p := Problem{File: s.name, Path: path, Reason: fmt.Sprintf(format, args...), Warning: warning}
	if at, ok := s.find(path); ok {
		p.Line, p.Column = at.value.line, at.value.column
		p.Excerpt = s.excerpt(at)
	}
	s.problems = append(s.problems, p)
}

// full tells whether no more errors are collected.
func (s *source) full() bool { return len(s.problems)-s.warnings >= maxProblems }

// find returns where path stands, or its nearest parent that stands somewhere.
func (s *source) find(path string) (spot, bool) {
	for {
		if at, ok := s.spots[path]; ok {
			return at, true
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			at, ok := s.spots[""]
			return at, ok
		}
		path = path[:cut]
	}
}

// excerpt returns the field as it stands in its line: the key, and the value
// where it may be shown. Nothing else of the line is, since it could be secret.
func (s *source) excerpt(at spot) string {
	from, to := at.value.column, at.value.column+at.value.width
	if !at.open {
		from, to = 0, 0
	}
	if k := at.key; k.line == at.value.line && k.column < at.value.column {
		from = k.column
		to = max(to, k.column+k.width)
	}
	line := at.value.line - 1
	if line < 0 || line >= len(s.lines) || from < 1 {
		return ""
	}
	runes := []rune(strings.TrimRight(s.lines[line], "\r"))
	from, to = min(from-1, len(runes)), min(to-1, len(runes))
	if to-from > 100 {
		return string(runes[from:from+100]) + "…"
	}
	return string(runes[from:max(from, to)])
}

// decoder fills structs from nodes and collects what does not fit.
type decoder struct {
	*source
	env    Env
	fields map[reflect.Type][]field
}

func newDecoder(name string, lines []string, env Env) *decoder {
	return &decoder{
		env:    env,
		fields: map[reflect.Type][]field{},
		source: &source{
			name: name, lines: lines,
			spots: map[string]spot{}, bad: map[string]bool{}, content: map[string][]byte{},
			digests: map[string][32]byte{},
			hash:    sha256.New(),
		},
	}
}

func (d *decoder) fieldsOf(t reflect.Type) []field {
	f, ok := d.fields[t]
	if !ok {
		f = fieldsOf(t)
		d.fields[t] = f
	}
	return f
}

// defaults sets every field of the struct that target points to, and of the
// structs in it, to its declared default.
func (d *decoder) defaults(target any) { d.setDefaults(reflect.ValueOf(target).Elem()) }

func (d *decoder) setDefaults(v reflect.Value) {
	for _, f := range d.fieldsOf(v.Type()) {
		fv := v.Field(f.index)
		switch {
		case f.hasDefault:
			if value, err := parseScalar(f.typ, f.def); err == nil { // a test reads every default
				fv.Set(reflect.ValueOf(value))
			}
		case fv.Kind() == reflect.Struct && elem(f.typ) != nil:
			d.setDefaults(fv)
		}
	}
}

// structure fills v, which has its defaults already, from n.
func (d *decoder) structure(v reflect.Value, n *node, path string) {
	if n.shape != shapeMapping {
		d.report(path, "must be a mapping of fields, not %s", n.shape)
		return
	}
	fields := d.fieldsOf(v.Type())
	given := make([]bool, len(fields))
	for _, p := range n.pairs {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == p.key })
		at := join(path, p.key)
		if i < 0 {
			d.unknown(at, p, fields)
			continue
		}
		f := &fields[i]
		d.spots[at] = spot{key: p.place, value: p.value.place, open: mayShow(f)}
		if p.value.shape == shapeNull {
			continue // as if it were left out
		}
		given[i] = true
		d.value(v.Field(f.index), f, p.value, at)
	}
	for i := range fields {
		if f := &fields[i]; f.required && !given[i] {
			d.report(join(path, f.name), "is missing%s", hint(f))
		}
	}
}

// mayShow tells whether the value of f may stand in an excerpt.
func mayShow(f *field) bool {
	if elem(f.typ) != nil {
		return false
	}
	switch f.typ.Kind() {
	case reflect.Map, reflect.Slice, reflect.Struct:
		return false
	default:
		return f.name != "base_url"
	}
}

func hint(f *field) string {
	switch {
	case f.typ == secretType:
		return `; write it by reference, like "${env:NAME}" or "${file:/path}"`
	case f.typ == reflect.TypeFor[[]string]():
		return `; list the routes that the key may use, or ["*"] for all`
	default:
		return ""
	}
}

func (d *decoder) unknown(at string, p pair, fields []field) {
	if d.full() {
		return
	}
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	d.spots[at] = spot{key: place{}, value: p.place, open: true}
	d.report(at, "unknown field %s%s", quote(p.key), didYouMean(p.key, names))
}

// value fills v from n as the declaration f says.
func (d *decoder) value(v reflect.Value, f *field, n *node, path string) {
	if d.full() {
		return
	}
	t := v.Type()
	switch {
	case t == secretType:
		d.secret(v, n, path)
	case t.Kind() == reflect.Pointer:
		target := reflect.New(t.Elem())
		if t.Elem().Kind() == reflect.Struct {
			d.setDefaults(target.Elem())
		}
		v.Set(target)
		d.value(target.Elem(), f, n, path)
	case elem(t) != nil && t.Kind() == reflect.Struct:
		d.structure(v, n, path)
	case t.Kind() == reflect.Slice:
		d.list(v, f, n, path)
	case t.Kind() == reflect.Map:
		d.table(v, n, path)
	default:
		d.scalar(v, f, n, path)
	}
}

func (d *decoder) list(v reflect.Value, f *field, n *node, path string) {
	if f.single && n.shape == shapeScalar {
		d.spots[indexed(path, 0)] = spot{value: n.place, open: true}
		n = &node{shape: shapeList, place: n.place, items: []*node{n}}
	}
	if n.shape != shapeList {
		d.report(path, "must be a list, not %s", n.shape)
		return
	}
	if (f.required || f.single) && len(n.items) == 0 {
		d.report(path, "must not be empty%s", hint(f))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	isStruct := elem(v.Type()) != nil
	item := field{name: f.name, form: f.form, enum: f.enum, typ: v.Type().Elem()}
	for i, entry := range n.items {
		at := path + "[" + strconv.Itoa(i) + "]"
		d.spots[at] = spot{value: entry.place, open: entry.shape == shapeScalar && !isStruct}
		target := list.Index(i)
		switch {
		case isStruct:
			d.setDefaults(target)
			if entry.shape == shapeScalar && f.short != "" {
				d.spots[join(at, f.short)] = spot{value: entry.place, open: true}
				entry = &node{shape: shapeMapping, place: entry.place, pairs: []pair{{key: f.short, place: entry.place, value: entry}}}
			}
			d.structure(target, entry, at)
		case entry.shape == shapeNull:
			d.report(at, "is empty")
		default:
			d.value(target, &item, entry, at)
		}
	}
	v.Set(list)
}

// table fills a map: of texts for header fields, of anything for plugins.
func (d *decoder) table(v reflect.Value, n *node, path string) {
	if n.shape != shapeMapping {
		d.report(path, "must be a mapping, not %s", n.shape)
		return
	}
	texts := v.Type().Elem().Kind() == reflect.String
	out := reflect.MakeMapWithSize(v.Type(), len(n.pairs))
	for _, p := range n.pairs {
		at := join(path, p.key)
		d.spots[at] = spot{key: p.place, value: p.value.place}
		switch {
		case !texts:
			if value := d.plain(p.value, at); value != nil {
				out.SetMapIndex(reflect.ValueOf(p.key), reflect.ValueOf(value))
			} else {
				out.SetMapIndex(reflect.ValueOf(p.key), reflect.Zero(v.Type().Elem()))
			}
		case p.value.shape != shapeScalar:
			d.report(at, "must be a text, not %s", p.value.shape)
		case looksLikeReference(p.value.text):
			d.report(at, "references stand only for keys; write the value itself")
		default:
			out.SetMapIndex(reflect.ValueOf(p.key), reflect.ValueOf(p.value.text))
		}
	}
	v.Set(out)
}

// plain turns a node into maps, lists and scalars for a plugin, and references
// into secrets. Whether a secret belongs there its manifest says, see [Build].
func (d *decoder) plain(n *node, path string) any {
	switch n.shape {
	case shapeList:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			at := indexed(path, i)
			d.spots[at] = spot{value: item.place}
			list[i] = d.plain(item, at)
		}
		return list
	case shapeMapping:
		m := make(map[string]any, len(n.pairs))
		for _, p := range n.pairs {
			at := join(path, p.key)
			d.spots[at] = spot{key: p.place, value: p.value.place}
			m[p.key] = d.plain(p.value, at)
		}
		return m
	case shapeScalar:
		if _, ok := parseReference(n.text); ok {
			var s Secret
			d.secret(reflect.ValueOf(&s).Elem(), n, path)
			return s
		}
		return n.value
	default:
		return nil
	}
}

func (d *decoder) scalar(v reflect.Value, f *field, n *node, path string) {
	if n.shape != shapeScalar {
		d.report(path, "must be a single value, not %s", n.shape)
		return
	}
	text := n.text
	if _, ok := parseReference(text); ok {
		d.report(path, "references stand only for keys; write the value itself")
		return
	}
	switch k := v.Kind(); {
	case v.Type() == durationType || v.Type() == sizeType || v.Type() == rateType:
	case k == reflect.Int:
		if _, quoted := n.value.(string); quoted {
			d.report(path, "must be a whole number, without quotes")
			return
		}
		text = fmt.Sprint(n.value) // 0x10 and 1_000 are numbers in YAML too
	case k == reflect.Bool:
		if _, quoted := n.value.(string); quoted {
			d.report(path, "must be true or false, without quotes")
			return
		}
		text = fmt.Sprint(n.value)
	}
	value, err := parseScalar(v.Type(), text)
	if err != nil {
		d.report(path, "%s", err)
		return
	}
	rv := reflect.ValueOf(value)
	if err := f.checkBounds(rv, text); err != nil {
		d.report(path, "%s", err)
		return
	}
	v.Set(rv)
}

// secret resolves a reference. What stands in the file is never shown.
func (d *decoder) secret(v reflect.Value, n *node, path string) {
	if n.shape != shapeScalar {
		d.report(path, `must be a reference, like "${env:NAME}" or "${file:/path}", not %s`, n.shape)
		return
	}
	ref, ok := parseReference(n.text)
	if !ok {
		d.report(path, `a secret must not stand in the file; put it into the environment or a file of its own and write "${env:NAME}" or "${file:/path}"`)
		return
	}
	secret, err := ref.resolve(d.env.Lookup, d.readFile)
	if err != nil {
		d.report(path, "%s", err)
		return
	}
	d.hash.Write([]byte(secret.Reveal()))
	v.Set(reflect.ValueOf(secret))
}

// readFile reads a file that the configuration names, relative to its folder,
// and remembers its digest for the [Watcher].
func (d *decoder) readFile(path string) ([]byte, error) {
	path = inFolder(d.folder, path)
	data, err := readWith(d.env, path)
	if err != nil {
		d.digests[path] = [32]byte{}
		return nil, err
	}
	d.digests[path] = sha256.Sum256(data)
	return data, nil
}

// join adds a field's name to a path. A name that is no plain word is quoted.
func join(path, name string) string {
	if checkName(name) != nil || len(name) > 64 {
		name = quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
