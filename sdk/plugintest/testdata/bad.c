// Bad is a guard that does what the setting fault names wrong, for the tests of the
// kit. Build it with testdata/build.sh.
#include "sallyport.h"

static sp_bytes word, fault;
static uint8_t remembered[64]; // the last exchange's id
static uint32_t remembers;

static bool same(const uint8_t *a, const uint8_t *b, uint32_t n) {
  while (n && *a == *b) a++, b++, n--;
  return !n;
}

static bool is(const char *name) {
  sp_bytes s = sp_str(name);
  return s.n == fault.n && same(s.p, fault.p, s.n);
}

SP_CONFIGURE(call) {
  (void)call;
  if (!sp_config(SP_TEXT("/word"), &word) || !sp_config(SP_TEXT("/fault"), &fault)) return SP_STATUS_INVALID;
  return SP_STATUS_OK;
}

// find returns where the word stands in text at or after from, or the text's length.
static uint32_t find(sp_bytes text, uint32_t from) {
  for (uint32_t i = from; i + word.n <= text.n; i++)
    if (same(text.p + i, word.p, word.n)) return i;
  return text.n;
}

// begun is how many bytes at the end of text could become the word.
static uint32_t begun(sp_bytes text) {
  for (uint32_t n = word.n - 1 < text.n ? word.n - 1 : text.n; n; n--)
    if (same(text.p + text.n - n, word.p, n)) return n;
  return 0;
}

// remember adds to a text the exchange's id that it saw last, and takes that of the text.
// What is less than an id, as a stream's first bytes of it, is let alone: two halves next
// to each other would read as the id of a third exchange.
static void remember(sp_out *reply, uint32_t part, sp_bytes text) {
  sp_bytes id = sp_str("case-");
  uint32_t from = 0, to;
  while (from + id.n < text.n && !same(text.p + from, id.p, id.n)) from++;
  for (to = from + id.n; to < text.n && text.p[to] != '.'; to++) {}
  if (to >= text.n || ++to - from > sizeof remembered) return;
  if (remembers) {
    uint8_t *last = sp_alloc(remembers); // the reply is written when this one is gone
    __builtin_memcpy(last, remembered, remembers);
    sp_replace(reply, part, text.n, text.n, (sp_bytes){last, remembers});
  }
  remembers = to - from;
  __builtin_memcpy(remembered, text.p + from, remembers);
}

static void judge(sp_out *reply, const sp_exchange *ex, uint32_t part, sp_bytes text) {
  if (is("skip dialect") && ex->dialect.n == 6 && same(ex->dialect.p, sp_str("gemini").p, 6)) return;
  sp_bytes seen;
  if (is("block all") || (is("another each time") && sp_get_kv(SP_TEXT("seen"), &seen))) sp_set_block(reply, 400, "no", "No.");
  if (is("another each time")) sp_set_kv(SP_TEXT("seen"), SP_TEXT("1"), 0);
  if (is("remember")) remember(reply, part, text);
  for (uint32_t at = find(text, 0); at < text.n; at = find(text, at + word.n)) {
    if (is("trap")) __builtin_trap();
    if (is("spin"))
      for (volatile uint32_t i = 0;; i++);
    if (is("memory")) __builtin_memset(sp_alloc(1 << 25), 1, 1 << 25);
    if (is("reply")) sp_redact(reply, part, text.n + 1, text.n + 9, "X");
    sp_redact(reply, part, at, at + word.n, "STOPPED");
  }
}

SP_PROMPT(call, reply) {
  if (is("block all")) return; // answers
  sp_part part;
  for (sp_list parts = call->parts; sp_part_next(&parts, &part);) {
    if (is("skip system") && part.role == SP_ROLE_SYSTEM) continue;
    if (is("skip calls") && part.kind == SP_KIND_TOOL_CALL) continue;
    judge(reply, &call->exchange, part.id, part.text);
  }
}

SP_ANSWER(call, reply) {
  sp_part part;
  for (sp_list parts = call->parts; sp_part_next(&parts, &part);) judge(reply, &call->exchange, part.id, part.text);
}

SP_WINDOW(call, reply) {
  judge(reply, &call->exchange, 0, call->text);
  uint32_t n = call->final || is("each event alone") ? 0 : begun(call->text);
  if (n && is("hold too short")) n--;
  if (is("hold too long")) n = call->text.n + 1;
  if (n) sp_set_hold(reply, n);
}
