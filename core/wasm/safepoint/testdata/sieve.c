// Primes up to 65536: nested loops with stores.
#include "guest.h"
static u8 composite[65536];
EXPORT("run") u32 run(u32 n) {
  u32 count = 0;
  while (n--) {
    for (u32 i = 0; i < sizeof composite; i++) composite[i] = 0;
    for (u32 i = 2; i < sizeof composite; i++) {
      if (composite[i]) continue;
      count++;
      for (u32 j = i * 2; j < sizeof composite; j += i) composite[j] = 1;
    }
  }
  return count;
}
