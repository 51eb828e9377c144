//! Secretword is a guardrail: it blocks prompts that contain a configured word,
//! and redacts the words in answers, streamed ones too.

const sallyport = @import("sallyport");
pub const panic = sallyport.panic;

comptime {
    sallyport.plugin(@This());
}

// What configure made: words in lower case, and the bytes that begin one.
var words: [][]u8 = &.{};
var starts: [256]bool = @splat(false);

pub fn configure(call: *const sallyport.ConfigureCall) !void {
    words = try sallyport.host.configTexts("/words");
    for (words) |w| {
        if (w.len == 0) return error.@"words holds an empty word, which would match everything";
        if (call.window != 0 and w.len > call.window) return error.@"words holds a word that is longer than the window of a stream";
        for (w) |*c| c.* = lower(c.*);
        starts[w[0]] = true;
        if (w[0] >= 'a' and w[0] <= 'z') starts[w[0] - ('a' - 'A')] = true;
    }
}

pub fn prompt(call: *const sallyport.PromptCall, reply: *sallyport.Reply) void {
    var parts = call.parts;
    while (parts.next()) |part| {
        var search = Search{ .text = part.text };
        if (search.next() != 0) {
            return reply.block(400, "secret_word", "The prompt contains a word that must not leave the company. Remove it and try again.");
        }
    }
}

pub fn answer(call: *const sallyport.AnswerCall, reply: *sallyport.Reply) void {
    var parts = call.parts;
    while (parts.next()) |part| _ = redact(reply, part.id, .{ .text = part.text });
}

pub fn window(call: *const sallyport.WindowCall, reply: *sallyport.Reply) void {
    const n = redact(reply, 0, .{ .text = call.text, .open = !call.final });
    if (n > 0) reply.hold(n);
}

/// Hides the words of a text and returns how many bytes at its end must wait.
fn redact(reply: *sallyport.Reply, part: u32, text: Search) usize {
    var search = text;
    while (true) {
        const n = search.next();
        if (n == 0) return search.held;
        reply.redact(part, search.at, search.at + n, "SECRET");
        search.at += n;
    }
}

const Search = struct {
    text: []const u8,
    open: bool = false, // the text goes on
    at: usize = 0,
    held: usize = 0, // bytes that could still become a word, or a longer one

    /// Goes to the first word at or after `at`, in upper or lower case, and
    /// returns its length: of words that begin at one place that of the longest;
    /// 0 if there is none.
    fn next(self: *Search) usize {
        while (self.at < self.text.len) : (self.at += 1) {
            if (!starts[self.text[self.at]]) continue;
            const rest = self.text[self.at..];
            var longest: usize = 0;
            for (words) |w| {
                const n = common(rest, w);
                if (n == w.len) longest = @max(longest, n);
                if (n == rest.len and n < w.len and self.open) {
                    self.held = rest.len;
                    return 0;
                }
            }
            if (longest != 0) return longest;
        }
        return 0;
    }
};

/// The number of bytes at the beginning that text and word, which is in lower
/// case, have in common.
fn common(text: []const u8, word: []const u8) usize {
    const most = @min(text.len, word.len);
    var n: usize = 0;
    while (n < most and lower(text[n]) == word[n]) n += 1;
    return n;
}

fn lower(c: u8) u8 {
    return if (c >= 'A' and c <= 'Z') c + ('a' - 'A') else c;
}
