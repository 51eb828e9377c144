// Many calls of small functions with short loops: split, length, compare.
#include "guest.h"
static char text[] = "the quick brown fox jumps over the lazy dog and then the dog jumps over the quick fox again ";
static const char *list[] = {"fox", "dog", "quick", "again", "cat", "zebra"};
__attribute__((noinline)) static u32 length(const char *s) {
  u32 n = 0;
  while (s[n] && s[n] != ' ') n++;
  return n;
}
__attribute__((noinline)) static int equal(const char *a, const char *b, u32 n) {
  for (u32 i = 0; i < n; i++)
    if (a[i] != b[i]) return 0;
  return 1;
}
EXPORT("run") u32 run(u32 n) {
  u32 hits = 0;
  while (n--) {
    for (const char *p = text; *p;) {
      u32 k = length(p);
      for (u32 i = 0; i < 6; i++)
        if (length(list[i]) == k && equal(p, list[i], k)) hits++;
      p += k + 1;
    }
  }
  return hits;
}
