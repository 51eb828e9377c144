//! Writes messages.

use crate::chat::content::{self, Place};
use crate::chat::reasoning::Seal;
use crate::chat::request::MAX_NAME;
use crate::chat::Form;
use sallyport::abi::{Kind, Part, Role};
use sallyport::json::Writer;
use sallyport::translate::{system, turns, Failure, Losses, Names, Turn};

/// Writes the messages of a request.
pub struct Messages<'r> {
    pub form: Form,
    /// Who seals reasoning that this provider takes back.
    pub source: &'r str,
    /// The provider takes cache marks on content.
    pub marks: bool,
    /// The ids of files that the client names are OpenAI's.
    pub own_files: bool,
    pub losses: &'r Losses,
    pub names: &'r mut Names,
}

impl Messages<'_> {
    pub fn write(&mut self, w: &mut Writer, parts: &[Part]) -> Result<(), Failure> {
        w.key("messages").open_array();
        let outside: Vec<_> = system(parts).collect();
        self.say(w, "system", &outside)?;
        let all = turns(parts);
        // Mistral refuses a conversation in which nobody but the system has spoken.
        let alone = self.form == Form::Mistral && all.iter().all(|t| t.role == Role::SYSTEM);
        let mut held = None; // what the system says between calls and their results
        for (i, turn) in all.iter().enumerate() {
            match turn.role {
                Role::SYSTEM if i > 0 && all.get(i + 1).map_or(false, |t| t.parts[0].role == Role::TOOL) => {
                    held = Some(turn)
                }
                Role::SYSTEM if alone => {
                    turn.parts.iter().for_each(|p| self.losses.add(self.losses.path(p), "sent_as_user"));
                    self.each(w, "user", &turn.parts)?
                }
                Role::ASSISTANT => self.assistants(w, turn, i + 1 == all.len())?,
                Role::SYSTEM => self.each(w, "system", &turn.parts)?,
                _ => self.user(w, turn, held.take())?,
            }
        }
        w.close_array();
        Ok(())
    }

    /// Writes each message of parts in the same role.
    fn each(&mut self, w: &mut Writer, role: &str, parts: &[&Part]) -> Result<(), Failure> {
        for message in by_message(parts) {
            self.say(w, role, message)?;
        }
        Ok(())
    }

    /// Writes a message of the user or the system, unless nothing is left of it. A
    /// single text stays a string, which every provider takes.
    fn say(&mut self, w: &mut Writer, role: &str, parts: &[&Part]) -> Result<(), Failure> {
        let parts = self.without_marks(parts);
        let from = w.bytes().len();
        w.open_object();
        w.key("role").string(role).key("content");
        match parts[..] {
            [] => return Ok(w.cut(from)),
            [one] if one.kind == Kind::TEXT => {
                drop(self.losses.attributes(one));
                w.string(one.text);
            }
            _ => {
                w.open_array();
                let empty = w.bytes().len();
                self.items(w, &parts)?;
                if w.bytes().len() == empty {
                    return Ok(w.cut(from));
                }
                w.close_array();
            }
        }
        w.close_object();
        Ok(())
    }

    /// Takes cache marks out where the provider does not know them.
    fn without_marks<'p, 'a>(&self, parts: &[&'p Part<'a>]) -> Vec<&'p Part<'a>> {
        let mut out = parts.to_vec();
        if !self.marks {
            out.retain(|p| {
                if p.kind == Kind::CACHE_POINT {
                    self.losses.part(p, "not_supported_by_provider");
                }
                p.kind != Kind::CACHE_POINT
            });
        }
        out
    }

    fn items(&self, w: &mut Writer, parts: &[&Part]) -> Result<(), Failure> {
        let place = Place { form: self.form, losses: self.losses, own_files: self.own_files };
        for (i, part) in parts.iter().enumerate() {
            if part.kind == Kind::CACHE_POINT {
                continue; // it was written with what it marks
            }
            let from = w.bytes().len();
            w.open_object();
            if !content::write(w, place, part)? {
                w.cut(from);
                continue;
            }
            if let Some(mark) = parts.get(i + 1).filter(|p| p.kind == Kind::CACHE_POINT) {
                w.key("cache_control").raw(if mark.raw.is_empty() { br#"{"type":"ephemeral"}"# } else { mark.raw });
            }
            w.close_object();
        }
        Ok(())
    }

    /// Writes a turn of the user: first the results of tools, each a message; then
    /// what of them only a user may send; then what the user said. What was held stands
    /// behind the results, which must follow their calls.
    fn user(&mut self, w: &mut Writer, turn: &Turn, held: Option<&Turn>) -> Result<(), Failure> {
        let n = turn.parts.iter().take_while(|p| p.role == Role::TOOL).count();
        let (results, rest) = turn.parts.split_at(n);
        let results = self.without_marks(results);
        let mut moved = Vec::new();
        let mut at = 0;
        while at < results.len() {
            let id = results[at].call_id;
            let end = at + results[at..].iter().take_while(|p| p.call_id == id).count();
            self.result(w, id, &results[at..end], &mut moved);
            at = end;
        }
        if self.form == Form::Mistral && n > 0 && (!moved.is_empty() || !rest.is_empty()) {
            // Mistral wants the assistant to speak after tools.
            self.losses.add(role_of(&self.losses.path(turn.parts[0])), "assistant_message_inserted");
            w.raw(br#"{"role":"assistant","content":"OK"}"#);
        }
        if let Some(held) = held {
            self.each(w, "system", &held.parts)?;
        }
        if !moved.is_empty() {
            self.moved(w, &moved)?;
        }
        self.each(w, "user", rest)
    }

    fn result<'p, 'a>(&self, w: &mut Writer, id: &str, parts: &[&'p Part<'a>], moved: &mut Vec<&'p Part<'a>>) {
        let mut texts = Vec::new();
        for part in parts {
            match part.kind {
                Kind::TOOL_RESULT | Kind::TEXT => {
                    let mut a = self.losses.attributes(part);
                    let failed = a.take("is_error").and_then(|v| v.flag()) == Some(true);
                    if failed {
                        self.losses.add(self.losses.path(part) + ".is_error", "not_supported_by_provider");
                    }
                    if !part.text.is_empty() {
                        texts.push(part.text);
                    }
                }
                Kind::CACHE_POINT => self.losses.part(part, "not_on_results_of_tools"),
                Kind::IMAGE | Kind::AUDIO | Kind::DOCUMENT => {
                    self.losses.part(part, "moved_to_user_message");
                    moved.push(part);
                }
                _ => self.losses.part(part, "not_supported_by_provider"),
            }
        }
        w.object(|w| {
            w.key("role").string("tool").key("tool_call_id").string(&*self.form.call_id(id)).key("content");
            match texts[..] {
                [] => drop(w.string("")),
                [one] => drop(w.string(one)),
                _ => drop(w.array(|w| texts.iter().for_each(|text| content::text(w, text)))),
            }
        });
    }

    /// Writes what tools returned beside text as the user's, and says whose it is.
    fn moved(&self, w: &mut Writer, parts: &[&Part]) -> Result<(), Failure> {
        w.open_object();
        w.key("role").string("user").key("content").open_array();
        let mut of = None;
        for part in parts {
            if of != Some(part.call_id) {
                of = Some(part.call_id);
                let id = self.form.call_id(part.call_id);
                content::text(w, format!("Returned by the tool call {id}:").as_bytes());
            }
            self.items(w, &[part])?;
        }
        w.close_array().close_object();
        Ok(())
    }

    /// Writes a turn of the assistant: one message if it calls tools, since all results
    /// must follow it.
    fn assistants(&mut self, w: &mut Writer, turn: &Turn, last: bool) -> Result<(), Failure> {
        if turn.parts.iter().any(|p| p.kind == Kind::TOOL_CALL) {
            return self.assistant(w, &turn.parts, last);
        }
        let all = by_message(&turn.parts);
        for (i, message) in all.iter().enumerate() {
            self.assistant(w, message, last && i + 1 == all.len())?;
        }
        Ok(())
    }

    fn assistant(&mut self, w: &mut Writer, parts: &[&Part], last: bool) -> Result<(), Failure> {
        let (mut texts, mut calls, mut refusals, mut thoughts) = (vec![], vec![], vec![], vec![]);
        let mut silent = false; // the message is there and empty, which Mistral refuses
        let calling = parts.iter().any(|p| p.kind == Kind::TOOL_CALL);
        for part in parts {
            match part.kind {
                Kind::TEXT if part.text.is_empty() => {
                    self.spend(part, last);
                    silent = self.form != Form::Mistral;
                }
                Kind::TEXT => {
                    self.unsealed(part);
                    self.spend(part, last);
                    texts.push(*part);
                }
                Kind::REFUSAL if self.form == Form::Mistral => texts.push(*part), // it knows no other place
                Kind::REFUSAL => refusals.push(*part),
                Kind::TOOL_CALL => calls.push(*part),
                Kind::THINKING | Kind::REDACTED => match Seal::of(part, self.form, self.source, calling) {
                    Ok(seal) => {
                        self.spend(part, last);
                        thoughts.push((seal, *part));
                    }
                    Err(why) => self.losses.part(part, why),
                },
                _ => self.losses.part(part, "not_supported_by_provider"),
            }
        }
        if !silent && texts.is_empty() && calls.is_empty() && refusals.is_empty() && thoughts.is_empty() {
            return Ok(());
        }
        w.open_object();
        w.key("role").string("assistant").key("content");
        let in_content: Vec<_> = thoughts.iter().filter(|(s, _)| s.in_content()).map(|(_, p)| *p).collect();
        match (&in_content[..], &texts[..]) {
            ([], []) if calls.is_empty() && refusals.is_empty() || self.form == Form::Mistral => drop(w.string("")),
            ([], []) => drop(w.null()),
            ([], [one]) => drop(w.string(one.text)),
            _ => {
                w.open_array();
                in_content.iter().for_each(|p| content::thought(w, p));
                texts.iter().for_each(|p| content::text(w, p.text));
                w.close_array();
            }
        }
        Seal::write(w, &thoughts);
        if !refusals.is_empty() {
            let text: Vec<u8> = refusals.iter().flat_map(|p| p.text.iter().copied()).collect();
            w.key("refusal").string(text);
        }
        self.calls(w, &calls);
        if self.form == Form::Mistral && last && calls.is_empty() {
            w.key("prefix").flag(true);
        }
        w.close_object();
        Ok(())
    }

    /// Reports what a part of the assistant's says beside its text, but that the answer is
    /// to go on with the last message: Mistral does that.
    fn spend(&self, part: &Part, last: bool) {
        let mut a = self.losses.attributes(part);
        if self.form == Form::Mistral && last {
            a.take("prefix");
        }
    }

    /// Reports a seal on what has no place for one.
    fn unsealed(&self, part: &Part) {
        if !part.signature.is_empty() {
            let why =
                if part.source == self.source { "not_supported_by_provider" } else { "signed_by_another_provider" };
            self.losses.add(self.losses.path(part) + ".signature", why);
        }
    }

    fn calls(&mut self, w: &mut Writer, calls: &[&Part]) {
        if calls.is_empty() {
            return;
        }
        w.key("tool_calls").open_array();
        for part in calls {
            drop(self.losses.attributes(part));
            let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
            w.open_object();
            w.key("id").string(&*self.form.call_id(part.call_id)).key("type").string("function");
            w.key("function").open_object();
            w.key("name").string(&*self.names.wire(part.name, MAX_NAME));
            w.key("arguments").string(if blank { b"{}" } else { part.text });
            w.close_object();
            if !part.signature.is_empty() && part.source == self.source && self.form == Form::OpenAi {
                w.key("extra_content").object(|w| {
                    w.key("google").object(|w| {
                        w.key("thought_signature").string(part.signature);
                    });
                });
            } else {
                self.unsealed(part);
            }
            w.close_object();
        }
        w.close_array();
    }
}

/// The path of the role of the message that a part, given by its path, is of.
fn role_of(part: &str) -> String {
    part.rsplit_once('.').map_or("", |(message, _)| message).to_string() + ".role"
}

/// Splits the parts of a turn into its messages.
fn by_message<'s, 'p, 'a>(parts: &'s [&'p Part<'a>]) -> Vec<&'s [&'p Part<'a>]> {
    let mut out = Vec::new();
    let mut rest = parts;
    while let Some(first) = rest.first() {
        let n = rest.iter().take_while(|p| p.message == first.message).count();
        let (message, more) = rest.split_at(n);
        out.push(message);
        rest = more;
    }
    out
}
