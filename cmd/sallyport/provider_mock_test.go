package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
)

// Scenes are words in a prompt that tell a playing provider what to do.
const (
	sceneText  = "Say something nice."
	sceneError = "[fall over]"
	sceneCut   = "[cut]"
	sceneAbort = "[abort]"
	sceneHang  = "[hang]"
	sceneFail  = "[fail " // and the status, "[fail 429]"
)

// What every provider reports for a whole answer: of 20 tokens 5 came from its
// cache, but Ollama, which has none.
const (
	playedText   = "Hej, my dear friend, du"
	playedPrompt = 20
	playedOutput = 9
)

// stage plays a provider of a dialect of its own: its answers are those of
// testdata/providers, in its own framing, and every request must be signed and sent
// as the provider wants it.
type stage struct {
	*httptest.Server
	testing.TB
	files map[string]string
	role  *providerRole
	gone  chan bool // gets one value per hung stream that its reader left

	mu     sync.Mutex
	asked  []string // path and body
	served int      // answers whose usage was reported whole
}

// providerRole is what is particular to a kind of provider.
type providerRole struct {
	kind string
	like string // whose answers, where not the kind's own
	// config is what is behind kind and base_url, as YAML flow members.
	config string
	files  func(s *stage) map[string]string
	// signed checks the credential.
	signed func(r *http.Request, body []byte) error
	// whole and stream are the paths asked for; streams of events in a framing.
	whole, stream string
	framing       string
	// overloads: the provider's own 529 is known to its translator.
	overloads bool
}

func newStage(t testing.TB, role *providerRole) *stage {
	t.Helper()
	name := role.kind
	if role.like != "" {
		name = role.like
	}
	text, err := os.ReadFile("testdata/providers/" + name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{TB: t, role: role, files: map[string]string{}, gone: make(chan bool, 16)}
	for section := range strings.SplitSeq("\n"+string(text), "\n-- ") {
		name, body, _ := strings.Cut(section, " --\n")
		s.files[name] = strings.TrimSpace(body)
	}
	if role.framing == "chunks" { // the provider's own words around those of the models' maker
		s.files["error"] = `{"message":"It fell over."}`
		s.files["stream.error"] = "event: modelStreamErrorException\ndata: " + s.files["error"]
	}
	s.Server = httptest.NewServer(s)
	return s
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	words, path := string(body), r.URL.Path
	stream := path == s.role.stream && (s.role.stream != s.role.whole || strings.Contains(words, `"stream":true`))
	s.mu.Lock()
	s.asked = append(s.asked, path+" "+words)
	s.mu.Unlock()
	if err := s.role.signed(r, body); err != nil {
		s.Errorf("%s: the request is not signed: %v\n%v", s.role.kind, err, r.Header)
	}
	if !stream && path != s.role.whole {
		s.Errorf("%s was asked for %s", s.role.kind, path)
	}
	scene := ""
	if strings.Contains(words, "get_weather") {
		scene = ".tools"
	}
	if _, after, failing := strings.Cut(words, sceneFail); failing {
		var status int
		_, _ = fmt.Sscan(after[:3], &status)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, s.files["error"])
		return
	}
	if !stream {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, s.files["whole"+scene])
		s.serve()
		return
	}
	s.play(w, r, words, strings.Split(s.files["stream"+scene], "\n\n"))
}

// play sends events, up to where the scene ends.
func (s *stage) play(w http.ResponseWriter, r *http.Request, words string, events []string) {
	w.Header().Set("Content-Type", map[string]string{
		"sse": "text/event-stream", "ndjson": "application/x-ndjson", "eventstream": "application/vnd.amazon.eventstream",
		"chunks": "application/vnd.amazon.eventstream",
	}[s.role.framing])
	begun := 0
	for !strings.Contains(events[begun], "Hej") && begun < len(events)-1 {
		begun++
	}
	switch {
	case strings.Contains(words, sceneError):
		events = append(events[:begun+1:begun+1], s.files["stream.error"])
	case strings.Contains(words, sceneCut), strings.Contains(words, sceneAbort), strings.Contains(words, sceneHang):
		events = events[:begun+1]
	default:
		s.serve()
	}
	for _, e := range events {
		_, _ = w.Write(s.frame(e))
		w.(http.Flusher).Flush()
	}
	if strings.Contains(words, sceneAbort) {
		panic(http.ErrAbortHandler) // breaks the connection off
	}
	if strings.Contains(words, sceneHang) {
		<-r.Context().Done()
		s.gone <- true
	}
}

func (s *stage) serve() {
	s.mu.Lock()
	s.served++
	s.mu.Unlock()
}

// last is what the provider was asked last.
func (s *stage) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

// count is how often the provider was asked.
func (s *stage) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *stage) frame(event string) []byte {
	switch s.role.framing {
	case "ndjson":
		return []byte(event + "\n")
	case "eventstream":
		name, data, _ := strings.Cut(strings.TrimPrefix(event, "event: "), "\ndata: ")
		return eventFrame(name, data)
	case "chunks":
		name, data, _ := strings.Cut(strings.TrimPrefix(event, "event: "), "\ndata: ")
		if strings.HasSuffix(name, "Exception") {
			return eventFrame(name, data)
		}
		return eventFrame("chunk", `{"bytes":"`+base64.StdEncoding.EncodeToString([]byte(data))+`","p":"abcdefghij"}`)
	default:
		return []byte(event + "\n\n")
	}
}

// eventFrame frames an event as application/vnd.amazon.eventstream
// (https://smithy.io/2.0/aws/amazon-eventstream.html): lengths and checksums around
// header fields and payload.
func eventFrame(name, data string) []byte {
	kind, label := "event", ":event-type"
	if strings.HasSuffix(name, "Exception") {
		kind, label = "exception", ":exception-type"
	}
	var fields bytes.Buffer
	for _, f := range [][2]string{{label, name}, {":content-type", "application/json"}, {":message-type", kind}} {
		fields.WriteByte(byte(len(f[0])))
		fields.WriteString(f[0])
		fields.Write([]byte{7, 0, byte(len(f[1]))})
		fields.WriteString(f[1])
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(16+fields.Len()+len(data)))
	out = binary.BigEndian.AppendUint32(out, uint32(fields.Len()))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	out = append(append(out, fields.Bytes()...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}
