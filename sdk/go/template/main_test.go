package main

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/sdk/go/sallyporttest"
)

const config = `{"words": ["kraken", "squid"]}`

func TestPrompt(t *testing.T) {
	h := sallyporttest.Start(t, config)
	if r := h.Prompt("Be kind.", "Release the KRAKEN!"); r.Block == nil || r.Block.Code != "forbidden_word" {
		t.Errorf("not blocked: %+v", r)
	}
	if r := h.Prompt("Be kind."); !r.Allowed() {
		t.Errorf("not allowed: %+v", r)
	}
}

func TestAnswer(t *testing.T) {
	h := sallyporttest.Start(t, config)
	r := h.Answer("A Squid is no kraken, and no squid either.")
	if want := "A [FORBIDDEN] is no [FORBIDDEN], and no [FORBIDDEN] either."; r.Err != nil || r.Texts[0] != want {
		t.Errorf("%+v, want %q", r, want)
	}
}
