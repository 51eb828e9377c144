// A guest that does what its input tells it: the prompt's text, or the
// configuration, holds "do:" and the letter of a deed.
#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("sallyport"), import_name(name)))
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

IMPORT("log") void host_log(u32 level, const u8 *p, u32 n);

static u8 frame[1 << 16];
static u8 reply[1 << 12];
static volatile u32 sink;
static u8 kept[8];

EXPORT("sallyport_abi_1") void version(void) {}
EXPORT("sallyport_buffer") u8 *buffer(u32 n) { return n <= sizeof frame ? frame : 0; }

// For a start section or _initialize.
EXPORT("deed_loop") void deed_loop(void) { for (;;) sink++; }
EXPORT("deed_trap") void deed_trap(void) { __builtin_trap(); }

__attribute__((noinline)) static void tree(u32 n) {
  if (n) { tree(n - 1); tree(n - 1); }
  sink++;
}

__attribute__((noinline)) static u32 deeper(u32 n) {
  if (sink == 7) return n;
  u32 v = deeper(n + 1);
  sink++;
  return v ^ n;
}

static u64 packed(u32 n) { return (u64)(u32)reply << 32 | n; }

static u32 nibble(u8 c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

static int is_hex(u8 c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// raw gives the reply that the input holds in hexadecimal.
static u64 raw(const u8 *p, const u8 *end) {
  u32 n = 0;
  for (; p + 1 < end && is_hex(p[0]) && n < sizeof reply; p += 2) reply[n++] = nibble(p[0]) << 4 | nibble(p[1]);
  return packed(n);
}

// value returns the number that the input holds in hexadecimal.
static u64 value(const u8 *p, const u8 *end) {
  u64 v = 0;
  for (; p < end && is_hex(*p); p++) v = v << 4 | nibble(*p);
  return v;
}

// keep hides eight bytes and flags "seen" if it finds some that were hidden.
static u64 keep(const u8 *p) {
  static const u8 seen[17] = {0x2a, 15, 0x0a, 4, 's', 'e', 'e', 'n', 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f};
  u32 found = 0;
  for (u32 i = 0; i < 8; i++) { found |= kept[i]; kept[i] = p[i]; }
  for (u32 i = 0; i < sizeof seen; i++) reply[i] = seen[i];
  return found ? packed(sizeof seen) : 0;
}

static u64 deed(const u8 *p, const u8 *end) {
  switch (*p++) {
  case 'l': deed_loop();
  case 'b': tree(33); break;
  case 'r': return deeper(sink | 2);
  case 't': __builtin_trap();
  case 'm': while (__builtin_wasm_memory_grow(0, 1) != (__SIZE_TYPE__)-1) {} __builtin_trap();
  case 'f': for (;;) host_log(1, p, 1);
  case 'k': return keep(p);
  case 'x': return raw(p, end);
  case 'v': return value(p, end);
  }
  return 0;
}

static u64 obey(const u8 *p, u32 n) {
  for (u32 i = 0; i + 3 < n; i++)
    if (p[i] == 'd' && p[i + 1] == 'o' && p[i + 2] == ':') return deed(p + i + 3, p + n);
  return 0;
}

EXPORT("sallyport_configure") u32 configure(u8 *p, u32 n) { return obey(p, n) != 0; }
EXPORT("sallyport_prompt") u64 prompt(u8 *p, u32 n) { return obey(p, n); }
