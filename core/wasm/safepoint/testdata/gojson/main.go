//go:build wasip1

// A Go guest with goroutines, channels, reflection and a large library. It is
// built like goguest.
package main

import (
	"encoding/json"
	"strings"
)

type message struct {
	Role    string         `json:"role"`
	Content string         `json:"content"`
	Extra   map[string]any `json:"extra,omitempty"`
}

//go:wasmexport run
func run(n uint32) uint32 {
	const text = `[{"role":"user","content":"12.5 \u00e9","extra":{"b":[1,2.5,null],"a":{"x":true}}},{"role":"system","content":"be kind"}]`
	sum := uint32(0)
	for range n {
		lengths := make(chan int)
		go func() {
			defer close(lengths)
			var list []message
			if json.Unmarshal([]byte(text), &list) != nil {
				return
			}
			for _, m := range list {
				b, _ := json.Marshal(m)
				lengths <- len(b) + strings.Count(string(b), "e")
			}
		}()
		for l := range lengths {
			sum = sum*31 + uint32(l)
		}
	}
	return sum
}

func main() {}
