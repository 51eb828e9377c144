package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// company is every provider with a dialect of its own behind one gateway, each on its
// own stage, and a route for each that each client dialect has for itself.
type company struct {
	*lab
	stages []*stage
}

func route(stage int, f *front) string {
	return fmt.Sprintf("r%d-%s", stage, strings.ReplaceAll(f.name, ".", "-"))
}

func newCompany(t *testing.T, roles []*providerRole, config string) *company {
	t.Helper()
	c := &company{}
	files := map[string]string{}
	var providers, routes strings.Builder
	for i, role := range roles {
		s := newStage(t, role)
		c.stages = append(c.stages, s)
		for name, text := range role.files(s) {
			files[fmt.Sprintf("%s-%d", name, i)] = text
		}
		config := strings.ReplaceAll(role.config, "provider-key", fmt.Sprintf("provider-key-%d", i))
		fmt.Fprintf(&providers, "  - {name: s%d, kind: %s, base_url: %q%s}\n", i, role.kind, s.URL, config)
		for _, f := range fronts() {
			fmt.Fprintf(&routes, "  - {name: %q, retries: 0, deployments: [{provider: s%d, model: \"served:1\"}]}\n", route(i, &f), i)
		}
	}
	routes.WriteString("  - {name: again, retries: 1, deployments: [{provider: s0, model: \"served:1\"}]}\n")
	c.lab = newLab(t, labConfig{config: config, providers: func(*lab) string { return providers.String() }, extra: routes.String(), files: files})
	c.unbalanced = "the stages keep books of their own"
	return c
}

func (c *company) close() {
	for _, s := range c.stages {
		s.Close()
	}
}

// TestProviders: every client dialect reaches every provider that speaks a dialect of
// its own, through a whole gateway: answers, streams, calls of tools, errors, broken
// streams. The credential of each is computed anew by the provider, and the books
// are the providers' to the token.
func TestProviders(t *testing.T) {
	tokens := newTokenServer(t)
	defer tokens.Close()
	c := newCompany(t, roles(tokens), "")
	defer c.close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	for i, s := range c.stages {
		for _, f := range fronts() {
			p := &play{company: c, stage: s, front: &f, route: route(i, &f)}
			t.Run(strings.ReplaceAll(fmt.Sprintf("%s/%d/%s", s.role.kind, i, f.name), "-", "_"), p.run)
		}
	}
	c.settle()
}

// settle compares the books with what the stages served.
func (c *company) settle() {
	c.Helper()
	var rows, prompt, output int
	for _, r := range c.rows() {
		if r.Reported && !r.Estimated {
			rows++
			prompt += int(r.InputUncached + r.CacheRead + r.CacheWrite)
			output += int(r.Output)
		}
	}
	served := 0
	for _, s := range c.stages {
		s.mu.Lock()
		served += s.served
		s.mu.Unlock()
	}
	if rows != served || prompt != served*playedPrompt || output != served*playedOutput {
		c.Errorf("the books have %d answers of %d + %d tokens; %d were served, of %d + %d", rows, prompt, output, served, served*playedPrompt, served*playedOutput)
	}
}

// play is one client dialect at one provider.
type play struct {
	*company
	stage *stage
	front *front
	route string
}

func (p *play) run(t *testing.T) {
	whole := p.TB
	p.TB = t // what helpers find wrong is this part's
	defer func() { p.TB = whole }()
	p.text(false)
	p.text(true)
	p.tools(false)
	p.tools(true)
	for _, status := range []int{400, 401, 429, 500} {
		p.refused(status)
	}
	p.text(false) // or the failures would cool the deployment down
	p.refused(529)
	p.broken(sceneError, "fell over", "upstream_error")
	p.text(true)
	p.broken(sceneCut, "", "upstream_cut")
	p.broken(sceneAbort, "", "upstream_cut")
	p.leave()
}

// ask posts and returns what the app shows of the answer.
func (p *play) ask(prompt string, tools, stream bool) (answer, shown) {
	p.Helper()
	path, body := p.front.ask(p.route, prompt, tools, stream)
	a := p.post(path, body)
	return a, p.front.show(a, stream)
}

func (p *play) text(stream bool) {
	a, s := p.ask(sceneText, false, stream)
	want := shown{text: playedText, finish: p.front.stop, prompt: playedPrompt, out: playedOutput, done: stream}
	if p.front.name == "gemini" {
		want.done = true
	}
	if fmt.Sprint(s) != fmt.Sprint(want) || a.status != 200 {
		p.Errorf("stream %v: %d, %+v, want %+v:\n%s", stream, a.status, s, want, a.body)
	}
	r := p.rowOf(a)
	cached := int64(5)
	if p.stage.role.kind == "ollama-native" {
		cached = 0
	}
	if r.End != "completed" || !r.Reported || r.Estimated || r.CacheRead != cached || r.InputUncached != playedPrompt-cached || r.Output != playedOutput {
		p.Errorf("stream %v: row %+v", stream, r)
	}
}

// tools: two calls come at once, with arguments in pieces, and an id each.
func (p *play) tools(stream bool) {
	a, s := p.ask(sceneText, true, stream)
	want := []string{`get_weather {"city":"Oulu"}`, `get_weather {"city":"Kemi"}`}
	if !slices.Equal(s.calls, want) || s.finish != p.front.called || s.prompt != playedPrompt || s.out != playedOutput {
		p.Errorf("stream %v: %d, %+v, want %q:\n%s", stream, a.status, s, want, a.body)
	}
	if len(s.ids) != 2 || s.ids[0] == s.ids[1] || s.ids[0] == "" {
		p.Errorf("stream %v: ids %q", stream, s.ids)
	}
	if asked := p.stage.last(); !strings.Contains(asked, "get_weather") || !strings.Contains(asked, "Weather of a city") {
		p.Errorf("asked %s", asked)
	}
}

// refused: the client gets the provider's words, in its own shape, but for what is
// said of the provider key.
func (p *play) refused(status int) {
	want, role := status, p.stage.role
	same := strings.HasPrefix(p.front.name, role.kind) || role.like != "" && strings.HasPrefix(p.front.name, role.like)
	switch {
	case status == 401:
		want = 502
	case status == 529 && role.overloads && !same:
		want = 503 // which clients of other dialects know
	}
	a, s := p.ask(fmt.Sprintf("%s%d]", sceneFail, status), false, false)
	words := "It fell over."
	if status == 401 {
		words = "refused the gateway's provider key"
	}
	if a.status != want || !strings.Contains(s.message, words) || s.code == "" || strings.Contains(a.body, "pk-0123") {
		p.Errorf("%d: %d, want %d: %s", status, a.status, want, a.body)
	}
	if kind := parsed(a.body).at("error", p.front.kind).text(); kind != p.front.kinds[status] && !(same && status != 401) {
		p.Errorf("%d: it is a %s, want %s", status, kind, p.front.kinds[status])
	}
	if r := p.rowOf(a); r.End != "upstream_error" || r.Reported || r.Output != 0 {
		p.Errorf("%d: row %+v", status, r)
	}
}

// broken: a stream that breaks off ends with an explicit error, and never looks
// finished.
func (p *play) broken(scene, words, end string) {
	a, s := p.ask(scene, false, true)
	if a.status != 200 || !strings.HasPrefix(playedText, s.text) || s.text == "" || s.done || s.finish != "" || s.code == "" || !strings.Contains(s.message, words) {
		p.Errorf("%s: %d, %+v:\n%s", scene, a.status, s, a.body)
	}
	if r := p.rowOf(a); r.End != end || !r.Estimated {
		p.Errorf("%s: row %+v", scene, r)
	}
}

// leave: when the client goes in the middle of a stream the provider is told at once,
// and the books have the row.
func (p *play) leave() {
	ctx, cancel := context.WithCancel(p.Context())
	defer cancel()
	path, body := p.front.ask(p.route, sceneHang, false, true)
	resp, err := p.client.Do(p.request(ctx, path, body))
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	for in := bufio.NewScanner(resp.Body); in.Scan() && !strings.Contains(in.Text(), "Hej"); {
	}
	cancel()
	select {
	case <-p.stage.gone:
	case <-time.After(10 * time.Second):
		p.Fatal("the provider was not told that the client left")
	}
	a := answer{header: resp.Header}
	if r := p.rowOf(a); r.End != "client_gone" || r.Reported && !r.Estimated || r.Output == 0 {
		p.Errorf("row %+v", r)
	}
}
