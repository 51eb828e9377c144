package abi_test

import (
	"bytes"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/abi"
)

// promptCall is a prompt of 5 parts and 4 KiB of text.
func promptCall() *abi.PromptCall {
	call := &abi.PromptCall{
		HasExchange: true,
		Exchange: abi.Exchange{
			ID: []byte("0190163d-8694-739b-aea5-966c26f8ad91"), Route: []byte("gpt-4o-mini"),
			Operation: abi.OperationChat, Dialect: []byte("openai.chat"), Model: []byte("gpt-4o-mini"),
		},
		Stage: abi.StageJudge, Messages: 5,
	}
	for i := range uint32(5) {
		call.Parts = append(call.Parts, abi.Part{
			ID: i, Kind: abi.KindText, Role: abi.RoleUser, HasMessage: true, Message: i,
			Origin: abi.OriginClient, Text: bytes.Repeat([]byte("word "), 4096/5/5),
		})
	}
	return call
}

// editReply redacts in three places.
func editReply() *abi.Reply {
	return &abi.Reply{Edits: []abi.Edit{
		{Part: 0, Start: 10, End: 30, Label: []byte("EMAIL")},
		{Part: 0, Start: 200, End: 212, Text: []byte("[PHONE]")},
		{Part: 3, Start: 700, End: 722, Text: []byte("[IBAN]")},
	}}
}

func BenchmarkEncodePrompt4K(b *testing.B) {
	call := promptCall()
	mem := make([]byte, 0, 8<<10)
	b.ReportAllocs()
	for b.Loop() {
		if n := call.Size(); n > cap(mem) {
			b.Fatal(n)
		}
		mem = call.Append(mem[:0])
	}
	b.SetBytes(int64(len(mem)))
}

func BenchmarkDecodePrompt4K(b *testing.B) {
	frame := promptCall().Append(nil)
	var call abi.PromptCall
	b.ReportAllocs()
	for b.Loop() {
		if err := call.Decode(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkDecode(b *testing.B, frame []byte) {
	var r abi.Reply
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Decode(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeReplyEmpty(b *testing.B)  { benchmarkDecode(b, nil) }
func BenchmarkDecodeReply3Edits(b *testing.B) { benchmarkDecode(b, editReply().Append(nil)) }

func BenchmarkEncodeWindow(b *testing.B) {
	call := &abi.WindowCall{
		HasExchange: true, Exchange: abi.Exchange{ID: []byte("0190163d-8694-739b-aea5-966c26f8ad91")},
		Kind: abi.KindText, Context: make([]byte, 64), Text: []byte(" and then some"), Released: 1000,
	}
	mem := make([]byte, 0, 1<<10)
	b.ReportAllocs()
	for b.Loop() {
		mem = call.Append(mem[:0])
	}
}
