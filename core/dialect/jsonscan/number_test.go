package jsonscan

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
)

func numberValue(s string) Value { return Value{Span: Span{0, len(s)}, Kind: Number} }

func TestInt(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		err  error
	}{
		{"0", 0, nil},
		{"-0", 0, nil},
		{"7", 7, nil},
		{"-12", -12, nil},
		{"1.0", 1, nil},
		{"-1.000", -1, nil},
		{"0.0", 0, nil},
		{"0e5", 0, nil},
		{"0.00e-99", 0, nil},
		{"1e3", 1000, nil},
		{"1E+3", 1000, nil},
		{"1.5e1", 15, nil},
		{"1.50e1", 15, nil},
		{"1200e-2", 12, nil},
		{"0.0012e4", 12, nil},
		{"100.0", 100, nil},
		{"10203.0405e4", 102030405, nil},
		{"9223372036854775807", math.MaxInt64, nil},
		{"-9223372036854775808", math.MinInt64, nil},
		{"9223372036854775807.0", math.MaxInt64, nil},
		{"922337203685477580.7e1", math.MaxInt64, nil},
		{"9007199254740993", 9007199254740993, nil},
		{"9.007199254740993e15", 9007199254740993, nil},
		{"100000000000000000000e-20", 1, nil},
		{"0e999999999999999999999", 0, nil},
		{"9223372036854775808", 0, ErrOutOfRange},
		{"-9223372036854775809", 0, ErrOutOfRange},
		{"18446744073709551616", 0, ErrOutOfRange},
		{"99999999999999999999999999", 0, ErrOutOfRange},
		{"1e19", 0, ErrOutOfRange},
		{"1e308", 0, ErrOutOfRange},
		{"1e999999999999999999999", 0, ErrOutOfRange},
		{"1.5", 0, ErrNotInteger},
		{"-0.1", 0, ErrNotInteger},
		{"15e-1", 0, ErrNotInteger},
		{"1e-999999999999999999999", 0, ErrNotInteger},
		{"123456789012345678901234567891e-1", 0, ErrNotInteger},
		{"1." + strings.Repeat("0", 500) + "1", 0, ErrNotInteger},
		{"1." + strings.Repeat("0", 500), 1, nil},
		// What only a lenient reader passes on.
		{"", 0, ErrNotNumber},
		{"-", 0, ErrNotNumber},
		{"1e", 0, ErrNotNumber},
		{"1.", 0, ErrNotNumber},
		{"0x1", 0, ErrNotNumber},
	} {
		got, err := Int([]byte(c.in), numberValue(c.in))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %d, %v; want %d, %v", c.in, got, err, c.want, c.err)
		}
	}
	if _, err := Int([]byte(`"1"`), Value{Span: Span{0, 3}, Kind: String}); !errors.Is(err, ErrNotNumber) {
		t.Errorf("a string: %v", err)
	}
	if _, err := Int(nil, Value{}); !errors.Is(err, ErrNotNumber) {
		t.Errorf("nothing: %v", err)
	}
}

func TestFloat(t *testing.T) {
	for _, c := range []struct {
		in   string
		want float64
		err  error
	}{
		{"0", 0, nil},
		{"0.7", 0.7, nil},
		{"-1e3", -1000, nil},
		{"1e308", 1e308, nil},
		{"5e-324", 5e-324, nil},
		{"1e-999", 0, nil},
		{"1e309", 0, ErrOutOfRange},
		{"-1e400", 0, ErrOutOfRange},
		{"", 0, ErrNotNumber},
		{"Inf", 0, ErrNotNumber},
		{"0x1p4", 0, ErrNotNumber},
		{"1_0", 0, ErrNotNumber},
	} {
		got, err := Float([]byte(c.in), numberValue(c.in))
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v; want %v, %v", c.in, got, err, c.want, c.err)
		}
	}
	if _, err := Float([]byte(`null`), Value{Span: Span{0, 4}, Kind: Null}); !errors.Is(err, ErrNotNumber) {
		t.Errorf("null: %v", err)
	}
}

// FuzzInt compares with exact arithmetic.
func FuzzInt(f *testing.F) {
	for _, s := range []string{"0", "-1", "1.0", "1e18", "12.50e2", "9223372036854775808", "1e-5", "00", "-", "1e+"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Int([]byte(s), numberValue(s))
		if _, e := Validate([]byte(s), 0); e != nil || strings.TrimSpace(s) != s || s[0] != '-' && !digit(s[0]) {
			return // no number: it is enough not to panic
		}
		if mantissa, exponent, is := strings.Cut(strings.ToLower(s), "e"); is {
			if n, e := strconv.Atoi(exponent); e != nil || n > 5000 || n < -5000 || len(mantissa) > 5000 {
				return // too much for big.Rat
			}
		}
		r, valid := new(big.Rat).SetString(s)
		if !valid {
			t.Fatalf("%q: big.Rat refuses it", s)
		}
		switch {
		case !r.IsInt():
			if !errors.Is(err, ErrNotInteger) {
				t.Fatalf("%q: %d, %v", s, got, err)
			}
		case !r.Num().IsInt64():
			if !errors.Is(err, ErrOutOfRange) {
				t.Fatalf("%q: %d, %v", s, got, err)
			}
		case err != nil || got != r.Num().Int64():
			t.Fatalf("%q: %d, %v", s, got, err)
		}
	})
}
