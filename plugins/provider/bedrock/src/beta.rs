//! Features of Claude that are in test.

use sallyport::json::Writer;
use sallyport::translate::Request;

/// Those that Converse knows. With any other it refuses the whole request.
const KNOWN: [&str; 14] = [
    "compact-2026-01-12",
    "computer-use-2024-10-22",
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "context-1m-2025-08-07",
    "context-management-2025-06-27",
    "dev-full-thinking-2025-05-14",
    "effort-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "interleaved-thinking-2025-05-14",
    "output-128k-2025-02-19",
    "token-efficient-tools-2025-02-19",
    "tool-examples-2025-10-29",
    "tool-search-tool-2025-10-19",
];

/// Words that switch nothing on: they say that the client is Claude Code, and that its
/// credential, which stays in the gateway, is an OAuth token. Nothing is lost without
/// them.
const OF_CLIENTS: [&str; 2] = ["claude-code-20250219", "oauth-2025-04-20"];

/// Most that are reported.
const MAX_LOST: usize = 32;

/// Writes those that the client switches on, by a header field as Anthropic wants it or
/// by the member that Amazon has for it: a list, or a text with commas.
pub fn write(w: &mut Writer, call: &mut Request) {
    let mut asked = Vec::new();
    if let Some(v) = call.other("anthropic_beta") {
        match v.text() {
            Some(text) => add(&mut asked, &text),
            None => v.items().for_each(|item| add(&mut asked, &item.text().unwrap_or_default())),
        }
    }
    for h in call.exchange.headers.iter().filter(|h| h.name.eq_ignore_ascii_case("anthropic-beta")) {
        add(&mut asked, &String::from_utf8_lossy(h.value));
    }
    for name in asked.iter().filter(|n| !KNOWN.contains(&n.as_str())).take(MAX_LOST) {
        call.losses.add(format!("anthropic-beta.{name}"), "not_supported_by_provider");
    }
    let sent: Vec<_> = asked.iter().filter(|n| KNOWN.contains(&n.as_str())).collect();
    if !sent.is_empty() {
        w.key("anthropic_beta").array(|w| {
            for name in sent {
                w.string(name.as_str());
            }
        });
    }
}

/// Adds the words of a list with commas, each once, by the names that Amazon has for
/// them.
fn add(asked: &mut Vec<String>, list: &str) {
    for name in list.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        let name = if name == "advanced-tool-use-2025-11-20" { "tool-search-tool-2025-10-19" } else { name };
        if !OF_CLIENTS.contains(&name) && !asked.iter().any(|n| n == name) {
            asked.push(name.to_string());
        }
    }
}
