package wasm

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// A deed is what a guest of the kit is told to do: a letter, and for x and v
// what follows it in hexadecimal (testdata/guest.c). The text "do:" and the deed,
// in a prompt or a configuration, makes the guest do it.
const (
	deedLoop      = "l"
	deedBomb      = "b" // 2³³ calls without a loop
	deedRecursion = "r"
	deedTrap      = "t"
	deedMemory    = "m"
	deedFlood     = "f" // of host calls
	deedKeep      = "k" // hides the text after it, flags "seen" if it finds some
)

// deedReply gives a frame of the test's as the reply.
func deedReply(frame []byte) string { return "x" + hex.EncodeToString(frame) }

// deedValue returns a number from the hook.
func deedValue(v uint64) string { return fmt.Sprintf("v%016x", v) }

// language is a way to make guests. module returns one that does the deed if
// told to, and allows everything else; a compiled guest does all deeds.
type language struct {
	name   string
	limits core.Limits
	module func(t testing.TB, deed string) []byte
}

// load loads the guest for a deed. What was loaded for another deed and will do
// is in loaded, by the caller, and used again: a Go guest takes a second.
func (l *language) load(t testing.TB, h *Host, deed string, loaded map[string]*Module) *Module {
	t.Helper()
	key := deed
	if l.name != "assembled" {
		key = ""
	}
	if loaded[key] == nil {
		loaded[key] = load(t, h, l.module(t, deed), l.limits)
	}
	return loaded[key]
}

// languages are all of them. The Go guest is left out of short runs: it takes a
// second to compile.
func languages(t testing.TB) []language {
	t.Helper()
	small := core.Limits{Steps: 1 << 22, Deadline: patient.Deadline}
	file := func(name string) func(testing.TB, string) []byte {
		return func(t testing.TB, _ string) []byte {
			t.Helper()
			b, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	all := []language{
		{"assembled", small, func(_ testing.TB, deed string) []byte { return assembled(deed).bytes() }},
		{"c", small, file("c.wasm")},
		{"rust", small, file("rust.wasm")},
	}
	if !testing.Short() && !raceEnabled {
		all = append(all, language{
			"go",
			core.Limits{Steps: 1 << 26, Deadline: patient.Deadline},
			func(t testing.TB, _ string) []byte { t.Helper(); return goModule(t, "") },
		})
	}
	return all
}

// goBuilds are the Go guests by the deed that init does.
var goBuilds = map[string]func() ([]byte, error){
	"":       sync.OnceValues(func() ([]byte, error) { return buildGo("") }),
	deedLoop: sync.OnceValues(func() ([]byte, error) { return buildGo(deedLoop) }),
	deedTrap: sync.OnceValues(func() ([]byte, error) { return buildGo(deedTrap) }),
}

func goModule(t testing.TB, atInit string) []byte {
	t.Helper()
	b, err := goBuilds[atInit]()
	if err != nil {
		t.Skipf("no Go guest: %v", err)
	}
	return b
}

// buildGo builds testdata/goguest.
func buildGo(atInit string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "wasm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	c := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -X main.atInit="+atInit, "-o", out, ".")
	c.Dir = filepath.Join("testdata", "goguest")
	c.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if msg, err := c.CombinedOutput(); err != nil {
		return nil, errors.New(string(msg))
	}
	return os.ReadFile(out)
}

// assembled returns a guest that does one deed if told to. The functions of
// plain are followed by deed_loop, deed_trap and one that obeys.
func assembled(deed string) *asmModule {
	m := plain(asmImport{abi.ImportModule, "log", []byte{i32, i32, i32}, nil})
	obey := uint32(len(m.imports) + len(m.funcs) + 2)
	m.funcs = append(m.funcs,
		asmFunc{export: "deed_loop", body: forever},
		asmFunc{export: "deed_trap", body: unreachable},
		asmFunc{params: []byte{i32, i32}, results: []byte{i64}, locals: []byte{i32}})
	m.funcs[2].body = cat(get(0), get(1), call(obey), i64c(0), []byte{0x52})
	m.funcs[3].body = cat(get(0), get(1), call(obey))
	harm := harmOf(m, deed)
	m.funcs[6].body = cat( // local 2 walks over the frame until it stands at "do:" and the letter
		get(0), set(2),
		[]byte{0x02, 0x40, 0x03, 0x40},
		get(2), get(0), get(1), []byte{0x6a}, i32c(3), []byte{0x6b, 0x4f}, op(0x0d, 1), // at the end: leave
		get(2), op(0x28, 0, 0), i32c(int32(uint32('d')|'o'<<8|':'<<16|uint32(deed[0])<<24)), []byte{0x46},
		[]byte{0x04, 0x40}, harm, []byte{0x0f, 0x0b},
		get(2), i32c(1), []byte{0x6a}, set(2), op(0x0c, 0), []byte{0x0b, 0x0b}, i64c(0),
	)
	return m
}

// harmOf returns instructions that do the deed and leave an i64. Local 2 is the
// address of "do:".
func harmOf(m *asmModule, deed string) []byte {
	switch deed[:1] {
	case deedLoop:
		return forever
	case deedBomb:
		return cat(call(bomb(m)), i64c(0))
	case deedRecursion:
		return cat(call(recursing(m)), []byte{0xad})
	case deedTrap:
		return unreachable
	case deedMemory:
		return cat([]byte{0x03, 0x40}, i32c(1), op(0x40, 0), i32c(-1), []byte{0x47}, op(0x0d, 0), []byte{0x0b}, unreachable)
	case deedFlood:
		return cat([]byte{0x03, 0x40}, i32c(1), get(2), i32c(1), call(0), op(0x0c, 0), []byte{0x0b}, unreachable)
	case deedKeep:
		frame := (&abi.Reply{Flags: []abi.Flag{{Name: []byte("seen"), Score: 1}}}).Append(nil)
		m.data = []asmData{{replyAt, frame}}
		return cat(
			i32c(scratchAt), op(0x29, 0, 0), []byte{0x50}, []byte{0x04, 0x7e}, i64c(0), []byte{0x05},
			i64c(int64(abi.Pack(replyAt, uint32(len(frame))))), []byte{0x0b},
			i32c(scratchAt), get(2), op(0x29, 0, 4), op(0x37, 0, 0))
	case "x":
		frame, _ := hex.DecodeString(deed[1:])
		m.data = []asmData{{replyAt, frame}}
		return i64c(int64(abi.Pack(replyAt, uint32(len(frame)))))
	default:
		var v uint64
		_, _ = fmt.Sscanf(strings.TrimPrefix(deed, "v"), "%x", &v)
		return i64c(int64(v))
	}
}

// flagging returns a good guard that flags every prompt "good".
func flagging(t testing.TB, h *Host) *Instance {
	t.Helper()
	flag := (&abi.Reply{Flags: []abi.Flag{{Name: []byte("good"), Score: 1}}}).Append(nil)
	return instance(t, load(t, h, replying(flag).bytes(), core.Limits{}), core.InstanceConfig{Name: "good"})
}
