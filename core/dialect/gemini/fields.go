package gemini

import (
	"bytes"
	"strconv"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var _ core.PauseReader = Dialect{}

var (
	pauseTop     = jsonscan.NewKeys("error")
	pauseError   = jsonscan.NewKeys("details")
	pauseDetails = jsonscan.NewKeys("retryDelay")
)

// maxPause bounds what an answer may ask for.
const maxPause = 24 * time.Hour

// Pause returns the retryDelay of google.rpc.RetryInfo among the details of an error
// answer (https://google.aip.dev/193), in protobuf's JSON such as "34.4s". Google
// sends no field Retry-After. An answer may be the element of a list.
func (Dialect) Pause(body []byte) time.Duration {
	c := jsonscan.Cursor{Doc: body}
	if c.Peek() == jsonscan.ArrayKind && !c.EnterArray() {
		return 0
	}
	if c.Peek() != jsonscan.ObjectKind {
		return 0
	}
	delay := time.Duration(0)
	for id := c.Enter(pauseTop); id != jsonscan.NoMember; id = c.Member(pauseTop, id) {
		if id != 0 || !c.AtObject() {
			c.Skip()
			continue
		}
		for id := c.Enter(pauseError); id != jsonscan.NoMember; id = c.Member(pauseError, id) {
			if id != 0 || !c.AtArray() {
				c.Skip()
				continue
			}
			for more := c.EnterArray(); more; more = c.Element() {
				delay = max(delay, retryDelay(&c))
			}
		}
	}
	return delay
}

// retryDelay reads the detail that comes next.
func retryDelay(c *jsonscan.Cursor) (d time.Duration) {
	if !c.AtObject() {
		c.Skip()
		return 0
	}
	for id := c.Enter(pauseDetails); id != jsonscan.NoMember; id = c.Member(pauseDetails, id) {
		v := c.Skip()
		if id != 0 || v.Kind != jsonscan.String {
			continue
		}
		text, ok := bytes.CutSuffix(v.Text(c.Doc), []byte("s"))
		n, err := strconv.ParseFloat(string(text), 64)
		if ok && err == nil && n > 0 { // no NaN
			d = time.Duration(min(n, maxPause.Seconds()) * float64(time.Second))
		}
	}
	return d
}
