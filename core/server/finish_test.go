package server

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/telemetry"
)

// TestRecordSetsEveryField: the record of an exchange knows nothing of the one that
// used its memory before.
func TestRecordSetsEveryField(t *testing.T) {
	var clean, dirty core.UsageRecord
	spoil(t, reflect.ValueOf(&dirty).Elem())
	for _, rec := range []*core.UsageRecord{&clean, &dirty} {
		x := streaming(t)
		x.srv.clock = stopped{}
		x.streamed = true
		x.record(rec)
	}
	if !reflect.DeepEqual(clean, dirty) {
		t.Errorf("the record depends on the one before:\n%+v\n%+v", clean, dirty)
	}
}

type stopped struct{}

func (stopped) Now() time.Time { return time.Unix(1, 0) }

// spoil sets every field below v to something.
func spoil(t *testing.T, v reflect.Value) {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Now()))
	case v.Kind() == reflect.Struct:
		for _, f := range v.Fields() {
			spoil(t, f)
		}
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			spoil(t, v.Index(i))
		}
	case v.Kind() == reflect.String:
		v.SetString("old")
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(77)
	case v.CanUint():
		v.SetUint(77)
	default:
		t.Fatalf("a field of type %s", v.Type())
	}
}

// tally is a limiter, a reservation and a ledger that panic where they are told to.
type tally struct {
	settled, closed int
	bomb            bool
}

func (c *tally) Settle(core.Usage) { c.Release() }

func (c *tally) Release() {
	c.settled++
	if c.bomb {
		panic("a reservation")
	}
}

func (c *tally) Open(*core.OpenRecord) error { return nil }

func (c *tally) Close(*core.UsageRecord) error {
	c.closed++
	if c.bomb {
		panic("a ledger")
	}
	return nil
}

// TestFinishGoesOn: each step of closing the books is taken once, whichever panics.
func TestFinishGoesOn(t *testing.T) {
	for _, bomb := range []bool{false, true} {
		x, books := streaming(t), &tally{bomb: bomb}
		var log bytes.Buffer
		x.srv.ledger, x.srv.metrics, x.srv.log = books, telemetry.NewMetrics(), zerolog.New(&log)
		x.opened, x.nReserve = true, 3
		for i := range x.nReserve {
			x.reserved[i] = books
		}
		if ok := x.finish(); ok == bomb {
			t.Errorf("bomb %v: finish = %v", bomb, ok)
		}
		if books.settled != 3 || books.closed != 1 || x.closing != closed {
			t.Errorf("bomb %v: %d reservations and %d records closed, %d steps taken", bomb, books.settled, books.closed, x.closing)
		}
	}
}
