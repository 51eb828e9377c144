// A guest that does what the last letter of the prompt's last text says. The
// frame of these tests ends with that text and two bytes more.
#define EXPORT(name) __attribute__((export_name(name)))
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

static u8 frame[1 << 16];
static volatile u32 sink;

EXPORT("sallyport_abi_1") void version(void) {}
EXPORT("sallyport_buffer") u8 *buffer(u32 n) { return n <= sizeof frame ? frame : 0; }
EXPORT("sallyport_configure") u32 configure(u8 *p, u32 n) { return 0; }

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

EXPORT("sallyport_prompt") u64 prompt(u8 *p, u32 n) {
  switch (p[n - 3]) {
  case 'l': for (;;) sink++;
  case 'b': tree(33); break;
  case 'r': return deeper(sink | 2);
  case 't': __builtin_trap();
  case 'm': while (__builtin_wasm_memory_grow(0, 1) != (__SIZE_TYPE__)-1) {} __builtin_trap();
  case 'p': return 1ull << 62 | 8;
  case 'e': frame[0] = 0x22; frame[1] = 2; frame[2] = 0x10; frame[3] = 99; return (u64)(u32)frame << 32 | 4;
  case 'h': return (u64)(u32)frame << 32 | 100 << 20;
  }
  return 0;
}
