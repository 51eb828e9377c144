package adapter

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxLine      = 4 << 10 // bytes of one line of output
	maxLogMinute = 1 << 20 // bytes of output that one process may log in a minute
	maxTail      = 1 << 10 // bytes of output that an error quotes
)

// output takes what a process writes. It never blocks for long and keeps no
// more than a line of each stream and a short tail. It is safe for concurrent
// use.
type output struct {
	log   func(text string)
	count *counters

	mu    sync.Mutex
	began time.Time
	bytes int // logged since began
	tail  string
}

// line takes one line.
func (o *output) line(b []byte) {
	if len(b) == 0 {
		return
	}
	text := printable(string(b))
	o.mu.Lock()
	o.tail = text
	if now := time.Now(); now.Sub(o.began) >= time.Minute {
		o.began, o.bytes = now, 0
	}
	o.bytes += len(text) + 1
	pass := o.bytes <= maxLogMinute
	o.mu.Unlock()
	if !pass {
		o.count.logCut.Add(1)
		return
	}
	o.count.logLines.Add(1)
	o.log(text)
}

// said returns the last line.
func (o *output) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return cut(o.tail, maxTail)
}

// stream cuts one stream of output into lines. What is beyond maxLine of a line
// is dropped.
type stream struct {
	out  *output
	line []byte
}

// Write takes the next bytes. It never fails.
func (s *stream) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		s.line = append(s.line, line[:min(len(line), maxLine-len(s.line))]...)
		if whole {
			s.flush()
		}
		b = rest
	}
	return n, nil
}

func (s *stream) flush() {
	s.out.line(s.line)
	s.line = s.line[:0]
}

// drain reads all that r gives.
func (s *stream) drain(r io.Reader) {
	_, _ = io.Copy(s, r)
	s.flush()
}

// printable makes control characters blanks and broken text whole.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\ufffd"))
}

// cut shortens s to n bytes at the end of a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
