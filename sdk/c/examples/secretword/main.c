// Secretword is a guardrail: it blocks prompts that contain a configured word,
// and redacts the words in answers, streamed ones too.
#include "sallyport.h"

// What configure made: words in lower case, and the bytes that begin one.
static sp_bytes *words;
static uint32_t count;
static bool starts[256];

SP_CONFIGURE(call) {
  if (!sp_config_texts(SP_TEXT("/words"), &words, &count)) return SP_STATUS_INVALID;
  for (uint32_t i = 0; i < count; i++) {
    sp_bytes *w = &words[i];
    if (w->n == 0) {
      sp_log(SP_LEVEL_ERROR, "words holds an empty word, which would match everything");
      return SP_STATUS_INVALID;
    }
    if (call->window && w->n > call->window) {
      sp_log(SP_LEVEL_ERROR, "words holds a word that is longer than the window of a stream");
      return SP_STATUS_INVALID;
    }
    uint8_t *letters = (uint8_t *)w->p;
    for (uint32_t j = 0; j < w->n; j++) letters[j] = sp_lower(letters[j]);
    starts[w->p[0]] = true;
    if (w->p[0] >= 'a' && w->p[0] <= 'z') starts[w->p[0] - ('a' - 'A')] = true;
  }
  return SP_STATUS_OK;
}

// find looks for the first word in text at or after *at, in upper or lower case,
// and returns its length: of words that begin at one place that of the longest; 0
// if there is none. Where open says that the text goes on, it stops at a place
// that could still become a word, or a longer one, and sets *held.
static uint32_t find(sp_bytes text, uint32_t *at, bool open, bool *held) {
  for (; *at < text.n; ++*at) {
    if (!starts[text.p[*at]]) continue;
    uint32_t rest = text.n - *at, longest = 0;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t n = 0, most = words[i].n < rest ? words[i].n : rest;
      while (n < most && sp_lower(text.p[*at + n]) == words[i].p[n]) n++;
      if (n == words[i].n && n > longest) longest = n;
      if (n == rest && n < words[i].n && open) return *held = true, 0;
    }
    if (longest) return longest;
  }
  return 0;
}

SP_PROMPT(call, reply) {
  bool held = false;
  sp_part part;
  for (sp_list parts = call->parts; sp_part_next(&parts, &part);) {
    uint32_t at = 0;
    if (find(part.text, &at, false, &held)) {
      sp_set_block(reply, 400, "secret_word", "The prompt contains a word that must not leave the company. Remove it and try again.");
      return;
    }
  }
}

// redact hides the words of a text and returns how many bytes at its end must wait.
static uint32_t redact(sp_out *reply, uint32_t part, sp_bytes text, bool open) {
  bool held = false;
  uint32_t at = 0;
  for (uint32_t n; (n = find(text, &at, open, &held)); at += n) sp_redact(reply, part, at, at + n, "SECRET");
  return held ? text.n - at : 0;
}

SP_ANSWER(call, reply) {
  sp_part part;
  for (sp_list parts = call->parts; sp_part_next(&parts, &part);) redact(reply, part.id, part.text, false);
}

SP_WINDOW(call, reply) {
  uint32_t n = redact(reply, 0, call->text, !call->final);
  if (n) sp_set_hold(reply, n);
}
