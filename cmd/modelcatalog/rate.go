package main

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/sallyport-gateway/sallyport/core"
)

// perToken converts a price in USD per million tokens to 10⁻¹² USD per token,
// rounded to the nearest: the sources hold floating-point dust such as
// 0.12500000000000003. "" is no price.
func perToken(n json.Number) (*int64, error) {
	if n == "" {
		return nil, nil //nolint:nilnil // no price is the answer
	}
	if len(n) > 40 {
		return nil, fmt.Errorf("the price %q is no price", n)
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || r.Sign() < 0 {
		return nil, fmt.Errorf("the price %q is no price", n)
	}
	r.Mul(r, big.NewRat(1_000_000, 1))
	r.Add(r, big.NewRat(1, 2))
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	if !whole.IsInt64() || whole.Int64() > core.MaxRate {
		return nil, fmt.Errorf("the price %q is too high to be true", n)
	}
	v := whole.Int64()
	return &v, nil
}

// differ tells whether two prices are more than 1 % apart.
func differ(a, b *int64) bool {
	if a == nil || b == nil {
		return false
	}
	gap := *a - *b
	if gap < 0 {
		gap = -gap
	}
	return gap*100 > max(*a, *b)
}
