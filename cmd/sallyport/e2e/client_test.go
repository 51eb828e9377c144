package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// client is one of the programs in clients: an official SDK and as little else
// as possible.
type client struct {
	name string
	argv []string
	env  []string
}

// allClients returns the clients, building what has to be built.
func allClients(t *testing.T, s setup) []*client {
	t.Helper()
	return []*client{
		{
			name: "node",
			argv: []string{s.path("node"), filepath.Join("clients", "node", "client.cjs")},
			env:  []string{"NODE_PATH=" + s.path("node_modules")},
		},
		{
			name: "python",
			argv: []string{s.path("venv", "bin", "python"), "-B", filepath.Join("clients", "python", "client.py")},
		},
		{
			name: "go",
			argv: []string{goBuild(t, filepath.Join("clients", "go"), ".")},
		},
	}
}

// target is what a client talks to.
type target struct {
	baseURL string // ends in /v1
	key     string
	model   string
}

// job is what a client is told to do; README.md describes the scenarios.
type job struct {
	Scenario    string   `json:"scenario"`
	Model       string   `json:"model"`
	Prompt      string   `json:"prompt"`
	MaxTokens   int      `json:"max_tokens"`
	Stop        []string `json:"stop,omitempty"`
	CachePrompt bool     `json:"cache_prompt"`
}

// report is what a client has observed.
type report struct {
	Scenario     string     `json:"scenario"`
	RequestID    string     `json:"request_id"` // of the x-request-id header
	Text         string     `json:"text"`
	Chunks       int        `json:"chunks"`       // stream events with text
	UsageChunks  int        `json:"usage_chunks"` // stream events without choices
	FinishReason string     `json:"finish_reason"`
	ToolCalls    []toolCall `json:"tool_calls"`
	Usage        *usage     `json:"usage"`
	Models       []string   `json:"models"`
	Cancelled    bool       `json:"cancelled"`
	Error        *callError `json:"error"`
}

type toolCall struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// usage is the usage of an answer in tokens; Cached is a part of Prompt.
type usage struct {
	Prompt     int64 `json:"prompt"`
	Completion int64 `json:"completion"`
	Total      int64 `json:"total"`
	Cached     int64 `json:"cached"`
}

// callError is the error as the SDK shows it to an app; Status 0 means that
// there was no HTTP answer.
type callError struct {
	Status  int    `json:"status"`
	Type    string `json:"type"`
	Code    string `json:"code"`
	Param   string `json:"param"`
	Message string `json:"message"`
}

// call runs a client to its end. If orderCancel is not nil it runs while the
// call is under way, and when it returns the client is told to cancel.
func (c *client) call(t *testing.T, spawn *spawner, to target, j job, orderCancel func()) report {
	t.Helper()
	j.Model = to.model
	order, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Env = cleanEnv(append([]string{
		"OPENAI_BASE_URL=" + to.baseURL,
		"OPENAI_API_KEY=" + to.key,
	}, c.env...)...)
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := spawn.start(t, c.name+" client", cmd)
	if _, err := io.WriteString(stdin, string(order)+"\n"); err != nil {
		t.Fatalf("give the job to the %s client: %v", c.name, err)
	}
	if orderCancel != nil {
		orderCancel()
	}
	_ = stdin.Close()
	if err := p.wait(2 * time.Minute); err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("the %s client printed no report: %v\n%s\n%s", c.name, err, stdout.String(), p.log.String())
	}
	return r
}
