package main

import (
	"context"
	"encoding/base64"
	"errors"
	"iter"

	"google.golang.org/genai"
)

func runGenAI(ctx context.Context, c *call) error {
	client, err := genai.NewClient(ctx, &genai.ClientConfig{
		APIKey: c.Key, Backend: genai.BackendGeminiAPI, HTTPOptions: genai.HTTPOptions{BaseURL: c.Base},
	})
	if err != nil {
		return err
	}
	parts := []*genai.Part{genai.NewPartFromText(c.prompt())}
	if c.is("image") {
		parts = append(parts, &genai.Part{InlineData: &genai.Blob{MIMEType: "image/png", Data: pngBytes()}})
	}
	contents := []*genai.Content{genai.NewContentFromParts(parts, genai.RoleUser)}
	for {
		said, err := c.content(c.generate(ctx, client, contents))
		if err != nil {
			return err
		}
		var results []*genai.Part
		for _, p := range said {
			if f := p.FunctionCall; f != nil {
				answer := &genai.FunctionResponse{ID: f.ID, Name: f.Name, Response: map[string]any{"output": result}}
				results = append(results, &genai.Part{FunctionResponse: answer})
			}
		}
		if !c.runsTools() || len(results) == 0 {
			return nil
		}
		contents = append(contents, genai.NewContentFromParts(said, genai.RoleModel), genai.NewContentFromParts(results, genai.RoleUser))
	}
}

// generate asks once; what is not a stream is one of a single answer.
func (c *call) generate(ctx context.Context, client *genai.Client, contents []*genai.Content) iter.Seq2[*genai.GenerateContentResponse, error] {
	config := &genai.GenerateContentConfig{
		MaxOutputTokens: maxTokens, SystemInstruction: genai.NewContentFromText(system, genai.RoleUser),
	}
	if c.is("shape") {
		config.ResponseMIMEType, config.ResponseJsonSchema = "application/json", schema(true)
	} else {
		config.Tools = []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{
			{Name: toolName, Description: toolAbout, ParametersJsonSchema: schema(false)},
		}}}
	}
	if c.Stream {
		return client.Models.GenerateContentStream(ctx, c.Model, contents, config)
	}
	return func(yield func(*genai.GenerateContentResponse, error) bool) {
		yield(client.Models.GenerateContent(ctx, c.Model, contents, config))
	}
}

// content takes an answer and returns its parts.
func (c *call) content(answers iter.Seq2[*genai.GenerateContentResponse, error]) (said []*genai.Part, err error) {
	c.Text = ""
	for answer, err := range answers {
		if err != nil {
			return nil, err
		}
		if u := answer.UsageMetadata; u != nil {
			c.Usage = &usage{int64(u.PromptTokenCount), int64(u.CandidatesTokenCount) + int64(u.ThoughtsTokenCount)}
		}
		if len(answer.Candidates) == 0 {
			continue
		}
		candidate := answer.Candidates[0]
		c.Finish = string(candidate.FinishReason)
		if candidate.Content == nil {
			continue
		}
		for _, p := range candidate.Content.Parts {
			said = append(said, p)
			switch {
			case p.FunctionCall != nil:
				c.Calls = append(c.Calls, toolCall{p.FunctionCall.Name, p.FunctionCall.Args})
			case p.Thought:
				c.Thinking += p.Text
			default:
				c.said(p.Text)
			}
		}
	}
	if c.Finish == "" {
		return nil, errors.New("the answer has no finish reason")
	}
	return said, nil
}

func pngBytes() []byte {
	b, err := base64.StdEncoding.DecodeString(png)
	if err != nil {
		panic(err) // a constant
	}
	return b
}
