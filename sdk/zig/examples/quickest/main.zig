//! Quickest is a route of its own: it tries first what answers fastest, and flags
//! exchanges that took too long.

const sallyport = @import("sallyport");
pub const panic = sallyport.panic;

comptime {
    sallyport.plugin(@This());
}

var slow_ns: u64 = 0;

pub fn configure(_: *const sallyport.ConfigureCall) !void {
    var ms: u64 = 0;
    for (try sallyport.host.config("/slow_ms")) |c| ms = 10 * ms + (c - '0'); // the schema wants a whole number
    slow_ns = 1_000_000 * ms;
}

const Candidate = struct {
    index: u32,
    wait: f64,
};

/// Orders by the time to the first byte. What nobody knows yet comes first, so that
/// it becomes known; what failed lately comes last.
pub fn route(call: *const sallyport.RouteCall, reply: *sallyport.Reply) void {
    const list = sallyport.alloc(Candidate, call.deployments.len);
    const order = sallyport.alloc(u32, list.len);
    var deployments = call.deployments;
    var sorted: usize = 0;
    while (deployments.next()) |d| : (sorted += 1) {
        const c = Candidate{
            .index = @intCast(sorted),
            .wait = if (d.cooling) 1e300 else d.first_byte_ms / (1 - @min(d.error_rate, 0.99)), // failures cost time
        };
        var at = sorted;
        while (at > 0 and c.wait < list[at - 1].wait) : (at -= 1) list[at] = list[at - 1];
        list[at] = c;
    }
    for (list, order) |c, *index| index.* = c.index;
    reply.order(order);
}

/// Is told how the exchange ended.
pub fn complete(call: *const sallyport.CompleteCall, reply: *sallyport.Reply) void {
    if (call.first_byte_ns > slow_ns) reply.flag("slow", @as(f64, @floatFromInt(call.first_byte_ns)) / 1e6);
}
