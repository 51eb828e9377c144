package schema

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	f, err := Parse(`// The file.
syntax = "proto3";
package a.b;

// Not part of it.

// A call.
// In two lines.
message ACall {
  // before
  repeated Edit edits = 2; // behind @max 7
  optional uint32 n = 40;
  Color color = 41; // red @max 3 bytes
}
message Edit { bytes text = 1; } // an edit
message Reply {}
enum Color { COLOR_NONE = 0; COLOR_RED = 1; // like roses
}
service Guest {
  // Does it.
  rpc DoIt(ACall) returns (Reply);
}
`)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Message("ACall")
	if f.Package != "a.b" || m.Doc != "A call.\nIn two lines." || !m.Call || m.Reply || len(f.Roots()) != 2 {
		t.Errorf("file %+v, message %+v", f, m)
	}
	e := m.Fields[0]
	if e.Doc != "before behind" || e.Max != 7 || !e.Repeated || e.Packed() || e.Message != f.Message("Edit") || e.Number != 2 {
		t.Errorf("field %+v", e)
	}
	if n := m.Fields[1]; !n.Optional || n.Type != Uint32 || n.Wire() != 0 {
		t.Errorf("field %+v", n)
	}
	if c := f.Enums[0]; c.Short(c.Values[1]) != "RED" || c.Values[1].Doc != "like roses" || m.Fields[2].Enum != c {
		t.Errorf("enum %+v", c)
	}
	if h := f.Hooks[0]; h.Name != "DoIt" || h.Doc != "Does it." || h.Call != m || Snake(h.Name) != "do_it" {
		t.Errorf("hook %+v", h)
	}
}

func TestParseRefuses(t *testing.T) {
	for src, want := range map[string]string{
		`message M { uint32 a = 0; }`:                     "number 0 is not in [1, 63]",
		`message M { uint32 a = 64; }`:                    "number 64 is not in [1, 63]",
		`message M { uint32 a = 1; uint32 b = 1; }`:       "number 1 is taken",
		`message M { uint32 a = 2; uint32 b = 1; }`:       "order of their numbers",
		`message M { repeated uint32 a = 1; }`:            "needs @max",
		"message M { repeated bool a = 1; // @max 2\n}":   "repeated bool is not",
		`message M { Nothing a = 1; }`:                    "Nothing is no type",
		`message M { optional M a = 1; }`:                 "optional anyway",
		`message ACall { B b = 1; } message B { B b=1; }`: "B contains itself",
		`message M { uint32 a = 1 }`:                      `found "}", want ";"`,
		`message M { uint32 = 1; }`:                       `found "=", want a name`,
		`message M { uint32 a = x; }`:                     `want a number`,
		`message M { uint32 a = 1;`:                       `found "", want a name`,
		`enum E { E_A = 1; }`:                             "count from 0",
		`enum E { A = 0; }`:                               "begin with E_",
		`service S { rpc H(A) returns (B); }`:             "hook H takes",
		`import "x";`:                                     `"import" is not of the subset`,
		`syntax = "proto2";`:                              "want",
		"\n\nmessage M { map<string, M> a = 1; }":         "line 3",
		`message M { string a = "x; }`:                    "line 1",
	} {
		if _, err := Parse(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nerror %v, want %q", src, err, want)
		}
	}
}
