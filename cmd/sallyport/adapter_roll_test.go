package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// TestPinnedAdapterRolls: whoever pins the next version of an adapter beside the one
// that serves, drops it, and takes the old pin away, loses no request.
func TestPinnedAdapterRolls(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := wasm.ManifestText([]byte(guard("guardrail.g", "prompt", "limits: {deadline: 20s}")))
	if err != nil {
		t.Fatal(err)
	}
	version := func(n int) string {
		return fmt.Sprintf("#!/bin/sh\nexec '%s' %s\n# version %d\n", self, adapterCommand, n)
	}
	digest := func(n int) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(version(n)))) }
	l := newLab(t, labConfig{
		plugins: map[string]string{"g.adapter": version(0), "g.yaml": string(manifest)},
		route:   "plugins: [{use: guardrail.g, pin: " + digest(0) + "}]",
	})
	l.wantError("the first version", l.say("m", "a secret"), 400, "word")

	var load sync.WaitGroup
	var asked, failed atomic.Int64
	stop := make(chan struct{})
	for i := range 4 {
		load.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				text, status := "a secret", 400
				if i%2 == 0 {
					text, status = "Hello", 200
				}
				if a := l.say("m", text); a.status != status || status == 400 && a.code() != "word" {
					failed.Add(1)
					t.Errorf("while it is swapped: %+v", a)
					return
				}
				asked.Add(1)
			}
		})
	}
	pins := "pin: " + digest(0)
	pin := func(next string) {
		l.rewrite(pins, next)
		pins = next
	}
	for n := range 3 {
		pin(fmt.Sprintf("pin: [%s, %s]", digest(n), digest(n+1)))
		l.drop("g.adapter", version(n+1))
		l.eventually(fmt.Sprintf("version %d serves", n+1), func() bool {
			s := l.plugin("g.adapter")
			return s.State == folder.Live && s.Serving == digest(n+1)
		})
		pin("pin: " + digest(n+1))
	}
	close(stop)
	load.Wait()
	if asked.Load() == 0 || failed.Load() > 0 {
		t.Errorf("%d requests, %d failed", asked.Load(), failed.Load())
	}
}
