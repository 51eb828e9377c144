//go:build !linux

// Command run is the benchmark. It reads CPU and memory from /proc and so runs
// on Linux alone.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "bench: the benchmark runs on Linux alone: it reads /proc")
	os.Exit(1)
}
