// A search tree in a heap of its own, which grows the memory.
#include "guest.h"
typedef struct node { struct node *kid[2]; u32 key; } node;
static u8 *top, *limit;
static void *take(u32 n) {
  if (!top) top = limit = (u8 *)(__builtin_wasm_memory_size(0) << 16);
  if (top + n > limit) {
    __builtin_wasm_memory_grow(0, 1);
    limit += 1 << 16;
  }
  top += n;
  return top - n;
}
static u32 depth(node *t) {
  if (!t) return 0;
  u32 a = depth(t->kid[0]), b = depth(t->kid[1]);
  return 1 + (a > b ? a : b);
}
EXPORT("run") u32 run(u32 n) {
  node *root = 0;
  for (u32 i = 0; i < n * 64; i++) {
    u32 key = rnd() >> 8;
    node **at = &root;
    while (*at) at = &(*at)->kid[key > (*at)->key];
    *at = take(sizeof(node));
    **at = (node){{0, 0}, key};
  }
  top = limit; // the rest of the page is given away
  return depth(root);
}
