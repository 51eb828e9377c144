package core

import (
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// OneLine makes text of somebody else's fit for a log or an answer: at most
// limit bytes of valid UTF-8, not cut inside a rune, with blanks in place of
// control characters.
func OneLine(s string, limit int) string {
	return Cut(Printable(Cut(s, limit)), limit) // what was not valid has grown
}

// Printable makes text valid UTF-8, with blanks in place of control characters.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// Cut returns at most limit bytes of s and does not cut a rune that is whole.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:max(limit, 0)]
}

// MaxLogMinute bounds what one plugin instance may log, in bytes a minute.
const MaxLogMinute = 1 << 20

// LogCap counts what a plugin instance logs. The zero value is ready; it is safe
// for concurrent use.
type LogCap struct {
	mu    sync.Mutex
	began time.Time
	bytes int
}

// Take tells whether n more bytes may be logged now.
func (c *LogCap) Take(now time.Time, n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.began) >= time.Minute {
		c.began, c.bytes = now, 0
	}
	if c.bytes+n > MaxLogMinute {
		return false
	}
	c.bytes += n
	return true
}
