// A plugin for the tests of the whole gateway. Its configuration says which word
// it looks for and what it does when it finds it. Build it with testdata/build.sh.
#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("sallyport"), import_name(name)))
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

IMPORT("log") void host_log(u32 level, const u8 *p, u32 n);
IMPORT("config_get") int config_get(const char *path, u32 n, u8 *out, u32 cap);
IMPORT("json_get") int json_get(u32 doc, const char *path, u32 n, u8 *out, u32 cap);
IMPORT("json_set") int json_set(u32 doc, const char *path, u32 n, const u8 *value, u32 size);
IMPORT("counter_add") int counter_add(const char *name, u32 n, u64 delta);


static u8 frame[1 << 18];
static u8 reply[1 << 12];
static u32 used;
static u8 word[64], action[16];
static u32 word_len, action_len;

EXPORT("sallyport_abi_1") void version(void) {}
EXPORT("sallyport_buffer") u8 *buffer(u32 n) { return n <= sizeof frame ? frame : 0; }

static u32 len(const char *s) { u32 n = 0; while (s[n]) n++; return n; }

static int is(const u8 *p, u32 n, const char *s) {
  if (n != len(s)) return 0;
  for (u32 i = 0; i < n; i++) if (p[i] != (u8)s[i]) return 0;
  return 1;
}

static int does(const char *s) { return is(action, action_len, s); }

static u32 setting(const char *path, u8 *out, u32 cap) {
  int n = config_get(path, len(path), out, cap);
  return n < 0 || (u32)n > cap ? 0 : (u32)n;
}

EXPORT("sallyport_configure") u32 configure(u8 *p, u32 n) {
  u8 token[128];
  word_len = setting("/word", word, sizeof word);
  action_len = setting("/action", action, sizeof action);
  n = setting("/token", token, sizeof token);
  if (n) host_log(2, token, n);
  if (does("refuse")) { host_log(4, n ? token : word, n ? n : word_len); return 2; }
  return 0;
}

// Frames are read field by field.
typedef struct { const u8 *p, *end; u32 field; u64 value; const u8 *data; u32 size; } reader;

static u64 varint(reader *r) {
  u64 v = 0;
  for (u32 shift = 0; r->p < r->end; shift += 7) {
    u8 c = *r->p++;
    v |= (u64)(c & 0x7f) << shift;
    if (c < 0x80) break;
  }
  return v;
}

static int next(reader *r) {
  if (r->p >= r->end) return 0;
  u32 tag = (u32)varint(r);
  r->field = tag >> 3;
  switch (tag & 7) {
  case 0: r->value = varint(r); break;
  case 1: r->p += 8; break;
  case 2: r->size = (u32)varint(r); r->data = r->p; r->p += r->size; break;
  default: __builtin_trap();
  }
  return 1;
}

// Replies are written field by field.
static void byte(u8 b) { if (used == sizeof reply) __builtin_trap(); reply[used++] = b; }
static void number(u64 v) { for (; v >= 0x80; v >>= 7) byte((u8)v | 0x80); byte((u8)v); }
static void count(u32 field, u64 v) { number(field << 3); number(v); }
static void bytes(u32 field, const u8 *p, u32 n) {
  number(field << 3 | 2); number(n);
  for (u32 i = 0; i < n; i++) byte(p[i]);
}
static void text(u32 field, const char *s) { bytes(field, (const u8 *)s, len(s)); }
static u32 begin(u32 field) { number(field << 3 | 2); byte(0); return used; }
static void end(u32 at) { reply[at - 1] = (u8)(used - at); }
static u64 packed(void) { return used ? (u64)(u32)reply << 32 | used : 0; }

static u32 find(const u8 *p, u32 n, u32 from) {
  for (u32 i = from; word_len && i + word_len <= n; i++) {
    u32 j = 0;
    while (j < word_len && p[i + j] == word[j]) j++;
    if (j == word_len) return i;
  }
  return n;
}

// part judges one part and returns whether it holds the word.
static int part(const u8 *p, u32 n) {
  reader r = {p, p + n};
  u32 id = 0, size = 0, found = 0;
  const u8 *data = 0;
  while (next(&r)) {
    if (r.field == 1) id = (u32)r.value;
    if (r.field == 7) { data = r.data; size = r.size; }
  }
  for (u32 at = find(data, size, 0); at < size; at = find(data, size, at + word_len)) {
    found = 1;
    if (!does("redact")) return 1;
    u32 e = begin(3);
    count(1, id); count(2, at); count(3, at + word_len); text(5, "WORD");
    end(e);
  }
  return (int)found;
}

static u64 judge(const u8 *p, u32 n, u32 parts) {
  reader r = {p, p + n};
  int found = 0;
  used = 0;
  counter_add("judged", 6, 1);
  while (next(&r)) if (r.field == parts) found |= part(r.data, r.size);
  if (!found) return 0;
  if (does("trap")) __builtin_trap();
  if (does("loop")) for (;;) counter_add("judged", 6, 0);
  if (does("block")) { u32 b = begin(1); text(2, "word"); text(3, "That word is not allowed."); end(b); }
  if (does("respond")) { u32 b = begin(2); text(2, "application/json"); text(3, "{\"mine\":true}"); end(b); }
  if (does("route")) text(7, "other");
  if (does("nowhere")) text(7, "nowhere");
  if (does("bad")) { u32 e = begin(3); count(1, 99); count(3, 1); end(e); }
  return packed();
}

// shown responds with what the host shows of a document, and what the frame has in
// a field: its bytes in hexadecimal.
static u64 shown(u32 doc, const char *path, const u8 *p, u32 n, u32 field) {
  static u8 out[1024];
  u32 at = 0;
  used = 0;
  int got = json_get(doc, path, len(path), out, 256);
  if (got < 0) { out[at++] = '-'; out[at++] = (u8)('0' - got); } else at = (u32)got;
  out[at++] = json_set(doc, path, len(path), out, 1) < 0 ? ' ' : '!';
  reader r = {p, p + n};
  while (next(&r)) {
    if (r.field != field) continue;
    for (u32 i = 0; i < r.size && at + 2 < sizeof out; i++) {
      out[at++] = (u8)"0123456789abcdef"[r.data[i] >> 4];
      out[at++] = (u8)"0123456789abcdef"[r.data[i] & 15];
    }
    out[at++] = ' ';
  }
  number(2 << 3 | 2);
  number(2 + len("text/plain") + 1 + (at < 128 ? 1 : 2) + at);
  text(2, "text/plain");
  bytes(3, out, at);
  return packed();
}

EXPORT("sallyport_prompt") u64 prompt(u8 *p, u32 n) {
  if (does("request")) return shown(2, "/metadata/team", p, n, 4);
  return judge(p, n, 3);
}

EXPORT("sallyport_answer") u64 answer(u8 *p, u32 n) {
  if (does("answer")) return shown(3, "/usage/total_tokens", p, n, 3);
  return judge(p, n, 2);
}

EXPORT("sallyport_receive") u64 receive(u8 *p, u32 n) {
  reader r = {p, p + n};
  used = 0;
  while (next(&r)) {
    if (r.field != 3) continue;
    if (r.size > 6 && is(r.data, 6, "/team/")) bytes(8, r.data + 5, r.size - 5);
    if (is(r.data, r.size, "/hello")) { u32 b = begin(2); text(2, "text/plain"); text(3, "hello"); end(b); }
    if (is(r.data, r.size, "/forbidden")) { u32 b = begin(1); count(1, 403); end(b); }
  }
  return packed();
}

EXPORT("sallyport_route") u64 route(u8 *p, u32 n) {
  reader r = {p, p + n};
  u32 candidates = 0;
  used = 0;
  while (next(&r)) candidates += r.field == 2;
  if (does("last") && candidates) count(9, candidates - 1);
  if (does("none")) { u32 b = begin(1); count(1, 503); end(b); }
  return packed();
}

EXPORT("sallyport_complete") u64 complete(u8 *p, u32 n) {
  (void)p; (void)n;
  counter_add("completed", 9, 1);
  return 0;
}
