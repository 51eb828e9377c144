//! A guardrail: it blocks prompts that contain a forbidden word, and redacts the
//! words in answers. Make it yours.

const sallyport = @import("sallyport");
pub const panic = sallyport.panic;

comptime {
    sallyport.plugin(@This());
}

/// Made by configure, and there in every later call.
var words: [][]u8 = &.{};

pub fn configure(_: *const sallyport.ConfigureCall) !void {
    words = try sallyport.host.configTexts("/words");
}

/// Runs on what is about to leave for the provider.
pub fn prompt(call: *const sallyport.PromptCall, reply: *sallyport.Reply) void {
    var parts = call.parts;
    while (parts.next()) |part| {
        for (words) |word| {
            if (find(part.text, word, 0) != null) {
                return reply.block(400, "forbidden_word", "The prompt contains a forbidden word. Remove it and try again.");
            }
        }
    }
}

/// Runs on what came back, before the client gets it. Redactions may overlap.
pub fn answer(call: *const sallyport.AnswerCall, reply: *sallyport.Reply) void {
    var parts = call.parts;
    while (parts.next()) |part| {
        for (words) |word| {
            var from: usize = 0;
            while (find(part.text, word, from)) |at| {
                from = at + word.len;
                reply.redact(part.id, at, from, "FORBIDDEN");
            }
        }
    }
}

/// Returns the first place of word in text at or after from, whatever the case of
/// their A to Z.
fn find(text: []const u8, word: []const u8, from: usize) ?usize {
    var at = from;
    while (at + word.len <= text.len) : (at += 1) {
        for (word, text[at..][0..word.len]) |a, b| {
            if (lower(a) != lower(b)) break;
        } else return at;
    }
    return null;
}

fn lower(c: u8) u8 {
    return if (c >= 'A' and c <= 'Z') c + ('a' - 'A') else c;
}
