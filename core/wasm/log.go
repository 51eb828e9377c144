package wasm

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
)

// log passes one line of the guest on, made fit for a log.
func (g *guest) log(level abi.Level, text []byte) {
	p := g.pool
	host := p.module.host
	if len(text) > abi.MaxLog {
		text = text[:abi.MaxLog]
	}
	if g.call == nil && level == abi.LevelError {
		g.reason = core.OneLine(string(text), 256)
	}
	if host.opts.Log == nil || !p.logs.Take(host.opts.Clock.Now(), len(text)+1) {
		p.counters.logCut.Add(1)
		return
	}
	p.counters.logLines.Add(1)
	host.opts.Log(LogLine{
		Plugin: p.module.manifest.ID, Instance: p.setup.name, Level: level, Text: core.OneLine(string(text), abi.MaxLog),
	})
}

// write takes what the guest writes to its standard output or error and logs
// each whole line.
func (g *guest) write(level abi.Level, b []byte) {
	for len(b) > 0 {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		g.line = append(g.line, line[:min(len(line), abi.MaxLog-len(g.line))]...)
		if whole {
			g.log(level, g.line)
			g.line = g.line[:0]
		}
		b = rest
	}
}

// flushLine logs what is left of a line when a call is over.
func (g *guest) flushLine() {
	if len(g.line) > 0 {
		g.log(abi.LevelInfo, g.line)
		g.line = g.line[:0]
	}
}
