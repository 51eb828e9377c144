package plugins_test

import (
	"strings"
	"testing"
)

// shownTo is a chat with one item of content beside a text.
func shownTo(item string) string {
	return `{"model":"m","messages":[{"role":"user","content":[` + item + `,{"type":"text","text":"what?"}]}]}`
}

const (
	pngAsJPEG = `{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,iVBORw0KGgoAAAANSUhEUg=="}}`
	audioItem = `{"type":"input_audio","input_audio":{"data":"SUQz","format":"mp3"}}`
)

// TestTrapsOfPictures: a picture has the type of its bytes, and where it lies is not
// lost.
func TestTrapsOfPictures(t *testing.T) {
	table := toEach("the type of the bytes", chatClient, shownTo(pngAsJPEG), "", map[string]string{
		"anthropic": `"media_type":"image/png"`, "bedrock": `"format":"png"`, "gemini": `"mimeType":"image/png"`,
		"mistral": `data:image/png;base64,`,
	})
	const there = `{"contents":[{"role":"user","parts":[{"fileData":{"mimeType":"image/png","fileUri":"gs://b/a.png"}}]}]}`
	table = append(table, toEach("what lies at Google", geminiClient, there, "contents[0].image", map[string]string{
		"anthropic": "", "bedrock": "", "openai": "", "mistral": "",
	})...)
	table = append(table, sending{
		trap: "what lies at Google, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro",
		body: shownTo(`{"type":"image_url","image_url":{"url":"gs://b/a.png"}}`), has: []string{`"fileData":{"mimeType":"image/png","fileUri":"gs://b/a.png"}`},
	}, sending{
		trap: "a page on the web, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro",
		body: shownTo(`{"type":"image_url","image_url":{"url":"https://x.test/a.webp?b=c"}}`), has: []string{`"fileData":{"mimeType":"image/webp","fileUri":"https://x.test/a.webp?b=c"}`},
	}, sending{
		trap: "what lies at S3, to Converse", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0",
		body: shownTo(`{"type":"image_url","image_url":{"url":"s3://b/a.png"}}`), has: []string{`{"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/a.png"}}}}`},
	}, sending{
		trap: "a page on the web, from Anthropic", from: messagesClient, to: "openai", model: "gpt-4o",
		body: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://x.test/a.png"}}]}]}`,
		has:  []string{`{"type":"image_url","image_url":{"url":"https://x.test/a.png"}}`},
	})
	sendAll(t, table)
}

// TestTrapsOfDocuments: documents have the names that a provider wants, and files
// that another one keeps are not sent.
func TestTrapsOfDocuments(t *testing.T) {
	const pdf = `{"type":"file","file":{"filename":"../my_report#1 (é).pdf","file_data":"data:application/pdf;base64,JVBERi0x"}}`
	kept := shownTo(`{"type":"file","file":{"file_id":"file-1"}}`)
	table := toEach("what OpenAI keeps", chatClient, kept, "messages[0].document", map[string]string{"anthropic": "", "bedrock": "", "gemini": "", "cohere": "", "ollama": ""})
	table = append(table, toEach("what Anthropic keeps", messagesClient,
		`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}]}`, "messages[0].document",
		map[string]string{"openai": "", "gemini": "", "mistral": "", "bedrock": ""})...)
	table = append(table, sending{
		trap: "two of one name, to Converse", from: chatClient, to: "bedrock", model: trapModels["bedrock"], body: shownTo(pdf + "," + pdf),
		has:     []string{`"name":"-my report-1 (-)","source"`, `"name":"-my report-1 (-)-2","source"`},
		dropped: "messages[0].document.filename=renamed",
	}, sending{
		trap: "a form that Converse does not know", from: chatClient, to: "bedrock", model: trapModels["bedrock"], refused: "messages[0].document",
		body: shownTo(`{"type":"file","file":{"filename":"a.exe","file_data":"data:application/x-msdownload;base64,TVqQ"}}`),
	}, sending{
		trap: "a PDF, to Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro", body: shownTo(pdf),
		has: []string{`"inlineData":{"mimeType":"application/pdf","data":"JVBERi0x"}`}, dropped: "messages[0].document.filename=not_supported_by_provider",
	}, sending{
		trap: "a PDF, to Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-4-5", body: shownTo(pdf),
		has: []string{`"source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}`, `"title":"../my_report#1 (é).pdf"`},
	})
	sendAll(t, table)
}

// TestTrapsOfAudio: sounds go where a provider takes them, and are refused where not.
func TestTrapsOfAudio(t *testing.T) {
	table := toEach("none are taken", chatClient, shownTo(audioItem), "messages[0].audio", map[string]string{"anthropic": "", "cohere": "", "ollama": ""})
	table = append(table, toEach("they are taken", chatClient, shownTo(audioItem), "", map[string]string{
		"gemini": `"inlineData":{"mimeType":"audio/mp3","data":"SUQz"}`, "mistral": `{"type":"input_audio","input_audio":"SUQz"}`,
	})...)
	const film = `{"contents":[{"role":"user","parts":[{"fileData":{"fileUri":"https://www.youtube.com/watch?v=1"}}]}]}`
	spoken := strings.Replace(shownTo(audioItem), `{"model":"m"`, `{"model":"m","modalities":["text","audio"],"audio":{"voice":"alloy","format":"wav"}`, 1)
	table = append(table, sending{
		trap: "a spoken answer, of Gemini", from: chatClient, to: "gemini", model: "gemini-2.5-pro", body: spoken,
		has: []string{`"responseModalities":["TEXT","AUDIO"]`}, dropped: "audio=not_supported_by_provider",
	}, sending{
		trap: "a spoken answer, of Anthropic", from: chatClient, to: "anthropic", model: "claude-opus-4-5", body: strings.Replace(spoken, audioItem+",", "", 1),
		not: []string{"modalities", "voice"}, dropped: "audio=not_supported_by_provider modalities=not_supported_by_provider",
	}, sending{
		trap: "a sound, to Nova", from: chatClient, to: "bedrock", model: "amazon.nova-pro-v1:0", body: shownTo(audioItem),
		has: []string{`{"audio":{"format":"mp3","source":{"bytes":"SUQz"}}}`},
	}, sending{
		trap: "a film at YouTube, of Gemini's client", from: geminiClient, to: "gemini", model: "gemini-2.5-pro", body: film,
		has: []string{`"fileUri":"https://www.youtube.com/watch?v=1"`},
	})
	sendAll(t, table)
}
