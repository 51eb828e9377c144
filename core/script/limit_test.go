package script

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestLimit: a call is interrupted at its deadline, or later where the process had
// less time than that, and never later than its patience.
func TestLimit(t *testing.T) {
	const d = 80 * time.Millisecond
	f := func(name string, share float64, least, most time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			began, after := time.Now(), make(chan time.Duration, 1)
			used := func() time.Duration { return time.Hour + time.Duration(share*float64(time.Since(began))) }
			l := begin(d, used, func() { after <- time.Since(began) })
			if got := <-after; got < least || got > most {
				t.Errorf("%s: interrupted after %v, want %v to %v", name, got, least, most)
			}
			if !l.end() {
				t.Errorf("%s: it does not say so", name)
			}
		})
	}
	f("one processor", 1, d, d)
	f("many processors", 7, d, d)
	f("half of one", 0.5, 2*d, 2*d+d/4)
	f("a tenth", 0.1, patience*d, patience*d+d/4)
	f("none", 0, patience*d, patience*d+d/4)
}

// TestLimitEnds: a call that is over is not interrupted, nor what comes after it.
func TestLimitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		used := func() time.Duration { return 0 }
		for _, after := range []time.Duration{0, time.Second / 2, time.Second, 3 * time.Second} {
			l := begin(time.Second, used, func() { t.Error("it is interrupted") })
			<-time.After(after)
			if l.end() {
				t.Errorf("after %v it says that it was interrupted", after)
			}
		}
		<-time.After(time.Minute)
	})
}
