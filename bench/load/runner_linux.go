package load

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Places in the epoll data of what is not a connection.
const (
	timerPlace = -1
	wakePlace  = -2
)

// The phases of a runner.
const (
	running int32 = iota
	draining
	aborted
)

// Runner is a load that runs. [Runner.Drain] must be called once.
type Runner struct {
	phase     atomic.Int32
	recording atomic.Bool
	wake      int // eventfd
	finished  chan *Result
}

// Start opens the connections of plan and starts to send. The error says what
// is wrong with the plan, or that nobody listens.
func Start(plan Plan) (*Runner, error) {
	if err := plan.check(); err != nil {
		return nil, err
	}
	l, err := newLoop(plan)
	if err != nil {
		return nil, err
	}
	r := &Runner{wake: l.wake, finished: make(chan *Result, 1)}
	l.runner = r
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		l.run()
		l.close()
		r.finished <- &l.result
	}()
	return r, nil
}

// Record turns the histograms on or off. It is off at the start.
func (r *Runner) Record(on bool) { r.recording.Store(on) }

// Drain stops sending, waits at most timeout for the answers that are due, and
// ends the run. What is not answered by then has failed.
func (r *Runner) Drain(timeout time.Duration) *Result {
	r.enter(draining)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	var result *Result
	select {
	case result = <-r.finished:
	case <-timer.C:
		r.enter(aborted)
		result = <-r.finished
	}
	_ = unix.Close(r.wake)
	return result
}

func (r *Runner) enter(phase int32) {
	r.phase.Store(phase)
	_, _ = unix.Write(r.wake, binary.NativeEndian.AppendUint64(nil, 1))
}

// loop is the one thread of a runner.
type loop struct {
	plan   Plan
	runner *Runner
	to     unix.SockaddrInet4
	epoll  int
	wake   int
	timer  int // timerfd, -1 for a closed loop

	conns []*conn
	free  []*conn // idle, the longest unused first
	busy  int

	started time.Time
	ticks   int64       // sends that fell due
	backlog []time.Time // due, without a connection
	buf     []byte
	scratch []byte
	result  Result
	record  bool // as of this turn
}

// newLoop opens everything; on error it leaves nothing open.
func newLoop(plan Plan) (l *loop, err error) {
	at, err := netip.ParseAddrPort(plan.Addr)
	if err != nil || !at.Addr().Is4() {
		return nil, fmt.Errorf("load: the address %q is not an IPv4 address and port", plan.Addr)
	}
	l = &loop{
		plan: plan, to: unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()},
		epoll: -1, wake: -1, timer: -1, buf: make([]byte, 256<<10),
	}
	defer func() {
		if err != nil {
			l.close()
			_ = unix.Close(l.wake)
		}
	}()
	if l.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return l, err
	}
	if l.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return l, err
	}
	if err = l.watch(l.wake, wakePlace, unix.EPOLLIN); err != nil {
		return l, err
	}
	for range plan.Connections {
		c, err := l.open()
		if err != nil {
			return l, err
		}
		l.free = append(l.free, c)
	}
	return l, l.startTimer()
}

// startTimer lets the kernel count the sends of an open loop: it is exact to the
// microsecond, and none is lost while the loop is busy.
func (l *loop) startTimer() (err error) {
	if l.plan.Rate == 0 {
		return nil
	}
	if l.timer, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return err
	}
	if err = l.watch(l.timer, timerPlace, unix.EPOLLIN); err != nil {
		return err
	}
	every := unix.NsecToTimespec(l.interval().Nanoseconds())
	l.started = time.Now()
	return unix.TimerfdSettime(l.timer, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil)
}

func (l *loop) interval() time.Duration {
	return time.Duration(float64(time.Second) / l.plan.Rate)
}

func (l *loop) watch(fd, place int, events uint32) error {
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(place)})
}

// close closes all but the wake, which belongs to the runner.
func (l *loop) close() {
	for _, c := range l.conns {
		_ = unix.Close(c.fd)
	}
	for _, fd := range [...]int{l.timer, l.epoll} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// run turns until all is over.
func (l *loop) run() {
	if l.plan.Rate == 0 {
		for len(l.free) > 0 && l.more() {
			l.send(l.take(), time.Now())
		}
	}
	ready := make([]unix.EpollEvent, 256)
	for {
		switch phase := l.runner.phase.Load(); {
		case phase == aborted:
			l.result.Failed += int64(l.busy)
			l.note("no answer in time")
			return
		case phase == draining && l.busy == 0:
			return
		}
		n, err := unix.EpollWait(l.epoll, ready, -1)
		if err != nil && err != unix.EINTR {
			l.note("epoll: " + err.Error())
			return
		}
		l.record = l.runner.recording.Load()
		for i := range max(n, 0) {
			l.turn(&ready[i])
		}
	}
}

func (l *loop) turn(ev *unix.EpollEvent) {
	switch ev.Fd {
	case wakePlace:
		var b [8]byte
		_, _ = unix.Read(l.wake, b[:])
	case timerPlace:
		l.tick()
	default:
		l.conns[ev.Fd].ready(l, ev.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0)
	}
}

// tick sends what has fallen due.
func (l *loop) tick() {
	var b [8]byte
	if n, _ := unix.Read(l.timer, b[:]); n != len(b) {
		return
	}
	for range binary.NativeEndian.Uint64(b[:]) {
		if !l.more() {
			return
		}
		l.ticks++
		due := l.started.Add(time.Duration(l.ticks) * l.interval())
		c := l.take()
		if c == nil {
			l.backlog = append(l.backlog, due)
			l.result.Backlog = max(l.result.Backlog, int64(len(l.backlog)))
			continue
		}
		l.send(c, due)
	}
}

// more tells whether another request may be sent.
func (l *loop) more() bool {
	return l.runner.phase.Load() == running && l.result.Failed < maxFailures &&
		(l.plan.Limit == 0 || l.result.Sent+int64(len(l.backlog)) < l.plan.Limit)
}

// take returns the connection that was idle longest, a new one, or nil.
func (l *loop) take() *conn {
	if len(l.free) > 0 {
		c := l.free[0]
		l.free = l.free[:copy(l.free, l.free[1:])]
		return c
	}
	if len(l.conns) >= maxConnections {
		return nil
	}
	c, err := l.open()
	if err != nil {
		l.fail("connect: " + err.Error())
		return nil
	}
	return c
}

// idle gives a connection its next request, or lets it rest.
func (l *loop) idle(c *conn) {
	switch {
	case l.plan.Rate == 0 && l.more():
		l.send(c, time.Now())
	case len(l.backlog) > 0 && l.runner.phase.Load() == running:
		due := l.backlog[0]
		l.backlog = l.backlog[1:]
		l.send(c, due)
	default:
		l.free = append(l.free, c)
	}
}

// fail counts a failed request.
func (l *loop) fail(why string) {
	l.result.Failed++
	l.note(why)
}

func (l *loop) note(why string) {
	if l.result.Error == "" {
		l.result.Error = why
	}
}
