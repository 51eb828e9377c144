//go:build !linux

package ledger

import "os"

func allocate(f *os.File, size int64) error { return writeZeros(f, size) }

func datasync(f *os.File) error { return f.Sync() }

func nextData(*os.File, int64) func(int64) int64 { return nil }
