// Secretword is a guardrail: it blocks prompts that contain a configured word, and
// redacts the words in answers, streamed ones too.

import { AnswerCall, Bytes, ConfigureCall, Part, PromptCall, Reply, WindowCall, configured, hook } from "../../sallyport";
import * as host from "../../host";

export { sallyport_abi_1, sallyport_buffer } from "../../sallyport";

// What configure made: words in lower case, and the bytes that begin one.
let words: StaticArray<Bytes> = [];
const starts = new StaticArray<bool>(256);

// These read frames in place. They are made once.
const promptCall = new PromptCall();
const answerCall = new AnswerCall();
const windowCall = new WindowCall();
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

export function sallyport_window(ptr: usize, length: i32): u64 {
  return hook(windowCall, ptr, length, window);
}

function configure(call: ConfigureCall): string {
  const list = host.configTexts("/words");
  if (list === null) return "words cannot be read";
  words = list;
  for (let i = 0; i < words.length; i++) {
    const w = words[i];
    if (w.length == 0) return "words holds an empty word, which would match everything";
    if (call.window != 0 && <u32>w.length > call.window) return "words holds a word that is longer than the window of a stream";
    for (let j = 0; j < w.length; j++) store<u8>(w.ptr + j, lower(w.at(j)));
    const first = w.at(0);
    starts[first] = true;
    if (first >= 0x61 && first <= 0x7a) starts[first - 0x20] = true;
  }
  return "";
}

function prompt(call: PromptCall, reply: Reply): void {
  while (call.parts.next(part)) {
    search(part.text, false);
    if (next() > 0) {
      reply.block(400, "secret_word", "The prompt contains a word that must not leave the company. Remove it and try again.");
      return;
    }
  }
}

function answer(call: AnswerCall, reply: Reply): void {
  while (call.parts.next(part)) redact(reply, part.id, part.text, false);
}

function window(call: WindowCall, reply: Reply): void {
  redact(reply, 0, call.text, !call.final);
  if (held > 0) reply.hold(held);
}

function redact(reply: Reply, id: u32, text: Bytes, open: bool): void {
  search(text, open);
  for (let n = next(); n > 0; n = next()) {
    reply.redact(id, at, at + n, "SECRET");
    at += n;
  }
}

// The text that is searched, whether it goes on, the place in it, and how many
// bytes at its end could still become a word, or a longer one.
let text: Bytes = new Bytes();
let open: bool = false;
let at: i32 = 0;
let held: i32 = 0;

function search(t: Bytes, goesOn: bool): void {
  text = t;
  open = goesOn;
  at = held = 0;
}

// next goes to the first word at or after at, in upper or lower case, and returns
// its length: of words that begin at one place that of the longest; 0 if there is
// none.
function next(): i32 {
  for (; at < text.length; at++) {
    if (!starts[text.at(at)]) continue;
    const rest = text.length - at;
    let longest = 0;
    for (let i = 0; i < words.length; i++) {
      const w = words[i];
      const n = common(text.ptr + at, rest, w);
      if (n == w.length) longest = max(longest, n);
      if (n == rest && n < w.length && open) {
        held = rest;
        return 0;
      }
    }
    if (longest > 0) return longest;
  }
  return 0;
}

// common is the number of bytes at the beginning that a text and a word, which is
// in lower case, have in common.
function common(ptr: usize, rest: i32, word: Bytes): i32 {
  const most = min(rest, word.length);
  let n = 0;
  while (n < most && lower(load<u8>(ptr + n)) == word.at(n)) n++;
  return n;
}

function lower(c: u8): u8 {
  return c >= 0x41 && c <= 0x5a ? c + 0x20 : c;
}
