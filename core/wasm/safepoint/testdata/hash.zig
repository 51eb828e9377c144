// The library's hash functions over a buffer: run(n).
const std = @import("std");

export fn run(n: u32) u32 {
    var buf: [512]u8 = undefined;
    for (&buf, 0..) |*b, i| b.* = @truncate(i *% 31);
    var sum: u32 = 0;
    var k: u32 = 0;
    while (k < n) : (k += 1) {
        buf[k % buf.len] +%= 1;
        sum ^= std.hash.Crc32.hash(&buf);
        sum +%= @as(u32, @truncate(std.hash.Wyhash.hash(k, &buf)));
        var out: [16]u8 = undefined;
        std.crypto.hash.Md5.hash(&buf, &out, .{});
        sum +%= std.mem.readIntLittle(u32, out[4..8]);
    }
    return sum;
}
