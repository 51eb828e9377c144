package plugintest

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// framing is how a provider writes the events of a stream.
type framing uint8

const (
	sse         framing = iota
	lines               // a line of JSON each
	eventStream         // as AWS frames them, in binary
	carried             // the same, each event in base64 in a message of its own
)

var mediaTypes = [...]string{
	sse: "text/event-stream", lines: "application/x-ndjson", eventStream: "application/vnd.amazon.eventstream", carried: "application/vnd.amazon.eventstream",
}

// frame returns the bytes of each event of a stream.
func (x *exchange) frame(events []event) []string {
	var out []string
	for _, e := range events {
		out = append(out, x.back.framing.event(e))
	}
	if x.back.done != "" {
		out = append(out, "data: "+x.back.done+"\n\n")
	}
	if x.cut.crlf && x.back.framing < eventStream {
		for i := range out {
			out[i] = strings.ReplaceAll(out[i], "\n", "\r\n")
		}
	}
	return out
}

func (f framing) event(e event) string {
	switch f {
	case lines:
		return e.data + "\n"
	case eventStream:
		return string(message(e))
	case carried:
		return string(message(event{"chunk", `{"bytes":"` + base64.StdEncoding.EncodeToString([]byte(e.data)) + `","p":"abcd"}`}))
	default:
		if e.name != "" {
			return "event: " + e.name + "\ndata: " + e.data + "\n\n"
		}
		return "data: " + e.data + "\n\n"
	}
}

// message frames an event after
// https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html.
func message(e event) []byte {
	const prelude, trailer, text = 12, 4, 7
	var h []byte
	for _, field := range [][2]string{{":event-type", e.name}, {":content-type", "application/json"}, {":message-type", "event"}} {
		h = append(h, byte(len(field[0])))
		h = append(append(h, field[0]...), text)
		h = binary.BigEndian.AppendUint16(h, uint16(len(field[1])))
		h = append(h, field[1]...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(prelude+len(h)+len(e.data)+trailer))
	b = binary.BigEndian.AppendUint32(b, uint32(len(h)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	b = append(append(b, h...), e.data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}
