//! guardrail.pii: see README.md.

mod detect;
mod email;
mod iban;
mod ip;
mod number;
mod phone;
mod runes;

use detect::{Detector, Kind, KINDS};
use sallyport::{host, AnswerCall, Config, Guard, Part, PromptCall, Reader, Reply, Text};
use std::ops::Range;

/// What to do about a finding.
#[derive(Clone, Copy, PartialEq)]
enum Action {
    Redact,
    Block,
    Flag,
}

struct Pii {
    detector: Detector,
    action: Action,
    reader: Reader,
}

impl Guard for Pii {
    fn configure(config: &Config) -> Result<Self, String> {
        let mut kinds = Vec::new();
        for name in config.texts("/kinds") {
            match KINDS.iter().find(|k| k.name() == name) {
                Some(k) => kinds.push(*k),
                None => return Err(format!("kinds has \"{}\", which is no kind of personal data", name)),
            }
        }
        if kinds.is_empty() {
            kinds.extend(KINDS);
        }
        let action = match config.text("/action").as_deref() {
            None | Some("redact") => Action::Redact,
            Some("block") => Action::Block,
            Some("flag") => Action::Flag,
            Some(other) => return Err(format!("action \"{}\" is none of redact, block, flag", other)),
        };
        let detector = Detector::new(&kinds, &config.texts("/allow"));
        Ok(Pii { detector, action, reader: Reader::new() })
    }

    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
        self.judge(&call.parts, "request", reply);
    }

    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {
        self.judge(&call.parts, "answer", reply);
    }
}

impl Pii {
    fn judge(&mut self, parts: &[Part], what: &str, reply: &mut Reply) {
        let mut found = [0u64; KINDS.len()];
        for part in parts {
            let text = self.reader.read(part);
            let redact = self.action == Action::Redact;
            let mut found = Found { counts: &mut found, text: &text, reply: &mut *reply, redact };
            self.detector.each(text.bytes(), |kind, range| found.add(kind, range));
        }
        if found == [0; KINDS.len()] {
            return;
        }
        let mut names = String::new();
        for kind in KINDS.iter().filter(|k| found[**k as usize] > 0) {
            host::count(kind.counter(), found[*kind as usize]);
            if self.action == Action::Flag {
                reply.flag(kind.flag(), 1.0);
            }
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(kind.words());
        }
        if self.action == Action::Block {
            reply.block_with(0, "pii", &format!("The {} contains personal data ({}).", what, names));
        }
    }
}

/// Where findings go.
struct Found<'a, 'b> {
    counts: &'a mut [u64; KINDS.len()],
    text: &'a Text<'b>,
    reply: &'a mut Reply,
    redact: bool,
}

impl Found<'_, '_> {
    #[inline(never)] // seldom run, and large: a loop is the cheaper without it
    fn add(&mut self, kind: Kind, range: Range<usize>) {
        self.counts[kind as usize] += 1;
        if self.redact {
            self.text.redact(self.reply, range, kind.label());
        }
    }
}

sallyport::export_guard!(Pii: prompt, answer);

#[cfg(test)]
mod tests;
