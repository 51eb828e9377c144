//! The plugin's memory: what configure made, then the frame's buffer, then what
//! hooks make. Nothing is freed one by one.

extern const __heap_base: u8;

var top: usize = 0; // the next free byte
var mark: usize = 0; // where what hooks make begins
var frame: usize = 0;
var room: usize = 0;

fn start() void {
    if (top != 0) return;
    top = up(@intFromPtr(&__heap_base));
    mark = top;
}

fn up(n: usize) usize {
    return (n + 15) & ~@as(usize, 15);
}

fn grab(n: usize) usize {
    start();
    const at = top;
    const end = @addWithOverflow(at, n + 15);
    if (end[1] != 0 or n > 0x7fff_ffff) @panic("out of memory");
    const new = up(at + n);
    const have = @wasmMemorySize(0);
    const need = (new + 0xffff) >> 16;
    if (need > have and @wasmMemoryGrow(0, need - have) == -1) @panic("out of memory");
    top = new;
    return at;
}

/// Gives n things, undefined. What configure takes lasts; what a hook takes is
/// gone when the next one begins.
pub fn alloc(comptime T: type, n: usize) []T {
    comptime if (@alignOf(T) > 16) @compileError("no more than 16 bytes of alignment");
    const size = @mulWithOverflow(n, @sizeOf(T));
    if (size[1] != 0) @panic("out of memory");
    const p: [*]T = @ptrFromInt(grab(size[0]));
    return p[0..n];
}

/// Gives n bytes, undefined.
pub fn bytes(n: usize) []u8 {
    return alloc(u8, n);
}

/// Forgets what the last hook made.
pub fn reset() void {
    top = mark;
}

/// Keeps what there is.
pub fn keep() void {
    mark = top;
}

/// A place for frames of up to n bytes.
pub fn buffer(n: usize) usize {
    start();
    if (n <= room) return frame;
    reset();
    if (room != 0 and frame + room == top) top = frame; // the last thing: it grows where it is
    frame = grab(@max(n, 2 * room));
    room = top - frame;
    keep();
    return frame;
}
