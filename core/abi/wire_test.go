package abi_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/abi"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestBadFrames(t *testing.T) {
	long := func(n int) string { // a length-delimited value of n bytes
		b := []byte{byte(n)}
		if n >= 0x80 {
			b = []byte{byte(n) | 0x80, byte(n >> 7)}
		}
		return hex.EncodeToString(append(b, bytes.Repeat([]byte("x"), n)...))
	}
	tests := []struct {
		name  string
		msg   message
		frame string
		want  string // of the error; "" means a good frame
	}{
		{"empty", &abi.Reply{}, "", ""},
		{"unknown varint", &abi.Reply{}, "a006 01", ""},
		{"unknown bytes", &abi.Reply{}, "a206 02 0000", ""},
		{"unknown fixed64", &abi.Reply{}, "a106 0000000000000000", ""},
		{"unknown fixed32", &abi.Reply{}, "a506 00000000", ""},
		{"largest number", &abi.Reply{}, "f8ffffff0f 00", ""},
		{"last one wins", &abi.Reply{}, "50 01 50 02", ""},
		{"number with needless bytes", &abi.Reply{}, "50 808000", ""},

		{"field 0", &abi.Reply{}, "00 00", "Reply: no field has that number"},
		{"field too large", &abi.Reply{}, "8080808010 00", "no field has that number"},
		{"cut tag", &abi.Reply{}, "d0", "Reply: the frame ends inside a number"},
		{"cut number", &abi.Reply{}, "50", "Reply.hold: the frame ends inside a number"},
		{"cut length", &abi.Reply{}, "3a", "Reply.route: the frame ends inside a number"},
		{"cut value", &abi.Reply{}, "3a 05 61", "Reply.route: the frame ends inside a value"},
		{"length of 2^64-1", &abi.Reply{}, "62 ffffffffffffffffff01", "Reply.state: longer than 16384 bytes"},
		{"length beyond the bound", &abi.Reply{}, "22 ffffffffffffffffff01", "Reply.new_parts: longer than 4294967295 bytes"},
		{"cut fixed64", &abi.Flag{}, "11 00", "Flag.score: the frame ends inside a value"},
		{"cut unknown", &abi.Reply{}, "a206 05 00", "field 100: the frame ends inside a value"},
		{"65 bits", &abi.Usage{}, "08 ffffffffffffffffff02", "Usage.input_uncached: a number has more than 64 bits"},
		{"eleven bytes", &abi.Usage{}, "08 8080808080808080808001", "a number has more than 64 bits"},
		{"33 bits", &abi.Reply{}, "50 8080808010", "Reply.hold: a number has more than 32 bits"},
		{"33 bits packed", &abi.Reply{}, "4a 05 8080808010", "Reply.order: a number has more than 32 bits"},
		{"cut packed", &abi.Reply{}, "4a 01 80", "Reply.order: the frame ends inside a number"},
		{"wrong wire type", &abi.Reply{}, "38 00", "Reply.route: wrong wire type 0"},
		{"group", &abi.Reply{}, "a306 a406", "groups are not part of the ABI"},
		{"wire type 6", &abi.Reply{}, "a606", "groups are not part of the ABI"},
		{"not UTF-8", &abi.Reply{}, "3a 02 c328", "Reply.route: not UTF-8"},
		{"surrogate", &abi.Reply{}, "3a 03 eda080", "Reply.route: not UTF-8"},
		{"enum", &abi.Reply{}, "22 02 10 05", "NewPart.role: no value of the enum is 5"},
		{"negative enum", &abi.Reply{}, "22 0b 10 ffffffffffffffffff01", "NewPart.role: no value of the enum is -1"},
		{"inner message", &abi.Reply{}, "1a 03 08 01 10", "Edit.start: the frame ends inside a number"},
		{"string of the bound", &abi.Reply{}, "0a 42 12" + long(64), ""},
		{"string beyond the bound", &abi.Reply{}, "0a 43 12" + long(65), "Block.code: longer than 64 bytes"},
		{"list of the bound", &abi.Reply{}, strings.Repeat("2a 00", 64), ""},
		{"list beyond the bound", &abi.Reply{}, strings.Repeat("2a 00", 65), "Reply.flags: more than 64 elements"},
		{"packed beyond the bound", &abi.Reply{}, "4a 8108" + strings.Repeat("00", 1025), "Reply.order: more than 1024 elements"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.msg.Decode(unhex(t, tc.frame))
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !errors.Is(err, abi.ErrBadFrame) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestDecodeSets(t *testing.T) {
	var r abi.Reply
	if err := r.Decode(unhex(t, "50 01 50 02 4a 02 0301 48 05 6200")); err != nil {
		t.Fatal(err)
	}
	if r.Hold != 2 || len(r.Order) != 3 || r.Order[0] != 3 || r.Order[2] != 5 || !r.HasState || len(r.State) != 0 {
		t.Fatalf("got %+v", r)
	}
	if err := r.Decode(nil); err != nil || r.HasState || len(r.Order) != 0 || r.Hold != 0 {
		t.Fatalf("an empty frame left %+v (%v)", r, err)
	}
}

// TestDecodePointsIntoFrame: values are slices of the frame and cannot grow
// into their neighbours.
func TestDecodePointsIntoFrame(t *testing.T) {
	frame := unhex(t, "22 02 6162 2a 01 41") // Edit: text "ab", label "A"
	var e abi.Edit
	if err := e.Decode(frame); err != nil {
		t.Fatal(err)
	}
	if &e.Text[0] != &frame[2] {
		t.Error("the text is a copy")
	}
	_ = append(e.Text, 'x')
	if string(e.Label) != "A" || frame[4] != 0x2a {
		t.Error("an append to one value overwrote the next")
	}
}

// TestBombs: a frame that is as dense in elements as can be costs no more than
// its bound allows.
func TestBombs(t *testing.T) {
	for name, frame := range map[string][]byte{
		"edits":     bytes.Repeat([]byte{0x1a, 0}, abi.MaxReply/2),
		"new parts": bytes.Repeat([]byte{0x22, 0}, abi.MaxReply/2),
		"order":     append([]byte{0x4a, 0x80, 0x80, 0x40}, make([]byte, abi.MaxReply)...),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var r abi.Reply
		err := r.Decode(frame)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, abi.ErrBadFrame) {
			t.Errorf("%s: error %v", name, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 2*abi.MaxReply {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

// TestResetForgets: after Reset nothing of the last message is reachable, not
// even behind the end of a list.
func TestResetForgets(t *testing.T) {
	r := abi.Reply{Edits: make([]abi.Edit, 0, 1), HasBlock: true, Block: abi.Block{Message: []byte("m")}}
	r.Edits = append(r.Edits, abi.Edit{Text: []byte("x")})
	r.Reset()
	if r.HasBlock || r.Block.Message != nil || r.Edits[:1][0].Text != nil || cap(r.Edits) != 1 {
		t.Fatalf("left %+v", r)
	}
}

func TestPack(t *testing.T) {
	for _, tc := range []struct {
		ptr, n uint32
		want   uint64
	}{
		{0, 0, 0},
		{0x00010400, 23, 0x0001040000000017},
		{0x00010400, 23, 285873023221783},
		{0x80000000, 1, 0x8000000000000001},
		{math.MaxUint32, math.MaxUint32, math.MaxUint64},
	} {
		if got := abi.Pack(tc.ptr, tc.n); got != tc.want {
			t.Errorf("Pack(%#x, %d) is %#x, want %#x", tc.ptr, tc.n, got, tc.want)
		}
		if ptr, n := abi.Unpack(tc.want); ptr != tc.ptr || n != tc.n {
			t.Errorf("Unpack(%#x) is %#x, %d", tc.want, ptr, n)
		}
	}
}
