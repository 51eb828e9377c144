//go:build wasip1

// Goguest is the same in Go: see guest.c. One deed more is a panic (p). The linker
// can set the letter of a deed that init does.
package main

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unsafe"
)

var (
	atInit string
	frame  []byte
	answer []byte
	hoard  [][]byte
	kept   string
	count  int
)

func init() {
	if atInit != "" {
		deed([]byte(atInit))
	}
}

func main() {}

//go:wasmimport sallyport log
func hostLog(level uint32, p unsafe.Pointer, n uint32)

//go:wasmexport sallyport_abi_1
func version() {}

//go:wasmexport sallyport_buffer
func buffer(n uint32) uint32 {
	frame = make([]byte, n)
	return uint32(uintptr(unsafe.Pointer(&frame[0])))
}

//go:wasmexport sallyport_configure
func configure(_, n uint32) uint32 {
	if obey(frame[:n]) != 0 {
		return 1
	}
	return 0
}

//go:wasmexport sallyport_prompt
func prompt(_, n uint32) uint64 { return obey(frame[:n]) }

// For a start section or _initialize.
//
//go:wasmexport deed_loop
func deedLoop() {
	for {
		count++
	}
}

//go:wasmexport deed_trap
func deedTrap() { count += int(*(*byte)(unsafe.Pointer(uintptr(1<<32 - 8)))) } // beyond the memory

func obey(in []byte) uint64 {
	if _, text, ok := bytes.Cut(in, []byte("do:")); ok && len(text) > 0 {
		return deed(text)
	}
	return 0
}

func deed(text []byte) uint64 {
	switch text[0] {
	case 'l':
		deedLoop()
	case 'b':
		tree(33)
	case 'r':
		return uint64(recurse(len(text)))
	case 't':
		deedTrap()
	case 'p':
		panic("as told")
	case 'm':
		for {
			b := make([]byte, 1<<20)
			b[len(b)/2] = 1
			hoard = append(hoard, b)
		}
	case 'f':
		for {
			hostLog(1, unsafe.Pointer(&frame[0]), 1)
		}
	case 'k':
		found := kept != ""
		kept = strings.Clone(string(text[1:9]))
		if found {
			return reply("\x2a\x0f\x0a\x04seen\x11\x00\x00\x00\x00\x00\x00\xf0\x3f")
		}
	case 'x':
		b, _ := hex.DecodeString(digits(text[1:]))
		return reply(string(b))
	case 'v':
		v, _ := strconv.ParseUint(digits(text[1:]), 16, 64)
		return v
	}
	return 0
}

func reply(s string) uint64 {
	answer = []byte(s)
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(answer))))<<32 | uint64(len(answer))
}

func digits(text []byte) string {
	n := 0
	for n < len(text) && strings.IndexByte("0123456789abcdef", text[n]) >= 0 {
		n++
	}
	return string(text[:n])
}

//go:noinline
func tree(n int) {
	if n > 0 {
		tree(n - 1)
		tree(n - 1)
	}
	count++
}

//go:noinline
func recurse(n int) int { return recurse(n+1) + 1 }
