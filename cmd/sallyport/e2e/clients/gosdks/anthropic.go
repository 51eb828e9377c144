package main

import (
	"context"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func runAnthropic(ctx context.Context, c *call) error {
	client := anthropic.NewClient(option.WithBaseURL(c.Base), option.WithAPIKey(c.Key), option.WithMaxRetries(0))
	request := messagesRequest(c)
	for {
		answer, err := c.message(ctx, &client, request)
		if err != nil {
			return err
		}
		c.Text, c.Finish = "", string(answer.StopReason)
		c.Usage = &usage{answer.Usage.InputTokens, answer.Usage.OutputTokens}
		var results []anthropic.ContentBlockParamUnion
		for i := range answer.Content {
			b := &answer.Content[i]
			switch b.Type {
			case "text":
				c.Text += b.Text
			case "thinking":
				c.Thinking += b.Thinking
			case "tool_use":
				if err := c.called(b.Name, string(b.Input)); err != nil {
					return err
				}
				results = append(results, anthropic.NewToolResultBlock(b.ID, result, false))
			}
		}
		if !c.runsTools() || len(results) == 0 {
			return nil
		}
		request.Messages = append(request.Messages, answer.ToParam(), anthropic.NewUserMessage(results...))
	}
}

func messagesRequest(c *call) anthropic.MessageNewParams {
	content := []anthropic.ContentBlockParamUnion{anthropic.NewTextBlock(c.prompt())}
	if c.is("image") {
		content = append(content, anthropic.NewImageBlockBase64("image/png", png))
	}
	request := anthropic.MessageNewParams{
		Model:     c.Model,
		MaxTokens: maxTokens,
		System:    []anthropic.TextBlockParam{{Text: system}},
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(content...)},
	}
	if c.is("shape") {
		request.OutputConfig.Format.Schema = schema(true)
		return request
	}
	request.Tools = []anthropic.ToolUnionParam{{OfTool: &anthropic.ToolParam{
		Name: toolName, Description: anthropic.String(toolAbout),
		InputSchema: anthropic.ToolInputSchemaParam{Properties: properties(), Required: []string{"city"}},
	}}}
	return request
}

// message asks once. A stream is put together by the SDK.
func (c *call) message(ctx context.Context, client *anthropic.Client, request anthropic.MessageNewParams) (*anthropic.Message, error) {
	if !c.job.Stream {
		return client.Messages.New(ctx, request)
	}
	stream := client.Messages.NewStreaming(ctx, request)
	defer stream.Close()
	var whole anthropic.Message
	for stream.Next() {
		event := stream.Current()
		if err := whole.Accumulate(event); err != nil {
			return nil, err
		}
		c.said(event.Delta.Text)
	}
	return &whole, stream.Err()
}
