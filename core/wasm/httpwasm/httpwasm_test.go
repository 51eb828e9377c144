package httpwasm_test

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func module(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, guest string, o httpwasm.Options) *httpwasm.Filter {
	t.Helper()
	f, err := httpwasm.New(t.Context(), module(t, guest), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}
