const abi = @import("abi.zig");
const memory = @import("memory.zig");

var small: [1024]u8 = undefined; // where a reply begins; most end there

/// The verdicts of one hook. What a hook may answer depends on its phase; the
/// gateway takes anything else for a failure of the plugin. What no function here
/// writes is written to `out` with those of the ABI: `abi.Reply.putPath(&reply.out, …)`.
pub const Reply = struct {
    out: abi.Out,
    edits: []abi.Edit = &.{},
    used: usize = 0,

    /// The most edits that one reply may have. With more the exchange is blocked.
    pub const max_edits = 4096;
    const max_pending = 4 * max_edits;

    /// Ends the exchange with an error: a status of 400 to 599, a reason for
    /// machines, and a message for the client of 1024 bytes at most.
    pub fn block(self: *Reply, status: u32, code: []const u8, message: []const u8) void {
        abi.Reply.putBlock(&self.out, &.{ .status = status, .code = code, .message = message });
    }

    /// Ends the exchange with an answer of the plugin's own. A status of 0 means 200.
    pub fn respond(self: *Reply, status: u32, content_type: []const u8, body: []const u8) void {
        abi.Reply.putRespond(&self.out, &.{ .status = status, .content_type = content_type, .body = body });
    }

    /// Puts a placeholder such as `[EMAIL]` in place of the bytes [start, end) of
    /// a part's text, on rune boundaries; a window's part is 0. The label has
    /// A-Z, 0-9 and `_`. Edits may come in any order; those that overlap become
    /// one, which writes what the first of them would.
    pub fn redact(self: *Reply, part: u32, start: usize, end: usize, label: []const u8) void {
        self.pend(.{ .part = part, .start = @intCast(start), .end = @intCast(end), .label = label });
    }

    /// Puts other text there. An empty range inserts.
    pub fn replace(self: *Reply, part: u32, start: usize, end: usize, text: []const u8) void {
        self.pend(.{ .part = part, .start = @intCast(start), .end = @intCast(end), .text = text });
    }

    /// Adds a text to the prompt before message `at`; `call.messages` means at the
    /// end. Stage shape only.
    pub fn append(self: *Reply, at: u32, role: abi.Role, text: []const u8) void {
        abi.Reply.putNewParts(&self.out, &.{ .at = at, .role = role, .text = text });
    }

    /// Notes a judgement that changes nothing by itself.
    pub fn flag(self: *Reply, name: []const u8, score: f64) void {
        abi.Reply.putFlags(&self.out, &.{ .name = name, .score = score });
    }

    /// Puts a tag on the exchange.
    pub fn tag(self: *Reply, key: []const u8, value: []const u8) void {
        abi.Reply.putTags(&self.out, &.{ .key = key, .value = value });
    }

    /// Sends the exchange to another route.
    pub fn route(self: *Reply, name: []const u8) void {
        abi.Reply.putRoute(&self.out, name);
    }

    /// Orders the deployments by their index; those not named are left out.
    pub fn order(self: *Reply, deployments: []const u32) void {
        abi.Reply.putOrder(&self.out, deployments);
    }

    /// Holds back the last n bytes of a window: they could still become a match.
    pub fn hold(self: *Reply, n: usize) void {
        abi.Reply.putHold(&self.out, @intCast(n));
    }

    /// Keeps bytes, at most 16 KiB, for this hook's next call in this exchange
    /// and block.
    pub fn state(self: *Reply, bytes: []const u8) void {
        abi.Reply.putState(&self.out, bytes);
    }

    fn pend(self: *Reply, edit: abi.Edit) void {
        if (self.used == max_pending) return;
        if (self.used == self.edits.len) {
            const list = memory.alloc(abi.Edit, @max(32, 2 * self.edits.len));
            @memcpy(list[0..self.used], self.edits);
            self.edits = list;
        }
        self.edits[self.used] = edit;
        self.used += 1;
    }

    pub fn init() Reply {
        return .{ .out = .{ .buffer = &small, .more = memory.bytes } };
    }

    /// Packs the reply: 0 for "allow, unchanged", else address and length.
    pub fn pack(self: *Reply) u64 {
        if (self.used > 0) self.finish();
        const b = self.out.written();
        if (b.len == 0) return 0;
        return @as(u64, @intFromPtr(b.ptr)) << 32 | b.len;
    }

    /// Writes the edits: sorted, disjoint, and not too many.
    fn finish(self: *Reply) void {
        const list = self.edits[0..self.used];
        for (1..list.len) |i| { // they mostly come in order
            const e = list[i];
            var at = i;
            while (at > 0 and before(&e, &list[at - 1])) : (at -= 1) list[at] = list[at - 1];
            list[at] = e;
        }
        var kept: usize = 0;
        for (list) |e| {
            if (kept > 0 and e.part == list[kept - 1].part and e.start < list[kept - 1].end) {
                list[kept - 1].end = @max(list[kept - 1].end, e.end);
            } else {
                list[kept] = e;
                kept += 1;
            }
        }
        if (kept > max_edits or self.used == max_pending) {
            self.out.len = 0;
            return self.block(0, "too_many_edits", "The text has more to redact than one request may have.");
        }
        for (list[0..kept]) |*e| abi.Reply.putEdits(&self.out, e);
    }

    fn before(a: *const abi.Edit, b: *const abi.Edit) bool {
        if (a.part != b.part) return a.part < b.part;
        if (a.start != b.start) return a.start < b.start;
        return a.end < b.end;
    }
};
