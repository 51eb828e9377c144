// A list and a map on a fixed heap, and a sort: run(n).
const std = @import("std");

var heap: [64 << 10]u8 = undefined;

fn less(_: void, a: u32, b: u32) bool {
    return a < b;
}

fn work(k: u32) !u32 {
    var fixed = std.heap.FixedBufferAllocator.init(&heap);
    var list = std.ArrayList(u32).init(fixed.allocator());
    var map = std.AutoHashMap(u32, u32).init(fixed.allocator());
    var v: u32 = k | 1;
    for (0..100) |_| {
        v = v *% 1664525 +% 1013904223;
        try list.append(v >> 16);
        const slot = try map.getOrPut(v >> 26);
        slot.value_ptr.* = if (slot.found_existing) slot.value_ptr.* + 1 else 1;
    }
    std.sort.heap(u32, list.items, {}, less);
    return list.items[50] +% map.count() *% 31 +% (map.get(3) orelse 7);
}

export fn run(n: u32) u32 {
    var sum: u32 = 0;
    var k: u32 = 0;
    while (k < n) : (k += 1) sum = sum *% 7 +% (work(k) catch 0);
    return sum;
}
