// A Go guest: run works, the others never end. Build it with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags=-s -o go.wasm ./testdata/goguest
package main

import (
	"sort"
	"strconv"
	"strings"
)

var sink uint32

//go:wasmexport run
func run(n uint32) uint32 {
	words := strings.Fields("the quick brown fox 12 jumps 7 over 3 lazy dogs")
	for k := range n {
		m := map[string]int{}
		for _, w := range words {
			if v, err := strconv.Atoi(w); err == nil {
				sink += uint32(v)
			}
			m[w+strconv.Itoa(int(k&7))]++
		}
		keys := make([]string, 0, len(m))
		for key := range m {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		sink = sink*31 + uint32(len(keys[0]))
	}
	return sink
}

//go:wasmexport loop
func loop(n uint32) uint32 {
	for {
		sink++
	}
}

//go:noinline
func tree(n uint32) {
	if n > 0 {
		tree(n - 1)
		tree(n - 1)
	}
	sink++
}

//go:wasmexport bomb
func bomb(n uint32) uint32 {
	tree(33)
	return sink
}

//go:noinline
func deeper(n uint32) uint32 {
	v := deeper(n+1) + sink
	sink++
	return v
}

//go:wasmexport recurse
func recurse(n uint32) uint32 { return deeper(n) }

func main() {}
