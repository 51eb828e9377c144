// The tightest loop: a sum over words the compiler may not vectorise.
#include "guest.h"
static u32 words[4096];
EXPORT("run") u32 run(u32 n) {
  for (u32 i = 0; i < 4096; i++) words[i] = rnd();
  u32 a = 0;
  for (u32 k = 0; k < n; k++)
#pragma clang loop unroll(disable)
    for (u32 i = 0; i < 4096; i++) a = (a ^ words[i]) * 3;
  return a;
}
