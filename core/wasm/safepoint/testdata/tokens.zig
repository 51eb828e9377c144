// Tokens, numbers and errors as values: run(n).
const std = @import("std");

const Fault = error{ Empty, Odd };

fn judge(word: []const u8) Fault!u32 {
    if (word.len == 0) return Fault.Empty;
    const v = std.fmt.parseInt(u32, word, 0) catch return @intCast(word.len);
    return if (v % 2 == 1) Fault.Odd else v;
}

export fn run(n: u32) u32 {
    const text = "12,0x1f,,abc,77,0b110,9999999999,ä,44,-3,hello";
    var sum: u32 = 0;
    var k: u32 = 0;
    while (k < n) : (k += 1) {
        var it = std.mem.split(u8, text, ",");
        while (it.next()) |word| {
            const v = judge(word) catch |e| switch (e) {
                Fault.Empty => @as(u32, 1),
                Fault.Odd => 2,
            };
            sum = sum *% 33 +% v;
        }
    }
    return sum;
}
