//! A guardrail: it blocks prompts that contain a forbidden word, and redacts the
//! words in answers. Make it yours.

use sallyport::{AnswerCall, Config, Guard, PromptCall, Reply};

/// Made once by configure, and there in every later call.
struct Forbidden {
    words: Vec<String>,
}

impl Guard for Forbidden {
    fn configure(config: &Config) -> Result<Self, String> {
        Ok(Forbidden { words: config.texts("/words") })
    }

    /// Runs on what is about to leave for the provider.
    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
        for part in &call.parts {
            if self.words.iter().any(|w| find(part.text, w, 0).is_some()) {
                let message = "The prompt contains a forbidden word. Remove it and try again.";
                return reply.block_with(400, "forbidden_word", message);
            }
        }
    }

    /// Runs on what came back, before the client gets it. Redactions may overlap.
    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {
        for part in &call.parts {
            for word in &self.words {
                let mut from = 0;
                while let Some(at) = find(part.text, word, from) {
                    from = at + word.len();
                    reply.redact(part.id, at..from, "FORBIDDEN");
                }
            }
        }
    }
}

/// Returns the first place of word in text at or after from, whatever the case of
/// their A to Z.
fn find(text: &[u8], word: &str, from: usize) -> Option<usize> {
    let equal = |w: &[u8]| w.eq_ignore_ascii_case(word.as_bytes());
    text[from..].windows(word.len()).position(equal).map(|at| from + at)
}

sallyport::export_guard!(Forbidden: prompt, answer);

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport::testing;

    fn guard() -> Forbidden {
        testing::configure(r#"{"words": ["kraken", "squid"]}"#).unwrap()
    }

    #[test]
    fn prompts() {
        let blocked = testing::prompt(&mut guard(), &["Be kind.", "Release the KRAKEN!"]);
        assert_eq!(blocked.code, "forbidden_word");
        assert_eq!(testing::prompt(&mut guard(), &["Be kind."]).block, None);
    }

    #[test]
    fn answers() {
        let out = testing::answer(&mut guard(), &["A Squid is no kraken, and no squid either."]);
        assert_eq!(out.texts, ["A [FORBIDDEN] is no [FORBIDDEN], and no [FORBIDDEN] either."]);
    }
}
