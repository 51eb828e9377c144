// Doubles: an iterated map per pixel, and a root by bisection.
#include "guest.h"
EXPORT("run") u32 run(u32 n) {
  u32 sum = 0;
  for (u32 y = 0; y < n; y++)
    for (u32 x = 0; x < 32; x++) {
      double cr = x / 16.0 - 1.5, ci = y / (double)n - 0.5, r = 0, i = 0;
      u32 k = 0;
      for (; k < 50 && r * r + i * i < 4; k++) {
        double t = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = t;
      }
      double lo = 0, hi = 2;
      while (hi - lo > 1e-6) {
        double mid = (lo + hi) / 2;
        if (mid * mid < k) lo = mid; else hi = mid;
      }
      sum = sum * 31 + k + (u32)(hi * 1000);
    }
  return sum;
}
