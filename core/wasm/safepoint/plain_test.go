package safepoint

import "testing"

// slowly reads instructions one by one from pos on until they end at end or beyond,
// and returns where that is and what they cost.
func slowly(b []byte, pos, end int) (at, steps int, err *Error) {
	r := &reader{b: b, pos: pos, end: len(b)}
	for r.pos < end && !r.failed() {
		in := r.next()
		steps += cost(&in)
	}
	return r.pos, steps, r.err
}

// checkPlain holds the run of plain instructions at the start of b against a
// reading one by one, and returns its length.
func checkPlain(t *testing.T, b []byte) int {
	t.Helper()
	r := &reader{b: b, end: len(b)}
	steps := r.skipPlain()
	at, want, err := slowly(b, 0, r.pos)
	if err != nil || at != r.pos || steps != want {
		t.Errorf("%x: a run of %d bytes and %d steps; one by one %d and %d, %v", b, r.pos, steps, at, want, err)
	}
	return r.pos
}

func TestPlain(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		run  int
	}{
		"empty":                {"", 0},
		"values":               {"\x45\xc4\x1b\xd1", 4},
		"free":                 {"\x01\x1a\x6a", 3},
		"locals":               {"\x20\x00\x21\x7f\x22\x80\x01\x6a", 8},
		"a local cut":          {"\x6a\x20", 1},
		"a local of 5 bytes":   {"\x6a\x20\x80\x80\x80\x80\x10", 1},
		"constants":            {"\x41\x7f\x42\xff\xff\xff\x0f\x6a", 8},
		"a constant cut":       {"\x42\xff\xff", 0},
		"a long constant":      {"\x42\xff\xff\xff\xff\xff\x00\x6a", 0},
		"loads":                {"\x28\x02\x00\x3e\x00\xff\x7f", 7},
		"a load cut":           {"\x28", 0},
		"a load of memory 1":   {"\x6a\x28\x40\x01\x00", 1},
		"a long alignment":     {"\x28\x82\x00\x00", 0},
		"a block":              {"\x6a\x02\x40\x0b", 1},
		"a call":               {"\x6a\x10\x00", 1},
		"not of Core 2.0":      {"\x6a\xfe\x00", 1},
		"what no opcode is":    {"\x6a\xff", 1},
		"floats and globals":   {"\x6a\x43\x00\x00\x00\x00", 1},
		"memory.grow":          {"\x41\x01\x40\x00", 2},
		"a reference":          {"\x6a\xd2\x00", 1},
		"prefixed":             {"\x6a\xfc\x0b\x00", 1},
		"the end of a program": {"\x41\x00\x0b", 2},
	} {
		t.Run(name, func(t *testing.T) {
			if n := checkPlain(t, []byte(c.code)); n != c.run {
				t.Errorf("a run of %d bytes, want %d", n, c.run)
			}
		})
	}
}

// TestPlainKinds: what counts as plain needs nothing of the walker but what
// [instrumenter.plainRun] does.
func TestPlainKinds(t *testing.T) {
	for op, kind := range plainKinds {
		in := instr{op: byte(op)}
		want := 1
		if kind == plainFree {
			want = 0
		}
		if kind != notPlain && cost(&in) != want {
			t.Errorf("opcode %#02x of kind %d costs %d", op, kind, cost(&in))
		}
		shape := map[byte][]int{
			plainFree: {immNone}, plainValue: {immNone}, plainConst: {immI32, immI64},
			plainLocal: {immLocal}, plainMemarg: {immMemarg},
		}[kind]
		found := kind == notPlain
		for _, s := range shape {
			found = found || immediateOf(byte(op)) == s
		}
		if !found {
			t.Errorf("opcode %#02x of kind %d has the shape %d", op, kind, immediateOf(byte(op)))
		}
	}
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("\x20\x00\x41\x80\x01\x6a\x28\x02\x10\x1a\x0b"))
	f.Add([]byte("\x42\xff\xff\xff\xff\x0f\x22\x83\x00"))
	f.Fuzz(func(t *testing.T, b []byte) { checkPlain(t, b) })
}
