// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.
#ifndef SALLYPORT_ABI_H
#define SALLYPORT_ABI_H

#include <stdbool.h>
#include <stdint.h>

// sp_bytes is a place in the frame, or one of the plugin's own. Its text is not
// terminated by a zero.
typedef struct { const uint8_t *p; uint32_t n; } sp_bytes;

// sp_list is a repeated field, still in its frame. A copy of it is an iterator:
//
//   sp_part part;
//   for (sp_list it = call->parts; sp_part_next(&it, &part);) …
typedef struct { const uint8_t *p, *end; uint64_t tag; uint32_t count; } sp_list;

// sp_out is a reply that is being written. It grows by sp_alloc.
typedef struct { uint8_t *p; uint32_t n, cap; } sp_out;

// sp_alloc returns n bytes of zeros, aligned to 8: see sallyport.h.
static void *sp_alloc(uint32_t n);

// Reading. The first fault stays and ends the reading.
typedef struct { const uint8_t *p, *end; bool bad; } sp_cursor;

static inline void sp_fail(sp_cursor *c) { c->bad = true; c->p = c->end; }

// SP_ONCE keeps a function from being copied into its callers: plugins are small.
#define SP_ONCE __attribute__((noinline, unused)) static

SP_ONCE uint64_t sp_read_u64(sp_cursor *c) {
  uint64_t v = 0;
  for (uint32_t i = 0; i < 10 && c->p < c->end; i++) {
    uint8_t x = *c->p++;
    if (i == 9 && x > 1) break;
    v |= (uint64_t)(x & 0x7f) << (7 * i);
    if (x < 0x80) return v;
  }
  sp_fail(c);
  return 0;
}

static inline uint32_t sp_read_u32(sp_cursor *c) {
  uint64_t v = sp_read_u64(c);
  if (v > UINT32_MAX) sp_fail(c);
  return (uint32_t)v;
}

static inline sp_bytes sp_take(sp_cursor *c, uint64_t n) {
  sp_bytes v = {c->p, (uint32_t)n};
  if (n > (uint64_t)(c->end - c->p)) { sp_fail(c); v.n = 0; return v; }
  c->p += n;
  return v;
}

SP_ONCE sp_bytes sp_read_bytes(sp_cursor *c) { uint64_t n = sp_read_u64(c); return sp_take(c, n); }

static inline double sp_read_double(sp_cursor *c) {
  double v = 0;
  sp_bytes b = sp_take(c, 8);
  if (b.n == 8) __builtin_memcpy(&v, b.p, 8);
  return v;
}

// sp_skip passes over a field that the message does not have; known has a bit
// for each number that it has: such a field has the wrong wire type.
SP_ONCE void sp_skip(sp_cursor *c, uint64_t tag, uint64_t known) {
  uint64_t field = tag >> 3;
  if (field == 0 || field > (1 << 29) - 1 || (field < 64 && known >> field & 1)) { sp_fail(c); return; }
  switch (tag & 7) {
  case 0: sp_read_u64(c); break;
  case 1: sp_take(c, 8); break;
  case 2: sp_read_bytes(c); break;
  case 5: sp_take(c, 4); break;
  default: sp_fail(c);
  }
}

// sp_read_element notes an element that begins at its tag. A list that lies in
// two pieces of one message, which no host writes, is a bad frame.
SP_ONCE void sp_read_element(sp_cursor *c, sp_list *l, uint64_t tag, const uint8_t *at) {
  if (l->count == 0) { l->p = at; l->end = c->end; l->tag = tag; }
  else if (l->end != c->end) sp_fail(c);
  l->count++;
  sp_read_bytes(c);
}

// sp_bytes_next gives the next element of a list, false after the last.
SP_ONCE bool sp_bytes_next(sp_list *l, sp_bytes *v) {
  if (l->count == 0) return false;
  sp_cursor c = {l->p, l->end, false};
  for (;;) {
    uint64_t tag = sp_read_u64(&c);
    if (c.bad) __builtin_trap(); // cannot be: the list was read once
    if (tag != l->tag) { sp_skip(&c, tag, 0); continue; }
    *v = sp_read_bytes(&c);
    l->p = c.p;
    l->count--;
    return true;
  }
}

// Writing.

// sp_room makes room for n more bytes and returns where they go.
static inline uint8_t *sp_room(sp_out *o, uint32_t n) {
  if (n > o->cap - o->n) {
    uint32_t cap = o->n + n > 2 * o->cap ? o->n + n : 2 * o->cap;
    uint8_t *p = sp_alloc(cap);
    __builtin_memcpy(p, o->p, o->n);
    o->p = p;
    o->cap = cap;
  }
  return o->p + o->n;
}

SP_ONCE void sp_put_u64(sp_out *o, uint64_t v) {
  uint8_t *p = sp_room(o, 10);
  uint32_t n = 0;
  for (; v >= 0x80; v >>= 7) p[n++] = (uint8_t)v | 0x80;
  p[n++] = (uint8_t)v;
  o->n += n;
}

static inline void sp_put_raw(sp_out *o, sp_bytes v) {
  __builtin_memcpy(sp_room(o, v.n), v.p, v.n);
  o->n += v.n;
}

SP_ONCE void sp_put_bytes(sp_out *o, sp_bytes v) { sp_put_u64(o, v.n); sp_put_raw(o, v); }

static inline void sp_put_double(sp_out *o, double v) {
  __builtin_memcpy(sp_room(o, 8), &v, 8);
  o->n += 8;
}

static inline void sp_put_list(sp_out *o, sp_list l) {
  uint64_t tag = l.tag;
  for (sp_bytes v; sp_bytes_next(&l, &v);) { sp_put_u64(o, tag); sp_put_bytes(o, v); }
}

static inline uint32_t sp_size_u64(uint64_t v) { return (70 - (uint32_t)__builtin_clzll(v | 1)) / 7; }
static inline uint32_t sp_size_bytes(uint32_t n) { return sp_size_u64(n) + n; }

static inline uint32_t sp_size_list(sp_list l) {
  uint32_t n = 0, tag = sp_size_u64(l.tag);
  for (sp_bytes v; sp_bytes_next(&l, &v);) n += tag + sp_size_bytes(v.n);
  return n;
}

static inline uint64_t sp_double_bits(double v) { uint64_t u; __builtin_memcpy(&u, &v, 8); return u; }

// Status is what sallyport_configure returns, and, negated, what an import
// returns that failed.
enum {
  SP_STATUS_OK = 0,
  SP_STATUS_NOT_FOUND = 1, // there is no such key, path or document
  SP_STATUS_INVALID = 2, // an argument or the configuration is wrong
  SP_STATUS_DENIED = 3, // the capability was not granted
  SP_STATUS_TOO_LARGE = 4, // beyond a limit of docs/abi.md
  SP_STATUS_EXHAUSTED = 5, // no more host calls in this hook
  SP_STATUS_TIMEOUT = 6, // the host call took too long
  SP_STATUS_UNAVAILABLE = 7, // what the call needs cannot be reached now
  SP_STATUS_INTERNAL = 8, // a mistake of the host
};

// Level is the severity of a log line.
enum {
  SP_LEVEL_UNSPECIFIED = 0,
  SP_LEVEL_DEBUG = 1,
  SP_LEVEL_INFO = 2,
  SP_LEVEL_WARN = 3,
  SP_LEVEL_ERROR = 4,
};

// Document names a JSON document that the host has parsed, for the json imports.
enum {
  SP_DOCUMENT_UNSPECIFIED = 0,
  SP_DOCUMENT_CONFIG = 1, // the instance's configuration
  SP_DOCUMENT_REQUEST = 2, // the client's request, if the manifest asked for it
  SP_DOCUMENT_ANSWER = 3, // the whole answer, if the manifest asked for it
};

// Stage divides the prompt phase. Every shaper has run before the first judge.
enum {
  SP_STAGE_UNSPECIFIED = 0,
  SP_STAGE_SHAPE = 1, // may append and rewrite
  SP_STAGE_JUDGE = 2, // sees exactly what would leave; may not insert
};

// Operation is the kind of call that the client makes.
enum {
  SP_OPERATION_UNSPECIFIED = 0, // not known yet, as in receive
  SP_OPERATION_CHAT = 1,
  SP_OPERATION_COMPLETIONS = 2,
  SP_OPERATION_EMBEDDINGS = 3,
  SP_OPERATION_RERANK = 4,
  SP_OPERATION_IMAGES = 5,
  SP_OPERATION_SPEECH = 6,
  SP_OPERATION_TRANSCRIPTION = 7,
  SP_OPERATION_MODERATION = 8,
  SP_OPERATION_COUNT_TOKENS = 9,
  SP_OPERATION_PREDICT = 10,
  SP_OPERATION_MODELS = 11,
  SP_OPERATION_RAW = 12,
};

// Kind is the kind of a part.
enum {
  SP_KIND_UNSPECIFIED = 0,
  SP_KIND_TEXT = 1,
  SP_KIND_IMAGE = 2,
  SP_KIND_AUDIO = 3,
  SP_KIND_DOCUMENT = 4,
  SP_KIND_TOOL_CALL = 5, // text is the arguments, JSON
  SP_KIND_TOOL_RESULT = 6,
  SP_KIND_THINKING = 7,
  SP_KIND_REDACTED = 8, // thinking that the provider encrypted
  SP_KIND_CITATION = 9,
  SP_KIND_CACHE_POINT = 10,
  SP_KIND_REFUSAL = 11,
  SP_KIND_RAW = 12, // understood by one dialect only
};

// Role is who speaks in a part.
enum {
  SP_ROLE_UNSPECIFIED = 0,
  SP_ROLE_USER = 1,
  SP_ROLE_ASSISTANT = 2,
  SP_ROLE_SYSTEM = 3,
  SP_ROLE_TOOL = 4,
};

// Origin is whose doing a part is.
enum {
  SP_ORIGIN_UNSPECIFIED = 0,
  SP_ORIGIN_CLIENT = 1,
  SP_ORIGIN_GATEWAY = 2,
  SP_ORIGIN_PLUGIN = 3,
  SP_ORIGIN_UPSTREAM = 4,
};

// Finish is why the model stopped.
enum {
  SP_FINISH_UNSPECIFIED = 0, // it has not, or did not say
  SP_FINISH_STOP = 1,
  SP_FINISH_LENGTH = 2,
  SP_FINISH_TOOL_CALLS = 3,
  SP_FINISH_CONTENT_FILTER = 4,
  SP_FINISH_OTHER = 5,
};

// EventKind is the kind of a stream's event in the typed middle form.
enum {
  SP_EVENT_KIND_UNSPECIFIED = 0,
  SP_EVENT_KIND_OPEN = 1, // a block begins
  SP_EVENT_KIND_DELTA = 2, // a block goes on
  SP_EVENT_KIND_CLOSE = 3, // a block is whole
  SP_EVENT_KIND_USAGE = 4, // usage is set
  SP_EVENT_KIND_FINISH = 5, // the answer is finished
  SP_EVENT_KIND_ERROR = 6, // the stream failed
  SP_EVENT_KIND_RAW = 7, // understood by one dialect only
};

// End is how an exchange ended.
enum {
  SP_END_UNSPECIFIED = 0,
  SP_END_COMPLETED = 1,
  SP_END_REJECTED = 2,
  SP_END_BLOCKED = 3,
  SP_END_UPSTREAM_ERROR = 4,
  SP_END_UPSTREAM_TIMEOUT = 5,
  SP_END_UPSTREAM_IDLE = 6,
  SP_END_UPSTREAM_CUT = 7,
  SP_END_CLIENT_GONE = 8,
  SP_END_DEADLINE = 9,
  SP_END_DRAINED = 10,
  SP_END_INTERNAL = 11,
  SP_END_INTERRUPTED = 12,
};

// ToolChoice is whether the model must use a tool.
enum {
  SP_TOOL_CHOICE_UNSPECIFIED = 0, // the client did not say
  SP_TOOL_CHOICE_AUTO = 1,
  SP_TOOL_CHOICE_NONE = 2,
  SP_TOOL_CHOICE_ANY = 3, // some tool
  SP_TOOL_CHOICE_TOOL = 4, // the one that Parameters.tool_name names
};

// OutputFormat is the form of answer that the client asked for.
enum {
  SP_OUTPUT_FORMAT_UNSPECIFIED = 0, // the client did not say
  SP_OUTPUT_FORMAT_TEXT = 1,
  SP_OUTPUT_FORMAT_JSON = 2, // any JSON object
  SP_OUTPUT_FORMAT_SCHEMA = 3, // JSON after Parameters.output_schema
};

// Framing is how a provider's stream is cut into events.
enum {
  SP_FRAMING_UNSPECIFIED = 0, // as the Content-Type says
  SP_FRAMING_SSE = 1,
  SP_FRAMING_NDJSON = 2,
  SP_FRAMING_EVENTSTREAM = 3, // application/vnd.amazon.eventstream
};

// ConfigureCall is the frame of sallyport_configure, which runs once in each
// new instance, before any hook.
typedef struct {
  sp_bytes plugin; // the manifest's id
  sp_bytes instance; // the instance's name
  sp_bytes config; // JSON object, UTF-8, defaults filled in; the same is DOCUMENT_CONFIG
  sp_list capabilities; // of string; those granted; at most 64 elements
  uint32_t revision; // the newest revision of version 1 that the host knows; see "Versions"
  uint32_t window; // bytes of text that the host will hold back at most, 0 where no stream is guarded
} sp_configure_call;

SP_ONCE bool sp_configure_call_merge(sp_configure_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->plugin = sp_read_bytes(&c); break;
    case 0x12: m->instance = sp_read_bytes(&c); break;
    case 0x1a: m->config = sp_read_bytes(&c); break;
    case 0x22: sp_read_element(&c, &m->capabilities, tag, at); break;
    case 0x28: m->revision = sp_read_u32(&c); break;
    case 0x30: m->window = sp_read_u32(&c); break;
    default: sp_skip(&c, tag, 0x7eull);
    }
  }
  return !c.bad;
}

// sp_configure_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_configure_call_decode(sp_configure_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_configure_call_merge(m, b);
}

static inline uint32_t sp_configure_call_size(const sp_configure_call *m) {
  uint32_t n = 0;
  if (m->plugin.n) n += 1 + sp_size_bytes(m->plugin.n);
  if (m->instance.n) n += 1 + sp_size_bytes(m->instance.n);
  if (m->config.n) n += 1 + sp_size_bytes(m->config.n);
  n += sp_size_list(m->capabilities);
  if (m->revision) n += 1 + sp_size_u64((uint64_t)m->revision);
  if (m->window) n += 1 + sp_size_u64((uint64_t)m->window);
  return n;
}

static inline void sp_configure_call_append(sp_out *o, const sp_configure_call *m) {
  if (m->plugin.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->plugin); }
  if (m->instance.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->instance); }
  if (m->config.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->config); }
  sp_put_list(o, m->capabilities);
  if (m->revision) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->revision); }
  if (m->window) { sp_put_u64(o, 0x30); sp_put_u64(o, (uint64_t)m->window); }
}

// Tag is a key and value on the exchange.
typedef struct {
  sp_bytes key; // at most 256 bytes
  sp_bytes value; // at most 4096 bytes
} sp_tag;

SP_ONCE bool sp_tag_merge(sp_tag *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->key = sp_read_bytes(&c); break;
    case 0x12: m->value = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_tag_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_tag_decode(sp_tag *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_tag_merge(m, b);
}

// sp_tag_next gives the next element of a list, false after the last.
static inline bool sp_tag_next(sp_list *l, sp_tag *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_tag_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_tag_size(const sp_tag *m) {
  uint32_t n = 0;
  if (m->key.n) n += 1 + sp_size_bytes(m->key.n);
  if (m->value.n) n += 1 + sp_size_bytes(m->value.n);
  return n;
}

static inline void sp_tag_append(sp_out *o, const sp_tag *m) {
  if (m->key.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->key); }
  if (m->value.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->value); }
}

// Header is one header field.
typedef struct {
  sp_bytes name; // lower case; at most 256 bytes
  sp_bytes value; // at most 65536 bytes
} sp_header;

SP_ONCE bool sp_header_merge(sp_header *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->name = sp_read_bytes(&c); break;
    case 0x12: m->value = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_header_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_header_decode(sp_header *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_header_merge(m, b);
}

// sp_header_next gives the next element of a list, false after the last.
static inline bool sp_header_next(sp_list *l, sp_header *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_header_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_header_size(const sp_header *m) {
  uint32_t n = 0;
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (m->value.n) n += 1 + sp_size_bytes(m->value.n);
  return n;
}

static inline void sp_header_append(sp_out *o, const sp_header *m) {
  if (m->name.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->name); }
  if (m->value.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->value); }
}

// Exchange is what every hook may know about the exchange. Fields that the
// manifest did not ask for are absent.
typedef struct {
  sp_bytes id; // our request id
  sp_bytes route;
  uint32_t operation; // Operation
  sp_bytes dialect; // the client's, e.g. "openai.chat"
  bool stream; // the client wants a stream
  sp_bytes consumer; // name of the virtual key or principal
  sp_bytes tenant;
  sp_bytes model; // as the client wrote it, UTF-8
  sp_list tags; // of Tag; at most 256 elements
  sp_list headers; // of Header; of the client's request, those the manifest names; at most 256 elements
  bool shadow; // nobody acts on the reply
} sp_exchange;

SP_ONCE bool sp_exchange_merge(sp_exchange *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->id = sp_read_bytes(&c); break;
    case 0x12: m->route = sp_read_bytes(&c); break;
    case 0x18: m->operation = sp_read_u32(&c); break;
    case 0x22: m->dialect = sp_read_bytes(&c); break;
    case 0x28: m->stream = sp_read_u64(&c) != 0; break;
    case 0x32: m->consumer = sp_read_bytes(&c); break;
    case 0x3a: m->tenant = sp_read_bytes(&c); break;
    case 0x42: m->model = sp_read_bytes(&c); break;
    case 0x4a: sp_read_element(&c, &m->tags, tag, at); break;
    case 0x52: sp_read_element(&c, &m->headers, tag, at); break;
    case 0x58: m->shadow = sp_read_u64(&c) != 0; break;
    default: sp_skip(&c, tag, 0xffeull);
    }
  }
  return !c.bad;
}

// sp_exchange_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_exchange_decode(sp_exchange *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_exchange_merge(m, b);
}

// sp_exchange_next gives the next element of a list, false after the last.
static inline bool sp_exchange_next(sp_list *l, sp_exchange *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_exchange_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_exchange_size(const sp_exchange *m) {
  uint32_t n = 0;
  if (m->id.n) n += 1 + sp_size_bytes(m->id.n);
  if (m->route.n) n += 1 + sp_size_bytes(m->route.n);
  if (m->operation) n += 1 + sp_size_u64((uint64_t)m->operation);
  if (m->dialect.n) n += 1 + sp_size_bytes(m->dialect.n);
  if (m->stream) n += 1 + 1;
  if (m->consumer.n) n += 1 + sp_size_bytes(m->consumer.n);
  if (m->tenant.n) n += 1 + sp_size_bytes(m->tenant.n);
  if (m->model.n) n += 1 + sp_size_bytes(m->model.n);
  n += sp_size_list(m->tags);
  n += sp_size_list(m->headers);
  if (m->shadow) n += 1 + 1;
  return n;
}

static inline void sp_exchange_append(sp_out *o, const sp_exchange *m) {
  if (m->id.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->id); }
  if (m->route.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->route); }
  if (m->operation) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->operation); }
  if (m->dialect.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->dialect); }
  if (m->stream) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->stream); }
  if (m->consumer.n) { sp_put_u64(o, 0x32); sp_put_bytes(o, m->consumer); }
  if (m->tenant.n) { sp_put_u64(o, 0x3a); sp_put_bytes(o, m->tenant); }
  if (m->model.n) { sp_put_u64(o, 0x42); sp_put_bytes(o, m->model); }
  sp_put_list(o, m->tags);
  sp_put_list(o, m->headers);
  if (m->shadow) { sp_put_u64(o, 0x58); sp_put_u64(o, (uint64_t)m->shadow); }
}

// Part is one piece of content of a prompt or an answer.
typedef struct {
  uint32_t id; // what Edit.part names
  uint32_t kind; // Kind
  uint32_t role; // Role
  bool has_message;
  uint32_t message; // index of the message, absent for a part outside the messages
  uint32_t choice; // index of the answer's choice, 0 for prompts
  uint32_t origin; // Origin
  sp_bytes text; // UTF-8, decoded, with the edits of earlier hooks
  sp_bytes name; // tool's name, or media type of images, audio and documents
  sp_bytes call_id; // of a tool call and of its result
  sp_bytes data; // content of images, audio and documents in base64, RFC 4648 §4, padded
  sp_bytes url; // where such content lies instead
  sp_bytes signature; // the provider's seal on thinking, opaque
  sp_bytes source; // who sealed it: the dialect, "/" and the provider
  sp_bytes raw; // the original JSON value, UTF-8, for KIND_RAW and attributes that no field holds
} sp_part;

SP_ONCE bool sp_part_merge(sp_part *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->id = sp_read_u32(&c); break;
    case 0x10: m->kind = sp_read_u32(&c); break;
    case 0x18: m->role = sp_read_u32(&c); break;
    case 0x20: m->has_message = true; m->message = sp_read_u32(&c); break;
    case 0x28: m->choice = sp_read_u32(&c); break;
    case 0x30: m->origin = sp_read_u32(&c); break;
    case 0x3a: m->text = sp_read_bytes(&c); break;
    case 0x42: m->name = sp_read_bytes(&c); break;
    case 0x4a: m->call_id = sp_read_bytes(&c); break;
    case 0x52: m->data = sp_read_bytes(&c); break;
    case 0x5a: m->url = sp_read_bytes(&c); break;
    case 0x62: m->signature = sp_read_bytes(&c); break;
    case 0x6a: m->source = sp_read_bytes(&c); break;
    case 0x72: m->raw = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x7ffeull);
    }
  }
  return !c.bad;
}

// sp_part_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_part_decode(sp_part *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_part_merge(m, b);
}

// sp_part_next gives the next element of a list, false after the last.
static inline bool sp_part_next(sp_list *l, sp_part *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_part_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_part_size(const sp_part *m) {
  uint32_t n = 0;
  if (m->id) n += 1 + sp_size_u64((uint64_t)m->id);
  if (m->kind) n += 1 + sp_size_u64((uint64_t)m->kind);
  if (m->role) n += 1 + sp_size_u64((uint64_t)m->role);
  if (m->has_message) n += 1 + sp_size_u64((uint64_t)m->message);
  if (m->choice) n += 1 + sp_size_u64((uint64_t)m->choice);
  if (m->origin) n += 1 + sp_size_u64((uint64_t)m->origin);
  if (m->text.n) n += 1 + sp_size_bytes(m->text.n);
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (m->call_id.n) n += 1 + sp_size_bytes(m->call_id.n);
  if (m->data.n) n += 1 + sp_size_bytes(m->data.n);
  if (m->url.n) n += 1 + sp_size_bytes(m->url.n);
  if (m->signature.n) n += 1 + sp_size_bytes(m->signature.n);
  if (m->source.n) n += 1 + sp_size_bytes(m->source.n);
  if (m->raw.n) n += 1 + sp_size_bytes(m->raw.n);
  return n;
}

static inline void sp_part_append(sp_out *o, const sp_part *m) {
  if (m->id) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->id); }
  if (m->kind) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->kind); }
  if (m->role) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->role); }
  if (m->has_message) { sp_put_u64(o, 0x20); sp_put_u64(o, (uint64_t)m->message); }
  if (m->choice) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->choice); }
  if (m->origin) { sp_put_u64(o, 0x30); sp_put_u64(o, (uint64_t)m->origin); }
  if (m->text.n) { sp_put_u64(o, 0x3a); sp_put_bytes(o, m->text); }
  if (m->name.n) { sp_put_u64(o, 0x42); sp_put_bytes(o, m->name); }
  if (m->call_id.n) { sp_put_u64(o, 0x4a); sp_put_bytes(o, m->call_id); }
  if (m->data.n) { sp_put_u64(o, 0x52); sp_put_bytes(o, m->data); }
  if (m->url.n) { sp_put_u64(o, 0x5a); sp_put_bytes(o, m->url); }
  if (m->signature.n) { sp_put_u64(o, 0x62); sp_put_bytes(o, m->signature); }
  if (m->source.n) { sp_put_u64(o, 0x6a); sp_put_bytes(o, m->source); }
  if (m->raw.n) { sp_put_u64(o, 0x72); sp_put_bytes(o, m->raw); }
}

// Tool is a function that the model may call.
typedef struct {
  sp_bytes name; // at most 256 bytes
  sp_bytes description;
  sp_bytes schema; // JSON Schema of the arguments, UTF-8
  sp_bytes raw; // the original JSON value of a tool that is no function, UTF-8
  sp_bytes attributes; // JSON object of members that no field holds, UTF-8
} sp_tool;

SP_ONCE bool sp_tool_merge(sp_tool *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->name = sp_read_bytes(&c); break;
    case 0x12: m->description = sp_read_bytes(&c); break;
    case 0x1a: m->schema = sp_read_bytes(&c); break;
    case 0x22: m->raw = sp_read_bytes(&c); break;
    case 0x2a: m->attributes = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x3eull);
    }
  }
  return !c.bad;
}

// sp_tool_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_tool_decode(sp_tool *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_tool_merge(m, b);
}

// sp_tool_next gives the next element of a list, false after the last.
static inline bool sp_tool_next(sp_list *l, sp_tool *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_tool_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_tool_size(const sp_tool *m) {
  uint32_t n = 0;
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (m->description.n) n += 1 + sp_size_bytes(m->description.n);
  if (m->schema.n) n += 1 + sp_size_bytes(m->schema.n);
  if (m->raw.n) n += 1 + sp_size_bytes(m->raw.n);
  if (m->attributes.n) n += 1 + sp_size_bytes(m->attributes.n);
  return n;
}

static inline void sp_tool_append(sp_out *o, const sp_tool *m) {
  if (m->name.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->name); }
  if (m->description.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->description); }
  if (m->schema.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->schema); }
  if (m->raw.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->raw); }
  if (m->attributes.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->attributes); }
}

// Parameter is a setting that only some dialects have.
typedef struct {
  sp_bytes name; // top-level key in the client's request
  sp_bytes json; // its value, UTF-8
} sp_parameter;

SP_ONCE bool sp_parameter_merge(sp_parameter *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->name = sp_read_bytes(&c); break;
    case 0x12: m->json = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_parameter_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_parameter_decode(sp_parameter *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_parameter_merge(m, b);
}

// sp_parameter_next gives the next element of a list, false after the last.
static inline bool sp_parameter_next(sp_list *l, sp_parameter *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_parameter_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_parameter_size(const sp_parameter *m) {
  uint32_t n = 0;
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (m->json.n) n += 1 + sp_size_bytes(m->json.n);
  return n;
}

static inline void sp_parameter_append(sp_out *o, const sp_parameter *m) {
  if (m->name.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->name); }
  if (m->json.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->json); }
}

// Parameters are the request's settings, in one form for all dialects. What the
// client did not set is absent.
typedef struct {
  bool has_max_output;
  uint64_t max_output; // tokens
  bool has_temperature;
  double temperature;
  bool has_top_p;
  double top_p;
  bool has_top_k;
  uint64_t top_k;
  bool has_presence_penalty;
  double presence_penalty;
  bool has_frequency_penalty;
  double frequency_penalty;
  bool has_seed;
  int64_t seed;
  uint32_t choices; // answers asked for; 0 means 1
  sp_list stop; // of string; at most 64 elements
  sp_list tools; // of Tool; at most 1024 elements
  uint32_t tool_choice; // ToolChoice
  sp_bytes tool_name;
  bool has_parallel_tools;
  bool parallel_tools;
  uint32_t output_format; // OutputFormat
  sp_bytes output_schema; // JSON Schema, UTF-8
  sp_bytes reasoning_effort; // the client's word
  bool has_reasoning_tokens;
  uint64_t reasoning_tokens;
  sp_list others; // of Parameter; what no field above holds; at most 256 elements
  sp_bytes output_attributes; // JSON object of what else the client said of the shape, UTF-8
} sp_parameters;

SP_ONCE bool sp_parameters_merge(sp_parameters *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->has_max_output = true; m->max_output = sp_read_u64(&c); break;
    case 0x11: m->has_temperature = true; m->temperature = sp_read_double(&c); break;
    case 0x19: m->has_top_p = true; m->top_p = sp_read_double(&c); break;
    case 0x20: m->has_top_k = true; m->top_k = sp_read_u64(&c); break;
    case 0x29: m->has_presence_penalty = true; m->presence_penalty = sp_read_double(&c); break;
    case 0x31: m->has_frequency_penalty = true; m->frequency_penalty = sp_read_double(&c); break;
    case 0x38: m->has_seed = true; m->seed = (int64_t)sp_read_u64(&c); break;
    case 0x40: m->choices = sp_read_u32(&c); break;
    case 0x4a: sp_read_element(&c, &m->stop, tag, at); break;
    case 0x52: sp_read_element(&c, &m->tools, tag, at); break;
    case 0x58: m->tool_choice = sp_read_u32(&c); break;
    case 0x62: m->tool_name = sp_read_bytes(&c); break;
    case 0x68: m->has_parallel_tools = true; m->parallel_tools = sp_read_u64(&c) != 0; break;
    case 0x70: m->output_format = sp_read_u32(&c); break;
    case 0x7a: m->output_schema = sp_read_bytes(&c); break;
    case 0x82: m->reasoning_effort = sp_read_bytes(&c); break;
    case 0x88: m->has_reasoning_tokens = true; m->reasoning_tokens = sp_read_u64(&c); break;
    case 0x92: sp_read_element(&c, &m->others, tag, at); break;
    case 0x9a: m->output_attributes = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xffffeull);
    }
  }
  return !c.bad;
}

// sp_parameters_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_parameters_decode(sp_parameters *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_parameters_merge(m, b);
}

// sp_parameters_next gives the next element of a list, false after the last.
static inline bool sp_parameters_next(sp_list *l, sp_parameters *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_parameters_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_parameters_size(const sp_parameters *m) {
  uint32_t n = 0;
  if (m->has_max_output) n += 1 + sp_size_u64((uint64_t)m->max_output);
  if (m->has_temperature) n += 1 + 8;
  if (m->has_top_p) n += 1 + 8;
  if (m->has_top_k) n += 1 + sp_size_u64((uint64_t)m->top_k);
  if (m->has_presence_penalty) n += 1 + 8;
  if (m->has_frequency_penalty) n += 1 + 8;
  if (m->has_seed) n += 1 + sp_size_u64((uint64_t)m->seed);
  if (m->choices) n += 1 + sp_size_u64((uint64_t)m->choices);
  n += sp_size_list(m->stop);
  n += sp_size_list(m->tools);
  if (m->tool_choice) n += 1 + sp_size_u64((uint64_t)m->tool_choice);
  if (m->tool_name.n) n += 1 + sp_size_bytes(m->tool_name.n);
  if (m->has_parallel_tools) n += 1 + 1;
  if (m->output_format) n += 1 + sp_size_u64((uint64_t)m->output_format);
  if (m->output_schema.n) n += 1 + sp_size_bytes(m->output_schema.n);
  if (m->reasoning_effort.n) n += 2 + sp_size_bytes(m->reasoning_effort.n);
  if (m->has_reasoning_tokens) n += 2 + sp_size_u64((uint64_t)m->reasoning_tokens);
  n += sp_size_list(m->others);
  if (m->output_attributes.n) n += 2 + sp_size_bytes(m->output_attributes.n);
  return n;
}

static inline void sp_parameters_append(sp_out *o, const sp_parameters *m) {
  if (m->has_max_output) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->max_output); }
  if (m->has_temperature) { sp_put_u64(o, 0x11); sp_put_double(o, m->temperature); }
  if (m->has_top_p) { sp_put_u64(o, 0x19); sp_put_double(o, m->top_p); }
  if (m->has_top_k) { sp_put_u64(o, 0x20); sp_put_u64(o, (uint64_t)m->top_k); }
  if (m->has_presence_penalty) { sp_put_u64(o, 0x29); sp_put_double(o, m->presence_penalty); }
  if (m->has_frequency_penalty) { sp_put_u64(o, 0x31); sp_put_double(o, m->frequency_penalty); }
  if (m->has_seed) { sp_put_u64(o, 0x38); sp_put_u64(o, (uint64_t)m->seed); }
  if (m->choices) { sp_put_u64(o, 0x40); sp_put_u64(o, (uint64_t)m->choices); }
  sp_put_list(o, m->stop);
  sp_put_list(o, m->tools);
  if (m->tool_choice) { sp_put_u64(o, 0x58); sp_put_u64(o, (uint64_t)m->tool_choice); }
  if (m->tool_name.n) { sp_put_u64(o, 0x62); sp_put_bytes(o, m->tool_name); }
  if (m->has_parallel_tools) { sp_put_u64(o, 0x68); sp_put_u64(o, (uint64_t)m->parallel_tools); }
  if (m->output_format) { sp_put_u64(o, 0x70); sp_put_u64(o, (uint64_t)m->output_format); }
  if (m->output_schema.n) { sp_put_u64(o, 0x7a); sp_put_bytes(o, m->output_schema); }
  if (m->reasoning_effort.n) { sp_put_u64(o, 0x82); sp_put_bytes(o, m->reasoning_effort); }
  if (m->has_reasoning_tokens) { sp_put_u64(o, 0x88); sp_put_u64(o, (uint64_t)m->reasoning_tokens); }
  sp_put_list(o, m->others);
  if (m->output_attributes.n) { sp_put_u64(o, 0x9a); sp_put_bytes(o, m->output_attributes); }
}

// Usage is what an exchange consumed, in tokens. It is set, not added.
typedef struct {
  uint64_t input_uncached;
  uint64_t cache_read;
  uint64_t cache_write;
  uint64_t output; // reasoning included
  uint64_t reasoning; // the part of output that was reasoning
  uint64_t audio;
  uint64_t image;
  bool reported; // by the provider itself
  bool estimated; // at least one count is an estimate
  uint64_t cache_write_hour; // the part of cache_write that is kept for an hour
} sp_usage;

SP_ONCE bool sp_usage_merge(sp_usage *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->input_uncached = sp_read_u64(&c); break;
    case 0x10: m->cache_read = sp_read_u64(&c); break;
    case 0x18: m->cache_write = sp_read_u64(&c); break;
    case 0x20: m->output = sp_read_u64(&c); break;
    case 0x28: m->reasoning = sp_read_u64(&c); break;
    case 0x30: m->audio = sp_read_u64(&c); break;
    case 0x38: m->image = sp_read_u64(&c); break;
    case 0x40: m->reported = sp_read_u64(&c) != 0; break;
    case 0x48: m->estimated = sp_read_u64(&c) != 0; break;
    case 0x50: m->cache_write_hour = sp_read_u64(&c); break;
    default: sp_skip(&c, tag, 0x7feull);
    }
  }
  return !c.bad;
}

// sp_usage_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_usage_decode(sp_usage *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_usage_merge(m, b);
}

// sp_usage_next gives the next element of a list, false after the last.
static inline bool sp_usage_next(sp_list *l, sp_usage *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_usage_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_usage_size(const sp_usage *m) {
  uint32_t n = 0;
  if (m->input_uncached) n += 1 + sp_size_u64((uint64_t)m->input_uncached);
  if (m->cache_read) n += 1 + sp_size_u64((uint64_t)m->cache_read);
  if (m->cache_write) n += 1 + sp_size_u64((uint64_t)m->cache_write);
  if (m->output) n += 1 + sp_size_u64((uint64_t)m->output);
  if (m->reasoning) n += 1 + sp_size_u64((uint64_t)m->reasoning);
  if (m->audio) n += 1 + sp_size_u64((uint64_t)m->audio);
  if (m->image) n += 1 + sp_size_u64((uint64_t)m->image);
  if (m->reported) n += 1 + 1;
  if (m->estimated) n += 1 + 1;
  if (m->cache_write_hour) n += 1 + sp_size_u64((uint64_t)m->cache_write_hour);
  return n;
}

static inline void sp_usage_append(sp_out *o, const sp_usage *m) {
  if (m->input_uncached) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->input_uncached); }
  if (m->cache_read) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->cache_read); }
  if (m->cache_write) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->cache_write); }
  if (m->output) { sp_put_u64(o, 0x20); sp_put_u64(o, (uint64_t)m->output); }
  if (m->reasoning) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->reasoning); }
  if (m->audio) { sp_put_u64(o, 0x30); sp_put_u64(o, (uint64_t)m->audio); }
  if (m->image) { sp_put_u64(o, 0x38); sp_put_u64(o, (uint64_t)m->image); }
  if (m->reported) { sp_put_u64(o, 0x40); sp_put_u64(o, (uint64_t)m->reported); }
  if (m->estimated) { sp_put_u64(o, 0x48); sp_put_u64(o, (uint64_t)m->estimated); }
  if (m->cache_write_hour) { sp_put_u64(o, 0x50); sp_put_u64(o, (uint64_t)m->cache_write_hour); }
}

// Error is an upstream's error in one form for all providers.
typedef struct {
  uint32_t status; // 400 to 599
  sp_bytes code; // the provider's own word, or upstream_cut for a stream that ended too soon; at most 256 bytes
  sp_bytes message; // for people; at most 4096 bytes
  uint64_t retry_after_ms; // 0 means nothing is known
  sp_bytes param; // path of the offending field; at most 256 bytes
} sp_error;

SP_ONCE bool sp_error_merge(sp_error *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->status = sp_read_u32(&c); break;
    case 0x12: m->code = sp_read_bytes(&c); break;
    case 0x1a: m->message = sp_read_bytes(&c); break;
    case 0x20: m->retry_after_ms = sp_read_u64(&c); break;
    case 0x2a: m->param = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x3eull);
    }
  }
  return !c.bad;
}

// sp_error_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_error_decode(sp_error *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_error_merge(m, b);
}

// sp_error_next gives the next element of a list, false after the last.
static inline bool sp_error_next(sp_list *l, sp_error *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_error_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_error_size(const sp_error *m) {
  uint32_t n = 0;
  if (m->status) n += 1 + sp_size_u64((uint64_t)m->status);
  if (m->code.n) n += 1 + sp_size_bytes(m->code.n);
  if (m->message.n) n += 1 + sp_size_bytes(m->message.n);
  if (m->retry_after_ms) n += 1 + sp_size_u64((uint64_t)m->retry_after_ms);
  if (m->param.n) n += 1 + sp_size_bytes(m->param.n);
  return n;
}

static inline void sp_error_append(sp_out *o, const sp_error *m) {
  if (m->status) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->status); }
  if (m->code.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->code); }
  if (m->message.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->message); }
  if (m->retry_after_ms) { sp_put_u64(o, 0x20); sp_put_u64(o, (uint64_t)m->retry_after_ms); }
  if (m->param.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->param); }
}

// ReceiveCall is the frame of the receive hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  sp_bytes method;
  sp_bytes path; // as sent, without query
  sp_bytes query; // as sent, without "?"
  uint64_t body_bytes;
} sp_receive_call;

SP_ONCE bool sp_receive_call_merge(sp_receive_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x12: m->method = sp_read_bytes(&c); break;
    case 0x1a: m->path = sp_read_bytes(&c); break;
    case 0x22: m->query = sp_read_bytes(&c); break;
    case 0x28: m->body_bytes = sp_read_u64(&c); break;
    default: sp_skip(&c, tag, 0x3eull);
    }
  }
  return !c.bad;
}

// sp_receive_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_receive_call_decode(sp_receive_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_receive_call_merge(m, b);
}

static inline uint32_t sp_receive_call_size(const sp_receive_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  if (m->method.n) n += 1 + sp_size_bytes(m->method.n);
  if (m->path.n) n += 1 + sp_size_bytes(m->path.n);
  if (m->query.n) n += 1 + sp_size_bytes(m->query.n);
  if (m->body_bytes) n += 1 + sp_size_u64((uint64_t)m->body_bytes);
  return n;
}

static inline void sp_receive_call_append(sp_out *o, const sp_receive_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  if (m->method.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->method); }
  if (m->path.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->path); }
  if (m->query.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->query); }
  if (m->body_bytes) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->body_bytes); }
}

// PromptCall is the frame of the prompt hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  uint32_t stage; // Stage
  sp_list parts; // of Part; of the kinds and roles that the manifest asked for; at most 65536 elements
  bool has_parameters;
  sp_parameters parameters;
  uint32_t messages; // number of messages; NewPart.at must not be larger
  sp_bytes state; // what this hook last left; see Reply.state
} sp_prompt_call;

SP_ONCE bool sp_prompt_call_merge(sp_prompt_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x10: m->stage = sp_read_u32(&c); break;
    case 0x1a: sp_read_element(&c, &m->parts, tag, at); break;
    case 0x22: m->has_parameters = true; if (!sp_parameters_merge(&m->parameters, sp_read_bytes(&c))) return false; break;
    case 0x28: m->messages = sp_read_u32(&c); break;
    case 0x32: m->state = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x7eull);
    }
  }
  return !c.bad;
}

// sp_prompt_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_prompt_call_decode(sp_prompt_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_prompt_call_merge(m, b);
}

static inline uint32_t sp_prompt_call_size(const sp_prompt_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  if (m->stage) n += 1 + sp_size_u64((uint64_t)m->stage);
  n += sp_size_list(m->parts);
  if (m->has_parameters) n += 1 + sp_size_bytes(sp_parameters_size(&m->parameters));
  if (m->messages) n += 1 + sp_size_u64((uint64_t)m->messages);
  if (m->state.n) n += 1 + sp_size_bytes(m->state.n);
  return n;
}

static inline void sp_prompt_call_append(sp_out *o, const sp_prompt_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  if (m->stage) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->stage); }
  sp_put_list(o, m->parts);
  if (m->has_parameters) { sp_put_u64(o, 0x22); sp_put_u64(o, sp_parameters_size(&m->parameters)); sp_parameters_append(o, &m->parameters); }
  if (m->messages) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->messages); }
  if (m->state.n) { sp_put_u64(o, 0x32); sp_put_bytes(o, m->state); }
}

// Deployment is one candidate in a route's order, with what is known of it now.
typedef struct {
  sp_bytes name;
  sp_bytes provider;
  sp_bytes model;
  uint32_t weight;
  bool cooling; // it failed lately and is out of the picks
  uint32_t in_flight; // attempts under way here
  double first_byte_ms; // moving average
  double error_rate; // moving average, 0 to 1
  bool has_input_price;
  uint64_t input_price; // 10⁻¹² USD a token; absent when unknown
  bool has_output_price;
  uint64_t output_price; // likewise
  uint64_t context_tokens; // 0 when unknown
  bool has_load;
  double load; // of a runtime that tells, 0 to 1
  sp_list labels; // of Tag; the operator's own; at most 64 elements
} sp_deployment;

SP_ONCE bool sp_deployment_merge(sp_deployment *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->name = sp_read_bytes(&c); break;
    case 0x12: m->provider = sp_read_bytes(&c); break;
    case 0x1a: m->model = sp_read_bytes(&c); break;
    case 0x20: m->weight = sp_read_u32(&c); break;
    case 0x28: m->cooling = sp_read_u64(&c) != 0; break;
    case 0x30: m->in_flight = sp_read_u32(&c); break;
    case 0x39: m->first_byte_ms = sp_read_double(&c); break;
    case 0x41: m->error_rate = sp_read_double(&c); break;
    case 0x48: m->has_input_price = true; m->input_price = sp_read_u64(&c); break;
    case 0x50: m->has_output_price = true; m->output_price = sp_read_u64(&c); break;
    case 0x58: m->context_tokens = sp_read_u64(&c); break;
    case 0x61: m->has_load = true; m->load = sp_read_double(&c); break;
    case 0x6a: sp_read_element(&c, &m->labels, tag, at); break;
    default: sp_skip(&c, tag, 0x3ffeull);
    }
  }
  return !c.bad;
}

// sp_deployment_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_deployment_decode(sp_deployment *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_deployment_merge(m, b);
}

// sp_deployment_next gives the next element of a list, false after the last.
static inline bool sp_deployment_next(sp_list *l, sp_deployment *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_deployment_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_deployment_size(const sp_deployment *m) {
  uint32_t n = 0;
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (m->provider.n) n += 1 + sp_size_bytes(m->provider.n);
  if (m->model.n) n += 1 + sp_size_bytes(m->model.n);
  if (m->weight) n += 1 + sp_size_u64((uint64_t)m->weight);
  if (m->cooling) n += 1 + 1;
  if (m->in_flight) n += 1 + sp_size_u64((uint64_t)m->in_flight);
  if (sp_double_bits(m->first_byte_ms)) n += 1 + 8;
  if (sp_double_bits(m->error_rate)) n += 1 + 8;
  if (m->has_input_price) n += 1 + sp_size_u64((uint64_t)m->input_price);
  if (m->has_output_price) n += 1 + sp_size_u64((uint64_t)m->output_price);
  if (m->context_tokens) n += 1 + sp_size_u64((uint64_t)m->context_tokens);
  if (m->has_load) n += 1 + 8;
  n += sp_size_list(m->labels);
  return n;
}

static inline void sp_deployment_append(sp_out *o, const sp_deployment *m) {
  if (m->name.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->name); }
  if (m->provider.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->provider); }
  if (m->model.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->model); }
  if (m->weight) { sp_put_u64(o, 0x20); sp_put_u64(o, (uint64_t)m->weight); }
  if (m->cooling) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->cooling); }
  if (m->in_flight) { sp_put_u64(o, 0x30); sp_put_u64(o, (uint64_t)m->in_flight); }
  if (sp_double_bits(m->first_byte_ms)) { sp_put_u64(o, 0x39); sp_put_double(o, m->first_byte_ms); }
  if (sp_double_bits(m->error_rate)) { sp_put_u64(o, 0x41); sp_put_double(o, m->error_rate); }
  if (m->has_input_price) { sp_put_u64(o, 0x48); sp_put_u64(o, (uint64_t)m->input_price); }
  if (m->has_output_price) { sp_put_u64(o, 0x50); sp_put_u64(o, (uint64_t)m->output_price); }
  if (m->context_tokens) { sp_put_u64(o, 0x58); sp_put_u64(o, (uint64_t)m->context_tokens); }
  if (m->has_load) { sp_put_u64(o, 0x61); sp_put_double(o, m->load); }
  sp_put_list(o, m->labels);
}

// Features describe a prompt to hooks that do not see its text.
typedef struct {
  uint64_t input_tokens; // estimate
  uint32_t messages;
  bool images;
  bool audio;
  bool documents;
  bool tools;
  bool reasoning;
} sp_features;

SP_ONCE bool sp_features_merge(sp_features *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->input_tokens = sp_read_u64(&c); break;
    case 0x10: m->messages = sp_read_u32(&c); break;
    case 0x18: m->images = sp_read_u64(&c) != 0; break;
    case 0x20: m->audio = sp_read_u64(&c) != 0; break;
    case 0x28: m->documents = sp_read_u64(&c) != 0; break;
    case 0x30: m->tools = sp_read_u64(&c) != 0; break;
    case 0x38: m->reasoning = sp_read_u64(&c) != 0; break;
    default: sp_skip(&c, tag, 0xfeull);
    }
  }
  return !c.bad;
}

// sp_features_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_features_decode(sp_features *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_features_merge(m, b);
}

// sp_features_next gives the next element of a list, false after the last.
static inline bool sp_features_next(sp_list *l, sp_features *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_features_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_features_size(const sp_features *m) {
  uint32_t n = 0;
  if (m->input_tokens) n += 1 + sp_size_u64((uint64_t)m->input_tokens);
  if (m->messages) n += 1 + sp_size_u64((uint64_t)m->messages);
  if (m->images) n += 1 + 1;
  if (m->audio) n += 1 + 1;
  if (m->documents) n += 1 + 1;
  if (m->tools) n += 1 + 1;
  if (m->reasoning) n += 1 + 1;
  return n;
}

static inline void sp_features_append(sp_out *o, const sp_features *m) {
  if (m->input_tokens) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->input_tokens); }
  if (m->messages) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->messages); }
  if (m->images) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->images); }
  if (m->audio) { sp_put_u64(o, 0x20); sp_put_u64(o, (uint64_t)m->audio); }
  if (m->documents) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->documents); }
  if (m->tools) { sp_put_u64(o, 0x30); sp_put_u64(o, (uint64_t)m->tools); }
  if (m->reasoning) { sp_put_u64(o, 0x38); sp_put_u64(o, (uint64_t)m->reasoning); }
}

// RouteCall is the frame of the route hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  sp_list deployments; // of Deployment; in the order so far; at most 1024 elements
  bool has_features;
  sp_features features;
  sp_list parts; // of Part; if the manifest asked for them; at most 65536 elements
} sp_route_call;

SP_ONCE bool sp_route_call_merge(sp_route_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x12: sp_read_element(&c, &m->deployments, tag, at); break;
    case 0x1a: m->has_features = true; if (!sp_features_merge(&m->features, sp_read_bytes(&c))) return false; break;
    case 0x22: sp_read_element(&c, &m->parts, tag, at); break;
    default: sp_skip(&c, tag, 0x1eull);
    }
  }
  return !c.bad;
}

// sp_route_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_route_call_decode(sp_route_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_route_call_merge(m, b);
}

static inline uint32_t sp_route_call_size(const sp_route_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  n += sp_size_list(m->deployments);
  if (m->has_features) n += 1 + sp_size_bytes(sp_features_size(&m->features));
  n += sp_size_list(m->parts);
  return n;
}

static inline void sp_route_call_append(sp_out *o, const sp_route_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  sp_put_list(o, m->deployments);
  if (m->has_features) { sp_put_u64(o, 0x1a); sp_put_u64(o, sp_features_size(&m->features)); sp_features_append(o, &m->features); }
  sp_put_list(o, m->parts);
}

// Target is the deployment that an attempt goes to.
typedef struct {
  sp_bytes deployment;
  sp_bytes provider;
  sp_bytes kind; // the provider's descriptor, e.g. "anthropic"
  sp_bytes model; // the upstream's own model name
  sp_bytes base_path; // path part of the base URL, without trailing slash
  sp_list settings; // of Tag; of the descriptor and the operator: region, project, API version; at most 64 elements
} sp_target;

SP_ONCE bool sp_target_merge(sp_target *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->deployment = sp_read_bytes(&c); break;
    case 0x12: m->provider = sp_read_bytes(&c); break;
    case 0x1a: m->kind = sp_read_bytes(&c); break;
    case 0x22: m->model = sp_read_bytes(&c); break;
    case 0x2a: m->base_path = sp_read_bytes(&c); break;
    case 0x32: sp_read_element(&c, &m->settings, tag, at); break;
    default: sp_skip(&c, tag, 0x7eull);
    }
  }
  return !c.bad;
}

// sp_target_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_target_decode(sp_target *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_target_merge(m, b);
}

// sp_target_next gives the next element of a list, false after the last.
static inline bool sp_target_next(sp_list *l, sp_target *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_target_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_target_size(const sp_target *m) {
  uint32_t n = 0;
  if (m->deployment.n) n += 1 + sp_size_bytes(m->deployment.n);
  if (m->provider.n) n += 1 + sp_size_bytes(m->provider.n);
  if (m->kind.n) n += 1 + sp_size_bytes(m->kind.n);
  if (m->model.n) n += 1 + sp_size_bytes(m->model.n);
  if (m->base_path.n) n += 1 + sp_size_bytes(m->base_path.n);
  n += sp_size_list(m->settings);
  return n;
}

static inline void sp_target_append(sp_out *o, const sp_target *m) {
  if (m->deployment.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->deployment); }
  if (m->provider.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->provider); }
  if (m->kind.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->kind); }
  if (m->model.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->model); }
  if (m->base_path.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->base_path); }
  sp_put_list(o, m->settings);
}

// UpstreamRequestCall is the frame of the upstream_request hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  bool has_target;
  sp_target target;
  sp_list parts; // of Part; at most 65536 elements
  bool has_parameters;
  sp_parameters parameters;
  sp_bytes body; // the client's document for operations that have no typed form
} sp_upstream_request_call;

SP_ONCE bool sp_upstream_request_call_merge(sp_upstream_request_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x12: m->has_target = true; if (!sp_target_merge(&m->target, sp_read_bytes(&c))) return false; break;
    case 0x1a: sp_read_element(&c, &m->parts, tag, at); break;
    case 0x22: m->has_parameters = true; if (!sp_parameters_merge(&m->parameters, sp_read_bytes(&c))) return false; break;
    case 0x2a: m->body = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x3eull);
    }
  }
  return !c.bad;
}

// sp_upstream_request_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_upstream_request_call_decode(sp_upstream_request_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_upstream_request_call_merge(m, b);
}

static inline uint32_t sp_upstream_request_call_size(const sp_upstream_request_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  if (m->has_target) n += 1 + sp_size_bytes(sp_target_size(&m->target));
  n += sp_size_list(m->parts);
  if (m->has_parameters) n += 1 + sp_size_bytes(sp_parameters_size(&m->parameters));
  if (m->body.n) n += 1 + sp_size_bytes(m->body.n);
  return n;
}

static inline void sp_upstream_request_call_append(sp_out *o, const sp_upstream_request_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  if (m->has_target) { sp_put_u64(o, 0x12); sp_put_u64(o, sp_target_size(&m->target)); sp_target_append(o, &m->target); }
  sp_put_list(o, m->parts);
  if (m->has_parameters) { sp_put_u64(o, 0x22); sp_put_u64(o, sp_parameters_size(&m->parameters)); sp_parameters_append(o, &m->parameters); }
  if (m->body.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->body); }
}

// Loss names something of the request that the provider has no place for.
typedef struct {
  sp_bytes field; // path in the client's request; at most 256 bytes
  sp_bytes reason; // a word in snake case, 64 bytes at most; at most 256 bytes
} sp_loss;

SP_ONCE bool sp_loss_merge(sp_loss *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->field = sp_read_bytes(&c); break;
    case 0x12: m->reason = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_loss_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_loss_decode(sp_loss *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_loss_merge(m, b);
}

// sp_loss_next gives the next element of a list, false after the last.
static inline bool sp_loss_next(sp_list *l, sp_loss *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_loss_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_loss_size(const sp_loss *m) {
  uint32_t n = 0;
  if (m->field.n) n += 1 + sp_size_bytes(m->field.n);
  if (m->reason.n) n += 1 + sp_size_bytes(m->reason.n);
  return n;
}

static inline void sp_loss_append(sp_out *o, const sp_loss *m) {
  if (m->field.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->field); }
  if (m->reason.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->reason); }
}

// Fetch names a part that the provider takes as data alone and that the client
// gave by URL. The host fetches it under the egress rules and calls the hook again,
// with the part's data, and its media type in the part's name.
typedef struct {
  uint32_t part; // Part.id
  sp_bytes field; // path in the client's request, for errors; at most 256 bytes
} sp_fetch;

SP_ONCE bool sp_fetch_merge(sp_fetch *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->part = sp_read_u32(&c); break;
    case 0x12: m->field = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_fetch_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_fetch_decode(sp_fetch *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_fetch_merge(m, b);
}

// sp_fetch_next gives the next element of a list, false after the last.
static inline bool sp_fetch_next(sp_list *l, sp_fetch *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_fetch_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_fetch_size(const sp_fetch *m) {
  uint32_t n = 0;
  if (m->part) n += 1 + sp_size_u64((uint64_t)m->part);
  if (m->field.n) n += 1 + sp_size_bytes(m->field.n);
  return n;
}

static inline void sp_fetch_append(sp_out *o, const sp_fetch *m) {
  if (m->part) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->part); }
  if (m->field.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->field); }
}

// UpstreamRequestReply is the provider's request, without credentials.
typedef struct {
  sp_bytes method; // POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
  sp_bytes path; // path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
  sp_list headers; // of Header; neither credentials nor what belongs to the connection; at most 64 elements
  sp_bytes body;
  sp_list dropped; // of Loss; at most 256 elements
  bool has_error;
  sp_error error; // the request cannot be translated; the rest is ignored
  bool has_state;
  sp_bytes state; // for the hooks that read the answer; at most 16384 bytes
  uint32_t framing; // Framing
  sp_list fetch; // of Fetch; what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
} sp_upstream_request_reply;

SP_ONCE bool sp_upstream_request_reply_merge(sp_upstream_request_reply *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->method = sp_read_bytes(&c); break;
    case 0x12: m->path = sp_read_bytes(&c); break;
    case 0x1a: sp_read_element(&c, &m->headers, tag, at); break;
    case 0x22: m->body = sp_read_bytes(&c); break;
    case 0x2a: sp_read_element(&c, &m->dropped, tag, at); break;
    case 0x32: m->has_error = true; if (!sp_error_merge(&m->error, sp_read_bytes(&c))) return false; break;
    case 0x3a: m->has_state = true; m->state = sp_read_bytes(&c); break;
    case 0x40: m->framing = sp_read_u32(&c); break;
    case 0x4a: sp_read_element(&c, &m->fetch, tag, at); break;
    default: sp_skip(&c, tag, 0x3feull);
    }
  }
  return !c.bad;
}

// sp_upstream_request_reply_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_upstream_request_reply_decode(sp_upstream_request_reply *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_upstream_request_reply_merge(m, b);
}

static inline uint32_t sp_upstream_request_reply_size(const sp_upstream_request_reply *m) {
  uint32_t n = 0;
  if (m->method.n) n += 1 + sp_size_bytes(m->method.n);
  if (m->path.n) n += 1 + sp_size_bytes(m->path.n);
  n += sp_size_list(m->headers);
  if (m->body.n) n += 1 + sp_size_bytes(m->body.n);
  n += sp_size_list(m->dropped);
  if (m->has_error) n += 1 + sp_size_bytes(sp_error_size(&m->error));
  if (m->has_state) n += 1 + sp_size_bytes(m->state.n);
  if (m->framing) n += 1 + sp_size_u64((uint64_t)m->framing);
  n += sp_size_list(m->fetch);
  return n;
}

static inline void sp_upstream_request_reply_append(sp_out *o, const sp_upstream_request_reply *m) {
  if (m->method.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->method); }
  if (m->path.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->path); }
  sp_put_list(o, m->headers);
  if (m->body.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->body); }
  sp_put_list(o, m->dropped);
  if (m->has_error) { sp_put_u64(o, 0x32); sp_put_u64(o, sp_error_size(&m->error)); sp_error_append(o, &m->error); }
  if (m->has_state) { sp_put_u64(o, 0x3a); sp_put_bytes(o, m->state); }
  if (m->framing) { sp_put_u64(o, 0x40); sp_put_u64(o, (uint64_t)m->framing); }
  sp_put_list(o, m->fetch);
}

// POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
static inline void sp_upstream_request_reply_put_method(sp_out *o, sp_bytes v) { sp_put_u64(o, 0xa); sp_put_bytes(o, v); }

// path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
static inline void sp_upstream_request_reply_put_path(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x12); sp_put_bytes(o, v); }

// neither credentials nor what belongs to the connection; at most 64 elements
static inline void sp_upstream_request_reply_put_headers(sp_out *o, const sp_header *v) { sp_put_u64(o, 0x1a); sp_put_u64(o, sp_header_size(&(*v))); sp_header_append(o, &(*v)); }

static inline void sp_upstream_request_reply_put_body(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x22); sp_put_bytes(o, v); }

// at most 256 elements
static inline void sp_upstream_request_reply_put_dropped(sp_out *o, const sp_loss *v) { sp_put_u64(o, 0x2a); sp_put_u64(o, sp_loss_size(&(*v))); sp_loss_append(o, &(*v)); }

// the request cannot be translated; the rest is ignored
static inline void sp_upstream_request_reply_put_error(sp_out *o, const sp_error *v) { sp_put_u64(o, 0x32); sp_put_u64(o, sp_error_size(&(*v))); sp_error_append(o, &(*v)); }

// for the hooks that read the answer; at most 16384 bytes
static inline void sp_upstream_request_reply_put_state(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x3a); sp_put_bytes(o, v); }

static inline void sp_upstream_request_reply_put_framing(sp_out *o, uint32_t v) { sp_put_u64(o, 0x40); sp_put_u64(o, (uint64_t)v); }

// what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
static inline void sp_upstream_request_reply_put_fetch(sp_out *o, const sp_fetch *v) { sp_put_u64(o, 0x4a); sp_put_u64(o, sp_fetch_size(&(*v))); sp_fetch_append(o, &(*v)); }

// UpstreamResponseCall is the frame of the upstream_response hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  bool has_target;
  sp_target target;
  uint32_t status;
  sp_list headers; // of Header; those that tell of the answer, no cookie; at most 256 elements
  sp_bytes body;
  sp_bytes state; // what upstream_request left
} sp_upstream_response_call;

SP_ONCE bool sp_upstream_response_call_merge(sp_upstream_response_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x12: m->has_target = true; if (!sp_target_merge(&m->target, sp_read_bytes(&c))) return false; break;
    case 0x18: m->status = sp_read_u32(&c); break;
    case 0x22: sp_read_element(&c, &m->headers, tag, at); break;
    case 0x2a: m->body = sp_read_bytes(&c); break;
    case 0x32: m->state = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x7eull);
    }
  }
  return !c.bad;
}

// sp_upstream_response_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_upstream_response_call_decode(sp_upstream_response_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_upstream_response_call_merge(m, b);
}

static inline uint32_t sp_upstream_response_call_size(const sp_upstream_response_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  if (m->has_target) n += 1 + sp_size_bytes(sp_target_size(&m->target));
  if (m->status) n += 1 + sp_size_u64((uint64_t)m->status);
  n += sp_size_list(m->headers);
  if (m->body.n) n += 1 + sp_size_bytes(m->body.n);
  if (m->state.n) n += 1 + sp_size_bytes(m->state.n);
  return n;
}

static inline void sp_upstream_response_call_append(sp_out *o, const sp_upstream_response_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  if (m->has_target) { sp_put_u64(o, 0x12); sp_put_u64(o, sp_target_size(&m->target)); sp_target_append(o, &m->target); }
  if (m->status) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->status); }
  sp_put_list(o, m->headers);
  if (m->body.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->body); }
  if (m->state.n) { sp_put_u64(o, 0x32); sp_put_bytes(o, m->state); }
}

// Choice is how one choice of an answer finished.
typedef struct {
  uint32_t index;
  uint32_t finish; // Finish
  sp_bytes stop; // the stop sequence that ended it; at most 4096 bytes
} sp_choice;

SP_ONCE bool sp_choice_merge(sp_choice *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->index = sp_read_u32(&c); break;
    case 0x10: m->finish = sp_read_u32(&c); break;
    case 0x1a: m->stop = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xeull);
    }
  }
  return !c.bad;
}

// sp_choice_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_choice_decode(sp_choice *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_choice_merge(m, b);
}

// sp_choice_next gives the next element of a list, false after the last.
static inline bool sp_choice_next(sp_list *l, sp_choice *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_choice_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_choice_size(const sp_choice *m) {
  uint32_t n = 0;
  if (m->index) n += 1 + sp_size_u64((uint64_t)m->index);
  if (m->finish) n += 1 + sp_size_u64((uint64_t)m->finish);
  if (m->stop.n) n += 1 + sp_size_bytes(m->stop.n);
  return n;
}

static inline void sp_choice_append(sp_out *o, const sp_choice *m) {
  if (m->index) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->index); }
  if (m->finish) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->finish); }
  if (m->stop.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->stop); }
}

// UpstreamResponseReply is an answer in our form.
typedef struct {
  sp_list parts; // of Part; at most 65536 elements
  sp_list choices; // of Choice; at most 128 elements
  bool has_usage;
  sp_usage usage;
  sp_bytes model; // the model that the provider says it used; at most 256 bytes
  sp_bytes id; // the provider's id of the answer; at most 256 bytes
  bool has_error;
  sp_error error; // the provider refused; the rest but usage is ignored
  sp_bytes body; // the client's document for operations that have no typed form
} sp_upstream_response_reply;

SP_ONCE bool sp_upstream_response_reply_merge(sp_upstream_response_reply *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: sp_read_element(&c, &m->parts, tag, at); break;
    case 0x12: sp_read_element(&c, &m->choices, tag, at); break;
    case 0x1a: m->has_usage = true; if (!sp_usage_merge(&m->usage, sp_read_bytes(&c))) return false; break;
    case 0x22: m->model = sp_read_bytes(&c); break;
    case 0x2a: m->id = sp_read_bytes(&c); break;
    case 0x32: m->has_error = true; if (!sp_error_merge(&m->error, sp_read_bytes(&c))) return false; break;
    case 0x3a: m->body = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xfeull);
    }
  }
  return !c.bad;
}

// sp_upstream_response_reply_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_upstream_response_reply_decode(sp_upstream_response_reply *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_upstream_response_reply_merge(m, b);
}

static inline uint32_t sp_upstream_response_reply_size(const sp_upstream_response_reply *m) {
  uint32_t n = 0;
  n += sp_size_list(m->parts);
  n += sp_size_list(m->choices);
  if (m->has_usage) n += 1 + sp_size_bytes(sp_usage_size(&m->usage));
  if (m->model.n) n += 1 + sp_size_bytes(m->model.n);
  if (m->id.n) n += 1 + sp_size_bytes(m->id.n);
  if (m->has_error) n += 1 + sp_size_bytes(sp_error_size(&m->error));
  if (m->body.n) n += 1 + sp_size_bytes(m->body.n);
  return n;
}

static inline void sp_upstream_response_reply_append(sp_out *o, const sp_upstream_response_reply *m) {
  sp_put_list(o, m->parts);
  sp_put_list(o, m->choices);
  if (m->has_usage) { sp_put_u64(o, 0x1a); sp_put_u64(o, sp_usage_size(&m->usage)); sp_usage_append(o, &m->usage); }
  if (m->model.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->model); }
  if (m->id.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->id); }
  if (m->has_error) { sp_put_u64(o, 0x32); sp_put_u64(o, sp_error_size(&m->error)); sp_error_append(o, &m->error); }
  if (m->body.n) { sp_put_u64(o, 0x3a); sp_put_bytes(o, m->body); }
}

// at most 65536 elements
static inline void sp_upstream_response_reply_put_parts(sp_out *o, const sp_part *v) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_part_size(&(*v))); sp_part_append(o, &(*v)); }

// at most 128 elements
static inline void sp_upstream_response_reply_put_choices(sp_out *o, const sp_choice *v) { sp_put_u64(o, 0x12); sp_put_u64(o, sp_choice_size(&(*v))); sp_choice_append(o, &(*v)); }

static inline void sp_upstream_response_reply_put_usage(sp_out *o, const sp_usage *v) { sp_put_u64(o, 0x1a); sp_put_u64(o, sp_usage_size(&(*v))); sp_usage_append(o, &(*v)); }

// the model that the provider says it used; at most 256 bytes
static inline void sp_upstream_response_reply_put_model(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x22); sp_put_bytes(o, v); }

// the provider's id of the answer; at most 256 bytes
static inline void sp_upstream_response_reply_put_id(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x2a); sp_put_bytes(o, v); }

// the provider refused; the rest but usage is ignored
static inline void sp_upstream_response_reply_put_error(sp_out *o, const sp_error *v) { sp_put_u64(o, 0x32); sp_put_u64(o, sp_error_size(&(*v))); sp_error_append(o, &(*v)); }

// the client's document for operations that have no typed form
static inline void sp_upstream_response_reply_put_body(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x3a); sp_put_bytes(o, v); }

// UpstreamEventCall is the frame of the upstream_event hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  bool has_target;
  sp_target target;
  sp_bytes name; // the event's name, where the framing has one
  sp_bytes data; // its payload; whole
  bool final; // the stream is over; name and data are empty
  sp_bytes state;
} sp_upstream_event_call;

SP_ONCE bool sp_upstream_event_call_merge(sp_upstream_event_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x12: m->has_target = true; if (!sp_target_merge(&m->target, sp_read_bytes(&c))) return false; break;
    case 0x1a: m->name = sp_read_bytes(&c); break;
    case 0x22: m->data = sp_read_bytes(&c); break;
    case 0x28: m->final = sp_read_u64(&c) != 0; break;
    case 0x32: m->state = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x7eull);
    }
  }
  return !c.bad;
}

// sp_upstream_event_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_upstream_event_call_decode(sp_upstream_event_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_upstream_event_call_merge(m, b);
}

static inline uint32_t sp_upstream_event_call_size(const sp_upstream_event_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  if (m->has_target) n += 1 + sp_size_bytes(sp_target_size(&m->target));
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (m->data.n) n += 1 + sp_size_bytes(m->data.n);
  if (m->final) n += 1 + 1;
  if (m->state.n) n += 1 + sp_size_bytes(m->state.n);
  return n;
}

static inline void sp_upstream_event_call_append(sp_out *o, const sp_upstream_event_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  if (m->has_target) { sp_put_u64(o, 0x12); sp_put_u64(o, sp_target_size(&m->target)); sp_target_append(o, &m->target); }
  if (m->name.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->name); }
  if (m->data.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->data); }
  if (m->final) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->final); }
  if (m->state.n) { sp_put_u64(o, 0x32); sp_put_bytes(o, m->state); }
}

// Event is one piece of a stream in the typed middle form.
typedef struct {
  uint32_t kind; // EventKind
  uint32_t block;
  uint32_t choice;
  bool has_part;
  sp_part part; // for open, delta and close; text is what is new
  uint32_t finish; // Finish; for finish
  bool has_usage;
  sp_usage usage; // for usage
  bool has_error;
  sp_error error; // for error
  sp_bytes raw; // for raw
  sp_bytes model; // where the event names it; at most 256 bytes
  sp_bytes id; // where the event names the answer's id; at most 256 bytes
  sp_bytes stop; // for finish: the stop sequence that ended it; at most 4096 bytes
} sp_event;

SP_ONCE bool sp_event_merge(sp_event *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->kind = sp_read_u32(&c); break;
    case 0x10: m->block = sp_read_u32(&c); break;
    case 0x18: m->choice = sp_read_u32(&c); break;
    case 0x22: m->has_part = true; if (!sp_part_merge(&m->part, sp_read_bytes(&c))) return false; break;
    case 0x28: m->finish = sp_read_u32(&c); break;
    case 0x32: m->has_usage = true; if (!sp_usage_merge(&m->usage, sp_read_bytes(&c))) return false; break;
    case 0x3a: m->has_error = true; if (!sp_error_merge(&m->error, sp_read_bytes(&c))) return false; break;
    case 0x42: m->raw = sp_read_bytes(&c); break;
    case 0x4a: m->model = sp_read_bytes(&c); break;
    case 0x52: m->id = sp_read_bytes(&c); break;
    case 0x5a: m->stop = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xffeull);
    }
  }
  return !c.bad;
}

// sp_event_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_event_decode(sp_event *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_event_merge(m, b);
}

// sp_event_next gives the next element of a list, false after the last.
static inline bool sp_event_next(sp_list *l, sp_event *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_event_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_event_size(const sp_event *m) {
  uint32_t n = 0;
  if (m->kind) n += 1 + sp_size_u64((uint64_t)m->kind);
  if (m->block) n += 1 + sp_size_u64((uint64_t)m->block);
  if (m->choice) n += 1 + sp_size_u64((uint64_t)m->choice);
  if (m->has_part) n += 1 + sp_size_bytes(sp_part_size(&m->part));
  if (m->finish) n += 1 + sp_size_u64((uint64_t)m->finish);
  if (m->has_usage) n += 1 + sp_size_bytes(sp_usage_size(&m->usage));
  if (m->has_error) n += 1 + sp_size_bytes(sp_error_size(&m->error));
  if (m->raw.n) n += 1 + sp_size_bytes(m->raw.n);
  if (m->model.n) n += 1 + sp_size_bytes(m->model.n);
  if (m->id.n) n += 1 + sp_size_bytes(m->id.n);
  if (m->stop.n) n += 1 + sp_size_bytes(m->stop.n);
  return n;
}

static inline void sp_event_append(sp_out *o, const sp_event *m) {
  if (m->kind) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->kind); }
  if (m->block) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->block); }
  if (m->choice) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->choice); }
  if (m->has_part) { sp_put_u64(o, 0x22); sp_put_u64(o, sp_part_size(&m->part)); sp_part_append(o, &m->part); }
  if (m->finish) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->finish); }
  if (m->has_usage) { sp_put_u64(o, 0x32); sp_put_u64(o, sp_usage_size(&m->usage)); sp_usage_append(o, &m->usage); }
  if (m->has_error) { sp_put_u64(o, 0x3a); sp_put_u64(o, sp_error_size(&m->error)); sp_error_append(o, &m->error); }
  if (m->raw.n) { sp_put_u64(o, 0x42); sp_put_bytes(o, m->raw); }
  if (m->model.n) { sp_put_u64(o, 0x4a); sp_put_bytes(o, m->model); }
  if (m->id.n) { sp_put_u64(o, 0x52); sp_put_bytes(o, m->id); }
  if (m->stop.n) { sp_put_u64(o, 0x5a); sp_put_bytes(o, m->stop); }
}

// UpstreamEventReply is what one event of the provider means: none, one or more
// events of ours.
typedef struct {
  sp_list events; // of Event; at most 1024 elements
  bool has_state;
  sp_bytes state; // at most 16384 bytes
} sp_upstream_event_reply;

SP_ONCE bool sp_upstream_event_reply_merge(sp_upstream_event_reply *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: sp_read_element(&c, &m->events, tag, at); break;
    case 0x12: m->has_state = true; m->state = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_upstream_event_reply_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_upstream_event_reply_decode(sp_upstream_event_reply *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_upstream_event_reply_merge(m, b);
}

static inline uint32_t sp_upstream_event_reply_size(const sp_upstream_event_reply *m) {
  uint32_t n = 0;
  n += sp_size_list(m->events);
  if (m->has_state) n += 1 + sp_size_bytes(m->state.n);
  return n;
}

static inline void sp_upstream_event_reply_append(sp_out *o, const sp_upstream_event_reply *m) {
  sp_put_list(o, m->events);
  if (m->has_state) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->state); }
}

// at most 1024 elements
static inline void sp_upstream_event_reply_put_events(sp_out *o, const sp_event *v) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_event_size(&(*v))); sp_event_append(o, &(*v)); }

// at most 16384 bytes
static inline void sp_upstream_event_reply_put_state(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x12); sp_put_bytes(o, v); }

// AnswerCall is the frame of the answer hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  sp_list parts; // of Part; of the kinds that the manifest asked for; at most 65536 elements
  sp_list choices; // of Choice; at most 128 elements
  bool has_usage;
  sp_usage usage;
  bool may_retry; // Reply.retry is possible
  sp_bytes state;
} sp_answer_call;

SP_ONCE bool sp_answer_call_merge(sp_answer_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x12: sp_read_element(&c, &m->parts, tag, at); break;
    case 0x1a: sp_read_element(&c, &m->choices, tag, at); break;
    case 0x22: m->has_usage = true; if (!sp_usage_merge(&m->usage, sp_read_bytes(&c))) return false; break;
    case 0x28: m->may_retry = sp_read_u64(&c) != 0; break;
    case 0x32: m->state = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x7eull);
    }
  }
  return !c.bad;
}

// sp_answer_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_answer_call_decode(sp_answer_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_answer_call_merge(m, b);
}

static inline uint32_t sp_answer_call_size(const sp_answer_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  n += sp_size_list(m->parts);
  n += sp_size_list(m->choices);
  if (m->has_usage) n += 1 + sp_size_bytes(sp_usage_size(&m->usage));
  if (m->may_retry) n += 1 + 1;
  if (m->state.n) n += 1 + sp_size_bytes(m->state.n);
  return n;
}

static inline void sp_answer_call_append(sp_out *o, const sp_answer_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  sp_put_list(o, m->parts);
  sp_put_list(o, m->choices);
  if (m->has_usage) { sp_put_u64(o, 0x22); sp_put_u64(o, sp_usage_size(&m->usage)); sp_usage_append(o, &m->usage); }
  if (m->may_retry) { sp_put_u64(o, 0x28); sp_put_u64(o, (uint64_t)m->may_retry); }
  if (m->state.n) { sp_put_u64(o, 0x32); sp_put_bytes(o, m->state); }
}

// WindowCall is the frame of the window hook: the text of one block of a stream
// that is not released yet.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  uint32_t choice;
  uint32_t block;
  uint32_t kind; // Kind
  sp_bytes context; // released already, UTF-8: the last 64 bytes or more, where there are as many
  sp_bytes text; // held, UTF-8; Edit offsets count from its start and Edit.part is 0
  bool final; // no more text follows in this block
  sp_bytes name; // of a tool call, which always comes whole
  sp_bytes call_id; // likewise
  uint64_t released; // bytes of the block released so far, context included
  sp_bytes state; // what this hook last left for this block
} sp_window_call;

SP_ONCE bool sp_window_call_merge(sp_window_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x10: m->choice = sp_read_u32(&c); break;
    case 0x18: m->block = sp_read_u32(&c); break;
    case 0x20: m->kind = sp_read_u32(&c); break;
    case 0x2a: m->context = sp_read_bytes(&c); break;
    case 0x32: m->text = sp_read_bytes(&c); break;
    case 0x38: m->final = sp_read_u64(&c) != 0; break;
    case 0x42: m->name = sp_read_bytes(&c); break;
    case 0x4a: m->call_id = sp_read_bytes(&c); break;
    case 0x50: m->released = sp_read_u64(&c); break;
    case 0x5a: m->state = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xffeull);
    }
  }
  return !c.bad;
}

// sp_window_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_window_call_decode(sp_window_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_window_call_merge(m, b);
}

static inline uint32_t sp_window_call_size(const sp_window_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  if (m->choice) n += 1 + sp_size_u64((uint64_t)m->choice);
  if (m->block) n += 1 + sp_size_u64((uint64_t)m->block);
  if (m->kind) n += 1 + sp_size_u64((uint64_t)m->kind);
  if (m->context.n) n += 1 + sp_size_bytes(m->context.n);
  if (m->text.n) n += 1 + sp_size_bytes(m->text.n);
  if (m->final) n += 1 + 1;
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (m->call_id.n) n += 1 + sp_size_bytes(m->call_id.n);
  if (m->released) n += 1 + sp_size_u64((uint64_t)m->released);
  if (m->state.n) n += 1 + sp_size_bytes(m->state.n);
  return n;
}

static inline void sp_window_call_append(sp_out *o, const sp_window_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  if (m->choice) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->choice); }
  if (m->block) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->block); }
  if (m->kind) { sp_put_u64(o, 0x20); sp_put_u64(o, (uint64_t)m->kind); }
  if (m->context.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->context); }
  if (m->text.n) { sp_put_u64(o, 0x32); sp_put_bytes(o, m->text); }
  if (m->final) { sp_put_u64(o, 0x38); sp_put_u64(o, (uint64_t)m->final); }
  if (m->name.n) { sp_put_u64(o, 0x42); sp_put_bytes(o, m->name); }
  if (m->call_id.n) { sp_put_u64(o, 0x4a); sp_put_bytes(o, m->call_id); }
  if (m->released) { sp_put_u64(o, 0x50); sp_put_u64(o, (uint64_t)m->released); }
  if (m->state.n) { sp_put_u64(o, 0x5a); sp_put_bytes(o, m->state); }
}

// Verdict is one judgement that was acted on.
typedef struct {
  sp_bytes instance;
  sp_bytes verdict; // "block", "edit", "flag", …
} sp_verdict;

SP_ONCE bool sp_verdict_merge(sp_verdict *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->instance = sp_read_bytes(&c); break;
    case 0x12: m->verdict = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_verdict_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_verdict_decode(sp_verdict *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_verdict_merge(m, b);
}

// sp_verdict_next gives the next element of a list, false after the last.
static inline bool sp_verdict_next(sp_list *l, sp_verdict *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_verdict_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_verdict_size(const sp_verdict *m) {
  uint32_t n = 0;
  if (m->instance.n) n += 1 + sp_size_bytes(m->instance.n);
  if (m->verdict.n) n += 1 + sp_size_bytes(m->verdict.n);
  return n;
}

static inline void sp_verdict_append(sp_out *o, const sp_verdict *m) {
  if (m->instance.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->instance); }
  if (m->verdict.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->verdict); }
}

// CompleteCall is the frame of the complete hook.
typedef struct {
  bool has_exchange;
  sp_exchange exchange;
  uint32_t end; // End
  uint32_t status; // HTTP status sent, 499 if the client left before one was
  sp_bytes error_code;
  bool has_usage;
  sp_usage usage;
  bool has_cost;
  uint64_t cost; // 10⁻¹² USD; absent when the price is unknown
  uint64_t duration_ns;
  uint64_t first_byte_ns; // 0 when none was sent
  uint32_t attempts;
  sp_bytes deployment;
  sp_bytes provider;
  sp_bytes model; // the upstream's
  uint64_t bytes_in;
  uint64_t bytes_out;
  sp_list verdicts; // of Verdict; at most 1024 elements
  sp_list prompt; // of Part; if payload was granted; at most 65536 elements
  sp_list answer; // of Part; likewise; at most 65536 elements
} sp_complete_call;

SP_ONCE bool sp_complete_call_merge(sp_complete_call *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_exchange = true; if (!sp_exchange_merge(&m->exchange, sp_read_bytes(&c))) return false; break;
    case 0x10: m->end = sp_read_u32(&c); break;
    case 0x18: m->status = sp_read_u32(&c); break;
    case 0x22: m->error_code = sp_read_bytes(&c); break;
    case 0x2a: m->has_usage = true; if (!sp_usage_merge(&m->usage, sp_read_bytes(&c))) return false; break;
    case 0x30: m->has_cost = true; m->cost = sp_read_u64(&c); break;
    case 0x38: m->duration_ns = sp_read_u64(&c); break;
    case 0x40: m->first_byte_ns = sp_read_u64(&c); break;
    case 0x48: m->attempts = sp_read_u32(&c); break;
    case 0x52: m->deployment = sp_read_bytes(&c); break;
    case 0x5a: m->provider = sp_read_bytes(&c); break;
    case 0x62: m->model = sp_read_bytes(&c); break;
    case 0x68: m->bytes_in = sp_read_u64(&c); break;
    case 0x70: m->bytes_out = sp_read_u64(&c); break;
    case 0x7a: sp_read_element(&c, &m->verdicts, tag, at); break;
    case 0x82: sp_read_element(&c, &m->prompt, tag, at); break;
    case 0x8a: sp_read_element(&c, &m->answer, tag, at); break;
    default: sp_skip(&c, tag, 0x3fffeull);
    }
  }
  return !c.bad;
}

// sp_complete_call_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_complete_call_decode(sp_complete_call *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_complete_call_merge(m, b);
}

static inline uint32_t sp_complete_call_size(const sp_complete_call *m) {
  uint32_t n = 0;
  if (m->has_exchange) n += 1 + sp_size_bytes(sp_exchange_size(&m->exchange));
  if (m->end) n += 1 + sp_size_u64((uint64_t)m->end);
  if (m->status) n += 1 + sp_size_u64((uint64_t)m->status);
  if (m->error_code.n) n += 1 + sp_size_bytes(m->error_code.n);
  if (m->has_usage) n += 1 + sp_size_bytes(sp_usage_size(&m->usage));
  if (m->has_cost) n += 1 + sp_size_u64((uint64_t)m->cost);
  if (m->duration_ns) n += 1 + sp_size_u64((uint64_t)m->duration_ns);
  if (m->first_byte_ns) n += 1 + sp_size_u64((uint64_t)m->first_byte_ns);
  if (m->attempts) n += 1 + sp_size_u64((uint64_t)m->attempts);
  if (m->deployment.n) n += 1 + sp_size_bytes(m->deployment.n);
  if (m->provider.n) n += 1 + sp_size_bytes(m->provider.n);
  if (m->model.n) n += 1 + sp_size_bytes(m->model.n);
  if (m->bytes_in) n += 1 + sp_size_u64((uint64_t)m->bytes_in);
  if (m->bytes_out) n += 1 + sp_size_u64((uint64_t)m->bytes_out);
  n += sp_size_list(m->verdicts);
  n += sp_size_list(m->prompt);
  n += sp_size_list(m->answer);
  return n;
}

static inline void sp_complete_call_append(sp_out *o, const sp_complete_call *m) {
  if (m->has_exchange) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_exchange_size(&m->exchange)); sp_exchange_append(o, &m->exchange); }
  if (m->end) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->end); }
  if (m->status) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->status); }
  if (m->error_code.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->error_code); }
  if (m->has_usage) { sp_put_u64(o, 0x2a); sp_put_u64(o, sp_usage_size(&m->usage)); sp_usage_append(o, &m->usage); }
  if (m->has_cost) { sp_put_u64(o, 0x30); sp_put_u64(o, (uint64_t)m->cost); }
  if (m->duration_ns) { sp_put_u64(o, 0x38); sp_put_u64(o, (uint64_t)m->duration_ns); }
  if (m->first_byte_ns) { sp_put_u64(o, 0x40); sp_put_u64(o, (uint64_t)m->first_byte_ns); }
  if (m->attempts) { sp_put_u64(o, 0x48); sp_put_u64(o, (uint64_t)m->attempts); }
  if (m->deployment.n) { sp_put_u64(o, 0x52); sp_put_bytes(o, m->deployment); }
  if (m->provider.n) { sp_put_u64(o, 0x5a); sp_put_bytes(o, m->provider); }
  if (m->model.n) { sp_put_u64(o, 0x62); sp_put_bytes(o, m->model); }
  if (m->bytes_in) { sp_put_u64(o, 0x68); sp_put_u64(o, (uint64_t)m->bytes_in); }
  if (m->bytes_out) { sp_put_u64(o, 0x70); sp_put_u64(o, (uint64_t)m->bytes_out); }
  sp_put_list(o, m->verdicts);
  sp_put_list(o, m->prompt);
  sp_put_list(o, m->answer);
}

// Block ends the exchange with an error for the client.
typedef struct {
  uint32_t status; // 400 to 599; 0 means 400
  sp_bytes code; // reason for machines; at most 64 bytes
  sp_bytes message; // for the client; control characters become blanks; at most 1024 bytes
} sp_block;

SP_ONCE bool sp_block_merge(sp_block *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->status = sp_read_u32(&c); break;
    case 0x12: m->code = sp_read_bytes(&c); break;
    case 0x1a: m->message = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xeull);
    }
  }
  return !c.bad;
}

// sp_block_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_block_decode(sp_block *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_block_merge(m, b);
}

// sp_block_next gives the next element of a list, false after the last.
static inline bool sp_block_next(sp_list *l, sp_block *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_block_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_block_size(const sp_block *m) {
  uint32_t n = 0;
  if (m->status) n += 1 + sp_size_u64((uint64_t)m->status);
  if (m->code.n) n += 1 + sp_size_bytes(m->code.n);
  if (m->message.n) n += 1 + sp_size_bytes(m->message.n);
  return n;
}

static inline void sp_block_append(sp_out *o, const sp_block *m) {
  if (m->status) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->status); }
  if (m->code.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->code); }
  if (m->message.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->message); }
}

// Respond ends the exchange with an answer of the plugin's own.
typedef struct {
  uint32_t status; // 200 to 599; 0 means 200
  sp_bytes content_type; // at most 256 bytes
  sp_bytes body;
} sp_respond;

SP_ONCE bool sp_respond_merge(sp_respond *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->status = sp_read_u32(&c); break;
    case 0x12: m->content_type = sp_read_bytes(&c); break;
    case 0x1a: m->body = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xeull);
    }
  }
  return !c.bad;
}

// sp_respond_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_respond_decode(sp_respond *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_respond_merge(m, b);
}

// sp_respond_next gives the next element of a list, false after the last.
static inline bool sp_respond_next(sp_list *l, sp_respond *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_respond_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_respond_size(const sp_respond *m) {
  uint32_t n = 0;
  if (m->status) n += 1 + sp_size_u64((uint64_t)m->status);
  if (m->content_type.n) n += 1 + sp_size_bytes(m->content_type.n);
  if (m->body.n) n += 1 + sp_size_bytes(m->body.n);
  return n;
}

static inline void sp_respond_append(sp_out *o, const sp_respond *m) {
  if (m->status) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->status); }
  if (m->content_type.n) { sp_put_u64(o, 0x12); sp_put_bytes(o, m->content_type); }
  if (m->body.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->body); }
}

// Edit replaces the bytes [start, end) of a part's text. Offsets are in bytes of
// the text that this hook was given and lie on rune boundaries.
typedef struct {
  uint32_t part; // Part.id
  uint32_t start;
  uint32_t end;
  sp_bytes text; // the new bytes, UTF-8
  sp_bytes label; // redact: the host writes a placeholder such as [EMAIL]; text is empty. A-Z, 0-9, _; at most 32 bytes
} sp_edit;

SP_ONCE bool sp_edit_merge(sp_edit *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->part = sp_read_u32(&c); break;
    case 0x10: m->start = sp_read_u32(&c); break;
    case 0x18: m->end = sp_read_u32(&c); break;
    case 0x22: m->text = sp_read_bytes(&c); break;
    case 0x2a: m->label = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x3eull);
    }
  }
  return !c.bad;
}

// sp_edit_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_edit_decode(sp_edit *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_edit_merge(m, b);
}

// sp_edit_next gives the next element of a list, false after the last.
static inline bool sp_edit_next(sp_list *l, sp_edit *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_edit_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_edit_size(const sp_edit *m) {
  uint32_t n = 0;
  if (m->part) n += 1 + sp_size_u64((uint64_t)m->part);
  if (m->start) n += 1 + sp_size_u64((uint64_t)m->start);
  if (m->end) n += 1 + sp_size_u64((uint64_t)m->end);
  if (m->text.n) n += 1 + sp_size_bytes(m->text.n);
  if (m->label.n) n += 1 + sp_size_bytes(m->label.n);
  return n;
}

static inline void sp_edit_append(sp_out *o, const sp_edit *m) {
  if (m->part) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->part); }
  if (m->start) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->start); }
  if (m->end) { sp_put_u64(o, 0x18); sp_put_u64(o, (uint64_t)m->end); }
  if (m->text.n) { sp_put_u64(o, 0x22); sp_put_bytes(o, m->text); }
  if (m->label.n) { sp_put_u64(o, 0x2a); sp_put_bytes(o, m->label); }
}

// NewPart adds a text to the prompt.
typedef struct {
  uint32_t at; // index of the message to stand before; PromptCall.messages appends
  uint32_t role; // Role
  sp_bytes text; // UTF-8
} sp_new_part;

SP_ONCE bool sp_new_part_merge(sp_new_part *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0x8: m->at = sp_read_u32(&c); break;
    case 0x10: m->role = sp_read_u32(&c); break;
    case 0x1a: m->text = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0xeull);
    }
  }
  return !c.bad;
}

// sp_new_part_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_new_part_decode(sp_new_part *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_new_part_merge(m, b);
}

// sp_new_part_next gives the next element of a list, false after the last.
static inline bool sp_new_part_next(sp_list *l, sp_new_part *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_new_part_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_new_part_size(const sp_new_part *m) {
  uint32_t n = 0;
  if (m->at) n += 1 + sp_size_u64((uint64_t)m->at);
  if (m->role) n += 1 + sp_size_u64((uint64_t)m->role);
  if (m->text.n) n += 1 + sp_size_bytes(m->text.n);
  return n;
}

static inline void sp_new_part_append(sp_out *o, const sp_new_part *m) {
  if (m->at) { sp_put_u64(o, 0x8); sp_put_u64(o, (uint64_t)m->at); }
  if (m->role) { sp_put_u64(o, 0x10); sp_put_u64(o, (uint64_t)m->role); }
  if (m->text.n) { sp_put_u64(o, 0x1a); sp_put_bytes(o, m->text); }
}

// Flag is a judgement that changes nothing by itself.
typedef struct {
  sp_bytes name; // at most 64 bytes
  double score; // finite
} sp_flag;

SP_ONCE bool sp_flag_merge(sp_flag *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->name = sp_read_bytes(&c); break;
    case 0x11: m->score = sp_read_double(&c); break;
    default: sp_skip(&c, tag, 0x6ull);
    }
  }
  return !c.bad;
}

// sp_flag_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_flag_decode(sp_flag *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_flag_merge(m, b);
}

// sp_flag_next gives the next element of a list, false after the last.
static inline bool sp_flag_next(sp_list *l, sp_flag *m) {
  sp_bytes b;
  if (!sp_bytes_next(l, &b)) return false;
  if (!sp_flag_decode(m, b)) __builtin_trap();
  return true;
}

static inline uint32_t sp_flag_size(const sp_flag *m) {
  uint32_t n = 0;
  if (m->name.n) n += 1 + sp_size_bytes(m->name.n);
  if (sp_double_bits(m->score)) n += 1 + 8;
  return n;
}

static inline void sp_flag_append(sp_out *o, const sp_flag *m) {
  if (m->name.n) { sp_put_u64(o, 0xa); sp_put_bytes(o, m->name); }
  if (sp_double_bits(m->score)) { sp_put_u64(o, 0x11); sp_put_double(o, m->score); }
}

// Reply holds the verdicts of one hook. An empty one is "allow, unchanged".
// What a hook may answer depends on its phase; anything else is a bad reply.
typedef struct {
  bool has_block;
  sp_block block;
  bool has_respond;
  sp_respond respond;
  sp_list edits; // of Edit; by part, then by start; disjoint; at most 4096 elements
  sp_list new_parts; // of NewPart; append; stage shape only; at most 256 elements
  sp_list flags; // of Flag; at most 64 elements
  sp_list tags; // of Tag; at most 64 elements
  sp_bytes route; // name of another route; at most 256 bytes
  sp_bytes path; // new path, receive only; at most 8192 bytes
  sp_bytes order; // packed varints; indices into RouteCall.deployments; those not named are left out; at most 1024 elements
  uint32_t hold; // window only: bytes at the end of the text that could still become a match
  sp_bytes retry; // feedback to the model for one more try, answer only; at most 4096 bytes
  bool has_state;
  sp_bytes state; // kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
} sp_reply;

SP_ONCE bool sp_reply_merge(sp_reply *m, sp_bytes b) {
  sp_cursor c = {b.p, b.p + b.n, false};
  while (c.p < c.end) {
    const uint8_t *at = c.p;
    uint64_t tag = sp_read_u64(&c);
    (void)at;
    switch (tag) {
    case 0xa: m->has_block = true; if (!sp_block_merge(&m->block, sp_read_bytes(&c))) return false; break;
    case 0x12: m->has_respond = true; if (!sp_respond_merge(&m->respond, sp_read_bytes(&c))) return false; break;
    case 0x1a: sp_read_element(&c, &m->edits, tag, at); break;
    case 0x22: sp_read_element(&c, &m->new_parts, tag, at); break;
    case 0x2a: sp_read_element(&c, &m->flags, tag, at); break;
    case 0x32: sp_read_element(&c, &m->tags, tag, at); break;
    case 0x3a: m->route = sp_read_bytes(&c); break;
    case 0x42: m->path = sp_read_bytes(&c); break;
    case 0x4a: m->order = sp_read_bytes(&c); break;
    case 0x50: m->hold = sp_read_u32(&c); break;
    case 0x5a: m->retry = sp_read_bytes(&c); break;
    case 0x62: m->has_state = true; m->state = sp_read_bytes(&c); break;
    default: sp_skip(&c, tag, 0x1ffeull);
    }
  }
  return !c.bad;
}

// sp_reply_decode reads a message, which then points into b. False means a bad frame.
static inline bool sp_reply_decode(sp_reply *m, sp_bytes b) {
  __builtin_memset(m, 0, sizeof *m);
  return sp_reply_merge(m, b);
}

static inline uint32_t sp_reply_size(const sp_reply *m) {
  uint32_t n = 0;
  if (m->has_block) n += 1 + sp_size_bytes(sp_block_size(&m->block));
  if (m->has_respond) n += 1 + sp_size_bytes(sp_respond_size(&m->respond));
  n += sp_size_list(m->edits);
  n += sp_size_list(m->new_parts);
  n += sp_size_list(m->flags);
  n += sp_size_list(m->tags);
  if (m->route.n) n += 1 + sp_size_bytes(m->route.n);
  if (m->path.n) n += 1 + sp_size_bytes(m->path.n);
  if (m->order.n) n += 1 + sp_size_bytes(m->order.n);
  if (m->hold) n += 1 + sp_size_u64((uint64_t)m->hold);
  if (m->retry.n) n += 1 + sp_size_bytes(m->retry.n);
  if (m->has_state) n += 1 + sp_size_bytes(m->state.n);
  return n;
}

static inline void sp_reply_append(sp_out *o, const sp_reply *m) {
  if (m->has_block) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_block_size(&m->block)); sp_block_append(o, &m->block); }
  if (m->has_respond) { sp_put_u64(o, 0x12); sp_put_u64(o, sp_respond_size(&m->respond)); sp_respond_append(o, &m->respond); }
  sp_put_list(o, m->edits);
  sp_put_list(o, m->new_parts);
  sp_put_list(o, m->flags);
  sp_put_list(o, m->tags);
  if (m->route.n) { sp_put_u64(o, 0x3a); sp_put_bytes(o, m->route); }
  if (m->path.n) { sp_put_u64(o, 0x42); sp_put_bytes(o, m->path); }
  if (m->order.n) { sp_put_u64(o, 0x4a); sp_put_bytes(o, m->order); }
  if (m->hold) { sp_put_u64(o, 0x50); sp_put_u64(o, (uint64_t)m->hold); }
  if (m->retry.n) { sp_put_u64(o, 0x5a); sp_put_bytes(o, m->retry); }
  if (m->has_state) { sp_put_u64(o, 0x62); sp_put_bytes(o, m->state); }
}

static inline void sp_reply_put_block(sp_out *o, const sp_block *v) { sp_put_u64(o, 0xa); sp_put_u64(o, sp_block_size(&(*v))); sp_block_append(o, &(*v)); }

static inline void sp_reply_put_respond(sp_out *o, const sp_respond *v) { sp_put_u64(o, 0x12); sp_put_u64(o, sp_respond_size(&(*v))); sp_respond_append(o, &(*v)); }

// by part, then by start; disjoint; at most 4096 elements
static inline void sp_reply_put_edits(sp_out *o, const sp_edit *v) { sp_put_u64(o, 0x1a); sp_put_u64(o, sp_edit_size(&(*v))); sp_edit_append(o, &(*v)); }

// append; stage shape only; at most 256 elements
static inline void sp_reply_put_new_parts(sp_out *o, const sp_new_part *v) { sp_put_u64(o, 0x22); sp_put_u64(o, sp_new_part_size(&(*v))); sp_new_part_append(o, &(*v)); }

// at most 64 elements
static inline void sp_reply_put_flags(sp_out *o, const sp_flag *v) { sp_put_u64(o, 0x2a); sp_put_u64(o, sp_flag_size(&(*v))); sp_flag_append(o, &(*v)); }

// at most 64 elements
static inline void sp_reply_put_tags(sp_out *o, const sp_tag *v) { sp_put_u64(o, 0x32); sp_put_u64(o, sp_tag_size(&(*v))); sp_tag_append(o, &(*v)); }

// name of another route; at most 256 bytes
static inline void sp_reply_put_route(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x3a); sp_put_bytes(o, v); }

// new path, receive only; at most 8192 bytes
static inline void sp_reply_put_path(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x42); sp_put_bytes(o, v); }

// indices into RouteCall.deployments; those not named are left out; at most 1024 elements
static inline void sp_reply_put_order(sp_out *o, const uint32_t *v, uint32_t n) {
  uint32_t size = 0;
  for (uint32_t i = 0; i < n; i++) size += sp_size_u64(v[i]);
  sp_put_u64(o, 0x4a);
  sp_put_u64(o, size);
  for (uint32_t i = 0; i < n; i++) sp_put_u64(o, v[i]);
}

// window only: bytes at the end of the text that could still become a match
static inline void sp_reply_put_hold(sp_out *o, uint32_t v) { sp_put_u64(o, 0x50); sp_put_u64(o, (uint64_t)v); }

// feedback to the model for one more try, answer only; at most 4096 bytes
static inline void sp_reply_put_retry(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x5a); sp_put_bytes(o, v); }

// kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
static inline void sp_reply_put_state(sp_out *o, sp_bytes v) { sp_put_u64(o, 0x62); sp_put_bytes(o, v); }

// Receive runs when method, path and headers are known, before anything is parsed.
//
//   SP_RECEIVE(call, reply) { … }
#define SP_RECEIVE(call, reply) \
  static void sp_on_receive(const sp_receive_call *, sp_out *); \
  __attribute__((export_name("sallyport_receive"))) uint64_t sp_run_receive(const uint8_t *p, uint32_t n) { \
    static sp_receive_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_receive_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_receive(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_receive(const sp_receive_call *call, sp_out *reply)

// Prompt shapes or judges the prompt.
//
//   SP_PROMPT(call, reply) { … }
#define SP_PROMPT(call, reply) \
  static void sp_on_prompt(const sp_prompt_call *, sp_out *); \
  __attribute__((export_name("sallyport_prompt"))) uint64_t sp_run_prompt(const uint8_t *p, uint32_t n) { \
    static sp_prompt_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_prompt_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_prompt(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_prompt(const sp_prompt_call *call, sp_out *reply)

// Route orders the deployments that may serve the exchange.
//
//   SP_ROUTE(call, reply) { … }
#define SP_ROUTE(call, reply) \
  static void sp_on_route(const sp_route_call *, sp_out *); \
  __attribute__((export_name("sallyport_route"))) uint64_t sp_run_route(const uint8_t *p, uint32_t n) { \
    static sp_route_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_route_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_route(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_route(const sp_route_call *call, sp_out *reply)

// UpstreamRequest writes the provider's request. Translators only.
//
//   SP_UPSTREAM_REQUEST(call, reply) { … }
#define SP_UPSTREAM_REQUEST(call, reply) \
  static void sp_on_upstream_request(const sp_upstream_request_call *, sp_out *); \
  __attribute__((export_name("sallyport_upstream_request"))) uint64_t sp_run_upstream_request(const uint8_t *p, uint32_t n) { \
    static sp_upstream_request_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_upstream_request_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_upstream_request(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_upstream_request(const sp_upstream_request_call *call, sp_out *reply)

// UpstreamResponse reads the provider's whole answer. Translators only.
//
//   SP_UPSTREAM_RESPONSE(call, reply) { … }
#define SP_UPSTREAM_RESPONSE(call, reply) \
  static void sp_on_upstream_response(const sp_upstream_response_call *, sp_out *); \
  __attribute__((export_name("sallyport_upstream_response"))) uint64_t sp_run_upstream_response(const uint8_t *p, uint32_t n) { \
    static sp_upstream_response_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_upstream_response_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_upstream_response(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_upstream_response(const sp_upstream_response_call *call, sp_out *reply)

// UpstreamEvent reads one whole event of the provider's stream. Translators only.
//
//   SP_UPSTREAM_EVENT(call, reply) { … }
#define SP_UPSTREAM_EVENT(call, reply) \
  static void sp_on_upstream_event(const sp_upstream_event_call *, sp_out *); \
  __attribute__((export_name("sallyport_upstream_event"))) uint64_t sp_run_upstream_event(const uint8_t *p, uint32_t n) { \
    static sp_upstream_event_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_upstream_event_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_upstream_event(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_upstream_event(const sp_upstream_event_call *call, sp_out *reply)

// Answer judges a whole answer.
//
//   SP_ANSWER(call, reply) { … }
#define SP_ANSWER(call, reply) \
  static void sp_on_answer(const sp_answer_call *, sp_out *); \
  __attribute__((export_name("sallyport_answer"))) uint64_t sp_run_answer(const uint8_t *p, uint32_t n) { \
    static sp_answer_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_answer_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_answer(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_answer(const sp_answer_call *call, sp_out *reply)

// Window judges a piece of a streamed answer before it is released.
//
//   SP_WINDOW(call, reply) { … }
#define SP_WINDOW(call, reply) \
  static void sp_on_window(const sp_window_call *, sp_out *); \
  __attribute__((export_name("sallyport_window"))) uint64_t sp_run_window(const uint8_t *p, uint32_t n) { \
    static sp_window_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_window_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_window(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_window(const sp_window_call *call, sp_out *reply)

// Complete is told how the exchange ended. Of its reply only tags and flags count.
//
//   SP_COMPLETE(call, reply) { … }
#define SP_COMPLETE(call, reply) \
  static void sp_on_complete(const sp_complete_call *, sp_out *); \
  __attribute__((export_name("sallyport_complete"))) uint64_t sp_run_complete(const uint8_t *p, uint32_t n) { \
    static sp_complete_call c; \
    sp_out *out = sp_begin(); \
    if (!sp_complete_call_decode(&c, (sp_bytes){p, n})) __builtin_trap(); \
    sp_on_complete(&c, out); \
    return sp_end(out); \
  } \
  static void sp_on_complete(const sp_complete_call *call, sp_out *reply)

#endif
