package upstream

import (
	"errors"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// moment is a point in time, counted in nanoseconds from the epoch of a
// [Host]. 0 is never. A [time.Time] costs two looks at the clock instead of one
// and a call for each sum.
type moment int64

// now returns the present moment.
func (h *Host) now() moment { return moment(time.Since(h.epoch)) }

// at returns the moment d after t, which is not the zero time.
func (h *Host) at(t time.Time, d time.Duration) moment {
	return max(moment(t.Sub(h.epoch)+d), 1)
}

// deadline returns m for a connection's deadline.
func (h *Host) deadline(m moment) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return h.epoch.Add(time.Duration(m))
}

// past is a deadline that has expired whatever the clock says.
var past = time.Unix(1, 0)

// after returns the moment d after m, but not later than total. A d of 0 or less
// means no bound of its own.
func (m moment) after(d time.Duration, total moment) moment {
	if d <= 0 {
		return total
	}
	return earlier(m+moment(d), total)
}

// earlier returns the earlier of two moments.
func earlier(a, b moment) moment {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// pace is how long the stages of one answer may take, and for which exchange.
type pace struct {
	ex        *core.Exchange
	host      *Host
	firstByte time.Duration
	idle      time.Duration
	total     moment
}

// errCancelled stands for whatever [core.Exchange.Cause] says.
var errCancelled = errors.New("cancelled")

// check must follow each new deadline: it may have undone a cancellation's.
func (p *pace) check() error {
	if p.ex.Cause() != core.CauseNone {
		return errCancelled
	}
	return nil
}

// serves tells whether the deadline that stands will do in place of until. It
// may be a little early, never late: a read that it ends too soon looks at the
// clock and goes on. So a busy connection does not pay for a timer per exchange
// and per read.
func serves(stands, until, now moment) bool {
	if stands == 0 || until == 0 {
		return stands == until
	}
	early := until - stands
	return early >= 0 && early <= (until-now)/earlyShare
}

// earlyShare is the part of a wait by which a deadline may be early.
const earlyShare = 8

// allow lets c write a small request and read the head of its answer, until the
// moment given. The kernel takes the write at once; where it does not, an early
// deadline is as good.
func (p *pace) allow(c *conn, until, now moment) {
	if !serves(c.readBy, until, now) || !serves(c.writeBy, until, now) {
		_ = c.raw.SetDeadline(p.host.deadline(until))
		c.readBy, c.writeBy = until, until
	}
}

// allowRead lets c read until the moment given.
func (p *pace) allowRead(c *conn, until, now moment) {
	if !serves(c.readBy, until, now) {
		p.readBy(c, until)
	}
}

func (p *pace) readBy(c *conn, until moment) {
	_ = c.raw.SetReadDeadline(p.host.deadline(until))
	c.readBy = until
}

// write allows one more write of a large request.
func (p *pace) write(c *conn) error {
	until := p.host.now().after(p.idle, p.total)
	_ = c.raw.SetWriteDeadline(p.host.deadline(until))
	c.writeBy = until
	return p.check()
}
