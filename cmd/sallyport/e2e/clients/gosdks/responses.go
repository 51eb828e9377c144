package main

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
)

func runResponses(ctx context.Context, c *call) error {
	client := newOpenAI(c)
	request := responsesRequest(c)
	input := &request.Input.OfInputItemList
	for {
		answer, err := c.respond(ctx, &client, request)
		if err != nil {
			return err
		}
		c.Text, c.Finish = answer.OutputText(), string(answer.Status)
		if reason := answer.IncompleteDetails.Reason; reason != "" {
			c.Finish = reason
		}
		c.Usage = &usage{answer.Usage.InputTokens, answer.Usage.OutputTokens}
		var results []responses.ResponseInputItemUnionParam
		for i := range answer.Output {
			item := &answer.Output[i]
			switch item.Type {
			case "reasoning":
				for _, s := range item.Summary {
					c.Thinking += s.Text
				}
				r := item.AsReasoning().ToParam()
				*input = append(*input, responses.ResponseInputItemUnionParam{OfReasoning: &r})
			case "function_call":
				f := item.AsFunctionCall()
				if err := c.called(f.Name, f.Arguments); err != nil {
					return err
				}
				p := f.ToParam()
				*input = append(*input, responses.ResponseInputItemUnionParam{OfFunctionCall: &p})
				r := responses.ResponseInputItemParamOfFunctionCallOutput(result)
				r.OfFunctionCallOutput.CallID = openai.String(f.CallID)
				results = append(results, r)
			}
		}
		if !c.runsTools() || len(results) == 0 {
			return nil
		}
		*input = append(*input, results...)
	}
}

func responsesRequest(c *call) responses.ResponseNewParams {
	content := responses.ResponseInputMessageContentListParam{responses.ResponseInputContentParamOfInputText(c.prompt())}
	if c.is("image") {
		content = append(content, responses.ResponseInputContentUnionParam{OfInputImage: &responses.ResponseInputImageParam{
			Detail: "auto", ImageURL: openai.String("data:image/png;base64," + png),
		}})
	}
	request := responses.ResponseNewParams{
		Model:           c.Model,
		MaxOutputTokens: openai.Int(maxTokens),
		Store:           openai.Bool(false),
		Include:         []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent},
		Instructions:    openai.String(system),
	}
	request.Input.OfInputItemList = responses.ResponseInputParam{responses.ResponseInputItemParamOfMessage(content, "user")}
	if c.is("shape") {
		format := responses.ResponseFormatTextConfigParamOfJSONSchema("place", schema(true))
		format.OfJSONSchema.Strict = openai.Bool(true)
		request.Text.Format = format
		return request
	}
	tool := responses.ToolParamOfFunction(toolName, schema(false), false)
	tool.OfFunction.Description = openai.String(toolAbout)
	request.Tools = []responses.ToolUnionParam{tool}
	return request
}

// respond asks once. The last event of a stream holds the whole answer.
func (c *call) respond(ctx context.Context, client *openai.Client, request responses.ResponseNewParams) (*responses.Response, error) {
	if !c.job.Stream {
		return client.Responses.New(ctx, request)
	}
	stream := client.Responses.NewStreaming(ctx, request)
	defer stream.Close()
	var whole *responses.Response
	for stream.Next() {
		event := stream.Current()
		switch event.Type {
		case "response.output_text.delta":
			c.said(event.Delta)
		case "response.failed":
			return nil, errors.New(event.Response.Error.Message)
		case "response.completed", "response.incomplete":
			whole = &event.Response
		}
	}
	if err := stream.Err(); err != nil {
		return nil, err
	}
	if whole == nil {
		return nil, errors.New("the stream ended without a response")
	}
	return whole, nil
}
