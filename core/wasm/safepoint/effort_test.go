package safepoint

import (
	"bytes"
	"strings"
	"testing"
)

// joining returns a number of ifs, after which locals are read.
func joining(ifs, locals int) []byte {
	body := bytes.Repeat(cat(i32c(1), []byte{opIf, blockEmpty, opEnd}), ifs)
	for l := range locals {
		body = cat(body, op(opLocalGet, uint32(l)), op(opDrop))
	}
	return body
}

// TestReach: locals that are read where they were written cost nothing, however
// many there are.
func TestReach(t *testing.T) {
	f := asmFunc{locals: bytes.Repeat([]byte{i32}, 5000)}
	for l := range 5000 {
		f.body = cat(f.body, i32c(1), []byte{opIf, blockEmpty}, i32c(2), op(opLocalSet, uint32(l)),
			op(opLocalGet, uint32(l)), op(opLocalTee, uint32(l)), op(opDrop), op(opEnd))
	}
	if _, err := Rewrite((&asmModule{funcs: []asmFunc{f}}).bytes(), Options{}); err != nil {
		t.Error(err)
	}
	f.body = cat(f.body, joining(0, 200)) // 200 × 5000
	if _, err := Rewrite((&asmModule{funcs: []asmFunc{f}}).bytes(), Options{}); err == nil {
		t.Error("200 locals that reach over 5000 blocks pass")
	}
}

// TestEffort: what is little enough in one function is too much in many, and
// refused before the engine is asked to compile it.
func TestEffort(t *testing.T) {
	for name, c := range map[string]struct {
		one  asmFunc
		most int // functions that are let through
		want string
	}{
		"jumps":  {asmFunc{body: joining(1000, 0)}, maxJumpSquares / (2000 * 2000), "blocks and branches"},
		"joined": {asmFunc{body: joining(400, 1000), locals: bytes.Repeat([]byte{i32}, 1000)}, maxAllJoined / 400_000, "with 1000 locals that reach"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &asmModule{}
			for range c.most {
				m.funcs = append(m.funcs, c.one)
			}
			if _, err := Rewrite(m.bytes(), Options{}); err != nil {
				t.Errorf("%d functions: %v", c.most, err)
			}
			m.funcs = append(m.funcs, c.one)
			if _, err := Rewrite(m.bytes(), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d functions: error %v, want %q", c.most+1, err, c.want)
			}
		})
	}
}
