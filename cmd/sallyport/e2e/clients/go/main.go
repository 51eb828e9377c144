// Command client makes one call with the official openai SDK for Go and reports
// it as one JSON line.
//
// The job is the first line of stdin; base URL and key come from
// OPENAI_BASE_URL and OPENAI_API_KEY, as in any app. The end of stdin is the
// order to cancel. Fields of the job and of the report: ../README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"
)

const chunksBeforeCancel = 5

type job struct {
	Scenario    string   `json:"scenario"`
	Model       string   `json:"model"`
	Prompt      string   `json:"prompt"`
	MaxTokens   int64    `json:"max_tokens"`
	Stop        []string `json:"stop"`
	CachePrompt bool     `json:"cache_prompt"`
}

type report struct {
	Scenario     string     `json:"scenario"`
	RequestID    string     `json:"request_id"`
	Text         string     `json:"text"`
	Chunks       int        `json:"chunks"`
	UsageChunks  int        `json:"usage_chunks"`
	FinishReason string     `json:"finish_reason"`
	ToolCalls    []toolCall `json:"tool_calls"`
	Usage        *usage     `json:"usage,omitempty"`
	Models       []string   `json:"models,omitempty"`
	Cancelled    bool       `json:"cancelled"`
	Error        *callError `json:"error,omitempty"`
}

type toolCall struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

type usage struct {
	Prompt     int64 `json:"prompt"`
	Completion int64 `json:"completion"`
	Total      int64 `json:"total"`
	Cached     int64 `json:"cached"`
}

type callError struct {
	Status  int    `json:"status"`
	Type    string `json:"type"`
	Code    string `json:"code"`
	Param   string `json:"param"`
	Message string `json:"message"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	stdin := bufio.NewReader(in)
	line, err := stdin.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	var j job
	if err := json.Unmarshal(line, &j); err != nil {
		return fmt.Errorf("parse the job: %w", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// No retries: each call must be one row in the ledger.
	c := call{client: openai.NewClient(option.WithMaxRetries(0)), job: j, cancel: cancel}
	c.report.Scenario = j.Scenario
	if j.Scenario == "cancel_before_first_token" {
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}

	err = c.run(ctx)
	var apiErr *openai.Error
	switch {
	case errors.Is(err, context.Canceled):
		c.report.Cancelled = true
	case errors.As(err, &apiErr):
		c.report.Error = &callError{
			Status: apiErr.StatusCode, Type: apiErr.Type, Code: apiErr.Code,
			Param: apiErr.Param, Message: apiErr.Message,
		}
	case err != nil:
		c.report.Error = &callError{Message: err.Error()}
	}
	if c.response != nil {
		c.report.RequestID = c.response.Header.Get("X-Request-Id")
	}
	return json.NewEncoder(out).Encode(c.report)
}

type call struct {
	client   openai.Client
	job      job
	cancel   context.CancelFunc
	report   report
	response *http.Response
}

func (c *call) run(ctx context.Context) error {
	params := openai.ChatCompletionNewParams{
		Model:       c.job.Model,
		Messages:    []openai.ChatCompletionMessageParamUnion{openai.UserMessage(c.job.Prompt)},
		MaxTokens:   openai.Int(c.job.MaxTokens),
		Temperature: openai.Float(0),
		Seed:        openai.Int(42),
		Stop:        openai.ChatCompletionNewParamsStopUnion{OfStringArray: c.job.Stop},
	}
	options := []option.RequestOption{
		// Not an OpenAI field: llama.cpp must still get it.
		option.WithJSONSet("cache_prompt", c.job.CachePrompt),
		option.WithResponseInto(&c.response),
	}
	switch c.job.Scenario {
	case "whole":
		return c.whole(ctx, params, options)
	case "tools":
		return c.whole(ctx, withTools(params), options)
	case "bad_request":
		return c.whole(ctx, params, append(options, option.WithJSONSet("messages", c.job.Prompt)))
	case "stream", "cancel_mid_stream", "cancel_before_first_token":
		return c.stream(ctx, params, options)
	case "stream_usage":
		params.StreamOptions.IncludeUsage = openai.Bool(true)
		return c.stream(ctx, params, options)
	case "tools_stream":
		return c.stream(ctx, withTools(params), options)
	case "models_list":
		return c.models(ctx)
	}
	return fmt.Errorf("unknown scenario %q", c.job.Scenario)
}

func (c *call) whole(ctx context.Context, params openai.ChatCompletionNewParams, options []option.RequestOption) error {
	answer, err := c.client.Chat.Completions.New(ctx, params, options...)
	if err != nil {
		return err
	}
	if len(answer.Choices) == 0 {
		return errors.New("the answer has no choices")
	}
	choice := answer.Choices[0]
	c.report.Text = choice.Message.Content
	c.report.FinishReason = choice.FinishReason
	c.setUsage(answer.JSON.Usage.Valid(), answer.Usage)
	for _, tool := range choice.Message.ToolCalls {
		c.report.ToolCalls = append(c.report.ToolCalls, toolCall{tool.Function.Name, tool.Function.Arguments})
	}
	return nil
}

func (c *call) stream(ctx context.Context, params openai.ChatCompletionNewParams, options []option.RequestOption) error {
	events := c.client.Chat.Completions.NewStreaming(ctx, params, options...)
	defer events.Close()
	for events.Next() {
		chunk := events.Current()
		c.setUsage(chunk.JSON.Usage.Valid(), chunk.Usage)
		if len(chunk.Choices) == 0 {
			c.report.UsageChunks++
		}
		for _, choice := range chunk.Choices {
			c.addDelta(choice)
		}
		if c.job.Scenario == "cancel_mid_stream" && c.report.Chunks == chunksBeforeCancel {
			c.cancel()
		}
	}
	return events.Err()
}

func (c *call) addDelta(choice openai.ChatCompletionChunkChoice) {
	if choice.Delta.Content != "" {
		c.report.Text += choice.Delta.Content
		c.report.Chunks++
	}
	for _, tool := range choice.Delta.ToolCalls {
		for int64(len(c.report.ToolCalls)) <= tool.Index {
			c.report.ToolCalls = append(c.report.ToolCalls, toolCall{})
		}
		c.report.ToolCalls[tool.Index].Name += tool.Function.Name
		c.report.ToolCalls[tool.Index].Arguments += tool.Function.Arguments
	}
	if choice.FinishReason != "" {
		c.report.FinishReason = choice.FinishReason
	}
}

func (c *call) models(ctx context.Context) error {
	pages := c.client.Models.ListAutoPaging(ctx)
	for pages.Next() {
		c.report.Models = append(c.report.Models, pages.Current().ID)
	}
	return pages.Err()
}

// setUsage keeps u when the answer had one: the SDK cannot tell an absent usage
// from zeros by value.
func (c *call) setUsage(present bool, u openai.CompletionUsage) {
	if !present {
		return
	}
	c.report.Usage = &usage{
		Prompt: u.PromptTokens, Completion: u.CompletionTokens, Total: u.TotalTokens,
		Cached: u.PromptTokensDetails.CachedTokens,
	}
}

func withTools(params openai.ChatCompletionNewParams) openai.ChatCompletionNewParams {
	params.ToolChoice = openai.ChatCompletionToolChoiceOptionUnionParam{OfAuto: param.NewOpt("required")}
	params.Tools = []openai.ChatCompletionToolUnionParam{
		openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name:        "get_weather",
			Description: openai.String("The weather in a city"),
			Parameters: shared.FunctionParameters{
				"type": "object",
				"properties": map[string]any{
					"city": map[string]any{"type": "string", "enum": []string{"Paris", "Rome"}},
				},
				"required": []string{"city"},
			},
		}),
	}
	return params
}
