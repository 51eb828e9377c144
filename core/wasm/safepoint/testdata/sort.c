// Quicksort with a comparison through a function pointer.
#include "guest.h"
static u32 a[2048];
static int less(u32 x, u32 y) { return x < y; }
static int more(u32 x, u32 y) { return x > y; }
static int (*volatile order[2])(u32, u32) = {less, more};
static void sort(u32 *a, int n, int (*f)(u32, u32)) {
  if (n < 2) return;
  u32 pivot = a[n / 2];
  int i = 0, j = n - 1;
  for (;; i++, j--) {
    while (f(a[i], pivot)) i++;
    while (f(pivot, a[j])) j--;
    if (i >= j) break;
    u32 t = a[i];
    a[i] = a[j];
    a[j] = t;
  }
  sort(a, i, f);
  sort(a + i, n - i, f);
}
EXPORT("run") u32 run(u32 n) {
  u32 sum = 0;
  for (u32 k = 0; k < n; k++) {
    for (u32 i = 0; i < 2048; i++) a[i] = rnd();
    sort(a, 2048, order[k & 1]);
    sum += a[0] ^ a[1000];
  }
  return sum;
}
