package main

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/sdk/go/sallyporttest"
)

const config = `{"words": ["Kraken", "krakens", "blue whale"]}`

func TestPrompt(t *testing.T) {
	h := sallyporttest.Start(t, config)
	for text, blocked := range map[string]bool{
		"release the kraken":        true,
		"RELEASE THE KRAKEN":        true,
		"a Blue Whale":              true,
		"a blue  whale":             false,
		"krake":                     false,
		"":                          false,
		"Å" + "kraken" + "\u00e5":   true,
		strings.Repeat("krake", 99): false,
	} {
		r := h.Prompt("Be kind.", text)
		if r.Err != nil || (r.Block != nil) != blocked {
			t.Errorf("%q: %+v", text, r)
		}
		if r.Block != nil && (r.Block.Code != "secret_word" || strings.Contains(strings.ToLower(r.Block.Message), "kraken")) {
			t.Errorf("%q: %+v", text, r.Block)
		}
	}
}

func TestAnswer(t *testing.T) {
	h := sallyporttest.Start(t, config)
	for text, want := range map[string]string{
		"The Kraken, a kraken.":  "The [SECRET], a [SECRET].",
		"Two krakens and more":   "Two [SECRET] and more",
		"krakenkrakenblue whale": "[SECRET][SECRET][SECRET]",
		"nothing":                "nothing",
	} {
		r := h.Answer(text, "other")
		if r.Err != nil || r.Block != nil || r.Texts[0] != want || r.Texts[1] != "other" {
			t.Errorf("%q: %+v", text, r)
		}
	}
}

// TestWindow: however a stream is cut, the client gets what it would get as a whole.
func TestWindow(t *testing.T) {
	h := sallyporttest.Start(t, config)
	text := "Two krakens, a kraken and a blue whale: krake"
	const want = "Two [SECRET], a [SECRET] and a [SECRET]: krake"
	for i := range text {
		if got, r := h.Stream(text[:i], text[i:]); r.Err != nil || got != want {
			t.Errorf("cut at %d: %q, %+v", i, got, r)
		}
	}
	if got, r := h.Stream(strings.Split(text, "")...); r.Err != nil || got != want {
		t.Errorf("byte by byte: %q, %+v", got, r)
	}
}

func TestConfigure(t *testing.T) {
	h := sallyporttest.New(t)
	for text, good := range map[string]bool{
		`{"words": ["a"]}`: true, `{"words": []}`: true, `{}`: true,
		`{"words": [""]}`: false, `{"words": "a"}`: false, `{"words": [1]}`: false,
	} {
		if err := h.Configure(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := h.Configure(`{"words": []}`); err != nil {
		t.Fatal(err)
	}
	if r := h.Prompt("kraken"); !r.Allowed() {
		t.Errorf("words of an earlier configuration count: %+v", r)
	}
}

func BenchmarkPrompt(b *testing.B) {
	h := sallyporttest.Start(b, config)
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 91)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if r := h.Prompt(text); !r.Allowed() {
			b.Fatal(r)
		}
	}
}
