// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.

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

/// Status is what sallyport_configure returns, and, negated, what an import
/// returns that failed.
pub const Status = enum(u32) {
    ok = 0,
    /// there is no such key, path or document
    not_found = 1,
    /// an argument or the configuration is wrong
    invalid = 2,
    /// the capability was not granted
    denied = 3,
    /// beyond a limit of docs/abi.md
    too_large = 4,
    /// no more host calls in this hook
    exhausted = 5,
    /// the host call took too long
    timeout = 6,
    /// what the call needs cannot be reached now
    unavailable = 7,
    /// a mistake of the host
    internal = 8,
    _,
};

/// Level is the severity of a log line.
pub const Level = enum(u32) {
    unspecified = 0,
    debug = 1,
    info = 2,
    warn = 3,
    @"error" = 4,
    _,
};

/// Document names a JSON document that the host has parsed, for the json imports.
pub const Document = enum(u32) {
    unspecified = 0,
    /// the instance's configuration
    config = 1,
    /// the client's request, if the manifest asked for it
    request = 2,
    /// the whole answer, if the manifest asked for it
    answer = 3,
    _,
};

/// Stage divides the prompt phase. Every shaper has run before the first judge.
pub const Stage = enum(u32) {
    unspecified = 0,
    /// may append and rewrite
    shape = 1,
    /// sees exactly what would leave; may not insert
    judge = 2,
    _,
};

/// Operation is the kind of call that the client makes.
pub const Operation = enum(u32) {
    /// not known yet, as in receive
    unspecified = 0,
    chat = 1,
    completions = 2,
    embeddings = 3,
    rerank = 4,
    images = 5,
    speech = 6,
    transcription = 7,
    moderation = 8,
    count_tokens = 9,
    predict = 10,
    models = 11,
    raw = 12,
    _,
};

/// Kind is the kind of a part.
pub const Kind = enum(u32) {
    unspecified = 0,
    text = 1,
    image = 2,
    audio = 3,
    document = 4,
    /// text is the arguments, JSON
    tool_call = 5,
    tool_result = 6,
    thinking = 7,
    /// thinking that the provider encrypted
    redacted = 8,
    citation = 9,
    cache_point = 10,
    refusal = 11,
    /// understood by one dialect only
    raw = 12,
    _,
};

/// Role is who speaks in a part.
pub const Role = enum(u32) {
    unspecified = 0,
    user = 1,
    assistant = 2,
    system = 3,
    tool = 4,
    _,
};

/// Origin is whose doing a part is.
pub const Origin = enum(u32) {
    unspecified = 0,
    client = 1,
    gateway = 2,
    plugin = 3,
    upstream = 4,
    _,
};

/// Finish is why the model stopped.
pub const Finish = enum(u32) {
    /// it has not, or did not say
    unspecified = 0,
    stop = 1,
    length = 2,
    tool_calls = 3,
    content_filter = 4,
    other = 5,
    _,
};

/// EventKind is the kind of a stream's event in the typed middle form.
pub const EventKind = enum(u32) {
    unspecified = 0,
    /// a block begins
    open = 1,
    /// a block goes on
    delta = 2,
    /// a block is whole
    close = 3,
    /// usage is set
    usage = 4,
    /// the answer is finished
    finish = 5,
    /// the stream failed
    @"error" = 6,
    /// understood by one dialect only
    raw = 7,
    _,
};

/// End is how an exchange ended.
pub const End = enum(u32) {
    unspecified = 0,
    completed = 1,
    rejected = 2,
    blocked = 3,
    upstream_error = 4,
    upstream_timeout = 5,
    upstream_idle = 6,
    upstream_cut = 7,
    client_gone = 8,
    deadline = 9,
    drained = 10,
    internal = 11,
    interrupted = 12,
    _,
};

/// ToolChoice is whether the model must use a tool.
pub const ToolChoice = enum(u32) {
    /// the client did not say
    unspecified = 0,
    auto = 1,
    none = 2,
    /// some tool
    any = 3,
    /// the one that Parameters.tool_name names
    tool = 4,
    _,
};

/// OutputFormat is the form of answer that the client asked for.
pub const OutputFormat = enum(u32) {
    /// the client did not say
    unspecified = 0,
    text = 1,
    /// any JSON object
    json = 2,
    /// JSON after Parameters.output_schema
    schema = 3,
    _,
};

/// Framing is how a provider's stream is cut into events.
pub const Framing = enum(u32) {
    /// as the Content-Type says
    unspecified = 0,
    sse = 1,
    ndjson = 2,
    /// application/vnd.amazon.eventstream
    eventstream = 3,
    _,
};

/// ConfigureCall is the frame of sallyport_configure, which runs once in each
/// new instance, before any hook.
pub const ConfigureCall = struct {
    /// the manifest's id
    plugin: []const u8 = "",
    /// the instance's name
    instance: []const u8 = "",
    /// JSON object, UTF-8, defaults filled in; the same is DOCUMENT_CONFIG
    config: []const u8 = "",
    /// those granted; at most 64 elements
    capabilities: List([]const u8) = .{},
    /// the newest revision of version 1 that the host knows; see "Versions"
    revision: u32 = 0,
    /// bytes of text that the host will hold back at most, 0 where no stream is guarded
    window: u32 = 0,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!ConfigureCall {
        var m = ConfigureCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *ConfigureCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => m.plugin = try c.bytes(),
                0x12 => m.instance = try c.bytes(),
                0x1a => m.config = try c.bytes(),
                0x22 => try m.capabilities.note(&c, tag, at),
                0x28 => m.revision = try c.small(),
                0x30 => m.window = try c.small(),
                else => try c.skip(tag, 0x7e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const ConfigureCall) usize {
        var n: usize = 0;
        if (m.plugin.len != 0) n += 1 + sizeBytes(m.plugin.len);
        if (m.instance.len != 0) n += 1 + sizeBytes(m.instance.len);
        if (m.config.len != 0) n += 1 + sizeBytes(m.config.len);
        n += m.capabilities.size();
        if (m.revision != 0) n += 1 + sizeInt(m.revision);
        if (m.window != 0) n += 1 + sizeInt(m.window);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const ConfigureCall, out: *Out) void {
        if (m.plugin.len != 0) {
            out.int(0xa);
            out.bytes(m.plugin);
        }
        if (m.instance.len != 0) {
            out.int(0x12);
            out.bytes(m.instance);
        }
        if (m.config.len != 0) {
            out.int(0x1a);
            out.bytes(m.config);
        }
        m.capabilities.append(out);
        if (m.revision != 0) {
            out.int(0x28);
            out.int(m.revision);
        }
        if (m.window != 0) {
            out.int(0x30);
            out.int(m.window);
        }
    }
};

/// Exchange is what every hook may know about the exchange. Fields that the
/// manifest did not ask for are absent.
pub const Exchange = struct {
    /// our request id
    id: []const u8 = "",
    route: []const u8 = "",
    operation: Operation = @enumFromInt(0),
    /// the client's, e.g. "openai.chat"
    dialect: []const u8 = "",
    /// the client wants a stream
    stream: bool = false,
    /// name of the virtual key or principal
    consumer: []const u8 = "",
    tenant: []const u8 = "",
    /// as the client wrote it, UTF-8
    model: []const u8 = "",
    /// at most 256 elements
    tags: List(Tag) = .{},
    /// of the client's request, those the manifest names; at most 256 elements
    headers: List(Header) = .{},
    /// nobody acts on the reply
    shadow: bool = false,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Exchange {
        var m = Exchange{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Exchange, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => m.id = try c.bytes(),
                0x12 => m.route = try c.bytes(),
                0x18 => m.operation = @enumFromInt(try c.small()),
                0x22 => m.dialect = try c.bytes(),
                0x28 => m.stream = try c.int() != 0,
                0x32 => m.consumer = try c.bytes(),
                0x3a => m.tenant = try c.bytes(),
                0x42 => m.model = try c.bytes(),
                0x4a => try m.tags.note(&c, tag, at),
                0x52 => try m.headers.note(&c, tag, at),
                0x58 => m.shadow = try c.int() != 0,
                else => try c.skip(tag, 0xffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Exchange) usize {
        var n: usize = 0;
        if (m.id.len != 0) n += 1 + sizeBytes(m.id.len);
        if (m.route.len != 0) n += 1 + sizeBytes(m.route.len);
        if (@intFromEnum(m.operation) != 0) n += 1 + sizeInt(@intFromEnum(m.operation));
        if (m.dialect.len != 0) n += 1 + sizeBytes(m.dialect.len);
        if (m.stream) n += 1 + 1;
        if (m.consumer.len != 0) n += 1 + sizeBytes(m.consumer.len);
        if (m.tenant.len != 0) n += 1 + sizeBytes(m.tenant.len);
        if (m.model.len != 0) n += 1 + sizeBytes(m.model.len);
        n += m.tags.size();
        n += m.headers.size();
        if (m.shadow) n += 1 + 1;
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Exchange, out: *Out) void {
        if (m.id.len != 0) {
            out.int(0xa);
            out.bytes(m.id);
        }
        if (m.route.len != 0) {
            out.int(0x12);
            out.bytes(m.route);
        }
        if (@intFromEnum(m.operation) != 0) {
            out.int(0x18);
            out.int(@intFromEnum(m.operation));
        }
        if (m.dialect.len != 0) {
            out.int(0x22);
            out.bytes(m.dialect);
        }
        if (m.stream) {
            out.int(0x28);
            out.int(@intFromBool(m.stream));
        }
        if (m.consumer.len != 0) {
            out.int(0x32);
            out.bytes(m.consumer);
        }
        if (m.tenant.len != 0) {
            out.int(0x3a);
            out.bytes(m.tenant);
        }
        if (m.model.len != 0) {
            out.int(0x42);
            out.bytes(m.model);
        }
        m.tags.append(out);
        m.headers.append(out);
        if (m.shadow) {
            out.int(0x58);
            out.int(@intFromBool(m.shadow));
        }
    }
};

/// Tag is a key and value on the exchange.
pub const Tag = struct {
    /// at most 256 bytes
    key: []const u8 = "",
    /// at most 4096 bytes
    value: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Tag {
        var m = Tag{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Tag, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => m.key = try c.bytes(),
                0x12 => m.value = try c.bytes(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Tag) usize {
        var n: usize = 0;
        if (m.key.len != 0) n += 1 + sizeBytes(m.key.len);
        if (m.value.len != 0) n += 1 + sizeBytes(m.value.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Tag, out: *Out) void {
        if (m.key.len != 0) {
            out.int(0xa);
            out.bytes(m.key);
        }
        if (m.value.len != 0) {
            out.int(0x12);
            out.bytes(m.value);
        }
    }
};

/// Header is one header field.
pub const Header = struct {
    /// lower case; at most 256 bytes
    name: []const u8 = "",
    /// at most 65536 bytes
    value: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Header {
        var m = Header{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Header, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => m.name = try c.bytes(),
                0x12 => m.value = try c.bytes(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Header) usize {
        var n: usize = 0;
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (m.value.len != 0) n += 1 + sizeBytes(m.value.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Header, out: *Out) void {
        if (m.name.len != 0) {
            out.int(0xa);
            out.bytes(m.name);
        }
        if (m.value.len != 0) {
            out.int(0x12);
            out.bytes(m.value);
        }
    }
};

/// Part is one piece of content of a prompt or an answer.
pub const Part = struct {
    /// what Edit.part names
    id: u32 = 0,
    kind: Kind = @enumFromInt(0),
    role: Role = @enumFromInt(0),
    /// index of the message, absent for a part outside the messages
    message: ?u32 = null,
    /// index of the answer's choice, 0 for prompts
    choice: u32 = 0,
    origin: Origin = @enumFromInt(0),
    /// UTF-8, decoded, with the edits of earlier hooks
    text: []const u8 = "",
    /// tool's name, or media type of images, audio and documents
    name: []const u8 = "",
    /// of a tool call and of its result
    call_id: []const u8 = "",
    /// content of images, audio and documents in base64, RFC 4648 §4, padded
    data: []const u8 = "",
    /// where such content lies instead
    url: []const u8 = "",
    /// the provider's seal on thinking, opaque
    signature: []const u8 = "",
    /// who sealed it: the dialect, "/" and the provider
    source: []const u8 = "",
    /// the original JSON value, UTF-8, for KIND_RAW and attributes that no field holds
    raw: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Part {
        var m = Part{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Part, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.id = try c.small(),
                0x10 => m.kind = @enumFromInt(try c.small()),
                0x18 => m.role = @enumFromInt(try c.small()),
                0x20 => m.message = try c.small(),
                0x28 => m.choice = try c.small(),
                0x30 => m.origin = @enumFromInt(try c.small()),
                0x3a => m.text = try c.bytes(),
                0x42 => m.name = try c.bytes(),
                0x4a => m.call_id = try c.bytes(),
                0x52 => m.data = try c.bytes(),
                0x5a => m.url = try c.bytes(),
                0x62 => m.signature = try c.bytes(),
                0x6a => m.source = try c.bytes(),
                0x72 => m.raw = try c.bytes(),
                else => try c.skip(tag, 0x7ffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Part) usize {
        var n: usize = 0;
        if (m.id != 0) n += 1 + sizeInt(m.id);
        if (@intFromEnum(m.kind) != 0) n += 1 + sizeInt(@intFromEnum(m.kind));
        if (@intFromEnum(m.role) != 0) n += 1 + sizeInt(@intFromEnum(m.role));
        if (m.message) |v| n += 1 + sizeInt(v);
        if (m.choice != 0) n += 1 + sizeInt(m.choice);
        if (@intFromEnum(m.origin) != 0) n += 1 + sizeInt(@intFromEnum(m.origin));
        if (m.text.len != 0) n += 1 + sizeBytes(m.text.len);
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (m.call_id.len != 0) n += 1 + sizeBytes(m.call_id.len);
        if (m.data.len != 0) n += 1 + sizeBytes(m.data.len);
        if (m.url.len != 0) n += 1 + sizeBytes(m.url.len);
        if (m.signature.len != 0) n += 1 + sizeBytes(m.signature.len);
        if (m.source.len != 0) n += 1 + sizeBytes(m.source.len);
        if (m.raw.len != 0) n += 1 + sizeBytes(m.raw.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Part, out: *Out) void {
        if (m.id != 0) {
            out.int(0x8);
            out.int(m.id);
        }
        if (@intFromEnum(m.kind) != 0) {
            out.int(0x10);
            out.int(@intFromEnum(m.kind));
        }
        if (@intFromEnum(m.role) != 0) {
            out.int(0x18);
            out.int(@intFromEnum(m.role));
        }
        if (m.message) |v| {
            out.int(0x20);
            out.int(v);
        }
        if (m.choice != 0) {
            out.int(0x28);
            out.int(m.choice);
        }
        if (@intFromEnum(m.origin) != 0) {
            out.int(0x30);
            out.int(@intFromEnum(m.origin));
        }
        if (m.text.len != 0) {
            out.int(0x3a);
            out.bytes(m.text);
        }
        if (m.name.len != 0) {
            out.int(0x42);
            out.bytes(m.name);
        }
        if (m.call_id.len != 0) {
            out.int(0x4a);
            out.bytes(m.call_id);
        }
        if (m.data.len != 0) {
            out.int(0x52);
            out.bytes(m.data);
        }
        if (m.url.len != 0) {
            out.int(0x5a);
            out.bytes(m.url);
        }
        if (m.signature.len != 0) {
            out.int(0x62);
            out.bytes(m.signature);
        }
        if (m.source.len != 0) {
            out.int(0x6a);
            out.bytes(m.source);
        }
        if (m.raw.len != 0) {
            out.int(0x72);
            out.bytes(m.raw);
        }
    }
};

/// Tool is a function that the model may call.
pub const Tool = struct {
    /// at most 256 bytes
    name: []const u8 = "",
    description: []const u8 = "",
    /// JSON Schema of the arguments, UTF-8
    schema: []const u8 = "",
    /// the original JSON value of a tool that is no function, UTF-8
    raw: []const u8 = "",
    /// JSON object of members that no field holds, UTF-8
    attributes: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Tool {
        var m = Tool{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Tool, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => m.name = try c.bytes(),
                0x12 => m.description = try c.bytes(),
                0x1a => m.schema = try c.bytes(),
                0x22 => m.raw = try c.bytes(),
                0x2a => m.attributes = try c.bytes(),
                else => try c.skip(tag, 0x3e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Tool) usize {
        var n: usize = 0;
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (m.description.len != 0) n += 1 + sizeBytes(m.description.len);
        if (m.schema.len != 0) n += 1 + sizeBytes(m.schema.len);
        if (m.raw.len != 0) n += 1 + sizeBytes(m.raw.len);
        if (m.attributes.len != 0) n += 1 + sizeBytes(m.attributes.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Tool, out: *Out) void {
        if (m.name.len != 0) {
            out.int(0xa);
            out.bytes(m.name);
        }
        if (m.description.len != 0) {
            out.int(0x12);
            out.bytes(m.description);
        }
        if (m.schema.len != 0) {
            out.int(0x1a);
            out.bytes(m.schema);
        }
        if (m.raw.len != 0) {
            out.int(0x22);
            out.bytes(m.raw);
        }
        if (m.attributes.len != 0) {
            out.int(0x2a);
            out.bytes(m.attributes);
        }
    }
};

/// Parameters are the request's settings, in one form for all dialects. What the
/// client did not set is absent.
pub const Parameters = struct {
    /// tokens
    max_output: ?u64 = null,
    temperature: ?f64 = null,
    top_p: ?f64 = null,
    top_k: ?u64 = null,
    presence_penalty: ?f64 = null,
    frequency_penalty: ?f64 = null,
    seed: ?i64 = null,
    /// answers asked for; 0 means 1
    choices: u32 = 0,
    /// at most 64 elements
    stop: List([]const u8) = .{},
    /// at most 1024 elements
    tools: List(Tool) = .{},
    tool_choice: ToolChoice = @enumFromInt(0),
    tool_name: []const u8 = "",
    parallel_tools: ?bool = null,
    output_format: OutputFormat = @enumFromInt(0),
    /// JSON Schema, UTF-8
    output_schema: []const u8 = "",
    /// the client's word
    reasoning_effort: []const u8 = "",
    reasoning_tokens: ?u64 = null,
    /// what no field above holds; at most 256 elements
    others: List(Parameter) = .{},
    /// JSON object of what else the client said of the shape, UTF-8
    output_attributes: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Parameters {
        var m = Parameters{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Parameters, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0x8 => m.max_output = try c.int(),
                0x11 => m.temperature = try c.double(),
                0x19 => m.top_p = try c.double(),
                0x20 => m.top_k = try c.int(),
                0x29 => m.presence_penalty = try c.double(),
                0x31 => m.frequency_penalty = try c.double(),
                0x38 => m.seed = @bitCast(try c.int()),
                0x40 => m.choices = try c.small(),
                0x4a => try m.stop.note(&c, tag, at),
                0x52 => try m.tools.note(&c, tag, at),
                0x58 => m.tool_choice = @enumFromInt(try c.small()),
                0x62 => m.tool_name = try c.bytes(),
                0x68 => m.parallel_tools = try c.int() != 0,
                0x70 => m.output_format = @enumFromInt(try c.small()),
                0x7a => m.output_schema = try c.bytes(),
                0x82 => m.reasoning_effort = try c.bytes(),
                0x88 => m.reasoning_tokens = try c.int(),
                0x92 => try m.others.note(&c, tag, at),
                0x9a => m.output_attributes = try c.bytes(),
                else => try c.skip(tag, 0xffffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Parameters) usize {
        var n: usize = 0;
        if (m.max_output) |v| n += 1 + sizeInt(v);
        if (m.temperature != null) n += 1 + 8;
        if (m.top_p != null) n += 1 + 8;
        if (m.top_k) |v| n += 1 + sizeInt(v);
        if (m.presence_penalty != null) n += 1 + 8;
        if (m.frequency_penalty != null) n += 1 + 8;
        if (m.seed) |v| n += 1 + sizeInt(@bitCast(v));
        if (m.choices != 0) n += 1 + sizeInt(m.choices);
        n += m.stop.size();
        n += m.tools.size();
        if (@intFromEnum(m.tool_choice) != 0) n += 1 + sizeInt(@intFromEnum(m.tool_choice));
        if (m.tool_name.len != 0) n += 1 + sizeBytes(m.tool_name.len);
        if (m.parallel_tools != null) n += 1 + 1;
        if (@intFromEnum(m.output_format) != 0) n += 1 + sizeInt(@intFromEnum(m.output_format));
        if (m.output_schema.len != 0) n += 1 + sizeBytes(m.output_schema.len);
        if (m.reasoning_effort.len != 0) n += 2 + sizeBytes(m.reasoning_effort.len);
        if (m.reasoning_tokens) |v| n += 2 + sizeInt(v);
        n += m.others.size();
        if (m.output_attributes.len != 0) n += 2 + sizeBytes(m.output_attributes.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Parameters, out: *Out) void {
        if (m.max_output) |v| {
            out.int(0x8);
            out.int(v);
        }
        if (m.temperature) |v| {
            out.int(0x11);
            out.double(v);
        }
        if (m.top_p) |v| {
            out.int(0x19);
            out.double(v);
        }
        if (m.top_k) |v| {
            out.int(0x20);
            out.int(v);
        }
        if (m.presence_penalty) |v| {
            out.int(0x29);
            out.double(v);
        }
        if (m.frequency_penalty) |v| {
            out.int(0x31);
            out.double(v);
        }
        if (m.seed) |v| {
            out.int(0x38);
            out.int(@bitCast(v));
        }
        if (m.choices != 0) {
            out.int(0x40);
            out.int(m.choices);
        }
        m.stop.append(out);
        m.tools.append(out);
        if (@intFromEnum(m.tool_choice) != 0) {
            out.int(0x58);
            out.int(@intFromEnum(m.tool_choice));
        }
        if (m.tool_name.len != 0) {
            out.int(0x62);
            out.bytes(m.tool_name);
        }
        if (m.parallel_tools) |v| {
            out.int(0x68);
            out.int(@intFromBool(v));
        }
        if (@intFromEnum(m.output_format) != 0) {
            out.int(0x70);
            out.int(@intFromEnum(m.output_format));
        }
        if (m.output_schema.len != 0) {
            out.int(0x7a);
            out.bytes(m.output_schema);
        }
        if (m.reasoning_effort.len != 0) {
            out.int(0x82);
            out.bytes(m.reasoning_effort);
        }
        if (m.reasoning_tokens) |v| {
            out.int(0x88);
            out.int(v);
        }
        m.others.append(out);
        if (m.output_attributes.len != 0) {
            out.int(0x9a);
            out.bytes(m.output_attributes);
        }
    }
};

/// Parameter is a setting that only some dialects have.
pub const Parameter = struct {
    /// top-level key in the client's request
    name: []const u8 = "",
    /// its value, UTF-8
    json: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Parameter {
        var m = Parameter{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Parameter, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => m.name = try c.bytes(),
                0x12 => m.json = try c.bytes(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Parameter) usize {
        var n: usize = 0;
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (m.json.len != 0) n += 1 + sizeBytes(m.json.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Parameter, out: *Out) void {
        if (m.name.len != 0) {
            out.int(0xa);
            out.bytes(m.name);
        }
        if (m.json.len != 0) {
            out.int(0x12);
            out.bytes(m.json);
        }
    }
};

/// Usage is what an exchange consumed, in tokens. It is set, not added.
pub const Usage = struct {
    input_uncached: u64 = 0,
    cache_read: u64 = 0,
    cache_write: u64 = 0,
    /// reasoning included
    output: u64 = 0,
    /// the part of output that was reasoning
    reasoning: u64 = 0,
    audio: u64 = 0,
    image: u64 = 0,
    /// by the provider itself
    reported: bool = false,
    /// at least one count is an estimate
    estimated: bool = false,
    /// the part of cache_write that is kept for an hour
    cache_write_hour: u64 = 0,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Usage {
        var m = Usage{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Usage, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.input_uncached = try c.int(),
                0x10 => m.cache_read = try c.int(),
                0x18 => m.cache_write = try c.int(),
                0x20 => m.output = try c.int(),
                0x28 => m.reasoning = try c.int(),
                0x30 => m.audio = try c.int(),
                0x38 => m.image = try c.int(),
                0x40 => m.reported = try c.int() != 0,
                0x48 => m.estimated = try c.int() != 0,
                0x50 => m.cache_write_hour = try c.int(),
                else => try c.skip(tag, 0x7fe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Usage) usize {
        var n: usize = 0;
        if (m.input_uncached != 0) n += 1 + sizeInt(m.input_uncached);
        if (m.cache_read != 0) n += 1 + sizeInt(m.cache_read);
        if (m.cache_write != 0) n += 1 + sizeInt(m.cache_write);
        if (m.output != 0) n += 1 + sizeInt(m.output);
        if (m.reasoning != 0) n += 1 + sizeInt(m.reasoning);
        if (m.audio != 0) n += 1 + sizeInt(m.audio);
        if (m.image != 0) n += 1 + sizeInt(m.image);
        if (m.reported) n += 1 + 1;
        if (m.estimated) n += 1 + 1;
        if (m.cache_write_hour != 0) n += 1 + sizeInt(m.cache_write_hour);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Usage, out: *Out) void {
        if (m.input_uncached != 0) {
            out.int(0x8);
            out.int(m.input_uncached);
        }
        if (m.cache_read != 0) {
            out.int(0x10);
            out.int(m.cache_read);
        }
        if (m.cache_write != 0) {
            out.int(0x18);
            out.int(m.cache_write);
        }
        if (m.output != 0) {
            out.int(0x20);
            out.int(m.output);
        }
        if (m.reasoning != 0) {
            out.int(0x28);
            out.int(m.reasoning);
        }
        if (m.audio != 0) {
            out.int(0x30);
            out.int(m.audio);
        }
        if (m.image != 0) {
            out.int(0x38);
            out.int(m.image);
        }
        if (m.reported) {
            out.int(0x40);
            out.int(@intFromBool(m.reported));
        }
        if (m.estimated) {
            out.int(0x48);
            out.int(@intFromBool(m.estimated));
        }
        if (m.cache_write_hour != 0) {
            out.int(0x50);
            out.int(m.cache_write_hour);
        }
    }
};

/// Error is an upstream's error in one form for all providers.
pub const Error = struct {
    /// 400 to 599
    status: u32 = 0,
    /// the provider's own word, or upstream_cut for a stream that ended too soon; at most 256 bytes
    code: []const u8 = "",
    /// for people; at most 4096 bytes
    message: []const u8 = "",
    /// 0 means nothing is known
    retry_after_ms: u64 = 0,
    /// path of the offending field; at most 256 bytes
    param: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Error {
        var m = Error{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Error, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.status = try c.small(),
                0x12 => m.code = try c.bytes(),
                0x1a => m.message = try c.bytes(),
                0x20 => m.retry_after_ms = try c.int(),
                0x2a => m.param = try c.bytes(),
                else => try c.skip(tag, 0x3e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Error) usize {
        var n: usize = 0;
        if (m.status != 0) n += 1 + sizeInt(m.status);
        if (m.code.len != 0) n += 1 + sizeBytes(m.code.len);
        if (m.message.len != 0) n += 1 + sizeBytes(m.message.len);
        if (m.retry_after_ms != 0) n += 1 + sizeInt(m.retry_after_ms);
        if (m.param.len != 0) n += 1 + sizeBytes(m.param.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Error, out: *Out) void {
        if (m.status != 0) {
            out.int(0x8);
            out.int(m.status);
        }
        if (m.code.len != 0) {
            out.int(0x12);
            out.bytes(m.code);
        }
        if (m.message.len != 0) {
            out.int(0x1a);
            out.bytes(m.message);
        }
        if (m.retry_after_ms != 0) {
            out.int(0x20);
            out.int(m.retry_after_ms);
        }
        if (m.param.len != 0) {
            out.int(0x2a);
            out.bytes(m.param);
        }
    }
};

/// ReceiveCall is the frame of the receive hook.
pub const ReceiveCall = struct {
    exchange: ?Exchange = null,
    method: []const u8 = "",
    /// as sent, without query
    path: []const u8 = "",
    /// as sent, without "?"
    query: []const u8 = "",
    body_bytes: u64 = 0,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!ReceiveCall {
        var m = ReceiveCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *ReceiveCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x12 => m.method = try c.bytes(),
                0x1a => m.path = try c.bytes(),
                0x22 => m.query = try c.bytes(),
                0x28 => m.body_bytes = try c.int(),
                else => try c.skip(tag, 0x3e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const ReceiveCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        if (m.method.len != 0) n += 1 + sizeBytes(m.method.len);
        if (m.path.len != 0) n += 1 + sizeBytes(m.path.len);
        if (m.query.len != 0) n += 1 + sizeBytes(m.query.len);
        if (m.body_bytes != 0) n += 1 + sizeInt(m.body_bytes);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const ReceiveCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (m.method.len != 0) {
            out.int(0x12);
            out.bytes(m.method);
        }
        if (m.path.len != 0) {
            out.int(0x1a);
            out.bytes(m.path);
        }
        if (m.query.len != 0) {
            out.int(0x22);
            out.bytes(m.query);
        }
        if (m.body_bytes != 0) {
            out.int(0x28);
            out.int(m.body_bytes);
        }
    }
};

/// PromptCall is the frame of the prompt hook.
pub const PromptCall = struct {
    exchange: ?Exchange = null,
    stage: Stage = @enumFromInt(0),
    /// of the kinds and roles that the manifest asked for; at most 65536 elements
    parts: List(Part) = .{},
    parameters: ?Parameters = null,
    /// number of messages; NewPart.at must not be larger
    messages: u32 = 0,
    /// what this hook last left; see Reply.state
    state: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!PromptCall {
        var m = PromptCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *PromptCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x10 => m.stage = @enumFromInt(try c.small()),
                0x1a => try m.parts.note(&c, tag, at),
                0x22 => {
                    if (m.parameters == null) m.parameters = .{};
                    try m.parameters.?.merge(try c.bytes());
                },
                0x28 => m.messages = try c.small(),
                0x32 => m.state = try c.bytes(),
                else => try c.skip(tag, 0x7e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const PromptCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        if (@intFromEnum(m.stage) != 0) n += 1 + sizeInt(@intFromEnum(m.stage));
        n += m.parts.size();
        if (m.parameters) |*v| n += 1 + sizeBytes(v.size());
        if (m.messages != 0) n += 1 + sizeInt(m.messages);
        if (m.state.len != 0) n += 1 + sizeBytes(m.state.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const PromptCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (@intFromEnum(m.stage) != 0) {
            out.int(0x10);
            out.int(@intFromEnum(m.stage));
        }
        m.parts.append(out);
        if (m.parameters) |*v| {
            out.int(0x22);
            out.int(v.size());
            v.append(out);
        }
        if (m.messages != 0) {
            out.int(0x28);
            out.int(m.messages);
        }
        if (m.state.len != 0) {
            out.int(0x32);
            out.bytes(m.state);
        }
    }
};

/// Deployment is one candidate in a route's order, with what is known of it now.
pub const Deployment = struct {
    name: []const u8 = "",
    provider: []const u8 = "",
    model: []const u8 = "",
    weight: u32 = 0,
    /// it failed lately and is out of the picks
    cooling: bool = false,
    /// attempts under way here
    in_flight: u32 = 0,
    /// moving average
    first_byte_ms: f64 = 0,
    /// moving average, 0 to 1
    error_rate: f64 = 0,
    /// 10⁻¹² USD a token; absent when unknown
    input_price: ?u64 = null,
    /// likewise
    output_price: ?u64 = null,
    /// 0 when unknown
    context_tokens: u64 = 0,
    /// of a runtime that tells, 0 to 1
    load: ?f64 = null,
    /// the operator's own; at most 64 elements
    labels: List(Tag) = .{},

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Deployment {
        var m = Deployment{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Deployment, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => m.name = try c.bytes(),
                0x12 => m.provider = try c.bytes(),
                0x1a => m.model = try c.bytes(),
                0x20 => m.weight = try c.small(),
                0x28 => m.cooling = try c.int() != 0,
                0x30 => m.in_flight = try c.small(),
                0x39 => m.first_byte_ms = try c.double(),
                0x41 => m.error_rate = try c.double(),
                0x48 => m.input_price = try c.int(),
                0x50 => m.output_price = try c.int(),
                0x58 => m.context_tokens = try c.int(),
                0x61 => m.load = try c.double(),
                0x6a => try m.labels.note(&c, tag, at),
                else => try c.skip(tag, 0x3ffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Deployment) usize {
        var n: usize = 0;
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (m.provider.len != 0) n += 1 + sizeBytes(m.provider.len);
        if (m.model.len != 0) n += 1 + sizeBytes(m.model.len);
        if (m.weight != 0) n += 1 + sizeInt(m.weight);
        if (m.cooling) n += 1 + 1;
        if (m.in_flight != 0) n += 1 + sizeInt(m.in_flight);
        if (@as(u64, @bitCast(m.first_byte_ms)) != 0) n += 1 + 8;
        if (@as(u64, @bitCast(m.error_rate)) != 0) n += 1 + 8;
        if (m.input_price) |v| n += 1 + sizeInt(v);
        if (m.output_price) |v| n += 1 + sizeInt(v);
        if (m.context_tokens != 0) n += 1 + sizeInt(m.context_tokens);
        if (m.load != null) n += 1 + 8;
        n += m.labels.size();
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Deployment, out: *Out) void {
        if (m.name.len != 0) {
            out.int(0xa);
            out.bytes(m.name);
        }
        if (m.provider.len != 0) {
            out.int(0x12);
            out.bytes(m.provider);
        }
        if (m.model.len != 0) {
            out.int(0x1a);
            out.bytes(m.model);
        }
        if (m.weight != 0) {
            out.int(0x20);
            out.int(m.weight);
        }
        if (m.cooling) {
            out.int(0x28);
            out.int(@intFromBool(m.cooling));
        }
        if (m.in_flight != 0) {
            out.int(0x30);
            out.int(m.in_flight);
        }
        if (@as(u64, @bitCast(m.first_byte_ms)) != 0) {
            out.int(0x39);
            out.double(m.first_byte_ms);
        }
        if (@as(u64, @bitCast(m.error_rate)) != 0) {
            out.int(0x41);
            out.double(m.error_rate);
        }
        if (m.input_price) |v| {
            out.int(0x48);
            out.int(v);
        }
        if (m.output_price) |v| {
            out.int(0x50);
            out.int(v);
        }
        if (m.context_tokens != 0) {
            out.int(0x58);
            out.int(m.context_tokens);
        }
        if (m.load) |v| {
            out.int(0x61);
            out.double(v);
        }
        m.labels.append(out);
    }
};

/// Features describe a prompt to hooks that do not see its text.
pub const Features = struct {
    /// estimate
    input_tokens: u64 = 0,
    messages: u32 = 0,
    images: bool = false,
    audio: bool = false,
    documents: bool = false,
    tools: bool = false,
    reasoning: bool = false,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Features {
        var m = Features{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Features, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.input_tokens = try c.int(),
                0x10 => m.messages = try c.small(),
                0x18 => m.images = try c.int() != 0,
                0x20 => m.audio = try c.int() != 0,
                0x28 => m.documents = try c.int() != 0,
                0x30 => m.tools = try c.int() != 0,
                0x38 => m.reasoning = try c.int() != 0,
                else => try c.skip(tag, 0xfe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Features) usize {
        var n: usize = 0;
        if (m.input_tokens != 0) n += 1 + sizeInt(m.input_tokens);
        if (m.messages != 0) n += 1 + sizeInt(m.messages);
        if (m.images) n += 1 + 1;
        if (m.audio) n += 1 + 1;
        if (m.documents) n += 1 + 1;
        if (m.tools) n += 1 + 1;
        if (m.reasoning) n += 1 + 1;
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Features, out: *Out) void {
        if (m.input_tokens != 0) {
            out.int(0x8);
            out.int(m.input_tokens);
        }
        if (m.messages != 0) {
            out.int(0x10);
            out.int(m.messages);
        }
        if (m.images) {
            out.int(0x18);
            out.int(@intFromBool(m.images));
        }
        if (m.audio) {
            out.int(0x20);
            out.int(@intFromBool(m.audio));
        }
        if (m.documents) {
            out.int(0x28);
            out.int(@intFromBool(m.documents));
        }
        if (m.tools) {
            out.int(0x30);
            out.int(@intFromBool(m.tools));
        }
        if (m.reasoning) {
            out.int(0x38);
            out.int(@intFromBool(m.reasoning));
        }
    }
};

/// RouteCall is the frame of the route hook.
pub const RouteCall = struct {
    exchange: ?Exchange = null,
    /// in the order so far; at most 1024 elements
    deployments: List(Deployment) = .{},
    features: ?Features = null,
    /// if the manifest asked for them; at most 65536 elements
    parts: List(Part) = .{},

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!RouteCall {
        var m = RouteCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *RouteCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x12 => try m.deployments.note(&c, tag, at),
                0x1a => {
                    if (m.features == null) m.features = .{};
                    try m.features.?.merge(try c.bytes());
                },
                0x22 => try m.parts.note(&c, tag, at),
                else => try c.skip(tag, 0x1e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const RouteCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        n += m.deployments.size();
        if (m.features) |*v| n += 1 + sizeBytes(v.size());
        n += m.parts.size();
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const RouteCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        m.deployments.append(out);
        if (m.features) |*v| {
            out.int(0x1a);
            out.int(v.size());
            v.append(out);
        }
        m.parts.append(out);
    }
};

/// Target is the deployment that an attempt goes to.
pub const Target = struct {
    deployment: []const u8 = "",
    provider: []const u8 = "",
    /// the provider's descriptor, e.g. "anthropic"
    kind: []const u8 = "",
    /// the upstream's own model name
    model: []const u8 = "",
    /// path part of the base URL, without trailing slash
    base_path: []const u8 = "",
    /// of the descriptor and the operator: region, project, API version; at most 64 elements
    settings: List(Tag) = .{},

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Target {
        var m = Target{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Target, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => m.deployment = try c.bytes(),
                0x12 => m.provider = try c.bytes(),
                0x1a => m.kind = try c.bytes(),
                0x22 => m.model = try c.bytes(),
                0x2a => m.base_path = try c.bytes(),
                0x32 => try m.settings.note(&c, tag, at),
                else => try c.skip(tag, 0x7e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Target) usize {
        var n: usize = 0;
        if (m.deployment.len != 0) n += 1 + sizeBytes(m.deployment.len);
        if (m.provider.len != 0) n += 1 + sizeBytes(m.provider.len);
        if (m.kind.len != 0) n += 1 + sizeBytes(m.kind.len);
        if (m.model.len != 0) n += 1 + sizeBytes(m.model.len);
        if (m.base_path.len != 0) n += 1 + sizeBytes(m.base_path.len);
        n += m.settings.size();
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Target, out: *Out) void {
        if (m.deployment.len != 0) {
            out.int(0xa);
            out.bytes(m.deployment);
        }
        if (m.provider.len != 0) {
            out.int(0x12);
            out.bytes(m.provider);
        }
        if (m.kind.len != 0) {
            out.int(0x1a);
            out.bytes(m.kind);
        }
        if (m.model.len != 0) {
            out.int(0x22);
            out.bytes(m.model);
        }
        if (m.base_path.len != 0) {
            out.int(0x2a);
            out.bytes(m.base_path);
        }
        m.settings.append(out);
    }
};

/// UpstreamRequestCall is the frame of the upstream_request hook.
pub const UpstreamRequestCall = struct {
    exchange: ?Exchange = null,
    target: ?Target = null,
    /// at most 65536 elements
    parts: List(Part) = .{},
    parameters: ?Parameters = null,
    /// the client's document for operations that have no typed form
    body: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!UpstreamRequestCall {
        var m = UpstreamRequestCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *UpstreamRequestCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x12 => {
                    if (m.target == null) m.target = .{};
                    try m.target.?.merge(try c.bytes());
                },
                0x1a => try m.parts.note(&c, tag, at),
                0x22 => {
                    if (m.parameters == null) m.parameters = .{};
                    try m.parameters.?.merge(try c.bytes());
                },
                0x2a => m.body = try c.bytes(),
                else => try c.skip(tag, 0x3e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const UpstreamRequestCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        if (m.target) |*v| n += 1 + sizeBytes(v.size());
        n += m.parts.size();
        if (m.parameters) |*v| n += 1 + sizeBytes(v.size());
        if (m.body.len != 0) n += 1 + sizeBytes(m.body.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const UpstreamRequestCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (m.target) |*v| {
            out.int(0x12);
            out.int(v.size());
            v.append(out);
        }
        m.parts.append(out);
        if (m.parameters) |*v| {
            out.int(0x22);
            out.int(v.size());
            v.append(out);
        }
        if (m.body.len != 0) {
            out.int(0x2a);
            out.bytes(m.body);
        }
    }
};

/// UpstreamRequestReply is the provider's request, without credentials.
pub const UpstreamRequestReply = struct {
    /// POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
    method: []const u8 = "",
    /// path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
    path: []const u8 = "",
    /// neither credentials nor what belongs to the connection; at most 64 elements
    headers: List(Header) = .{},
    body: []const u8 = "",
    /// at most 256 elements
    dropped: List(Loss) = .{},
    /// the request cannot be translated; the rest is ignored
    @"error": ?Error = null,
    /// for the hooks that read the answer; at most 16384 bytes
    state: ?[]const u8 = null,
    framing: Framing = @enumFromInt(0),
    /// what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
    fetch: List(Fetch) = .{},

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!UpstreamRequestReply {
        var m = UpstreamRequestReply{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *UpstreamRequestReply, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => m.method = try c.bytes(),
                0x12 => m.path = try c.bytes(),
                0x1a => try m.headers.note(&c, tag, at),
                0x22 => m.body = try c.bytes(),
                0x2a => try m.dropped.note(&c, tag, at),
                0x32 => {
                    if (m.@"error" == null) m.@"error" = .{};
                    try m.@"error".?.merge(try c.bytes());
                },
                0x3a => m.state = try c.bytes(),
                0x40 => m.framing = @enumFromInt(try c.small()),
                0x4a => try m.fetch.note(&c, tag, at),
                else => try c.skip(tag, 0x3fe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const UpstreamRequestReply) usize {
        var n: usize = 0;
        if (m.method.len != 0) n += 1 + sizeBytes(m.method.len);
        if (m.path.len != 0) n += 1 + sizeBytes(m.path.len);
        n += m.headers.size();
        if (m.body.len != 0) n += 1 + sizeBytes(m.body.len);
        n += m.dropped.size();
        if (m.@"error") |*v| n += 1 + sizeBytes(v.size());
        if (m.state) |v| n += 1 + sizeBytes(v.len);
        if (@intFromEnum(m.framing) != 0) n += 1 + sizeInt(@intFromEnum(m.framing));
        n += m.fetch.size();
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const UpstreamRequestReply, out: *Out) void {
        if (m.method.len != 0) {
            out.int(0xa);
            out.bytes(m.method);
        }
        if (m.path.len != 0) {
            out.int(0x12);
            out.bytes(m.path);
        }
        m.headers.append(out);
        if (m.body.len != 0) {
            out.int(0x22);
            out.bytes(m.body);
        }
        m.dropped.append(out);
        if (m.@"error") |*v| {
            out.int(0x32);
            out.int(v.size());
            v.append(out);
        }
        if (m.state) |v| {
            out.int(0x3a);
            out.bytes(v);
        }
        if (@intFromEnum(m.framing) != 0) {
            out.int(0x40);
            out.int(@intFromEnum(m.framing));
        }
        m.fetch.append(out);
    }

    /// POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
    pub fn putMethod(out: *Out, v: []const u8) void {
        out.int(0xa);
        out.bytes(v);
    }

    /// path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
    pub fn putPath(out: *Out, v: []const u8) void {
        out.int(0x12);
        out.bytes(v);
    }

    /// neither credentials nor what belongs to the connection; at most 64 elements
    pub fn putHeaders(out: *Out, v: *const Header) void {
        out.int(0x1a);
        out.int(v.size());
        v.append(out);
    }

    pub fn putBody(out: *Out, v: []const u8) void {
        out.int(0x22);
        out.bytes(v);
    }

    /// at most 256 elements
    pub fn putDropped(out: *Out, v: *const Loss) void {
        out.int(0x2a);
        out.int(v.size());
        v.append(out);
    }

    /// the request cannot be translated; the rest is ignored
    pub fn putError(out: *Out, v: *const Error) void {
        out.int(0x32);
        out.int(v.size());
        v.append(out);
    }

    /// for the hooks that read the answer; at most 16384 bytes
    pub fn putState(out: *Out, v: []const u8) void {
        out.int(0x3a);
        out.bytes(v);
    }

    pub fn putFraming(out: *Out, v: Framing) void {
        out.int(0x40);
        out.int(@intFromEnum(v));
    }

    /// what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
    pub fn putFetch(out: *Out, v: *const Fetch) void {
        out.int(0x4a);
        out.int(v.size());
        v.append(out);
    }
};

/// Fetch names a part that the provider takes as data alone and that the client
/// gave by URL. The host fetches it under the egress rules and calls the hook again,
/// with the part's data, and its media type in the part's name.
pub const Fetch = struct {
    /// Part.id
    part: u32 = 0,
    /// path in the client's request, for errors; at most 256 bytes
    field: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Fetch {
        var m = Fetch{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Fetch, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.part = try c.small(),
                0x12 => m.field = try c.bytes(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Fetch) usize {
        var n: usize = 0;
        if (m.part != 0) n += 1 + sizeInt(m.part);
        if (m.field.len != 0) n += 1 + sizeBytes(m.field.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Fetch, out: *Out) void {
        if (m.part != 0) {
            out.int(0x8);
            out.int(m.part);
        }
        if (m.field.len != 0) {
            out.int(0x12);
            out.bytes(m.field);
        }
    }
};

/// Loss names something of the request that the provider has no place for.
pub const Loss = struct {
    /// path in the client's request; at most 256 bytes
    field: []const u8 = "",
    /// a word in snake case, 64 bytes at most; at most 256 bytes
    reason: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Loss {
        var m = Loss{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Loss, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => m.field = try c.bytes(),
                0x12 => m.reason = try c.bytes(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Loss) usize {
        var n: usize = 0;
        if (m.field.len != 0) n += 1 + sizeBytes(m.field.len);
        if (m.reason.len != 0) n += 1 + sizeBytes(m.reason.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Loss, out: *Out) void {
        if (m.field.len != 0) {
            out.int(0xa);
            out.bytes(m.field);
        }
        if (m.reason.len != 0) {
            out.int(0x12);
            out.bytes(m.reason);
        }
    }
};

/// UpstreamResponseCall is the frame of the upstream_response hook.
pub const UpstreamResponseCall = struct {
    exchange: ?Exchange = null,
    target: ?Target = null,
    status: u32 = 0,
    /// those that tell of the answer, no cookie; at most 256 elements
    headers: List(Header) = .{},
    body: []const u8 = "",
    /// what upstream_request left
    state: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!UpstreamResponseCall {
        var m = UpstreamResponseCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *UpstreamResponseCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x12 => {
                    if (m.target == null) m.target = .{};
                    try m.target.?.merge(try c.bytes());
                },
                0x18 => m.status = try c.small(),
                0x22 => try m.headers.note(&c, tag, at),
                0x2a => m.body = try c.bytes(),
                0x32 => m.state = try c.bytes(),
                else => try c.skip(tag, 0x7e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const UpstreamResponseCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        if (m.target) |*v| n += 1 + sizeBytes(v.size());
        if (m.status != 0) n += 1 + sizeInt(m.status);
        n += m.headers.size();
        if (m.body.len != 0) n += 1 + sizeBytes(m.body.len);
        if (m.state.len != 0) n += 1 + sizeBytes(m.state.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const UpstreamResponseCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (m.target) |*v| {
            out.int(0x12);
            out.int(v.size());
            v.append(out);
        }
        if (m.status != 0) {
            out.int(0x18);
            out.int(m.status);
        }
        m.headers.append(out);
        if (m.body.len != 0) {
            out.int(0x2a);
            out.bytes(m.body);
        }
        if (m.state.len != 0) {
            out.int(0x32);
            out.bytes(m.state);
        }
    }
};

/// Choice is how one choice of an answer finished.
pub const Choice = struct {
    index: u32 = 0,
    finish: Finish = @enumFromInt(0),
    /// the stop sequence that ended it; at most 4096 bytes
    stop: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Choice {
        var m = Choice{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Choice, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.index = try c.small(),
                0x10 => m.finish = @enumFromInt(try c.small()),
                0x1a => m.stop = try c.bytes(),
                else => try c.skip(tag, 0xe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Choice) usize {
        var n: usize = 0;
        if (m.index != 0) n += 1 + sizeInt(m.index);
        if (@intFromEnum(m.finish) != 0) n += 1 + sizeInt(@intFromEnum(m.finish));
        if (m.stop.len != 0) n += 1 + sizeBytes(m.stop.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Choice, out: *Out) void {
        if (m.index != 0) {
            out.int(0x8);
            out.int(m.index);
        }
        if (@intFromEnum(m.finish) != 0) {
            out.int(0x10);
            out.int(@intFromEnum(m.finish));
        }
        if (m.stop.len != 0) {
            out.int(0x1a);
            out.bytes(m.stop);
        }
    }
};

/// UpstreamResponseReply is an answer in our form.
pub const UpstreamResponseReply = struct {
    /// at most 65536 elements
    parts: List(Part) = .{},
    /// at most 128 elements
    choices: List(Choice) = .{},
    usage: ?Usage = null,
    /// the model that the provider says it used; at most 256 bytes
    model: []const u8 = "",
    /// the provider's id of the answer; at most 256 bytes
    id: []const u8 = "",
    /// the provider refused; the rest but usage is ignored
    @"error": ?Error = null,
    /// the client's document for operations that have no typed form
    body: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!UpstreamResponseReply {
        var m = UpstreamResponseReply{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *UpstreamResponseReply, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => try m.parts.note(&c, tag, at),
                0x12 => try m.choices.note(&c, tag, at),
                0x1a => {
                    if (m.usage == null) m.usage = .{};
                    try m.usage.?.merge(try c.bytes());
                },
                0x22 => m.model = try c.bytes(),
                0x2a => m.id = try c.bytes(),
                0x32 => {
                    if (m.@"error" == null) m.@"error" = .{};
                    try m.@"error".?.merge(try c.bytes());
                },
                0x3a => m.body = try c.bytes(),
                else => try c.skip(tag, 0xfe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const UpstreamResponseReply) usize {
        var n: usize = 0;
        n += m.parts.size();
        n += m.choices.size();
        if (m.usage) |*v| n += 1 + sizeBytes(v.size());
        if (m.model.len != 0) n += 1 + sizeBytes(m.model.len);
        if (m.id.len != 0) n += 1 + sizeBytes(m.id.len);
        if (m.@"error") |*v| n += 1 + sizeBytes(v.size());
        if (m.body.len != 0) n += 1 + sizeBytes(m.body.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const UpstreamResponseReply, out: *Out) void {
        m.parts.append(out);
        m.choices.append(out);
        if (m.usage) |*v| {
            out.int(0x1a);
            out.int(v.size());
            v.append(out);
        }
        if (m.model.len != 0) {
            out.int(0x22);
            out.bytes(m.model);
        }
        if (m.id.len != 0) {
            out.int(0x2a);
            out.bytes(m.id);
        }
        if (m.@"error") |*v| {
            out.int(0x32);
            out.int(v.size());
            v.append(out);
        }
        if (m.body.len != 0) {
            out.int(0x3a);
            out.bytes(m.body);
        }
    }

    /// at most 65536 elements
    pub fn putParts(out: *Out, v: *const Part) void {
        out.int(0xa);
        out.int(v.size());
        v.append(out);
    }

    /// at most 128 elements
    pub fn putChoices(out: *Out, v: *const Choice) void {
        out.int(0x12);
        out.int(v.size());
        v.append(out);
    }

    pub fn putUsage(out: *Out, v: *const Usage) void {
        out.int(0x1a);
        out.int(v.size());
        v.append(out);
    }

    /// the model that the provider says it used; at most 256 bytes
    pub fn putModel(out: *Out, v: []const u8) void {
        out.int(0x22);
        out.bytes(v);
    }

    /// the provider's id of the answer; at most 256 bytes
    pub fn putId(out: *Out, v: []const u8) void {
        out.int(0x2a);
        out.bytes(v);
    }

    /// the provider refused; the rest but usage is ignored
    pub fn putError(out: *Out, v: *const Error) void {
        out.int(0x32);
        out.int(v.size());
        v.append(out);
    }

    /// the client's document for operations that have no typed form
    pub fn putBody(out: *Out, v: []const u8) void {
        out.int(0x3a);
        out.bytes(v);
    }
};

/// UpstreamEventCall is the frame of the upstream_event hook.
pub const UpstreamEventCall = struct {
    exchange: ?Exchange = null,
    target: ?Target = null,
    /// the event's name, where the framing has one
    name: []const u8 = "",
    /// its payload; whole
    data: []const u8 = "",
    /// the stream is over; name and data are empty
    final: bool = false,
    state: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!UpstreamEventCall {
        var m = UpstreamEventCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *UpstreamEventCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x12 => {
                    if (m.target == null) m.target = .{};
                    try m.target.?.merge(try c.bytes());
                },
                0x1a => m.name = try c.bytes(),
                0x22 => m.data = try c.bytes(),
                0x28 => m.final = try c.int() != 0,
                0x32 => m.state = try c.bytes(),
                else => try c.skip(tag, 0x7e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const UpstreamEventCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        if (m.target) |*v| n += 1 + sizeBytes(v.size());
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (m.data.len != 0) n += 1 + sizeBytes(m.data.len);
        if (m.final) n += 1 + 1;
        if (m.state.len != 0) n += 1 + sizeBytes(m.state.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const UpstreamEventCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (m.target) |*v| {
            out.int(0x12);
            out.int(v.size());
            v.append(out);
        }
        if (m.name.len != 0) {
            out.int(0x1a);
            out.bytes(m.name);
        }
        if (m.data.len != 0) {
            out.int(0x22);
            out.bytes(m.data);
        }
        if (m.final) {
            out.int(0x28);
            out.int(@intFromBool(m.final));
        }
        if (m.state.len != 0) {
            out.int(0x32);
            out.bytes(m.state);
        }
    }
};

/// Event is one piece of a stream in the typed middle form.
pub const Event = struct {
    kind: EventKind = @enumFromInt(0),
    block: u32 = 0,
    choice: u32 = 0,
    /// for open, delta and close; text is what is new
    part: ?Part = null,
    /// for finish
    finish: Finish = @enumFromInt(0),
    /// for usage
    usage: ?Usage = null,
    /// for error
    @"error": ?Error = null,
    /// for raw
    raw: []const u8 = "",
    /// where the event names it; at most 256 bytes
    model: []const u8 = "",
    /// where the event names the answer's id; at most 256 bytes
    id: []const u8 = "",
    /// for finish: the stop sequence that ended it; at most 4096 bytes
    stop: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Event {
        var m = Event{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Event, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.kind = @enumFromInt(try c.small()),
                0x10 => m.block = try c.small(),
                0x18 => m.choice = try c.small(),
                0x22 => {
                    if (m.part == null) m.part = .{};
                    try m.part.?.merge(try c.bytes());
                },
                0x28 => m.finish = @enumFromInt(try c.small()),
                0x32 => {
                    if (m.usage == null) m.usage = .{};
                    try m.usage.?.merge(try c.bytes());
                },
                0x3a => {
                    if (m.@"error" == null) m.@"error" = .{};
                    try m.@"error".?.merge(try c.bytes());
                },
                0x42 => m.raw = try c.bytes(),
                0x4a => m.model = try c.bytes(),
                0x52 => m.id = try c.bytes(),
                0x5a => m.stop = try c.bytes(),
                else => try c.skip(tag, 0xffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Event) usize {
        var n: usize = 0;
        if (@intFromEnum(m.kind) != 0) n += 1 + sizeInt(@intFromEnum(m.kind));
        if (m.block != 0) n += 1 + sizeInt(m.block);
        if (m.choice != 0) n += 1 + sizeInt(m.choice);
        if (m.part) |*v| n += 1 + sizeBytes(v.size());
        if (@intFromEnum(m.finish) != 0) n += 1 + sizeInt(@intFromEnum(m.finish));
        if (m.usage) |*v| n += 1 + sizeBytes(v.size());
        if (m.@"error") |*v| n += 1 + sizeBytes(v.size());
        if (m.raw.len != 0) n += 1 + sizeBytes(m.raw.len);
        if (m.model.len != 0) n += 1 + sizeBytes(m.model.len);
        if (m.id.len != 0) n += 1 + sizeBytes(m.id.len);
        if (m.stop.len != 0) n += 1 + sizeBytes(m.stop.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Event, out: *Out) void {
        if (@intFromEnum(m.kind) != 0) {
            out.int(0x8);
            out.int(@intFromEnum(m.kind));
        }
        if (m.block != 0) {
            out.int(0x10);
            out.int(m.block);
        }
        if (m.choice != 0) {
            out.int(0x18);
            out.int(m.choice);
        }
        if (m.part) |*v| {
            out.int(0x22);
            out.int(v.size());
            v.append(out);
        }
        if (@intFromEnum(m.finish) != 0) {
            out.int(0x28);
            out.int(@intFromEnum(m.finish));
        }
        if (m.usage) |*v| {
            out.int(0x32);
            out.int(v.size());
            v.append(out);
        }
        if (m.@"error") |*v| {
            out.int(0x3a);
            out.int(v.size());
            v.append(out);
        }
        if (m.raw.len != 0) {
            out.int(0x42);
            out.bytes(m.raw);
        }
        if (m.model.len != 0) {
            out.int(0x4a);
            out.bytes(m.model);
        }
        if (m.id.len != 0) {
            out.int(0x52);
            out.bytes(m.id);
        }
        if (m.stop.len != 0) {
            out.int(0x5a);
            out.bytes(m.stop);
        }
    }
};

/// UpstreamEventReply is what one event of the provider means: none, one or more
/// events of ours.
pub const UpstreamEventReply = struct {
    /// at most 1024 elements
    events: List(Event) = .{},
    /// at most 16384 bytes
    state: ?[]const u8 = null,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!UpstreamEventReply {
        var m = UpstreamEventReply{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *UpstreamEventReply, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => try m.events.note(&c, tag, at),
                0x12 => m.state = try c.bytes(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const UpstreamEventReply) usize {
        var n: usize = 0;
        n += m.events.size();
        if (m.state) |v| n += 1 + sizeBytes(v.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const UpstreamEventReply, out: *Out) void {
        m.events.append(out);
        if (m.state) |v| {
            out.int(0x12);
            out.bytes(v);
        }
    }

    /// at most 1024 elements
    pub fn putEvents(out: *Out, v: *const Event) void {
        out.int(0xa);
        out.int(v.size());
        v.append(out);
    }

    /// at most 16384 bytes
    pub fn putState(out: *Out, v: []const u8) void {
        out.int(0x12);
        out.bytes(v);
    }
};

/// AnswerCall is the frame of the answer hook.
pub const AnswerCall = struct {
    exchange: ?Exchange = null,
    /// of the kinds that the manifest asked for; at most 65536 elements
    parts: List(Part) = .{},
    /// at most 128 elements
    choices: List(Choice) = .{},
    usage: ?Usage = null,
    /// Reply.retry is possible
    may_retry: bool = false,
    state: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!AnswerCall {
        var m = AnswerCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *AnswerCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x12 => try m.parts.note(&c, tag, at),
                0x1a => try m.choices.note(&c, tag, at),
                0x22 => {
                    if (m.usage == null) m.usage = .{};
                    try m.usage.?.merge(try c.bytes());
                },
                0x28 => m.may_retry = try c.int() != 0,
                0x32 => m.state = try c.bytes(),
                else => try c.skip(tag, 0x7e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const AnswerCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        n += m.parts.size();
        n += m.choices.size();
        if (m.usage) |*v| n += 1 + sizeBytes(v.size());
        if (m.may_retry) n += 1 + 1;
        if (m.state.len != 0) n += 1 + sizeBytes(m.state.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const AnswerCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        m.parts.append(out);
        m.choices.append(out);
        if (m.usage) |*v| {
            out.int(0x22);
            out.int(v.size());
            v.append(out);
        }
        if (m.may_retry) {
            out.int(0x28);
            out.int(@intFromBool(m.may_retry));
        }
        if (m.state.len != 0) {
            out.int(0x32);
            out.bytes(m.state);
        }
    }
};

/// WindowCall is the frame of the window hook: the text of one block of a stream
/// that is not released yet.
pub const WindowCall = struct {
    exchange: ?Exchange = null,
    choice: u32 = 0,
    block: u32 = 0,
    kind: Kind = @enumFromInt(0),
    /// released already, UTF-8: the last 64 bytes or more, where there are as many
    context: []const u8 = "",
    /// held, UTF-8; Edit offsets count from its start and Edit.part is 0
    text: []const u8 = "",
    /// no more text follows in this block
    final: bool = false,
    /// of a tool call, which always comes whole
    name: []const u8 = "",
    /// likewise
    call_id: []const u8 = "",
    /// bytes of the block released so far, context included
    released: u64 = 0,
    /// what this hook last left for this block
    state: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!WindowCall {
        var m = WindowCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *WindowCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x10 => m.choice = try c.small(),
                0x18 => m.block = try c.small(),
                0x20 => m.kind = @enumFromInt(try c.small()),
                0x2a => m.context = try c.bytes(),
                0x32 => m.text = try c.bytes(),
                0x38 => m.final = try c.int() != 0,
                0x42 => m.name = try c.bytes(),
                0x4a => m.call_id = try c.bytes(),
                0x50 => m.released = try c.int(),
                0x5a => m.state = try c.bytes(),
                else => try c.skip(tag, 0xffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const WindowCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        if (m.choice != 0) n += 1 + sizeInt(m.choice);
        if (m.block != 0) n += 1 + sizeInt(m.block);
        if (@intFromEnum(m.kind) != 0) n += 1 + sizeInt(@intFromEnum(m.kind));
        if (m.context.len != 0) n += 1 + sizeBytes(m.context.len);
        if (m.text.len != 0) n += 1 + sizeBytes(m.text.len);
        if (m.final) n += 1 + 1;
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (m.call_id.len != 0) n += 1 + sizeBytes(m.call_id.len);
        if (m.released != 0) n += 1 + sizeInt(m.released);
        if (m.state.len != 0) n += 1 + sizeBytes(m.state.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const WindowCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (m.choice != 0) {
            out.int(0x10);
            out.int(m.choice);
        }
        if (m.block != 0) {
            out.int(0x18);
            out.int(m.block);
        }
        if (@intFromEnum(m.kind) != 0) {
            out.int(0x20);
            out.int(@intFromEnum(m.kind));
        }
        if (m.context.len != 0) {
            out.int(0x2a);
            out.bytes(m.context);
        }
        if (m.text.len != 0) {
            out.int(0x32);
            out.bytes(m.text);
        }
        if (m.final) {
            out.int(0x38);
            out.int(@intFromBool(m.final));
        }
        if (m.name.len != 0) {
            out.int(0x42);
            out.bytes(m.name);
        }
        if (m.call_id.len != 0) {
            out.int(0x4a);
            out.bytes(m.call_id);
        }
        if (m.released != 0) {
            out.int(0x50);
            out.int(m.released);
        }
        if (m.state.len != 0) {
            out.int(0x5a);
            out.bytes(m.state);
        }
    }
};

/// Verdict is one judgement that was acted on.
pub const Verdict = struct {
    instance: []const u8 = "",
    /// "block", "edit", "flag", …
    verdict: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Verdict {
        var m = Verdict{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Verdict, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => m.instance = try c.bytes(),
                0x12 => m.verdict = try c.bytes(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Verdict) usize {
        var n: usize = 0;
        if (m.instance.len != 0) n += 1 + sizeBytes(m.instance.len);
        if (m.verdict.len != 0) n += 1 + sizeBytes(m.verdict.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Verdict, out: *Out) void {
        if (m.instance.len != 0) {
            out.int(0xa);
            out.bytes(m.instance);
        }
        if (m.verdict.len != 0) {
            out.int(0x12);
            out.bytes(m.verdict);
        }
    }
};

/// CompleteCall is the frame of the complete hook.
pub const CompleteCall = struct {
    exchange: ?Exchange = null,
    end: End = @enumFromInt(0),
    /// HTTP status sent, 499 if the client left before one was
    status: u32 = 0,
    error_code: []const u8 = "",
    usage: ?Usage = null,
    /// 10⁻¹² USD; absent when the price is unknown
    cost: ?u64 = null,
    duration_ns: u64 = 0,
    /// 0 when none was sent
    first_byte_ns: u64 = 0,
    attempts: u32 = 0,
    deployment: []const u8 = "",
    provider: []const u8 = "",
    /// the upstream's
    model: []const u8 = "",
    bytes_in: u64 = 0,
    bytes_out: u64 = 0,
    /// at most 1024 elements
    verdicts: List(Verdict) = .{},
    /// if payload was granted; at most 65536 elements
    prompt: List(Part) = .{},
    /// likewise; at most 65536 elements
    answer: List(Part) = .{},

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!CompleteCall {
        var m = CompleteCall{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *CompleteCall, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.exchange == null) m.exchange = .{};
                    try m.exchange.?.merge(try c.bytes());
                },
                0x10 => m.end = @enumFromInt(try c.small()),
                0x18 => m.status = try c.small(),
                0x22 => m.error_code = try c.bytes(),
                0x2a => {
                    if (m.usage == null) m.usage = .{};
                    try m.usage.?.merge(try c.bytes());
                },
                0x30 => m.cost = try c.int(),
                0x38 => m.duration_ns = try c.int(),
                0x40 => m.first_byte_ns = try c.int(),
                0x48 => m.attempts = try c.small(),
                0x52 => m.deployment = try c.bytes(),
                0x5a => m.provider = try c.bytes(),
                0x62 => m.model = try c.bytes(),
                0x68 => m.bytes_in = try c.int(),
                0x70 => m.bytes_out = try c.int(),
                0x7a => try m.verdicts.note(&c, tag, at),
                0x82 => try m.prompt.note(&c, tag, at),
                0x8a => try m.answer.note(&c, tag, at),
                else => try c.skip(tag, 0x3fffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const CompleteCall) usize {
        var n: usize = 0;
        if (m.exchange) |*v| n += 1 + sizeBytes(v.size());
        if (@intFromEnum(m.end) != 0) n += 1 + sizeInt(@intFromEnum(m.end));
        if (m.status != 0) n += 1 + sizeInt(m.status);
        if (m.error_code.len != 0) n += 1 + sizeBytes(m.error_code.len);
        if (m.usage) |*v| n += 1 + sizeBytes(v.size());
        if (m.cost) |v| n += 1 + sizeInt(v);
        if (m.duration_ns != 0) n += 1 + sizeInt(m.duration_ns);
        if (m.first_byte_ns != 0) n += 1 + sizeInt(m.first_byte_ns);
        if (m.attempts != 0) n += 1 + sizeInt(m.attempts);
        if (m.deployment.len != 0) n += 1 + sizeBytes(m.deployment.len);
        if (m.provider.len != 0) n += 1 + sizeBytes(m.provider.len);
        if (m.model.len != 0) n += 1 + sizeBytes(m.model.len);
        if (m.bytes_in != 0) n += 1 + sizeInt(m.bytes_in);
        if (m.bytes_out != 0) n += 1 + sizeInt(m.bytes_out);
        n += m.verdicts.size();
        n += m.prompt.size();
        n += m.answer.size();
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const CompleteCall, out: *Out) void {
        if (m.exchange) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (@intFromEnum(m.end) != 0) {
            out.int(0x10);
            out.int(@intFromEnum(m.end));
        }
        if (m.status != 0) {
            out.int(0x18);
            out.int(m.status);
        }
        if (m.error_code.len != 0) {
            out.int(0x22);
            out.bytes(m.error_code);
        }
        if (m.usage) |*v| {
            out.int(0x2a);
            out.int(v.size());
            v.append(out);
        }
        if (m.cost) |v| {
            out.int(0x30);
            out.int(v);
        }
        if (m.duration_ns != 0) {
            out.int(0x38);
            out.int(m.duration_ns);
        }
        if (m.first_byte_ns != 0) {
            out.int(0x40);
            out.int(m.first_byte_ns);
        }
        if (m.attempts != 0) {
            out.int(0x48);
            out.int(m.attempts);
        }
        if (m.deployment.len != 0) {
            out.int(0x52);
            out.bytes(m.deployment);
        }
        if (m.provider.len != 0) {
            out.int(0x5a);
            out.bytes(m.provider);
        }
        if (m.model.len != 0) {
            out.int(0x62);
            out.bytes(m.model);
        }
        if (m.bytes_in != 0) {
            out.int(0x68);
            out.int(m.bytes_in);
        }
        if (m.bytes_out != 0) {
            out.int(0x70);
            out.int(m.bytes_out);
        }
        m.verdicts.append(out);
        m.prompt.append(out);
        m.answer.append(out);
    }
};

/// Reply holds the verdicts of one hook. An empty one is "allow, unchanged".
/// What a hook may answer depends on its phase; anything else is a bad reply.
pub const Reply = struct {
    block: ?Block = null,
    respond: ?Respond = null,
    /// by part, then by start; disjoint; at most 4096 elements
    edits: List(Edit) = .{},
    /// append; stage shape only; at most 256 elements
    new_parts: List(NewPart) = .{},
    /// at most 64 elements
    flags: List(Flag) = .{},
    /// at most 64 elements
    tags: List(Tag) = .{},
    /// name of another route; at most 256 bytes
    route: []const u8 = "",
    /// new path, receive only; at most 8192 bytes
    path: []const u8 = "",
    /// indices into RouteCall.deployments; those not named are left out; at most 1024 elements
    /// Packed varints.
    order: []const u8 = "",
    /// window only: bytes at the end of the text that could still become a match
    hold: u32 = 0,
    /// feedback to the model for one more try, answer only; at most 4096 bytes
    retry: []const u8 = "",
    /// kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
    state: ?[]const u8 = null,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Reply {
        var m = Reply{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Reply, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const at = c.b;
            const tag = try c.int();
            switch (tag) {
                0xa => {
                    if (m.block == null) m.block = .{};
                    try m.block.?.merge(try c.bytes());
                },
                0x12 => {
                    if (m.respond == null) m.respond = .{};
                    try m.respond.?.merge(try c.bytes());
                },
                0x1a => try m.edits.note(&c, tag, at),
                0x22 => try m.new_parts.note(&c, tag, at),
                0x2a => try m.flags.note(&c, tag, at),
                0x32 => try m.tags.note(&c, tag, at),
                0x3a => m.route = try c.bytes(),
                0x42 => m.path = try c.bytes(),
                0x4a => m.order = try c.bytes(),
                0x50 => m.hold = try c.small(),
                0x5a => m.retry = try c.bytes(),
                0x62 => m.state = try c.bytes(),
                else => try c.skip(tag, 0x1ffe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Reply) usize {
        var n: usize = 0;
        if (m.block) |*v| n += 1 + sizeBytes(v.size());
        if (m.respond) |*v| n += 1 + sizeBytes(v.size());
        n += m.edits.size();
        n += m.new_parts.size();
        n += m.flags.size();
        n += m.tags.size();
        if (m.route.len != 0) n += 1 + sizeBytes(m.route.len);
        if (m.path.len != 0) n += 1 + sizeBytes(m.path.len);
        if (m.order.len != 0) n += 1 + sizeBytes(m.order.len);
        if (m.hold != 0) n += 1 + sizeInt(m.hold);
        if (m.retry.len != 0) n += 1 + sizeBytes(m.retry.len);
        if (m.state) |v| n += 1 + sizeBytes(v.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Reply, out: *Out) void {
        if (m.block) |*v| {
            out.int(0xa);
            out.int(v.size());
            v.append(out);
        }
        if (m.respond) |*v| {
            out.int(0x12);
            out.int(v.size());
            v.append(out);
        }
        m.edits.append(out);
        m.new_parts.append(out);
        m.flags.append(out);
        m.tags.append(out);
        if (m.route.len != 0) {
            out.int(0x3a);
            out.bytes(m.route);
        }
        if (m.path.len != 0) {
            out.int(0x42);
            out.bytes(m.path);
        }
        if (m.order.len != 0) {
            out.int(0x4a);
            out.bytes(m.order);
        }
        if (m.hold != 0) {
            out.int(0x50);
            out.int(m.hold);
        }
        if (m.retry.len != 0) {
            out.int(0x5a);
            out.bytes(m.retry);
        }
        if (m.state) |v| {
            out.int(0x62);
            out.bytes(v);
        }
    }

    pub fn putBlock(out: *Out, v: *const Block) void {
        out.int(0xa);
        out.int(v.size());
        v.append(out);
    }

    pub fn putRespond(out: *Out, v: *const Respond) void {
        out.int(0x12);
        out.int(v.size());
        v.append(out);
    }

    /// by part, then by start; disjoint; at most 4096 elements
    pub fn putEdits(out: *Out, v: *const Edit) void {
        out.int(0x1a);
        out.int(v.size());
        v.append(out);
    }

    /// append; stage shape only; at most 256 elements
    pub fn putNewParts(out: *Out, v: *const NewPart) void {
        out.int(0x22);
        out.int(v.size());
        v.append(out);
    }

    /// at most 64 elements
    pub fn putFlags(out: *Out, v: *const Flag) void {
        out.int(0x2a);
        out.int(v.size());
        v.append(out);
    }

    /// at most 64 elements
    pub fn putTags(out: *Out, v: *const Tag) void {
        out.int(0x32);
        out.int(v.size());
        v.append(out);
    }

    /// name of another route; at most 256 bytes
    pub fn putRoute(out: *Out, v: []const u8) void {
        out.int(0x3a);
        out.bytes(v);
    }

    /// new path, receive only; at most 8192 bytes
    pub fn putPath(out: *Out, v: []const u8) void {
        out.int(0x42);
        out.bytes(v);
    }

    /// indices into RouteCall.deployments; those not named are left out; at most 1024 elements
    pub fn putOrder(out: *Out, v: []const u32) void {
        var n: usize = 0;
        for (v) |x| n += sizeInt(x);
        out.int(0x4a);
        out.int(n);
        for (v) |x| out.int(x);
    }

    /// window only: bytes at the end of the text that could still become a match
    pub fn putHold(out: *Out, v: u32) void {
        out.int(0x50);
        out.int(v);
    }

    /// feedback to the model for one more try, answer only; at most 4096 bytes
    pub fn putRetry(out: *Out, v: []const u8) void {
        out.int(0x5a);
        out.bytes(v);
    }

    /// kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
    pub fn putState(out: *Out, v: []const u8) void {
        out.int(0x62);
        out.bytes(v);
    }
};

/// Block ends the exchange with an error for the client.
pub const Block = struct {
    /// 400 to 599; 0 means 400
    status: u32 = 0,
    /// reason for machines; at most 64 bytes
    code: []const u8 = "",
    /// for the client; control characters become blanks; at most 1024 bytes
    message: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Block {
        var m = Block{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Block, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.status = try c.small(),
                0x12 => m.code = try c.bytes(),
                0x1a => m.message = try c.bytes(),
                else => try c.skip(tag, 0xe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Block) usize {
        var n: usize = 0;
        if (m.status != 0) n += 1 + sizeInt(m.status);
        if (m.code.len != 0) n += 1 + sizeBytes(m.code.len);
        if (m.message.len != 0) n += 1 + sizeBytes(m.message.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Block, out: *Out) void {
        if (m.status != 0) {
            out.int(0x8);
            out.int(m.status);
        }
        if (m.code.len != 0) {
            out.int(0x12);
            out.bytes(m.code);
        }
        if (m.message.len != 0) {
            out.int(0x1a);
            out.bytes(m.message);
        }
    }
};

/// Respond ends the exchange with an answer of the plugin's own.
pub const Respond = struct {
    /// 200 to 599; 0 means 200
    status: u32 = 0,
    /// at most 256 bytes
    content_type: []const u8 = "",
    body: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Respond {
        var m = Respond{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Respond, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.status = try c.small(),
                0x12 => m.content_type = try c.bytes(),
                0x1a => m.body = try c.bytes(),
                else => try c.skip(tag, 0xe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Respond) usize {
        var n: usize = 0;
        if (m.status != 0) n += 1 + sizeInt(m.status);
        if (m.content_type.len != 0) n += 1 + sizeBytes(m.content_type.len);
        if (m.body.len != 0) n += 1 + sizeBytes(m.body.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Respond, out: *Out) void {
        if (m.status != 0) {
            out.int(0x8);
            out.int(m.status);
        }
        if (m.content_type.len != 0) {
            out.int(0x12);
            out.bytes(m.content_type);
        }
        if (m.body.len != 0) {
            out.int(0x1a);
            out.bytes(m.body);
        }
    }
};

/// Edit replaces the bytes [start, end) of a part's text. Offsets are in bytes of
/// the text that this hook was given and lie on rune boundaries.
pub const Edit = struct {
    /// Part.id
    part: u32 = 0,
    start: u32 = 0,
    end: u32 = 0,
    /// the new bytes, UTF-8
    text: []const u8 = "",
    /// redact: the host writes a placeholder such as [EMAIL]; text is empty. A-Z, 0-9, _; at most 32 bytes
    label: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Edit {
        var m = Edit{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Edit, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.part = try c.small(),
                0x10 => m.start = try c.small(),
                0x18 => m.end = try c.small(),
                0x22 => m.text = try c.bytes(),
                0x2a => m.label = try c.bytes(),
                else => try c.skip(tag, 0x3e),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Edit) usize {
        var n: usize = 0;
        if (m.part != 0) n += 1 + sizeInt(m.part);
        if (m.start != 0) n += 1 + sizeInt(m.start);
        if (m.end != 0) n += 1 + sizeInt(m.end);
        if (m.text.len != 0) n += 1 + sizeBytes(m.text.len);
        if (m.label.len != 0) n += 1 + sizeBytes(m.label.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Edit, out: *Out) void {
        if (m.part != 0) {
            out.int(0x8);
            out.int(m.part);
        }
        if (m.start != 0) {
            out.int(0x10);
            out.int(m.start);
        }
        if (m.end != 0) {
            out.int(0x18);
            out.int(m.end);
        }
        if (m.text.len != 0) {
            out.int(0x22);
            out.bytes(m.text);
        }
        if (m.label.len != 0) {
            out.int(0x2a);
            out.bytes(m.label);
        }
    }
};

/// NewPart adds a text to the prompt.
pub const NewPart = struct {
    /// index of the message to stand before; PromptCall.messages appends
    at: u32 = 0,
    role: Role = @enumFromInt(0),
    /// UTF-8
    text: []const u8 = "",

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!NewPart {
        var m = NewPart{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *NewPart, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0x8 => m.at = try c.small(),
                0x10 => m.role = @enumFromInt(try c.small()),
                0x1a => m.text = try c.bytes(),
                else => try c.skip(tag, 0xe),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const NewPart) usize {
        var n: usize = 0;
        if (m.at != 0) n += 1 + sizeInt(m.at);
        if (@intFromEnum(m.role) != 0) n += 1 + sizeInt(@intFromEnum(m.role));
        if (m.text.len != 0) n += 1 + sizeBytes(m.text.len);
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const NewPart, out: *Out) void {
        if (m.at != 0) {
            out.int(0x8);
            out.int(m.at);
        }
        if (@intFromEnum(m.role) != 0) {
            out.int(0x10);
            out.int(@intFromEnum(m.role));
        }
        if (m.text.len != 0) {
            out.int(0x1a);
            out.bytes(m.text);
        }
    }
};

/// Flag is a judgement that changes nothing by itself.
pub const Flag = struct {
    /// at most 64 bytes
    name: []const u8 = "",
    /// finite
    score: f64 = 0,

    /// Reads a message, whose slices point into b.
    pub fn decode(b: []const u8) BadFrame!Flag {
        var m = Flag{};
        try m.merge(b);
        return m;
    }

    fn merge(m: *Flag, b: []const u8) BadFrame!void {
        var c = Cursor{ .b = b };
        while (c.b.len > 0) {
            const tag = try c.int();
            switch (tag) {
                0xa => m.name = try c.bytes(),
                0x11 => m.score = try c.double(),
                else => try c.skip(tag, 0x6),
            }
        }
    }

    /// The number of bytes that append appends.
    pub fn size(m: *const Flag) usize {
        var n: usize = 0;
        if (m.name.len != 0) n += 1 + sizeBytes(m.name.len);
        if (@as(u64, @bitCast(m.score)) != 0) n += 1 + 8;
        return n;
    }

    /// Appends the message to out.
    pub fn append(m: *const Flag, out: *Out) void {
        if (m.name.len != 0) {
            out.int(0xa);
            out.bytes(m.name);
        }
        if (@as(u64, @bitCast(m.score)) != 0) {
            out.int(0x11);
            out.double(m.score);
        }
    }
};

/// The hooks: name, export and what the function is given.
pub const hooks = .{
    .{ .name = "receive", .@"export" = "sallyport_receive", .Call = ReceiveCall },
    .{ .name = "prompt", .@"export" = "sallyport_prompt", .Call = PromptCall },
    .{ .name = "route", .@"export" = "sallyport_route", .Call = RouteCall },
    .{ .name = "upstreamRequest", .@"export" = "sallyport_upstream_request", .Call = UpstreamRequestCall },
    .{ .name = "upstreamResponse", .@"export" = "sallyport_upstream_response", .Call = UpstreamResponseCall },
    .{ .name = "upstreamEvent", .@"export" = "sallyport_upstream_event", .Call = UpstreamEventCall },
    .{ .name = "answer", .@"export" = "sallyport_answer", .Call = AnswerCall },
    .{ .name = "window", .@"export" = "sallyport_window", .Call = WindowCall },
    .{ .name = "complete", .@"export" = "sallyport_complete", .Call = CompleteCall },
};
