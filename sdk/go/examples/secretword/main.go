// Secretword is a guardrail: it blocks prompts that contain a configured word,
// and redacts the words in answers.
package main

import (
	"errors"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
)

func init() {
	sallyport.Register(sallyport.Hooks{Configure: configure, Prompt: prompt, Answer: answer})
}

func main() {} // never runs

// words is what the operator configured, in lower case; starts tells which bytes
// begin one. Configure fills them once, and every call finds them.
var (
	words  []string
	starts [256]bool
)

func configure(c *sallyport.Config) error {
	words, starts = nil, [256]bool{}
	for _, w := range c.Strings("/words") {
		if w == "" {
			return errors.New("words holds an empty word, which would match everything")
		}
		w = lower(w)
		words = append(words, w)
		starts[w[0]], starts[upper(w[0])] = true, true
	}
	return nil
}

func prompt(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
	for _, p := range c.Parts() {
		if _, _, found := next(p.Text(), 0); found {
			r.Block("secret_word", "The prompt contains a word that must not leave the company. Remove it and try again.")
			return nil
		}
	}
	return nil
}

func answer(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error {
	for _, p := range c.Parts() {
		for start, end, found := next(p.Text(), 0); found; start, end, found = next(p.Text(), end) {
			r.Redact(p, start, end, "SECRET")
		}
	}
	return nil
}

// next finds the first word in text at or after from, in upper or lower case;
// of those that begin there the longest.
func next(text []byte, from int) (start, end int, found bool) {
	for i := from; i < len(text); i++ {
		if !starts[text[i]] {
			continue
		}
		for _, w := range words {
			if i+len(w) > end && begins(text[i:], w) {
				start, end, found = i, i+len(w), true
			}
		}
		if found {
			return start, end, true
		}
	}
	return 0, 0, false
}

// begins tells whether text begins with word, which is in lower case.
func begins(text []byte, word string) bool {
	if len(text) < len(word) {
		return false
	}
	for i := range len(word) {
		if fold(text[i]) != word[i] {
			return false
		}
	}
	return true
}

// fold is the lower case of an ASCII letter. Other bytes are as they are, so
// that offsets in the text stay right.
func fold(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c + 'A' - 'a'
	}
	return c
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = fold(c)
	}
	return string(b)
}
