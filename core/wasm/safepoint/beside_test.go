package safepoint

import (
	"bytes"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
)

// sameBeside wants the same result, or the same error, of a module however many of
// its stretches are read beside each other.
func sameBeside(t *testing.T, what string, b []byte) {
	t.Helper()
	want, wantErr := Rewrite(b, Options{stretches: 1})
	for _, n := range []int{2, 3, 8} {
		got, err := Rewrite(b, Options{stretches: n})
		if !reflect.DeepEqual(err, wantErr) {
			t.Errorf("%s in %d stretches: %v, in one %v", what, n, err, wantErr)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s in %d stretches is not what it is in one: %d bytes, want %d", what, n, len(got.Module), len(want.Module))
		}
	}
}

// TestBeside: what is made beside each other is what would be made one after the
// other, and so is the first thing that is wrong.
func TestBeside(t *testing.T) {
	for _, s := range samples {
		if s.name == "go_json" {
			continue // go is like it
		}
		b := s.module(t)
		sameBeside(t, s.name, b)
		for i := 1; i < 8 && !s.isGo(); i++ {
			broken := bytes.Clone(b)
			at := len(b) * i / 8
			copy(broken[at:], []byte{0xff, 0xff, 0xff})
			sameBeside(t, s.name+" with a broken place", broken)
		}
	}
}

// TestTooMuchTogether: limits on the sum over all functions hold for all stretches
// together, and name the function that was too much.
func TestTooMuchTogether(t *testing.T) {
	for name, one := range map[string]asmFunc{
		"jumps":  {body: joining(7000, 0)},
		"joined": {body: joining(400, 1000), locals: bytes.Repeat([]byte{i32}, 1000)},
		"locals": {locals: bytes.Repeat([]byte{i32}, MaxLocals), body: cat(i32c(1), op(opDrop))},
	} {
		m := &asmModule{}
		for range 170 {
			m.funcs = append(m.funcs, one)
		}
		b := m.bytes()
		_, err := Rewrite(b, Options{stretches: 4})
		if e, ok := errors.AsType[*Error](err); !ok || e.Func == 0 || e.Func == 169 {
			t.Errorf("%s: %v", name, err)
		}
		sameBeside(t, name, b)
	}
}

// TestBesidePanic: a panic of one is the caller's, when all others are done.
func TestBesidePanic(t *testing.T) {
	var done atomic.Int32
	defer func() {
		if v := recover(); v != "two" || done.Load() != 3 {
			t.Errorf("panic %v after %d", v, done.Load())
		}
	}()
	beside(4, func(i int) {
		if i == 2 {
			panic("two")
		}
		done.Add(1)
	})
}

// TestStretches: stretches are all bodies in order, about equally large.
func TestStretches(t *testing.T) {
	for _, sizes := range [][]int{{}, {1}, {5, 5}, {1, 1, 1, 1, 1, 1, 1, 90}, {90, 1, 1, 1}, {0, 0, 0}, {10, 10, 10, 10, 10, 10, 10}} {
		m, at := &module{}, 0
		for _, n := range sizes {
			m.bodies = append(m.bodies, body{at, at + n})
			at += n
		}
		for n := 1; n < 5; n++ {
			all := m.stretches(n, 1)
			next := 0
			for _, st := range all {
				if st.from != next || st.to < st.from {
					t.Fatalf("%v in %d: %v", sizes, n, all)
				}
				next = st.to
			}
			if next != len(sizes) || len(all) > n {
				t.Errorf("%v in %d: %v", sizes, n, all)
			}
		}
	}
	even := &module{bodies: make([]body, 100)}
	for i := range even.bodies {
		even.bodies[i] = body{i * 10, i*10 + 10}
	}
	if got := even.stretches(4, 1); len(got) != 4 || got[1] != (stretch{25, 50}) {
		t.Errorf("100 equal bodies: %v", got)
	}
	if got := even.stretches(4, 400); len(got) != 2 {
		t.Errorf("1000 bytes, 400 are worth one: %v", got)
	}
}
