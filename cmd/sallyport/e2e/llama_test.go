package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// upstreamModel is the name under which the model server knows the model; apps
// ask for the route instead.
const upstreamModel = "gemma-3-270m"

// providerKey is the secret that the model server asks for: the gateway has to
// put it in the place of the virtual key.
const providerKey = "llama-e2e-fedcba9876543210"

// llama is a running llama.cpp server.
type llama struct {
	url    string // e.g. "http://127.0.0.1:4711"
	client *http.Client
}

// startLlama starts a model server and waits until it is ready.
func startLlama(t *testing.T, s setup, spawn *spawner) *llama {
	t.Helper()
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	// One thread: two that wait for each other are ten times slower on a busy
	// machine. Small batches: the server hears of a cancelled call only between
	// two of them. 4 slots of 2,048 tokens.
	template, err := filepath.Abs("template.jinja")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.path("llama-server"), "--offline", "--no-ui",
		"--host", host, "--port", port, "--model", s.path("model.gguf"), "--alias", upstreamModel,
		"--chat-template-file", template, "--ctx-size", "8192", "--parallel", "4",
		"--threads", "1", "--batch-size", "64", "--ubatch-size", "64", "--slots", "--metrics")
	cmd.Env = cleanEnv("LLAMA_API_KEY=" + providerKey)
	p := spawn.start(t, "llama-server", cmd)

	l := &llama{url: "http://" + address, client: newHTTPClient(t)}
	eventually(t, 20*time.Millisecond, 2*time.Minute, "llama-server ready", func() error {
		if p.hasExited() {
			t.Fatalf("llama-server has ended: %v", p.err)
		}
		_, err := l.get(t, "/health")
		return err
	})
	return l
}

// tokens are the model server's own counters, the figures to hold the ledger
// against. Cancelled calls count with what was produced for them.
type tokens struct {
	prompt    int64 // read, not from the cache
	cached    int64 // prompt tokens from the cache
	generated int64
}

func (a tokens) minus(b tokens) tokens {
	return tokens{a.prompt - b.prompt, a.cached - b.cached, a.generated - b.generated}
}

// counters waits until the server is idle, since a call is booked when its slot
// is released, and returns the tokens served since the start.
func (l *llama) counters(t *testing.T) tokens {
	t.Helper()
	l.waitIdle(t, 30*time.Second)
	body, err := l.get(t, "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	counters, err := parseTokens(body)
	if err != nil {
		t.Fatalf("%s/metrics: %v", l.url, err)
	}
	return counters
}

// parseTokens reads the counters from a page in the Prometheus text format.
func parseTokens(page string) (tokens, error) {
	var result tokens
	want := map[string]*int64{
		"llamacpp:prompt_tokens_total":        &result.prompt,
		"llamacpp:prompt_tokens_cached_total": &result.cached,
		"llamacpp:tokens_predicted_total":     &result.generated,
	}
	lines := bufio.NewScanner(strings.NewReader(page))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		field, ok := want[name]
		if !ok {
			continue
		}
		count, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return tokens{}, fmt.Errorf("counter %s: %w", name, err)
		}
		*field = int64(count)
		delete(want, name)
	}
	if len(want) > 0 {
		return tokens{}, fmt.Errorf("%d of the expected counters are missing", len(want))
	}
	return result, lines.Err()
}

// busySlots returns how many calls the server is working on.
func (l *llama) busySlots(t *testing.T) (int, error) {
	body, err := l.get(t, "/slots")
	if err != nil {
		return 0, err
	}
	var slots []struct {
		Processing bool `json:"is_processing"`
	}
	if err := json.Unmarshal([]byte(body), &slots); err != nil {
		return 0, fmt.Errorf("parse the slots: %w", err)
	}
	busy := 0
	for _, slot := range slots {
		if slot.Processing {
			busy++
		}
	}
	return busy, nil
}

// waitIdle waits until the server works on nothing. It asks slowly: the server
// looks whether clients are still there when no call, ours included, has had a
// result for a second.
func (l *llama) waitIdle(t *testing.T, limit time.Duration) {
	t.Helper()
	l.waitSlots(t, 1300*time.Millisecond, limit, 0)
}

// waitBusy waits until the server works on one call.
func (l *llama) waitBusy(t *testing.T) {
	t.Helper()
	l.waitSlots(t, 20*time.Millisecond, 30*time.Second, 1)
}

func (l *llama) waitSlots(t *testing.T, interval, limit time.Duration, want int) {
	t.Helper()
	eventually(t, interval, limit, fmt.Sprintf("model server works on %d calls", want), func() error {
		busy, err := l.busySlots(t)
		if err == nil && busy != want {
			err = fmt.Errorf("it works on %d", busy)
		}
		return err
	})
}

func (l *llama) get(t *testing.T, path string) (string, error) {
	return get(t, l.client, l.url+path, providerKey)
}
