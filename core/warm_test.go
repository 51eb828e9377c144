package core_test

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestWarm: a byte of every line is read, and none behind the last.
func TestWarm(t *testing.T) {
	var a struct{ b [200]byte }
	for i := range a.b {
		a.b[i] = byte(i)
	}
	if got, want := core.Warm(&a), a.b[0]+a.b[64]+a.b[128]+a.b[192]; got != want {
		t.Errorf("the sum is %d, want %d", got, want)
	}
	one := byte(7)
	if got := core.Warm(&one); got != 7 {
		t.Errorf("of one byte it is %d", got)
	}
	if got := core.WarmBytes(make([]byte, 0, 3)) + core.WarmBytes(nil) + core.WarmBytes(a.b[5:]); got != 5 {
		t.Errorf("of bytes it is %d", got)
	}
	if got := core.Warm[byte](nil) + core.Warm(&struct{}{}); got != 0 {
		t.Errorf("of nothing it is %d", got)
	}
}
