// A guardrail: it blocks prompts that contain a forbidden word, and redacts the
// words in answers. Make it yours.

import { AnswerCall, Bytes, ConfigureCall, Part, PromptCall, Reply, configured, hook } from "../sallyport";
import * as host from "../host";

export { sallyport_abi_1, sallyport_buffer } from "../sallyport";

// Made by configure, and there in every later call.
let words: StaticArray<Bytes> = [];

// These read frames in place. They are made once.
const promptCall = new PromptCall();
const answerCall = new AnswerCall();
const part = new Part();

export function sallyport_configure(ptr: usize, length: i32): u32 {
  return configured(ptr, length, configure);
}

export function sallyport_prompt(ptr: usize, length: i32): u64 {
  return hook(promptCall, ptr, length, prompt);
}

export function sallyport_answer(ptr: usize, length: i32): u64 {
  return hook(answerCall, ptr, length, answer);
}

function configure(call: ConfigureCall): string {
  const list = host.configTexts("/words");
  if (list === null) return "words cannot be read";
  words = list;
  return "";
}

// prompt runs on what is about to leave for the provider.
function prompt(call: PromptCall, reply: Reply): void {
  while (call.parts.next(part)) {
    for (let i = 0; i < words.length; i++) {
      if (find(part.text, words[i], 0) >= 0) {
        reply.block(400, "forbidden_word", "The prompt contains a forbidden word. Remove it and try again.");
        return;
      }
    }
  }
}

// answer runs on what came back, before the client gets it. Redactions may overlap.
function answer(call: AnswerCall, reply: Reply): void {
  while (call.parts.next(part)) {
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      for (let at = find(part.text, word, 0); at >= 0; at = find(part.text, word, at + word.length)) {
        reply.redact(part.id, at, at + word.length, "FORBIDDEN");
      }
    }
  }
}

// find returns the first place of word in text at or after from, whatever the case
// of their A to Z, or -1.
function find(text: Bytes, word: Bytes, from: i32): i32 {
  for (let at = from; at + word.length <= text.length; at++) {
    let n = 0;
    while (n < word.length && lower(text.at(at + n)) == lower(word.at(n))) n++;
    if (n == word.length) return at;
  }
  return -1;
}

function lower(c: u8): u8 {
  return c >= 0x41 && c <= 0x5a ? c + 0x20 : c;
}
