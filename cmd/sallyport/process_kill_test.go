package main

import (
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestProcessKill is F49 for the whole process: the gateway is killed in the
// middle of its work, again and again. No row of an answered request may be lost
// or doubled.
func TestProcessKill(t *testing.T) {
	kills := 200
	if testing.Short() {
		kills = 5
	}
	m := startMock(t, "chunks=4")
	dir := processDir(t, m, "")
	answered := map[string]bool{} // request ids; true: streamed
	var mu sync.Mutex
	var slowest time.Duration
	random := rand.New(rand.NewPCG(1, 2))
	for range kills {
		start := time.Now()
		p := startProcess(t, dir)
		slowest = max(slowest, time.Since(start))
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for {
					more, end := "", "}"
					if i%2 == 1 {
						more, end = `,"stream":true`, "data: [DONE]"
					}
					a := p.chat(more)
					if a.header == nil || !strings.Contains(a.body, end) {
						return // killed
					}
					if a.status != 200 {
						t.Errorf("answer: %+v", a)
						return
					}
					mu.Lock()
					answered[a.header.Get("X-Request-Id")] = i%2 == 1
					mu.Unlock()
					if a.err != nil {
						return
					}
				}
			})
		}
		kill := time.NewTimer(time.Duration(5+random.IntN(120)) * time.Millisecond)
		<-kill.C
		p.signal(syscall.SIGKILL)
		<-p.exited
		wg.Wait()
		p.client.CloseIdleConnections()
	}
	startProcess(t, dir).stop() // recovers what the last one left
	rows := map[string]string{}
	interrupted := 0
	for _, r := range ledgerRows(t, dir) {
		if _, ok := rows[r.RequestID]; ok {
			t.Errorf("two rows of %s", r.RequestID)
		}
		rows[r.RequestID] = r.End
		if r.End == "interrupted" {
			interrupted++
			if !r.Estimated {
				t.Errorf("an interrupted row that is not estimated: %+v", r)
			}
		} else if r.End == "completed" && !r.Reported {
			t.Errorf("a completed row without what the provider reported: %+v", r)
		}
	}
	for id, stream := range answered {
		// A stream's last byte leaves before its row is closed; then the open
		// record stands for it.
		if end, ok := rows[id]; !ok || end != "completed" && (!stream || end != "interrupted") {
			t.Errorf("the answered request %s has the row %q", id, end)
		}
	}
	if len(answered) == 0 {
		t.Error("nothing was answered, so nothing is proved")
	}
	t.Logf("%d kills: %d answers, %d rows, %d of them interrupted; the slowest start took %v", kills, len(answered), len(rows), interrupted, slowest)
}
