//! What the gateway offers to plugins. Paths are JSON pointers (RFC 6901).

const abi = @import("abi.zig");
const memory = @import("memory.zig");

const raw = struct {
    extern "sallyport" fn log(level: u32, text: [*]const u8, len: usize) void;
    extern "sallyport" fn config_get(path: [*]const u8, len: usize, out: [*]u8, cap: usize) i32;
    extern "sallyport" fn tag_get(key: [*]const u8, len: usize, out: [*]u8, cap: usize) i32;
    extern "sallyport" fn tag_set(key: [*]const u8, len: usize, v: [*]const u8, vlen: usize) i32;
    extern "sallyport" fn slot_get(key: [*]const u8, len: usize, out: [*]u8, cap: usize) i32;
    extern "sallyport" fn slot_set(key: [*]const u8, len: usize, v: [*]const u8, vlen: usize) i32;
    extern "sallyport" fn kv_get(key: [*]const u8, len: usize, out: [*]u8, cap: usize) i32;
    extern "sallyport" fn kv_set(key: [*]const u8, len: usize, v: [*]const u8, vlen: usize, ttl_ms: i64) i32;
    extern "sallyport" fn counter_add(name: [*]const u8, len: usize, delta: i64) i32;
    extern "sallyport" fn json_get(document: u32, path: [*]const u8, len: usize, out: [*]u8, cap: usize) i32;
    extern "sallyport" fn json_set(document: u32, path: [*]const u8, len: usize, v: [*]const u8, vlen: usize) i32;
    extern "sallyport" fn json_len(document: u32, path: [*]const u8, len: usize) i32;
    extern "sallyport" fn now() i64;
    extern "sallyport" fn random(out: [*]u8, cap: usize) i32;
};

/// Why a function of the gateway failed.
pub const Failed = error{ NotFound, Invalid, Denied, TooLarge, Exhausted, Timeout, Unavailable, Internal };

fn size(n: i32) Failed!usize {
    if (n >= 0) return @intCast(n);
    const status: abi.Status = @enumFromInt(@abs(n));
    return switch (status) {
        .not_found => error.NotFound,
        .invalid => error.Invalid,
        .denied => error.Denied,
        .too_large => error.TooLarge,
        .exhausted => error.Exhausted,
        .timeout => error.Timeout,
        .unavailable => error.Unavailable,
        else => error.Internal,
    };
}

/// Asks for a value, and again if it is longer than there was room.
fn value(comptime function: anytype, first: anytype) Failed![]u8 {
    var out = memory.bytes(256);
    while (true) {
        const n = try size(@call(.auto, function, first ++ .{ out.ptr, out.len }));
        if (n <= out.len) return out[0..n];
        out = memory.bytes(n);
    }
}

/// Writes a line to the operator's log. Never put a prompt in it.
pub fn log(level: abi.Level, text: []const u8) void {
    raw.log(@intFromEnum(level), text.ptr, text.len);
}

/// The setting at a path: a string decoded, all else as JSON.
pub fn config(path: []const u8) Failed![]u8 {
    return value(raw.config_get, .{ path.ptr, path.len });
}

/// The number of elements of the list at a path, 0 where there is none.
pub fn configLen(path: []const u8) usize {
    return jsonLen(.config, path) catch 0;
}

/// Element i of the list at a path.
pub fn configAt(path: []const u8, i: usize) Failed![]u8 {
    var digits: [10]u8 = undefined;
    var at: usize = digits.len;
    var rest = i;
    while (true) {
        at -= 1;
        digits[at] = '0' + @as(u8, @intCast(rest % 10));
        rest /= 10;
        if (rest == 0) break;
    }
    const text = digits[at..];
    const whole = memory.bytes(path.len + 1 + text.len);
    @memcpy(whole[0..path.len], path);
    whole[path.len] = '/';
    @memcpy(whole[path.len + 1 ..], text);
    return config(whole);
}

/// The list of strings at a path, in one call of the gateway however long it is.
pub fn configTexts(path: []const u8) Failed![][]u8 {
    const json_text = try config(path);
    const list = memory.alloc([]u8, configLen(path));
    var rest = json_text;
    for (list) |*text| text.* = nextText(&rest) orelse return error.Invalid;
    return list;
}

/// Goes to the next string of valid JSON, decodes it where it lies and moves rest
/// behind it.
fn nextText(rest: *[]u8) ?[]u8 {
    const b = rest.*;
    var from: usize = 0;
    while (from < b.len and b[from] != '"') from += 1;
    if (from == b.len) return null;
    from += 1;
    const start = from;
    var to = from;
    while (b[from] != '"') : (from += 1) {
        if (b[from] != '\\') {
            b[to] = b[from];
            to += 1;
            continue;
        }
        from += 1;
        switch (b[from]) {
            'u' => {
                var c = hex(b[from + 1 ..][0..4]);
                from += 4;
                if (c >= 0xd800 and c < 0xdc00) {
                    c = 0x10000 + ((c - 0xd800) << 10) + (hex(b[from + 3 ..][0..4]) - 0xdc00);
                    from += 6;
                }
                to += putRune(b[to..], c);
            },
            else => |c| {
                b[to] = switch (c) {
                    'b' => 8,
                    'f' => 12,
                    'n' => 10,
                    'r' => 13,
                    't' => 9,
                    else => c,
                };
                to += 1;
            },
        }
    }
    rest.* = b[from + 1 ..];
    return b[start..to];
}

fn hex(digits: *const [4]u8) u32 {
    var v: u32 = 0;
    for (digits) |c| v = v << 4 | if (c <= '9') c - '0' else (c | 0x20) - 'a' + 10;
    return v;
}

/// Writes a rune as UTF-8 and returns its length.
fn putRune(out: []u8, c: u32) usize {
    if (c < 0x80) {
        out[0] = @intCast(c);
        return 1;
    }
    const n: usize = if (c < 0x800) 2 else if (c < 0x10000) 3 else 4;
    var rest = c;
    var i = n;
    while (i > 1) {
        i -= 1;
        out[i] = 0x80 | @as(u8, @intCast(rest & 0x3f));
        rest >>= 6;
    }
    out[0] = @as(u8, @intCast(rest)) | switch (n) {
        2 => @as(u8, 0xc0),
        3 => 0xe0,
        else => 0xf0,
    };
    return n;
}

/// A tag of the exchange, if the manifest asked for tags.
pub fn tag(key: []const u8) Failed![]u8 {
    return value(raw.tag_get, .{ key.ptr, key.len });
}

/// Puts a tag on the exchange.
pub fn setTag(key: []const u8, v: []const u8) Failed!void {
    _ = try size(raw.tag_set(key.ptr, key.len, v.ptr, v.len));
}

/// Bytes that this plugin left on the exchange, also in another hook.
pub fn slot(name: []const u8) Failed![]u8 {
    return value(raw.slot_get, .{ name.ptr, name.len });
}

/// Leaves bytes on the exchange, 16 KiB at most.
pub fn setSlot(name: []const u8, v: []const u8) Failed!void {
    _ = try size(raw.slot_set(name.ptr, name.len, v.ptr, v.len));
}

/// A value of the plugin's store for this tenant. Capability `kv`.
pub fn kv(key: []const u8) Failed![]u8 {
    return value(raw.kv_get, .{ key.ptr, key.len });
}

/// Stores a value for some milliseconds, 0 meaning for ever; an empty one
/// deletes. Capability `kv`.
pub fn setKv(key: []const u8, v: []const u8, ttl_ms: u63) Failed!void {
    _ = try size(raw.kv_set(key.ptr, key.len, v.ptr, v.len, ttl_ms));
}

/// Adds to a metric of the plugin.
pub fn count(name: []const u8, delta: u63) void {
    _ = raw.counter_add(name.ptr, name.len, delta);
}

/// A value, as JSON, of a document that the manifest asked for.
pub fn json(document: abi.Document, path: []const u8) Failed![]u8 {
    return value(raw.json_get, .{ @intFromEnum(document), path.ptr, path.len });
}

/// Replaces a value of a document by JSON, where the phase allows edits.
pub fn setJson(document: abi.Document, path: []const u8, v: []const u8) Failed!void {
    _ = try size(raw.json_set(@intFromEnum(document), path.ptr, path.len, v.ptr, v.len));
}

/// Elements of an array, members of an object, else bytes of the value.
pub fn jsonLen(document: abi.Document, path: []const u8) Failed!usize {
    return size(raw.json_len(@intFromEnum(document), path.ptr, path.len));
}

/// Wall time in nanoseconds since 1970.
pub fn now() u64 {
    return @intCast(raw.now());
}

/// Fills out with random bytes.
pub fn random(out: []u8) Failed!void {
    _ = try size(raw.random(out.ptr, out.len));
}
