#ifndef SALLYPORT_ABI_H
#define SALLYPORT_ABI_H

#include <stdbool.h>
#include <stdint.h>

// sp_bytes is a place in the frame, or one of the plugin's own. Its text is not
// terminated by a zero.
typedef struct { const uint8_t *p; uint32_t n; } sp_bytes;

// sp_list is a repeated field, still in its frame. A copy of it is an iterator:
//
//   sp_part part;
//   for (sp_list it = call->parts; sp_part_next(&it, &part);) …
typedef struct { const uint8_t *p, *end; uint64_t tag; uint32_t count; } sp_list;

// sp_out is a reply that is being written. It grows by sp_alloc.
typedef struct { uint8_t *p; uint32_t n, cap; } sp_out;

// sp_alloc returns n bytes of zeros, aligned to 8: see sallyport.h.
static void *sp_alloc(uint32_t n);

// Reading. The first fault stays and ends the reading.
typedef struct { const uint8_t *p, *end; bool bad; } sp_cursor;

static inline void sp_fail(sp_cursor *c) { c->bad = true; c->p = c->end; }

// SP_ONCE keeps a function from being copied into its callers: plugins are small.
#define SP_ONCE __attribute__((noinline, unused)) static

SP_ONCE uint64_t sp_read_u64(sp_cursor *c) {
  uint64_t v = 0;
  for (uint32_t i = 0; i < 10 && c->p < c->end; i++) {
    uint8_t x = *c->p++;
    if (i == 9 && x > 1) break;
    v |= (uint64_t)(x & 0x7f) << (7 * i);
    if (x < 0x80) return v;
  }
  sp_fail(c);
  return 0;
}

static inline uint32_t sp_read_u32(sp_cursor *c) {
  uint64_t v = sp_read_u64(c);
  if (v > UINT32_MAX) sp_fail(c);
  return (uint32_t)v;
}

static inline sp_bytes sp_take(sp_cursor *c, uint64_t n) {
  sp_bytes v = {c->p, (uint32_t)n};
  if (n > (uint64_t)(c->end - c->p)) { sp_fail(c); v.n = 0; return v; }
  c->p += n;
  return v;
}

SP_ONCE sp_bytes sp_read_bytes(sp_cursor *c) { uint64_t n = sp_read_u64(c); return sp_take(c, n); }

static inline double sp_read_double(sp_cursor *c) {
  double v = 0;
  sp_bytes b = sp_take(c, 8);
  if (b.n == 8) __builtin_memcpy(&v, b.p, 8);
  return v;
}

// sp_skip passes over a field that the message does not have; known has a bit
// for each number that it has: such a field has the wrong wire type.
SP_ONCE void sp_skip(sp_cursor *c, uint64_t tag, uint64_t known) {
  uint64_t field = tag >> 3;
  if (field == 0 || field > (1 << 29) - 1 || (field < 64 && known >> field & 1)) { sp_fail(c); return; }
  switch (tag & 7) {
  case 0: sp_read_u64(c); break;
  case 1: sp_take(c, 8); break;
  case 2: sp_read_bytes(c); break;
  case 5: sp_take(c, 4); break;
  default: sp_fail(c);
  }
}

// sp_read_element notes an element that begins at its tag. A list that lies in
// two pieces of one message, which no host writes, is a bad frame.
SP_ONCE void sp_read_element(sp_cursor *c, sp_list *l, uint64_t tag, const uint8_t *at) {
  if (l->count == 0) { l->p = at; l->end = c->end; l->tag = tag; }
  else if (l->end != c->end) sp_fail(c);
  l->count++;
  sp_read_bytes(c);
}

// sp_bytes_next gives the next element of a list, false after the last.
SP_ONCE bool sp_bytes_next(sp_list *l, sp_bytes *v) {
  if (l->count == 0) return false;
  sp_cursor c = {l->p, l->end, false};
  for (;;) {
    uint64_t tag = sp_read_u64(&c);
    if (c.bad) __builtin_trap(); // cannot be: the list was read once
    if (tag != l->tag) { sp_skip(&c, tag, 0); continue; }
    *v = sp_read_bytes(&c);
    l->p = c.p;
    l->count--;
    return true;
  }
}

// Writing.

// sp_room makes room for n more bytes and returns where they go.
static inline uint8_t *sp_room(sp_out *o, uint32_t n) {
  if (n > o->cap - o->n) {
    uint32_t cap = o->n + n > 2 * o->cap ? o->n + n : 2 * o->cap;
    uint8_t *p = sp_alloc(cap);
    __builtin_memcpy(p, o->p, o->n);
    o->p = p;
    o->cap = cap;
  }
  return o->p + o->n;
}

SP_ONCE void sp_put_u64(sp_out *o, uint64_t v) {
  uint8_t *p = sp_room(o, 10);
  uint32_t n = 0;
  for (; v >= 0x80; v >>= 7) p[n++] = (uint8_t)v | 0x80;
  p[n++] = (uint8_t)v;
  o->n += n;
}

static inline void sp_put_raw(sp_out *o, sp_bytes v) {
  __builtin_memcpy(sp_room(o, v.n), v.p, v.n);
  o->n += v.n;
}

SP_ONCE void sp_put_bytes(sp_out *o, sp_bytes v) { sp_put_u64(o, v.n); sp_put_raw(o, v); }

static inline void sp_put_double(sp_out *o, double v) {
  __builtin_memcpy(sp_room(o, 8), &v, 8);
  o->n += 8;
}

static inline void sp_put_list(sp_out *o, sp_list l) {
  uint64_t tag = l.tag;
  for (sp_bytes v; sp_bytes_next(&l, &v);) { sp_put_u64(o, tag); sp_put_bytes(o, v); }
}

static inline uint32_t sp_size_u64(uint64_t v) { return (70 - (uint32_t)__builtin_clzll(v | 1)) / 7; }
static inline uint32_t sp_size_bytes(uint32_t n) { return sp_size_u64(n) + n; }

static inline uint32_t sp_size_list(sp_list l) {
  uint32_t n = 0, tag = sp_size_u64(l.tag);
  for (sp_bytes v; sp_bytes_next(&l, &v);) n += tag + sp_size_bytes(v.n);
  return n;
}

static inline uint64_t sp_double_bits(double v) { uint64_t u; __builtin_memcpy(&u, &v, 8); return u; }
