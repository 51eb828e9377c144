package jsonscan

import (
	"errors"
	"math"
	"strconv"
)

// Why a value is not the number that was asked for.
var (
	ErrNotNumber  = errors.New("not a number")
	ErrNotInteger = errors.New("not a whole number")
	ErrOutOfRange = errors.New("number out of range")
)

// Int returns the whole number v of doc. Other spellings of a whole number, such
// as 1.0, 12e2 or 1.5e1, are read exactly. The error is [ErrNotNumber],
// [ErrNotInteger], or [ErrOutOfRange] for what an int64 cannot hold.
func Int(doc []byte, v Value) (int64, error) {
	if v.Kind != Number {
		return 0, ErrNotNumber
	}
	raw := v.Of(doc)
	negative := at(raw, 0) == '-'
	if negative {
		raw = raw[1:]
	}
	n, err := magnitude(raw)
	switch {
	case err != nil:
		return 0, err
	case negative && n <= 1<<63:
		return -int64(n), nil
	case n > math.MaxInt64:
		return 0, ErrOutOfRange
	}
	return int64(n), nil
}

// magnitude reads an unsigned JSON number whose value is whole.
func magnitude(raw []byte) (uint64, error) {
	var n uint64
	i := 0
	for ; i < len(raw) && i < 19 && digit(raw[i]); i++ { // 19 digits always fit
		n = n*10 + uint64(raw[i]-'0')
	}
	if i == len(raw) && i > 0 {
		return n, nil
	}
	if end, f := number(raw, 0); f != ok || end != len(raw) {
		return 0, ErrNotNumber
	}
	return scaled(raw)
}

// scaled is magnitude for any spelling: all digits without the zeros at either
// end, times a power of ten.
func scaled(raw []byte) (uint64, error) {
	mantissa, exponent := raw, 0
	for i, c := range raw {
		if c|0x20 == 'e' {
			mantissa = raw[:i]
			exponent = power(raw[i+1:])
			break
		}
	}
	var n uint64
	var overflow bool
	zeros, point := 0, false // zeros not yet multiplied in
	for _, c := range mantissa {
		switch {
		case c == '.':
			point = true
			continue
		case c != '0':
			n, overflow = shift(n, zeros+1, overflow)
			zeros = 0
			if n > math.MaxUint64-uint64(c-'0') {
				overflow = true
			}
			n += uint64(c - '0')
		case n != 0 || overflow:
			zeros++
		}
		if point {
			exponent--
		}
	}
	switch exponent += zeros; {
	case n == 0 && !overflow:
		return 0, nil
	case exponent < 0:
		return 0, ErrNotInteger
	}
	if n, overflow = shift(n, exponent, overflow); overflow {
		return 0, ErrOutOfRange
	}
	return n, nil
}

// shift returns n times 10 to the power of k.
func shift(n uint64, k int, overflow bool) (uint64, bool) {
	for ; k > 0 && !overflow; k-- {
		overflow = n > math.MaxUint64/10
		n *= 10
	}
	return n, overflow
}

// power reads an exponent, and goes no further than where no number of a length
// that fits into memory could be brought back into range.
func power(raw []byte) int {
	const far = math.MaxInt / 16
	negative := raw[0] == '-'
	if negative || raw[0] == '+' {
		raw = raw[1:]
	}
	k := 0
	for _, c := range raw {
		k = min(k*10+int(c-'0'), far)
	}
	if negative {
		return -k
	}
	return k
}

// Float returns the number v of doc, rounded to the nearest float64. The error is
// [ErrNotNumber], or [ErrOutOfRange] where that would be infinite.
func Float(doc []byte, v Value) (float64, error) {
	if v.Kind != Number {
		return 0, ErrNotNumber
	}
	raw := v.Of(doc)
	if end, f := number(raw, 0); f != ok || end != len(raw) {
		return 0, ErrNotNumber
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return 0, ErrOutOfRange
	}
	return f, nil
}
