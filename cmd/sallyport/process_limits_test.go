package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shell runs a line as a person would.
func shell(t *testing.T, dir, line string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// residentKiB returns the memory of the process that is in RAM.
func (p *process) residentKiB() int64 {
	p.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.Skipf("no /proc: %v", err)
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		p.Fatal(err)
	}
	return kib
}

// cpu returns the processor time that the process has used.
func (p *process) cpu() time.Duration {
	p.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.Skipf("no /proc: %v", err)
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')'):]))
	var ticks int64
	for _, field := range f[12:14] { // utime, stime; proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			p.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// TestProcessIdleConnections holds up to 10,000 idle keep-alive connections.
func TestProcessIdleConnections(t *testing.T) {
	const most, budgetKiB = 10_000, 150 << 10
	n := most
	if testing.Short() {
		n = 1000
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		n = min(n, int(limit.Cur)-1000) // a few thousand
	}
	if n < 500 {
		t.Skipf("the limit on open files is %d", limit.Cur)
	}
	p := startProcess(t, processDir(t, startMock(t, ""), ""))
	for range 100 {
		p.chat("")
	}
	before := p.residentKiB()
	conns := make([]net.Conn, n)
	defer func() {
		for _, c := range conns {
			if c != nil {
				_ = c.Close()
			}
		}
	}()
	request := rawChat("")
	for i := range conns {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		conns[i] = c
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		if a := receive(bufio.NewReaderSize(c, 512), http.MethodPost); a.status != 200 {
			t.Fatalf("connection %d: %+v", i, a)
		}
	}
	grown := p.residentKiB() - before
	start := time.Now()
	if a := p.chat(""); a.status != 200 {
		t.Errorf("a new request: %+v", a)
	}
	t.Logf("%d idle connections take %d MiB, %d KiB each; a new request took %v", n, grown>>10, grown/int64(n), time.Since(start))
	if grown > budgetKiB*int64(n)/most {
		t.Errorf("%d idle connections take %d MiB, want at most %d", n, grown>>10, budgetKiB*int64(n)/most>>10)
	}
}

// TestProcessFewFiles runs out of file descriptors. The gateway must wait for
// better times without burning the processor, and serve on afterwards.
func TestProcessFewFiles(t *testing.T) {
	p := startProcess(t, processDir(t, startMock(t, ""), ""), "sh", "-c", `ulimit -n 256 && exec "$0" "$@"`)
	if a := p.chat(""); a.status != 200 {
		t.Fatalf("before: %+v", a)
	}
	if a := p.do(p.admin+"/readyz", ""); a.status != 200 { // keeps a connection to the operator
		t.Fatalf("before: %+v", a)
	}
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range 400 {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			break // the backlog is full
		}
		conns = append(conns, c)
	}
	p.eventually("accepting fails", func() bool {
		body := p.do(p.admin+"/metrics", "").body
		_, rest, _ := strings.Cut(body, "\nsallyport_accept_errors_total ")
		return rest != "" && rest[0] != '0'
	})
	const window = 2 * time.Second
	before := p.cpu()
	timer := time.NewTimer(window)
	<-timer.C
	used := p.cpu() - before
	t.Logf("%v of processor time in %v without file descriptors", used, window)
	if used > window/5 {
		t.Errorf("a busy loop: %v of processor time in %v", used, window)
	}
	for _, c := range conns {
		_ = c.Close()
	}
	p.eventually("it serves again", func() bool { return p.chat("").status == 200 })
	p.stop()
}
