// A guardrail: it blocks prompts that contain a forbidden word, and redacts the
// words in answers. Make it yours.
package main

import sallyport "github.com/sallyport-gateway/sallyport/sdk/go"

func init() {
	sallyport.Register(sallyport.Hooks{Configure: configure, Prompt: prompt, Answer: answer})
}

func main() {} // never runs

// words is filled once by configure, and is there in every later call.
var words []string

func configure(c *sallyport.Config) error {
	words = c.Strings("/words")
	return nil
}

// prompt runs on what is about to leave for the provider.
func prompt(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
	for _, p := range c.Parts() {
		for _, w := range words {
			if find(p.Text(), w, 0) >= 0 {
				r.Block("forbidden_word", "The prompt contains a forbidden word. Remove it and try again.")
				return nil
			}
		}
	}
	return nil
}

// answer runs on what came back, before the client gets it. Redactions may
// overlap.
func answer(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error {
	for _, p := range c.Parts() {
		for _, w := range words {
			for at := find(p.Text(), w, 0); at >= 0; at = find(p.Text(), w, at+len(w)) {
				r.Redact(p, at, at+len(w), "FORBIDDEN")
			}
		}
	}
	return nil
}

// find returns the first place of word in text at or after from, or -1.
func find(text []byte, word string, from int) int {
	for at := from; at+len(word) <= len(text); at++ {
		if equal(text[at:at+len(word)], word) {
			return at
		}
	}
	return -1
}

// equal compares two texts of one length, whatever the case of their A to Z.
func equal(text []byte, word string) bool {
	for i, c := range text {
		if lower(c) != lower(word[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
