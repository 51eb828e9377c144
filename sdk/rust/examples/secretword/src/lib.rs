//! Secretword is a guardrail: it blocks prompts that contain a configured word,
//! and redacts the words in answers.

use sallyport::scan::ByteSet;
use sallyport::{AnswerCall, Config, Guard, PromptCall, Reply};
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
            let first = *word.as_bytes().first().ok_or("words holds an empty word, which would match everything")?;
            for c in [first.to_ascii_lowercase(), first.to_ascii_uppercase()] {
                starts = starts.with(c, c);
            }
        }
        Ok(SecretWord { words, starts })
    }

    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
        if call.parts.iter().any(|p| self.next(p.text, 0).is_some()) {
            let message = "The prompt contains a word that must not leave the company. Remove it and try again.";
            reply.block_with(400, "secret_word", message);
        }
    }

    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {
        for part in &call.parts {
            let mut from = 0;
            while let Some(found) = self.next(part.text, from) {
                from = found.end;
                reply.redact(part.id, found, "SECRET");
            }
        }
    }
}

impl SecretWord {
    /// Finds the first word in text at or after from, in upper or lower case; of
    /// those that begin there the longest.
    fn next(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let mut at = self.starts.find(text, from);
        while at < text.len() {
            let rest = &text[at..];
            let begins = |w: &&String| rest.get(..w.len()).map_or(false, |t| t.eq_ignore_ascii_case(w.as_bytes()));
            if let Some(n) = self.words.iter().filter(begins).map(|w| w.len()).max() {
                return Some(at..at + n);
            }
            at = self.starts.find(text, at + 1);
        }
        None
    }
}

sallyport::export_guard!(SecretWord: prompt, answer);

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
    fn settings() {
        assert!(testing::configure::<SecretWord>(r#"{"words": [""]}"#).is_err());
        let mut none: SecretWord = testing::configure(r#"{"words": []}"#).unwrap();
        assert_eq!(testing::prompt(&mut none, &["kraken"]).block, None);
    }
}
