//! guardrail.denylist: see README.md.

mod case;
mod fold;
mod matcher;
mod starts;

use matcher::{Matcher, Options};
use sallyport::{host, AnswerCall, Config, Guard, Part, PromptCall, Reader, Reply};

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
}

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
        })
    }

    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
        self.judge(&call.parts, "The request contains a term that is not allowed here.", reply);
    }

    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {
        self.judge(&call.parts, "The answer contains a term that is not allowed here.", reply);
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

sallyport::export_guard!(Denylist: prompt, answer);
