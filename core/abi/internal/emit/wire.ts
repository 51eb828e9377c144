/** Bytes in memory: a place in the frame, or the plugin's own. It is a view; nothing is copied. */
export class Bytes {
  ptr: usize = 0;
  length: i32 = 0;

  /** Returns the UTF-8 of a text, in new memory. */
  static of(text: string): Bytes {
    const b = new Bytes();
    b.length = String.UTF8.byteLength(text);
    b.ptr = heap.alloc(<usize>b.length);
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, b.ptr);
    return b;
  }

  /** Returns the byte at i, which must be below length. */
  @inline at(i: i32): u8 {
    return load<u8>(this.ptr + <usize>i);
  }

  set(ptr: usize, length: i32): void {
    this.ptr = ptr;
    this.length = length;
  }

  /** Tells whether the bytes are the UTF-8 of text. */
  equals(text: string): bool {
    return this.length == String.UTF8.byteLength(text) && this.toString() == text;
  }

  /** Returns the bytes, UTF-8, as a string in new memory. */
  toString(): string {
    return String.UTF8.decodeUnsafe(this.ptr, <usize>this.length);
  }
}

/** A repeated field, still in its frame. It is its own iterator:
 *
 *     while (call.parts.next(part)) …
 */
export class Items<T> {
  at: usize = 0;
  end: usize = 0;
  tag: u64 = 0;
  /** How many are left. */
  length: i32 = 0;

  reset(): void {
    this.length = 0;
  }

  /** Notes an element that begins at its tag. A list in two pieces of one message,
   * which no host writes, is a bad frame. */
  note(c: Cursor, tag: u64, at: usize): void {
    if (this.length == 0) {
      this.at = at;
      this.end = c.end;
      this.tag = tag;
    } else if (this.end != c.end) {
      c.fail();
    }
    this.length++;
    c.bytes(scratch);
  }

  raw(v: Bytes): bool {
    if (this.length == 0) return false;
    const c = elements;
    c.start(this.at, this.end);
    while (true) {
      const tag = c.u64();
      if (c.bad) abort("a list that cannot be read");
      if (tag != this.tag) {
        c.skip(tag, 0);
        continue;
      }
      c.bytes(v);
      this.at = c.at;
      this.length--;
      return true;
    }
  }

  size(): i32 {
    const at = this.at, length = this.length;
    let n = 0;
    while (this.raw(scratch)) n += sizeU64(this.tag) + sizeBytes(scratch.length);
    this.at = at;
    this.length = length;
    return n;
  }

  append(out: Out): void {
    const at = this.at, length = this.length;
    while (this.raw(scratch)) {
      out.u64(this.tag);
      out.bytes(scratch);
    }
    this.at = at;
    this.length = length;
  }

  /** Reads the next element into v, false after the last. */
  next(v: T): bool {
    if (v instanceof Bytes) return this.raw(v);
    if (!this.raw(scratch)) return false;
    // @ts-ignore: every message has decode
    if (!v.decode(scratch.ptr, scratch.length)) abort("a frame that cannot be read");
    return true;
  }
}

/** Reads a message. The first fault stays and ends the reading. */
export class Cursor {
  at: usize = 0;
  end: usize = 0;
  bad: bool = false;

  start(at: usize, end: usize): void {
    this.at = at;
    this.end = end;
    this.bad = false;
  }

  fail(): void {
    this.bad = true;
    this.at = this.end;
  }

  u64(): u64 {
    let v: u64 = 0;
    for (let i = 0; i < 10 && this.at < this.end; i++) {
      const x = load<u8>(this.at++);
      if (i == 9 && x > 1) break;
      v |= (<u64>(x & 0x7f)) << (7 * i);
      if (x < 0x80) return v;
    }
    this.fail();
    return 0;
  }

  u32(): u32 {
    const v = this.u64();
    if (v > <u64>u32.MAX_VALUE) this.fail();
    return <u32>v;
  }

  /** Returns where the next n bytes lie. */
  take(n: u64): usize {
    if (n > <u64>(this.end - this.at)) {
      this.fail();
      return 0;
    }
    const at = this.at;
    this.at += <usize>n;
    return at;
  }

  bytes(v: Bytes): void {
    const n = this.u64();
    const at = this.take(n);
    v.set(at, this.bad ? 0 : <i32>n);
  }

  f64(): f64 {
    const at = this.take(8);
    return this.bad ? 0 : load<f64>(at);
  }

  /** Passes over a field that the message does not have; known has a bit for each
   * number that it has: such a field has the wrong wire type. */
  skip(tag: u64, known: u64): void {
    const field = tag >> 3;
    if (field == 0 || field > (1 << 29) - 1 || (field < 64 && ((known >> field) & 1) != 0)) {
      this.fail();
      return;
    }
    switch (<i32>(tag & 7)) {
      case 0:
        this.u64();
        break;
      case 1:
        this.take(8);
        break;
      case 2:
        this.take(this.u64());
        break;
      case 5:
        this.take(4);
        break;
      default:
        this.fail();
    }
  }
}

/** A reply that is being written. It grows. */
export class Out {
  ptr: usize = 0;
  length: i32 = 0;
  capacity: i32 = 0;

  private room(n: i32): usize {
    if (n > this.capacity - this.length) {
      const capacity = max(this.length + n, 2 * this.capacity);
      const ptr = heap.alloc(<usize>capacity);
      memory.copy(ptr, this.ptr, <usize>this.length);
      this.ptr = ptr;
      this.capacity = capacity;
    }
    return this.ptr + <usize>this.length;
  }

  u64(v: u64): void {
    let p = this.room(10);
    const from = p;
    for (; v >= 0x80; v >>= 7) store<u8>(p++, <u8>v | 0x80);
    store<u8>(p++, <u8>v);
    this.length += <i32>(p - from);
  }

  bytes(v: Bytes): void {
    this.u64(<u64>v.length);
    memory.copy(this.room(v.length), v.ptr, <usize>v.length);
    this.length += v.length;
  }

  f64(v: f64): void {
    store<f64>(this.room(8), v);
    this.length += 8;
  }
}

const scratch = new Bytes();
const elements = new Cursor();

function sizeU64(v: u64): i32 {
  return <i32>((70 - clz<u64>(v | 1)) / 7);
}

function sizeBytes(n: i32): i32 {
  return sizeU64(<u64>n) + n;
}
