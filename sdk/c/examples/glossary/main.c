// Glossary enriches prompts: where one mentions a term of the company, what the term
// means goes along.
#include "sallyport.h"

typedef struct { sp_bytes term, meaning; } entry;

static entry *entries;
static uint32_t count;

// setting reads /terms/i/name.
static bool setting(uint32_t i, sp_bytes name, sp_bytes *out) {
  char text[16];
  sp_out path = {sp_alloc(64), 0, 64};
  uint32_t n = 0;
  do text[n++] = (char)('0' + i % 10); while (i /= 10);
  sp_put_raw(&path, SP_TEXT("/terms/"));
  while (n) sp_put_raw(&path, (sp_bytes){(uint8_t *)&text[--n], 1});
  sp_put_raw(&path, name);
  return sp_config((sp_bytes){path.p, path.n}, out);
}

SP_CONFIGURE(call) {
  (void)call;
  count = sp_config_count(SP_TEXT("/terms"));
  entries = sp_alloc(count * sizeof *entries);
  for (uint32_t i = 0; i < count; i++) {
    if (!setting(i, SP_TEXT("/term"), &entries[i].term) || !setting(i, SP_TEXT("/meaning"), &entries[i].meaning)) {
      sp_log(SP_LEVEL_ERROR, "terms cannot be read");
      return SP_STATUS_INVALID;
    }
  }
  return SP_STATUS_OK;
}

static bool letter(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80; }

// mentions tells whether text has term as a word of its own, to the letter.
static bool mentions(sp_bytes text, sp_bytes term) {
  for (uint32_t at = 0; at + term.n <= text.n; at++) {
    if (at > 0 && letter(text.p[at - 1])) continue;
    if (at + term.n < text.n && letter(text.p[at + term.n])) continue;
    if (sp_equal((sp_bytes){text.p + at, term.n}, term)) return true;
  }
  return false;
}

SP_PROMPT(call, reply) {
  sp_out text = {sp_alloc(256), 0, 256};
  sp_part part;
  for (uint32_t i = 0; i < count; i++) {
    bool found = false;
    for (sp_list parts = call->parts; !found && sp_part_next(&parts, &part);) found = mentions(part.text, entries[i].term);
    if (!found) continue;
    if (text.n) sp_put_raw(&text, SP_TEXT("\n"));
    sp_put_raw(&text, entries[i].term);
    sp_put_raw(&text, SP_TEXT(": "));
    sp_put_raw(&text, entries[i].meaning);
  }
  if (text.n) sp_add_text(reply, 0, SP_ROLE_SYSTEM, (sp_bytes){text.p, text.n});
}
