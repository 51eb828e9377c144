//! guardrail.pii: see README.md.

mod detect;
mod email;
mod iban;
mod ip;
mod number;
mod phone;
mod restore;
mod runes;
mod stream;

use detect::{Detector, Kind, KINDS};
use restore::Values;
use sallyport::{host, AnswerCall, Config, Guard, Kind as PartKind, Part, PromptCall, Reader, Reply, Text, WindowCall};
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
    reversible: bool,
    reader: Reader,
    values: Values,
    again: bool, // the prompt has been judged before
    joined: Vec<u8>, // context and text of a window
    counts: [u64; KINDS.len()],
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
        let reversible = config.flag("/reversible").unwrap_or(false);
        if reversible && action != Action::Redact {
            return Err("reversible is for the action \"redact\"".into());
        }
        Ok(Pii {
            detector,
            action,
            reversible,
            reader: Reader::new(),
            values: Values::default(),
            again: false,
            joined: Vec::new(),
            counts: [0; KINDS.len()],
        })
    }

    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
        self.values.clear();
        // A prompt that is judged a second time, on its way to another route, has
        // placeholders of ours.
        self.again = self.reversible && self.values.any();
        self.judge(&call.parts, Side::Prompt, reply);
        if self.reversible {
            self.values.keep();
        }
    }

    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {
        self.values.clear();
        self.judge(&call.parts, Side::Answer, reply);
    }

    fn window(&mut self, call: &WindowCall, reply: &mut Reply) {
        self.values.clear();
        if call.kind == PartKind::TOOL_CALL {
            let part = Part { kind: call.kind, text: call.text, ..Default::default() };
            self.judge(&[part], Side::Answer, reply);
            return;
        }
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        joined.extend_from_slice(call.context);
        joined.extend_from_slice(call.text);
        let base = call.context.len();
        let end = if call.r#final { joined.len() } else { stream::settled(&joined, base, self.reversible) };
        let held = Part { text: &joined, ..Default::default() };
        let end = self.look(&held, base..end, Side::Answer, reply);
        self.joined = joined;
        reply.hold(base + call.text.len() - end);
        self.report(Side::Answer, reply);
    }
}

/// What is judged.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Prompt,
    Answer,
}

/// What becomes of a place in a text.
enum Change {
    Redact(Kind),
    Write(Vec<u8>),
}

impl Pii {
    fn judge(&mut self, parts: &[Part], side: Side, reply: &mut Reply) {
        for part in parts {
            let whole = 0..usize::MAX;
            self.look(part, whole, side, reply);
        }
        self.report(side, reply);
    }

    /// Looks at the text of a part within a range, and returns up to where it is
    /// settled: before a finding that goes beyond. Edits count from the range's
    /// start.
    fn look(&mut self, part: &Part, within: Range<usize>, side: Side, reply: &mut Reply) -> usize {
        let Pii { detector, reader, values, counts, reversible, again, .. } = self;
        let redact = self.action == Action::Redact;
        let text = reader.read(part);
        let t = text.bytes();
        let (base, mut end) = (within.start, within.end.min(t.len()));
        let mut changes: Vec<(Range<usize>, Change)> = Vec::new();
        if *reversible {
            restore::each(t, |m| {
                let change = match side {
                    Side::Prompt if *again => None,
                    Side::Prompt => Some(Change::Write([b"[", &t[m.range.clone()], b"]"].concat())),
                    Side::Answer if m.depth > 1 => Some(Change::Write(t[m.range.start + 1..m.range.end - 1].to_vec())),
                    Side::Answer => values.value(m.kind, m.number).map(|v| Change::Write(v.to_vec())),
                };
                if let Some(change) = change {
                    changes.push((m.range, change));
                }
            });
        }
        detector.each(t, |kind, range| changes.push((range, Change::Redact(kind))));
        if *reversible {
            changes.sort_unstable_by_key(|(r, _)| r.start);
        }
        let mut done = 0;
        for (range, change) in changes {
            if range.end <= base || range.start < done {
                continue;
            }
            if range.start < base && *reversible && values.stands(&t[..base], range.start) {
                continue; // it is what was put back, and text that follows by chance
            }
            if range.end > end {
                end = end.min(range.start.max(base));
                break;
            }
            done = range.end;
            let range = range.start.max(base)..range.end;
            match change {
                Change::Write(new) => write(&text, reply, range, base, &new),
                Change::Redact(kind) => {
                    counts[kind as usize] += 1;
                    let name = match side {
                        Side::Prompt if *reversible => values.placeholder(kind, &t[range.clone()]),
                        _ => None,
                    };
                    match name {
                        _ if !redact => {}
                        Some(name) => write(&text, reply, range, base, name.as_bytes()),
                        None if base == 0 => text.redact(reply, range, kind.label()),
                        None => reply.redact(0, range.start - base..range.end - base, kind.label()),
                    }
                }
            }
        }
        end
    }

    /// Counts, flags and blocks by what was found.
    #[inline(never)]
    fn report(&mut self, side: Side, reply: &mut Reply) {
        let found = std::mem::replace(&mut self.counts, [0; KINDS.len()]);
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
            let what = if side == Side::Prompt { "request" } else { "answer" };
            reply.block_with(0, "pii", &format!("The {} contains personal data ({}).", what, names));
        }
    }
}

/// Writes new text in the place of a range of what the reader shows.
#[inline(never)]
fn write(text: &Text, reply: &mut Reply, range: Range<usize>, base: usize, new: &[u8]) {
    let new = std::str::from_utf8(new).unwrap_or_default(); // it is UTF-8
    if base > 0 {
        reply.replace(0, range.start - base..range.end - base, new);
    } else {
        text.replace(reply, range, new);
    }
}

sallyport::export_guard!(Pii: prompt, answer, window);

#[cfg(test)]
mod tests;
