// A backtracking matcher: recursion within loops.
#include "guest.h"
static int here(const char *re, const char *s);
static int star(char c, const char *re, const char *s) {
  do
    if (here(re, s)) return 1;
  while (*s && (*s++ == c || c == '.'));
  return 0;
}
static int here(const char *re, const char *s) {
  if (!re[0]) return 1;
  if (re[1] == '*') return star(re[0], re + 2, s);
  if (re[0] == '$' && !re[1]) return !*s;
  if (*s && (re[0] == '.' || re[0] == *s)) return here(re + 1, s + 1);
  return 0;
}
static const char *list[] = {"a*a*b", "f.x$", ".*ov.*d", "zz", "q.*k.*j.*s$"};
EXPORT("run") u32 run(u32 n) {
  const char *text = "the quick brown fox aaaaaaaa jumps over dogs";
  u32 hits = 0;
  while (n--)
    for (u32 i = 0; i < 5; i++)
      for (const char *s = text; *s; s++) hits += here(list[i], s) << i;
  return hits;
}
