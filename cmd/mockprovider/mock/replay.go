package mock

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// library is a folder of recorded cases with its manifest.
type library struct {
	folder string
	files  map[string]string // id or short name → file

	mu     sync.Mutex
	loaded map[string]*recording
}

// recording is the upstream_response of a case, ready to send.
type recording struct {
	status int
	ctype  string
	extra  string // header lines
	gzip   bool
	stream bool
	events [][]byte // one for a body without framing
}

func openLibrary(folder string) (*library, error) {
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		return nil, fmt.Errorf("mock: fixtures: %w", err)
	}
	var manifest struct {
		Cases []struct{ ID, File string }
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("mock: fixtures: %s: %w", filepath.Join(folder, "manifest.json"), err)
	}
	l := &library{folder: folder, files: make(map[string]string), loaded: make(map[string]*recording)}
	for _, c := range manifest.Cases {
		l.files[c.ID] = c.File
		name := strings.TrimSuffix(c.File, ".json")
		if i := strings.LastIndexByte(name, '-'); i >= 0 {
			l.files[name[i+1:]] = c.File
		}
	}
	return l, nil
}

// has tells whether the library, which may be nil, knows a case.
func (l *library) has(id string) bool {
	if l == nil {
		return false
	}
	_, ok := l.files[id]
	return ok
}

// check loads the case of a scenario; "" is no case.
func (l *library) check(id string) error {
	if id == "" {
		return nil
	}
	if !l.has(id) {
		return fmt.Errorf("mock: no fixture %q (is the folder of fixtures set?)", id)
	}
	_, err := l.load(id)
	return err
}

// load returns the recording of a case that has reports.
func (l *library) load(id string) (*recording, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	file := l.files[id]
	if r, ok := l.loaded[file]; ok {
		return r, nil
	}
	text, err := os.ReadFile(filepath.Join(l.folder, file))
	if err != nil {
		return nil, fmt.Errorf("mock: fixture %q: %w", id, err)
	}
	r, err := parseRecording(text)
	if err != nil {
		return nil, fmt.Errorf("mock: fixture %q: %w", id, err)
	}
	l.loaded[file] = r
	return r, nil
}

func parseRecording(text []byte) (*recording, error) {
	var c struct {
		UpstreamResponse *struct {
			Status  int
			Headers map[string]string
			Framing string
			Body    *struct {
				Text   *string
				Base64 []byte
			}
		} `json:"upstream_response"`
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, err
	}
	up := c.UpstreamResponse
	if up == nil {
		return nil, errors.New("the case has no upstream_response")
	}
	r := &recording{status: up.Status, stream: up.Framing != ""}
	if r.status == 0 {
		r.status = http.StatusOK
	}
	var names []string
	for name := range up.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := up.Headers[name]
		switch strings.ToLower(name) {
		case "content-type":
			r.ctype = value
		case "content-encoding":
			r.gzip = value == "gzip"
		case "content-length", "transfer-encoding", "connection", "keep-alive", "x-request-id":
		default:
			r.extra += name + ": " + strings.NewReplacer("\r", " ", "\n", " ").Replace(value) + "\r\n"
		}
	}
	var body []byte
	if up.Body != nil {
		body = up.Body.Base64
		if up.Body.Text != nil {
			body = []byte(*up.Body.Text)
		}
	}
	switch up.Framing {
	case "sse":
		r.events = splitSSE(body)
	case "eventstream":
		r.events = splitEventStream(body)
	default:
		r.events = [][]byte{body}
	}
	return r, nil
}

// splitSSE cuts after each empty line; the pieces joined are b.
func splitSSE(b []byte) (events [][]byte) {
	start := 0
	for at := 0; at < len(b); {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 {
			break
		}
		line := bytes.TrimSuffix(b[at:at+n], []byte("\r"))
		at += n + 1
		if len(line) == 0 {
			events = append(events, b[start:at])
			start = at
		}
	}
	if start < len(b) {
		events = append(events, b[start:])
	}
	return events
}

// splitEventStream cuts by the total length that begins each message of
// application/vnd.amazon.eventstream; the pieces joined are b.
func splitEventStream(b []byte) (events [][]byte) {
	for len(b) >= 4 {
		n := int64(binary.BigEndian.Uint32(b))
		if n < 16 || n > int64(len(b)) {
			break
		}
		events = append(events, b[:n])
		b = b[n:]
	}
	if len(b) > 0 {
		events = append(events, b)
	}
	return events
}

// replay answers with the recording of the scenario, whatever was asked.
func (c *conn) replay(sc *scenario, f fault, status int) (Outcome, ending) {
	rec, err := c.server.fixtures.load(sc.fixture)
	if err != nil {
		return c.fail(http.StatusInternalServerError, "fixture", err.Error())
	}
	if status == 0 {
		status = rec.status
	}
	if rec.gzip && !sc.gzip {
		zipped := *sc
		zipped.gzip = true
		sc = &zipped
	}
	if !rec.stream {
		// A copy: faults may write into it.
		c.body = append(c.body[:0], rec.events[0]...)
		return c.whole(sc, f, wholeBody{status: status, contentType: rec.ctype, extra: rec.extra, bytes: c.body})
	}
	c.prefix = append(c.prefix[:0], `data: {"choices":[`...) // for the fault big
	rp := reply{status: status, contentType: rec.ctype, framing: sc.framing, extra: rec.extra}
	return c.play(sc, f, &rp, &events{recorded: rec.events})
}
