package wasm_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/sallyport-gateway/sallyport/core/abi"
)

// echoGuest is the guest of an SDK that reads a frame and writes it anew.
type echoGuest struct {
	module api.Module
	place  uint32
}

func loadEcho(t *testing.T, lang string) *echoGuest {
	t.Helper()
	ctx := context.Background()
	code, err := os.ReadFile(filepath.Join("..", "..", "sdk", lang, "testdata", "echo", "echo.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	t.Cleanup(func() {
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	compiled, err := r.CompileModule(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	host := r.NewHostModuleBuilder(abi.ImportModule)
	var missing []string
	for _, im := range abi.Imports() {
		if im.Reserved {
			continue
		}
		missing = append(missing, im.Name)
		var params, results []api.ValueType
		for _, p := range im.Params {
			params = append(params, api.ValueType(p.Type))
		}
		if im.Result != abi.None {
			results = append(results, api.ValueType(im.Result))
		}
		host.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
			if len(results) > 0 {
				stack[0] = 0
			}
		}), params, results).Export(im.Name)
	}
	for _, f := range compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		if i := slices.Index(missing, name); module == abi.ImportModule && i >= 0 {
			missing = slices.Delete(missing, i, i+1)
		}
	}
	if len(missing) > 0 {
		t.Errorf("the SDK has no function for the imports %v", missing)
	}
	if _, err := host.Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	g := &echoGuest{}
	if g.module, err = r.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithStartFunctions("_initialize")); err != nil {
		t.Fatal(err)
	}
	ptr, err := g.module.ExportedFunction(abi.ExportBuffer).Call(ctx, 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	g.place = uint32(ptr[0])
	if _, err := g.module.ExportedFunction("imports").Call(ctx); err != nil {
		t.Fatal(err)
	}
	return g
}

// echo returns what the guest made of a frame; false if it takes it for a bad one.
func (g *echoGuest) echo(t *testing.T, message int, frame []byte) ([]byte, bool) {
	t.Helper()
	if !g.module.Memory().Write(g.place, frame) {
		t.Fatal("the frame does not fit")
	}
	out, err := g.module.ExportedFunction("echo").Call(context.Background(), uint64(message), uint64(g.place), uint64(len(frame)))
	if err != nil {
		if !strings.Contains(err.Error(), "unreachable") {
			t.Fatalf("message %d, %x: %v", message, frame, err)
		}
		return nil, false
	}
	if out[0] == 1<<64-1 {
		return nil, false
	}
	ptr, n := abi.Unpack(out[0])
	b, ok := g.module.Memory().Read(ptr, n)
	if !ok {
		t.Fatalf("message %d: the reply is out of bounds", message)
	}
	return bytes.Clone(b), true
}

// TestSDKCodecs sends frames of every message, which set every field, through the
// codec of each SDK, and damaged ones too.
func TestSDKCodecs(t *testing.T) {
	proto, err := os.ReadFile("../abi/sallyport.proto")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int{}
	for i, m := range regexp.MustCompile(`(?m)^message (\w+)`).FindAllSubmatch(proto, -1) {
		numbers[string(m[1])] = i
	}
	frames, err := os.ReadFile("../../sdk/go/internal/abi/testdata/frames.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"c", "zig", "assemblyscript", "wat"} {
		t.Run(lang, func(t *testing.T) {
			g := loadEcho(t, lang)
			r := rand.New(rand.NewPCG(1, 2))
			for line := range strings.Lines(string(frames)) {
				name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
				frame, err := hex.DecodeString(digits)
				if err != nil {
					t.Fatal(err)
				}
				if len(frame) > 1<<15 {
					continue
				}
				got, ok := g.echo(t, numbers[name], frame)
				if !ok || !bytes.Equal(got, frame) {
					t.Fatalf("%s %x\nis written as %x", name, frame, got)
				}
				for range 5 { // bounds hold, whatever comes
					if len(frame) > 0 {
						bad := bytes.Clone(frame)
						bad[r.IntN(len(bad))] ^= byte(1 << r.IntN(8))
						g.echo(t, numbers[name], bad[:1+r.IntN(len(bad))])
					}
				}
			}
		})
	}
}
