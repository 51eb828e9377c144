// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.
const sallyport = @import("sallyport");
const abi = sallyport.abi;
const host = sallyport.host;
pub const panic = sallyport.panic;

comptime {
    sallyport.plugin(@This());
}

const messages = .{
    abi.ConfigureCall,
    abi.Exchange,
    abi.Tag,
    abi.Header,
    abi.Part,
    abi.Tool,
    abi.Parameters,
    abi.Parameter,
    abi.Usage,
    abi.Error,
    abi.ReceiveCall,
    abi.PromptCall,
    abi.Deployment,
    abi.Features,
    abi.RouteCall,
    abi.Target,
    abi.UpstreamRequestCall,
    abi.UpstreamRequestReply,
    abi.Fetch,
    abi.Loss,
    abi.UpstreamResponseCall,
    abi.Choice,
    abi.UpstreamResponseReply,
    abi.UpstreamEventCall,
    abi.Event,
    abi.UpstreamEventReply,
    abi.AnswerCall,
    abi.WindowCall,
    abi.Verdict,
    abi.CompleteCall,
    abi.Reply,
    abi.Block,
    abi.Respond,
    abi.Edit,
    abi.NewPart,
    abi.Flag,
};

export fn echo(message: u32, ptr: [*]const u8, len: usize) u64 {
    var reply = sallyport.Reply.init();
    inline for (messages, 0..) |Message, i| {
        if (i == message) {
            const m = Message.decode(ptr[0..len]) catch return 0xffff_ffff_ffff_ffff;
            m.append(&reply.out);
            if (m.size() != reply.out.len) @panic("size");
        }
    }
    return reply.pack();
}

export fn imports() void {
    const k = "k";
    host.log(.info, k);
    _ = host.config(k) catch {};
    _ = host.tag(k) catch {};
    host.setTag(k, k) catch {};
    _ = host.slot(k) catch {};
    host.setSlot(k, k) catch {};
    _ = host.kv(k) catch {};
    host.setKv(k, k, 1) catch {};
    host.count(k, 1);
    _ = host.json(.config, k) catch {};
    host.setJson(.config, k, k) catch {};
    _ = host.configLen(k);
    var room: [8]u8 = undefined;
    if (host.now() == 0) host.random(&room) catch {};
}
