//! Write plugins for the Sallyport gateway in Zig.
//!
//!     const sallyport = @import("sallyport");
//!     pub const panic = sallyport.panic;
//!
//!     comptime {
//!         sallyport.plugin(@This());
//!     }
//!
//!     pub fn prompt(call: *const sallyport.PromptCall, reply: *sallyport.Reply) void { … }
//!
//! A plugin is a file with a public function for each hook that it has, named like
//! the hook: receive, prompt, route, upstreamRequest, upstreamResponse,
//! upstreamEvent, answer, window, complete; and configure, if it has settings.
//!
//! All slices that a hook is given point into the frame that the gateway wrote,
//! and are gone when it returns. Memory that `alloc` gives in configure lasts; that
//! which it gives in a hook is gone when the next one begins. A plugin that panics
//! has failed, and the operator's fail mode decides about the exchange.

const std = @import("std");

pub const abi = @import("abi.zig");
pub const host = @import("host.zig");
const memory = @import("memory.zig");
const reply_file = @import("reply.zig");

pub const alloc = memory.alloc;
pub const Reply = reply_file.Reply;
pub const Out = abi.Out;
pub const ReceiveCall = abi.ReceiveCall;
pub const PromptCall = abi.PromptCall;
pub const RouteCall = abi.RouteCall;
pub const AnswerCall = abi.AnswerCall;
pub const WindowCall = abi.WindowCall;
pub const CompleteCall = abi.CompleteCall;
pub const ConfigureCall = abi.ConfigureCall;
pub const Part = abi.Part;

/// Put `pub const panic = sallyport.panic;` into the plugin's root file: what it
/// panics with is in the operator's log then.
pub const panic = std.debug.FullPanic(struct {
    fn panicked(message: []const u8, _: ?usize) noreturn {
        host.log(.@"error", message);
        @trap();
    }
}.panicked);

/// Exports the functions of a plugin's file.
pub fn plugin(comptime root: type) void {
    const exports = struct {
        fn version() callconv(.c) void {}

        fn buffer(n: usize) callconv(.c) usize {
            return memory.buffer(n);
        }

        fn configure(p: [*]const u8, n: usize) callconv(.c) u32 {
            const call = ConfigureCall.decode(p[0..n]) catch return @intFromEnum(abi.Status.invalid);
            if (!@hasDecl(root, "configure")) return 0;
            const status: abi.Status = if (root.configure(&call)) .ok else |why| failed(why);
            memory.keep();
            return @intFromEnum(status);
        }

        fn failed(why: anyerror) abi.Status {
            host.log(.@"error", @errorName(why));
            return .invalid;
        }
    };
    @export(&exports.version, .{ .name = "sallyport_abi_1" });
    @export(&exports.buffer, .{ .name = "sallyport_buffer" });
    @export(&exports.configure, .{ .name = "sallyport_configure" });
    inline for (abi.hooks) |hook| {
        if (@hasDecl(root, hook.name)) {
            @export(&Run(hook.Call, @field(root, hook.name)).run, .{ .name = hook.@"export" });
        }
    }
}

fn Run(comptime Call: type, comptime function: anytype) type {
    return struct {
        fn run(p: [*]const u8, n: usize) callconv(.c) u64 {
            memory.reset();
            const call = Call.decode(p[0..n]) catch @panic("a frame that cannot be read");
            var reply = Reply.init();
            function(&call, &reply);
            return reply.pack();
        }
    };
}
