package attempt

import (
	"math"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

func TestAverage(t *testing.T) {
	var a average
	if a.value() != 0 {
		t.Error("none is not 0")
	}
	for _, c := range []struct{ add, want float64 }{{0, 0}, {1, 0.1}, {1, 0.19}, {0, 0.171}} {
		a.add(c.add)
		if got := a.value(); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("after %v: %v, want %v", c.add, got, c.want)
		}
	}
	var first average
	first.add(250)
	if first.value() != 250 {
		t.Errorf("the first value is taken as %v", first.value())
	}
}

// TestSignals: what is under way, what went wrong and how fast a deployment is;
// kept over a reload, and only where somebody wants to know.
func TestSignals(t *testing.T) {
	for _, live := range []bool{true, false} {
		good, bad := deployment("good", "a", 1), deployment("bad", "b", 1)
		r := chat("r", 0, good, bad)
		now := &moving{t: time.Unix(1000, 0)}
		config := Config{Routes: []*core.Route{r}, Clock: now, Rand: newRandom(), Signals: live}
		l, err := New(nil, config)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		var during core.Signals
		l.places[good].host = sendFunc(func() *core.Error {
			during = l.Signals(good)
			now.t = now.t.Add(40 * time.Millisecond)
			return nil
		})
		l.places[bad].host = sendFunc(func() *core.Error { return core.Errorf(core.CodeUpstreamConnect, "no") })
		ask := func(place int) {
			ex, resp := new(core.Exchange), new(upstream.Response)
			ex.Route, ex.Start = r, now.t
			ex.Request.Dialect, ex.Request.Operation, ex.Request.Headers = dialect{}, core.OpChat, headers{}
			if err := l.Do(ex, resp, nil, []int{place}); err == nil {
				l.Done(ex, nil)
			}
		}
		ask(0)
		for range failuresToCool {
			ask(1)
		}
		next, err := New(l, config)
		if err != nil {
			t.Fatal(err)
		}
		defer next.Close()
		wantDuring := core.Signals{InFlight: 1}
		want := map[*core.Deployment]core.Signals{
			good: {FirstByte: 40 * time.Millisecond}, bad: {Cooling: true, ErrorRate: 1}, deployment("other", "c", 1): {},
		}
		if !live {
			wantDuring = core.Signals{}
			want[good], want[bad] = core.Signals{}, core.Signals{Cooling: true}
		}
		if during != wantDuring {
			t.Errorf("live %v: during the attempt %+v", live, during)
		}
		for d, w := range want {
			if got := next.Signals(d); got != w {
				t.Errorf("live %v: %s: %+v, want %+v", live, d.Name, got, w)
			}
		}
	}
}

type moving struct{ t time.Time }

func (m *moving) Now() time.Time { return m.t }

// sendFunc is an upstream that answers well unless it returns an error.
type sendFunc func() *core.Error

func (f sendFunc) Do(_ *core.Exchange, _ *core.Attempt, resp *upstream.Response) *core.Error {
	err := f()
	if err == nil {
		resp.Status = 200
	}
	return err
}
