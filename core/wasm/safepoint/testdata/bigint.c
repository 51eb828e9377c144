// Numbers of 512 bits: factorials, with carries and remainders.
#include "guest.h"
static u32 num[16];
EXPORT("run") u32 run(u32 n) {
  u32 sum = 0;
  for (u32 k = 1; k <= n; k++) {
    memset(num, 0, sizeof num);
    num[0] = 1;
    for (u32 f = 2; f < 60; f++) {
      u64 carry = 0;
      for (u32 i = 0; i < 16; i++) {
        carry += (u64)num[i] * f;
        num[i] = (u32)carry;
        carry >>= 32;
      }
    }
    u64 rest = 0;
    for (int i = 15; i >= 0; i--) rest = (rest << 32 | num[i]) % (k * 2654435761u | 1);
    sum ^= (u32)rest;
  }
  return sum;
}
