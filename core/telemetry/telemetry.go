// Package telemetry makes the gateway's logger and metrics. Handles of metrics
// are looked up once per snapshot and held there: an exchange never looks up a
// metric by its labels.
//
// No log line, metric or label holds a body, a prompt or a credential.
package telemetry

import (
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
)

// LogConfig says what is logged and how.
type LogConfig struct {
	Level string // trace, debug, info, warn, error
	// Text writes for people; otherwise one JSON object a line.
	Text bool
}

// NewLogger returns a logger that writes to w. Exchanges are logged at level
// debug; their book of record is the ledger.
func NewLogger(cfg LogConfig, w io.Writer) (zerolog.Logger, error) {
	level, err := zerolog.ParseLevel(cfg.Level)
	if err != nil {
		return zerolog.Nop(), fmt.Errorf("telemetry: log level %q is unknown; use trace, debug, info, warn or error", cfg.Level)
	}
	if cfg.Text {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: time.TimeOnly, NoColor: true}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger(), nil
}

// Printf adapts a logger to libraries that want a Printf. Their messages are
// warnings, cut to 512 bytes.
type Printf struct{ Log zerolog.Logger }

// Printf logs one message.
func (p Printf) Printf(format string, args ...any) {
	const limit = 512
	msg := fmt.Sprintf(format, args...)
	if len(msg) > limit {
		msg = msg[:limit]
	}
	p.Log.Warn().Str("source", "http").Msg(msg)
}
