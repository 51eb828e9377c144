// Calls through pointers: objects of several kinds in one list.
#include "guest.h"
typedef struct shape {
  u32 (*area)(struct shape *);
  void (*grow)(struct shape *, u32);
  u32 a, b;
} shape;
static u32 square(shape *s) { return s->a * s->a; }
static u32 box(shape *s) { return s->a * s->b; }
static u32 tower(shape *s) {
  u32 v = 0;
  for (u32 i = 0; i < (s->b & 7); i++) v += s->a;
  return v;
}
static void wider(shape *s, u32 n) { s->a += n; }
static void both(shape *s, u32 n) { s->a ^= n; s->b += n; }
static shape list[24];
EXPORT("run") u32 run(u32 n) {
  u32 (*areas[])(shape *) = {square, box, tower};
  for (u32 i = 0; i < 24; i++) list[i] = (shape){areas[i % 3], i & 1 ? wider : both, i, i * 7};
  u32 sum = 0;
  while (n--)
    for (u32 i = 0; i < 24; i++) {
      sum = sum * 17 + list[i].area(&list[i]);
      list[i].grow(&list[i], sum & 3);
    }
  return sum;
}
