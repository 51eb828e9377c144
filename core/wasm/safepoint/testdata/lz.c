// Packs and unpacks a text with a window.
#include "guest.h"
static u8 text[2048], packed[4096], out[2048];
EXPORT("run") u32 run(u32 n) {
  u32 sum = 0;
  while (n--) {
    for (u32 i = 0; i < sizeof text; i++) text[i] = "abcabcdxyz"[rnd() >> 28 & 7];
    u32 w = 0;
    for (u32 i = 0; i < sizeof text;) {
      u32 best = 0, from = 0;
      for (u32 k = i > 64 ? i - 64 : 0; k < i; k++) {
        u32 l = 0;
        while (l < 255 && i + l < sizeof text && text[k + l] == text[i + l]) l++;
        if (l > best) best = l, from = i - k;
      }
      packed[w++] = (u8)(best > 2 ? from : 0);
      packed[w++] = best > 2 ? (u8)best : text[i];
      i += best > 2 ? best : 1;
    }
    u32 o = 0;
    for (u32 i = 0; i < w; i += 2) {
      if (!packed[i]) { out[o++] = packed[i + 1]; continue; }
      for (u32 k = 0; k < packed[i + 1]; k++, o++) out[o] = out[o - packed[i]];
    }
    for (u32 i = 0; i < o; i++) sum = sum * 31 + (out[i] ^ text[i]) + w;
  }
  return sum;
}
