package mock

import (
	"maps"
	"net/http"
	"time"
)

// Count is what one credential or one scenario has used.
type Count struct {
	Requests         int64 `json:"requests"`
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
}

// Stats is a consistent snapshot of what a server has done since it started or
// was reset. Requests under /__mock/ are not in it. Every request ends in
// exactly one of Finished, Cancelled and Cut.
type Stats struct {
	Requests    int64         `json:"requests"`     // heads and bodies read whole
	InFlight    int64         `json:"in_flight"`    // not yet ended
	Finished    int64         `json:"finished"`     // answered to the last byte
	Cancelled   int64         `json:"cancelled"`    // the peer left before the last byte
	Cut         int64         `json:"cut"`          // the mock itself broke the answer off
	BadRequests int64         `json:"bad_requests"` // not HTTP, or over a limit; not in Requests
	ByStatus    map[int]int64 `json:"by_status"`    // final status lines sent, well-formed requests

	StreamsOpened    int64 `json:"streams_opened"`
	StreamsFinished  int64 `json:"streams_finished"`
	StreamsCancelled int64 `json:"streams_cancelled"`
	StreamsCut       int64 `json:"streams_cut"`
	Events           int64 `json:"events"` // SSE events handed to the network, [DONE] included

	// PromptTokens and CompletionTokens are what was served, told or not: of a
	// stream the prompt with its first event and each content chunk as it was
	// handed to the network; of a whole answer both, once its true body was sent.
	// Reported* count only answers whose final usage a correct client could
	// read: sent whole, true, in sound framing.
	PromptTokens             int64 `json:"prompt_tokens"`
	CompletionTokens         int64 `json:"completion_tokens"`
	ReportedAnswers          int64 `json:"reported_answers"`
	ReportedPromptTokens     int64 `json:"reported_prompt_tokens"`
	ReportedCompletionTokens int64 `json:"reported_completion_tokens"`

	ConnectionsOpen     int64 `json:"connections_open"`     // without those that only asked for /__mock/
	ConnectionsAccepted int64 `json:"connections_accepted"` // all
	TLSFailures         int64 `json:"tls_failures"`         // handshakes that did not end well

	// LastCancelled is when the latest Cancelled was noticed; in-process it
	// carries the monotonic clock. Zero when there was none.
	LastCancelled time.Time `json:"last_cancelled"`

	// Credentials and Scenarios count by the credential as received and by the
	// scenario as given ("default" for none, credential and header joined by
	// " | "). Beyond 10,000 names the rest is counted as "(other)".
	Credentials map[string]Count `json:"credentials"`
	Scenarios   map[string]Count `json:"scenarios"`
}

// Outcome is how an answer ended.
type Outcome string

// Outcomes of a request.
const (
	Pending   Outcome = "pending"
	Finished  Outcome = "finished"
	Cancelled Outcome = "cancelled"
	Cut       Outcome = "cut"
)

// Request is what the mock remembers of one request. It is a copy.
type Request struct {
	Number     int64       `json:"number"` // 1 for the first since start or reset
	Connection int64       `json:"connection"`
	Method     string      `json:"method"`
	Target     string      `json:"target"`
	Header     http.Header `json:"-"` // canonical names
	Head       string      `json:"head"`
	Body       []byte      `json:"body"` // decoded from chunks; base64 in JSON
	Credential string      `json:"credential"`
	Scenario   string      `json:"scenario"`
	Stream     bool        `json:"stream"`

	Received time.Time `json:"received"` // the whole request was read
	Ended    time.Time `json:"ended"`    // zero while pending
	Outcome  Outcome   `json:"outcome"`
	Status   int       `json:"status"` // 0 when no head was sent
	Events   int64     `json:"events"`

	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
}

const (
	maxNames     = 10_000
	maxKeptBytes = 64 << 20
	otherName    = "(other)"
)

// exchange is one request and its answer, as the books see them.
type exchange struct {
	number, nth int64
	generation  uint64
	cred, scen  *Count
	kept        *Request
	stream      bool
	prompt      int64 // what the prompt costs
	served      bool  // the prompt has been counted
	completion  int64
	pending     bool
}

// update runs f under the lock and wakes those who wait.
func (s *Server) update(f func(*Stats)) {
	s.mu.Lock()
	f(&s.stats)
	s.changed()
	s.mu.Unlock()
}

// changed wakes the waiters; s.mu must be held.
func (s *Server) changed() {
	if s.waiters > 0 {
		s.cond.Broadcast()
	}
}

// begin enters a request into the books.
func (s *Server) begin(x *exchange, credential, scenario []byte, kept *Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Requests++
	s.stats.InFlight++
	*x = exchange{number: s.stats.Requests, generation: s.generation, pending: true, kept: kept}
	x.cred = count(s.credentials, credential)
	x.scen = count(s.scenarios, scenario)
	x.nth = x.scen.Requests
	x.cred.Requests++
	x.scen.Requests++
	if kept != nil {
		kept.Number = x.number
		s.keep(kept)
	}
	s.changed()
}

func count(m map[string]*Count, name []byte) *Count {
	c, ok := m[string(name)]
	if !ok && len(m) >= maxNames {
		name = []byte(otherName)
		c, ok = m[otherName]
	}
	if !ok {
		c = new(Count)
		m[string(name)] = c
	}
	return c
}

// keep remembers r and forgets the oldest beyond the bounds; s.mu is held.
func (s *Server) keep(r *Request) {
	s.kept = append(s.kept, r)
	s.keptBytes += len(r.Head) + len(r.Body)
	for len(s.kept) > s.config.Keep || s.keptBytes > maxKeptBytes && len(s.kept) > 1 {
		s.keptBytes -= len(s.kept[0].Head) + len(s.kept[0].Body)
		s.kept[0] = nil
		s.kept = s.kept[1:]
	}
}

// live tells whether x still counts: a reset forgets what was in flight. s.mu
// is held.
func (s *Server) live(x *exchange) bool { return x.pending && x.generation == s.generation }

// headSent books the status line of an answer.
func (s *Server) headSent(x *exchange, status int, stream bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live(x) {
		return
	}
	s.stats.ByStatus[status]++
	x.stream = stream
	if stream {
		s.stats.StreamsOpened++
	}
	if x.kept != nil {
		x.kept.Status, x.kept.Stream = status, stream
	}
	s.changed()
}

// pending is what a write carries that the books want to know.
type pending struct {
	events, tokens int64
	usage          bool // the final usage, readable
	any            bool
}

// bodySent books what the network has taken, and with the first of it the
// prompt.
func (s *Server) bodySent(x *exchange, p pending) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live(x) {
		return
	}
	prompt := int64(0)
	if !x.served {
		prompt, x.served = x.prompt, true
	}
	x.completion += p.tokens
	s.stats.Events += p.events
	s.stats.PromptTokens += prompt
	s.stats.CompletionTokens += p.tokens
	for _, c := range [...]*Count{x.cred, x.scen} {
		c.PromptTokens += prompt
		c.CompletionTokens += p.tokens
	}
	if p.usage {
		s.stats.ReportedAnswers++
		s.stats.ReportedPromptTokens += x.prompt
		s.stats.ReportedCompletionTokens += x.completion
	}
	if x.kept != nil {
		x.kept.Events += p.events
		x.kept.PromptTokens += prompt
		x.kept.CompletionTokens += p.tokens
	}
	s.changed()
}

// end closes the books of a request.
func (s *Server) end(x *exchange, o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live(x) {
		return
	}
	x.pending = false
	s.stats.InFlight--
	stream := int64(0)
	if x.stream {
		stream = 1
	}
	switch o {
	case Finished:
		s.stats.Finished++
		s.stats.StreamsFinished += stream
	case Cut:
		s.stats.Cut++
		s.stats.StreamsCut += stream
	default:
		s.stats.Cancelled++
		s.stats.StreamsCancelled += stream
		s.stats.LastCancelled = time.Now()
	}
	if x.kept != nil {
		x.kept.Outcome, x.kept.Ended = o, time.Now()
	}
	s.changed()
}

// Stats returns a snapshot.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshot()
}

func (s *Server) snapshot() Stats {
	st := s.stats
	st.ByStatus = maps.Clone(st.ByStatus)
	st.Credentials = values(s.credentials)
	st.Scenarios = values(s.scenarios)
	return st
}

func values(m map[string]*Count) map[string]Count {
	out := make(map[string]Count, len(m))
	for name, c := range m {
		out[name] = *c
	}
	return out
}

// Wait returns true as soon as ok holds for the stats, or false when timeout
// has passed or the server has been closed first. It does not poll: ok runs
// once at the start and once after every change, on the caller's goroutine and
// under the server's lock, so it must be quick and must not call the server.
func (s *Server) Wait(ok func(Stats) bool, timeout time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiters++
	defer func() { s.waiters-- }()
	expired := false
	timer := time.AfterFunc(timeout, func() {
		s.mu.Lock()
		expired = true
		s.cond.Broadcast()
		s.mu.Unlock()
	})
	defer timer.Stop()
	for {
		if ok(s.snapshot()) {
			return true
		}
		if expired || s.closed {
			return false
		}
		s.cond.Wait()
	}
}

// Settle waits until no answer is in flight and returns the stats then. A client
// may see the last byte of an answer a moment before the books do, so a test
// that compares sums settles first. false: the timeout passed, the stats are
// those of that moment.
func (s *Server) Settle(timeout time.Duration) (Stats, bool) {
	var last Stats
	ok := s.Wait(func(st Stats) bool {
		last = st
		return st.InFlight == 0
	}, timeout)
	return last, ok
}

// Requests returns copies of the requests that the server remembers, oldest
// first, pending ones included.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.kept))
	for i, r := range s.kept {
		out[i] = *r
	}
	return out
}

// Reset forgets all counts and requests. Open connections stay counted;
// answers in flight go on but are no longer in the books.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	s.stats = Stats{ByStatus: map[int]int64{}, ConnectionsOpen: s.stats.ConnectionsOpen}
	clear(s.credentials)
	clear(s.scenarios)
	s.kept, s.keptBytes = nil, 0
	s.changed()
}
