//! guardrail.denylist: see README.md.

mod case;
mod fold;
mod matcher;
mod starts;

use fold::padding;
use matcher::{Matcher, Options};
use sallyport::{host, AnswerCall, Config, Guard, Kind, Part, PromptCall, Reader, Reply, WindowCall};

/// What to do about a word.
#[derive(Clone, Copy, PartialEq)]
enum Action {
    Block,
    Redact,
    Flag,
}

struct Denylist {
    matcher: Matcher,
    action: Action,
    message: Option<String>,
    reader: Reader,
    joined: Vec<u8>, // context and text of a window
}

/// What is said of a blocked answer where the operator says nothing.
const ANSWER: &str = "The answer contains a term that is not allowed here.";

/// The most that is held back of a stream, in bytes; see the manifest.
const MOST: usize = 2048;
/// The most that the visible runes of a word take, in bytes: 200 of them, each of four
/// bytes with a mark of two, and a blank of three.
const LONGEST: usize = 200 * 6;

impl Guard for Denylist {
    fn configure(config: &Config) -> Result<Self, String> {
        let on = |path: &str, default: bool| config.flag(path).unwrap_or(default);
        let options = Options { case_sensitive: on("/case_sensitive", false), whole_words: on("/whole_words", true) };
        let words = config.texts("/words");
        if words.is_empty() {
            return Err("words is empty: list the words and phrases that are not allowed".into());
        }
        let action = match config.text("/action").as_deref() {
            None | Some("block") => Action::Block,
            Some("redact") => Action::Redact,
            Some("flag") => Action::Flag,
            Some(other) => return Err(format!("action \"{}\" is none of block, redact, flag", other)),
        };
        Ok(Denylist {
            matcher: Matcher::new(&words, options)?,
            action,
            message: config.text("/message").filter(|m| !m.is_empty()),
            reader: Reader::new(),
            joined: Vec::new(),
        })
    }

    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
        self.judge(&call.parts, "The request contains a term that is not allowed here.", reply);
    }

    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {
        self.judge(&call.parts, ANSWER, reply);
    }

    fn window(&mut self, call: &WindowCall, reply: &mut Reply) {
        if call.kind == Kind::TOOL_CALL {
            let part = Part { kind: call.kind, text: call.text, ..Default::default() };
            return self.judge(&[part], ANSWER, reply);
        }
        let base = call.context.len();
        self.joined.clear();
        self.joined.extend_from_slice(call.context);
        self.joined.extend_from_slice(call.text);
        let t = &self.joined[..];
        let (mut end, mut padded) = (t.len(), t.len());
        if !call.r#final {
            let mut from = base.max(end.saturating_sub(MOST));
            while t.get(from).map_or(false, |c| c & 0xc0 == 0x80) {
                from += 1;
            }
            end = self.matcher.open(t, from);
            if from > base && padding(&t[from..]) > MOST - LONGEST {
                let open = self.matcher.open(t, base);
                if open < from {
                    padded = open;
                }
            }
        }
        let (mut found, mut from) = (0, base);
        while let Some((at, _)) = self.matcher.find(t, from) {
            if at.end > padded {
                break;
            }
            if at.end > end {
                end = end.min(at.start);
                break;
            }
            found += 1;
            from = at.end;
            if self.action == Action::Redact {
                reply.redact(0, at.start - base..at.end - base, "REDACTED");
            }
        }
        if padded < t.len() {
            // It is more than may be held back, for it is filled up with what nobody
            // sees: that is what a word looks like which is to be let through.
            found += 1;
            end = t.len();
            if self.action == Action::Redact {
                reply.redact(0, padded.max(from) - base..end - base, "REDACTED");
            }
        }
        reply.hold(t.len() - end);
        self.report(found, ANSWER, reply);
    }
}

impl Denylist {
    fn judge(&mut self, parts: &[Part], message: &str, reply: &mut Reply) {
        let mut found = 0u64;
        for part in parts {
            let text = self.reader.read(part);
            let mut from = 0;
            while let Some((at, _)) = self.matcher.find(text.bytes(), from) {
                found += 1;
                from = at.end;
                if self.action != Action::Redact {
                    break;
                }
                text.redact(reply, at, "REDACTED");
            }
            if found > 0 && self.action != Action::Redact {
                break;
            }
        }
        self.report(found, message, reply);
    }

    fn report(&self, found: u64, message: &str, reply: &mut Reply) {
        if found == 0 {
            return;
        }
        host::count("matches", found);
        match self.action {
            Action::Block => reply.block_with(0, "denylist", self.message.as_deref().unwrap_or(message)),
            Action::Redact => {}
            Action::Flag => reply.flag("denylist", 1.0),
        }
    }
}

sallyport::export_guard!(Denylist: prompt, answer, window);

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport::testing;

    /// Streams a text in pieces of n bytes and returns what was released in all, and
    /// how much was held at most.
    fn streamed(guard: &mut Denylist, text: &str, n: usize) -> (String, usize) {
        let (mut out, mut held, mut at, mut most) = (String::new(), String::new(), 0, 0);
        while at < text.len() {
            let mut end = (at + n).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            held.push_str(&text[at..end]);
            at = end;
            let from = (out.len().saturating_sub(64)..=out.len()).find(|i| out.is_char_boundary(*i)).unwrap();
            let outcome = testing::window(guard, &out[from..], &held, at == text.len());
            let (now, hold) = (&outcome.texts[0], outcome.hold);
            out.push_str(&now[..now.len() - hold]);
            held = now[now.len() - hold..].to_string();
            most = most.max(hold);
        }
        (out, most)
    }

    #[test]
    fn streams() {
        let words = r#""words":["secret","secret plan","plan b","é","gold","top  secret"],"action":"redact""#;
        for more in ["", r#","whole_words":false"#, r#","case_sensitive":true"#] {
            let mut guard: Denylist = testing::configure(&format!("{{{}{}}}", words, more)).unwrap();
            for text in [
                "a secret plan b, secrets and a Secret  plan",
                "marigold gold, top secret; unsecret é café secret",
                "sec se secre",
                "s\u{200b}ecret and gold\u{301} end secret",
            ] {
                let want = testing::answer(&mut guard, &[text]).texts[0].clone();
                for n in 1..20 {
                    assert_eq!(streamed(&mut guard, text, n).0, want, "{text:?} in pieces of {n} with {more}");
                }
            }
        }
    }

    /// A word that is filled up with what nobody sees until it no longer fits into what
    /// may be held back counts as one, at the latest when the last of it would leave.
    #[test]
    fn padded() {
        let words = r#"{"words":["top secret","gold"],"action":"#;
        for filler in ["\u{200b}", "\u{335}", "\u{e0041}", "\u{fe0f}"] {
            for n in [1, 300, 700, 5000] {
                let pad = filler.repeat(n);
                for text in [
                    format!("a go{}ld b", pad),
                    format!("a g{}o{}l{}d b", pad, pad, pad),
                    format!("a top {}secret b", pad),
                    format!("gold a to{}p secret b gold", pad),
                ] {
                    for piece in [7, 100, 3000] {
                        let mut guard: Denylist = testing::configure(&format!("{}\"redact\"}}", words)).unwrap();
                        let (out, most) = streamed(&mut guard, &text, piece);
                        let seen: String = out.chars().filter(|c| !filler.contains(*c)).collect();
                        assert!(!seen.contains("gold") && !seen.contains("top secret"), "{n} of {filler:?}, pieces of {piece}: {seen}");
                        assert!(most <= MOST, "{most} bytes held");
                    }
                }
            }
        }
        let blanks = "top".to_string() + &" \n".repeat(1500) + "secret";
        let mut guard: Denylist = testing::configure(&format!("{}\"redact\"}}", words)).unwrap();
        assert!(!streamed(&mut guard, &blanks, 50).0.contains("top"));
        // What is not the beginning of a word may have as much of it as it likes.
        let free = format!("a silv{}er b, {} and go", "\u{200b}".repeat(3000), " ".repeat(4000));
        for action in ["redact", "block"] {
            let mut guard: Denylist = testing::configure(&format!("{}\"{}\"}}", words, action)).unwrap();
            assert_eq!(streamed(&mut guard, &free, 90).0, free);
        }
        let mut guard: Denylist = testing::configure(&format!("{}\"block\"}}", words)).unwrap();
        let text = format!("a go{}", "\u{200b}".repeat(700));
        assert!(testing::window(&mut guard, "", &text, false).block.is_some());
        assert!(testing::window(&mut guard, "", &text, true).block.is_none());
    }

    #[test]
    fn ordinary_text_is_not_held() {
        let mut guard: Denylist = testing::configure(r#"{"words":["secret"]}"#).unwrap();
        let (_, most) = streamed(&mut guard, "The quick brown fox jumps over a lazy dog.", 4);
        assert_eq!(most, 0);
        assert!(testing::window(&mut guard, "", "a secret ", false).block.is_some());
        assert_eq!(testing::window(&mut guard, "", "a secret", false).hold, 6);
    }
}
