package server

import (
	"net"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// pair returns the two ends of a loopback connection.
func pair(t *testing.T) (client net.Conn, gateway *conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if client, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(); _ = accepted.Close() })
	tcp, ok := accepted.(*net.TCPConn)
	if !ok {
		t.Fatal("no TCP connection")
	}
	return client, &conn{Socket: upstream.NewSocket(tcp)}
}

type noteCancel chan struct{}

func (c noteCancel) Cancel() { close(c) }

func watched(t *testing.T, w *watcher, c *conn) (*exchange, noteCancel) {
	t.Helper()
	x := &exchange{conn: c}
	x.Start = time.Now().Add(-watchAfter)
	note := make(noteCancel)
	x.Arm(note)
	w.add(x)
	return x, note
}

func TestWatcherNoticesAClientThatLeaves(t *testing.T) {
	w, err := newWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	leave := map[string]func(c *net.TCPConn) error{
		"close":      func(c *net.TCPConn) error { return c.Close() },
		"half-close": func(c *net.TCPConn) error { return c.CloseWrite() },
		"reset": func(c *net.TCPConn) error {
			_ = c.SetLinger(0)
			return c.Close()
		},
		"behind unread bytes": func(c *net.TCPConn) error {
			_, _ = c.Write([]byte("GET / HTTP/1.1\r\n"))
			return c.Close()
		},
	}
	for name, f := range leave {
		client, gateway := pair(t)
		x, note := watched(t, w, gateway)
		if err := f(client.(*net.TCPConn)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-note:
		case <-time.After(10 * time.Second):
			t.Errorf("%s: not noticed", name)
		}
		if x.Cause() != core.CauseClientGone {
			t.Errorf("%s: cause %v", name, x.Cause())
		}
		w.remove(x)
	}
}

// TestWatcherLetsGo checks that an exchange that was removed is not cancelled
// when its connection, which may serve another one by then, goes away.
func TestWatcherLetsGo(t *testing.T) {
	w, err := newWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	client, gateway := pair(t)
	first, _ := watched(t, w, gateway)
	registered := func(x *exchange) func() bool {
		return func() bool { w.mu.Lock(); defer w.mu.Unlock(); return x.registered }
	}
	waitFor(t, registered(first))
	w.remove(first)
	w.remove(first) // again is harmless
	second, note := watched(t, w, gateway)
	waitFor(t, registered(second))
	_ = client.Close()
	<-note
	if first.Cause() != core.CauseNone || second.Cause() != core.CauseClientGone {
		t.Errorf("causes %v, %v", first.Cause(), second.Cause())
	}
	w.remove(second)
	if len(w.byGen) != 0 || w.head != nil || w.tail != nil || w.fresh != nil {
		t.Error("the watcher still knows something")
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("waited 10 s in vain")
		}
	}
}
