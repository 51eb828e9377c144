package main

import (
	"sync"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// TestLazyTranslator: calls that need a translator at the same moment start one, and
// one that was closed before it was needed starts no more.
func TestLazyTranslator(t *testing.T) {
	host, err := wasm.NewHost(wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	modules, err := bundledModules(host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // before the host's end
		for _, m := range modules {
			if err := m.close(); err != nil {
				t.Error(err)
			}
		}
	})
	made := func() *lazyTranslator {
		for _, m := range modules {
			if m.manifest.Dialect == "cohere.chat" {
				i, err := m.New(core.InstanceConfig{Name: "provider.cohere", Isolation: core.IsolateShared})
				if err != nil {
					t.Fatal(err)
				}
				return i.(*lazyTranslator)
			}
		}
		t.Fatal("the translator is not bundled")
		return nil
	}
	l := made()
	if l.started != nil || l.Dialect() != "cohere.chat" || !l.Translates(core.OpChat) {
		t.Errorf("it began too early, or is none of chats: %+v", l)
	}
	const callers = 8
	got := make([]core.Translator, callers)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			tr, err := l.get()
			if err != nil {
				t.Error(err)
			}
			got[i] = tr
		})
	}
	wg.Wait()
	for i, tr := range got {
		if tr == nil || tr != got[0] {
			t.Errorf("call %d got another one: %v", i, tr)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	l = made()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.get(); err == nil || err.Code != core.CodePluginUnavailable || l.started != nil {
		t.Errorf("after its end: %v", err)
	}
}
