package abi_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

// frames is a file of "Message hex" lines, one sample frame each, from which
// the SDKs' own tests see that their codecs agree with the gateway's.
const frames = root + "/sdk/go/internal/abi/testdata/frames.txt"

func TestFrames(t *testing.T) {
	f := load(t)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		writeFrames(t, f)
	}
	text, err := os.ReadFile(frames)
	if err != nil {
		t.Fatal(err)
	}
	missing := map[string]bool{} // fields that no frame has set
	for _, m := range f.Messages {
		for _, field := range m.Fields {
			missing[m.Name+"."+field.Name] = true
		}
	}
	for line := range strings.Lines(string(text)) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, err := hex.DecodeString(digits)
		if err != nil || messages[name] == nil {
			t.Fatalf("%s: %v", line, err)
		}
		msg := messages[name]()
		if err := msg.Decode(b); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if got := msg.Append(nil); !bytes.Equal(got, b) {
			t.Errorf("%s is written as %x", line, got)
		}
		for _, field := range f.Message(name).Fields {
			if !reflect.ValueOf(msg).Elem().FieldByName(emitName(field.Name)).IsZero() {
				delete(missing, name+"."+field.Name)
			}
		}
	}
	for field := range missing {
		t.Errorf("no frame in %s sets %s: run the tests once with UPDATE_GOLDEN=1", filepath.Base(frames), field)
	}
}

func writeFrames(t *testing.T, f *schema.File) {
	t.Helper()
	r := rand.New(rand.NewPCG(9, 10))
	var out bytes.Buffer
	for _, m := range f.Messages {
		missing := map[string]bool{}
		for _, field := range m.Fields {
			missing[field.Name] = true
		}
		for len(missing) > 0 {
			msg := random(r, m)
			b, before := msg.Append(nil), len(missing)
			if len(b) > 1500 {
				continue
			}
			for name := range missing {
				if !reflect.ValueOf(msg).Elem().FieldByName(emitName(name)).IsZero() {
					delete(missing, name)
				}
			}
			if len(missing) < before {
				_, _ = fmt.Fprintf(&out, "%s %x\n", m.Name, b)
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(frames), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(frames, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
