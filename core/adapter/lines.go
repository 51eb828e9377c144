package adapter

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	maxLine = 4 << 10 // bytes of one line of output
	maxTail = 1 << 10 // bytes of output that an error quotes
)

// output takes what a process writes. It never blocks for long and keeps no
// more than a line of each stream and a short tail. It is safe for concurrent
// use.
type output struct {
	log   func(text string)
	count *counters

	cap core.LogCap

	mu   sync.Mutex
	tail string
}

// line takes one line.
func (o *output) line(b []byte) {
	if len(b) == 0 {
		return
	}
	text := core.Printable(string(b))
	o.mu.Lock()
	o.tail = text
	o.mu.Unlock()
	if !o.cap.Take(time.Now(), len(text)+1) {
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
	return core.Cut(o.tail, maxTail)
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
