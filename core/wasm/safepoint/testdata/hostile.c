// What a guest must not be able to do. Each export runs (nearly) for ever.
#include "guest.h"
static volatile u32 sink;
EXPORT("loop") u32 loop(u32 n) {
  while (1) sink++;
  return n;
}
EXPORT("spin") u32 spin(u32 n) {
#pragma clang loop unroll(disable)
  for (;;) __asm__ volatile("");
  return n;
}
// 2^33 calls and no loop.
#define LEVEL(a, b) \
  __attribute__((noinline)) static void a(void) { b(); b(); sink++; }
__attribute__((noinline)) static void b0(void) { sink++; }
LEVEL(b1, b0) LEVEL(b2, b1) LEVEL(b3, b2) LEVEL(b4, b3) LEVEL(b5, b4) LEVEL(b6, b5) LEVEL(b7, b6) LEVEL(b8, b7)
LEVEL(b9, b8) LEVEL(b10, b9) LEVEL(b11, b10) LEVEL(b12, b11) LEVEL(b13, b12) LEVEL(b14, b13) LEVEL(b15, b14)
LEVEL(b16, b15) LEVEL(b17, b16) LEVEL(b18, b17) LEVEL(b19, b18) LEVEL(b20, b19) LEVEL(b21, b20) LEVEL(b22, b21)
LEVEL(b23, b22) LEVEL(b24, b23) LEVEL(b25, b24) LEVEL(b26, b25) LEVEL(b27, b26) LEVEL(b28, b27) LEVEL(b29, b28)
LEVEL(b30, b29) LEVEL(b31, b30) LEVEL(b32, b31) LEVEL(b33, b32)
EXPORT("bomb") u32 bomb(u32 n) {
  b33();
  return n;
}
// The stack in linear memory is not used: only the engine's stack grows.
__attribute__((noinline)) static u32 deeper(u32 n) {
  u32 v = deeper(n + sink);
  sink = v; // after the call: no tail call
  return v + n;
}
EXPORT("recurse") u32 recurse(u32 n) { return deeper(n * 2); }
static u32 pong(u32 n);
static u32 (*volatile next)(u32) = pong;
__attribute__((noinline)) static u32 ping(u32 n) {
  sink = next(n + 1);
  return n;
}
static u32 pong(u32 n) {
  sink = ping(n + 1);
  return n;
}
EXPORT("mutual") u32 mutual(u32 n) { return ping(n); }
static u8 big[1 << 22];
EXPORT("fill") u32 fill(u32 n) {
  for (;;) __builtin_memset(big, (int)n++, sizeof big);
}
EXPORT("grow") u32 grow(u32 n) {
  for (;;) n += __builtin_wasm_memory_grow(0, 0);
}
