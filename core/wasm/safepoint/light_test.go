package safepoint

import (
	"context"
	"errors"
	"testing"
)

// TestLight: a loop needs no safepoint of its own if every way round it makes a
// call that pays for it, and only then; with and without one it ends at the step
// limit.
func TestLight(t *testing.T) {
	get, again := op(opLocalGet, 0), op(opBr, 0)
	callWork, callFree, callHost := op(opCall, 2), op(opCall, 3), op(opCall, 0)
	two := func(a, b []byte) []byte { // a or b
		return cat(get, []byte{opIf, blockEmpty}, a, op(opElse), b, op(opEnd))
	}
	long := []byte{}
	for range callCredit {
		long = cat(long, get, op(opDrop))
	}
	for name, c := range map[string]struct {
		round []byte
		light bool
	}{
		"a call":                {callWork, true},
		"a call on both ways":   {two(callWork, callWork), true},
		"a call on one way":     {two(callWork, nil), false},
		"a call of a free leaf": {callFree, false},
		"a call of the host":    {cat(get, callHost, op(opDrop)), false},
		"too much for one call": {cat(callWork, long), false},
		"enough calls for it":   {cat(callWork, long, callWork), true},
		"an inner loop":         {cat(callWork, []byte{opLoop, blockEmpty}, get, op(opBrIf, 0), op(opEnd)), false},
		"an inner loop, called": {cat([]byte{opLoop, blockEmpty}, callWork, get, op(opBrIf, 0), op(opEnd), callWork), true},
		"a way out and back":    {cat([]byte{opBlock, blockEmpty}, get, op(opBrIf, 0), callWork, op(opEnd)), false},
		"a back jump by table":  {cat([]byte{opBlock, blockEmpty}, get, op(opBrTable, 1, 1, 0), op(opEnd), callWork), false},
		"memory":                {cat(callWork, i32c(0), i32c(0), get, op(opMisc, miscMemoryFill, 0)), false},
	} {
		t.Run(name, func(t *testing.T) {
			work := asmFunc{locals: []byte{i32}} // too long to be free
			for range 20 {
				work.body = cat(work.body, op(opLocalGet, 0), op(opLocalSet, 0))
			}
			m := &asmModule{memory: true, hosts: []asmFunc{{params: []byte{i32}, results: []byte{i32}, export: "host"}}, funcs: []asmFunc{
				{params: []byte{i32}, export: "run", body: cat([]byte{opLoop, blockEmpty}, c.round, again, op(opEnd))},
				work,
				{body: op(opNop)},
			}}
			res := mustRewrite(t, m.bytes(), Options{})
			if (res.Loops == 0) != c.light {
				t.Errorf("%d loops with a safepoint, light %v", res.Loops, c.light)
			}
			if bad := unguarded(t, &res); bad != nil {
				t.Errorf("unguarded: %v", bad)
			}
			for arg := range uint64(2) {
				h := newHost(t, compiler())
				h.k.limit = 1_000_000
				env(t, h)
				_, err := h.start(res.Module).ExportedFunction("run").Call(context.Background(), arg)
				if !errors.Is(err, errSteps) {
					t.Errorf("run(%d): %v, want the step limit", arg, err)
				}
			}
		})
	}
}
