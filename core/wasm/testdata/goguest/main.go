//go:build wasip1

// Goguest is a guest that does what the prompt's text says.
package main

import (
	"strings"
	"unsafe"
)

var (
	frame []byte
	hoard [][]byte
	count int
)

func main() {}

//go:wasmexport sallyport_abi_1
func version() {}

//go:wasmexport sallyport_buffer
func buffer(n uint32) uint32 {
	frame = make([]byte, n)
	return uint32(uintptr(unsafe.Pointer(&frame[0])))
}

//go:wasmexport sallyport_configure
func configure(_, _ uint32) uint32 { return 0 }

//go:wasmexport sallyport_prompt
func prompt(_, n uint32) uint64 {
	text := string(frame[:n])
	switch {
	case strings.Contains(text, "do loop"):
		for {
			count++
		}
	case strings.Contains(text, "do panic"):
		panic("as told")
	case strings.Contains(text, "do recurse"):
		return uint64(recurse(len(text)))
	case strings.Contains(text, "do hoard"):
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			hoard = append(hoard, b)
		}
	case strings.Contains(text, "do point away"):
		return 1<<62 | 8
	case strings.Contains(text, "do count"):
		count++
		return uint64(count) // an address of 0, and so many bytes that are no reply
	}
	return 0
}

//go:noinline
func recurse(n int) int { return recurse(n+1) + 1 }
