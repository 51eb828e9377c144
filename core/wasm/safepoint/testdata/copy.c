// memory.copy and memory.fill of short and long pieces.
#include "guest.h"
static u8 a[65536], b[65536];
EXPORT("run") u32 run(u32 n) {
  u32 sum = 0;
  for (u32 i = 0; i < sizeof a; i++) a[i] = (u8)i;
  for (u32 k = 0; k < n; k++) {
    for (u32 i = 0; i < 256; i++) {
      u32 at = rnd() >> 17, len = 16 + (rnd() >> 24);
      __builtin_memcpy(b + at, a + at / 2, len);
      __builtin_memset(b + at / 3, (int)i, len / 2);
      sum += b[at / 2];
    }
    __builtin_memcpy(a, b, 32768);
  }
  return sum;
}
