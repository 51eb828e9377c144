package abi_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

// rustEcho is a program that reads "Message hex" lines, decodes each frame,
// writes it anew and answers in hex, or "bad Message field".
const rustEcho = `
use std::io::{BufRead, Write};

fn main() {
    let out = std::io::stdout();
    let mut out = out.lock();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (name, hex) = line.split_once(' ').unwrap();
        let b: Vec<u8> = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        match echo(name, &b) {
            Ok(v) => {
                let hex: String = v.iter().map(|x| format!("{x:02x}")).collect();
                writeln!(out, "ok {hex}").unwrap();
            }
            Err(e) => writeln!(out, "bad {} {}", e.message, e.field).unwrap(),
        }
    }
}

fn pieces() -> Vec<u8> {
    use abi::*;
    let mut out = Vec::new();
    Reply::put_hold(&mut out, 300);
    Reply::put_block(&mut out, &Block { status: 400, code: "words", message: "no" });
    Reply::put_edits(&mut out, &Edit { part: 1, start: 2, end: 3, text: b"x", label: "" });
    Reply::put_edits(&mut out, &Edit { part: 2, label: "EMAIL", ..Default::default() });
    Reply::put_flags(&mut out, &Flag { name: "f", score: 0.25 });
    Reply::put_route(&mut out, "other");
    Reply::put_order(&mut out, &[2, 0, 300]);
    Reply::put_state(&mut out, b"s");
    out
}

fn echo(name: &str, b: &[u8]) -> Result<Vec<u8>, abi::BadFrame> {
    let mut out = Vec::new();
    match name {
        "pieces" => out = pieces(),
`

// buildEcho compiles the Rust codec without std and the program around it.
func buildEcho(t *testing.T, f *schema.File) string {
	t.Helper()
	rustc, err := exec.LookPath("rustc")
	if err != nil {
		t.Skip("rustc is not installed: the Rust codec is not run")
	}
	dir := t.TempDir()
	codec, err := filepath.Abs(filepath.Join(root, "sdk/rust/src/abi.rs"))
	if err != nil {
		t.Fatal(err)
	}
	var main strings.Builder
	main.WriteString(rustEcho)
	for _, m := range f.Messages {
		_, _ = fmt.Fprintf(&main, "        %q => {\n            let m = abi::%s::decode(b)?;\n            m.append(&mut out);\n            assert_eq!(m.size(), out.len());\n        }\n", m.Name, m.Name)
	}
	main.WriteString("        _ => panic!(\"no message {name}\"),\n    }\n    Ok(out)\n}\n")
	lib := fmt.Sprintf("#![no_std]\n#![deny(warnings)]\n#[path = %q]\npub mod abi;\n", codec)
	for name, text := range map[string]string{"guest.rs": lib, "main.rs": "use guest::abi;\n" + main.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"--crate-type", "lib", "--crate-name", "guest", "guest.rs"},
		{"--extern", "guest=libguest.rlib", "-L", ".", "main.rs"},
	} {
		cmd := exec.CommandContext(t.Context(), rustc, append([]string{"--edition", "2021", "-C", "debug-assertions=on", "-C", "overflow-checks=on"}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
	}
	return filepath.Join(dir, "main")
}

// TestRust sends random and damaged frames through the Rust codec and back.
func TestRust(t *testing.T) {
	f := load(t)
	program := buildEcho(t, f)
	type sample struct {
		m     *schema.Message
		frame []byte
	}
	var samples []sample
	r := rand.New(rand.NewPCG(7, 8))
	for _, m := range f.Messages {
		for range 30 {
			frame := random(r, m).Append(nil)
			if len(frame) > 0 && r.IntN(3) == 0 {
				frame[r.IntN(len(frame))] ^= byte(1 << r.IntN(8))
			}
			samples = append(samples, sample{m, frame})
		}
	}
	var in bytes.Buffer
	in.WriteString("pieces 00\n")
	for _, s := range samples {
		_, _ = fmt.Fprintf(&in, "%s %x\n", s.m.Name, s.frame)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	next := func() (string, []byte) {
		if !lines.Scan() {
			t.Fatal("the program said too little")
		}
		word, rest, _ := strings.Cut(lines.Text(), " ")
		b, _ := hex.DecodeString(rest) // none for "bad"
		return word, b
	}

	_, pieces := next()
	var reply abi.Reply
	if err := reply.Decode(pieces); err != nil {
		t.Fatal(err)
	}
	want := abi.Reply{
		HasBlock: true, Block: abi.Block{Status: 400, Code: []byte("words"), Message: []byte("no")},
		Edits: []abi.Edit{{Part: 1, Start: 2, End: 3, Text: []byte("x")}, {Part: 2, Label: []byte("EMAIL")}},
		Flags: []abi.Flag{{Name: []byte("f"), Score: 0.25}}, Route: []byte("other"), Order: []uint32{2, 0, 300},
		Hold: 300, HasState: true, State: []byte("s"),
	}
	if got := reply.Append(nil); !bytes.Equal(got, want.Append(nil)) {
		t.Errorf("written in pieces: %+v", reply)
	}

	good := 0
	for _, s := range samples {
		word, b := next()
		ours := messages[s.m.Name]()
		if err := ours.Decode(s.frame); err != nil {
			continue // a guest is more lenient: it bounds no lists and keeps unknown enum values
		}
		good++
		if want := ours.Append(nil); word != "ok" || !bytes.Equal(b, want) {
			t.Fatalf("%s %x\nwe write   %x\nRust says %s %x", s.m.Name, s.frame, want, word, b)
		}
	}
	if good < len(samples)/2 {
		t.Errorf("only %d of %d frames were good", good, len(samples))
	}
}
