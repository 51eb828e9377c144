package core

import (
	"reflect"
	"testing"
)

// TestUsageMinus: Minus takes away what Plus added, of every count.
func TestUsageMinus(t *testing.T) {
	var u, v Usage
	of := reflect.TypeFor[Usage]()
	for i := range of.NumField() {
		if of.Field(i).Type.Kind() == reflect.Int64 {
			reflect.ValueOf(&u).Elem().Field(i).SetInt(int64(100 + i))
			reflect.ValueOf(&v).Elem().Field(i).SetInt(int64(7 * (i + 1)))
		}
	}
	u.Reported, v.Estimated = true, true
	want := u
	want.Estimated = true
	if got := u.Plus(v).Minus(v); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := v.Minus(v.Plus(u)); got != (Usage{Estimated: true}) {
		t.Errorf("less than nothing: %+v", got)
	}
}
