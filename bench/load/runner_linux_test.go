package load

import (
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	wholeBody  = `{"model":"m","messages":[{"role":"user","content":"hi"}]}`
	streamBody = `{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]}`
)

func startMock(t *testing.T, scenario string) (*mock.Server, string) {
	t.Helper()
	s, err := mock.Start(mock.Config{Scenario: scenario, Keep: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, strings.TrimPrefix(s.URL(), "http://")
}

// drive runs plan until the mock has seen count requests.
func drive(t *testing.T, s *mock.Server, plan Plan, count int64) *Result {
	t.Helper()
	r, err := Start(plan)
	if err != nil {
		t.Fatal(err)
	}
	r.Record(true)
	if !s.Wait(func(st mock.Stats) bool { return st.Requests >= count }, 20*time.Second) {
		t.Error("the requests did not come")
	}
	return r.Drain(20 * time.Second)
}

func TestClosedLoop(t *testing.T) {
	s, addr := startMock(t, "")
	got := drive(t, s, Plan{Addr: addr, Request: Post(addr, "/v1/chat/completions", wholeBody, "Authorization: Bearer x"), Connections: 8}, 1000)
	if got.Failed != 0 || got.Done < 1000 || got.Done != got.Sent {
		t.Fatalf("sent %d, done %d, failed %d: %s", got.Sent, got.Done, got.Failed, got.Error)
	}
	if st, _ := s.Settle(10 * time.Second); st.Finished != got.Done || st.ConnectionsAccepted != 8 {
		t.Errorf("the mock finished %d over %d connections, the load counts %d", st.Finished, st.ConnectionsAccepted, got.Done)
	}
	if got.Latency.Count() == 0 || got.Latency.Quantile(0.5) <= 0 || got.First.Quantile(0.5) > got.Latency.Quantile(1) {
		t.Errorf("latencies: %d, p50 %v, first p50 %v", got.Latency.Count(), got.Latency.Quantile(0.5), got.First.Quantile(0.5))
	}
}

func TestLargeRequestsArriveWhole(t *testing.T) {
	s, addr := startMock(t, "size=100000")
	body := `{"model":"m","messages":["` + strings.Repeat("x", 4<<20) + `"]}`
	got := drive(t, s, Plan{Addr: addr, Request: Post(addr, "/v1/chat/completions", body), Connections: 3, Limit: 7}, 7)
	st, _ := s.Settle(10 * time.Second)
	if got.Failed != 0 || got.Done != 7 || st.PromptTokens != 7*((4<<20+4+3)/4) {
		t.Fatalf("done %d, failed %d (%s), %d prompt tokens", got.Done, got.Failed, got.Error, st.PromptTokens)
	}
}

func TestOpenLoopDoesNotWaitForAnswers(t *testing.T) {
	s, addr := startMock(t, "fault=silence,after=-1")
	r, err := Start(Plan{Addr: addr, Request: Post(addr, "/v1/chat/completions", wholeBody), Connections: 1, Rate: 1000, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Wait(func(st mock.Stats) bool { return st.InFlight == 50 }, 20*time.Second) {
		t.Errorf("%d requests are in flight, want 50", s.Stats().InFlight)
	}
	got := r.Drain(0)
	if got.Sent != 50 || got.Failed != 50 || !strings.Contains(got.Error, "no answer in time") {
		t.Errorf("sent %d, failed %d, %q", got.Sent, got.Failed, got.Error)
	}
}

func TestStreams(t *testing.T) {
	s, addr := startMock(t, "chunks=20,pace=1ms,stamp=1,cut=random")
	got := drive(t, s, Plan{Addr: addr, Request: Post(addr, "/v1/chat/completions", streamBody), Rate: 2000, Limit: 40, Stream: true}, 40)
	if got.Failed != 0 || got.Done != 40 || got.Stamps != 40*20 {
		t.Fatalf("done %d, failed %d (%s), %d stamps", got.Done, got.Failed, got.Error, got.Stamps)
	}
	if got.Delay.Count() == 0 || got.Delay.Quantile(0.5) > 10*time.Second {
		t.Errorf("%d delays, p50 %v", got.Delay.Count(), got.Delay.Quantile(0.5))
	}
}

func TestFailuresCount(t *testing.T) {
	for scenario, want := range map[string]string{
		"status=429":          "status 429: {",
		"fault=fin":           "closed before the end",
		"fault=rst":           "read: connection reset",
		"fault=garbage":       "not an HTTP/1.1 answer",
		"fault=cl-short":      "after the end of the answer",
		"fault=end,after=2":   "without [DONE]",
		"fault=close,after=2": "closed before the end",
		"fault=error-event":   "without [DONE]",
	} {
		t.Run(scenario, func(t *testing.T) {
			s, addr := startMock(t, scenario)
			body, stream := wholeBody, strings.Contains(scenario, "after=2") || strings.Contains(scenario, "event")
			if stream {
				body = streamBody
			}
			got := drive(t, s, Plan{Addr: addr, Request: Post(addr, "/v1/chat/completions", body), Connections: 1, Limit: 3, Stream: stream}, 3)
			if got.Failed != 3 || got.Done != 0 || !strings.Contains(got.Error, want) {
				t.Errorf("done %d, failed %d, error %q, want 3 times %q", got.Done, got.Failed, got.Error, want)
			}
		})
	}
}

func TestFailuresEndARun(t *testing.T) {
	s, addr := startMock(t, "status=500")
	got := drive(t, s, Plan{Addr: addr, Request: Post(addr, "/v1/chat/completions", wholeBody), Connections: 4}, maxFailures)
	if got.Failed < maxFailures || got.Failed > maxFailures+4 {
		t.Errorf("%d failures, want an end at %d", got.Failed, maxFailures)
	}
}

func TestPlansAreChecked(t *testing.T) {
	ok := []byte("x")
	for want, plan := range map[string]Plan{
		"no request":    {Addr: "127.0.0.1:1", Connections: 1},
		"connections":   {Addr: "127.0.0.1:1", Request: ok, Connections: -1},
		"rate":          {Addr: "127.0.0.1:1", Request: ok, Connections: 1, Rate: -1},
		"closed loop":   {Addr: "127.0.0.1:1", Request: ok},
		"IPv4 address":  {Addr: "localhost:1", Request: ok, Connections: 1},
		"connect: conn": {Addr: closedAddr(t), Request: ok, Connections: 1},
	} {
		if _, err := Start(plan); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestOnce(t *testing.T) {
	_, addr := startMock(t, "size=200000")
	status, body, err := Once(addr, Post(addr, "/v1/chat/completions", wholeBody), 10*time.Second)
	if err != nil || status != 200 || len(body) < 200_000 {
		t.Errorf("status %d, %d bytes, %v", status, len(body), err)
	}
	if _, _, err := Once(closedAddr(t), nil, time.Second); err == nil {
		t.Error("nobody listens, and no error")
	}
}

// closedAddr is a local address at which nobody listens.
func closedAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
