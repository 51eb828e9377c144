package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sdkConfig has one provider for each dialect of the simulated one. The kind groq
// speaks openai.chat alone.
const sdkConfig = `
listen: %[1]s
admin: {listen: %[2]s}
providers:
  - {name: compatible, kind: groq, base_url: "%[4]s/openai/v1", key: "${env:` + providerKeyEnv + `}"}
  - {name: responder, kind: openai, base_url: "%[4]s/openai/v1", key: "${env:` + providerKeyEnv + `}"}
  - {name: claude, kind: anthropic, base_url: "%[4]s/anthropic", key: "${env:` + providerKeyEnv + `}"}
  - {name: google, kind: gemini, base_url: "%[4]s/gemini/v1beta", key: "${env:` + providerKeyEnv + `}"}
keys:
  - {name: e2e, key: "${env:` + virtualKeyEnv + `}", routes: ["*"]}
ledger: {folder: "%[3]s"}
routes:
`

// upstreams are the providers of sdkConfig by dialect. A route is named like the
// dialect.
var upstreams = map[string]string{
	"openai.chat": "compatible", "openai.responses": "responder", "anthropic.messages": "claude", "gemini": "google",
}

// upstreamsOf returns the dialects of the upstreams for clients of a dialect,
// sorted. A provider that speaks responses speaks chat as well, so only clients
// of responses use it.
func upstreamsOf(dialect string) []string {
	all := slices.Sorted(maps.Keys(upstreams))
	return slices.DeleteFunc(all, func(u string) bool { return u == "openai.responses" && u != dialect })
}

// simulatedRoutes returns a route to each upstream, and one for each SDK in each
// scenario that fails, so that no deployment is ever put to cool.
func simulatedRoutes() string {
	var b strings.Builder
	add := func(name, upstream string) {
		fmt.Fprintf(&b, "  - {name: %s, retries: 0, deployments: [{provider: %s, model: sim-model-1}]}\n", name, upstreams[upstream])
	}
	for upstream := range upstreams {
		add(upstream, upstream)
		for i := range sdks {
			for j := range sdkScenarios {
				if sdkScenarios[j].status != 0 {
					add(sdks[i].route(upstream, &sdkScenarios[j]), upstream)
				}
			}
		}
	}
	return b.String()
}

func (k *sdk) route(upstream string, s *sdkScenario) string {
	if s.status == 0 {
		return upstream
	}
	return strings.Join([]string{upstream, k.client, k.dialect, s.name}, "-")
}

// simulated is a gateway before the simulated provider.
type simulated struct {
	*gateway
	sim  *provider
	base string // its URL without a path
}

func startSimulated(t *testing.T) *simulated {
	t.Helper()
	sim := newProvider(t)
	g := startGatewayWith(t, newSpawner(t), func(listen, admin, ledger string) string {
		return fmt.Sprintf(sdkConfig, listen, admin, ledger, sim.URL) + simulatedRoutes()
	})
	return &simulated{gateway: g, sim: sim, base: strings.TrimSuffix(g.target.baseURL, "/v1")}
}

// requireDialect skips t if the gateway has no clients of the dialect.
func (s *simulated) requireDialect(t *testing.T, dialect string) {
	t.Helper()
	if dialect != "openai.responses" {
		return
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/v1/responses", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+virtualKey)
	resp, err := newHTTPClient(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		t.Skip("the gateway does not serve /v1/responses")
	}
}

// sdk is one program of clients/sdks or, if its name ends in -go, clients/gosdks
// in one dialect.
type sdk struct {
	client, dialect string
	// finish is the SDK's word for an answer that is done, that called a tool and
	// that was too long.
	finish [3]string
	// addsUsage: on streams it adds up what Anthropic's events set.
	addsUsage bool
	// hidesErrors: it passes over errors in a stream. The answer must not look
	// finished then.
	hidesErrors bool
	// hidesThinking: it does not show an app all that was thought.
	hidesThinking bool
	// dropsSignatures: it does not send back what it does not know.
	dropsSignatures bool
	// noImages: it takes none for a model whose name it does not know.
	noImages bool
}

var sdks = []sdk{
	{client: "openai", dialect: "openai.chat", finish: [3]string{"stop", "tool_calls", "length"}, hidesThinking: true},
	{client: "responses", dialect: "openai.responses", finish: [3]string{"completed", "completed", "max_output_tokens"}},
	{client: "anthropic", dialect: "anthropic.messages", finish: [3]string{"end_turn", "tool_use", "max_tokens"}},
	{client: "genai", dialect: "gemini", finish: [3]string{"STOP", "STOP", "MAX_TOKENS"}},
	{client: "ai", dialect: "openai.chat", finish: [3]string{"stop", "tool-calls", "length"}, hidesThinking: true, dropsSignatures: true},
	{client: "ai", dialect: "openai.responses", finish: [3]string{"stop", "tool-calls", "length"}},
	{client: "ai", dialect: "anthropic.messages", finish: [3]string{"stop", "tool-calls", "length"}},
	{client: "ai", dialect: "gemini", finish: [3]string{"stop", "tool-calls", "length"}},
	{client: "langchain", dialect: "openai.chat", finish: [3]string{"stop", "tool_calls", "length"}, hidesThinking: true, dropsSignatures: true},
	{client: "langchain", dialect: "openai.responses", finish: [3]string{"completed", "completed", "max_output_tokens"}, hidesErrors: true},
	{client: "langchain", dialect: "anthropic.messages", finish: [3]string{"end_turn", "tool_use", "max_tokens"}, addsUsage: true},
	{client: "langchain", dialect: "gemini", finish: [3]string{"STOP", "STOP", "MAX_TOKENS"}, hidesErrors: true, hidesThinking: true, noImages: true},
	{client: "openai-go", dialect: "openai.chat", finish: [3]string{"stop", "tool_calls", "length"}, hidesThinking: true, dropsSignatures: true},
	{client: "responses-go", dialect: "openai.responses", finish: [3]string{"completed", "completed", "max_output_tokens"}},
	{client: "anthropic-go", dialect: "anthropic.messages", finish: [3]string{"end_turn", "tool_use", "max_tokens"}},
	{client: "genai-go", dialect: "gemini", finish: [3]string{"STOP", "STOP", "MAX_TOKENS"}},
}

// sdkJob and sdkReport are described in clients/sdks/main.mjs.
type sdkJob struct {
	Client   string `json:"client"`
	Dialect  string `json:"dialect"`
	Scenario string `json:"scenario"`
	Stream   bool   `json:"stream"`
	Base     string `json:"base"`
	Key      string `json:"key"`
	Model    string `json:"model"`

	of       *sdkScenario
	upstream string // dialect
}

type sdkReport struct {
	Text      string    `json:"text"`
	Thinking  string    `json:"thinking"`
	Calls     []sdkCall `json:"calls"`
	Finish    string    `json:"finish"`
	Usage     *sdkUsage `json:"usage"`
	Cancelled bool      `json:"cancelled"`
	Error     *struct {
		Status  any    `json:"status"`
		Message string `json:"message"`
	} `json:"error"`
}

type sdkCall struct {
	Name string         `json:"name"`
	Args map[string]any `json:"args"`
}

type sdkUsage struct {
	Input  int `json:"input"`
	Output int `json:"output"`
}

// TestSDKs drives the SDKs of many dialects through the gateway to providers of
// every dialect. Neither what an SDK shows its app nor what the provider is asked
// may depend on who is at the other end.
func TestSDKs(t *testing.T) {
	s := requireSetup(t)
	g := startSimulated(t)
	installSDKs(t, s)
	for i := range sdks {
		k := &sdks[i]
		t.Run(k.client+"/"+k.dialect, func(t *testing.T) {
			g.requireDialect(t, k.dialect)
			jobs := k.jobs(g.base)
			left := g.sim.leaves()
			reports := runSDK(t, s, jobs)
			asked := g.sim.take()
			for _, upstream := range upstreamsOf(k.dialect) {
				t.Run(upstream, func(t *testing.T) { k.check(t, upstream, jobs, reports, asked) })
			}
			leavers := 0
			for i := range jobs {
				if jobs[i].Scenario == "cancel" {
					leavers++
				}
			}
			eventually(t, 10*time.Millisecond, time.Minute, "closed connections to the provider", func() error {
				if n := g.sim.leaves() - left; n != leavers {
					return fmt.Errorf("%d of %d", n, leavers)
				}
				return nil
			})
		})
	}
}

// jobs returns every scenario at every upstream.
func (k *sdk) jobs(base string) []sdkJob {
	var jobs []sdkJob
	for _, upstream := range upstreamsOf(k.dialect) {
		for i := range sdkScenarios {
			of := &sdkScenarios[i]
			if of.name == "image" && k.noImages {
				continue
			}
			j := sdkJob{
				Client: k.client, Dialect: k.dialect, Scenario: of.name, Base: base, Key: virtualKey,
				Model: k.route(upstream, of), of: of, upstream: upstream,
			}
			if !of.stream {
				jobs = append(jobs, j)
			}
			j.Stream = true
			jobs = append(jobs, j)
		}
	}
	return jobs
}

// installSDKs puts the programs beside the packages that they import.
func installSDKs(t *testing.T, s setup) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("clients", "sdks", "*.mjs"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs: %v", err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(s.path("sdks", filepath.Base(f)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// runSDK runs jobs of one client in one process.
func runSDK(t *testing.T, s setup, jobs []sdkJob) []sdkReport {
	t.Helper()
	order, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), s.path("node"), s.path("sdks", "main.mjs"))
	if strings.HasSuffix(jobs[0].Client, "-go") {
		cmd = exec.CommandContext(t.Context(), s.path("go-sdks"))
	}
	cmd.Env, cmd.Stdin = cleanEnv(), bytes.NewReader(order)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var reports []sdkReport
	if err == nil {
		err = json.Unmarshal(out, &reports)
	}
	if err != nil || len(reports) != len(jobs) {
		t.Fatalf("%d reports for %d jobs: %v\n%s\n%s", len(reports), len(jobs), err, out, stderr.Bytes())
	}
	return reports
}
