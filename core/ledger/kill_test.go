package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// childFolder is the environment variable that makes the test binary a writer
// to be killed.
const childFolder = "SALLYPORT_LEDGER_CHILD"

// killConfig makes small segments, so that kills also hit rotation, and room
// enough that nothing is dropped.
func killConfig(folder string) Config {
	return Config{Folder: folder, SegmentBytes: minSegmentBytes, MaxBytes: 1 << 30, SyncInterval: time.Millisecond}
}

// childMain appends as fast as it can and writes to standard output, after each
// call has returned, 'o' or 'c' and the id.
func childMain(folder string) int {
	hello := func(c byte, id core.ID) bool {
		_, err := os.Stdout.Write(append([]byte{c}, id[:]...))
		return err == nil
	}
	if !hello('h', core.ID{}) {
		return 1
	}
	l, _, err := Open(killConfig(folder), wallClock{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				o, u := openRecord(0), usageRecord(0)
				o.ID = core.NewID(time.Now(), rand.Uint64(), rand.Uint64())
				u.ID = o.ID
				if err := l.Open(o); err != nil || !hello('o', o.ID) {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				if err := l.Close(u); err != nil || !hello('c', o.ID) {
					fmt.Fprintln(os.Stderr, err)
					return
				}
			}
		})
	}
	workers.Wait()
	return 1
}

// runAndKill starts a writer, kills it after so many acknowledgements, and
// returns all that it acknowledged until it was dead.
func runAndKill(t *testing.T, folder string, after int, opened, closed map[core.ID]bool) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childFolder+"="+folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	acks := bufio.NewReader(out)
	var ack [1 + 16]byte
	for n := 0; ; n++ {
		if n == after {
			must(t, cmd.Process.Kill())
		}
		if _, err := io.ReadFull(acks, ack[:]); err != nil {
			if !errors.Is(err, io.EOF) {
				t.Fatalf("a torn acknowledgement: %v", err)
			}
			if n < after {
				t.Fatalf("the writer ended by itself after %d acknowledgements", n)
			}
			break
		}
		switch ack[0] {
		case 'o':
			opened[core.ID(ack[1:])] = true
		case 'c':
			closed[core.ID(ack[1:])] = true
		}
	}
	_ = cmd.Wait() // it was killed
}

// TestKill is F49: a writer is killed at random moments, also during start, and
// after all of that every acknowledged row is there once.
func TestKill(t *testing.T) {
	kills := 200
	if testing.Short() {
		kills = 40
	}
	folder := t.TempDir()
	opened, closed := map[core.ID]bool{}, map[core.ID]bool{}
	for i := range kills {
		after := 1 + rand.IntN(1000)
		if i%10 == 9 {
			after = 1 // right after the hello: while it recovers
		}
		runAndKill(t, folder, after, opened, closed)
	}
	_, report := mustOpen(t, killConfig(folder))
	if report.Damaged != 0 || report.LostRecords != 0 || len(report.BadSegments) != 0 {
		t.Errorf("kill -9 damaged the log: %+v", report)
	}
	rows, reading := mustRead(t, folder)
	if reading.Damaged != 0 || reading.TornBytes != 0 {
		t.Errorf("the torn tail was not cut: %+v", reading)
	}
	ends := map[string]string{}
	interrupted := 0
	for i := range rows {
		if _, ok := ends[rows[i].RequestID]; ok {
			t.Errorf("row %s is there twice", rows[i].RequestID)
		}
		ends[rows[i].RequestID] = rows[i].End
		if rows[i].End == "interrupted" {
			interrupted++
		}
	}
	for id := range closed {
		if ends[id.String()] != "completed" {
			t.Errorf("closed exchange %s has end %q", id, ends[id.String()])
		}
	}
	for id := range opened {
		if ends[id.String()] == "" {
			t.Errorf("opened exchange %s is lost", id)
		}
	}
	t.Logf("%d kills: %d opens and %d closes acknowledged, %d rows, %d interrupted, last recovery %+v",
		kills, len(opened), len(closed), len(rows), interrupted, report)
	if len(closed) == 0 || interrupted == 0 {
		t.Error("the test did not reach what it is for")
	}
}
