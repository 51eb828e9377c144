package script

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dop251/goja"
)

const (
	maxLog       = 4 << 10 // bytes of one line
	maxLogMinute = 1 << 20 // bytes that one instance may log in a minute
)

// logCap counts what an instance logs.
type logCap struct {
	mu    sync.Mutex
	began time.Time
	bytes int
}

// take tells whether n more bytes may be logged now.
func (c *logCap) take(now time.Time, n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.began) >= time.Minute {
		c.began, c.bytes = now, 0
	}
	if c.bytes+n > maxLogMinute {
		return false
	}
	c.bytes += n
	return true
}

// console gives the script console.debug, .info, .log, .warn and .error.
func (r *runtime) console(s *Script, i *Instance) error {
	console := r.vm.NewObject()
	for name, level := range map[string]string{"debug": "debug", "log": "info", "info": "info", "warn": "warn", "error": "error"} {
		if err := console.Set(name, func(call goja.FunctionCall) goja.Value {
			if i != nil && s.host.opts.Log != nil {
				i.log(level, call.Arguments)
			}
			return goja.Undefined()
		}); err != nil {
			return err
		}
	}
	return r.vm.Set("console", console)
}

func (i *Instance) log(level string, args []goja.Value) {
	words := make([]string, len(args))
	for n, a := range args {
		words[n] = a.String()
	}
	text := cut(printable(strings.Join(words, " ")), maxLog)
	host := i.script.host
	if i.logs.take(host.opts.Clock.Now(), len(text)+1) {
		host.opts.Log(LogLine{Plugin: i.script.manifest.ID, Instance: i.setup.name, Level: level, Text: text})
	}
}

// printable makes control characters blanks and broken text whole.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
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
