package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// TestAdapterInTheFolder: a program waits for its pin, serves, is refused in
// another version, and leaves nothing behind when it goes.
func TestAdapterInTheFolder(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := wasm.ManifestText([]byte(guard("guardrail.g", "prompt", "limits: {deadline: 20s}")))
	if err != nil {
		t.Fatal(err)
	}
	program := fmt.Sprintf("#!/bin/sh\nexec '%s' %s\n", self, adapterCommand)
	l := newLab(t, labConfig{plugins: map[string]string{"g.adapter": program, "g.yaml": string(manifest)}})
	pin := fmt.Sprintf("pin: %x", sha256.Sum256([]byte(program)))
	l.state("g.adapter", folder.Pending, pin)
	if a := l.say("m", "a secret"); a.status != 200 {
		t.Errorf("it runs before it is pinned: %+v", a)
	}
	l.rewrite("    deployments:\n      - {provider: p0", "    plugins: [{use: guardrail.g, "+pin+"}]\n    deployments:\n      - {provider: p0")
	l.eventually("it guards", func() bool { return l.say("m", "a secret").code() == "word" })
	if a := l.say("m", "Hello"); a.status != 200 {
		t.Errorf("%+v", a)
	}
	if n := l.metric(`sallyport_plugin_guests{instance="guardrail.g"}`); n != 1 {
		t.Errorf("%v processes", n)
	}
	l.drop("g.adapter", program+"# another\n")
	l.state("g.adapter", folder.Rejected, "is not the one that is pinned")
	l.wantError("the pinned one serves on", l.say("m", "a secret"), 400, "word")
	l.remove("g.adapter")
	l.eventually("it is missed", func() bool { return l.say("m", "Hello").code() == "plugin_unavailable" })
	l.eventually("its process is gone", func() bool {
		return l.metric(`sallyport_plugin_guests{instance="guardrail.g"}`) == 0
	})
	if !strings.Contains(l.logs.String(), "an adapter's process") {
		t.Error("the log says nothing of the process")
	}
}
