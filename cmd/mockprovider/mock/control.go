package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxControlWait bounds the timeout of GET /__mock/stats.
const maxControlWait = 5 * time.Minute

// answerControl serves /__mock/, for tests in other processes. A connection
// that asks for nothing else is left out of ConnectionsOpen.
func (c *conn) answerControl() ending {
	if c.served == 1 {
		c.control = true
		c.server.update(func(st *Stats) { st.ConnectionsOpen-- })
	}
	query, err := url.ParseQuery(string(c.req.query))
	if err != nil {
		return c.tell(http.StatusBadRequest, map[string]string{"error": "the query cannot be read: " + err.Error()})
	}
	status, answer := c.server.control(string(c.req.method)+" "+string(c.req.path), query, string(c.req.body))
	return c.tell(status, answer)
}

func (c *conn) tell(status int, answer any) ending {
	body, err := json.MarshalIndent(answer, "", "  ")
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written"}`)
	}
	body = append(body, '\n')
	c.appendHead(&reply{status: status, contentType: typeJSON, framing: framingLength, length: int64(len(body))})
	c.out = append(c.out, body...)
	if c.flush() != nil {
		return endClose
	}
	return c.after(framingLength)
}

// control performs one control request.
func (s *Server) control(call string, query url.Values, body string) (status int, answer any) {
	done := map[string]string{"status": "done"}
	switch call {
	case "GET /__mock/stats":
		return s.statsWhen(query)
	case "GET /__mock/requests":
		return http.StatusOK, s.Requests()
	case "GET /__mock/last":
		all := s.Requests()
		if len(all) == 0 {
			return http.StatusNotFound, problem("no request is remembered (none came, or --keep forbids it)")
		}
		return http.StatusOK, lastRequest{all[len(all)-1], string(all[len(all)-1].Body)}
	case "POST /__mock/reset":
		s.Reset()
		return http.StatusOK, done
	case "POST /__mock/scenario":
		if err := s.SetScenario(body); err != nil {
			return http.StatusBadRequest, problem(err.Error())
		}
		return http.StatusOK, done
	case "POST /__mock/refuse":
		d, err := time.ParseDuration(query.Get("for"))
		if err != nil || d <= 0 {
			return http.StatusBadRequest, problem("want ?for=DURATION: nobody could end an endless refusal from outside")
		}
		s.Refuse(d)
		return http.StatusOK, done
	}
	return http.StatusNotFound, problem("unknown: " + call + "; known: GET stats, GET requests, GET last, POST reset, POST scenario, POST refuse?for=DURATION")
}

// lastRequest shows the body as text.
type lastRequest struct {
	Request
	Text string `json:"body"`
}

func problem(text string) map[string]string { return map[string]string{"error": text} }

// statsWhen returns the stats at once, or with ?field=NAME&min=N or &max=N as
// soon as the number NAME is at least or at most N; 504 with the stats when
// ?timeout= (5s) is over.
func (s *Server) statsWhen(query url.Values) (int, any) {
	field := query.Get("field")
	if field == "" {
		return http.StatusOK, s.Stats()
	}
	least, err1 := bound(query, "min", math.MinInt64)
	most, err2 := bound(query, "max", math.MaxInt64)
	if err := errors.Join(err1, err2); err != nil || query.Get("min")+query.Get("max") == "" {
		return http.StatusBadRequest, problem("want ?field=NAME&min=NUMBER or ?field=NAME&max=NUMBER")
	}
	timeout := 5 * time.Second
	if t := query.Get("timeout"); t != "" {
		var err error
		if timeout, err = time.ParseDuration(t); err != nil || timeout > maxControlWait {
			return http.StatusBadRequest, problem(fmt.Sprintf("want ?timeout=DURATION up to %s", maxControlWait))
		}
	}
	if _, ok := s.Stats().number(field); !ok {
		return http.StatusBadRequest, problem("the stats have no number " + strconv.Quote(field))
	}
	var seen Stats
	if s.Wait(func(st Stats) bool {
		seen = st
		n, _ := st.number(field)
		return n >= least && n <= most
	}, timeout) {
		return http.StatusOK, seen
	}
	return http.StatusGatewayTimeout, seen
}

func bound(query url.Values, name string, fallback int64) (int64, error) {
	if v := query.Get(name); v != "" {
		return strconv.ParseInt(v, 10, 64)
	}
	return fallback, nil
}

// number returns a member of the stats by its JSON name.
func (st Stats) number(name string) (int64, bool) {
	all, err := json.Marshal(st)
	if err != nil {
		return 0, false
	}
	var members map[string]any
	if err := json.Unmarshal(all, &members); err != nil {
		return 0, false
	}
	n, ok := members[name].(float64)
	return int64(n), ok
}
