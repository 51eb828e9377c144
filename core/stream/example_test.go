package stream_test

import (
	"bytes"
	"fmt"

	"github.com/sallyport-gateway/sallyport/core/stream"
)

// Forwarding with as few writes as edits allow: here usage events are left
// out, everything else keeps its bytes.
func ExampleSSE() {
	reads := []string{
		"data: {\"delta\":\"a\"}\n\ndata: {\"delta\":\"b\"}\n\ndata: {\"del",
		"ta\":\"c\"}\n\n: ping\n\ndata: {\"usage\":3}\n\ndata: {\"delta\":\"d\"}\n\n",
		"data: [DONE]\n", // no blank line: the dialect decides
	}
	write := func(p []byte) {
		if len(p) > 0 {
			fmt.Printf("write %q\n", p)
		}
	}
	s := stream.SSE{Buffers: new(stream.Buffers)}
	var ev stream.Event
	for _, r := range reads {
		chunk := []byte(r)
		s.Feed(chunk)
		from, to := 0, 0
		for s.Next(&ev) {
			drop := bytes.Contains(ev.Data, []byte(`"usage"`))
			if !drop && !ev.Carried {
				to = ev.End
				continue
			}
			write(chunk[from:to])
			if !drop {
				write(ev.Raw)
			}
			from, to = ev.End, ev.End
		}
		write(chunk[from:to])
	}
	if err := s.Err(); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("tail %v: %q\n", s.Finish(&ev), ev.Data)
	s.Reset()
	// Output:
	// write "data: {\"delta\":\"a\"}\n\ndata: {\"delta\":\"b\"}\n\n"
	// write "data: {\"delta\":\"c\"}\n\n"
	// write ": ping\n\n"
	// write "data: {\"delta\":\"d\"}\n\n"
	// tail open: "[DONE]"
}
