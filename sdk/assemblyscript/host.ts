// What the gateway offers to plugins. Paths are JSON pointers (RFC 6901). A value
// lies in new memory: what configure asks for lasts, what a hook asks for is gone
// when the next one begins.

import { Bytes, Document, Level, Status } from "./abi";

// @ts-ignore: decorator
@external("sallyport", "log") declare function _log(level: u32, text: usize, length: i32): void;
// @ts-ignore: decorator
@external("sallyport", "config_get") declare function _config_get(path: usize, length: i32, out: usize, cap: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "tag_get") declare function _tag_get(key: usize, length: i32, out: usize, cap: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "tag_set") declare function _tag_set(key: usize, length: i32, value: usize, vlength: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "slot_get") declare function _slot_get(name: usize, length: i32, out: usize, cap: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "slot_set") declare function _slot_set(name: usize, length: i32, value: usize, vlength: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "kv_get") declare function _kv_get(key: usize, length: i32, out: usize, cap: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "kv_set") declare function _kv_set(key: usize, length: i32, value: usize, vlength: i32, ttlMs: i64): i32;
// @ts-ignore: decorator
@external("sallyport", "counter_add") declare function _counter_add(name: usize, length: i32, delta: i64): i32;
// @ts-ignore: decorator
@external("sallyport", "json_get") declare function _json_get(document: u32, path: usize, length: i32, out: usize, cap: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "json_set") declare function _json_set(document: u32, path: usize, length: i32, value: usize, vlength: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "json_len") declare function _json_len(document: u32, path: usize, length: i32): i32;
// @ts-ignore: decorator
@external("sallyport", "now") declare function _now(): i64;
// @ts-ignore: decorator
@external("sallyport", "random") declare function _random(out: usize, cap: i32): i32;

/** Why the last function that gave null or false failed. */
export let failure: Status = Status.OK;

const FIRST: i32 = 256; // room for a value before its length is known

function ok(n: i32): bool {
  failure = n < 0 ? <Status>(-n) : Status.OK;
  return n >= 0;
}

function made(ptr: usize, n: i32): Bytes | null {
  if (!ok(n)) return null;
  const b = new Bytes();
  b.set(ptr, n);
  return b;
}

/** Writes a line to the operator's log. Never put a prompt in it. */
export function log(level: Level, text: string): void {
  const b = Bytes.of(text);
  _log(<u32>level, b.ptr, b.length);
}

/** Returns the setting at a path: a string decoded, all else as JSON; null where there is none. */
export function config(path: string): Bytes | null {
  const p = Bytes.of(path);
  let out = heap.alloc(FIRST);
  let n = _config_get(p.ptr, p.length, out, FIRST);
  if (n > FIRST) n = _config_get(p.ptr, p.length, (out = heap.alloc(n)), n);
  return made(out, n);
}

/** Returns the number of elements of the setting at a path, a list; 0 where there is none. */
export function configLength(path: string): i32 {
  return max(0, jsonLength(Document.CONFIG, path));
}

/** Returns element i of the setting at a path, a list. */
export function configAt(path: string, i: i32): Bytes | null {
  return config(path + "/" + i.toString());
}

/** Returns the list of strings at a path, in one call of the gateway however long it is; null where there is none. */
export function configTexts(path: string): StaticArray<Bytes> | null {
  const json = config(path);
  if (json === null) return null;
  const list = new StaticArray<Bytes>(configLength(path));
  for (let i = 0; i < list.length; i++) {
    const text = new Bytes();
    if (!nextText(json, text)) return null;
    list[i] = text;
  }
  return list;
}

/** Goes to the next string of valid JSON, decodes it where it lies and moves json behind it. */
function nextText(json: Bytes, text: Bytes): bool {
  let from = json.ptr;
  const end = from + json.length;
  while (from < end && load<u8>(from) != 0x22) from++;
  if (from >= end) return false;
  const start = ++from;
  let to = from;
  for (let c = load<u8>(from); c != 0x22; c = load<u8>(++from)) {
    if (c != 0x5c) {
      store<u8>(to++, c);
      continue;
    }
    c = load<u8>(++from);
    if (c == 0x75) {
      let rune = hex(from + 1);
      from += 4;
      if (rune >= 0xd800 && rune < 0xdc00) {
        rune = 0x10000 + ((rune - 0xd800) << 10) + (hex(from + 3) - 0xdc00);
        from += 6;
      }
      to = putRune(to, rune);
      continue;
    }
    switch (c) {
      case 0x62: c = 8; break;
      case 0x66: c = 12; break;
      case 0x6e: c = 10; break;
      case 0x72: c = 13; break;
      case 0x74: c = 9; break;
    }
    store<u8>(to++, c);
  }
  text.set(start, <i32>(to - start));
  json.set(from + 1, <i32>(end - from - 1));
  return true;
}

function hex(ptr: usize): u32 {
  let v: u32 = 0;
  for (let i: usize = 0; i < 4; i++) {
    const c = <u32>load<u8>(ptr + i);
    v = (v << 4) | (c <= 0x39 ? c - 0x30 : (c | 0x20) - 0x57);
  }
  return v;
}

/** Writes a rune as UTF-8 and returns where the next one goes. */
function putRune(to: usize, c: u32): usize {
  if (c < 0x80) {
    store<u8>(to, <u8>c);
    return to + 1;
  }
  const n: usize = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (let i = n - 1; i > 0; i--) {
    store<u8>(to + i, 0x80 | <u8>(c & 0x3f));
    c >>= 6;
  }
  store<u8>(to, <u8>c | (n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0));
  return to + n;
}

/** Returns a tag of the exchange, if the manifest asked for tags. */
export function tag(key: string): Bytes | null {
  const k = Bytes.of(key);
  let out = heap.alloc(FIRST);
  let n = _tag_get(k.ptr, k.length, out, FIRST);
  if (n > FIRST) n = _tag_get(k.ptr, k.length, (out = heap.alloc(n)), n);
  return made(out, n);
}

/** Puts a tag on the exchange. */
export function setTag(key: string, value: Bytes): bool {
  const k = Bytes.of(key);
  return ok(_tag_set(k.ptr, k.length, value.ptr, value.length));
}

/** Returns what this plugin left on the exchange, also in another hook. */
export function slot(name: string): Bytes | null {
  const k = Bytes.of(name);
  let out = heap.alloc(FIRST);
  let n = _slot_get(k.ptr, k.length, out, FIRST);
  if (n > FIRST) n = _slot_get(k.ptr, k.length, (out = heap.alloc(n)), n);
  return made(out, n);
}

/** Leaves bytes on the exchange, 16 KiB at most. */
export function setSlot(name: string, value: Bytes): bool {
  const k = Bytes.of(name);
  return ok(_slot_set(k.ptr, k.length, value.ptr, value.length));
}

/** Returns a value of the plugin's store for this tenant. Capability kv. */
export function kv(key: Bytes): Bytes | null {
  let out = heap.alloc(FIRST);
  let n = _kv_get(key.ptr, key.length, out, FIRST);
  if (n > FIRST) n = _kv_get(key.ptr, key.length, (out = heap.alloc(n)), n);
  return made(out, n);
}

/** Stores a value for some milliseconds, 0 meaning for ever; an empty one deletes. Capability kv. */
export function setKv(key: Bytes, value: Bytes, ttlMs: i64): bool {
  return ok(_kv_set(key.ptr, key.length, value.ptr, value.length, ttlMs));
}

/** Adds to a metric of the plugin. */
export function count(name: string, delta: i64): void {
  const k = Bytes.of(name);
  ok(_counter_add(k.ptr, k.length, delta));
}

/** Returns a value, as JSON, of a document that the manifest asked for. */
export function json(document: Document, path: string): Bytes | null {
  const p = Bytes.of(path);
  let out = heap.alloc(FIRST);
  let n = _json_get(<u32>document, p.ptr, p.length, out, FIRST);
  if (n > FIRST) n = _json_get(<u32>document, p.ptr, p.length, (out = heap.alloc(n)), n);
  return made(out, n);
}

/** Replaces a value of a document by JSON, where the phase allows edits. */
export function setJson(document: Document, path: string, value: Bytes): bool {
  const p = Bytes.of(path);
  return ok(_json_set(<u32>document, p.ptr, p.length, value.ptr, value.length));
}

/** Returns elements of an array, members of an object, else bytes of the value; less than 0 where there is none. */
export function jsonLength(document: Document, path: string): i32 {
  const p = Bytes.of(path);
  const n = _json_len(<u32>document, p.ptr, p.length);
  ok(n);
  return n;
}

/** Returns wall time in nanoseconds since 1970. */
export function now(): i64 {
  return _now();
}

/** Returns n random bytes. */
export function random(n: i32): Bytes | null {
  const out = heap.alloc(<usize>n);
  return made(out, _random(out, n) < 0 ? -<i32>Status.UNAVAILABLE : n);
}
