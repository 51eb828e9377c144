package server

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sallyport-gateway/sallyport/core"
)

// probe answers the paths that both listeners have. It returns false for every
// other path.
func (s *Server) probe(ctx *fasthttp.RequestCtx, st *State, path []byte) bool {
	switch string(path) {
	case "/healthz":
		plain(ctx, fasthttp.StatusOK, "ok\n")
	case "/readyz":
		s.readyz(ctx, st)
	default:
		return false
	}
	return true
}

func plain(ctx *fasthttp.RequestCtx, status int, text string) {
	ctx.Response.SetStatusCode(status)
	ctx.Response.Header.SetContentType("text/plain; charset=utf-8")
	ctx.Response.SetBodyString(text)
}

// readyz says whether new exchanges are welcome.
func (s *Server) readyz(ctx *fasthttp.RequestCtx, st *State) {
	if s.drain.Load() {
		plain(ctx, fasthttp.StatusServiceUnavailable, "draining\n")
		return
	}
	if err := st.ready(); err != nil {
		plain(ctx, fasthttp.StatusServiceUnavailable, err.Code.String()+"\n")
		return
	}
	plain(ctx, fasthttp.StatusOK, "ready\n")
}

// metricsPage shows the metrics on the main listener to whoever could also make
// a call: to any local program without keys, else to holders of a key.
func (s *Server) metricsPage(x *exchange) {
	x.begin()
	if err := s.authenticate(x); err != nil {
		s.refuse(x.ctx, x.state, x.state.Dialects[0], err)
		return
	}
	s.writeMetrics(x.ctx)
}

func (s *Server) writeMetrics(ctx *fasthttp.RequestCtx) {
	s.metrics.InFlight.Set(float64(s.flight.Load()))
	var page bytes.Buffer
	contentType, err := s.metrics.Write(&page)
	if err != nil {
		s.log.Error().Err(err).Msg("cannot gather metrics")
		plain(ctx, fasthttp.StatusInternalServerError, "cannot gather metrics; see the log\n")
		return
	}
	ctx.Response.Header.SetContentType(contentType)
	ctx.Response.SetBody(page.Bytes())
}

// status is the answer of GET /admin/v1/status.
type status struct {
	Version  string   `json:"version"`
	Config   string   `json:"config"` // version of the configuration at work
	Ready    bool     `json:"ready"`
	Draining bool     `json:"draining"`
	Uptime   string   `json:"uptime"`
	InFlight int64    `json:"in_flight"`
	Routes   []string `json:"routes"`
}

// handleAdmin serves the operator's listener. It has no credential of its own
// and so obeys the rules of a keyless one.
func (s *Server) handleAdmin(ctx *fasthttp.RequestCtx) {
	st := s.acquire()
	defer st.release()
	defer func() {
		if v := recover(); v != nil {
			s.panicked(ctx, st, v)
		}
	}()
	var h head
	err := h.read(&ctx.Request.Header)
	if err != nil {
		ctx.SetConnectionClose()
	} else {
		err = local(&h)
	}
	if err != nil {
		s.refuse(ctx, st, st.Dialects[0], err)
		return
	}
	target, _ := target(&ctx.Request.Header)
	method, path := string(ctx.Method()), string(target)
	switch {
	case path == "/metrics":
		s.writeMetrics(ctx)
	case s.probe(ctx, st, target):
	case path == "/admin/v1/status" && method == fasthttp.MethodGet:
		s.writeStatus(ctx, st)
	case path == "/admin/v1/plugins" && method == fasthttp.MethodGet && s.plugins != nil:
		writeJSON(ctx, fasthttp.StatusOK, map[string]any{"plugins": s.plugins()})
	case s.shadow != nil && method == fasthttp.MethodGet && strings.HasPrefix(path, pluginPath) && strings.HasSuffix(path, "/shadow"):
		s.writeShadow(ctx, strings.TrimSuffix(strings.TrimPrefix(path, pluginPath), "/shadow"))
	case path == "/admin/v1/reload" && method == fasthttp.MethodPost:
		s.reloadNow(ctx)
	default:
		s.refuse(ctx, st, st.Dialects[0], core.ClientErrorf(core.CodeUnknownPath, "",
			"The admin API has GET /admin/v1/status, GET /admin/v1/plugins, GET /admin/v1/plugins/ID/shadow, POST /admin/v1/reload, /healthz, /readyz and /metrics."))
	}
}

func (s *Server) writeStatus(ctx *fasthttp.RequestCtx, st *State) {
	out := status{
		Version: s.version, Config: st.Snapshot.Version, Ready: st.ready() == nil && !s.drain.Load(),
		Draining: s.drain.Load(), Uptime: s.clock.Now().Sub(s.started).Round(time.Second).String(),
		InFlight: s.flight.Load(), Routes: []string{},
	}
	for _, m := range st.Snapshot.Models {
		out.Routes = append(out.Routes, m.Name)
	}
	writeJSON(ctx, fasthttp.StatusOK, out)
}

const pluginPath = "/admin/v1/plugins/"

func (s *Server) writeShadow(ctx *fasthttp.RequestCtx, id string) {
	v := s.shadow(id)
	if v == nil {
		writeJSON(ctx, fasthttp.StatusNotFound, map[string]string{
			"error": "no new version of the plugin " + printable([]byte(id)) + " has judged copies; plugins.rollout says which do",
		})
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, v)
}

func (s *Server) reloadNow(ctx *fasthttp.RequestCtx) {
	if s.reload == nil {
		writeJSON(ctx, fasthttp.StatusConflict, map[string]string{"error": "the gateway runs without a configuration file"})
		return
	}
	if err := s.reload(); err != nil {
		writeJSON(ctx, fasthttp.StatusUnprocessableEntity, map[string]string{"error": err.Error()})
		return
	}
	writeJSON(ctx, fasthttp.StatusOK, map[string]string{"config": s.state.Load().Snapshot.Version})
}

func writeJSON(ctx *fasthttp.RequestCtx, code int, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		plain(ctx, fasthttp.StatusInternalServerError, "cannot render the answer\n")
		return
	}
	ctx.Response.SetStatusCode(code)
	ctx.Response.Header.SetContentType("application/json")
	ctx.Response.SetBody(append(body, '\n'))
}
