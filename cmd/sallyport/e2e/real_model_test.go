package e2e

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// How long the model server may go on after the client has left: it looks
	// once a second, and only between two batches.
	stopLimit = 10 * time.Second
	// A call of this size takes longer than stopLimit, or stops half-way.
	longAnswer = 1500
)

var (
	// A base model at temperature 0 counts on reliably.
	counting = job{Prompt: "1, 2, 3, 4, 5, 6, 7,", MaxTokens: 24}
	stopping = job{Prompt: counting.Prompt, MaxTokens: 64, Stop: []string{" 12"}}
	weather  = job{Prompt: "What is the weather in Paris?", MaxTokens: 60}
	endless  = job{Prompt: counting.Prompt, MaxTokens: longAnswer}
	// Reading this prompt takes the model seconds.
	longRead = job{Prompt: strings.Repeat("one two three four five six seven ", 200), MaxTokens: 16}
	// Long enough that the second reading comes from the cache.
	cached = job{Prompt: strings.Repeat("Monday, Tuesday, Wednesday. ", 10), MaxTokens: 8, CachePrompt: true}
)

// bench is one test run: a model server, a gateway before it, and what the
// gateway's ledger must hold at the end.
type bench struct {
	spawn   *spawner
	model   *llama
	gateway *gateway
	direct  target

	completed map[string]tokens // by request id
	cut       map[string]cutCall
	unsent    int // calls cancelled before the client had a request id
}

// cutCall is a call that the client gave up in mid-stream.
type cutCall struct {
	chunks int    // that the client has seen
	served tokens // by the model
}

// TestRealModel sends the same calls through the gateway and past it, to a real
// model, with the official SDKs. The apps must not be able to tell the
// difference, cancelled calls must stop the model, and the ledger must hold
// what the model server has counted.
func TestRealModel(t *testing.T) {
	s := requireSetup(t)
	spawn := newSpawner(t)
	model := startLlama(t, s, spawn)
	b := &bench{
		spawn:     spawn,
		model:     model,
		gateway:   startGateway(t, spawn, model),
		direct:    target{baseURL: model.url + "/v1", key: providerKey, model: upstreamModel},
		completed: map[string]tokens{},
		cut:       map[string]cutCall{},
	}
	for _, c := range allClients(t, s) {
		t.Run(c.name, func(t *testing.T) {
			t.Run("answers", func(t *testing.T) { b.testAnswers(t, c) })
			t.Run("stop", func(t *testing.T) { b.testStop(t, c) })
			t.Run("tools", func(t *testing.T) { b.testTools(t, c) })
			t.Run("prompt_cache", func(t *testing.T) { b.testPromptCache(t, c) })
			t.Run("cancel_mid_stream", func(t *testing.T) { b.testCancelMidStream(t, c) })
			t.Run("cancel_before_first_token", func(t *testing.T) { b.testCancelBeforeFirstToken(t, c) })
			t.Run("refused", func(t *testing.T) { b.testRefused(t, c) })
			t.Run("models", func(t *testing.T) { b.testModels(t, c) })
		})
	}
	t.Run("ledger", b.testLedger)
}

// testAnswers: whole, streamed and streamed with usage, the same text.
func (b *bench) testAnswers(t *testing.T, c *client) {
	whole := b.compare(t, c, "whole", counting)
	if whole.Text == "" || whole.FinishReason != "length" || whole.Usage == nil {
		t.Errorf("whole: want text, usage and finish reason length, got %+v", whole)
	}
	stream := b.compare(t, c, "stream", counting)
	if stream.Usage != nil || stream.UsageChunks != 0 {
		t.Errorf("stream: usage that the client has not asked for: %+v in %d events", stream.Usage, stream.UsageChunks)
	}
	withUsage := b.compare(t, c, "stream_usage", counting)
	if withUsage.UsageChunks != 1 || !reflect.DeepEqual(withUsage.Usage, whole.Usage) {
		t.Errorf("stream_usage: %d usage events with %+v, want 1 with %+v", withUsage.UsageChunks, withUsage.Usage, whole.Usage)
	}
	for _, streamed := range []report{stream, withUsage} {
		if streamed.Text != whole.Text || streamed.FinishReason != whole.FinishReason {
			t.Errorf("%s: %q, %q; want as in the whole answer %q, %q", streamed.Scenario,
				streamed.Text, streamed.FinishReason, whole.Text, whole.FinishReason)
		}
		if streamed.Chunks < 2 {
			t.Errorf("%s: the text came in %d event, which is no stream", streamed.Scenario, streamed.Chunks)
		}
	}
}

// testStop: the other way an answer can end.
func (b *bench) testStop(t *testing.T, c *client) {
	for _, scenario := range []string{"whole", "stream"} {
		got := b.compare(t, c, scenario, stopping)
		if got.FinishReason != "stop" || !strings.HasSuffix(got.Text, " 11,") {
			t.Errorf("%s: %q, %q; want the text to stop after 11", scenario, got.Text, got.FinishReason)
		}
	}
}

// testTools: tool calls, whole and streamed piece by piece.
func (b *bench) testTools(t *testing.T, c *client) {
	whole := b.compare(t, c, "tools", weather)
	want := toolCall{Name: "get_weather", Arguments: `{"city": "Paris"}`}
	if len(whole.ToolCalls) == 0 || whole.ToolCalls[0] != want {
		t.Errorf("tools: calls %+v, want %+v first", whole.ToolCalls, want)
	}
	stream := b.compare(t, c, "tools_stream", weather)
	if !reflect.DeepEqual(stream.ToolCalls, whole.ToolCalls) {
		t.Errorf("tools_stream: calls %+v, want as in the whole answer %+v", stream.ToolCalls, whole.ToolCalls)
	}
}

// testPromptCache: tokens from the provider's cache stay apart in the books.
func (b *bench) testPromptCache(t *testing.T, c *client) {
	b.throughGateway(t, c, "whole", cached)
	again := b.throughGateway(t, c, "whole", cached)
	if again.Usage == nil || again.Usage.Cached == 0 {
		t.Errorf("the second call used no cache: %+v", again.Usage)
	}
}

// testCancelMidStream: the client leaves after a few tokens.
func (b *bench) testCancelMidStream(t *testing.T, c *client) {
	before := b.model.counters(t)
	j := endless
	j.Scenario = "cancel_mid_stream"
	got := c.call(t, b.spawn, b.gateway.target, j, nil)
	if got.Error != nil || !got.Cancelled || got.Chunks == 0 {
		t.Fatalf("want a cancelled stream with some text, got %+v (%+v)", got, got.Error)
	}
	b.model.waitIdle(t, stopLimit)
	served := b.model.counters(t).minus(before)
	if served.generated >= longAnswer/2 {
		t.Errorf("the model went on for %d tokens after the client left", served.generated)
	}
	if got.RequestID == "" {
		t.Fatal("no x-request-id")
	}
	b.cut[got.RequestID] = cutCall{chunks: got.Chunks, served: served}
}

// testCancelBeforeFirstToken: the client leaves while the model reads the prompt.
func (b *bench) testCancelBeforeFirstToken(t *testing.T, c *client) {
	before := b.model.counters(t)
	j := longRead
	j.Scenario = "cancel_before_first_token"
	got := c.call(t, b.spawn, b.gateway.target, j, func() { b.model.waitBusy(t) })
	if got.Error != nil || !got.Cancelled || got.Text != "" {
		t.Fatalf("want a cancelled call without text, got %+v (%+v)", got, got.Error)
	}
	b.model.waitIdle(t, stopLimit)
	served := b.model.counters(t).minus(before)
	if served.generated != 0 {
		t.Errorf("the model produced %d tokens for nobody", served.generated)
	}
	t.Logf("cancelled before the first token: the model counted %+v", served)
	b.unsent++
}

// testRefused: the app gets an error in OpenAI's shape that says what to change,
// and the model is not bothered.
func (b *bench) testRefused(t *testing.T, c *client) {
	wrongKey, wrongModel := b.gateway.target, b.gateway.target
	wrongKey.key = "sk-wrong"
	wrongModel.model = "no-such-model"
	for _, test := range []struct {
		name, scenario string
		to             target
		want           callError // Message: a word in it
	}{
		{"bad_key", "whole", wrongKey, callError{401, "invalid_request_error", "invalid_api_key", "", "key"}},
		{"unknown_model", "whole", wrongModel, callError{404, "invalid_request_error", "model_not_found", "model", wrongModel.model}},
		{"bad_request", "bad_request", b.gateway.target, callError{400, "invalid_request_error", "invalid_field", "messages", "messages"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := b.model.counters(t)
			j := counting
			j.Scenario = test.scenario
			got := c.call(t, b.spawn, test.to, j, nil)
			if got.Error == nil {
				t.Fatalf("want an error, got %+v", got)
			}
			if !strings.Contains(got.Error.Message, test.want.Message) {
				t.Errorf("the message %q does not say %q", got.Error.Message, test.want.Message)
			}
			if strings.Contains(got.Error.Message, test.to.key) {
				t.Errorf("the message %q repeats the key", got.Error.Message)
			}
			test.want.Message = got.Error.Message
			if *got.Error != test.want {
				t.Errorf("error %+v, want %+v", *got.Error, test.want)
			}
			if served := b.model.counters(t).minus(before); served != (tokens{}) {
				t.Errorf("the model was called: %+v", served)
			}
		})
	}
}

// testModels: the route is listed, the upstream's own name is not.
func (b *bench) testModels(t *testing.T, c *client) {
	got := c.call(t, b.spawn, b.gateway.target, job{Scenario: "models_list"}, nil)
	if want := []string{routeName}; !slices.Equal(got.Models, want) {
		t.Errorf("models %q, want %q (error %+v)", got.Models, want, got.Error)
	}
}

// testLedger: every call is in the books, with the model server's own figures.
func (b *bench) testLedger(t *testing.T) {
	calls := len(b.completed) + len(b.cut) + b.unsent
	if calls == 0 {
		t.Skip("no call was made")
	}
	var rows []ledgerRow
	// A row is closed when the last byte has left, so it may come a little later
	// than the client's report.
	eventually(t, 200*time.Millisecond, 30*time.Second, "all calls in the ledger", func() error {
		all, err := b.gateway.ledger()
		if err != nil {
			return err
		}
		// Refused calls and the list of models may have rows, but never tokens.
		rows = slices.DeleteFunc(all, func(r ledgerRow) bool {
			return r.Attempts == 0 && r.tokens() == tokens{}
		})
		if len(rows) != calls {
			return fmt.Errorf("%d rows for %d calls: %+v", len(rows), calls, rows)
		}
		return nil
	})

	unsent := 0
	for _, row := range rows {
		if row.Route != routeName {
			t.Errorf("row of another route: %+v", row)
		}
		if want, ok := b.completed[row.RequestID]; ok {
			if row.tokens() != want || row.Estimated || row.Status != 200 || row.End != "completed" {
				t.Errorf("row %+v, want the model's figures %+v", row, want)
			}
			continue
		}
		if row.End != "client_gone" || !row.Estimated {
			t.Errorf("row of a cancelled call %+v, want the end client_gone, and estimated", row)
		}
		if call, ok := b.cut[row.RequestID]; ok {
			t.Logf("cancelled in mid-stream: the client saw %d events, the model counted %+v, the ledger has %+v",
				call.chunks, call.served, row.tokens())
			if row.InputUncached == 0 || row.Output == 0 || row.Output > 4*call.served.generated {
				t.Errorf("row %+v is no fair estimate of %+v", row, call.served)
			}
			continue
		}
		unsent++
		if row.Output != 0 || row.Status != 499 {
			t.Errorf("row %+v, want no output and status 499", row)
		}
	}
	if unsent != b.unsent {
		t.Errorf("%d rows of calls cancelled before an answer, want %d", unsent, b.unsent)
	}
}

// compare makes the same call past the gateway and through it; what the app sees
// and what the model does must be the same. It returns the report of the latter.
func (b *bench) compare(t *testing.T, c *client, scenario string, j job) report {
	t.Helper()
	before := b.model.counters(t)
	j.Scenario = scenario
	want := c.call(t, b.spawn, b.direct, j, nil)
	if want.Error != nil {
		t.Fatalf("%s, past the gateway: %+v", scenario, *want.Error)
	}
	wantServed := b.model.counters(t).minus(before)

	got := b.throughGateway(t, c, scenario, j)
	if served := b.completed[got.RequestID]; served != wantServed {
		t.Errorf("%s: the model served %+v, past the gateway %+v", scenario, served, wantServed)
	}
	want.RequestID = got.RequestID
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\nthrough the gateway %+v\npast the gateway    %+v", scenario, got, want)
	}
	return got
}

// throughGateway makes a call that must succeed, holds its usage against the
// model server's counters and notes it for the ledger.
func (b *bench) throughGateway(t *testing.T, c *client, scenario string, j job) report {
	t.Helper()
	before := b.model.counters(t)
	j.Scenario = scenario
	got := c.call(t, b.spawn, b.gateway.target, j, nil)
	if got.Error != nil {
		t.Fatalf("%s, through the gateway: %+v", scenario, *got.Error)
	}
	served := b.model.counters(t).minus(before)
	if u := got.Usage; u != nil {
		want := usage{
			Prompt: served.prompt + served.cached, Cached: served.cached, Completion: served.generated,
			Total: served.prompt + served.cached + served.generated,
		}
		if *u != want {
			t.Errorf("%s: usage %+v, the model counted %+v", scenario, *u, want)
		}
	}
	if got.RequestID == "" {
		t.Fatalf("%s: no x-request-id", scenario)
	}
	if _, twice := b.completed[got.RequestID]; twice {
		t.Fatalf("%s: the request id %s was given twice", scenario, got.RequestID)
	}
	b.completed[got.RequestID] = served
	return got
}
