// An interpreter: a switch in a loop.
#include "guest.h"
static u8 program[] = {0,5,1,3,2,0,3,4,4,250,5,1,0,9,2,0,1,7,3,11,6};
EXPORT("run") u32 run(u32 n) {
  u32 acc = 1, x = 0;
  while (n--) {
    for (u32 pc = 0;;) {
      u8 op = program[pc], arg = program[pc + 1];
      switch (op) {
      case 0: acc += arg; pc += 2; break;
      case 1: acc ^= (u32)arg << (x & 15); pc += 2; break;
      case 2: x = acc >> 3; pc += 2; break;
      case 3: acc *= arg | 1; pc += 2; break;
      case 4: if ((acc & 255) > arg) { x++; } pc += 2; break;
      case 5: x += arg; pc += 2; break;
      default: goto out;
      }
    }
  out:;
  }
  return acc ^ x;
}
