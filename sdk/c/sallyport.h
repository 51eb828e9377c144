// What a plugin in C needs: memory, replies, and the functions of the gateway.
// sallyport_abi.h, which is generated, has the frames. Include this file once.
//
// Everything a hook is given points into the frame that the gateway wrote into
// the plugin's memory. What sp_alloc gives in configure lasts; what it gives in a
// hook is gone when the next one begins. There is no free.
//
// A plugin that traps has failed, and the operator's fail mode decides about the
// exchange: on what cannot be, call sp_panic.
#ifndef SALLYPORT_H
#define SALLYPORT_H

#include "sallyport_abi.h"

#define SP_IMPORT(name) __attribute__((import_module("sallyport"), import_name(#name)))
#define SP_EXPORT(name) __attribute__((export_name(#name)))

// The gateway's functions as they are: docs/abi.md. Those that return int32_t
// give a length or 0, or a negated SP_STATUS_….
SP_IMPORT(log) void sp_host_log(uint32_t level, const void *text, uint32_t n);
SP_IMPORT(config_get) int32_t sp_host_config_get(const void *path, uint32_t n, void *out, uint32_t cap);
SP_IMPORT(tag_get) int32_t sp_host_tag_get(const void *key, uint32_t n, void *out, uint32_t cap);
SP_IMPORT(tag_set) int32_t sp_host_tag_set(const void *key, uint32_t n, const void *value, uint32_t vn);
SP_IMPORT(slot_get) int32_t sp_host_slot_get(const void *name, uint32_t n, void *out, uint32_t cap);
SP_IMPORT(slot_set) int32_t sp_host_slot_set(const void *name, uint32_t n, const void *value, uint32_t vn);
SP_IMPORT(kv_get) int32_t sp_host_kv_get(const void *key, uint32_t n, void *out, uint32_t cap);
SP_IMPORT(kv_set) int32_t sp_host_kv_set(const void *key, uint32_t n, const void *value, uint32_t vn, int64_t ttl_ms);
SP_IMPORT(counter_add) int32_t sp_host_counter_add(const void *name, uint32_t n, int64_t delta);
SP_IMPORT(json_get) int32_t sp_host_json_get(uint32_t document, const void *path, uint32_t n, void *out, uint32_t cap);
SP_IMPORT(json_set) int32_t sp_host_json_set(uint32_t document, const void *path, uint32_t n, const void *value, uint32_t vn);
SP_IMPORT(json_len) int32_t sp_host_json_len(uint32_t document, const void *path, uint32_t n);
SP_IMPORT(now) int64_t sp_host_now(void);
SP_IMPORT(random) int32_t sp_host_random(void *out, uint32_t cap);

// SP_TEXT is a literal as bytes, SP_STR a terminated string.
#define SP_TEXT(literal) ((sp_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline sp_bytes sp_str(const char *s) {
  uint32_t n = 0;
  while (s[n]) n++;
  return (sp_bytes){(const uint8_t *)s, n};
}

static inline bool sp_equal(sp_bytes a, sp_bytes b) {
  if (a.n != b.n) return false;
  for (uint32_t i = 0; i < a.n; i++)
    if (a.p[i] != b.p[i]) return false;
  return true;
}

// sp_lower is the lower case of A to Z; other bytes are as they are.
static inline uint8_t sp_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c; }

// sp_log writes a line to the operator's log. Never put a prompt in it.
static inline void sp_log(uint32_t level, const char *text) {
  sp_bytes b = sp_str(text);
  sp_host_log(level, b.p, b.n);
}

// sp_panic logs why and fails.
static inline _Noreturn void sp_panic(const char *why) {
  sp_log(SP_LEVEL_ERROR, why);
  __builtin_trap();
}

// Memory: what configure made, then the frame's buffer, then what hooks make.
extern uint8_t __heap_base;
static struct {
  uint32_t top;   // the next free byte
  uint32_t mark;  // where what hooks make begins
  uint32_t frame, room;
} sp_memory;

static inline void sp_start(void) {
  if (sp_memory.top == 0) sp_memory.top = sp_memory.mark = ((uint32_t)(uintptr_t)&__heap_base + 7) & ~7u;
}

// sp_grab moves the top up by n bytes, which hold anything.
static void *sp_grab(uint32_t n) {
  sp_start();
  uint32_t at = sp_memory.top;
  if (n > UINT32_MAX - 8 - at) sp_panic("out of memory");
  uint32_t top = (at + n + 7) & ~7u;
  uint32_t have = __builtin_wasm_memory_size(0);
  uint32_t pages = (uint32_t)(((uint64_t)top + 65535) >> 16);
  if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (__SIZE_TYPE__)-1) sp_panic("out of memory");
  sp_memory.top = top;
  return (void *)(uintptr_t)at;
}

static void *sp_alloc(uint32_t n) {
  void *p = sp_grab(n);
  __builtin_memset(p, 0, n);
  return p;
}

SP_EXPORT(sallyport_abi_1) void sp_abi_1(void) {}

SP_EXPORT(sallyport_buffer) void *sp_buffer(uint32_t n) {
  sp_start();
  if (n <= sp_memory.room) return (void *)(uintptr_t)sp_memory.frame;
  if (n < 2 * sp_memory.room) n = 2 * sp_memory.room;
  sp_memory.top = sp_memory.mark;
  if (sp_memory.frame + sp_memory.room == sp_memory.top && sp_memory.room) sp_memory.top = sp_memory.frame; // the last thing: it grows where it is
  sp_memory.frame = (uint32_t)(uintptr_t)sp_grab(n);
  sp_memory.room = sp_memory.top - sp_memory.frame;
  sp_memory.mark = sp_memory.top;
  return (void *)(uintptr_t)sp_memory.frame;
}

// Replies.

static uint8_t sp_small[1024]; // where a reply begins; most end there
static sp_out sp_reply_out;
static struct { sp_edit *list; uint32_t n, cap; } sp_edits;

// More edits than SP_MAX_EDITS in one reply block the exchange instead; the plugin
// may ask for SP_MAX_PENDING, of which some become one.
enum { SP_MAX_EDITS = 4096, SP_MAX_PENDING = 16384 };

// sp_begin empties the reply. The macros of the hooks call it.
static inline sp_out *sp_begin(void) {
  sp_memory.top = sp_memory.mark;
  sp_edits.list = 0;
  sp_edits.n = sp_edits.cap = 0;
  sp_reply_out = (sp_out){sp_small, 0, sizeof sp_small};
  return &sp_reply_out;
}

// sp_set_block ends the exchange with an error: a status of 400 to 599 (0 means 400),
// a reason for machines and a message for the client, of 1024 bytes at most.
static inline void sp_set_block(sp_out *reply, uint32_t status, const char *code, const char *message) {
  sp_reply_put_block(reply, &(sp_block){status, sp_str(code), sp_str(message)});
}

// sp_set_respond ends the exchange with an answer of the plugin's own.
static inline void sp_set_respond(sp_out *reply, uint32_t status, const char *type, sp_bytes body) {
  sp_reply_put_respond(reply, &(sp_respond){status, sp_str(type), body});
}

static inline void sp_pend(sp_edit e) {
  if (sp_edits.n == sp_edits.cap) {
    uint32_t cap = sp_edits.cap ? 2 * sp_edits.cap : 32;
    sp_edit *list = sp_grab(cap * sizeof *list);
    for (uint32_t i = 0; i < sp_edits.n; i++) list[i] = sp_edits.list[i];
    sp_edits.list = list;
    sp_edits.cap = cap;
  }
  if (sp_edits.n < SP_MAX_PENDING) sp_edits.list[sp_edits.n++] = e;
}

// sp_redact puts a placeholder such as [EMAIL] in place of the bytes [start, end)
// of a part's text, on rune boundaries; a window's part is 0. The label has A-Z,
// 0-9 and _. Edits may come in any order; those that overlap become one, which
// writes what the first of them would.
static inline void sp_redact(sp_out *reply, uint32_t part, uint32_t start, uint32_t end, const char *label) {
  (void)reply;
  sp_pend((sp_edit){.part = part, .start = start, .end = end, .label = sp_str(label)});
}

// sp_replace puts other text there. An empty range inserts.
static inline void sp_replace(sp_out *reply, uint32_t part, uint32_t start, uint32_t end, sp_bytes text) {
  (void)reply;
  sp_pend((sp_edit){.part = part, .start = start, .end = end, .text = text});
}

// sp_add_text adds a text to the prompt before message at; call->messages means at
// the end. Stage shape only.
static inline void sp_add_text(sp_out *reply, uint32_t at, uint32_t role, sp_bytes text) {
  sp_reply_put_new_parts(reply, &(sp_new_part){at, role, text});
}

// sp_add_flag notes a judgement that changes nothing by itself.
static inline void sp_add_flag(sp_out *reply, const char *name, double score) {
  sp_reply_put_flags(reply, &(sp_flag){sp_str(name), score});
}

// sp_add_tag puts a tag on the exchange.
static inline void sp_add_tag(sp_out *reply, const char *key, sp_bytes value) {
  sp_reply_put_tags(reply, &(sp_tag){sp_str(key), value});
}

// sp_set_hold holds back the last n bytes of a window: they could still become a match.
static inline void sp_set_hold(sp_out *reply, uint32_t n) { sp_reply_put_hold(reply, n); }

static inline bool sp_before(const sp_edit *a, const sp_edit *b) {
  return a->part != b->part ? a->part < b->part : a->start != b->start ? a->start < b->start : a->end < b->end;
}

// sp_finish writes the edits: sorted, disjoint, and not too many.
static inline void sp_finish(sp_out *reply) {
  sp_edit *list = sp_edits.list;
  for (uint32_t i = 1; i < sp_edits.n; i++) { // they mostly come in order
    sp_edit e = list[i];
    uint32_t at = i;
    for (; at > 0 && sp_before(&e, &list[at - 1]); at--) list[at] = list[at - 1];
    list[at] = e;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < sp_edits.n; i++) {
    sp_edit *last = kept ? &list[kept - 1] : 0;
    if (last && list[i].part == last->part && list[i].start < last->end) {
      if (list[i].end > last->end) last->end = list[i].end;
    } else {
      list[kept++] = list[i];
    }
  }
  if (kept > SP_MAX_EDITS || sp_edits.n == SP_MAX_PENDING) {
    reply->n = 0;
    sp_set_block(reply, 0, "too_many_edits", "The text has more to redact than one request may have.");
    return;
  }
  for (uint32_t i = 0; i < kept; i++) sp_reply_put_edits(reply, &list[i]);
}

// sp_end packs the reply: 0 for "allow, unchanged", else address and length.
static inline uint64_t sp_end(sp_out *reply) {
  if (sp_edits.n) sp_finish(reply);
  return reply->n ? (uint64_t)(uintptr_t)reply->p << 32 | reply->n : 0;
}

// SP_CONFIGURE defines what runs once, before any hook. It returns SP_STATUS_OK,
// or logs why not at level error and returns SP_STATUS_INVALID.
//
//   SP_CONFIGURE(call) { … }
#define SP_CONFIGURE(call) \
  static uint32_t sp_on_configure(const sp_configure_call *); \
  SP_EXPORT(sallyport_configure) uint32_t sp_run_configure(const uint8_t *p, uint32_t n) { \
    static sp_configure_call c; \
    if (!sp_configure_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    uint32_t status = sp_on_configure(&c); \
    sp_memory.mark = sp_memory.top; \
    return status; \
  } \
  static uint32_t sp_on_configure(const sp_configure_call *call)

// Settings and documents. Paths are JSON pointers (RFC 6901).

// sp_value is what a function of the gateway that fills a place gives.
#define SP_VALUE(out, call) \
  uint32_t cap = 256; \
  uint8_t *place = sp_grab(cap); \
  int32_t n = (call); \
  if (n > (int32_t)cap) { cap = (uint32_t)n; place = sp_grab(cap); n = (call); } \
  if (n < 0 || n > (int32_t)cap) return false; \
  *out = (sp_bytes){place, (uint32_t)n}; \
  return true

// sp_config gives the setting at a path: a string decoded, all else as JSON.
// False means that there is none.
static inline bool sp_config(sp_bytes path, sp_bytes *out) { SP_VALUE(out, sp_host_config_get(path.p, path.n, place, cap)); }

// sp_config_count is the number of elements of the list at a path.
static inline uint32_t sp_config_count(sp_bytes path) {
  int32_t n = sp_host_json_len(SP_DOCUMENT_CONFIG, path.p, path.n);
  return n < 0 ? 0 : (uint32_t)n;
}

// sp_config_at gives element i of the list at a path.
static inline bool sp_config_at(sp_bytes path, uint32_t i, sp_bytes *out) {
  sp_bytes digits;
  uint8_t text[12], *end = text + sizeof text, *at = end;
  do *--at = (uint8_t)('0' + i % 10); while (i /= 10);
  digits = (sp_bytes){at, (uint32_t)(end - at)};
  sp_out o = {sp_grab(path.n + 16), 0, path.n + 16};
  sp_put_raw(&o, path);
  sp_put_raw(&o, SP_TEXT("/"));
  sp_put_raw(&o, digits);
  return sp_config((sp_bytes){o.p, o.n}, out);
}

// sp_put_rune appends a rune as UTF-8.
static inline void sp_put_rune(uint8_t **to, uint32_t c) {
  uint8_t *p = *to;
  if (c < 0x80) { *p++ = (uint8_t)c; }
  else if (c < 0x800) { *p++ = (uint8_t)(0xc0 | c >> 6); *p++ = 0x80 | (c & 0x3f); }
  else if (c < 0x10000) { *p++ = (uint8_t)(0xe0 | c >> 12); *p++ = 0x80 | (c >> 6 & 0x3f); *p++ = 0x80 | (c & 0x3f); }
  else { *p++ = (uint8_t)(0xf0 | c >> 18); *p++ = 0x80 | (c >> 12 & 0x3f); *p++ = 0x80 | (c >> 6 & 0x3f); *p++ = 0x80 | (c & 0x3f); }
  *to = p;
}

static inline uint32_t sp_hex4(const uint8_t *p) {
  uint32_t v = 0;
  for (int i = 0; i < 4; i++) v = v << 4 | (p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
  return v;
}

// sp_json_text goes to the next string of valid JSON at or after *at, decodes it
// where it lies and moves *at behind it. False means that there is none.
static inline bool sp_json_text(sp_bytes json, uint32_t *at, sp_bytes *out) {
  while (*at < json.n && json.p[*at] != '"') ++*at;
  if (*at >= json.n) return false;
  const uint8_t *from = json.p + *at + 1;
  uint8_t *to = (uint8_t *)from;
  out->p = from;
  for (; *from != '"'; from++) {
    if (*from != '\\') { *to++ = *from; continue; }
    switch (*++from) {
    case 'b': *to++ = '\b'; break;
    case 'f': *to++ = '\f'; break;
    case 'n': *to++ = '\n'; break;
    case 'r': *to++ = '\r'; break;
    case 't': *to++ = '\t'; break;
    case 'u': {
      uint32_t c = sp_hex4(from + 1);
      from += 4;
      if (c >= 0xd800 && c < 0xdc00) { c = 0x10000 + ((c - 0xd800) << 10) + (sp_hex4(from + 3) - 0xdc00); from += 6; }
      sp_put_rune(&to, c);
      break;
    }
    default: *to++ = *from;
    }
  }
  out->n = (uint32_t)(to - out->p);
  *at = (uint32_t)(from + 1 - json.p);
  return true;
}

// sp_config_texts gives the list of strings at a path, in one call of the gateway
// however long it is. False means that there is none.
static inline bool sp_config_texts(sp_bytes path, sp_bytes **list, uint32_t *count) {
  sp_bytes json;
  *count = 0;
  if (!sp_config(path, &json)) return false;
  uint32_t n = sp_config_count(path), at = 0;
  *list = sp_alloc(n * sizeof **list);
  while (*count < n && sp_json_text(json, &at, &(*list)[*count])) ++*count;
  return *count == n;
}

// sp_config_u64 gives the whole number at a path, or other where there is none.
static inline uint64_t sp_config_u64(sp_bytes path, uint64_t other) {
  sp_bytes text;
  if (!sp_config(path, &text) || text.n == 0) return other;
  uint64_t v = 0;
  for (uint32_t i = 0; i < text.n; i++) {
    if (text.p[i] < '0' || text.p[i] > '9') return other;
    v = v * 10 + (text.p[i] - '0');
  }
  return v;
}

// sp_json gives a value of a document that the manifest asked for, as JSON.
static inline bool sp_json(uint32_t document, sp_bytes path, sp_bytes *out) { SP_VALUE(out, sp_host_json_get(document, path.p, path.n, place, cap)); }

// sp_get_tag gives a tag of the exchange, if the manifest asked for tags.
static inline bool sp_get_tag(sp_bytes key, sp_bytes *out) { SP_VALUE(out, sp_host_tag_get(key.p, key.n, place, cap)); }

// sp_get_slot gives what this plugin left on the exchange, also in another hook.
static inline bool sp_get_slot(sp_bytes name, sp_bytes *out) { SP_VALUE(out, sp_host_slot_get(name.p, name.n, place, cap)); }

// sp_set_slot leaves bytes on the exchange, 16 KiB at most.
static inline bool sp_set_slot(sp_bytes name, sp_bytes value) { return sp_host_slot_set(name.p, name.n, value.p, value.n) >= 0; }

// sp_get_kv gives a value of the plugin's store for this tenant. Capability kv.
static inline bool sp_get_kv(sp_bytes key, sp_bytes *out) { SP_VALUE(out, sp_host_kv_get(key.p, key.n, place, cap)); }

// sp_set_kv stores a value for some milliseconds, 0 meaning for ever; an empty
// one deletes. Capability kv.
static inline bool sp_set_kv(sp_bytes key, sp_bytes value, uint64_t ttl_ms) {
  return sp_host_kv_set(key.p, key.n, value.p, value.n, (int64_t)ttl_ms) >= 0;
}

// sp_count adds to a metric of the plugin.
static inline void sp_count(const char *name, uint64_t delta) {
  sp_bytes b = sp_str(name);
  (void)sp_host_counter_add(b.p, b.n, (int64_t)delta);
}

#endif
