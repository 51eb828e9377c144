// A recursive descent over JSON text: counts values and hashes strings.
#include "guest.h"
static const char doc[] =
    "{\"model\":\"m-1\",\"stream\":true,\"messages\":[{\"role\":\"system\",\"content\":\"You are \\\"kind\\\"\"},"
    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What is 12.5e3 + -7?\"},{\"type\":\"n\",\"v\":[1,2,3,"
    "[4,[5,[6]]],{\"a\":null,\"b\":false}]}]}],\"temperature\":0.25,\"tools\":[{},{},[]]}";
static const char *p;
static u32 hash, count;
static void space(void) {
  while (*p == ' ' || *p == '\n') p++;
}
static void string(void) {
  for (p++; *p != '"'; p++) {
    if (*p == '\\') p++;
    hash = hash * 31 + (u8)*p;
  }
  p++;
}
static void value(void) {
  space();
  count++;
  switch (*p) {
  case '{':
    for (p++; *p != '}';) {
      space();
      string();
      space();
      p++;
      value();
      space();
      if (*p == ',') p++;
    }
    p++;
    return;
  case '[':
    for (p++; *p != ']';) {
      value();
      space();
      if (*p == ',') p++;
    }
    p++;
    return;
  case '"': string(); return;
  default:
    while (*p != ',' && *p != ']' && *p != '}' && *p) hash += (u8)*p++;
  }
}
EXPORT("run") u32 run(u32 n) {
  hash = count = 0;
  while (n--) {
    p = doc;
    value();
  }
  return hash ^ count;
}
