package adapter

import (
	"context"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func benched(b *testing.B) (*Artifact, func()) {
	b.Helper()
	h, err := NewHost(Options{Guard: guardCommand(), Dir: shortDir(b)})
	if err != nil {
		b.Fatal(err)
	}
	quick(&h.timing)
	a, err := h.Load(context.Background(), "child.adapter", program, manifest)
	if err != nil {
		b.Fatal(err)
	}
	return a, func() {
		_ = a.Close()
		_ = h.Close()
	}
}

// BenchmarkHook is a hook that allows a prompt of 4 KiB.
func BenchmarkHook(b *testing.B) {
	a, done := benched(b)
	defer done()
	i, err := a.NewInstance(core.InstanceConfig{Name: "child"})
	if err != nil {
		b.Fatal(err)
	}
	defer i.Close()
	if err := i.Start(context.Background()); err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("word ", 820)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := prompt(i, 1, text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart starts a process and ends it.
func BenchmarkStart(b *testing.B) {
	a, done := benched(b)
	defer done()
	for b.Loop() {
		i, err := a.NewInstance(core.InstanceConfig{Name: "child"})
		if err == nil {
			err = i.Start(context.Background())
		}
		if err != nil {
			b.Fatal(err)
		}
		_ = i.Close()
	}
}
