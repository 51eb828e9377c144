package main

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

func newOpenAI(c *call) openai.Client {
	return openai.NewClient(option.WithBaseURL(c.Base+"/v1"), option.WithAPIKey(c.Key), option.WithMaxRetries(0))
}

func runOpenAI(ctx context.Context, c *call) error {
	client := newOpenAI(c)
	request := chatRequest(c)
	for {
		answer, err := c.chat(ctx, &client, request)
		if err != nil {
			return err
		}
		if len(answer.Choices) == 0 {
			return errors.New("the answer has no choices")
		}
		choice := &answer.Choices[0]
		c.Text, c.Finish = choice.Message.Content, choice.FinishReason
		c.Usage = &usage{answer.Usage.PromptTokens, answer.Usage.CompletionTokens}
		request.Messages = append(request.Messages, choice.Message.ToParam())
		for _, t := range choice.Message.ToolCalls {
			if err := c.called(t.Function.Name, t.Function.Arguments); err != nil {
				return err
			}
			request.Messages = append(request.Messages, openai.ToolMessage(result, t.ID))
		}
		if !c.runsTools() || len(choice.Message.ToolCalls) == 0 {
			return nil
		}
	}
}

func chatRequest(c *call) openai.ChatCompletionNewParams {
	content := []openai.ChatCompletionContentPartUnionParam{openai.TextContentPart(c.prompt())}
	if c.is("image") {
		content = append(content, openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: "data:image/png;base64," + png}))
	}
	request := openai.ChatCompletionNewParams{
		Model:               c.Model,
		MaxCompletionTokens: openai.Int(maxTokens),
		Messages:            []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(system), openai.UserMessage(content)},
	}
	if c.is("shape") {
		request.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "place", Schema: schema(true), Strict: openai.Bool(true)},
		}
		return request
	}
	request.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: toolName, Description: openai.String(toolAbout), Parameters: schema(false),
	})}
	return request
}

// chat asks once. A stream is put together by the SDK.
func (c *call) chat(ctx context.Context, client *openai.Client, request openai.ChatCompletionNewParams) (*openai.ChatCompletion, error) {
	if !c.Stream {
		return client.Chat.Completions.New(ctx, request)
	}
	request.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := client.Chat.Completions.NewStreaming(ctx, request)
	defer stream.Close()
	var whole openai.ChatCompletionAccumulator
	for stream.Next() {
		chunk := stream.Current()
		if !whole.AddChunk(chunk) {
			return nil, errors.New("the SDK does not accept a chunk")
		}
		for i := range chunk.Choices {
			c.said(chunk.Choices[i].Delta.Content)
		}
	}
	return &whole.ChatCompletion, stream.Err()
}
