// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.

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

/** Status is what sallyport_configure returns, and, negated, what an import
 * returns that failed. */
export const enum Status {
  OK = 0,
  /** there is no such key, path or document */
  NOT_FOUND = 1,
  /** an argument or the configuration is wrong */
  INVALID = 2,
  /** the capability was not granted */
  DENIED = 3,
  /** beyond a limit of docs/abi.md */
  TOO_LARGE = 4,
  /** no more host calls in this hook */
  EXHAUSTED = 5,
  /** the host call took too long */
  TIMEOUT = 6,
  /** what the call needs cannot be reached now */
  UNAVAILABLE = 7,
  /** a mistake of the host */
  INTERNAL = 8,
}

/** Level is the severity of a log line. */
export const enum Level {
  UNSPECIFIED = 0,
  DEBUG = 1,
  INFO = 2,
  WARN = 3,
  ERROR = 4,
}

/** Document names a JSON document that the host has parsed, for the json imports. */
export const enum Document {
  UNSPECIFIED = 0,
  /** the instance's configuration */
  CONFIG = 1,
  /** the client's request, if the manifest asked for it */
  REQUEST = 2,
  /** the whole answer, if the manifest asked for it */
  ANSWER = 3,
}

/** Stage divides the prompt phase. Every shaper has run before the first judge. */
export const enum Stage {
  UNSPECIFIED = 0,
  /** may append and rewrite */
  SHAPE = 1,
  /** sees exactly what would leave; may not insert */
  JUDGE = 2,
}

/** Operation is the kind of call that the client makes. */
export const enum Operation {
  /** not known yet, as in receive */
  UNSPECIFIED = 0,
  CHAT = 1,
  COMPLETIONS = 2,
  EMBEDDINGS = 3,
  RERANK = 4,
  IMAGES = 5,
  SPEECH = 6,
  TRANSCRIPTION = 7,
  MODERATION = 8,
  COUNT_TOKENS = 9,
  PREDICT = 10,
  MODELS = 11,
  RAW = 12,
}

/** Kind is the kind of a part. */
export const enum Kind {
  UNSPECIFIED = 0,
  TEXT = 1,
  IMAGE = 2,
  AUDIO = 3,
  DOCUMENT = 4,
  /** text is the arguments, JSON */
  TOOL_CALL = 5,
  TOOL_RESULT = 6,
  THINKING = 7,
  /** thinking that the provider encrypted */
  REDACTED = 8,
  CITATION = 9,
  CACHE_POINT = 10,
  REFUSAL = 11,
  /** understood by one dialect only */
  RAW = 12,
}

/** Role is who speaks in a part. */
export const enum Role {
  UNSPECIFIED = 0,
  USER = 1,
  ASSISTANT = 2,
  SYSTEM = 3,
  TOOL = 4,
}

/** Origin is whose doing a part is. */
export const enum Origin {
  UNSPECIFIED = 0,
  CLIENT = 1,
  GATEWAY = 2,
  PLUGIN = 3,
  UPSTREAM = 4,
}

/** Finish is why the model stopped. */
export const enum Finish {
  /** it has not, or did not say */
  UNSPECIFIED = 0,
  STOP = 1,
  LENGTH = 2,
  TOOL_CALLS = 3,
  CONTENT_FILTER = 4,
  OTHER = 5,
}

/** EventKind is the kind of a stream's event in the typed middle form. */
export const enum EventKind {
  UNSPECIFIED = 0,
  /** a block begins */
  OPEN = 1,
  /** a block goes on */
  DELTA = 2,
  /** a block is whole */
  CLOSE = 3,
  /** usage is set */
  USAGE = 4,
  /** the answer is finished */
  FINISH = 5,
  /** the stream failed */
  ERROR = 6,
  /** understood by one dialect only */
  RAW = 7,
}

/** End is how an exchange ended. */
export const enum End {
  UNSPECIFIED = 0,
  COMPLETED = 1,
  REJECTED = 2,
  BLOCKED = 3,
  UPSTREAM_ERROR = 4,
  UPSTREAM_TIMEOUT = 5,
  UPSTREAM_IDLE = 6,
  UPSTREAM_CUT = 7,
  CLIENT_GONE = 8,
  DEADLINE = 9,
  DRAINED = 10,
  INTERNAL = 11,
  INTERRUPTED = 12,
}

/** ToolChoice is whether the model must use a tool. */
export const enum ToolChoice {
  /** the client did not say */
  UNSPECIFIED = 0,
  AUTO = 1,
  NONE = 2,
  /** some tool */
  ANY = 3,
  /** the one that Parameters.tool_name names */
  TOOL = 4,
}

/** OutputFormat is the form of answer that the client asked for. */
export const enum OutputFormat {
  /** the client did not say */
  UNSPECIFIED = 0,
  TEXT = 1,
  /** any JSON object */
  JSON = 2,
  /** JSON after Parameters.output_schema */
  SCHEMA = 3,
}

/** Framing is how a provider's stream is cut into events. */
export const enum Framing {
  /** as the Content-Type says */
  UNSPECIFIED = 0,
  SSE = 1,
  NDJSON = 2,
  /** application/vnd.amazon.eventstream */
  EVENTSTREAM = 3,
}

/** ConfigureCall is the frame of sallyport_configure, which runs once in each
 * new instance, before any hook. */
export class ConfigureCall {
  /** the manifest's id */
  plugin: Bytes = new Bytes();
  /** the instance's name */
  instance: Bytes = new Bytes();
  /** JSON object, UTF-8, defaults filled in; the same is DOCUMENT_CONFIG */
  config: Bytes = new Bytes();
  /** those granted; at most 64 elements */
  readonly capabilities: Items<Bytes> = new Items<Bytes>();
  /** the newest revision of version 1 that the host knows; see "Versions" */
  revision: u32 = 0;
  /** bytes of text that the host will hold back at most, 0 where no stream is guarded */
  window: u32 = 0;

  reset(): void {
    this.plugin.length = 0;
    this.instance.length = 0;
    this.config.length = 0;
    this.capabilities.reset();
    this.revision = 0;
    this.window = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.plugin);
          break;
        case 0x12:
          c.bytes(this.instance);
          break;
        case 0x1a:
          c.bytes(this.config);
          break;
        case 0x22:
          this.capabilities.note(c, tag, at);
          break;
        case 0x28:
          this.revision = c.u32();
          break;
        case 0x30:
          this.window = c.u32();
          break;
        default:
          c.skip(tag, 0x7e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.plugin.length != 0) n += 1 + sizeBytes(this.plugin.length);
    if (this.instance.length != 0) n += 1 + sizeBytes(this.instance.length);
    if (this.config.length != 0) n += 1 + sizeBytes(this.config.length);
    n += this.capabilities.size();
    if (this.revision != 0) n += 1 + sizeU64(<u64>this.revision);
    if (this.window != 0) n += 1 + sizeU64(<u64>this.window);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.plugin.length != 0) {
      out.u64(0xa);
      out.bytes(this.plugin);
    }
    if (this.instance.length != 0) {
      out.u64(0x12);
      out.bytes(this.instance);
    }
    if (this.config.length != 0) {
      out.u64(0x1a);
      out.bytes(this.config);
    }
    this.capabilities.append(out);
    if (this.revision != 0) {
      out.u64(0x28);
      out.u64(<u64>this.revision);
    }
    if (this.window != 0) {
      out.u64(0x30);
      out.u64(<u64>this.window);
    }
  }
}

/** Tag is a key and value on the exchange. */
export class Tag {
  /** at most 256 bytes */
  key: Bytes = new Bytes();
  /** at most 4096 bytes */
  value: Bytes = new Bytes();

  reset(): void {
    this.key.length = 0;
    this.value.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.key);
          break;
        case 0x12:
          c.bytes(this.value);
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.key.length != 0) n += 1 + sizeBytes(this.key.length);
    if (this.value.length != 0) n += 1 + sizeBytes(this.value.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.key.length != 0) {
      out.u64(0xa);
      out.bytes(this.key);
    }
    if (this.value.length != 0) {
      out.u64(0x12);
      out.bytes(this.value);
    }
  }
}

/** Header is one header field. */
export class Header {
  /** lower case; at most 256 bytes */
  name: Bytes = new Bytes();
  /** at most 65536 bytes */
  value: Bytes = new Bytes();

  reset(): void {
    this.name.length = 0;
    this.value.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.name);
          break;
        case 0x12:
          c.bytes(this.value);
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (this.value.length != 0) n += 1 + sizeBytes(this.value.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.name.length != 0) {
      out.u64(0xa);
      out.bytes(this.name);
    }
    if (this.value.length != 0) {
      out.u64(0x12);
      out.bytes(this.value);
    }
  }
}

/** Exchange is what every hook may know about the exchange. Fields that the
 * manifest did not ask for are absent. */
export class Exchange {
  /** our request id */
  id: Bytes = new Bytes();
  route: Bytes = new Bytes();
  operation: Operation = 0;
  /** the client's, e.g. "openai.chat" */
  dialect: Bytes = new Bytes();
  /** the client wants a stream */
  stream: bool = false;
  /** name of the virtual key or principal */
  consumer: Bytes = new Bytes();
  tenant: Bytes = new Bytes();
  /** as the client wrote it, UTF-8 */
  model: Bytes = new Bytes();
  /** at most 256 elements */
  readonly tags: Items<Tag> = new Items<Tag>();
  /** of the client's request, those the manifest names; at most 256 elements */
  readonly headers: Items<Header> = new Items<Header>();
  /** nobody acts on the reply */
  shadow: bool = false;

  reset(): void {
    this.id.length = 0;
    this.route.length = 0;
    this.operation = 0;
    this.dialect.length = 0;
    this.stream = false;
    this.consumer.length = 0;
    this.tenant.length = 0;
    this.model.length = 0;
    this.tags.reset();
    this.headers.reset();
    this.shadow = false;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.id);
          break;
        case 0x12:
          c.bytes(this.route);
          break;
        case 0x18:
          this.operation = <Operation>c.u32();
          break;
        case 0x22:
          c.bytes(this.dialect);
          break;
        case 0x28:
          this.stream = c.u64() != 0;
          break;
        case 0x32:
          c.bytes(this.consumer);
          break;
        case 0x3a:
          c.bytes(this.tenant);
          break;
        case 0x42:
          c.bytes(this.model);
          break;
        case 0x4a:
          this.tags.note(c, tag, at);
          break;
        case 0x52:
          this.headers.note(c, tag, at);
          break;
        case 0x58:
          this.shadow = c.u64() != 0;
          break;
        default:
          c.skip(tag, 0xffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.id.length != 0) n += 1 + sizeBytes(this.id.length);
    if (this.route.length != 0) n += 1 + sizeBytes(this.route.length);
    if (this.operation != 0) n += 1 + sizeU64(<u64>this.operation);
    if (this.dialect.length != 0) n += 1 + sizeBytes(this.dialect.length);
    if (this.stream) n += 1 + 1;
    if (this.consumer.length != 0) n += 1 + sizeBytes(this.consumer.length);
    if (this.tenant.length != 0) n += 1 + sizeBytes(this.tenant.length);
    if (this.model.length != 0) n += 1 + sizeBytes(this.model.length);
    n += this.tags.size();
    n += this.headers.size();
    if (this.shadow) n += 1 + 1;
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.id.length != 0) {
      out.u64(0xa);
      out.bytes(this.id);
    }
    if (this.route.length != 0) {
      out.u64(0x12);
      out.bytes(this.route);
    }
    if (this.operation != 0) {
      out.u64(0x18);
      out.u64(<u64>this.operation);
    }
    if (this.dialect.length != 0) {
      out.u64(0x22);
      out.bytes(this.dialect);
    }
    if (this.stream) {
      out.u64(0x28);
      out.u64(<u64>this.stream);
    }
    if (this.consumer.length != 0) {
      out.u64(0x32);
      out.bytes(this.consumer);
    }
    if (this.tenant.length != 0) {
      out.u64(0x3a);
      out.bytes(this.tenant);
    }
    if (this.model.length != 0) {
      out.u64(0x42);
      out.bytes(this.model);
    }
    this.tags.append(out);
    this.headers.append(out);
    if (this.shadow) {
      out.u64(0x58);
      out.u64(<u64>this.shadow);
    }
  }
}

/** Part is one piece of content of a prompt or an answer. */
export class Part {
  /** what Edit.part names */
  id: u32 = 0;
  kind: Kind = 0;
  role: Role = 0;
  hasMessage: bool = false;
  /** index of the message, absent for a part outside the messages */
  message: u32 = 0;
  /** index of the answer's choice, 0 for prompts */
  choice: u32 = 0;
  origin: Origin = 0;
  /** UTF-8, decoded, with the edits of earlier hooks */
  text: Bytes = new Bytes();
  /** tool's name, or media type of images, audio and documents */
  name: Bytes = new Bytes();
  /** of a tool call and of its result */
  callId: Bytes = new Bytes();
  /** content of images, audio and documents in base64, RFC 4648 §4, padded */
  data: Bytes = new Bytes();
  /** where such content lies instead */
  url: Bytes = new Bytes();
  /** the provider's seal on thinking, opaque */
  signature: Bytes = new Bytes();
  /** who sealed it: the dialect, "/" and the provider */
  source: Bytes = new Bytes();
  /** the original JSON value, UTF-8, for KIND_RAW and attributes that no field holds */
  raw: Bytes = new Bytes();

  reset(): void {
    this.id = 0;
    this.kind = 0;
    this.role = 0;
    this.hasMessage = false;
    this.message = 0;
    this.choice = 0;
    this.origin = 0;
    this.text.length = 0;
    this.name.length = 0;
    this.callId.length = 0;
    this.data.length = 0;
    this.url.length = 0;
    this.signature.length = 0;
    this.source.length = 0;
    this.raw.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.id = c.u32();
          break;
        case 0x10:
          this.kind = <Kind>c.u32();
          break;
        case 0x18:
          this.role = <Role>c.u32();
          break;
        case 0x20:
          this.hasMessage = true;
          this.message = c.u32();
          break;
        case 0x28:
          this.choice = c.u32();
          break;
        case 0x30:
          this.origin = <Origin>c.u32();
          break;
        case 0x3a:
          c.bytes(this.text);
          break;
        case 0x42:
          c.bytes(this.name);
          break;
        case 0x4a:
          c.bytes(this.callId);
          break;
        case 0x52:
          c.bytes(this.data);
          break;
        case 0x5a:
          c.bytes(this.url);
          break;
        case 0x62:
          c.bytes(this.signature);
          break;
        case 0x6a:
          c.bytes(this.source);
          break;
        case 0x72:
          c.bytes(this.raw);
          break;
        default:
          c.skip(tag, 0x7ffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.id != 0) n += 1 + sizeU64(<u64>this.id);
    if (this.kind != 0) n += 1 + sizeU64(<u64>this.kind);
    if (this.role != 0) n += 1 + sizeU64(<u64>this.role);
    if (this.hasMessage) n += 1 + sizeU64(<u64>this.message);
    if (this.choice != 0) n += 1 + sizeU64(<u64>this.choice);
    if (this.origin != 0) n += 1 + sizeU64(<u64>this.origin);
    if (this.text.length != 0) n += 1 + sizeBytes(this.text.length);
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (this.callId.length != 0) n += 1 + sizeBytes(this.callId.length);
    if (this.data.length != 0) n += 1 + sizeBytes(this.data.length);
    if (this.url.length != 0) n += 1 + sizeBytes(this.url.length);
    if (this.signature.length != 0) n += 1 + sizeBytes(this.signature.length);
    if (this.source.length != 0) n += 1 + sizeBytes(this.source.length);
    if (this.raw.length != 0) n += 1 + sizeBytes(this.raw.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.id != 0) {
      out.u64(0x8);
      out.u64(<u64>this.id);
    }
    if (this.kind != 0) {
      out.u64(0x10);
      out.u64(<u64>this.kind);
    }
    if (this.role != 0) {
      out.u64(0x18);
      out.u64(<u64>this.role);
    }
    if (this.hasMessage) {
      out.u64(0x20);
      out.u64(<u64>this.message);
    }
    if (this.choice != 0) {
      out.u64(0x28);
      out.u64(<u64>this.choice);
    }
    if (this.origin != 0) {
      out.u64(0x30);
      out.u64(<u64>this.origin);
    }
    if (this.text.length != 0) {
      out.u64(0x3a);
      out.bytes(this.text);
    }
    if (this.name.length != 0) {
      out.u64(0x42);
      out.bytes(this.name);
    }
    if (this.callId.length != 0) {
      out.u64(0x4a);
      out.bytes(this.callId);
    }
    if (this.data.length != 0) {
      out.u64(0x52);
      out.bytes(this.data);
    }
    if (this.url.length != 0) {
      out.u64(0x5a);
      out.bytes(this.url);
    }
    if (this.signature.length != 0) {
      out.u64(0x62);
      out.bytes(this.signature);
    }
    if (this.source.length != 0) {
      out.u64(0x6a);
      out.bytes(this.source);
    }
    if (this.raw.length != 0) {
      out.u64(0x72);
      out.bytes(this.raw);
    }
  }
}

/** Tool is a function that the model may call. */
export class Tool {
  /** at most 256 bytes */
  name: Bytes = new Bytes();
  description: Bytes = new Bytes();
  /** JSON Schema of the arguments, UTF-8 */
  schema: Bytes = new Bytes();
  /** the original JSON value of a tool that is no function, UTF-8 */
  raw: Bytes = new Bytes();
  /** JSON object of members that no field holds, UTF-8 */
  attributes: Bytes = new Bytes();

  reset(): void {
    this.name.length = 0;
    this.description.length = 0;
    this.schema.length = 0;
    this.raw.length = 0;
    this.attributes.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.name);
          break;
        case 0x12:
          c.bytes(this.description);
          break;
        case 0x1a:
          c.bytes(this.schema);
          break;
        case 0x22:
          c.bytes(this.raw);
          break;
        case 0x2a:
          c.bytes(this.attributes);
          break;
        default:
          c.skip(tag, 0x3e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (this.description.length != 0) n += 1 + sizeBytes(this.description.length);
    if (this.schema.length != 0) n += 1 + sizeBytes(this.schema.length);
    if (this.raw.length != 0) n += 1 + sizeBytes(this.raw.length);
    if (this.attributes.length != 0) n += 1 + sizeBytes(this.attributes.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.name.length != 0) {
      out.u64(0xa);
      out.bytes(this.name);
    }
    if (this.description.length != 0) {
      out.u64(0x12);
      out.bytes(this.description);
    }
    if (this.schema.length != 0) {
      out.u64(0x1a);
      out.bytes(this.schema);
    }
    if (this.raw.length != 0) {
      out.u64(0x22);
      out.bytes(this.raw);
    }
    if (this.attributes.length != 0) {
      out.u64(0x2a);
      out.bytes(this.attributes);
    }
  }
}

/** Parameter is a setting that only some dialects have. */
export class Parameter {
  /** top-level key in the client's request */
  name: Bytes = new Bytes();
  /** its value, UTF-8 */
  json: Bytes = new Bytes();

  reset(): void {
    this.name.length = 0;
    this.json.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.name);
          break;
        case 0x12:
          c.bytes(this.json);
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (this.json.length != 0) n += 1 + sizeBytes(this.json.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.name.length != 0) {
      out.u64(0xa);
      out.bytes(this.name);
    }
    if (this.json.length != 0) {
      out.u64(0x12);
      out.bytes(this.json);
    }
  }
}

/** Parameters are the request's settings, in one form for all dialects. What the
 * client did not set is absent. */
export class Parameters {
  hasMaxOutput: bool = false;
  /** tokens */
  maxOutput: u64 = 0;
  hasTemperature: bool = false;
  temperature: f64 = 0;
  hasTopP: bool = false;
  topP: f64 = 0;
  hasTopK: bool = false;
  topK: u64 = 0;
  hasPresencePenalty: bool = false;
  presencePenalty: f64 = 0;
  hasFrequencyPenalty: bool = false;
  frequencyPenalty: f64 = 0;
  hasSeed: bool = false;
  seed: i64 = 0;
  /** answers asked for; 0 means 1 */
  choices: u32 = 0;
  /** at most 64 elements */
  readonly stop: Items<Bytes> = new Items<Bytes>();
  /** at most 1024 elements */
  readonly tools: Items<Tool> = new Items<Tool>();
  toolChoice: ToolChoice = 0;
  toolName: Bytes = new Bytes();
  hasParallelTools: bool = false;
  parallelTools: bool = false;
  outputFormat: OutputFormat = 0;
  /** JSON Schema, UTF-8 */
  outputSchema: Bytes = new Bytes();
  /** the client's word */
  reasoningEffort: Bytes = new Bytes();
  hasReasoningTokens: bool = false;
  reasoningTokens: u64 = 0;
  /** what no field above holds; at most 256 elements */
  readonly others: Items<Parameter> = new Items<Parameter>();
  /** JSON object of what else the client said of the shape, UTF-8 */
  outputAttributes: Bytes = new Bytes();

  reset(): void {
    this.hasMaxOutput = false;
    this.maxOutput = 0;
    this.hasTemperature = false;
    this.temperature = 0;
    this.hasTopP = false;
    this.topP = 0;
    this.hasTopK = false;
    this.topK = 0;
    this.hasPresencePenalty = false;
    this.presencePenalty = 0;
    this.hasFrequencyPenalty = false;
    this.frequencyPenalty = 0;
    this.hasSeed = false;
    this.seed = 0;
    this.choices = 0;
    this.stop.reset();
    this.tools.reset();
    this.toolChoice = 0;
    this.toolName.length = 0;
    this.hasParallelTools = false;
    this.parallelTools = false;
    this.outputFormat = 0;
    this.outputSchema.length = 0;
    this.reasoningEffort.length = 0;
    this.hasReasoningTokens = false;
    this.reasoningTokens = 0;
    this.others.reset();
    this.outputAttributes.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.hasMaxOutput = true;
          this.maxOutput = c.u64();
          break;
        case 0x11:
          this.hasTemperature = true;
          this.temperature = c.f64();
          break;
        case 0x19:
          this.hasTopP = true;
          this.topP = c.f64();
          break;
        case 0x20:
          this.hasTopK = true;
          this.topK = c.u64();
          break;
        case 0x29:
          this.hasPresencePenalty = true;
          this.presencePenalty = c.f64();
          break;
        case 0x31:
          this.hasFrequencyPenalty = true;
          this.frequencyPenalty = c.f64();
          break;
        case 0x38:
          this.hasSeed = true;
          this.seed = <i64>c.u64();
          break;
        case 0x40:
          this.choices = c.u32();
          break;
        case 0x4a:
          this.stop.note(c, tag, at);
          break;
        case 0x52:
          this.tools.note(c, tag, at);
          break;
        case 0x58:
          this.toolChoice = <ToolChoice>c.u32();
          break;
        case 0x62:
          c.bytes(this.toolName);
          break;
        case 0x68:
          this.hasParallelTools = true;
          this.parallelTools = c.u64() != 0;
          break;
        case 0x70:
          this.outputFormat = <OutputFormat>c.u32();
          break;
        case 0x7a:
          c.bytes(this.outputSchema);
          break;
        case 0x82:
          c.bytes(this.reasoningEffort);
          break;
        case 0x88:
          this.hasReasoningTokens = true;
          this.reasoningTokens = c.u64();
          break;
        case 0x92:
          this.others.note(c, tag, at);
          break;
        case 0x9a:
          c.bytes(this.outputAttributes);
          break;
        default:
          c.skip(tag, 0xffffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasMaxOutput) n += 1 + sizeU64(<u64>this.maxOutput);
    if (this.hasTemperature) n += 1 + 8;
    if (this.hasTopP) n += 1 + 8;
    if (this.hasTopK) n += 1 + sizeU64(<u64>this.topK);
    if (this.hasPresencePenalty) n += 1 + 8;
    if (this.hasFrequencyPenalty) n += 1 + 8;
    if (this.hasSeed) n += 1 + sizeU64(<u64>this.seed);
    if (this.choices != 0) n += 1 + sizeU64(<u64>this.choices);
    n += this.stop.size();
    n += this.tools.size();
    if (this.toolChoice != 0) n += 1 + sizeU64(<u64>this.toolChoice);
    if (this.toolName.length != 0) n += 1 + sizeBytes(this.toolName.length);
    if (this.hasParallelTools) n += 1 + 1;
    if (this.outputFormat != 0) n += 1 + sizeU64(<u64>this.outputFormat);
    if (this.outputSchema.length != 0) n += 1 + sizeBytes(this.outputSchema.length);
    if (this.reasoningEffort.length != 0) n += 2 + sizeBytes(this.reasoningEffort.length);
    if (this.hasReasoningTokens) n += 2 + sizeU64(<u64>this.reasoningTokens);
    n += this.others.size();
    if (this.outputAttributes.length != 0) n += 2 + sizeBytes(this.outputAttributes.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasMaxOutput) {
      out.u64(0x8);
      out.u64(<u64>this.maxOutput);
    }
    if (this.hasTemperature) {
      out.u64(0x11);
      out.f64(this.temperature);
    }
    if (this.hasTopP) {
      out.u64(0x19);
      out.f64(this.topP);
    }
    if (this.hasTopK) {
      out.u64(0x20);
      out.u64(<u64>this.topK);
    }
    if (this.hasPresencePenalty) {
      out.u64(0x29);
      out.f64(this.presencePenalty);
    }
    if (this.hasFrequencyPenalty) {
      out.u64(0x31);
      out.f64(this.frequencyPenalty);
    }
    if (this.hasSeed) {
      out.u64(0x38);
      out.u64(<u64>this.seed);
    }
    if (this.choices != 0) {
      out.u64(0x40);
      out.u64(<u64>this.choices);
    }
    this.stop.append(out);
    this.tools.append(out);
    if (this.toolChoice != 0) {
      out.u64(0x58);
      out.u64(<u64>this.toolChoice);
    }
    if (this.toolName.length != 0) {
      out.u64(0x62);
      out.bytes(this.toolName);
    }
    if (this.hasParallelTools) {
      out.u64(0x68);
      out.u64(<u64>this.parallelTools);
    }
    if (this.outputFormat != 0) {
      out.u64(0x70);
      out.u64(<u64>this.outputFormat);
    }
    if (this.outputSchema.length != 0) {
      out.u64(0x7a);
      out.bytes(this.outputSchema);
    }
    if (this.reasoningEffort.length != 0) {
      out.u64(0x82);
      out.bytes(this.reasoningEffort);
    }
    if (this.hasReasoningTokens) {
      out.u64(0x88);
      out.u64(<u64>this.reasoningTokens);
    }
    this.others.append(out);
    if (this.outputAttributes.length != 0) {
      out.u64(0x9a);
      out.bytes(this.outputAttributes);
    }
  }
}

/** Usage is what an exchange consumed, in tokens. It is set, not added. */
export class Usage {
  inputUncached: u64 = 0;
  cacheRead: u64 = 0;
  cacheWrite: u64 = 0;
  /** reasoning included */
  output: u64 = 0;
  /** the part of output that was reasoning */
  reasoning: u64 = 0;
  audio: u64 = 0;
  image: u64 = 0;
  /** by the provider itself */
  reported: bool = false;
  /** at least one count is an estimate */
  estimated: bool = false;
  /** the part of cache_write that is kept for an hour */
  cacheWriteHour: u64 = 0;

  reset(): void {
    this.inputUncached = 0;
    this.cacheRead = 0;
    this.cacheWrite = 0;
    this.output = 0;
    this.reasoning = 0;
    this.audio = 0;
    this.image = 0;
    this.reported = false;
    this.estimated = false;
    this.cacheWriteHour = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.inputUncached = c.u64();
          break;
        case 0x10:
          this.cacheRead = c.u64();
          break;
        case 0x18:
          this.cacheWrite = c.u64();
          break;
        case 0x20:
          this.output = c.u64();
          break;
        case 0x28:
          this.reasoning = c.u64();
          break;
        case 0x30:
          this.audio = c.u64();
          break;
        case 0x38:
          this.image = c.u64();
          break;
        case 0x40:
          this.reported = c.u64() != 0;
          break;
        case 0x48:
          this.estimated = c.u64() != 0;
          break;
        case 0x50:
          this.cacheWriteHour = c.u64();
          break;
        default:
          c.skip(tag, 0x7fe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.inputUncached != 0) n += 1 + sizeU64(<u64>this.inputUncached);
    if (this.cacheRead != 0) n += 1 + sizeU64(<u64>this.cacheRead);
    if (this.cacheWrite != 0) n += 1 + sizeU64(<u64>this.cacheWrite);
    if (this.output != 0) n += 1 + sizeU64(<u64>this.output);
    if (this.reasoning != 0) n += 1 + sizeU64(<u64>this.reasoning);
    if (this.audio != 0) n += 1 + sizeU64(<u64>this.audio);
    if (this.image != 0) n += 1 + sizeU64(<u64>this.image);
    if (this.reported) n += 1 + 1;
    if (this.estimated) n += 1 + 1;
    if (this.cacheWriteHour != 0) n += 1 + sizeU64(<u64>this.cacheWriteHour);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.inputUncached != 0) {
      out.u64(0x8);
      out.u64(<u64>this.inputUncached);
    }
    if (this.cacheRead != 0) {
      out.u64(0x10);
      out.u64(<u64>this.cacheRead);
    }
    if (this.cacheWrite != 0) {
      out.u64(0x18);
      out.u64(<u64>this.cacheWrite);
    }
    if (this.output != 0) {
      out.u64(0x20);
      out.u64(<u64>this.output);
    }
    if (this.reasoning != 0) {
      out.u64(0x28);
      out.u64(<u64>this.reasoning);
    }
    if (this.audio != 0) {
      out.u64(0x30);
      out.u64(<u64>this.audio);
    }
    if (this.image != 0) {
      out.u64(0x38);
      out.u64(<u64>this.image);
    }
    if (this.reported) {
      out.u64(0x40);
      out.u64(<u64>this.reported);
    }
    if (this.estimated) {
      out.u64(0x48);
      out.u64(<u64>this.estimated);
    }
    if (this.cacheWriteHour != 0) {
      out.u64(0x50);
      out.u64(<u64>this.cacheWriteHour);
    }
  }
}

/** Error is an upstream's error in one form for all providers. */
export class Error {
  /** 400 to 599 */
  status: u32 = 0;
  /** the provider's own word, or upstream_cut for a stream that ended too soon; at most 256 bytes */
  code: Bytes = new Bytes();
  /** for people; at most 4096 bytes */
  message: Bytes = new Bytes();
  /** 0 means nothing is known */
  retryAfterMs: u64 = 0;
  /** path of the offending field; at most 256 bytes */
  param: Bytes = new Bytes();

  reset(): void {
    this.status = 0;
    this.code.length = 0;
    this.message.length = 0;
    this.retryAfterMs = 0;
    this.param.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.status = c.u32();
          break;
        case 0x12:
          c.bytes(this.code);
          break;
        case 0x1a:
          c.bytes(this.message);
          break;
        case 0x20:
          this.retryAfterMs = c.u64();
          break;
        case 0x2a:
          c.bytes(this.param);
          break;
        default:
          c.skip(tag, 0x3e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.status != 0) n += 1 + sizeU64(<u64>this.status);
    if (this.code.length != 0) n += 1 + sizeBytes(this.code.length);
    if (this.message.length != 0) n += 1 + sizeBytes(this.message.length);
    if (this.retryAfterMs != 0) n += 1 + sizeU64(<u64>this.retryAfterMs);
    if (this.param.length != 0) n += 1 + sizeBytes(this.param.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.status != 0) {
      out.u64(0x8);
      out.u64(<u64>this.status);
    }
    if (this.code.length != 0) {
      out.u64(0x12);
      out.bytes(this.code);
    }
    if (this.message.length != 0) {
      out.u64(0x1a);
      out.bytes(this.message);
    }
    if (this.retryAfterMs != 0) {
      out.u64(0x20);
      out.u64(<u64>this.retryAfterMs);
    }
    if (this.param.length != 0) {
      out.u64(0x2a);
      out.bytes(this.param);
    }
  }
}

/** ReceiveCall is the frame of the receive hook. */
export class ReceiveCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  method: Bytes = new Bytes();
  /** as sent, without query */
  path: Bytes = new Bytes();
  /** as sent, without "?" */
  query: Bytes = new Bytes();
  bodyBytes: u64 = 0;

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.method.length = 0;
    this.path.length = 0;
    this.query.length = 0;
    this.bodyBytes = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x12:
          c.bytes(this.method);
          break;
        case 0x1a:
          c.bytes(this.path);
          break;
        case 0x22:
          c.bytes(this.query);
          break;
        case 0x28:
          this.bodyBytes = c.u64();
          break;
        default:
          c.skip(tag, 0x3e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    if (this.method.length != 0) n += 1 + sizeBytes(this.method.length);
    if (this.path.length != 0) n += 1 + sizeBytes(this.path.length);
    if (this.query.length != 0) n += 1 + sizeBytes(this.query.length);
    if (this.bodyBytes != 0) n += 1 + sizeU64(<u64>this.bodyBytes);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    if (this.method.length != 0) {
      out.u64(0x12);
      out.bytes(this.method);
    }
    if (this.path.length != 0) {
      out.u64(0x1a);
      out.bytes(this.path);
    }
    if (this.query.length != 0) {
      out.u64(0x22);
      out.bytes(this.query);
    }
    if (this.bodyBytes != 0) {
      out.u64(0x28);
      out.u64(<u64>this.bodyBytes);
    }
  }
}

/** PromptCall is the frame of the prompt hook. */
export class PromptCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  stage: Stage = 0;
  /** of the kinds and roles that the manifest asked for; at most 65536 elements */
  readonly parts: Items<Part> = new Items<Part>();
  hasParameters: bool = false;
  readonly parameters: Parameters = new Parameters();
  /** number of messages; NewPart.at must not be larger */
  messages: u32 = 0;
  /** what this hook last left; see Reply.state */
  state: Bytes = new Bytes();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.stage = 0;
    this.parts.reset();
    this.hasParameters = false;
    this.parameters.reset();
    this.messages = 0;
    this.state.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x10:
          this.stage = <Stage>c.u32();
          break;
        case 0x1a:
          this.parts.note(c, tag, at);
          break;
        case 0x22:
          this.hasParameters = true;
          c.bytes(scratch);
          if (!this.parameters.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x28:
          this.messages = c.u32();
          break;
        case 0x32:
          c.bytes(this.state);
          break;
        default:
          c.skip(tag, 0x7e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    if (this.stage != 0) n += 1 + sizeU64(<u64>this.stage);
    n += this.parts.size();
    if (this.hasParameters) n += 1 + sizeBytes(this.parameters.size());
    if (this.messages != 0) n += 1 + sizeU64(<u64>this.messages);
    if (this.state.length != 0) n += 1 + sizeBytes(this.state.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    if (this.stage != 0) {
      out.u64(0x10);
      out.u64(<u64>this.stage);
    }
    this.parts.append(out);
    if (this.hasParameters) {
      out.u64(0x22);
      out.u64(<u64>this.parameters.size());
      this.parameters.append(out);
    }
    if (this.messages != 0) {
      out.u64(0x28);
      out.u64(<u64>this.messages);
    }
    if (this.state.length != 0) {
      out.u64(0x32);
      out.bytes(this.state);
    }
  }
}

/** Deployment is one candidate in a route's order, with what is known of it now. */
export class Deployment {
  name: Bytes = new Bytes();
  provider: Bytes = new Bytes();
  model: Bytes = new Bytes();
  weight: u32 = 0;
  /** it failed lately and is out of the picks */
  cooling: bool = false;
  /** attempts under way here */
  inFlight: u32 = 0;
  /** moving average */
  firstByteMs: f64 = 0;
  /** moving average, 0 to 1 */
  errorRate: f64 = 0;
  hasInputPrice: bool = false;
  /** 10⁻¹² USD a token; absent when unknown */
  inputPrice: u64 = 0;
  hasOutputPrice: bool = false;
  /** likewise */
  outputPrice: u64 = 0;
  /** 0 when unknown */
  contextTokens: u64 = 0;
  hasLoad: bool = false;
  /** of a runtime that tells, 0 to 1 */
  load: f64 = 0;
  /** the operator's own; at most 64 elements */
  readonly labels: Items<Tag> = new Items<Tag>();

  reset(): void {
    this.name.length = 0;
    this.provider.length = 0;
    this.model.length = 0;
    this.weight = 0;
    this.cooling = false;
    this.inFlight = 0;
    this.firstByteMs = 0;
    this.errorRate = 0;
    this.hasInputPrice = false;
    this.inputPrice = 0;
    this.hasOutputPrice = false;
    this.outputPrice = 0;
    this.contextTokens = 0;
    this.hasLoad = false;
    this.load = 0;
    this.labels.reset();
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.name);
          break;
        case 0x12:
          c.bytes(this.provider);
          break;
        case 0x1a:
          c.bytes(this.model);
          break;
        case 0x20:
          this.weight = c.u32();
          break;
        case 0x28:
          this.cooling = c.u64() != 0;
          break;
        case 0x30:
          this.inFlight = c.u32();
          break;
        case 0x39:
          this.firstByteMs = c.f64();
          break;
        case 0x41:
          this.errorRate = c.f64();
          break;
        case 0x48:
          this.hasInputPrice = true;
          this.inputPrice = c.u64();
          break;
        case 0x50:
          this.hasOutputPrice = true;
          this.outputPrice = c.u64();
          break;
        case 0x58:
          this.contextTokens = c.u64();
          break;
        case 0x61:
          this.hasLoad = true;
          this.load = c.f64();
          break;
        case 0x6a:
          this.labels.note(c, tag, at);
          break;
        default:
          c.skip(tag, 0x3ffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (this.provider.length != 0) n += 1 + sizeBytes(this.provider.length);
    if (this.model.length != 0) n += 1 + sizeBytes(this.model.length);
    if (this.weight != 0) n += 1 + sizeU64(<u64>this.weight);
    if (this.cooling) n += 1 + 1;
    if (this.inFlight != 0) n += 1 + sizeU64(<u64>this.inFlight);
    if (reinterpret<u64>(this.firstByteMs) != 0) n += 1 + 8;
    if (reinterpret<u64>(this.errorRate) != 0) n += 1 + 8;
    if (this.hasInputPrice) n += 1 + sizeU64(<u64>this.inputPrice);
    if (this.hasOutputPrice) n += 1 + sizeU64(<u64>this.outputPrice);
    if (this.contextTokens != 0) n += 1 + sizeU64(<u64>this.contextTokens);
    if (this.hasLoad) n += 1 + 8;
    n += this.labels.size();
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.name.length != 0) {
      out.u64(0xa);
      out.bytes(this.name);
    }
    if (this.provider.length != 0) {
      out.u64(0x12);
      out.bytes(this.provider);
    }
    if (this.model.length != 0) {
      out.u64(0x1a);
      out.bytes(this.model);
    }
    if (this.weight != 0) {
      out.u64(0x20);
      out.u64(<u64>this.weight);
    }
    if (this.cooling) {
      out.u64(0x28);
      out.u64(<u64>this.cooling);
    }
    if (this.inFlight != 0) {
      out.u64(0x30);
      out.u64(<u64>this.inFlight);
    }
    if (reinterpret<u64>(this.firstByteMs) != 0) {
      out.u64(0x39);
      out.f64(this.firstByteMs);
    }
    if (reinterpret<u64>(this.errorRate) != 0) {
      out.u64(0x41);
      out.f64(this.errorRate);
    }
    if (this.hasInputPrice) {
      out.u64(0x48);
      out.u64(<u64>this.inputPrice);
    }
    if (this.hasOutputPrice) {
      out.u64(0x50);
      out.u64(<u64>this.outputPrice);
    }
    if (this.contextTokens != 0) {
      out.u64(0x58);
      out.u64(<u64>this.contextTokens);
    }
    if (this.hasLoad) {
      out.u64(0x61);
      out.f64(this.load);
    }
    this.labels.append(out);
  }
}

/** Features describe a prompt to hooks that do not see its text. */
export class Features {
  /** estimate */
  inputTokens: u64 = 0;
  messages: u32 = 0;
  images: bool = false;
  audio: bool = false;
  documents: bool = false;
  tools: bool = false;
  reasoning: bool = false;

  reset(): void {
    this.inputTokens = 0;
    this.messages = 0;
    this.images = false;
    this.audio = false;
    this.documents = false;
    this.tools = false;
    this.reasoning = false;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.inputTokens = c.u64();
          break;
        case 0x10:
          this.messages = c.u32();
          break;
        case 0x18:
          this.images = c.u64() != 0;
          break;
        case 0x20:
          this.audio = c.u64() != 0;
          break;
        case 0x28:
          this.documents = c.u64() != 0;
          break;
        case 0x30:
          this.tools = c.u64() != 0;
          break;
        case 0x38:
          this.reasoning = c.u64() != 0;
          break;
        default:
          c.skip(tag, 0xfe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.inputTokens != 0) n += 1 + sizeU64(<u64>this.inputTokens);
    if (this.messages != 0) n += 1 + sizeU64(<u64>this.messages);
    if (this.images) n += 1 + 1;
    if (this.audio) n += 1 + 1;
    if (this.documents) n += 1 + 1;
    if (this.tools) n += 1 + 1;
    if (this.reasoning) n += 1 + 1;
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.inputTokens != 0) {
      out.u64(0x8);
      out.u64(<u64>this.inputTokens);
    }
    if (this.messages != 0) {
      out.u64(0x10);
      out.u64(<u64>this.messages);
    }
    if (this.images) {
      out.u64(0x18);
      out.u64(<u64>this.images);
    }
    if (this.audio) {
      out.u64(0x20);
      out.u64(<u64>this.audio);
    }
    if (this.documents) {
      out.u64(0x28);
      out.u64(<u64>this.documents);
    }
    if (this.tools) {
      out.u64(0x30);
      out.u64(<u64>this.tools);
    }
    if (this.reasoning) {
      out.u64(0x38);
      out.u64(<u64>this.reasoning);
    }
  }
}

/** RouteCall is the frame of the route hook. */
export class RouteCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  /** in the order so far; at most 1024 elements */
  readonly deployments: Items<Deployment> = new Items<Deployment>();
  hasFeatures: bool = false;
  readonly features: Features = new Features();
  /** if the manifest asked for them; at most 65536 elements */
  readonly parts: Items<Part> = new Items<Part>();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.deployments.reset();
    this.hasFeatures = false;
    this.features.reset();
    this.parts.reset();
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x12:
          this.deployments.note(c, tag, at);
          break;
        case 0x1a:
          this.hasFeatures = true;
          c.bytes(scratch);
          if (!this.features.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x22:
          this.parts.note(c, tag, at);
          break;
        default:
          c.skip(tag, 0x1e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    n += this.deployments.size();
    if (this.hasFeatures) n += 1 + sizeBytes(this.features.size());
    n += this.parts.size();
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    this.deployments.append(out);
    if (this.hasFeatures) {
      out.u64(0x1a);
      out.u64(<u64>this.features.size());
      this.features.append(out);
    }
    this.parts.append(out);
  }
}

/** Target is the deployment that an attempt goes to. */
export class Target {
  deployment: Bytes = new Bytes();
  provider: Bytes = new Bytes();
  /** the provider's descriptor, e.g. "anthropic" */
  kind: Bytes = new Bytes();
  /** the upstream's own model name */
  model: Bytes = new Bytes();
  /** path part of the base URL, without trailing slash */
  basePath: Bytes = new Bytes();
  /** of the descriptor and the operator: region, project, API version; at most 64 elements */
  readonly settings: Items<Tag> = new Items<Tag>();

  reset(): void {
    this.deployment.length = 0;
    this.provider.length = 0;
    this.kind.length = 0;
    this.model.length = 0;
    this.basePath.length = 0;
    this.settings.reset();
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.deployment);
          break;
        case 0x12:
          c.bytes(this.provider);
          break;
        case 0x1a:
          c.bytes(this.kind);
          break;
        case 0x22:
          c.bytes(this.model);
          break;
        case 0x2a:
          c.bytes(this.basePath);
          break;
        case 0x32:
          this.settings.note(c, tag, at);
          break;
        default:
          c.skip(tag, 0x7e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.deployment.length != 0) n += 1 + sizeBytes(this.deployment.length);
    if (this.provider.length != 0) n += 1 + sizeBytes(this.provider.length);
    if (this.kind.length != 0) n += 1 + sizeBytes(this.kind.length);
    if (this.model.length != 0) n += 1 + sizeBytes(this.model.length);
    if (this.basePath.length != 0) n += 1 + sizeBytes(this.basePath.length);
    n += this.settings.size();
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.deployment.length != 0) {
      out.u64(0xa);
      out.bytes(this.deployment);
    }
    if (this.provider.length != 0) {
      out.u64(0x12);
      out.bytes(this.provider);
    }
    if (this.kind.length != 0) {
      out.u64(0x1a);
      out.bytes(this.kind);
    }
    if (this.model.length != 0) {
      out.u64(0x22);
      out.bytes(this.model);
    }
    if (this.basePath.length != 0) {
      out.u64(0x2a);
      out.bytes(this.basePath);
    }
    this.settings.append(out);
  }
}

/** UpstreamRequestCall is the frame of the upstream_request hook. */
export class UpstreamRequestCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  hasTarget: bool = false;
  readonly target: Target = new Target();
  /** at most 65536 elements */
  readonly parts: Items<Part> = new Items<Part>();
  hasParameters: bool = false;
  readonly parameters: Parameters = new Parameters();
  /** the client's document for operations that have no typed form */
  body: Bytes = new Bytes();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.hasTarget = false;
    this.target.reset();
    this.parts.reset();
    this.hasParameters = false;
    this.parameters.reset();
    this.body.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x12:
          this.hasTarget = true;
          c.bytes(scratch);
          if (!this.target.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x1a:
          this.parts.note(c, tag, at);
          break;
        case 0x22:
          this.hasParameters = true;
          c.bytes(scratch);
          if (!this.parameters.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x2a:
          c.bytes(this.body);
          break;
        default:
          c.skip(tag, 0x3e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    if (this.hasTarget) n += 1 + sizeBytes(this.target.size());
    n += this.parts.size();
    if (this.hasParameters) n += 1 + sizeBytes(this.parameters.size());
    if (this.body.length != 0) n += 1 + sizeBytes(this.body.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    if (this.hasTarget) {
      out.u64(0x12);
      out.u64(<u64>this.target.size());
      this.target.append(out);
    }
    this.parts.append(out);
    if (this.hasParameters) {
      out.u64(0x22);
      out.u64(<u64>this.parameters.size());
      this.parameters.append(out);
    }
    if (this.body.length != 0) {
      out.u64(0x2a);
      out.bytes(this.body);
    }
  }
}

/** Loss names something of the request that the provider has no place for. */
export class Loss {
  /** path in the client's request; at most 256 bytes */
  field: Bytes = new Bytes();
  /** a word in snake case, 64 bytes at most; at most 256 bytes */
  reason: Bytes = new Bytes();

  reset(): void {
    this.field.length = 0;
    this.reason.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.field);
          break;
        case 0x12:
          c.bytes(this.reason);
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.field.length != 0) n += 1 + sizeBytes(this.field.length);
    if (this.reason.length != 0) n += 1 + sizeBytes(this.reason.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.field.length != 0) {
      out.u64(0xa);
      out.bytes(this.field);
    }
    if (this.reason.length != 0) {
      out.u64(0x12);
      out.bytes(this.reason);
    }
  }
}

/** Fetch names a part that the provider takes as data alone and that the client
 * gave by URL. The host fetches it under the egress rules and calls the hook again,
 * with the part's data, and its media type in the part's name. */
export class Fetch {
  /** Part.id */
  part: u32 = 0;
  /** path in the client's request, for errors; at most 256 bytes */
  field: Bytes = new Bytes();

  reset(): void {
    this.part = 0;
    this.field.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.part = c.u32();
          break;
        case 0x12:
          c.bytes(this.field);
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.part != 0) n += 1 + sizeU64(<u64>this.part);
    if (this.field.length != 0) n += 1 + sizeBytes(this.field.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.part != 0) {
      out.u64(0x8);
      out.u64(<u64>this.part);
    }
    if (this.field.length != 0) {
      out.u64(0x12);
      out.bytes(this.field);
    }
  }
}

/** UpstreamRequestReply is the provider's request, without credentials. */
export class UpstreamRequestReply {
  /** POST, GET, PUT or DELETE; empty means POST; at most 16 bytes */
  method: Bytes = new Bytes();
  /** path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes */
  path: Bytes = new Bytes();
  /** neither credentials nor what belongs to the connection; at most 64 elements */
  readonly headers: Items<Header> = new Items<Header>();
  body: Bytes = new Bytes();
  /** at most 256 elements */
  readonly dropped: Items<Loss> = new Items<Loss>();
  hasError: bool = false;
  /** the request cannot be translated; the rest is ignored */
  readonly error: Error = new Error();
  hasState: bool = false;
  /** for the hooks that read the answer; at most 16384 bytes */
  state: Bytes = new Bytes();
  framing: Framing = 0;
  /** what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements */
  readonly fetch: Items<Fetch> = new Items<Fetch>();

  reset(): void {
    this.method.length = 0;
    this.path.length = 0;
    this.headers.reset();
    this.body.length = 0;
    this.dropped.reset();
    this.hasError = false;
    this.error.reset();
    this.hasState = false;
    this.state.length = 0;
    this.framing = 0;
    this.fetch.reset();
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.method);
          break;
        case 0x12:
          c.bytes(this.path);
          break;
        case 0x1a:
          this.headers.note(c, tag, at);
          break;
        case 0x22:
          c.bytes(this.body);
          break;
        case 0x2a:
          this.dropped.note(c, tag, at);
          break;
        case 0x32:
          this.hasError = true;
          c.bytes(scratch);
          if (!this.error.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x3a:
          this.hasState = true;
          c.bytes(this.state);
          break;
        case 0x40:
          this.framing = <Framing>c.u32();
          break;
        case 0x4a:
          this.fetch.note(c, tag, at);
          break;
        default:
          c.skip(tag, 0x3fe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.method.length != 0) n += 1 + sizeBytes(this.method.length);
    if (this.path.length != 0) n += 1 + sizeBytes(this.path.length);
    n += this.headers.size();
    if (this.body.length != 0) n += 1 + sizeBytes(this.body.length);
    n += this.dropped.size();
    if (this.hasError) n += 1 + sizeBytes(this.error.size());
    if (this.hasState) n += 1 + sizeBytes(this.state.length);
    if (this.framing != 0) n += 1 + sizeU64(<u64>this.framing);
    n += this.fetch.size();
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.method.length != 0) {
      out.u64(0xa);
      out.bytes(this.method);
    }
    if (this.path.length != 0) {
      out.u64(0x12);
      out.bytes(this.path);
    }
    this.headers.append(out);
    if (this.body.length != 0) {
      out.u64(0x22);
      out.bytes(this.body);
    }
    this.dropped.append(out);
    if (this.hasError) {
      out.u64(0x32);
      out.u64(<u64>this.error.size());
      this.error.append(out);
    }
    if (this.hasState) {
      out.u64(0x3a);
      out.bytes(this.state);
    }
    if (this.framing != 0) {
      out.u64(0x40);
      out.u64(<u64>this.framing);
    }
    this.fetch.append(out);
  }

  /** POST, GET, PUT or DELETE; empty means POST; at most 16 bytes */
  static putMethod(out: Out, v: Bytes): void {
    out.u64(0xa);
    out.bytes(v);
  }

  /** path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes */
  static putPath(out: Out, v: Bytes): void {
    out.u64(0x12);
    out.bytes(v);
  }

  /** neither credentials nor what belongs to the connection; at most 64 elements */
  static putHeaders(out: Out, v: Header): void {
    out.u64(0x1a);
    out.u64(<u64>v.size());
    v.append(out);
  }

  static putBody(out: Out, v: Bytes): void {
    out.u64(0x22);
    out.bytes(v);
  }

  /** at most 256 elements */
  static putDropped(out: Out, v: Loss): void {
    out.u64(0x2a);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** the request cannot be translated; the rest is ignored */
  static putError(out: Out, v: Error): void {
    out.u64(0x32);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** for the hooks that read the answer; at most 16384 bytes */
  static putState(out: Out, v: Bytes): void {
    out.u64(0x3a);
    out.bytes(v);
  }

  static putFraming(out: Out, v: Framing): void {
    out.u64(0x40);
    out.u64(<u64>v);
  }

  /** what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements */
  static putFetch(out: Out, v: Fetch): void {
    out.u64(0x4a);
    out.u64(<u64>v.size());
    v.append(out);
  }
}

/** UpstreamResponseCall is the frame of the upstream_response hook. */
export class UpstreamResponseCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  hasTarget: bool = false;
  readonly target: Target = new Target();
  status: u32 = 0;
  /** those that tell of the answer, no cookie; at most 256 elements */
  readonly headers: Items<Header> = new Items<Header>();
  body: Bytes = new Bytes();
  /** what upstream_request left */
  state: Bytes = new Bytes();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.hasTarget = false;
    this.target.reset();
    this.status = 0;
    this.headers.reset();
    this.body.length = 0;
    this.state.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x12:
          this.hasTarget = true;
          c.bytes(scratch);
          if (!this.target.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x18:
          this.status = c.u32();
          break;
        case 0x22:
          this.headers.note(c, tag, at);
          break;
        case 0x2a:
          c.bytes(this.body);
          break;
        case 0x32:
          c.bytes(this.state);
          break;
        default:
          c.skip(tag, 0x7e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    if (this.hasTarget) n += 1 + sizeBytes(this.target.size());
    if (this.status != 0) n += 1 + sizeU64(<u64>this.status);
    n += this.headers.size();
    if (this.body.length != 0) n += 1 + sizeBytes(this.body.length);
    if (this.state.length != 0) n += 1 + sizeBytes(this.state.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    if (this.hasTarget) {
      out.u64(0x12);
      out.u64(<u64>this.target.size());
      this.target.append(out);
    }
    if (this.status != 0) {
      out.u64(0x18);
      out.u64(<u64>this.status);
    }
    this.headers.append(out);
    if (this.body.length != 0) {
      out.u64(0x2a);
      out.bytes(this.body);
    }
    if (this.state.length != 0) {
      out.u64(0x32);
      out.bytes(this.state);
    }
  }
}

/** Choice is how one choice of an answer finished. */
export class Choice {
  index: u32 = 0;
  finish: Finish = 0;
  /** the stop sequence that ended it; at most 4096 bytes */
  stop: Bytes = new Bytes();

  reset(): void {
    this.index = 0;
    this.finish = 0;
    this.stop.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.index = c.u32();
          break;
        case 0x10:
          this.finish = <Finish>c.u32();
          break;
        case 0x1a:
          c.bytes(this.stop);
          break;
        default:
          c.skip(tag, 0xe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.index != 0) n += 1 + sizeU64(<u64>this.index);
    if (this.finish != 0) n += 1 + sizeU64(<u64>this.finish);
    if (this.stop.length != 0) n += 1 + sizeBytes(this.stop.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.index != 0) {
      out.u64(0x8);
      out.u64(<u64>this.index);
    }
    if (this.finish != 0) {
      out.u64(0x10);
      out.u64(<u64>this.finish);
    }
    if (this.stop.length != 0) {
      out.u64(0x1a);
      out.bytes(this.stop);
    }
  }
}

/** UpstreamResponseReply is an answer in our form. */
export class UpstreamResponseReply {
  /** at most 65536 elements */
  readonly parts: Items<Part> = new Items<Part>();
  /** at most 128 elements */
  readonly choices: Items<Choice> = new Items<Choice>();
  hasUsage: bool = false;
  readonly usage: Usage = new Usage();
  /** the model that the provider says it used; at most 256 bytes */
  model: Bytes = new Bytes();
  /** the provider's id of the answer; at most 256 bytes */
  id: Bytes = new Bytes();
  hasError: bool = false;
  /** the provider refused; the rest but usage is ignored */
  readonly error: Error = new Error();
  /** the client's document for operations that have no typed form */
  body: Bytes = new Bytes();

  reset(): void {
    this.parts.reset();
    this.choices.reset();
    this.hasUsage = false;
    this.usage.reset();
    this.model.length = 0;
    this.id.length = 0;
    this.hasError = false;
    this.error.reset();
    this.body.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.parts.note(c, tag, at);
          break;
        case 0x12:
          this.choices.note(c, tag, at);
          break;
        case 0x1a:
          this.hasUsage = true;
          c.bytes(scratch);
          if (!this.usage.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x22:
          c.bytes(this.model);
          break;
        case 0x2a:
          c.bytes(this.id);
          break;
        case 0x32:
          this.hasError = true;
          c.bytes(scratch);
          if (!this.error.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x3a:
          c.bytes(this.body);
          break;
        default:
          c.skip(tag, 0xfe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    n += this.parts.size();
    n += this.choices.size();
    if (this.hasUsage) n += 1 + sizeBytes(this.usage.size());
    if (this.model.length != 0) n += 1 + sizeBytes(this.model.length);
    if (this.id.length != 0) n += 1 + sizeBytes(this.id.length);
    if (this.hasError) n += 1 + sizeBytes(this.error.size());
    if (this.body.length != 0) n += 1 + sizeBytes(this.body.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    this.parts.append(out);
    this.choices.append(out);
    if (this.hasUsage) {
      out.u64(0x1a);
      out.u64(<u64>this.usage.size());
      this.usage.append(out);
    }
    if (this.model.length != 0) {
      out.u64(0x22);
      out.bytes(this.model);
    }
    if (this.id.length != 0) {
      out.u64(0x2a);
      out.bytes(this.id);
    }
    if (this.hasError) {
      out.u64(0x32);
      out.u64(<u64>this.error.size());
      this.error.append(out);
    }
    if (this.body.length != 0) {
      out.u64(0x3a);
      out.bytes(this.body);
    }
  }

  /** at most 65536 elements */
  static putParts(out: Out, v: Part): void {
    out.u64(0xa);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** at most 128 elements */
  static putChoices(out: Out, v: Choice): void {
    out.u64(0x12);
    out.u64(<u64>v.size());
    v.append(out);
  }

  static putUsage(out: Out, v: Usage): void {
    out.u64(0x1a);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** the model that the provider says it used; at most 256 bytes */
  static putModel(out: Out, v: Bytes): void {
    out.u64(0x22);
    out.bytes(v);
  }

  /** the provider's id of the answer; at most 256 bytes */
  static putId(out: Out, v: Bytes): void {
    out.u64(0x2a);
    out.bytes(v);
  }

  /** the provider refused; the rest but usage is ignored */
  static putError(out: Out, v: Error): void {
    out.u64(0x32);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** the client's document for operations that have no typed form */
  static putBody(out: Out, v: Bytes): void {
    out.u64(0x3a);
    out.bytes(v);
  }
}

/** UpstreamEventCall is the frame of the upstream_event hook. */
export class UpstreamEventCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  hasTarget: bool = false;
  readonly target: Target = new Target();
  /** the event's name, where the framing has one */
  name: Bytes = new Bytes();
  /** its payload; whole */
  data: Bytes = new Bytes();
  /** the stream is over; name and data are empty */
  final: bool = false;
  state: Bytes = new Bytes();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.hasTarget = false;
    this.target.reset();
    this.name.length = 0;
    this.data.length = 0;
    this.final = false;
    this.state.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x12:
          this.hasTarget = true;
          c.bytes(scratch);
          if (!this.target.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x1a:
          c.bytes(this.name);
          break;
        case 0x22:
          c.bytes(this.data);
          break;
        case 0x28:
          this.final = c.u64() != 0;
          break;
        case 0x32:
          c.bytes(this.state);
          break;
        default:
          c.skip(tag, 0x7e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    if (this.hasTarget) n += 1 + sizeBytes(this.target.size());
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (this.data.length != 0) n += 1 + sizeBytes(this.data.length);
    if (this.final) n += 1 + 1;
    if (this.state.length != 0) n += 1 + sizeBytes(this.state.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    if (this.hasTarget) {
      out.u64(0x12);
      out.u64(<u64>this.target.size());
      this.target.append(out);
    }
    if (this.name.length != 0) {
      out.u64(0x1a);
      out.bytes(this.name);
    }
    if (this.data.length != 0) {
      out.u64(0x22);
      out.bytes(this.data);
    }
    if (this.final) {
      out.u64(0x28);
      out.u64(<u64>this.final);
    }
    if (this.state.length != 0) {
      out.u64(0x32);
      out.bytes(this.state);
    }
  }
}

/** Event is one piece of a stream in the typed middle form. */
export class Event {
  kind: EventKind = 0;
  block: u32 = 0;
  choice: u32 = 0;
  hasPart: bool = false;
  /** for open, delta and close; text is what is new */
  readonly part: Part = new Part();
  /** for finish */
  finish: Finish = 0;
  hasUsage: bool = false;
  /** for usage */
  readonly usage: Usage = new Usage();
  hasError: bool = false;
  /** for error */
  readonly error: Error = new Error();
  /** for raw */
  raw: Bytes = new Bytes();
  /** where the event names it; at most 256 bytes */
  model: Bytes = new Bytes();
  /** where the event names the answer's id; at most 256 bytes */
  id: Bytes = new Bytes();
  /** for finish: the stop sequence that ended it; at most 4096 bytes */
  stop: Bytes = new Bytes();

  reset(): void {
    this.kind = 0;
    this.block = 0;
    this.choice = 0;
    this.hasPart = false;
    this.part.reset();
    this.finish = 0;
    this.hasUsage = false;
    this.usage.reset();
    this.hasError = false;
    this.error.reset();
    this.raw.length = 0;
    this.model.length = 0;
    this.id.length = 0;
    this.stop.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.kind = <EventKind>c.u32();
          break;
        case 0x10:
          this.block = c.u32();
          break;
        case 0x18:
          this.choice = c.u32();
          break;
        case 0x22:
          this.hasPart = true;
          c.bytes(scratch);
          if (!this.part.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x28:
          this.finish = <Finish>c.u32();
          break;
        case 0x32:
          this.hasUsage = true;
          c.bytes(scratch);
          if (!this.usage.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x3a:
          this.hasError = true;
          c.bytes(scratch);
          if (!this.error.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x42:
          c.bytes(this.raw);
          break;
        case 0x4a:
          c.bytes(this.model);
          break;
        case 0x52:
          c.bytes(this.id);
          break;
        case 0x5a:
          c.bytes(this.stop);
          break;
        default:
          c.skip(tag, 0xffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.kind != 0) n += 1 + sizeU64(<u64>this.kind);
    if (this.block != 0) n += 1 + sizeU64(<u64>this.block);
    if (this.choice != 0) n += 1 + sizeU64(<u64>this.choice);
    if (this.hasPart) n += 1 + sizeBytes(this.part.size());
    if (this.finish != 0) n += 1 + sizeU64(<u64>this.finish);
    if (this.hasUsage) n += 1 + sizeBytes(this.usage.size());
    if (this.hasError) n += 1 + sizeBytes(this.error.size());
    if (this.raw.length != 0) n += 1 + sizeBytes(this.raw.length);
    if (this.model.length != 0) n += 1 + sizeBytes(this.model.length);
    if (this.id.length != 0) n += 1 + sizeBytes(this.id.length);
    if (this.stop.length != 0) n += 1 + sizeBytes(this.stop.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.kind != 0) {
      out.u64(0x8);
      out.u64(<u64>this.kind);
    }
    if (this.block != 0) {
      out.u64(0x10);
      out.u64(<u64>this.block);
    }
    if (this.choice != 0) {
      out.u64(0x18);
      out.u64(<u64>this.choice);
    }
    if (this.hasPart) {
      out.u64(0x22);
      out.u64(<u64>this.part.size());
      this.part.append(out);
    }
    if (this.finish != 0) {
      out.u64(0x28);
      out.u64(<u64>this.finish);
    }
    if (this.hasUsage) {
      out.u64(0x32);
      out.u64(<u64>this.usage.size());
      this.usage.append(out);
    }
    if (this.hasError) {
      out.u64(0x3a);
      out.u64(<u64>this.error.size());
      this.error.append(out);
    }
    if (this.raw.length != 0) {
      out.u64(0x42);
      out.bytes(this.raw);
    }
    if (this.model.length != 0) {
      out.u64(0x4a);
      out.bytes(this.model);
    }
    if (this.id.length != 0) {
      out.u64(0x52);
      out.bytes(this.id);
    }
    if (this.stop.length != 0) {
      out.u64(0x5a);
      out.bytes(this.stop);
    }
  }
}

/** UpstreamEventReply is what one event of the provider means: none, one or more
 * events of ours. */
export class UpstreamEventReply {
  /** at most 1024 elements */
  readonly events: Items<Event> = new Items<Event>();
  hasState: bool = false;
  /** at most 16384 bytes */
  state: Bytes = new Bytes();

  reset(): void {
    this.events.reset();
    this.hasState = false;
    this.state.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.events.note(c, tag, at);
          break;
        case 0x12:
          this.hasState = true;
          c.bytes(this.state);
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    n += this.events.size();
    if (this.hasState) n += 1 + sizeBytes(this.state.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    this.events.append(out);
    if (this.hasState) {
      out.u64(0x12);
      out.bytes(this.state);
    }
  }

  /** at most 1024 elements */
  static putEvents(out: Out, v: Event): void {
    out.u64(0xa);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** at most 16384 bytes */
  static putState(out: Out, v: Bytes): void {
    out.u64(0x12);
    out.bytes(v);
  }
}

/** AnswerCall is the frame of the answer hook. */
export class AnswerCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  /** of the kinds that the manifest asked for; at most 65536 elements */
  readonly parts: Items<Part> = new Items<Part>();
  /** at most 128 elements */
  readonly choices: Items<Choice> = new Items<Choice>();
  hasUsage: bool = false;
  readonly usage: Usage = new Usage();
  /** Reply.retry is possible */
  mayRetry: bool = false;
  state: Bytes = new Bytes();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.parts.reset();
    this.choices.reset();
    this.hasUsage = false;
    this.usage.reset();
    this.mayRetry = false;
    this.state.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x12:
          this.parts.note(c, tag, at);
          break;
        case 0x1a:
          this.choices.note(c, tag, at);
          break;
        case 0x22:
          this.hasUsage = true;
          c.bytes(scratch);
          if (!this.usage.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x28:
          this.mayRetry = c.u64() != 0;
          break;
        case 0x32:
          c.bytes(this.state);
          break;
        default:
          c.skip(tag, 0x7e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    n += this.parts.size();
    n += this.choices.size();
    if (this.hasUsage) n += 1 + sizeBytes(this.usage.size());
    if (this.mayRetry) n += 1 + 1;
    if (this.state.length != 0) n += 1 + sizeBytes(this.state.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    this.parts.append(out);
    this.choices.append(out);
    if (this.hasUsage) {
      out.u64(0x22);
      out.u64(<u64>this.usage.size());
      this.usage.append(out);
    }
    if (this.mayRetry) {
      out.u64(0x28);
      out.u64(<u64>this.mayRetry);
    }
    if (this.state.length != 0) {
      out.u64(0x32);
      out.bytes(this.state);
    }
  }
}

/** WindowCall is the frame of the window hook: the text of one block of a stream
 * that is not released yet. */
export class WindowCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  choice: u32 = 0;
  block: u32 = 0;
  kind: Kind = 0;
  /** released already, UTF-8: the last 64 bytes or more, where there are as many */
  context: Bytes = new Bytes();
  /** held, UTF-8; Edit offsets count from its start and Edit.part is 0 */
  text: Bytes = new Bytes();
  /** no more text follows in this block */
  final: bool = false;
  /** of a tool call, which always comes whole */
  name: Bytes = new Bytes();
  /** likewise */
  callId: Bytes = new Bytes();
  /** bytes of the block released so far, context included */
  released: u64 = 0;
  /** what this hook last left for this block */
  state: Bytes = new Bytes();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.choice = 0;
    this.block = 0;
    this.kind = 0;
    this.context.length = 0;
    this.text.length = 0;
    this.final = false;
    this.name.length = 0;
    this.callId.length = 0;
    this.released = 0;
    this.state.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x10:
          this.choice = c.u32();
          break;
        case 0x18:
          this.block = c.u32();
          break;
        case 0x20:
          this.kind = <Kind>c.u32();
          break;
        case 0x2a:
          c.bytes(this.context);
          break;
        case 0x32:
          c.bytes(this.text);
          break;
        case 0x38:
          this.final = c.u64() != 0;
          break;
        case 0x42:
          c.bytes(this.name);
          break;
        case 0x4a:
          c.bytes(this.callId);
          break;
        case 0x50:
          this.released = c.u64();
          break;
        case 0x5a:
          c.bytes(this.state);
          break;
        default:
          c.skip(tag, 0xffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    if (this.choice != 0) n += 1 + sizeU64(<u64>this.choice);
    if (this.block != 0) n += 1 + sizeU64(<u64>this.block);
    if (this.kind != 0) n += 1 + sizeU64(<u64>this.kind);
    if (this.context.length != 0) n += 1 + sizeBytes(this.context.length);
    if (this.text.length != 0) n += 1 + sizeBytes(this.text.length);
    if (this.final) n += 1 + 1;
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (this.callId.length != 0) n += 1 + sizeBytes(this.callId.length);
    if (this.released != 0) n += 1 + sizeU64(<u64>this.released);
    if (this.state.length != 0) n += 1 + sizeBytes(this.state.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    if (this.choice != 0) {
      out.u64(0x10);
      out.u64(<u64>this.choice);
    }
    if (this.block != 0) {
      out.u64(0x18);
      out.u64(<u64>this.block);
    }
    if (this.kind != 0) {
      out.u64(0x20);
      out.u64(<u64>this.kind);
    }
    if (this.context.length != 0) {
      out.u64(0x2a);
      out.bytes(this.context);
    }
    if (this.text.length != 0) {
      out.u64(0x32);
      out.bytes(this.text);
    }
    if (this.final) {
      out.u64(0x38);
      out.u64(<u64>this.final);
    }
    if (this.name.length != 0) {
      out.u64(0x42);
      out.bytes(this.name);
    }
    if (this.callId.length != 0) {
      out.u64(0x4a);
      out.bytes(this.callId);
    }
    if (this.released != 0) {
      out.u64(0x50);
      out.u64(<u64>this.released);
    }
    if (this.state.length != 0) {
      out.u64(0x5a);
      out.bytes(this.state);
    }
  }
}

/** Verdict is one judgement that was acted on. */
export class Verdict {
  instance: Bytes = new Bytes();
  /** "block", "edit", "flag", … */
  verdict: Bytes = new Bytes();

  reset(): void {
    this.instance.length = 0;
    this.verdict.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.instance);
          break;
        case 0x12:
          c.bytes(this.verdict);
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.instance.length != 0) n += 1 + sizeBytes(this.instance.length);
    if (this.verdict.length != 0) n += 1 + sizeBytes(this.verdict.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.instance.length != 0) {
      out.u64(0xa);
      out.bytes(this.instance);
    }
    if (this.verdict.length != 0) {
      out.u64(0x12);
      out.bytes(this.verdict);
    }
  }
}

/** CompleteCall is the frame of the complete hook. */
export class CompleteCall {
  hasExchange: bool = false;
  readonly exchange: Exchange = new Exchange();
  end: End = 0;
  /** HTTP status sent, 499 if the client left before one was */
  status: u32 = 0;
  errorCode: Bytes = new Bytes();
  hasUsage: bool = false;
  readonly usage: Usage = new Usage();
  hasCost: bool = false;
  /** 10⁻¹² USD; absent when the price is unknown */
  cost: u64 = 0;
  durationNs: u64 = 0;
  /** 0 when none was sent */
  firstByteNs: u64 = 0;
  attempts: u32 = 0;
  deployment: Bytes = new Bytes();
  provider: Bytes = new Bytes();
  /** the upstream's */
  model: Bytes = new Bytes();
  bytesIn: u64 = 0;
  bytesOut: u64 = 0;
  /** at most 1024 elements */
  readonly verdicts: Items<Verdict> = new Items<Verdict>();
  /** if payload was granted; at most 65536 elements */
  readonly prompt: Items<Part> = new Items<Part>();
  /** likewise; at most 65536 elements */
  readonly answer: Items<Part> = new Items<Part>();

  reset(): void {
    this.hasExchange = false;
    this.exchange.reset();
    this.end = 0;
    this.status = 0;
    this.errorCode.length = 0;
    this.hasUsage = false;
    this.usage.reset();
    this.hasCost = false;
    this.cost = 0;
    this.durationNs = 0;
    this.firstByteNs = 0;
    this.attempts = 0;
    this.deployment.length = 0;
    this.provider.length = 0;
    this.model.length = 0;
    this.bytesIn = 0;
    this.bytesOut = 0;
    this.verdicts.reset();
    this.prompt.reset();
    this.answer.reset();
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasExchange = true;
          c.bytes(scratch);
          if (!this.exchange.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x10:
          this.end = <End>c.u32();
          break;
        case 0x18:
          this.status = c.u32();
          break;
        case 0x22:
          c.bytes(this.errorCode);
          break;
        case 0x2a:
          this.hasUsage = true;
          c.bytes(scratch);
          if (!this.usage.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x30:
          this.hasCost = true;
          this.cost = c.u64();
          break;
        case 0x38:
          this.durationNs = c.u64();
          break;
        case 0x40:
          this.firstByteNs = c.u64();
          break;
        case 0x48:
          this.attempts = c.u32();
          break;
        case 0x52:
          c.bytes(this.deployment);
          break;
        case 0x5a:
          c.bytes(this.provider);
          break;
        case 0x62:
          c.bytes(this.model);
          break;
        case 0x68:
          this.bytesIn = c.u64();
          break;
        case 0x70:
          this.bytesOut = c.u64();
          break;
        case 0x7a:
          this.verdicts.note(c, tag, at);
          break;
        case 0x82:
          this.prompt.note(c, tag, at);
          break;
        case 0x8a:
          this.answer.note(c, tag, at);
          break;
        default:
          c.skip(tag, 0x3fffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasExchange) n += 1 + sizeBytes(this.exchange.size());
    if (this.end != 0) n += 1 + sizeU64(<u64>this.end);
    if (this.status != 0) n += 1 + sizeU64(<u64>this.status);
    if (this.errorCode.length != 0) n += 1 + sizeBytes(this.errorCode.length);
    if (this.hasUsage) n += 1 + sizeBytes(this.usage.size());
    if (this.hasCost) n += 1 + sizeU64(<u64>this.cost);
    if (this.durationNs != 0) n += 1 + sizeU64(<u64>this.durationNs);
    if (this.firstByteNs != 0) n += 1 + sizeU64(<u64>this.firstByteNs);
    if (this.attempts != 0) n += 1 + sizeU64(<u64>this.attempts);
    if (this.deployment.length != 0) n += 1 + sizeBytes(this.deployment.length);
    if (this.provider.length != 0) n += 1 + sizeBytes(this.provider.length);
    if (this.model.length != 0) n += 1 + sizeBytes(this.model.length);
    if (this.bytesIn != 0) n += 1 + sizeU64(<u64>this.bytesIn);
    if (this.bytesOut != 0) n += 1 + sizeU64(<u64>this.bytesOut);
    n += this.verdicts.size();
    n += this.prompt.size();
    n += this.answer.size();
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasExchange) {
      out.u64(0xa);
      out.u64(<u64>this.exchange.size());
      this.exchange.append(out);
    }
    if (this.end != 0) {
      out.u64(0x10);
      out.u64(<u64>this.end);
    }
    if (this.status != 0) {
      out.u64(0x18);
      out.u64(<u64>this.status);
    }
    if (this.errorCode.length != 0) {
      out.u64(0x22);
      out.bytes(this.errorCode);
    }
    if (this.hasUsage) {
      out.u64(0x2a);
      out.u64(<u64>this.usage.size());
      this.usage.append(out);
    }
    if (this.hasCost) {
      out.u64(0x30);
      out.u64(<u64>this.cost);
    }
    if (this.durationNs != 0) {
      out.u64(0x38);
      out.u64(<u64>this.durationNs);
    }
    if (this.firstByteNs != 0) {
      out.u64(0x40);
      out.u64(<u64>this.firstByteNs);
    }
    if (this.attempts != 0) {
      out.u64(0x48);
      out.u64(<u64>this.attempts);
    }
    if (this.deployment.length != 0) {
      out.u64(0x52);
      out.bytes(this.deployment);
    }
    if (this.provider.length != 0) {
      out.u64(0x5a);
      out.bytes(this.provider);
    }
    if (this.model.length != 0) {
      out.u64(0x62);
      out.bytes(this.model);
    }
    if (this.bytesIn != 0) {
      out.u64(0x68);
      out.u64(<u64>this.bytesIn);
    }
    if (this.bytesOut != 0) {
      out.u64(0x70);
      out.u64(<u64>this.bytesOut);
    }
    this.verdicts.append(out);
    this.prompt.append(out);
    this.answer.append(out);
  }
}

/** Block ends the exchange with an error for the client. */
export class Block {
  /** 400 to 599; 0 means 400 */
  status: u32 = 0;
  /** reason for machines; at most 64 bytes */
  code: Bytes = new Bytes();
  /** for the client; control characters become blanks; at most 1024 bytes */
  message: Bytes = new Bytes();

  reset(): void {
    this.status = 0;
    this.code.length = 0;
    this.message.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.status = c.u32();
          break;
        case 0x12:
          c.bytes(this.code);
          break;
        case 0x1a:
          c.bytes(this.message);
          break;
        default:
          c.skip(tag, 0xe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.status != 0) n += 1 + sizeU64(<u64>this.status);
    if (this.code.length != 0) n += 1 + sizeBytes(this.code.length);
    if (this.message.length != 0) n += 1 + sizeBytes(this.message.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.status != 0) {
      out.u64(0x8);
      out.u64(<u64>this.status);
    }
    if (this.code.length != 0) {
      out.u64(0x12);
      out.bytes(this.code);
    }
    if (this.message.length != 0) {
      out.u64(0x1a);
      out.bytes(this.message);
    }
  }
}

/** Respond ends the exchange with an answer of the plugin's own. */
export class Respond {
  /** 200 to 599; 0 means 200 */
  status: u32 = 0;
  /** at most 256 bytes */
  contentType: Bytes = new Bytes();
  body: Bytes = new Bytes();

  reset(): void {
    this.status = 0;
    this.contentType.length = 0;
    this.body.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.status = c.u32();
          break;
        case 0x12:
          c.bytes(this.contentType);
          break;
        case 0x1a:
          c.bytes(this.body);
          break;
        default:
          c.skip(tag, 0xe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.status != 0) n += 1 + sizeU64(<u64>this.status);
    if (this.contentType.length != 0) n += 1 + sizeBytes(this.contentType.length);
    if (this.body.length != 0) n += 1 + sizeBytes(this.body.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.status != 0) {
      out.u64(0x8);
      out.u64(<u64>this.status);
    }
    if (this.contentType.length != 0) {
      out.u64(0x12);
      out.bytes(this.contentType);
    }
    if (this.body.length != 0) {
      out.u64(0x1a);
      out.bytes(this.body);
    }
  }
}

/** Edit replaces the bytes [start, end) of a part's text. Offsets are in bytes of
 * the text that this hook was given and lie on rune boundaries. */
export class Edit {
  /** Part.id */
  part: u32 = 0;
  start: u32 = 0;
  end: u32 = 0;
  /** the new bytes, UTF-8 */
  text: Bytes = new Bytes();
  /** redact: the host writes a placeholder such as [EMAIL]; text is empty. A-Z, 0-9, _; at most 32 bytes */
  label: Bytes = new Bytes();

  reset(): void {
    this.part = 0;
    this.start = 0;
    this.end = 0;
    this.text.length = 0;
    this.label.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.part = c.u32();
          break;
        case 0x10:
          this.start = c.u32();
          break;
        case 0x18:
          this.end = c.u32();
          break;
        case 0x22:
          c.bytes(this.text);
          break;
        case 0x2a:
          c.bytes(this.label);
          break;
        default:
          c.skip(tag, 0x3e);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.part != 0) n += 1 + sizeU64(<u64>this.part);
    if (this.start != 0) n += 1 + sizeU64(<u64>this.start);
    if (this.end != 0) n += 1 + sizeU64(<u64>this.end);
    if (this.text.length != 0) n += 1 + sizeBytes(this.text.length);
    if (this.label.length != 0) n += 1 + sizeBytes(this.label.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.part != 0) {
      out.u64(0x8);
      out.u64(<u64>this.part);
    }
    if (this.start != 0) {
      out.u64(0x10);
      out.u64(<u64>this.start);
    }
    if (this.end != 0) {
      out.u64(0x18);
      out.u64(<u64>this.end);
    }
    if (this.text.length != 0) {
      out.u64(0x22);
      out.bytes(this.text);
    }
    if (this.label.length != 0) {
      out.u64(0x2a);
      out.bytes(this.label);
    }
  }
}

/** NewPart adds a text to the prompt. */
export class NewPart {
  /** index of the message to stand before; PromptCall.messages appends */
  at: u32 = 0;
  role: Role = 0;
  /** UTF-8 */
  text: Bytes = new Bytes();

  reset(): void {
    this.at = 0;
    this.role = 0;
    this.text.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0x8:
          this.at = c.u32();
          break;
        case 0x10:
          this.role = <Role>c.u32();
          break;
        case 0x1a:
          c.bytes(this.text);
          break;
        default:
          c.skip(tag, 0xe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.at != 0) n += 1 + sizeU64(<u64>this.at);
    if (this.role != 0) n += 1 + sizeU64(<u64>this.role);
    if (this.text.length != 0) n += 1 + sizeBytes(this.text.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.at != 0) {
      out.u64(0x8);
      out.u64(<u64>this.at);
    }
    if (this.role != 0) {
      out.u64(0x10);
      out.u64(<u64>this.role);
    }
    if (this.text.length != 0) {
      out.u64(0x1a);
      out.bytes(this.text);
    }
  }
}

/** Flag is a judgement that changes nothing by itself. */
export class Flag {
  /** at most 64 bytes */
  name: Bytes = new Bytes();
  /** finite */
  score: f64 = 0;

  reset(): void {
    this.name.length = 0;
    this.score = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          c.bytes(this.name);
          break;
        case 0x11:
          this.score = c.f64();
          break;
        default:
          c.skip(tag, 0x6);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.name.length != 0) n += 1 + sizeBytes(this.name.length);
    if (reinterpret<u64>(this.score) != 0) n += 1 + 8;
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.name.length != 0) {
      out.u64(0xa);
      out.bytes(this.name);
    }
    if (reinterpret<u64>(this.score) != 0) {
      out.u64(0x11);
      out.f64(this.score);
    }
  }
}

/** Reply holds the verdicts of one hook. An empty one is "allow, unchanged".
 * What a hook may answer depends on its phase; anything else is a bad reply. */
export class Reply {
  hasBlock: bool = false;
  readonly block: Block = new Block();
  hasRespond: bool = false;
  readonly respond: Respond = new Respond();
  /** by part, then by start; disjoint; at most 4096 elements */
  readonly edits: Items<Edit> = new Items<Edit>();
  /** append; stage shape only; at most 256 elements */
  readonly newParts: Items<NewPart> = new Items<NewPart>();
  /** at most 64 elements */
  readonly flags: Items<Flag> = new Items<Flag>();
  /** at most 64 elements */
  readonly tags: Items<Tag> = new Items<Tag>();
  /** name of another route; at most 256 bytes */
  route: Bytes = new Bytes();
  /** new path, receive only; at most 8192 bytes */
  path: Bytes = new Bytes();
  /** indices into RouteCall.deployments; those not named are left out; at most 1024 elements */
  readonly order: Bytes = new Bytes(); // packed varints
  /** window only: bytes at the end of the text that could still become a match */
  hold: u32 = 0;
  /** feedback to the model for one more try, answer only; at most 4096 bytes */
  retry: Bytes = new Bytes();
  hasState: bool = false;
  /** kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes */
  state: Bytes = new Bytes();

  reset(): void {
    this.hasBlock = false;
    this.block.reset();
    this.hasRespond = false;
    this.respond.reset();
    this.edits.reset();
    this.newParts.reset();
    this.flags.reset();
    this.tags.reset();
    this.route.length = 0;
    this.path.length = 0;
    this.order.length = 0;
    this.hold = 0;
    this.retry.length = 0;
    this.hasState = false;
    this.state.length = 0;
  }

  /** Reads a message, which then points into the frame. False means a bad frame. */
  decode(ptr: usize, length: i32): bool {
    this.reset();
    return this.merge(ptr, length);
  }

  merge(ptr: usize, length: i32): bool {
    const c = this.cursor;
    c.start(ptr, ptr + <usize>length);
    while (c.at < c.end) {
      const at = c.at;
      const tag = c.u64();
      switch (<i32>tag) {
        case 0xa:
          this.hasBlock = true;
          c.bytes(scratch);
          if (!this.block.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x12:
          this.hasRespond = true;
          c.bytes(scratch);
          if (!this.respond.merge(scratch.ptr, scratch.length)) return false;
          break;
        case 0x1a:
          this.edits.note(c, tag, at);
          break;
        case 0x22:
          this.newParts.note(c, tag, at);
          break;
        case 0x2a:
          this.flags.note(c, tag, at);
          break;
        case 0x32:
          this.tags.note(c, tag, at);
          break;
        case 0x3a:
          c.bytes(this.route);
          break;
        case 0x42:
          c.bytes(this.path);
          break;
        case 0x4a:
          c.bytes(this.order);
          break;
        case 0x50:
          this.hold = c.u32();
          break;
        case 0x5a:
          c.bytes(this.retry);
          break;
        case 0x62:
          this.hasState = true;
          c.bytes(this.state);
          break;
        default:
          c.skip(tag, 0x1ffe);
      }
    }
    return !c.bad;
  }

  private readonly cursor: Cursor = new Cursor();

  /** Returns the number of bytes that append appends. */
  size(): i32 {
    let n = 0;
    if (this.hasBlock) n += 1 + sizeBytes(this.block.size());
    if (this.hasRespond) n += 1 + sizeBytes(this.respond.size());
    n += this.edits.size();
    n += this.newParts.size();
    n += this.flags.size();
    n += this.tags.size();
    if (this.route.length != 0) n += 1 + sizeBytes(this.route.length);
    if (this.path.length != 0) n += 1 + sizeBytes(this.path.length);
    if (this.order.length != 0) n += 1 + sizeBytes(this.order.length);
    if (this.hold != 0) n += 1 + sizeU64(<u64>this.hold);
    if (this.retry.length != 0) n += 1 + sizeBytes(this.retry.length);
    if (this.hasState) n += 1 + sizeBytes(this.state.length);
    return n;
  }

  /** Appends the message to out. */
  append(out: Out): void {
    if (this.hasBlock) {
      out.u64(0xa);
      out.u64(<u64>this.block.size());
      this.block.append(out);
    }
    if (this.hasRespond) {
      out.u64(0x12);
      out.u64(<u64>this.respond.size());
      this.respond.append(out);
    }
    this.edits.append(out);
    this.newParts.append(out);
    this.flags.append(out);
    this.tags.append(out);
    if (this.route.length != 0) {
      out.u64(0x3a);
      out.bytes(this.route);
    }
    if (this.path.length != 0) {
      out.u64(0x42);
      out.bytes(this.path);
    }
    if (this.order.length != 0) {
      out.u64(0x4a);
      out.bytes(this.order);
    }
    if (this.hold != 0) {
      out.u64(0x50);
      out.u64(<u64>this.hold);
    }
    if (this.retry.length != 0) {
      out.u64(0x5a);
      out.bytes(this.retry);
    }
    if (this.hasState) {
      out.u64(0x62);
      out.bytes(this.state);
    }
  }

  static putBlock(out: Out, v: Block): void {
    out.u64(0xa);
    out.u64(<u64>v.size());
    v.append(out);
  }

  static putRespond(out: Out, v: Respond): void {
    out.u64(0x12);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** by part, then by start; disjoint; at most 4096 elements */
  static putEdits(out: Out, v: Edit): void {
    out.u64(0x1a);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** append; stage shape only; at most 256 elements */
  static putNewParts(out: Out, v: NewPart): void {
    out.u64(0x22);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** at most 64 elements */
  static putFlags(out: Out, v: Flag): void {
    out.u64(0x2a);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** at most 64 elements */
  static putTags(out: Out, v: Tag): void {
    out.u64(0x32);
    out.u64(<u64>v.size());
    v.append(out);
  }

  /** name of another route; at most 256 bytes */
  static putRoute(out: Out, v: Bytes): void {
    out.u64(0x3a);
    out.bytes(v);
  }

  /** new path, receive only; at most 8192 bytes */
  static putPath(out: Out, v: Bytes): void {
    out.u64(0x42);
    out.bytes(v);
  }

  /** indices into RouteCall.deployments; those not named are left out; at most 1024 elements */
  static putOrder(out: Out, v: StaticArray<u32>, length: i32): void {
    let n = 0;
    for (let i = 0; i < length; i++) n += sizeU64(<u64>v[i]);
    out.u64(0x4a);
    out.u64(<u64>n);
    for (let i = 0; i < length; i++) out.u64(<u64>v[i]);
  }

  /** window only: bytes at the end of the text that could still become a match */
  static putHold(out: Out, v: u32): void {
    out.u64(0x50);
    out.u64(<u64>v);
  }

  /** feedback to the model for one more try, answer only; at most 4096 bytes */
  static putRetry(out: Out, v: Bytes): void {
    out.u64(0x5a);
    out.bytes(v);
  }

  /** kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes */
  static putState(out: Out, v: Bytes): void {
    out.u64(0x62);
    out.bytes(v);
  }
}
