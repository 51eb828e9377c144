// What a plugin in AssemblyScript needs. abi.ts, which is generated, has the
// frames; host.ts what the gateway offers.
//
// A plugin is built with --runtime stub: there is no garbage collector, and none
// is needed. What configure makes lasts. What a hook makes, strings and objects
// alike, is given back as a whole when the next one begins, so a hook must leave
// nothing in a global. Frames are read in place, by objects that are made once.
//
// A plugin that aborts has failed, and the operator's fail mode decides about the
// exchange.

import { Block, Bytes, ConfigureCall, Edit, Flag, Level, NewPart, Out, Reply as ReplyFrame, Respond, Role, Status, Tag } from "./abi";
import { log } from "./host";

export * from "./abi";
export { Reply as ReplyFrame } from "./abi";

export function sallyport_abi_1(): void {}

// Memory. A block of the stub runtime has its size before it, and the last one can
// be freed: so all that was made since a mark is freed as one block.

let mark: usize = 0;
let frame: usize = 0;
let room: i32 = 0;

function release(): void {
  if (mark == 0) return;
  const top = heap.alloc(0);
  const end = top + load<usize>(top - 4) - mark;
  store<usize>(mark - 4, end);
  heap.free(mark);
  mark = 0;
}

function keep(): void {
  mark = heap.alloc(0);
}

export function sallyport_buffer(length: i32): usize {
  if (length <= room) return frame;
  release();
  room = max(length, 2 * room);
  if (frame != 0) heap.free(frame); // of use where it is the last thing
  frame = heap.alloc(<usize>room);
  keep();
  return frame;
}

// @ts-ignore: decorator
@external("sallyport", "log") declare function _log(level: u32, text: usize, length: i32): void;

/** Takes the place of the runtime's abort: asc --use abort=…/sallyport/failed. It
 * uses nothing that could abort. */
export function failed(message: string | null = null, file: string | null = null, line: u32 = 0, column: u32 = 0): void {
  const reason = memory.data(256);
  let n = 0;
  if (message !== null) {
    const from = changetype<usize>(message);
    const units = <i32>(load<u32>(from - 4) >> 1); // the object's size, in UTF-16
    for (; n < units && n < 256; n++) {
      const c = load<u16>(from + (<usize>n << 1));
      store<u8>(reason + n, c < 0x80 ? <u8>c : 0x3f);
    }
  }
  _log(<u32>Level.ERROR, reason, n);
  unreachable();
}

/** Runs configure, which returns "" or why the settings cannot be used. */
export function configured(ptr: usize, length: i32, f: (call: ConfigureCall) => string): u32 {
  const call = new ConfigureCall();
  if (!call.decode(ptr, length)) return <u32>Status.INVALID;
  const why = f(call);
  if (why.length > 0) log(Level.ERROR, why);
  keep();
  return why.length > 0 ? <u32>Status.INVALID : <u32>Status.OK;
}

/** Runs a hook and returns its packed reply: 0 for "allow, unchanged", else
 * address and length. call is an object that is made once. */
export function hook<T>(call: T, ptr: usize, length: i32, f: (call: T, reply: Reply) => void): u64 {
  release();
  keep();
  // @ts-ignore: every message has decode
  if (!call.decode(ptr, length)) abort("a frame that cannot be read");
  reply.begin();
  f(call, reply);
  return reply.end();
}

/** The most edits that one reply may have. With more the exchange is blocked. */
export const MAX_EDITS: i32 = 4096;
const MAX_PENDING: i32 = 4 * MAX_EDITS;

/** The verdicts of one hook. What a hook may answer depends on its phase; the
 * gateway takes anything else for a failure of the plugin. What no method here
 * writes is written to out with those of the ABI: ReplyFrame.putPath(reply.out, …). */
export class Reply {
  readonly out: Out = new Out();
  private readonly small: usize = heap.alloc(1024); // where a reply begins; most end there
  private edits: StaticArray<Edit> = new StaticArray<Edit>(0);
  private used: i32 = 0;

  begin(): void {
    this.out.ptr = this.small;
    this.out.length = 0;
    this.out.capacity = 1024;
    this.edits = none;
    this.used = 0;
  }

  /** Ends the exchange with an error: a status of 400 to 599, a reason for
   * machines, and a message for the client of 1024 bytes at most. */
  block(status: u32, code: string, message: string): void {
    const b = new Block();
    b.status = status;
    b.code = Bytes.of(code);
    b.message = Bytes.of(message);
    ReplyFrame.putBlock(this.out, b);
  }

  /** Ends the exchange with an answer of the plugin's own. A status of 0 means 200. */
  respond(status: u32, contentType: string, body: Bytes): void {
    const r = new Respond();
    r.status = status;
    r.contentType = Bytes.of(contentType);
    r.body = body;
    ReplyFrame.putRespond(this.out, r);
  }

  /** Puts a placeholder such as [EMAIL] in place of the bytes [start, end) of a
   * part's text, on rune boundaries; a window's part is 0. The label has A-Z, 0-9
   * and _. Edits may come in any order; those that overlap become one, which writes
   * what the first of them would. */
  redact(part: u32, start: i32, end: i32, label: string): void {
    const e = this.pend(part, start, end);
    if (e !== null) e.label = Bytes.of(label);
  }

  /** Puts other text there. An empty range inserts. */
  replace(part: u32, start: i32, end: i32, text: Bytes): void {
    const e = this.pend(part, start, end);
    if (e !== null) e.text = text;
  }

  /** Adds a text to the prompt before message at; call.messages means at the end.
   * Stage shape only. */
  append(at: u32, role: Role, text: Bytes): void {
    const p = new NewPart();
    p.at = at;
    p.role = role;
    p.text = text;
    ReplyFrame.putNewParts(this.out, p);
  }

  /** Notes a judgement that changes nothing by itself. */
  flag(name: string, score: f64): void {
    const f = new Flag();
    f.name = Bytes.of(name);
    f.score = score;
    ReplyFrame.putFlags(this.out, f);
  }

  /** Puts a tag on the exchange. */
  tag(key: string, value: Bytes): void {
    const t = new Tag();
    t.key = Bytes.of(key);
    t.value = value;
    ReplyFrame.putTags(this.out, t);
  }

  /** Sends the exchange to another route. */
  route(name: string): void {
    ReplyFrame.putRoute(this.out, Bytes.of(name));
  }

  /** Holds back the last n bytes of a window: they could still become a match. */
  hold(n: i32): void {
    ReplyFrame.putHold(this.out, <u32>n);
  }

  /** Keeps bytes, at most 16 KiB, for this hook's next call in this exchange and block. */
  state(bytes: Bytes): void {
    ReplyFrame.putState(this.out, bytes);
  }

  private pend(part: u32, start: i32, end: i32): Edit | null {
    if (this.used == MAX_PENDING) return null;
    if (this.used == this.edits.length) {
      const list = new StaticArray<Edit>(max(32, 2 * this.used));
      for (let i = 0; i < this.used; i++) list[i] = this.edits[i];
      this.edits = list;
    }
    const e = new Edit();
    e.part = part;
    e.start = <u32>start;
    e.end = <u32>end;
    this.edits[this.used++] = e;
    return e;
  }

  end(): u64 {
    if (this.used > 0) this.finish();
    return this.out.length == 0 ? 0 : (<u64>this.out.ptr << 32) | <u64>this.out.length;
  }

  // Writes the edits: sorted, disjoint, and not too many.
  private finish(): void {
    const list = this.edits;
    for (let i = 1; i < this.used; i++) { // they mostly come in order
      const e = list[i];
      let at = i;
      for (; at > 0 && before(e, list[at - 1]); at--) list[at] = list[at - 1];
      list[at] = e;
    }
    let kept = 0;
    for (let i = 0; i < this.used; i++) {
      const e = list[i];
      if (kept > 0 && e.part == list[kept - 1].part && e.start < list[kept - 1].end) {
        list[kept - 1].end = max(list[kept - 1].end, e.end);
      } else {
        list[kept++] = e;
      }
    }
    if (kept > MAX_EDITS || this.used == MAX_PENDING) {
      this.out.length = 0;
      this.block(0, "too_many_edits", "The text has more to redact than one request may have.");
      return;
    }
    for (let i = 0; i < kept; i++) ReplyFrame.putEdits(this.out, list[i]);
  }
}

const none = new StaticArray<Edit>(0);
const reply = new Reply();

function before(a: Edit, b: Edit): bool {
  if (a.part != b.part) return a.part < b.part;
  if (a.start != b.start) return a.start < b.start;
  return a.end < b.end;
}
