package load

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Plan says what a [Runner] does.
type Plan struct {
	Addr    string // where to send, an IPv4 address and port
	Request []byte // one whole HTTP/1.1 request with a body; must not change while it is used

	// Connections is how many connections are opened beforehand. A closed loop
	// (Rate 0) keeps one request outstanding on each of them. An open loop opens
	// more when none is free, up to 4096.
	Connections int

	Rate  float64 // requests per second of an open loop
	Limit int64   // most requests to send; 0: no bound but the time

	// Stream says that answers are event streams: they must end with [DONE], and
	// their time stamps are read.
	Stream bool
}

func (p *Plan) check() error {
	switch {
	case len(p.Request) == 0:
		return errors.New("load: the plan has no request")
	case p.Connections < 0 || p.Connections > maxConnections:
		return fmt.Errorf("load: %d connections, want 0 to %d", p.Connections, maxConnections)
	case p.Rate < 0 || p.Rate > 1e6:
		return fmt.Errorf("load: a rate of %g/s, want 0 to 1000000", p.Rate)
	case p.Rate == 0 && p.Connections == 0:
		return errors.New("load: a closed loop needs connections")
	}
	return nil
}

// maxConnections bounds the connections of a runner.
const maxConnections = 4096

// maxFailures is how many failed requests end a run: a benchmark with failures
// is not worth going on.
const maxFailures = 100

// Result is what a run did. The counts are of the whole run, the histograms of
// the time in which [Runner.Record] was on.
type Result struct {
	Sent    int64
	Done    int64 // answered with 200, to the end
	Failed  int64 // answered otherwise, cut off, or not answered in time
	Stamps  int64 // time stamps read, of all streams
	Backlog int64 // open loop: most requests that waited for a connection at once
	Error   string

	Latency  Histogram // from the send to the last byte
	Intended Histogram // open loop: from the time of the plan to the last byte
	First    Histogram // from the send to the first byte of the answer
	Delay    Histogram // from the stamp in an event to its arrival here
}

// Post renders a POST request with a JSON body. The headers are whole lines
// without their line breaks.
func Post(addr, path, body string, headers ...string) []byte {
	var b bytes.Buffer
	b.WriteString("POST " + path + " HTTP/1.1\r\nHost: " + addr + "\r\n")
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	b.WriteString("Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	return b.Bytes()
}

// Once sends one request over a connection of its own and returns the status
// and body of the answer. timeout bounds all of it.
func Once(addr string, request []byte, timeout time.Duration) (status int, body []byte, err error) {
	conn, err := net.DialTimeout("tcp", addr, timeout)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return 0, nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return 0, nil, err
	}
	var r response
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		for in := buf[:n]; len(in) > 0; {
			used, done, ferr := r.feed(in, func(b []byte) { body = append(body, b...) })
			if done || ferr != nil {
				return r.status, body, ferr
			}
			in = in[used:]
		}
		if err != nil {
			return r.status, body, err
		}
	}
}
