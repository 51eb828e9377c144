package server

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// frameOf makes a message of an event stream.
func frameOf(kind, name, payload string) []byte {
	var h []byte
	for _, f := range [][2]string{{":message-type", kind}, {":" + kind + "-type", name}} {
		h = append(append(h, byte(len(f[0]))), f[0]...)
		h = binary.BigEndian.AppendUint16(append(h, 7), uint16(len(f[1])))
		h = append(h, f[1]...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(16+len(h)+len(payload)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(h)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	b = append(append(b, h...), payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func chunkFrame(doc string) []byte {
	return frameOf("event", "chunk", `{"bytes":"`+base64.StdEncoding.EncodeToString([]byte(doc))+`","p":"abc"}`)
}

// unpacking returns what unpacks a carried stream.
func unpacking(tb testing.TB) *carried {
	tb.Helper()
	x := streaming(tb)
	x.carried = &carried{x: x}
	x.carried.binary.Buffers = x.srv.carry
	return x.carried
}

// pull feeds doc in pieces of n bytes.
func pull(c *carried, doc []byte, n int) (out string, err error) {
	for len(doc) > 0 && err == nil {
		var b []byte
		piece := doc[:min(n, len(doc))]
		b, err = c.Reframe(piece)
		out += string(b)
		doc = doc[len(piece):]
	}
	if err == nil {
		err = c.End()
	}
	return out, err
}

// TestCarried: the events that lie in an event stream come out as server-sent events,
// however the reads cut it.
func TestCarried(t *testing.T) {
	t.Parallel()
	doc := frameOf("event", "initial-response", `{}`)
	doc = append(doc, chunkFrame(`{"type":"message_start","message":{"id":"m"}}`)...)
	doc = append(doc, chunkFrame("{\n\"type\" : \"ping\"\r\n}")...)
	doc = append(doc, chunkFrame(`{"other":"h\u00e9 \\n"}`)...)
	doc = append(doc, chunkFrame(`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":5}}`)...)
	const want = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n" +
		"event: ping\ndata: { \"type\" : \"ping\"  }\n\n" +
		`data: {"other":"h\u00e9 \\n"}` + "\n\n" +
		"event: message_stop\ndata: {\"type\":\"message_stop\",\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":5}}\n\n"
	for _, n := range []int{1, 7, 64, len(doc)} {
		if got, err := pull(unpacking(t), doc, n); got != want || err != nil {
			t.Errorf("pieces of %d: %q, %v; want %q", n, got, err, want)
		}
	}
	for end := 1; end < len(doc); end += 13 { // cut anywhere: never more than there was, and never whole within a message
		got, err := pull(unpacking(t), doc[:end], 32)
		if !strings.HasPrefix(want, got) || err == nil && got == want {
			t.Errorf("cut at %d: %q, %v", end, got, err)
		}
	}
}

// TestCarriedFailures: an exception is an error that says what happened; what cannot
// be read is one too.
func TestCarriedFailures(t *testing.T) {
	t.Parallel()
	event := chunkFrame(`{"type":"ping"}`)
	for name, c := range map[string]struct {
		frame  []byte
		code   core.Code
		status int
		says   string
	}{
		"throttled":  {frameOf("exception", "throttlingException", `{"message":"Too many tokens."}`), core.CodeUpstreamStatus, 429, "Too many tokens."},
		"model":      {frameOf("exception", "modelStreamErrorException", `{"message":"It fell over."}`), core.CodeUpstreamStatus, 502, "It fell over."},
		"speechless": {frameOf("exception", "internalServerException", ``), core.CodeUpstreamStatus, 500, "without a word"},
		"no bytes":   {frameOf("event", "chunk", `{"p":"abc"}`), core.CodeUpstreamInvalid, 502, "cannot be read"},
		"no base64":  {frameOf("event", "chunk", `{"bytes":"%%"}`), core.CodeUpstreamInvalid, 502, "cannot be read"},
		"no JSON":    {frameOf("event", "chunk", `bytes`), core.CodeUpstreamInvalid, 502, "cannot be read"},
		"no frame":   {[]byte("data: {\"type\":\"ping\"}\n\n and more bytes than a prelude has"), core.CodeUpstreamInvalid, 502, "not valid"},
	} {
		got, err := pull(unpacking(t), append(append([]byte{}, event...), c.frame...), 1000)
		e, _ := err.(*core.Error) //nolint:errorlint // it is returned bare
		if got != "event: ping\ndata: {\"type\":\"ping\"}\n\n" || e == nil || e.Code != c.code || e.HTTPStatus() != c.status || !strings.Contains(e.Message, c.says) {
			t.Errorf("%s: %q, %+v", name, got, err)
		}
	}
}

// FuzzCarried: whatever lies in a chunk, what comes out is one event on lines of its
// own.
func FuzzCarried(f *testing.F) {
	f.Add(`{"type":"ping"}`)
	f.Add("{\"type\":\"a\nb\"}\n\ndata: x")
	f.Fuzz(func(t *testing.T, doc string) {
		got, err := pull(unpacking(t), chunkFrame(doc), 50)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(got, "\n\n") != 1 || !strings.HasSuffix(got, "\n\n") || strings.Count(got, "\n") > 3 || strings.Contains(got, "\r") {
			t.Fatalf("%q", got)
		}
	})
}
