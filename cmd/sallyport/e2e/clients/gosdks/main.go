// Command gosdks runs jobs with the official Go SDKs. Jobs and reports are those
// of clients/sdks/main.mjs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
	"google.golang.org/genai"
)

type job struct {
	Client   string `json:"client"`
	Scenario string `json:"scenario"`
	Stream   bool   `json:"stream"`
	Base     string `json:"base"`
	Key      string `json:"key"`
	Model    string `json:"model"`
}

type report struct {
	Text      string     `json:"text"`
	Thinking  string     `json:"thinking"`
	Calls     []toolCall `json:"calls"`
	Finish    string     `json:"finish"`
	Usage     *usage     `json:"usage"`
	Cancelled bool       `json:"cancelled"`
	Error     *failure   `json:"error"`
}

type toolCall struct {
	Name string         `json:"name"`
	Args map[string]any `json:"args"`
}

type usage struct {
	Input  int64 `json:"input"`
	Output int64 `json:"output"`
}

type failure struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// What the programs ask with, as in clients/sdks/main.mjs.
const (
	system    = "Be brief."
	maxTokens = 100
	toolName  = "weather"
	toolAbout = "The weather in a city"
	result    = "sunny"
	png       = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)

func properties() map[string]any {
	return map[string]any{"city": map[string]any{"type": "string"}}
}

// schema is what the tool takes; closed, it is the shape of an answer.
func schema(closed bool) map[string]any {
	s := map[string]any{"type": "object", "properties": properties(), "required": []string{"city"}}
	if closed {
		s["additionalProperties"] = false
	}
	return s
}

// call is one job at work.
type call struct {
	job
	report
	cancel context.CancelFunc
}

func (c *call) prompt() string { return "scenario:" + c.Scenario }

func (c *call) is(scenario string) bool { return c.Scenario == scenario }

// runsTools reports whether the tool is run and its result sent back.
func (c *call) runsTools() bool { return c.is("round") || c.is("think") }

// said takes the next text of a stream, and leaves where that is the scenario.
func (c *call) said(text string) {
	c.Text += text
	if c.is("cancel") && c.Text != "" {
		c.Cancelled = true
		c.cancel()
	}
}

// called takes a tool call whose arguments are JSON text.
func (c *call) called(name, arguments string) error {
	call := toolCall{Name: name}
	if err := json.Unmarshal([]byte(arguments), &call.Args); err != nil {
		return fmt.Errorf("arguments %q: %w", arguments, err)
	}
	c.Calls = append(c.Calls, call)
	return nil
}

var clients = map[string]func(context.Context, *call) error{
	"openai-go": runOpenAI, "responses-go": runResponses, "anthropic-go": runAnthropic, "genai-go": runGenAI,
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var jobs []job
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		return fmt.Errorf("read the jobs: %w", err)
	}
	reports := make([]report, len(jobs))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() { reports[i] = runJob(j) })
	}
	wg.Wait()
	return json.NewEncoder(os.Stdout).Encode(reports)
}

func runJob(j job) report {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := &call{job: j, cancel: cancel}
	client, ok := clients[j.Client]
	if !ok {
		c.Error = &failure{Message: "unknown client " + j.Client}
		return c.report
	}
	err := client(ctx, c)
	if err != nil && !c.Cancelled {
		c.Error = &failure{Status: statusOf(err), Message: strings.TrimSpace(err.Error())}
	}
	return c.report
}

// statusOf returns the HTTP status of an SDK's error, 0 if it shows none.
func statusOf(err error) int {
	var fromOpenAI *openai.Error
	var fromAnthropic *anthropic.Error
	var fromGenAI genai.APIError
	switch {
	case errors.As(err, &fromOpenAI):
		return fromOpenAI.StatusCode
	case errors.As(err, &fromAnthropic):
		return fromAnthropic.StatusCode
	case errors.As(err, &fromGenAI):
		return fromGenAI.Code
	default:
		return 0
	}
}
