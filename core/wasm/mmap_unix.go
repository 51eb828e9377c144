//go:build linux || darwin

package wasm

import "syscall"

// reserve maps n bytes of address space that cannot be touched yet.
func reserve(n int) ([]byte, error) {
	return syscall.Mmap(-1, 0, n, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
}

// commit makes b, which begins at a page of a reservation, readable and
// writable. Pages take no memory before they are written to.
func commit(b []byte) error { return syscall.Mprotect(b, syscall.PROT_READ|syscall.PROT_WRITE) }

func unmap(b []byte) error { return syscall.Munmap(b) }
