package openai

import (
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// rest writes the members of object, JSON from elsewhere, but for those named.
// What is no sound object is left out.
func (w *answerWriter) rest(object []byte, but ...string) {
	var obj jsonscan.Object
	if len(object) == 0 || jsonscan.Scan(object, nil, &obj) != nil {
		return
	}
	for i := range obj.Members {
		m := &obj.Members[i]
		key := jsonscan.AppendText(nil, object, m.Key)
		if slices.Contains(but, string(key)) {
			continue
		}
		w.raw(",")
		w.bytes(object[m.Key.Start:m.Value.End])
	}
}

// usage writes the member usage, if anything is known. It is what
// [counters.canonical] reads.
func (w *answerWriter) usage(u *core.Usage) {
	if !u.Reported && !u.Estimated {
		return
	}
	prompt, image := u.Input(), min(u.Image, u.Input())
	heard, said := u.AudioParts()
	w.raw(`,"usage":{"prompt_tokens":`)
	w.int(prompt)
	w.raw(`,"completion_tokens":`)
	w.int(u.Output)
	w.raw(`,"total_tokens":`)
	w.int(prompt + u.Output)
	w.raw(`,"prompt_tokens_details":{"cached_tokens":`)
	w.int(u.CacheRead)
	w.count("cache_write_tokens", u.CacheWrite)
	w.count("audio_tokens", heard)
	w.count("image_tokens", image)
	w.raw(`},"completion_tokens_details":{"reasoning_tokens":`)
	w.int(u.Reasoning)
	w.count("audio_tokens", said)
	w.count("image_tokens", min(u.Image-image, u.Output))
	w.raw("}}")
}

// count writes a counter that is not 0.
func (w *answerWriter) count(key string, n int64) {
	if n > 0 {
		w.raw(`,"`)
		w.raw(key)
		w.raw(`":`)
		w.int(n)
	}
}
