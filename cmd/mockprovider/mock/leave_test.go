package mock

import (
	"net"
	"strings"
	"testing"
	"time"
)

// TestPeerThatLeaves is noticed in every kind of wait, plain and with TLS, also
// when it leaves unread pipelined bytes behind.
func TestPeerThatLeaves(t *testing.T) {
	for _, mode := range []TLSMode{TLSOff, TLSValid} {
		s := start(t, Config{TLS: mode})
		for _, tc := range []struct {
			name, scenario string
			stream         bool
			ready          func(Stats) bool
		}{
			{"before the head", "latency=1h", false, func(st Stats) bool { return st.InFlight == 1 }},
			{"never answered", "fault=hang", true, func(st Stats) bool { return st.InFlight == 1 }},
			{"before the first event", "ttft=1h", true, func(st Stats) bool { return st.StreamsOpened == 1 }},
			{"between events", "pace=1h", true, func(st Stats) bool { return st.Events == 2 }},
			{"silent stream", "fault=silence,after=4", true, func(st Stats) bool { return st.Events == 4 }},
			{"silent body", "fault=silence,after=4", false, func(st Stats) bool { return st.ByStatus[200] == 1 }},
			{"endless stream", "fault=endless", true, func(st Stats) bool { return st.Events > 100 }},
			{"endless paced stream", "fault=endless,pace=1ms,cut=random", true, func(st Stats) bool { return st.Events > 20 }},
			{"endless body", "fault=endless", false, func(st Stats) bool { return st.ByStatus[200] == 1 }},
			{"slow body", "fault=slow-body,pace=1h", false, func(st Stats) bool { return st.ByStatus[200] == 1 }},
			{"slow head", "fault=slow-head,pace=1h", false, func(st Stats) bool { return st.InFlight == 1 }},
		} {
			t.Run(string(mode)+" "+tc.name, func(t *testing.T) {
				for _, unread := range []string{"", "GET /v1/models"} {
					s.Reset()
					c := dial(t, s)
					c.chat(tc.scenario, tc.stream)
					c.send(unread)
					wait(t, s, "the wait", tc.ready)
					left := time.Now()
					_ = c.nc.Close()
					st := wait(t, s, "the cancellation", func(st Stats) bool { return st.Cancelled == 1 })
					equal(t, "in flight", st.InFlight, 0)
					equal(t, "finished", st.Finished+st.Cut, 0)
					if st.LastCancelled.Before(left) {
						t.Error("cancelled before the client left")
					}
					r := s.Requests()[0]
					equal(t, "outcome", r.Outcome, Cancelled)
					equal(t, "ended", r.Ended.IsZero(), false)
					if st.StreamsOpened != st.StreamsCancelled {
						t.Errorf("streams: %d opened, %d cancelled", st.StreamsOpened, st.StreamsCancelled)
					}
				}
			})
		}
		wait(t, s, "all connections closed", func(st Stats) bool { return st.ConnectionsOpen == 0 })
	}
}

func TestHalfClosedPeerHasLeft(t *testing.T) {
	s := start(t, Config{Scenario: "latency=1h"})
	c := dial(t, s)
	c.chat("", false)
	wait(t, s, "the request", func(st Stats) bool { return st.InFlight == 1 })
	_ = c.nc.(*net.TCPConn).CloseWrite()
	wait(t, s, "the cancellation", func(st Stats) bool { return st.Cancelled == 1 })
}

func TestPartialTokens(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	c.chat("chunks=10,size=80,fault=silence,after=4", true)
	st := wait(t, s, "4 events", func(st Stats) bool { return st.Events == 4 })
	equal(t, "completion", st.CompletionTokens, 3*2)
	equal(t, "prompt", st.PromptTokens, 11)
	equal(t, "reported", st.ReportedAnswers, 0)
	equal(t, "scenario", st.Scenarios["chunks=10,size=80,fault=silence,after=4"].CompletionTokens, 6)
	equal(t, "credential", st.Credentials["(none)"].PromptTokens, 11)
}

func TestCloseEndsEveryWait(t *testing.T) {
	s := start(t, Config{})
	for _, scenario := range []string{"latency=1h", "fault=hang", "pace=1h", "fault=endless"} {
		dial(t, s).chat(scenario, true)
	}
	blocked := dial(t, s) // reads ahead to the limit, then sleeps without watching
	blocked.chat("fault=hang", true)
	blocked.send(strings.Repeat("x", 2*maxPipelined))
	dial(t, s) // idle
	wait(t, s, "5 requests", func(st Stats) bool { return st.InFlight == 5 && st.ConnectionsOpen == 6 })
	never := make(chan bool)
	go func() { never <- s.Wait(func(st Stats) bool { return st.Requests > 5 }, time.Hour) }()
	s.Close()
	s.Close()
	equal(t, "waiter", <-never, false)
	equal(t, "in flight", s.Stats().InFlight, 0)
	equal(t, "open", s.Stats().ConnectionsOpen, 0)
	if _, err := net.Dial("tcp", s.Addr()); err == nil {
		t.Error("still listening")
	}
	if s.Accept() == nil {
		t.Error("a closed server accepts again")
	}
}

func TestPaceKeepsItsSchedule(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	begin := time.Now()
	c.chat("latency=20ms,ttft=20ms,chunks=5,pace=10ms", true)
	c.good()
	if d := time.Since(begin); d < 80*time.Millisecond {
		t.Errorf("done after %s, promised at least 80ms", d)
	}
}
