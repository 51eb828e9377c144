//go:build !amd64 || purego

package jsonscan

const hasBulk = false

func bulk(_ []byte, i int) (int, traits) { return i, 0 }
