//! Secretword is a guardrail: it blocks prompts that contain a configured word,
//! and redacts the words in answers, streamed ones too.

use sallyport::scan::ByteSet;
use sallyport::{AnswerCall, Config, Guard, PromptCall, Reply, WindowCall};
use std::ops::Range;

struct SecretWord {
    words: Vec<String>,
    starts: ByteSet, // the bytes that begin a word
}

impl Guard for SecretWord {
    fn configure(config: &Config) -> Result<Self, String> {
        let words = config.texts("/words");
        let mut starts = ByteSet::new(b"");
        for word in &words {
            if config.window() > 0 && word.len() > config.window() {
                return Err("words holds a word that is longer than the window of a stream".into());
            }
            let first = *word.as_bytes().first().ok_or("words holds an empty word, which would match everything")?;
            for c in [first.to_ascii_lowercase(), first.to_ascii_uppercase()] {
                starts = starts.with(c, c);
            }
        }
        Ok(SecretWord { words, starts })
    }

    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
        if call.parts.iter().any(|p| !self.next(p.text, 0, false).is_empty()) {
            let message = "The prompt contains a word that must not leave the company. Remove it and try again.";
            reply.block_with(400, "secret_word", message);
        }
    }

    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {
        for part in &call.parts {
            self.redact(part.id, part.text, false, reply);
        }
    }

    /// Judges a piece of a stream. What could still become a word waits.
    fn window(&mut self, call: &WindowCall, reply: &mut Reply) {
        let done = self.redact(0, call.text, !call.r#final, reply);
        if done < call.text.len() {
            reply.hold(call.text.len() - done);
        }
    }
}

impl SecretWord {
    /// Hides the words of a text and returns up to where nothing needs to wait.
    fn redact(&self, part: u32, text: &[u8], open: bool, reply: &mut Reply) -> usize {
        let mut found = self.next(text, 0, open);
        while !found.is_empty() {
            let end = found.end;
            reply.redact(part, found, "SECRET");
            found = self.next(text, end, open);
        }
        found.start
    }

    /// Finds the first word in text at or after from, in upper or lower case; of
    /// those that begin there the longest. Without one the range is empty: at the
    /// end of the text or, in a text that is open, since it goes on, at the first
    /// place that could still become a word, or a longer one.
    fn next(&self, text: &[u8], from: usize, open: bool) -> Range<usize> {
        let mut at = self.starts.find(text, from);
        while at < text.len() {
            let rest = &text[at..];
            let mut longest = 0;
            for word in &self.words {
                let n = word.len().min(rest.len());
                if !rest[..n].eq_ignore_ascii_case(&word.as_bytes()[..n]) {
                    continue;
                }
                if n == word.len() {
                    longest = longest.max(n);
                } else if open {
                    return at..at;
                }
            }
            if longest > 0 {
                return at..at + longest;
            }
            at = self.starts.find(text, at + 1);
        }
        text.len()..text.len()
    }
}

sallyport::export_guard!(SecretWord: prompt, answer, window);

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport::testing;

    fn guard() -> SecretWord {
        testing::configure(r#"{"words": ["Kraken", "krakens", "blue whale"]}"#).unwrap()
    }

    #[test]
    fn prompts() {
        let many = "krake".repeat(99);
        for (text, blocked) in [
            ("release the kraken", true),
            ("RELEASE THE KRAKEN", true),
            ("a Blue Whale", true),
            ("a blue  whale", false),
            ("krake", false),
            ("", false),
            ("Åkrakenå", true),
            (&many, false),
        ] {
            let out = testing::prompt(&mut guard(), &["Be kind.", text]);
            assert_eq!(out.code, if blocked { "secret_word" } else { "" }, "{text}");
            assert!(!out.block.unwrap_or_default().to_lowercase().contains("kraken"));
        }
    }

    #[test]
    fn answers() {
        for (text, want) in [
            ("The Kraken, a kraken.", "The [SECRET], a [SECRET]."),
            ("Two krakens and more", "Two [SECRET] and more"),
            ("krakenkrakenblue whale", "[SECRET][SECRET][SECRET]"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(testing::answer(&mut guard(), &[text, "other"]).texts, [want, "other"]);
        }
    }

    #[test]
    fn windows() {
        for (text, last, want, hold) in [
            ("two kraken", false, "two kraken", 6),
            ("two kraken", true, "two [SECRET]", 0),
            ("two krakens, a blue w", false, "two [SECRET], a blue w", 6),
            ("nothing waits", false, "nothing waits", 0),
        ] {
            let guard = guard();
            let mut held = 0;
            let part = sallyport::Part { text: text.as_bytes(), ..Default::default() };
            let out = testing::run(&[part], |reply| {
                held = text.len() - guard.redact(0, text.as_bytes(), !last, reply);
            });
            assert_eq!((out.texts[0].as_str(), held), (want, hold), "{text}");
        }
    }

    #[test]
    fn settings() {
        assert!(testing::configure::<SecretWord>(r#"{"words": [""]}"#).is_err());
        let mut none: SecretWord = testing::configure(r#"{"words": []}"#).unwrap();
        assert_eq!(testing::prompt(&mut none, &["kraken"]).block, None);
    }
}
