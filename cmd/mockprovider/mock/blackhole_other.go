//go:build !linux

package mock

import "errors"

// BlackHole is for Linux alone; here it fails.
func BlackHole() (addr string, free func(), err error) {
	return "", func() {}, errors.New("mock: a black hole needs Linux")
}
