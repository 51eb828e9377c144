package upstream

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// sockets returns the two ends of a loopback connection.
func sockets(tb testing.TB) (ours *Socket, peer *net.TCPConn) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	p, err := l.Accept()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close(); p.Close() })
	return NewSocket(c.(*net.TCPConn)), p.(*net.TCPConn)
}

func TestSocketTransfersEverySize(t *testing.T) {
	ours, peer := sockets(t)
	for _, n := range []int{1, 300, quickBytes - 1, quickBytes, quickBytes + 1, 1 << 20} {
		sent := bytes.Repeat([]byte("0123456789abcde\n"), n/16+1)[:n]
		echoed := make(chan error, 1)
		go func() {
			_, err := io.CopyN(peer, peer, int64(n))
			echoed <- err
		}()
		written := make(chan error, 1)
		go func() {
			m, err := ours.Write(sent)
			if m != n {
				err = errors.Join(err, io.ErrShortWrite)
			}
			written <- err
		}()
		got := make([]byte, n)
		if _, err := io.ReadFull(ours, got); err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("%d bytes: read back wrongly: %v", n, err)
		}
		if err := errors.Join(<-written, <-echoed); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// A write that finds no room waits for it and goes on where it was.
func TestSocketWritesPastAFullBuffer(t *testing.T) {
	ours, peer := sockets(t)
	if err := ours.SetWriteBuffer(quickBytes / 4); err != nil { // so no piece fits
		t.Fatal(err)
	}
	const pieces = 64
	piece := bytes.Repeat([]byte("x"), quickBytes)
	written := make(chan error, 1)
	go func() {
		for range pieces {
			if n, err := ours.Write(piece); n != len(piece) || err != nil {
				written <- errors.Join(err, io.ErrShortWrite)
				return
			}
		}
		written <- ours.CloseWrite()
	}()
	n, err := io.Copy(io.Discard, peer)
	if err := errors.Join(err, <-written); err != nil || n != pieces*quickBytes {
		t.Fatalf("%d of %d bytes came: %v", n, pieces*quickBytes, err)
	}
}

func TestSocketErrors(t *testing.T) {
	small, large := make([]byte, 16), make([]byte, 2*quickBytes)
	for _, c := range []struct {
		name string
		do   func(ours *Socket, peer *net.TCPConn, p []byte) error
		want error
	}{
		{"the peer ended", func(ours *Socket, peer *net.TCPConn, p []byte) error {
			peer.Close()
			_, err := ours.Read(p)
			return err
		}, io.EOF},
		{"the peer tore it down", func(ours *Socket, peer *net.TCPConn, p []byte) error {
			_ = peer.SetLinger(0)
			peer.Close()
			_, err := ours.Read(p)
			return err
		}, syscall.ECONNRESET},
		{"write after the peer tore it down", func(ours *Socket, peer *net.TCPConn, p []byte) error {
			_ = peer.SetLinger(0)
			peer.Close()
			_, _ = ours.Read(p) // the reset is here
			_, err := ours.Write(p)
			return err
		}, syscall.EPIPE},
		{"read past its deadline", func(ours *Socket, _ *net.TCPConn, p []byte) error {
			_ = ours.SetReadDeadline(past)
			_, err := ours.Read(p)
			return err
		}, os.ErrDeadlineExceeded},
		{"deadline during a read", func(ours *Socket, _ *net.TCPConn, p []byte) error {
			_ = ours.SetReadDeadline(time.Now().Add(time.Millisecond))
			_, err := ours.Read(p)
			return err
		}, os.ErrDeadlineExceeded},
		{"write past its deadline", func(ours *Socket, _ *net.TCPConn, p []byte) error {
			_ = ours.SetWriteDeadline(past)
			_, err := ours.Write(p)
			return err
		}, os.ErrDeadlineExceeded},
		{"read when closed", func(ours *Socket, _ *net.TCPConn, p []byte) error {
			ours.Close()
			_, err := ours.Read(p)
			return err
		}, net.ErrClosed},
		{"write when closed", func(ours *Socket, _ *net.TCPConn, p []byte) error {
			ours.Close()
			_, err := ours.Write(p)
			return err
		}, net.ErrClosed},
	} {
		for name, p := range map[string][]byte{"quick": small, "long": large} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				ours, peer := sockets(t)
				if err := c.do(ours, peer, p); !errors.Is(err, c.want) {
					t.Fatalf("the error is %v, not %v", err, c.want)
				}
			})
		}
	}
}

func TestSocketReadOfNothing(t *testing.T) {
	ours, _ := sockets(t)
	if n, err := ours.Read(nil); n != 0 || err != nil {
		t.Fatalf("it returned %d, %v", n, err)
	}
	if n, err := ours.Write(nil); n != 0 || err != nil {
		t.Fatalf("it returned %d, %v", n, err)
	}
}

func BenchmarkSocket(b *testing.B) {
	ours, peer := sockets(b)
	far := NewSocket(peer)
	for _, c := range []struct {
		name     string
		near, to net.Conn
	}{{"net", ours.TCPConn, peer}, {"socket", ours, far}} {
		b.Run(c.name, func(b *testing.B) {
			p := make([]byte, 1024)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.near.Write(p); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c.to, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
