//! Writes the conversation.

use crate::content::{self, Place};
use crate::request::MAX_NAME;
use crate::{DIALECT, PLAIN};
use sallyport::abi::{Kind, Part, Role};
use sallyport::json::Writer;
use sallyport::translate::{system, Failure, Losses, Names};
use std::borrow::Cow;

/// The longest id of a call.
const MAX_ID: usize = 64;

/// Writes the instructions and the items of a request's input.
pub struct Input<'r> {
    /// Who seals reasoning that this provider takes back.
    pub source: &'r str,
    /// The ids of files that the client names are OpenAI's.
    pub own_files: bool,
    /// The model does not reason, and refuses reasoning.
    pub plain: bool,
    pub losses: &'r Losses,
    pub names: &'r mut Names,
}

impl Input<'_> {
    pub fn write(&mut self, w: &mut Writer, parts: &[Part]) -> Result<(), Failure> {
        let outside: Vec<_> = self.without_marks(&system(parts).collect::<Vec<_>>());
        let inside: Vec<_> = parts.iter().filter(|p| p.message.is_some()).collect();
        let inside = self.without_marks(&inside);
        // What is no text has no place in the instructions, and without input they are
        // refused.
        let plain = outside.iter().all(|p| p.kind == Kind::TEXT) && !inside.is_empty();
        if plain && !outside.is_empty() {
            self.instructions(w, &outside);
        }
        w.key("input").open_array();
        if !plain && !outside.is_empty() {
            self.say(w, "system", &outside)?;
        }
        let mut rest = &inside[..];
        while let Some(first) = rest.first() {
            let same = |p: &&&Part| p.message == first.message && p.role == first.role;
            let (message, more) = rest.split_at(rest.iter().take_while(same).count());
            rest = more;
            match first.role {
                Role::TOOL => self.results(w, message)?,
                Role::ASSISTANT => self.assistant(w, message)?,
                Role::SYSTEM => self.say(w, "system", message)?,
                _ => self.say(w, "user", message)?,
            }
        }
        w.close_array();
        Ok(())
    }

    /// Writes system prompts as the one text that there is a place for.
    fn instructions(&self, w: &mut Writer, parts: &[&Part]) {
        parts.iter().for_each(|p| drop(self.losses.attributes(p)));
        let texts: Vec<_> = parts.iter().map(|p| p.text).filter(|t| !t.is_empty()).collect();
        if !texts.is_empty() {
            w.key("instructions").string(texts.join(&b"\n\n"[..]));
        }
    }

    /// Takes cache marks out: this provider has none.
    fn without_marks<'p, 'a>(&self, parts: &[&'p Part<'a>]) -> Vec<&'p Part<'a>> {
        let (marks, rest): (Vec<_>, Vec<_>) = parts.iter().copied().partition(|p: &&Part| p.kind == Kind::CACHE_POINT);
        marks.iter().for_each(|p| self.losses.part(p, "not_supported_by_provider"));
        rest
    }

    fn place(&self) -> Place<'_> {
        Place { losses: self.losses, own_files: self.own_files }
    }

    /// Writes a message of the user or the system, unless nothing is left of it.
    fn say(&self, w: &mut Writer, role: &str, parts: &[&Part]) -> Result<(), Failure> {
        let from = w.bytes().len();
        w.open_object();
        w.key("type").string("message").key("role").string(role).key("content");
        if let [one] = parts {
            if one.kind == Kind::TEXT {
                drop(self.losses.attributes(one));
                self.unsealed(one);
                w.string(one.text).close_object();
                return Ok(());
            }
        }
        if self.items(w, parts)? {
            w.close_object();
        } else {
            w.cut(from);
        }
        Ok(())
    }

    /// Writes a list of content and tells whether there is something in it.
    fn items(&self, w: &mut Writer, parts: &[&Part]) -> Result<bool, Failure> {
        w.open_array();
        let empty = w.bytes().len();
        for part in parts {
            self.unsealed(part);
            content::write(w, self.place(), part)?;
        }
        let some = w.bytes().len() > empty;
        w.close_array();
        Ok(some)
    }

    /// Writes what tools returned: an item for each call.
    fn results(&self, w: &mut Writer, parts: &[&Part]) -> Result<(), Failure> {
        let mut rest = parts;
        while let Some(first) = rest.first() {
            let n = rest.iter().take_while(|p| p.call_id == first.call_id).count();
            let (of, more) = rest.split_at(n);
            rest = more;
            for part in of {
                if self.losses.attributes(part).take("is_error").and_then(|v| v.flag()) == Some(true) {
                    self.losses.add(self.losses.path(part) + ".is_error", "not_supported_by_provider");
                }
            }
            w.open_object();
            w.key("type").string("function_call_output").key("call_id").string(&*call_id(first.call_id)).key("output");
            let said: Vec<_> = of.iter().copied().filter(|p| !is_text(p) || !p.text.is_empty()).collect();
            match said[..] {
                [] => drop(w.string("")),
                [one] if is_text(one) => drop(w.string(one.text)),
                _ => drop(self.items(w, &said)?),
            }
            w.close_object();
        }
        Ok(())
    }

    /// Writes what the assistant did, each thing an item; texts in a row are one.
    fn assistant(&mut self, w: &mut Writer, parts: &[&Part]) -> Result<(), Failure> {
        let said = |p: &&Part| matches!(p.kind, Kind::TEXT | Kind::REFUSAL);
        let alone = parts.iter().all(|p| said(p) && p.text.is_empty());
        let mut rest = parts;
        while let Some(first) = rest.first() {
            let texts = rest.iter().take_while(|p| said(p)).count();
            let (now, more) = rest.split_at(texts.max(1));
            rest = more;
            match first.kind {
                Kind::TEXT | Kind::REFUSAL => self.said(w, now, alone),
                Kind::TOOL_CALL => self.call(w, first),
                Kind::THINKING | Kind::REDACTED => self.thought(w, first),
                Kind::CITATION => {
                    self.losses.attributes(first).take_all();
                    self.losses.part(first, "not_supported_by_provider");
                }
                _ => self.losses.part(first, "not_supported_by_provider"),
            }
        }
        Ok(())
    }

    /// Writes texts of the assistant; where they are empty, only if there is nothing
    /// else in their message.
    fn said(&self, w: &mut Writer, parts: &[&Part], alone: bool) {
        for part in parts {
            drop(self.losses.attributes(part));
            self.unsealed(part);
        }
        let full: Vec<_> = parts.iter().filter(|p| !p.text.is_empty()).collect();
        if full.is_empty() && !alone {
            return;
        }
        w.object(|w| {
            w.key("type").string("message").key("role").string("assistant").key("content");
            match full[..] {
                [] => drop(w.string("")),
                [one] if one.kind == Kind::TEXT => drop(w.string(one.text)),
                _ => drop(w.array(|w| full.iter().for_each(|p| content::said(w, p)))),
            }
        });
    }

    fn call(&mut self, w: &mut Writer, part: &Part) {
        drop(self.losses.attributes(part));
        self.unsealed(part);
        let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
        w.object(|w| {
            w.key("type").string("function_call").key("call_id").string(&*call_id(part.call_id));
            w.key("name").string(&*self.names.wire(part.name, MAX_NAME));
            w.key("arguments").string(if blank { b"{}" } else { part.text });
        });
    }

    /// Writes reasoning that this provider told, and drops another's: it would refuse
    /// the whole request.
    fn thought(&self, w: &mut Writer, part: &Part) {
        let why = match part.signature {
            b"" => "unsigned",
            _ if part.source != self.source && part.source != DIALECT => "signed_by_another_provider",
            _ if self.plain => "not_supported_by_model",
            _ => "",
        };
        if !why.is_empty() {
            return self.losses.part(part, why);
        }
        drop(self.losses.attributes(part));
        let text = |w: &mut Writer, kind: &str| {
            if !part.text.is_empty() {
                w.object(|w| {
                    w.key("type").string(kind).key("text").string(part.text);
                });
            }
        };
        w.object(|w| {
            w.key("type").string("reasoning").key("summary");
            if part.signature == PLAIN.as_bytes() {
                w.array(|_| {}).key("content").array(|w| text(w, PLAIN));
            } else {
                w.array(|w| text(w, "summary_text")).key("encrypted_content").string(part.signature);
            }
        });
    }

    /// Reports a seal on what has no place for one.
    fn unsealed(&self, part: &Part) {
        if !part.signature.is_empty() {
            self.losses.add(self.losses.path(part) + ".signature", "signed_by_another_provider");
        }
    }
}

fn is_text(part: &Part) -> bool {
    matches!(part.kind, Kind::TEXT | Kind::TOOL_RESULT | Kind::REFUSAL)
}

/// The provider's form of a call's id: the same for a call and its result.
fn call_id(own: &str) -> Cow<'_, str> {
    if !own.is_empty() && own.len() <= MAX_ID {
        return Cow::Borrowed(own);
    }
    Cow::Owned(Names::default().wire(own, MAX_ID).into_owned())
}
