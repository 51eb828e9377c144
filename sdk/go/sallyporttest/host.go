// Package sallyporttest runs the hooks of a plugin outside a gateway, so that go
// test is all that an author needs:
//
//	func TestPrompt(t *testing.T) {
//		h := sallyporttest.Start(t, `{"words": ["kraken"]}`)
//		if r := h.Prompt("release the kraken"); r.Block == nil {
//			t.Errorf("not blocked: %+v", r)
//		}
//	}
//
// The hooks are those that the plugin registers in its init. Calls and replies
// take the way that they take in a guest, through the frames of the ABI, and a
// reply that the gateway would not accept is an error here too. Different from a
// gateway are these: every call shows everything, whatever the manifest asks
// for; limits of steps, time and memory are not held; and nobody takes the
// plugin's variables back between calls.
package sallyporttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/host"
)

// Host stands in the gateway's place. Tests set its fields before a call and
// look at them after. One test uses it at a time, and there is one at a time:
// tests that have one cannot run in parallel.
type Host struct {
	// Plugin and Instance are the names that Configure gives.
	Plugin, Instance string
	// Capabilities are those that the operator granted.
	Capabilities []string
	// MaxWindow is what Config.Window says.
	MaxWindow int
	// Exchange is what calls say of the exchange. See NewExchange.
	Exchange Exchange
	// Stage is that of prompt calls; Start and New set StageJudge.
	Stage sallyport.Stage
	// Time is the wall time. It stands still unless the test moves it.
	Time time.Time
	// RequestJSON and AnswerJSON are the documents of these names.
	RequestJSON, AnswerJSON []byte
	// Fail makes functions of the host fail, by name: h.Fail["kv_get"] =
	// sallyport.ErrUnavailable.
	Fail map[string]error

	// Logs is what the plugin logged.
	Logs []LogLine
	// Counters are the metrics that it keeps.
	Counters map[string]int64
	// Slots is what it left on the exchange.
	Slots map[string][]byte

	t      testing.TB
	config []byte
	kv     map[string]kvEntry
	states map[stateKey][]byte
	random *rand.ChaCha8
	inHook bool
	calls  int
}

// LogLine is what a plugin logged.
type LogLine struct {
	Level sallyport.Level
	Text  string
}

// Exchange is what calls say of the exchange.
type Exchange struct {
	ID, Route, Dialect, Consumer, Tenant, Model string

	Operation sallyport.Operation
	Stream    bool
	Shadow    bool
	Tags      []Tag
	Headers   map[string]string // names in lower case
}

// Tag is a key and value on the exchange.
type Tag struct{ Key, Value string }

type kvEntry struct {
	value []byte
	until time.Time // zero: for ever
}

type stateKey struct {
	hook          guest.Hook
	choice, block int
}

// New puts a host in the gateway's place until the test ends. The plugin is not
// configured yet.
func New(t testing.TB) *Host {
	t.Helper()
	h := &Host{
		Plugin: "guardrail.test", Instance: "test", Stage: sallyport.StageJudge,
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Fail: map[string]error{},
		Counters: map[string]int64{}, t: t, config: []byte("{}"), kv: map[string]kvEntry{},
		random: rand.NewChaCha8([32]byte{}),
		Exchange: Exchange{
			Route: "test", Dialect: "openai.chat", Consumer: "key", Tenant: "tenant", Model: "model",
			Operation: sallyport.OperationChat,
		},
	}
	release, ok := host.Use(imports{h})
	if !ok {
		t.Fatal("sallyporttest: another test has a host: tests with one cannot run in parallel, and a subtest uses its parent's")
	}
	t.Cleanup(release)
	h.NewExchange()
	return h
}

// Start makes a host and configures the plugin, which must accept. See
// [Host.Configure].
func Start(t testing.TB, config any) *Host {
	t.Helper()
	h := New(t)
	if err := h.Configure(config); err != nil {
		t.Fatal(err)
	}
	return h
}

// Configure hands the plugin a configuration: JSON as a string or []byte, nil
// for an empty object, or anything that [json.Marshal] takes. Defaults of the
// manifest are not filled in. An error is why the plugin refused it.
func (h *Host) Configure(config any) error {
	h.t.Helper()
	text, err := toJSON(config)
	if err != nil {
		h.t.Fatalf("sallyporttest: the configuration is no JSON object: %v", err)
	}
	h.config, h.calls, h.inHook = text, 0, false
	call := abi.ConfigureCall{
		Plugin: []byte(h.Plugin), Instance: []byte(h.Instance), Config: text, Revision: 1, Window: uint32(h.MaxWindow),
	}
	for _, c := range h.Capabilities {
		call.Capabilities = append(call.Capabilities, []byte(c))
	}
	return guest.Configure(call.Append(nil))
}

func toJSON(config any) ([]byte, error) {
	var text []byte
	switch v := config.(type) {
	case nil:
		text = []byte("{}")
	case string:
		text = []byte(v)
	case []byte:
		text = v
	default:
		var err error
		if text, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	return text, nil
}

// NewExchange begins another exchange: calls give another id, and slots, tags
// and states are empty.
func (h *Host) NewExchange() {
	h.Exchange.ID = fmt.Sprintf("00000000-0000-7000-8000-%012x", h.random.Uint64()>>16)
	h.Exchange.Tags = nil
	h.Slots, h.states = map[string][]byte{}, map[stateKey][]byte{}
}

// KV returns a value of the store and whether there is one.
func (h *Host) KV(key string) ([]byte, bool) {
	e, ok := h.kv[key]
	if ok && !e.until.IsZero() && !h.Time.Before(e.until) {
		return nil, false
	}
	return e.value, ok
}

// SetKV puts a value into the store, for ever.
func (h *Host) SetKV(key string, value []byte) { h.kv[key] = kvEntry{value: value} }

// run calls a hook and decodes its reply into m.
func (h *Host) run(k guest.Hook, frame []byte, m interface{ Decode([]byte) error }) error {
	h.calls, h.inHook = 0, true
	defer func() { h.inHook = false }()
	out, err := guest.Run(k, nil, frame)
	if err != nil {
		return err
	}
	if err := m.Decode(out); err != nil {
		return errors.Join(errors.New("the gateway would refuse the reply"), err)
	}
	return nil
}
