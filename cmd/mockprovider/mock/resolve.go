package mock

import (
	"strings"
	"sync"
)

// maxScenarios bounds the parsed scenarios that are remembered; the rest is
// parsed again at each request.
const maxScenarios = 4096

// scenarios turns credentials and x-mock headers into scenarios.
type scenarios struct {
	server   *Server
	defaults *scenario

	mu    sync.Mutex
	known map[string]*scenario
}

func newScenarios(s *Server, text string) (*scenarios, error) {
	t := &scenarios{server: s, known: make(map[string]*scenario)}
	sc := newScenario(s.config.Seed)
	if err := sc.apply(text); err != nil {
		return nil, err
	}
	sc.source = []byte("default")
	if err := t.finish(sc); err != nil {
		return nil, err
	}
	t.defaults = sc
	return t, nil
}

// find returns the scenario for a request. Both strings may be empty.
func (t *scenarios) find(credential, header []byte) (*scenario, error) {
	if len(credential) == 0 && len(header) == 0 {
		return t.defaults, nil
	}
	name := make([]byte, 0, 256)
	name = append(name, credential...)
	name = append(name, 0)
	name = append(name, header...)
	t.mu.Lock()
	sc, ok := t.known[string(name)]
	t.mu.Unlock()
	if ok {
		return sc, nil
	}
	sc, err := t.make(string(credential), string(header))
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	if len(t.known) < maxScenarios {
		t.known[string(name)] = sc
	}
	t.mu.Unlock()
	return sc, nil
}

func (t *scenarios) make(credential, header string) (*scenario, error) {
	sc := *t.defaults
	source := ""
	switch text, marked := strings.CutPrefix(credential, "mock:"); {
	case marked || looksLikeScenario(credential):
		if err := sc.apply(text); err != nil {
			return nil, err
		}
		source = credential
	case t.server.fixtures.has(credential):
		sc.fixture = credential
		source = "fixture=" + credential
	}
	if header != "" {
		if err := sc.apply(header); err != nil {
			return nil, err
		}
		if source != "" {
			source += " | "
		}
		source += header
	}
	if source == "" {
		return t.defaults, nil
	}
	sc.source = []byte(source)
	return &sc, t.finish(&sc)
}

// finish makes what follows from the items of sc.
func (t *scenarios) finish(sc *scenario) error {
	sc.build()
	return t.server.fixtures.check(sc.fixture)
}

// Tokens returns what a complete answer to the request body costs under a
// scenario that overrides the built-in defaults; see the package comment. Of an
// embeddings request only prompt counts. Errors: a bad scenario, a body that is
// not a JSON object.
func Tokens(text string, body []byte) (prompt, completion int64, err error) {
	sc := newScenario(0)
	if err = sc.apply(text); err != nil {
		return 0, 0, err
	}
	sc.build()
	c, err := scanCall(body)
	return c.promptTokens(), sc.tokens, err
}
