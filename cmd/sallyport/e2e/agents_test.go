package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// agent is a coding agent that runs without a terminal. It is given a folder of
// its own to live in and one to work in, and no way to the network but the
// gateway's address.
type agent struct {
	name, dialect string
	tool          string // scenario in which the provider calls the agent's shell
	command       func(t *testing.T, s setup, g *simulated, model, home string) *exec.Cmd
	read          func(out []byte) (*agentReport, error)
}

type agentReport struct {
	text   string
	failed bool
	usage  sdkUsage
}

var agents = []agent{
	{name: "claude", dialect: "anthropic.messages", tool: "bash", command: claudeCommand, read: readClaude},
	{name: "codex", dialect: "openai.responses", tool: "shell", command: codexCommand, read: readCodex},
}

// ran is what the command that the provider asks for prints.
const ran = "ran-42"

// TestAgents drives Claude Code and the Codex CLI through the gateway to
// providers of every dialect: an answer, a tool that the agent runs and whose
// result the provider gets, and a refusal.
func TestAgents(t *testing.T) {
	s := requireSetup(t)
	g := startSimulated(t)
	for i := range agents {
		a := &agents[i]
		t.Run(a.name, func(t *testing.T) {
			g.requireDialect(t, a.dialect)
			for _, upstream := range upstreamsOf(a.dialect) {
				t.Run(upstream+"/text", func(t *testing.T) {
					r := a.run(t, s, g, upstream, "text")
					if want := (agentReport{text: "Hello, world!", usage: sdkUsage{12, 5}}); *r != want {
						t.Errorf("%+v, want %+v", *r, want)
					}
					wantTurns(t, g.sim.take(), 1)
				})
				t.Run(upstream+"/tool", func(t *testing.T) {
					r := a.run(t, s, g, upstream, a.tool)
					if want := (agentReport{text: "It is sunny.", usage: sdkUsage{50, 22}}); *r != want {
						t.Errorf("%+v, want %+v", *r, want)
					}
					requests := g.sim.take()
					wantTurns(t, requests, 2)
					checkToolTurn(t, &requests[1])
				})
				t.Run(upstream+"/bad", func(t *testing.T) {
					if r := a.run(t, s, g, upstream, "bad"); !r.failed {
						t.Errorf("%+v, want a failure", *r)
					}
					if requests := g.sim.take(); len(requests) == 0 {
						t.Error("the provider was not asked")
					}
				})
			}
		})
	}
}

func wantTurns(t *testing.T, requests []asked, n int) {
	t.Helper()
	if len(requests) != n {
		t.Fatalf("the provider was asked %d times, want %d", len(requests), n)
	}
	for i := range requests {
		if a := &requests[i]; !a.stream || !hasLine(a.lines, "system: ") || !hasLine(a.lines, "offers ") {
			t.Errorf("turn %d: stream %v, a request without a system prompt or tools", i+1, a.stream)
		}
	}
}

// checkToolTurn: the provider gets what the tool printed, and its signature back.
func checkToolTurn(t *testing.T, a *asked) {
	t.Helper()
	call := slices.IndexFunc(a.lines, func(ln string) bool { return strings.HasPrefix(ln, "calls ") })
	result := slices.IndexFunc(a.lines, func(ln string) bool { return strings.HasPrefix(ln, "result ") })
	if call < 0 || result < call || !strings.Contains(a.lines[result], ran) {
		t.Errorf("no call and its result with %q in\n%.8000s", ran, strings.Join(a.lines, "\n"))
		return
	}
	signed := slices.ContainsFunc(a.lines[:call+1], func(ln string) bool { return strings.HasSuffix(ln, "["+signature+"]") })
	if want := a.dialect != "openai.chat"; signed != want {
		t.Errorf("signature of the thinking came back: %v, want %v; the call is %q", signed, want, a.lines[max(call-1, 0):call+1])
	}
}

// run runs the agent once.
func (a *agent) run(t *testing.T, s setup, g *simulated, upstream, scenario string) *agentReport {
	t.Helper()
	home := t.TempDir()
	cmd := a.command(t, s, g, upstream, home)
	cmd.Args = append(cmd.Args, "scenario:"+scenario)
	cmd.Dir = t.TempDir()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	p := newSpawner(t).start(t, a.name, cmd)
	err := p.wait(2 * time.Minute)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v\n%s\n%s", err, stdout.Bytes(), stderr.Bytes())
	}
	r, readErr := a.read(stdout.Bytes())
	if readErr != nil {
		t.Fatalf("%v, %v\n%s\n%s", readErr, err, stdout.Bytes(), stderr.Bytes())
	}
	if r.failed != (err != nil) {
		t.Errorf("failed %v, and the exit status is %v", r.failed, err)
	}
	return r
}

// agentEnv is the environment of an agent that lives in home.
func agentEnv(home string, extra ...string) []string {
	env := slices.DeleteFunc(cleanEnv(), func(v string) bool { return strings.HasPrefix(v, "HOME=") })
	return append(append(env, "HOME="+home), extra...)
}

func claudeCommand(_ *testing.T, s setup, g *simulated, model, home string) *exec.Cmd {
	cmd := exec.Command(s.path("claude"), "--output-format", "json", "--model", model, "--allowedTools=Bash", "--print")
	cmd.Env = agentEnv(
		home,
		"ANTHROPIC_BASE_URL="+g.base, "ANTHROPIC_AUTH_TOKEN="+virtualKey, "ANTHROPIC_SMALL_FAST_MODEL="+model,
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_AUTOUPDATER=1", "DISABLE_TELEMETRY=1", "DISABLE_ERROR_REPORTING=1",
		"CLAUDE_CODE_MAX_RETRIES=0",
	)
	return cmd
}

// readClaude reads the one JSON object that it prints.
func readClaude(out []byte) (*agentReport, error) {
	var r struct {
		Subtype string `json:"subtype"`
		Error   bool   `json:"is_error"`
		Result  string `json:"result"`
		Usage   struct {
			Input  int `json:"input_tokens"`
			Output int `json:"output_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, err
	}
	return &agentReport{r.Result, r.Error || r.Subtype != "success", sdkUsage{r.Usage.Input, r.Usage.Output}}, nil
}

const codexConfig = `
model = %q
model_provider = "sallyport"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
web_search = "disabled"

[analytics]
enabled = false

[model_providers.sallyport]
name = "Sallyport"
base_url = "%s/v1"
env_key = "SALLYPORT_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`

func codexCommand(t *testing.T, s setup, g *simulated, model, home string) *exec.Cmd {
	t.Helper()
	config := fmt.Sprintf(codexConfig, model, g.base)
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.path("codex"), "exec", "--skip-git-repo-check", "--json")
	cmd.Env = agentEnv(home, "CODEX_HOME="+home, "SALLYPORT_KEY="+virtualKey)
	return cmd
}

// readCodex reads the events that it prints, one JSON object a line.
func readCodex(out []byte) (*agentReport, error) {
	r := &agentReport{failed: true} // until it says that it is done
	for ln := range bytes.Lines(out) {
		var e struct {
			Type string `json:"type"`
			Item struct {
				Type string `json:"type"`
				Text string `json:"text"`
			} `json:"item"`
			Usage struct {
				Input  int `json:"input_tokens"`
				Output int `json:"output_tokens"`
			} `json:"usage"`
		}
		if err := json.Unmarshal(ln, &e); err != nil {
			return nil, fmt.Errorf("%q: %w", ln, err)
		}
		switch {
		case e.Type == "item.completed" && e.Item.Type == "agent_message":
			r.text += e.Item.Text
		case e.Type == "turn.completed":
			r.failed, r.usage = false, sdkUsage{e.Usage.Input, e.Usage.Output}
		}
	}
	return r, nil
}
