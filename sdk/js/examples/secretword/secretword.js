/* sallyport
id: guardrail.secretword
version: 1.0.0
abi: 1
stage: judge
hooks: [prompt, answer]
sees: {kinds: [text, tool_result]}
stream: {mode: window, window: 256}
config:
  type: object
  additionalProperties: false
  properties:
    words:
      description: Words that must not leave the company, in upper or lower case.
      type: array
      items: {type: string, minLength: 1, maxLength: 60}
      default: []
on_error: closed
*/
/// <reference path="../../sallyport.d.ts" />

// Secretword is a guardrail: it blocks prompts that contain a configured word, and
// redacts the words in answers, streamed ones too.

// A to Z alone have an upper and a lower case here. One pattern finds all words, which
// takes a fraction of the time that comparing them one by one does; of words that begin
// at one place the longest counts, so the long ones come first.
const lowered = (text) => text.replace(/[A-Z]/g, (c) => c.toLowerCase());
const words = config.words.map(lowered).sort((a, b) => b.length - a.length);
const either = (c) => (/[a-z]/.test(c) ? `[${c}${c.toUpperCase()}]` : c.replace(/[^\w\s]/, "\\$&"));
const pattern = new RegExp(words.map((w) => w.split("").map(either).join("")).join("|"), "g");

// find calls found for each word in text. Where the text goes on, it stops at a place
// that could still become a word, or a longer one, and returns how much that leaves.
function find(text, goesOn, found) {
  if (words.length === 0) return 0;
  const tail = goesOn ? Math.max(text.length - words[0].length + 1, 0) : text.length;
  pattern.lastIndex = 0;
  for (let from = 0; ; from = pattern.lastIndex) {
    const match = pattern.exec(text);
    const to = match ? match.index + 1 : text.length;
    for (let at = Math.max(from, tail); at < to; at++) {
      const rest = lowered(text.slice(at));
      if (words.some((w) => w.length > rest.length && w.startsWith(rest))) return rest.length;
    }
    if (!match) return 0;
    found(match.index, match.index + match[0].length);
  }
}

exports.prompt = (call) => {
  let secret = false;
  for (const part of call.parts) find(part.text, false, () => { secret = true; });
  if (secret) {
    return { block: { status: 400, code: "secret_word", message: "The prompt contains a word that must not leave the company. Remove it and try again." } };
  }
};

exports.answer = (call) => {
  const edits = [];
  for (const part of call.parts) find(part.text, false, (start, end) => edits.push({ part: part.id, start, end, label: "SECRET" }));
  return { edits };
};

exports.window = (call) => {
  const edits = [];
  const hold = find(call.text, !call.final, (start, end) => edits.push({ start, end, label: "SECRET" }));
  return { edits, hold };
};
