// A guardrail: it blocks prompts that contain a forbidden word, and redacts the
// words in answers. Make it yours.
#include "sallyport.h"

// What configure made is there in every later call.
static sp_bytes *words;
static uint32_t count;

SP_CONFIGURE(call) {
  (void)call;
  return sp_config_texts(SP_TEXT("/words"), &words, &count) ? SP_STATUS_OK : SP_STATUS_INVALID;
}

// find looks for word in text at or after *at, whatever the case of their A to Z.
static bool find(sp_bytes text, sp_bytes word, uint32_t *at) {
  for (; *at + word.n <= text.n; ++*at) {
    uint32_t n = 0;
    while (n < word.n && sp_lower(text.p[*at + n]) == sp_lower(word.p[n])) n++;
    if (n == word.n) return true;
  }
  return false;
}

// Runs on what is about to leave for the provider.
SP_PROMPT(call, reply) {
  sp_part part;
  for (sp_list parts = call->parts; sp_part_next(&parts, &part);) {
    for (uint32_t i = 0; i < count; i++) {
      uint32_t at = 0;
      if (find(part.text, words[i], &at)) {
        sp_set_block(reply, 400, "forbidden_word", "The prompt contains a forbidden word. Remove it and try again.");
        return;
      }
    }
  }
}

// Runs on what came back, before the client gets it. Redactions may overlap.
SP_ANSWER(call, reply) {
  sp_part part;
  for (sp_list parts = call->parts; sp_part_next(&parts, &part);) {
    for (uint32_t i = 0; i < count; i++) {
      for (uint32_t at = 0; find(part.text, words[i], &at); at += words[i].n) {
        sp_redact(reply, part.id, at, at + words[i].n, "FORBIDDEN");
      }
    }
  }
}
