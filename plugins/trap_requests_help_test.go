package plugins_test

import (
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// sending is a client's request in which there is a trap, and what must leave for a
// provider of another dialect.
type sending struct {
	trap     string
	from, to string            // the client's dialect, the provider's folder
	model    string            // of the upstream
	settings map[string]string // of the provider
	body     string

	// Either the request is refused for that field,
	refused string
	// or this leaves. want is the whole document; of one too long to be read, has are
	// pieces that must stand in it as they are, and not those that must not.
	want     string
	has, not []string
	path     string // where one is given
	dropped  string // all that is reported, joined by blanks
}

const (
	chatClient      = "openai.chat"
	messagesClient  = "anthropic.messages"
	responsesClient = "openai.responses"
	geminiClient    = "gemini"
)

// clientOf returns a client's dialect and the path that it asks at.
func clientOf(dialect string) (core.TypedDialect, string) {
	switch dialect {
	case messagesClient:
		return anthropic.New().(core.TypedDialect), "/v1/messages"
	case responsesClient:
		return responses.New().(core.TypedDialect), "/v1/responses"
	case geminiClient:
		return gemini.New().(core.TypedDialect), "/v1beta/models/m:generateContent"
	default:
		return openai.New().(core.TypedDialect), "/v1/chat/completions"
	}
}

// sendAll runs a table of requests, each translator started once.
func sendAll(t *testing.T, table []sending) {
	t.Helper()
	translators := map[string]core.Translator{}
	for i := range table {
		to := table[i].to
		if translators[to] == nil {
			translators[to] = translatorOf(t, "provider/"+to)
		}
	}
	for i := range table {
		s := &table[i]
		t.Run(s.trap, func(t *testing.T) { s.check(t, translators[s.to]) })
	}
}

// send makes what leaves.
func (s *sending) send(tr core.Translator) (*core.Exchange, *core.Attempt, *core.Error) {
	front, path := clientOf(s.from)
	ex, at := asked(tr, front, s.to, s.model)
	for key, value := range s.settings {
		p := at.Deployment.Provider
		p.Settings = append(p.Settings, core.Tag{Key: key, Value: value})
	}
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(path), []byte(s.body)
	ex.Request.Operation = core.OpChat
	return ex, at, written(tr, front, ex, at)
}

// written has the provider's request of an attempt written.
func written(tr core.Translator, front core.Dialect, ex *core.Exchange, at *core.Attempt) *core.Error {
	if err := front.Scan(ex); err != nil {
		return err
	}
	r, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
	if err != nil {
		return err
	}
	ex.Dropped = append(ex.Dropped[:0], r.Dropped...)
	return tr.Request(ex, at, r)
}

func (s *sending) check(t *testing.T, tr core.Translator) {
	ex, at, err := s.send(tr)
	if s.refused != "" || err != nil {
		if err == nil || err.HTTPStatus() != 400 || err.Param != s.refused || err.Message == "" {
			t.Errorf("%+v, want a refusal of %q; %s leaves", err, s.refused, joined(at))
		}
		return
	}
	got := string(joined(at))
	if s.want != "" {
		if diff := leafDiff(parsed(t, s.want).v, parsed(t, got).v, ""); len(diff) > 0 {
			t.Errorf("it differs at %v: %s", diff, got)
		}
	}
	for _, piece := range s.has {
		if !strings.Contains(got, piece) {
			t.Errorf("%s is not in %s", piece, got)
		}
	}
	for _, piece := range s.not {
		if strings.Contains(got, piece) {
			t.Errorf("%s is in %s", piece, got)
		}
	}
	if len(s.has)+len(s.not) == 0 && s.want == "" {
		t.Errorf("nothing is wanted of %s", got)
	}
	if s.path != "" && at.Request.Path != s.path {
		t.Errorf("path %s, want %s", at.Request.Path, s.path)
	}
	if dropped := strings.Join(ex.Dropped, " "); dropped != s.dropped {
		t.Errorf("reported %q, want %q", dropped, s.dropped)
	}
}
