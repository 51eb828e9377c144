package author

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// Recorded is an exchange as it was recorded, one line of a file. docs/plugins/replay.md
// has the format.
type Recorded struct {
	// Name is what the exchange is called; left out, file and line.
	Name string `json:"name"`
	// Dialect is the client's.
	Dialect string `json:"dialect"`
	// Path is what the client called; left out, the usual path of the dialect.
	Path string `json:"path"`
	// Request is its document.
	Request json.RawMessage `json:"request"`
	// Answer is the provider's document, in the client's dialect, or Events are the
	// payloads of its stream: documents, or texts such as "[DONE]".
	Answer json.RawMessage   `json:"answer"`
	Events []json.RawMessage `json:"events"`
}

// played is a dialect whose exchanges can be replayed.
type played struct {
	dialect      core.EventReader
	path, stream string
}

var replayed = map[string]func() played{
	"openai.chat": func() played {
		return played{dialect: openai.Chat{}, path: "/v1/chat/completions"}
	},
	"openai.completions": func() played {
		return played{dialect: openai.Completions{}, path: "/v1/completions"}
	},
	"openai.responses": func() played {
		return played{dialect: responses.Dialect{}, path: "/v1/responses"}
	},
	"anthropic.messages": func() played {
		return played{dialect: anthropic.Messages{}, path: "/v1/messages"}
	},
	"gemini": func() played {
		return played{
			dialect: gemini.Dialect{}, path: "/v1beta/models/recorded:generateContent",
			stream: "/v1beta/models/recorded:streamGenerateContent",
		}
	},
}

// mostLine is the longest line of a file of exchanges, in bytes.
const mostLine = 64 << 20

// ReadRecorded reads a file of exchanges, one JSON document to a line; empty lines do
// not count.
func ReadRecorded(file string) (list []Recorded, err error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // it is read only
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, mostLine)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		x, err := parseRecorded(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if x.Name == "" {
			x.Name = fmt.Sprintf("%s:%d", file, n)
		}
		list = append(list, x)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no exchange; docs/plugins/replay.md tells how to record some", file)
	}
	return list, nil
}

func parseRecorded(line []byte) (x Recorded, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&x); err != nil {
		return x, fmt.Errorf("it is no recorded exchange: %w; it may have name, dialect, path, request, answer and events", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return x, errors.New("something follows the exchange; each has a line of its own")
	}
	if replayed[x.Dialect] == nil {
		var names []string
		for name := range replayed {
			names = append(names, name)
		}
		slices.Sort(names)
		return x, fmt.Errorf("the dialect is %q; there is %s", x.Dialect, strings.Join(names, ", "))
	}
	if x.Request == nil {
		return x, errors.New("request is missing")
	}
	if x.Answer != nil && x.Events != nil {
		return x, errors.New("it has both answer and events; an exchange has one of them, or neither")
	}
	return x, nil
}

// payload is what an event of a stream says: a text as it stands.
func payload(event json.RawMessage) []byte {
	var s string
	if json.Unmarshal(event, &s) == nil {
		return []byte(s)
	}
	return event
}
