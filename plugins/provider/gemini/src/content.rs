//! Writes contents: turns that alternate.

use crate::model::Model;
use crate::part::{self, Place};
use crate::request::wire_name;
use sallyport::abi::{Kind, Part, Role};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Names, Turn};

/// What stands where the seal of a call is not known: the provider then does not
/// look for one.
const NO_SEAL: &[u8] = b"skip_thought_signature_validator";

/// Writes the contents of a request.
pub struct Contents<'r, 'a> {
    pub model: Model,
    pub vertex: bool,
    pub all: &'r [Part<'a>],
    pub losses: &'r Losses,
    pub names: &'r mut Names,
}

impl<'r, 'a> Contents<'r, 'a> {
    pub fn write(&mut self, w: &mut Writer, turns: &[Turn<'r, 'a>]) -> Result<(), Failure> {
        w.key("contents").open_array();
        let none = w.bytes().len();
        let mut calls: Vec<&str> = Vec::new(); // of the turn before
        for turn in turns {
            let from = w.bytes().len();
            w.open_object();
            w.key("role").string(if turn.role == Role::ASSISTANT { "model" } else { "user" });
            w.key("parts").open_array();
            let empty = w.bytes().len();
            if turn.role == Role::ASSISTANT {
                self.model(w, &turn.parts)?;
                calls = turn.parts.iter().filter(|p| p.kind == Kind::TOOL_CALL).map(|p| p.call_id).collect();
            } else {
                self.user(w, &turn.parts, &calls)?;
                calls.clear();
            }
            if w.bytes().len() == empty && turn.role == Role::ASSISTANT {
                w.cut(from); // nothing was said
                continue;
            }
            if w.bytes().len() == empty {
                self.blank(w, turn.parts.first().copied());
            }
            w.close_array().close_object();
        }
        if w.bytes().len() == none {
            w.open_object();
            w.key("role").string("user").key("parts").open_array();
            self.blank(w, self.all.first());
            w.close_array().close_object();
        }
        w.close_array();
        Ok(())
    }

    /// Writes what stands for a user who said nothing. The provider refuses a text
    /// without characters, and a request without contents; and turns that nobody
    /// speaks between would be one.
    fn blank(&self, w: &mut Writer, part: Option<&Part>) {
        w.object(|w| drop(w.key("text").string(" ")));
        if let Some(part) = part {
            self.losses.part(part, "sent_as_blank");
        }
    }

    fn place(&self) -> Place<'r> {
        Place { vertex: self.vertex, losses: self.losses }
    }

    fn user(&mut self, w: &mut Writer, parts: &[&Part], calls: &[&str]) -> Result<(), Failure> {
        let n = parts.iter().take_while(|p| p.role == Role::TOOL).count();
        let (results, rest) = parts.split_at(n);
        let mut groups: Vec<Vec<&Part>> = Vec::new();
        for part in results {
            match groups.last_mut() {
                Some(g) if g[0].call_id == part.call_id => g.push(part),
                _ => groups.push(vec![part]),
            }
        }
        // The provider ties results to calls by their order.
        groups.sort_by_key(|g| calls.iter().position(|id| *id == g[0].call_id).unwrap_or(usize::MAX));
        let mut moved = Vec::new();
        for group in &groups {
            self.result(w, group, &mut moved)?;
        }
        for part in moved.iter().chain(rest) {
            part::write(w, part, self.place())?;
        }
        Ok(())
    }

    /// Writes what one call returned. What is no text goes into it where the model
    /// takes it there, else behind all results.
    fn result<'p, 'b>(
        &mut self,
        w: &mut Writer,
        parts: &[&'p Part<'b>],
        moved: &mut Vec<&'p Part<'b>>,
    ) -> Result<(), Failure> {
        let (mut text, mut failed, mut media) = (Vec::new(), false, Vec::new());
        for part in parts {
            match part.kind {
                Kind::TOOL_RESULT | Kind::TEXT => {
                    let mut a = self.losses.attributes(part);
                    failed = failed || a.take("is_error").and_then(|v| v.flag()) == Some(true);
                    if !text.is_empty() && !part.text.is_empty() {
                        text.push(b'\n');
                    }
                    text.extend_from_slice(part.text);
                }
                Kind::IMAGE | Kind::AUDIO | Kind::DOCUMENT if self.model.third => media.push(*part),
                Kind::IMAGE | Kind::AUDIO | Kind::DOCUMENT => {
                    self.losses.part(part, "moved_out_of_result");
                    moved.push(part);
                }
                _ => self.losses.part(part, "not_supported_by_provider"),
            }
        }
        let name = self.name_of(parts[0]);
        let name = wire_name(self.names, name).into_owned();
        w.open_object();
        w.key("functionResponse").open_object();
        if !self.vertex && !parts[0].call_id.is_empty() {
            w.key("id").string(parts[0].call_id);
        }
        w.key("name").string(name).key("response");
        write_returned(w, &text, failed);
        if !media.is_empty() {
            w.key("parts").open_array();
            for p in media {
                part::write(w, p, self.place())?;
            }
            w.close_array();
        }
        w.close_object().close_object();
        Ok(())
    }

    /// The name of the function that a result is of.
    fn name_of(&self, result: &Part<'r>) -> &'r str
    where
        'a: 'r,
    {
        if !result.name.is_empty() && result.kind == Kind::TOOL_RESULT {
            return result.name;
        }
        let call = self.all.iter().find(|p| p.kind == Kind::TOOL_CALL && p.call_id == result.call_id);
        if call.is_none() && self.vertex {
            // It has no place for the id.
            self.losses.add(self.losses.path(result) + ".call_id", "no_such_call");
        }
        call.map_or("unknown", |p| p.name)
    }

    fn model(&mut self, w: &mut Writer, parts: &[&Part]) -> Result<(), Failure> {
        let mut first = true; // call
        for part in parts {
            let seal = if part.signature.is_empty() || !crate::ours(part.source) { &b""[..] } else { part.signature };
            match part.kind {
                Kind::TOOL_CALL => {
                    self.unsealed(part);
                    let seal = if seal.is_empty() && first && self.model.third { NO_SEAL } else { seal };
                    first = false;
                    self.call(w, part, seal)?;
                }
                Kind::THINKING | Kind::REDACTED if seal.is_empty() => {
                    let why = if part.signature.is_empty() { "unsigned" } else { "signed_by_another_provider" };
                    self.losses.part(part, why);
                }
                Kind::THINKING | Kind::REDACTED => {
                    drop(self.losses.attributes(part));
                    w.object(|w| {
                        w.key("text").string(part.text).key("thought").flag(true);
                        w.key("thoughtSignature").string(seal);
                    });
                }
                Kind::TEXT => {
                    self.unsealed(part);
                    drop(self.losses.attributes(part));
                    if !part.text.is_empty() || !seal.is_empty() {
                        w.object(|w| {
                            w.key("text").string(part.text);
                            if !seal.is_empty() {
                                w.key("thoughtSignature").string(seal);
                            }
                        });
                    }
                }
                _ => {
                    self.unsealed(part);
                    part::write(w, part, self.place())?;
                }
            }
        }
        Ok(())
    }

    /// Reports a seal that is not this dialect's.
    fn unsealed(&self, part: &Part) {
        if !part.signature.is_empty() && !crate::ours(part.source) {
            self.losses.add(self.losses.path(part) + ".signature", "signed_by_another_provider");
        }
    }

    fn call(&mut self, w: &mut Writer, part: &Part, seal: &[u8]) -> Result<(), Failure> {
        let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
        let args = if blank { b"{}" } else { part.text };
        if !Value::tolerant(args).map_or(false, |v| v.is_object()) {
            let what = "The arguments of this call are no JSON object.";
            return Err(Failure::invalid(self.losses.path(part), what));
        }
        drop(self.losses.attributes(part));
        w.open_object();
        w.key("functionCall").open_object();
        if !self.vertex && !part.call_id.is_empty() {
            w.key("id").string(part.call_id);
        }
        w.key("name").string(&*wire_name(self.names, part.name)).key("args").raw(args);
        w.close_object();
        if !seal.is_empty() {
            w.key("thoughtSignature").string(seal);
        }
        w.close_object();
        Ok(())
    }
}

/// Writes what a function returned, which must be an object. One with references is
/// none that the provider takes.
fn write_returned(w: &mut Writer, text: &[u8], failed: bool) {
    let refers = |b: &[u8]| b.windows(5).any(|s| s == b"\"$ref" || s == b"\"$def");
    let object = Value::tolerant(text).filter(|v| v.is_object() && !refers(v.raw()));
    match object {
        Some(v) if !failed => drop(w.raw(v.raw())),
        _ => {
            w.object(|w| {
                w.key(if failed { "error" } else { "result" }).string(text);
            });
        }
    }
}
