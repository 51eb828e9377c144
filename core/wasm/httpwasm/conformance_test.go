package httpwasm_test

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// conformance says, function by function, what the specification wants of a host.
// The page docs/plugins/compatibility.md is made of it.
var conformance = []struct {
	function string
	checks   []check
}{
	{"handle_request", []check{
		{what: "next=1 passes the request on", script: "q next 1 0", next: yes},
		{what: "next=0 answers 200 by default", script: "q next 0 0", next: no, answer: func(m *core.EdgeMessage) bool { return m.Status == 200 && len(m.AnswerBody) == 0 }},
		{what: "with next=0 ctx is ignored and handle_response not called", script: "q next 0 16\na ctx", next: no},
	}},
	{"handle_response", []check{
		{what: "ctx comes back", script: "q next 1 16\na ctx", logs: "ctx=16:0 "},
		{what: "isError is 1 after an error of the host", script: "q next 1 7\na ctx", fails: true, logs: "ctx=7:1 "},
		{what: "both calls of an exchange are made in one guest", script: "q calls\na calls", logs: "calls=1 \ncalls=2 "},
		{what: "one that does nothing keeps no guest waiting", guest: "header.wasm", next: yes},
	}},
	{"enable_features", []check{
		{what: "returns all that is enabled", script: "q enable_features 1\nq enable_features 2", logs: "enable_features=1 \nenable_features=3 ", buffer: true},
		{what: "what a start enables holds for every exchange", script: "i enable_features 3\nq enable_features 0", logs: "enable_features=3 \nenable_features=3 ", buffer: true},
		{what: "what a request enables holds for that request alone", script: "q enable_features 2\nq enable_features 0", logs: "enable_features=2 \nenable_features=2 ", buffer: true, twice: true},
		{what: "is too late in handle_response", script: "a enable_features 2", logs: "enable_features=0 "},
		{what: "knows no others", script: "q enable_features 15", logs: "enable_features=7 ", trails: true, buffer: true},
		{what: "trailers only where they are carried", script: "q enable_features 4", logs: "enable_features=0 "},
	}},
	{"get_config", []check{
		{what: "gives the configuration", script: "q get_config 100", logs: "get_config=16 q get_config 100"},
		{what: "writes nothing beyond the limit", script: "q get_config 15", logs: "get_config=15 q get_config 15"},
		{what: "with a limit of 0 gives the length", script: "q get_config 0", logs: "get_config=14 "},
	}},
	{"log", []check{
		{what: "logs a line", script: "q log 0 hello", logs: "hello"},
		{what: "drops level none", script: "q log 3 hello\nq log -1 debug", logs: "debug"},
		{what: "at each level, and at none that is not one", script: "q log -1 a\nq log 0 b\nq log 1 c\nq log 2 d\nq log 9 e\nq log -2 f", logs: "a\nb\nc\nd"},
	}},
	{"log_enabled", []check{
		{what: "tells what is logged", script: "q log_enabled -1\nq log_enabled 2\nq log_enabled 3", logs: "log_enabled=1 \nlog_enabled=1 \nlog_enabled=0 "},
	}},
	{"get_method", []check{
		{what: "gives the method", script: "q get_method 3\na get_method 10", logs: "get_method=3 GET\nget_method=3 GET"},
		{what: "with too small a limit gives the length alone", script: "q get_method 2", logs: "get_method=3 "},
		{what: "with a limit of 0 too", script: "q get_method 0", logs: "get_method=3 "},
		{what: "a buffer outside of the memory is a trap", script: "q wild 10", trap: "out of memory"},
	}},
	{"set_method", []check{
		{what: "sets it", script: "q set_method POST\nq get_method 9", logs: "get_method=4 POST", request: func(m *core.EdgeMessage) bool { return m.Changed && string(m.Method) == "POST" }},
		{what: "an empty one is a trap", script: "q set_method _", trap: "cannot be empty"},
		{what: "any token", script: "q set_method M-SEARCH", request: func(m *core.EdgeMessage) bool { return string(m.Method) == "M-SEARCH" }},
		{what: "what is no token is a trap", script: "q set_method A:B", trap: "not allowed there"},
		{what: "after next it is a trap", script: "a set_method POST", trap: "after next"},
	}},
	{"get_uri", []check{
		{what: "gives path and query, escaped", script: "q get_uri 90", logs: "get_uri=31 /v1.0/hi%26low?name=chip%26dale"},
		{what: "with too small a limit gives the length alone", script: "q get_uri 30\nq get_uri 0", logs: "get_uri=31 \nget_uri=31 "},
		{what: "in handle_response, too", script: "a get_uri 90", logs: "get_uri=31 /v1.0/hi%26low?name=chip%26dale"},
	}},
	{"set_uri", []check{
		{what: "sets path and query", script: "q set_uri /disney?name=chip%26dale", request: func(m *core.EdgeMessage) bool { return m.Changed && string(m.URI) == "/disney?name=chip%26dale" }},
		{what: "an empty one is /", script: "q set_uri _\nq get_uri 9", logs: "get_uri=1 /"},
		{what: "one that is no path is a trap", script: "q set_uri http://x", trap: "does not begin with /"},
		{what: "one that is not encoded is a trap", script: "q set_uri /a#b", trap: "is not encoded"},
		{what: "after next it is a trap", script: "a set_uri /", trap: "after next"},
	}},
	{"get_protocol_version", []check{
		{what: "gives it", script: "q get_protocol_version 9", logs: "get_protocol_version=8 HTTP/1.1"},
		{what: "with too small a limit gives the length alone", script: "q get_protocol_version 7\nq get_protocol_version 0", logs: "get_protocol_version=8 \nget_protocol_version=8 "},
	}},
	{"get_source_addr", []check{
		{what: "gives address and port", script: "q get_source_addr 90", logs: "get_source_addr=13 1.2.3.4:12345"},
		{what: "with too small a limit gives the length alone", script: "q get_source_addr 12\nq get_source_addr 0", logs: "get_source_addr=13 \nget_source_addr=13 "},
		{what: "of IPv6 in brackets", script: "q get_source_addr 90", source: "[fe80::101e:2bdf:8bfb:b97e]:12345", logs: "get_source_addr=33 [fe80::101e:2bdf:8bfb:b97e]:12345"},
	}},
	{"get_header_names", []check{
		{what: "gives each once, in lower case", script: "q get_header_names 0 90", logs: "get_header_names=4:28 host|accept|a-header|x-many|"},
		{what: "writes nothing beyond the limit", script: "q get_header_names 0 27", logs: "get_header_names=4:28 "},
		{what: "with a limit of 0 gives count and length", script: "q get_header_names 0 0", logs: "get_header_names=4:28 "},
		{what: "of the answer, also without buffer_response", script: "a get_header_names 1 90", logs: "get_header_names=2:24 content-type|set-cookie|", grants: "credentials"},
		{what: "of trailers", script: "i enable_features 4\nq get_header_names 2 90\na get_header_names 3 90", trails: true, logs: "enable_features=4 \nget_header_names=1:7 digest|\nget_header_names=1:10 x-trailer|"},
		{what: "of trailers that are not enabled there are none", script: "q get_header_names 2 90", trails: true, logs: "get_header_names=0 "},
		{what: "another kind is a trap", script: "q get_header_names 4 90", trap: "unsupported header kind"},
		{what: "credentials are not among them", script: "q get_header_names 0 90\na get_header_names 1 90", secret: true, logs: "get_header_names=4:28 host|accept|a-header|x-many|\nget_header_names=1:13 content-type|"},
	}},
	{"get_header_values", []check{
		{what: "finds a name in any case", script: "q get_header_values 0 A-HEADER 90\nq get_header_values 0 a-header 90", logs: "get_header_values=1:6 Value|\nget_header_values=1:6 Value|"},
		{what: "gives all values in order", script: "q get_header_values 0 x-many 90", logs: "get_header_values=2:14 value1|value2|"},
		{what: "writes nothing beyond the limit", script: "q get_header_values 0 x-many 13", logs: "get_header_values=2:14 "},
		{what: "with a limit of 0 tells whether there is one", script: "q get_header_values 0 x-many 0\nq get_header_values 0 none 0", logs: "get_header_values=2:14 \nget_header_values=0 "},
		{what: "an empty one is one", script: "q add_header_value 0 a-header _\nq get_header_values 0 a-header 90", logs: "get_header_values=2:7 Value||"},
		{what: "of trailers", script: "i enable_features 4\nq get_header_values 2 DIGEST 90\na get_header_values 3 x-trailer 90", trails: true, logs: "enable_features=4 \nget_header_values=1:2 d|\nget_header_values=1:2 t|"},
		{what: "of trailers that are not enabled there are none", script: "q get_header_values 2 digest 90", trails: true, logs: "get_header_values=0 "},
		{what: "another kind is a trap", script: "q get_header_values 4 a 90", trap: "unsupported header kind"},
		{what: "gives none where there is none", script: "q get_header_values 0 none 90", logs: "get_header_values=0 "},
		{what: "Host is one of them", script: "q get_header_values 0 host 90", logs: "get_header_values=1:12 example.com|"},
		{what: "keeps several Set-Cookie apart", script: "a get_header_values 1 Set-Cookie 90", grants: "credentials", logs: "get_header_values=2:8 a=b|c=d|"},
		{what: "an empty name is a trap", script: "q get_header_values 0 _ 90", trap: "cannot be empty"},
		{what: "credentials are not shown", script: "q get_header_values 0 Authorization 90\nq get_header_values 0 x-api-key 90", secret: true, logs: "get_header_values=0 \nget_header_values=0 "},
		{what: "unless that is granted", script: "q get_header_values 0 Authorization 90", secret: true, grants: "credentials", logs: "get_header_values=1:9 Bearer-s|"},
	}},
	{"set_header_value", []check{
		{what: "replaces all values", script: "q set_header_value 0 X-Many v", request: field(request, "x-many", "v")},
		{what: "adds one that is new", script: "q set_header_value 0 new v", request: field(request, "new", "v")},
		{what: "an empty value is one", script: "q set_header_value 0 x-many _", request: field(request, "x-many", "")},
		{what: "of the answer before next, beside its own", script: "q set_header_value 1 new v", request: field(answer, "new", "v")},
		{what: "of the answer in handle_response", script: "q enable_features 2\na set_header_value 1 set-cookie v", logs: "enable_features=2 ", buffer: true, answer: field(answer, "set-cookie", "v")},
		{what: "of the answer without buffer_response is a trap", script: "a set_header_value 1 a b", trap: "unless buffer_response is enabled"},
		{what: "of the request after next is a trap", script: "a set_header_value 0 a b", trap: "after next"},
		{what: "of trailers", script: "q enable_features 6\nq set_header_value 2 digest v\na set_header_value 3 x-trailer w", trails: true, buffer: true, logs: "enable_features=6 ", answer: field(trailers, "x-trailer", "w")},
		{what: "of trailers that are not carried is a trap", script: "q enable_features 4\nq set_header_value 2 digest v", trap: "trailers are not enabled"},
		{what: "of trailers that are not enabled is a trap", script: "q set_header_value 2 digest v", trails: true, trap: "trailers are not enabled"},
		{what: "of the answer's trailers without buffer_response is a trap", script: "i enable_features 4\na set_header_value 3 a b", trails: true, trap: "unless buffer_response is enabled"},
		{what: "of the request's trailers after next is a trap", script: "i enable_features 4\na set_header_value 2 a b", trails: true, trap: "after next"},
		{what: "what no trailer may be is a trap", script: "i enable_features 4\nq set_header_value 2 Content-Type b", trails: true, trap: "cannot be a trailer"},
		{what: "credentials are no trailers either", script: "i enable_features 4\nq set_header_value 2 X-Api-Key b", trails: true, trap: `must grant the capability "credentials"`},
		{what: "an empty name is a trap", script: "q set_header_value 0 _ v", trap: "cannot be empty"},
		{what: "another kind is a trap", script: "q set_header_value 4 a b", trap: "unsupported header kind"},
		{what: "a name or value that would break the message is a trap", script: "q set_header_value 0 a:b c", trap: "not allowed there"},
		{what: "framing stays the host's", script: "q set_header_value 0 Content-Length 99", request: field(request, "content-length")},
		{what: "credentials are not set", script: "q set_header_value 0 Authorization b", trap: `must grant the capability "credentials"`},
	}},
	{"add_header_value", []check{
		{what: "adds to what is there", script: "q add_header_value 0 x-many v", request: field(request, "x-many", "value1", "value2", "v")},
		{what: "adds one that is new", script: "q add_header_value 0 new v", request: field(request, "new", "v")},
		{what: "of trailers", script: "i enable_features 6\nq add_header_value 2 digest v\nq get_header_values 2 digest 90\na add_header_value 3 x-trailer w", trails: true, buffer: true, logs: "enable_features=6 \nget_header_values=2:4 d|v|", answer: field(trailers, "x-trailer", "t", "w")},
		{what: "another kind is a trap", script: "q add_header_value 4 a b", trap: "unsupported header kind"},
		{what: "of the answer", script: "q enable_features 2\na add_header_value 1 Set-Cookie e=f", logs: "enable_features=2 ", buffer: true, answer: field(answer, "set-cookie", "a=b", "c=d", "e=f")},
		{what: "of the request after next is a trap", script: "a add_header_value 0 a b", trap: "after next"},
	}},
	{"remove_header", []check{
		{what: "removes all values", script: "q remove_header 0 X-MANY", request: field(request, "x-many")},
		{what: "what is not there changes nothing", script: "q remove_header 0 none", request: func(m *core.EdgeMessage) bool { return !m.Changed }},
		{what: "of trailers", script: "i enable_features 6\nq remove_header 2 DIGEST\nq get_header_names 2 90\na remove_header 3 x-trailer", trails: true, buffer: true, logs: "enable_features=6 \nget_header_names=0 ", answer: field(trailers, "x-trailer")},
		{what: "of trailers that are not enabled is a trap", script: "q remove_header 2 digest", trails: true, trap: "trailers are not enabled"},
		{what: "another kind is a trap", script: "q remove_header 4 a", trap: "unsupported header kind"},
		{what: "of the answer", script: "q enable_features 2\na remove_header 1 set-cookie", logs: "enable_features=2 ", buffer: true, answer: field(answer, "set-cookie")},
		{what: "of the request after next is a trap", script: "a remove_header 0 accept", trap: "after next"},
	}},
	{"read_body", []check{
		{what: "gives what is left, and its end", script: "q read_body 0 4\nq read_body 0 90\nq read_body 0 90", logs: "read_body=4 requ\nread_body=1:3 est\nread_body=1:0 "},
		{what: "an end that fits exactly is one", script: "q read_body 0 7", logs: "read_body=1:7 request"},
		{what: "leaves the body to the next handler", script: "q read_body 0 90", logs: "read_body=1:7 request", request: func(m *core.EdgeMessage) bool { return string(m.Body) == "request" && !m.Changed }},
		{what: "of the request after next, with buffer_request", script: "i enable_features 1\nq read_body 0 4\na read_body 0 90", logs: "enable_features=1 \nread_body=4 requ\nread_body=1:3 est"},
		{what: "of the request after next without it is a trap", script: "a read_body 0 90", trap: "unless buffer_request is enabled"},
		{what: "of the answer, with buffer_response", script: "i enable_features 2\na read_body 1 90", logs: "enable_features=2 \nread_body=1:6 answer", buffer: true},
		{what: "of the answer without it is a trap", script: "a read_body 1 90", trap: "unless buffer_response is enabled"},
		{what: "a limit of 0 is a trap", script: "q read_body 0 0", trap: "buf_limit==0"},
		{what: "another kind is a trap", script: "q read_body 2 9", trap: "unsupported body kind"},
	}},
	{"write_body", []check{
		{what: "the first call replaces, the next ones add", script: "q write_body 0 one\nq write_body 0 two", request: func(m *core.EdgeMessage) bool { return m.BodyChanged && string(m.Body) == "onetwo" }},
		{what: "Content-Length follows", script: "q write_body 0 four", request: field(request, "content-length", "4")},
		{what: "an empty one replaces by nothing", script: "q write_body 0 _", request: func(m *core.EdgeMessage) bool { return m.BodyChanged && len(m.Body) == 0 }},
		{what: "what was written can be read", script: "q write_body 0 other\nq read_body 0 90", logs: "read_body=1:5 other"},
		{what: "of an own answer", script: "q set_status_code 401\nq write_body 1 no\nq write_body 1 way\nq next 0", next: no, answer: func(m *core.EdgeMessage) bool { return m.Status == 401 && string(m.AnswerBody) == "noway" }},
		{what: "of the answer, with buffer_response", script: "i enable_features 2\na write_body 1 other", logs: "enable_features=2 ", buffer: true, answer: func(m *core.EdgeMessage) bool { return string(m.AnswerBody) == "other" }},
		{what: "of the answer without it is a trap", script: "a write_body 1 other", trap: "unless buffer_response is enabled"},
		{what: "of the request after next is a trap", script: "a write_body 0 other", trap: "after next"},
		{what: "another kind is a trap", script: "q write_body 2 a", trap: "unsupported body kind"},
		{what: "beyond the bound is a trap", script: strings.Repeat("q write_body 0 "+strings.Repeat("x", 500)+"\n", 3), trap: "larger than 1024"},
	}},
	{"get_status_code", []check{
		{what: "is 200 before there is one", script: "q get_status_code", logs: "get_status_code=200 "},
		{what: "of the answer, with buffer_response", script: "i enable_features 2\na get_status_code", logs: "enable_features=2 \nget_status_code=203 ", buffer: true},
		{what: "of the answer without it is a trap", script: "a get_status_code", trap: "unless buffer_response is enabled"},
	}},
	{"set_status_code", []check{
		{what: "of an own answer", script: "q set_status_code 404\nq get_status_code\nq next 0", next: no, logs: "get_status_code=404 ", answer: func(m *core.EdgeMessage) bool { return m.Status == 404 }},
		{what: "of the answer, with buffer_response", script: "i enable_features 2\na set_status_code 500", logs: "enable_features=2 ", buffer: true, answer: func(m *core.EdgeMessage) bool { return m.Status == 500 }},
		{what: "of the answer without it is a trap", script: "a set_status_code 500", trap: "unless buffer_response is enabled"},
		{what: "one that is none is a trap", script: "q set_status_code 99", trap: "none of 200 to 599"},
		{what: "an interim one is a trap", script: "q set_status_code 103", trap: "none of 200 to 599"},
		{what: "beyond 599 is a trap", script: "q set_status_code 600", trap: "none of 200 to 599"},
		{what: "one whose answers have no body", script: "q set_status_code 204\nq next 0", next: no, answer: func(m *core.EdgeMessage) bool { return m.Status == 204 }},
	}},
}

// check is one exchange with a guest that does what a script says, see
// testdata/probe.c.
type check struct {
	what, script string
	guest        string // another guest
	grants       string
	source       string // the client's address; "" for the usual one
	secret       bool   // the request has credentials
	trails       bool   // trailers are carried
	fails        bool   // the next handler does
	twice        bool   // the exchange is made twice, alike

	next    *bool
	buffer  bool // the answer is to be collected
	logs    string
	trap    string
	request func(*core.EdgeMessage) bool // as it goes on
	answer  func(*core.EdgeMessage) bool // at the end
}

var yes, no = new(true), new(false)

const (
	request = iota
	answer
	trailers
)

// field wants a header field to have these values and no others.
func field(of int, name string, want ...string) func(*core.EdgeMessage) bool {
	return func(m *core.EdgeMessage) bool {
		f := [...]core.EdgeFields{request: m.Fields, answer: m.AnswerFields, trailers: m.AnswerTrailers}[of]
		var got []string
		for i := range f {
			if strings.EqualFold(string(f[i].Name), name) {
				got = append(got, string(f[i].Value))
			}
		}
		return slices.Equal(got, want)
	}
}

// message is the request of every check.
func message(c *check) *core.EdgeMessage {
	m := &core.EdgeMessage{
		Method: []byte("GET"), URI: []byte("/v1.0/hi%26low?name=chip%26dale"), Protocol: "HTTP/1.1", Source: &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 12345},
		Body: []byte("request"), CanTrail: c.trails, MaxBody: 1024, MaxAnswer: 1024,
	}
	add(&m.Fields, "Host", "example.com", "Accept", "*/*", "A-Header", "Value", "X-Many", "value1", "x-many", "value2")
	add(&m.Trailers, "Digest", "d")
	if c.source != "" {
		m.Source = net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.source))
	}
	if c.secret {
		add(&m.Fields, "Authorization", "Bearer-s", "X-Api-Key", "s", "Cookie", "s", "x-goog-api-key", "s", "Proxy-Authorization", "s")
	}
	return m
}

func add(f *core.EdgeFields, pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		f.Add([]byte(pairs[i]), []byte(pairs[i+1]))
	}
}

// answered is what the next handler makes.
func answered(m *core.EdgeMessage) {
	m.Status, m.AnswerBody = 203, []byte("answer")
	add(&m.AnswerFields, "Content-Type", "text/plain", "Set-Cookie", "a=b", "Set-Cookie", "c=d")
	add(&m.AnswerTrailers, "X-Trailer", "t")
}

func TestConformance(t *testing.T) {
	for _, f := range conformance {
		for i := range f.checks {
			t.Run(f.function+"/"+f.checks[i].what, func(t *testing.T) { f.checks[i].run(t) })
		}
	}
}

func (c *check) run(t *testing.T) {
	t.Helper()
	guest := "probe.wasm"
	if c.guest != "" {
		guest = c.guest
	}
	var logs []string
	o := httpwasm.Options{Config: []byte(c.script), Log: func(l wasm.LogLine) { logs = append(logs, l.Text) }}
	if c.grants != "" {
		o.Grants = []string{c.grants}
	}
	filter := open(t, guest, o)
	times := 1
	if c.twice {
		times = 2
	}
	started := logs
	for range times {
		logs = slices.Clone(started)
		c.exchange(t, filter)
		if got := strings.Join(logs, "\n"); c.trap == "" && strings.TrimSpace(got) != strings.TrimSpace(c.logs) {
			t.Errorf("it logged\n%s\nwant\n%s", got, c.logs)
		}
	}
}

func (c *check) exchange(t *testing.T, filter *httpwasm.Filter) {
	t.Helper()
	m := message(c)
	turn, err := filter.Request(m)
	if err == nil {
		defer turn.Close()
		if c.next != nil && turn.Next() != *c.next {
			t.Errorf("next is %v", turn.Next())
		}
		if c.request != nil && !c.request(m) {
			t.Errorf("what goes on is %s %s %q with %q", m.Method, m.URI, m.Fields, m.Body)
		}
		if m.Buffer != c.buffer && c.trap == "" {
			t.Errorf("the answer is to be collected: %v", m.Buffer)
		}
		if turn.Next() {
			if answered(m); turn.Waits() {
				err = turn.Answer(m, c.fails)
			}
		}
	}
	switch {
	case c.trap == "" && err != nil:
		t.Fatal(err)
	case c.trap != "" && (err == nil || !strings.Contains(err.Error(), c.trap)):
		t.Fatalf("the error is %v, want %q", err, c.trap)
	case c.answer != nil && !c.answer(m):
		t.Errorf("the answer is %d %q %q %q", m.Status, m.AnswerFields, m.AnswerTrailers, m.AnswerBody)
	}
}
