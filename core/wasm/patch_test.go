package wasm

import (
	"bytes"
	"testing"
)

// What follows changes modules that compilers made into those which they would
// not make: one table of faults serves every language.

type sectionBytes struct {
	id      byte
	payload []byte
}

// sections takes a module apart. The payloads alias it.
func sections(t testing.TB, b []byte) []sectionBytes {
	t.Helper()
	var out []sectionBytes
	s := &scanner{b: b}
	s.skip(8)
	for s.more() {
		out = append(out, sectionBytes{s.byte(), s.bytes()})
	}
	if s.bad {
		t.Fatal("the module cannot be read")
	}
	return out
}

func joined(list []sectionBytes) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range list {
		b = append(b, section(s.id, s.payload)...)
	}
	return b
}

// changed returns the module with the payload of one section replaced.
func changed(t testing.TB, b []byte, id byte, f func(payload []byte) []byte) []byte {
	t.Helper()
	list := sections(t, b)
	for i := range list {
		if list[i].id == id {
			list[i].payload = f(list[i].payload)
			return joined(list)
		}
	}
	t.Fatalf("the module has no section %d", id)
	return nil
}

// inserted returns the module with a section put in front of the first one that
// comes after it in the binary format's order.
func inserted(t testing.TB, b []byte, id byte, payload []byte, before ...byte) []byte {
	t.Helper()
	list := sections(t, b)
	for i := range list {
		if bytes.IndexByte(before, list[i].id) >= 0 {
			list = append(list[:i], append([]sectionBytes{{id, payload}}, list[i:]...)...)
			return joined(list)
		}
	}
	t.Fatal("there is no place for the section")
	return nil
}

// renamed gives an export another name.
func renamed(t testing.TB, b []byte, from, to string) []byte {
	t.Helper()
	return changed(t, b, secExport, func(p []byte) []byte {
		s := &scanner{b: p}
		n := s.count()
		out, found := list(n), false
		for range n {
			name := s.string()
			if name == from {
				name, found = to, true
			}
			out = append(appendVec(out, []byte(name)), s.byte())
			out = appendLEB(out, s.u32())
		}
		if s.bad || !found {
			t.Fatalf("the module does not export %s", from)
		}
		return out
	})
}

// starting gives the module a start section that names an export.
func starting(t testing.TB, b []byte, export string) []byte {
	t.Helper()
	var payload []byte
	for _, sec := range sections(t, b) {
		if sec.id != secExport {
			continue
		}
		s := &scanner{b: sec.payload}
		for range s.count() {
			name := s.string()
			s.byte()
			if i := s.u32(); name == export {
				payload = appendLEB(nil, i)
			}
		}
	}
	if payload == nil {
		t.Fatalf("the module does not export %s", export)
	}
	return inserted(t, b, 8, payload, 9, 12, secCode)
}

// withFunctions adds n functions of type 0, whose bodies are the given one.
func withFunctions(t testing.TB, b []byte, n int, body []byte) []byte {
	t.Helper()
	more := func(add []byte) func([]byte) []byte {
		return func(p []byte) []byte {
			s := &scanner{b: p}
			have := s.count()
			return cat(list(have+n), p[s.pos:], bytes.Repeat(add, n))
		}
	}
	b = changed(t, b, secFunction, more([]byte{0}))
	return changed(t, b, secCode, more(appendVec(nil, cat([]byte{0}, body, []byte{0x00, 0x0b}))))
}

// withMemory sets the flags and the pages of the module's memory.
func withMemory(t testing.TB, b []byte, flags byte, least, most uint32) []byte {
	t.Helper()
	return changed(t, b, secMemory, func([]byte) []byte {
		p := appendLEB([]byte{1, flags}, least)
		if flags&1 != 0 {
			p = appendLEB(p, most)
		}
		return p
	})
}
