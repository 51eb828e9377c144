// Secretword is a guardrail: it blocks prompts that contain a configured word,
// and redacts the words in answers, streamed ones too.
package main

import (
	"errors"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
)

func init() {
	sallyport.Register(sallyport.Hooks{Configure: configure, Prompt: prompt, Answer: answer, Window: window})
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
		if c.Window() > 0 && len(w) > c.Window() {
			return errors.New("words holds a word that is longer than the window of a stream")
		}
		w = lower(w)
		words = append(words, w)
		starts[w[0]], starts[upper(w[0])] = true, true
	}
	return nil
}

func prompt(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
	for _, p := range c.Parts() {
		if start, end := next(p.Text(), 0, false); start < end {
			r.Block("secret_word", "The prompt contains a word that must not leave the company. Remove it and try again.")
			return nil
		}
	}
	return nil
}

func answer(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error {
	for _, p := range c.Parts() {
		for start, end := next(p.Text(), 0, false); start < end; start, end = next(p.Text(), end, false) {
			r.Redact(p, start, end, "SECRET")
		}
	}
	return nil
}

// window judges a piece of a stream. What could still become a word waits.
func window(c *sallyport.WindowCall, r *sallyport.WindowReply) error {
	text, open := c.Text(), !c.Final()
	start, end := next(text, 0, open)
	for ; start < end; start, end = next(text, end, open) {
		r.Redact(start, end, "SECRET")
	}
	if start < len(text) {
		r.Hold(len(text) - start)
	}
	return nil
}

// next finds the first word in text at or after from, in upper or lower case; of
// those that begin there the longest. Without one start and end are alike: the end
// of the text or, in a text that is open, since it goes on, the first place that
// could still become a word, or a longer one.
func next(text []byte, from int, open bool) (start, end int) {
	for i := from; i < len(text); i++ {
		if !starts[text[i]] {
			continue
		}
		rest, longest := text[i:], 0
		for _, w := range words {
			n := common(rest, w)
			if n == len(w) {
				longest = max(longest, n)
			} else if n == len(rest) && open {
				return i, i
			}
		}
		if longest > 0 {
			return i, i + longest
		}
	}
	return len(text), len(text)
}

// common is the number of bytes at the beginning that text and word, which is in
// lower case, have in common.
func common(text []byte, word string) int {
	n := 0
	for n < len(text) && n < len(word) && fold(text[n]) == word[n] {
		n++
	}
	return n
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
