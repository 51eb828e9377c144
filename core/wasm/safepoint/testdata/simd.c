// 128-bit lanes: counts spaces, 16 bytes at a time.
#include "guest.h"
#include <wasm_simd128.h>
static u8 text[4096] __attribute__((aligned(16)));
EXPORT("run") u32 run(u32 n) {
  for (u32 i = 0; i < sizeof text; i++) text[i] = (rnd() >> 24) % 7 ? 'a' : ' ';
  u32 hits = 0;
  while (n--) {
    v128_t space = wasm_i8x16_splat((n & 1) ? ' ' : 'a');
    for (u32 i = 0; i < sizeof text; i += 16)
      hits += (u32)__builtin_popcount(wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(text + i), space)));
  }
  return hits;
}
