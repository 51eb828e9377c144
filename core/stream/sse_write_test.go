package stream

import (
	"strings"
	"testing"
)

func TestAppend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{AppendSSEData(nil, []byte(`{"a":1}`)), "data: {\"a\":1}\n\n"},
		{AppendSSEData([]byte("kept "), []byte("a")), "kept data: a\n\n"},
		{AppendSSEData(nil, nil), "data: \n\n"},
		{AppendSSEData(nil, []byte("a\nb\rc\r\nd")), "data: a\ndata: b\ndata: c\ndata: d\n\n"},
		{AppendSSEData(nil, []byte("\n\ra\n")), "data: \ndata: \ndata: a\ndata: \n\n"},
		{AppendSSEData(nil, []byte(" a")), "data:  a\n\n"},
		{AppendSSEEvent(nil, "message_start", []byte("{}")), "event: message_start\ndata: {}\n\n"},
		{AppendSSEEvent(nil, "", []byte("{}")), "data: {}\n\n"},
		{AppendSSEEvent(nil, "a\ndata: forged", []byte("{}")), "event: a\ndata: {}\n\n"},
		{AppendSSEEvent(nil, "\rdata: forged", []byte("{}")), "data: {}\n\n"},
		{AppendComment(nil, []byte("ping")), ": ping\n\n"},
		{AppendComment(nil, nil), ": \n\n"},
		{AppendComment(nil, []byte("a\n\ndata: forged")), ": a\n: \n: data: forged\n\n"},
	} {
		if string(c.got) != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	for _, data := range []string{"", "a", " a", "a\nb", "\r\n", "\n\r", "a\r", ":", "data: x\n\nevent: y"} {
		for _, name := range []string{"", "e", " e", "e\rid: 1", "\n", "data: x"} {
			checkWriters(t, name, []byte(data))
		}
	}
}

func checkWriters(t testing.TB, name string, data []byte) {
	t.Helper()
	lf := strings.NewReplacer("\r\n", "\n", "\r", "\n")
	wantName, _, _ := strings.Cut(lf.Replace(name), "\n")
	wantEvent := block{wantName, lf.Replace(string(data)), LineData}
	if wantName != "" {
		wantEvent.Lines |= LineEvent
	}
	wantData := wantEvent
	wantData.Name, wantData.Lines = "", LineData

	var out []byte
	out = AppendSSEEvent(out, name, data)
	out = AppendComment(out, data)
	out = AppendSSEData(out, data)
	want := result{Blocks: []block{wantEvent, {Lines: LineComment}, wantData}}
	var s SSE
	checkSame(t, "written stream", string(out), splitSSE(t, &s, string(out), whole), want)
}
