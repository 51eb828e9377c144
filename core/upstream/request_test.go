package upstream

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/sallyport-gateway/sallyport/core"
)

// What a host remembers of earlier heads changes no byte of a later one.
func TestForms(t *testing.T) {
	newHost := func() *Host {
		h, err := NewHost(&core.Provider{Name: "acme", Scheme: "http", Host: "example.com"}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	names := []string{"Accept", "Content-Type", "X-Request-Id", "Idempotency-Key", "Authorization", "X-Two", "Bad Name", "Host"}
	values := []string{"", "a", "application/json", "text/event-stream", "0198c5a2-0000-7000-8000-000000000000", "split\r\nX: y", "del\x7f"}
	rng := rand.New(rand.NewPCG(1, 2))
	pick := func(of []string, good int) string {
		if rng.IntN(20) > 0 {
			of = of[:good]
		}
		// A copy of its own: that strings are equal must not hang on where they lie.
		return strings.Clone(of[rng.IntN(len(of))])
	}
	h := newHost()
	sent := 0
	for i := range 20_000 {
		if i%50 == 0 {
			h = newHost()
		}
		r := &core.UpstreamRequest{Method: pick([]string{"POST", "GET", "P T"}, 2), Path: pick([]string{"/v1/chat", "/v1/embeddings", "/a b", ""}, 2)}
		for range rng.IntN(6) {
			r.Header = append(r.Header, core.Header{Name: pick(names, 6), Value: pick(values, 5)})
		}
		n := rng.IntN(2) * 12345
		got, err := h.appendHead([]byte("x"), r, n, &h.kinds[0][0])
		var fresh kind
		want, wantErr := newHost().appendHead([]byte("x"), r, n, &fresh)
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != string(want) {
			t.Fatalf("request %d: head %q, %v; want %q, %v", i, got, err, want, wantErr)
		}
		if err == nil {
			sent++
		}
		for _, x := range r.Header {
			if strings.ContainsAny(x.Value, "\r\n\x7f") && err == nil || err != nil && err.Code != core.CodeInternal {
				t.Fatalf("request %d with the value %q: %v", i, x.Value, err)
			}
		}
	}
	if sent < 10_000 {
		t.Errorf("only %d requests were fit to be sent", sent)
	}
}

// A form keeps no memory of the exchange that it was made from.
func TestFormOwnsItsText(t *testing.T) {
	c := newClient(t, newFake(t, answer(okAnswer)).Addr().String())
	id := []byte("first")
	r := &core.UpstreamRequest{Method: "POST", Path: "/", Header: []core.Header{{Name: "X-Request-Id", Value: unsafe.String(&id[0], len(id))}}}
	k := new(kind)
	for _, v := range []string{"first", "other", "bad\r\n", "again"} {
		copy(id, "     ")
		copy(id, v)
		head, err := c.host.appendHead(nil, r, 0, k)
		if bad := strings.Contains(v, "\r"); bad != (err != nil) || !bad && !strings.Contains(string(head), "\r\nX-Request-Id: "+v+"\r\n") {
			t.Errorf("with the id %q the head is %q, %v", v, head, err)
		}
	}
}
