package author

import (
	"fmt"
	"strings"
	"testing"
)

// TestLinkWAT: of the SDK there is what a plugin uses, and imports come first.
func TestLinkWAT(t *testing.T) {
	dir := folder(t, map[string]string{
		"main.wat":    "(func $mine (export \"x\") (call $a))\n",
		"more.wat":    "(data (i32.const 0) \"(\\\"\") (; a (; nested ;) comment ) ;) ;; and ( another\n(type $t (func))",
		"sdk/abi.wat": "(global $UNUSED i32 (i32.const 1))\n(global $USED i32 (i32.const 2))",
		"sdk/sallyport.wat": "(import \"sallyport\" \"now\" (func $now (result i64)))\n(import \"sallyport\" \"kv_get\" (func $kv))\n" +
			"(func $a (call $b))(func $b (drop (call $now)) (global.get $USED) drop)(func $c (call $kv))\n(memory (export \"memory\") 1)",
	})
	got, err := linkWAT(dir)
	want := "(module\n" +
		`(type $t (func))` + "\n" +
		`(import "sallyport" "now" (func $now (result i64)))` + "\n" +
		"(global $USED i32 (i32.const 2))\n(func $a (call $b))\n(func $b (drop (call $now)) (global.get $USED) drop)\n" +
		"(memory (export \"memory\") 1)\n(func $mine (export \"x\") (call $a))\n(data (i32.const 0) \"(\\\"\")\n)\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	whole := folder(t, map[string]string{"main.wat": ";; alone\n(module (func))\n"})
	if got, err := linkWAT(whole); err != nil || got != "(module (func))" {
		t.Errorf("a whole module: %q, %v", got, err)
	}
}

func TestParseWAT(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "it holds nothing",
		";; only a comment":       "it holds nothing",
		"(func\n(":                "line 1: what begins here is not closed",
		"(func))":                 "line 1: a parenthesis is closed that was not opened",
		"\n\n)":                   "line 3: a parenthesis is closed",
		"(func)\nfunc":            `line 2: "func" stands outside`,
		"(data \"x)":              "line 1: a comment or a string has no end",
		"(func) (; (; ;)":         "line 1: a comment or a string has no end",
		`(data "\`:                "has no end",
		"(func)$x":                "outside of every expression",
		"(import \"a\" \"b\")(x)": "",
	} {
		if _, err := parseWAT(text); want == "" && err != nil || want != "" && !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzParseWAT: whatever a file holds, it is split into texts that lie in it.
func FuzzParseWAT(f *testing.F) {
	for _, s := range []string{"(func $a (call $b))", "(; (; ;) ;)(import \"a\" \"b\" (func $c))", "(data \"\\\"\")", "(x;;\n)", "(((", "(import)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fields, err := parseWAT(text)
		if (err == nil) == (len(fields) == 0) {
			t.Fatalf("%d fields, %v", len(fields), err)
		}
		for _, field := range fields {
			if !strings.Contains(text, field.text) || field.text[0] != '(' || field.text[len(field.text)-1] != ')' {
				t.Fatalf("%q", field.text)
			}
		}
		_ = joinWAT(fields, fields)
	})
}
