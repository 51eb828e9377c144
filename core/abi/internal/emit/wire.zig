
/// What a frame that cannot be read gives.
pub const BadFrame = error{BadFrame};

/// A repeated field, still in its frame. A copy of it is an iterator:
///
///     var parts = call.parts;
///     while (parts.next()) |part| …
pub fn List(comptime T: type) type {
    return struct {
        rest: []const u8 = "",
        tag: u64 = 0,
        len: u32 = 0,

        const Self = @This();

        /// Gives the next element, null after the last. An element that cannot
        /// be read is a failure of the plugin: it panics.
        pub fn next(self: *Self) ?T {
            const b = self.raw() orelse return null;
            if (T == []const u8) return b;
            return T.decode(b) catch @panic("a frame that cannot be read");
        }

        fn raw(self: *Self) ?[]const u8 {
            if (self.len == 0) return null;
            var c = Cursor{ .b = self.rest };
            while (true) {
                const tag = c.int() catch unreachable; // the list was read once
                if (tag != self.tag) {
                    c.skip(tag, 0) catch unreachable;
                    continue;
                }
                const b = c.bytes() catch unreachable;
                self.rest = c.b;
                self.len -= 1;
                return b;
            }
        }

        /// Notes an element whose tag begins at. A list in two pieces of one
        /// message, which no host writes, is a bad frame.
        fn note(self: *Self, c: *Cursor, tag: u64, at: []const u8) BadFrame!void {
            if (self.len == 0) {
                self.rest = at;
                self.tag = tag;
            } else if (self.rest.ptr + self.rest.len != at.ptr + at.len) {
                return error.BadFrame;
            }
            self.len += 1;
            _ = try c.bytes();
        }

        fn size(self: Self) usize {
            var it = self;
            var n: usize = 0;
            while (it.raw()) |b| n += sizeInt(it.tag) + sizeBytes(b.len);
            return n;
        }

        fn append(self: Self, out: *Out) void {
            var it = self;
            while (it.raw()) |b| {
                out.int(it.tag);
                out.bytes(b);
            }
        }
    };
}

/// Reads a message.
const Cursor = struct {
    b: []const u8,

    fn int(c: *Cursor) BadFrame!u64 {
        if (c.b.len > 0 and c.b[0] < 0x80) {
            const v = c.b[0];
            c.b = c.b[1..];
            return v;
        }
        return c.long();
    }

    noinline fn long(c: *Cursor) BadFrame!u64 {
        var v: u64 = 0;
        var i: usize = 0;
        while (i < c.b.len) : (i += 1) {
            const x = c.b[i];
            if (i == 9 and x > 1) return error.BadFrame;
            v |= @as(u64, x & 0x7f) << @intCast(7 * i);
            if (x < 0x80) {
                c.b = c.b[i + 1 ..];
                return v;
            }
        }
        return error.BadFrame;
    }

    fn small(c: *Cursor) BadFrame!u32 {
        const v = try c.int();
        if (v > 0xffff_ffff) return error.BadFrame;
        return @intCast(v);
    }

    fn take(c: *Cursor, n: u64) BadFrame![]const u8 {
        if (n > c.b.len) return error.BadFrame;
        const size: usize = @intCast(n);
        const v = c.b[0..size];
        c.b = c.b[size..];
        return v;
    }

    fn bytes(c: *Cursor) BadFrame![]const u8 {
        return c.take(try c.int());
    }

    fn double(c: *Cursor) BadFrame!f64 {
        const b = try c.take(8);
        var bits: u64 = 0;
        for (b, 0..) |x, i| bits |= @as(u64, x) << @intCast(8 * i);
        return @bitCast(bits);
    }

    /// Passes over a field that the message does not have; known has a bit for
    /// each number that it has: such a field has the wrong wire type.
    noinline fn skip(c: *Cursor, tag: u64, known: u64) BadFrame!void {
        const field = tag >> 3;
        if (field == 0 or field > (1 << 29) - 1) return error.BadFrame;
        if (field < 64 and (known >> @intCast(field)) & 1 != 0) return error.BadFrame;
        switch (tag & 7) {
            0 => _ = try c.int(),
            1 => _ = try c.take(8),
            2 => _ = try c.bytes(),
            5 => _ = try c.take(4),
            else => return error.BadFrame,
        }
    }
};

/// A reply that is being written. It grows by what `more` gives: memory.zig.
pub const Out = struct {
    buffer: []u8,
    len: usize = 0,
    more: *const fn (n: usize) []u8,

    fn room(out: *Out, n: usize) []u8 {
        if (n > out.buffer.len - out.len) {
            const new = out.more(@max(out.len + n, 2 * out.buffer.len));
            @memcpy(new[0..out.len], out.buffer[0..out.len]);
            out.buffer = new;
        }
        return out.buffer[out.len..];
    }

    /// What was written.
    pub fn written(out: *const Out) []u8 {
        return out.buffer[0..out.len];
    }

    noinline fn int(out: *Out, value: u64) void {
        const b = out.room(10);
        var v = value;
        var n: usize = 0;
        while (v >= 0x80) : (v >>= 7) {
            b[n] = @as(u8, @truncate(v)) | 0x80;
            n += 1;
        }
        b[n] = @truncate(v);
        out.len += n + 1;
    }

    noinline fn bytes(out: *Out, v: []const u8) void {
        out.int(v.len);
        @memcpy(out.room(v.len)[0..v.len], v);
        out.len += v.len;
    }

    fn double(out: *Out, v: f64) void {
        const bits: u64 = @bitCast(v);
        const b = out.room(8);
        for (b[0..8], 0..) |*x, i| x.* = @truncate(bits >> @intCast(8 * i));
        out.len += 8;
    }
};

fn sizeInt(v: u64) usize {
    return (70 - @as(usize, @clz(v | 1))) / 7;
}

fn sizeBytes(n: usize) usize {
    return sizeInt(n) + n;
}

