// A guard of streams for the tests of the whole gateway. Its configuration says
// which word it looks for and what it does when it finds it. Build it with
// testdata/build.sh.
#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("sallyport"), import_name(name)))
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

IMPORT("config_get") int config_get(const char *path, u32 n, u8 *out, u32 cap);

static u8 frame[1 << 18];
static u8 reply[1 << 14];
static u32 used;
static u8 word[64], action[16], says[64];
static u32 word_len, action_len, says_len;

EXPORT("sallyport_abi_1") void version(void) {}
EXPORT("sallyport_buffer") u8 *buffer(u32 n) { return n <= sizeof frame ? frame : 0; }

static u32 len(const char *s) { u32 n = 0; while (s[n]) n++; return n; }

static int does(const char *s) {
  if (action_len != len(s)) return 0;
  for (u32 i = 0; i < action_len; i++) if (action[i] != (u8)s[i]) return 0;
  return 1;
}

static u32 setting(const char *path, u8 *out, u32 cap) {
  int n = config_get(path, len(path), out, cap);
  return n < 0 || (u32)n > cap ? 0 : (u32)n;
}

EXPORT("sallyport_configure") u32 configure(u8 *p, u32 n) {
  (void)p; (void)n;
  word_len = setting("/word", word, sizeof word);
  action_len = setting("/action", action, sizeof action);
  says_len = setting("/says", says, sizeof says);
  return word_len ? 0 : 2;
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
static u32 begin(u32 field) { number(field << 3 | 2); byte(0); return used; }
static void end(u32 at) { reply[at - 1] = (u8)(used - at); }
static u64 packed(void) { return used ? (u64)(u32)reply << 32 | used : 0; }

// prefix returns how much of the word stands at p, of which n bytes are left.
static u32 prefix(const u8 *p, u32 n) {
  u32 i = 0;
  while (i < n && i < word_len && p[i] == word[i]) i++;
  return i;
}

// redact judges a text and returns from where on it must be seen again.
static u32 redact(u32 id, const u8 *p, u32 n, int whole) {
  for (u32 at = 0; at < n;) {
    u32 same = prefix(p + at, n - at);
    if (same == n - at && same < word_len && !whole) return at;
    if (same < word_len) { at++; continue; }
    if (does("trap")) __builtin_trap();
    if (does("loop")) for (;;) __asm__ volatile("");
    if (does("block")) {
      used = 0;
      u32 b = begin(1);
      bytes(2, (const u8 *)"word", 4); bytes(3, says, says_len);
      end(b);
      return n;
    }
    u32 e = begin(3);
    if (id) count(1, id);
    count(2, at); count(3, at + word_len); bytes(4, says, says_len);
    end(e);
    at += word_len;
  }
  return n;
}

EXPORT("sallyport_window") u64 window(u8 *p, u32 n) {
  reader r = {p, p + n};
  const u8 *text = 0;
  u32 size = 0;
  int final = 0;
  used = 0;
  while (next(&r)) {
    if (r.field == 6) { text = r.data; size = r.size; }
    if (r.field == 7) final = (int)r.value;
  }
  u32 at = redact(0, text, size, final);
  if (at < size) count(10, size - at);
  return packed();
}

EXPORT("sallyport_answer") u64 answer(u8 *p, u32 n) {
  reader r = {p, p + n};
  used = 0;
  while (next(&r)) {
    if (r.field != 2) continue;
    reader part = {r.data, r.data + r.size};
    const u8 *text = 0;
    u32 id = 0, size = 0;
    while (next(&part)) {
      if (part.field == 1) id = (u32)part.value;
      if (part.field == 7) { text = part.data; size = part.size; }
    }
    redact(id, text, size, 1);
  }
  return packed();
}
