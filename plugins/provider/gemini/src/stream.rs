//! Reads streams. They have no end mark: the stream ends when it is over, and is
//! whole if every candidate said why it finished.

use crate::answer::{blocked, broken, finish, media, sealed, sources, text_kind, usage_of};
use crate::error::{error_of, said};
use crate::fields::fields;
use crate::request::own_name;
use crate::stream_state::{Choice, Stream, MAX_CHOICES};
use sallyport::abi::{Kind, Part, UpstreamEventCall};
use sallyport::json::Value;
use sallyport::translate::{Events, Failure};

/// The members of an event.
const MEMBERS: [&str; 6] = ["responseId", "modelVersion", "error", "candidates", "usageMetadata", "promptFeedback"];

/// What stands for no reason to finish where zero values are written.
const UNSAID: &str = "FINISH_REASON_UNSPECIFIED";

pub fn read(call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
    if !call.r#final && call.data.iter().all(|c| c.is_ascii_whitespace()) {
        return Ok(());
    }
    let doc = Value::tolerant(call.data).filter(|v| v.is_object() || error_of(v).is_some());
    if doc.is_none() && !call.r#final {
        return Err(Failure::unreadable("An event of the provider is no JSON object."));
    }
    let mut r = Reader { s: Stream::load(call.state), out, id: "", model: "", changed: false };
    if r.s.over {
        return Ok(());
    }
    match doc {
        None => r.end(),
        Some(doc) => {
            let seen @ [id, model, ..] = fields(&doc, MEMBERS);
            let [id, model] = [id, model].map(|v| v.and_then(|v| v.str()).unwrap_or_default());
            r.id = &id;
            r.model = &model;
            r.event(&doc, seen)?;
            return r.save();
        }
    }
    r.save()
}

/// Reads the events of a stream.
struct Reader<'e> {
    s: Stream,
    out: &'e mut Events,
    id: &'e str,
    model: &'e str,
    changed: bool, // s
}

impl Reader<'_> {
    fn save(&mut self) -> Result<(), Failure> {
        if self.changed && !self.s.save(self.out) {
            return Err(Failure::unreadable("The arguments of a call nest too deep."));
        }
        Ok(())
    }

    /// The events to write to. The first one tells the answer's id and model.
    fn out(&mut self) -> &mut Events {
        if !self.s.identified && !(self.id.is_empty() && self.model.is_empty()) {
            self.out.identify(self.id, self.model);
            self.s.identified = true;
            self.changed = true;
        }
        self.out
    }

    fn error(&mut self, failure: &Failure) {
        self.out.error(failure);
        self.s.over = true;
        self.changed = true;
    }

    fn event(&mut self, doc: &Value, seen: [Option<Value>; 6]) -> Result<(), Failure> {
        let [_, _, error, candidates, usage, feedback] = seen;
        if error.is_some() || doc.is_array() {
            let error = error_of(doc).unwrap_or(*doc);
            self.error(&said(&error, 0));
            return Ok(());
        }
        if let Some(usage) = usage.and_then(|v| usage_of(&v)).filter(|u| *u != self.s.usage) {
            self.out().usage(&usage);
            self.s.usage = usage;
            self.changed = true;
        }
        for c in candidates.iter().flat_map(|v| v.items()) {
            let [index, content, reason, grounds, cited] =
                fields(&c, ["index", "content", "finishReason", "groundingMetadata", "citationMetadata"]);
            let at = self.choice(index.and_then(|v| v.count()).unwrap_or(0) as u32)?;
            let reason = reason.and_then(|v| v.str()).filter(|r| r != UNSAID).unwrap_or_default();
            let parts = content.and_then(|v| v.member("parts"));
            let nothing = self.s.choices[at].blocks == 0 && parts.map_or(true, |v| v.items().next().is_none());
            if let Some(f) = broken(&reason, &c, nothing) {
                self.error(&f);
                return Ok(());
            }
            for p in parts.iter().flat_map(|v| v.items()) {
                self.part(at, &p)?;
            }
            if grounds.or(cited).is_some() {
                self.sources(at, &c);
            }
            if !reason.is_empty() {
                self.s.choices[at].reason = reason.chars().take(64).collect();
                self.changed = true;
            }
        }
        if feedback.is_some() && candidates.is_none() && blocked(doc) {
            let at = self.choice(0)?;
            self.s.choices[at].reason = "PROHIBITED_CONTENT".into();
            self.changed = true;
        }
        Ok(())
    }

    /// The place of a candidate among those that were seen.
    fn choice(&mut self, index: u32) -> Result<usize, Failure> {
        if let Some(at) = self.s.choices.iter().position(|c| c.index == index) {
            return Ok(at);
        }
        if self.s.choices.len() == MAX_CHOICES {
            return Err(Failure::unreadable("The provider's answer has too many candidates."));
        }
        self.s.choices.push(Choice { index, ..Default::default() });
        self.changed = true;
        Ok(self.s.choices.len() - 1)
    }

    fn part(&mut self, at: usize, p: &Value) -> Result<(), Failure> {
        let [text, seal, call] = fields(p, ["text", "thoughtSignature", "functionCall"]);
        let seal = seal.and_then(|v| v.str()).unwrap_or_default();
        if let Some(call) = call {
            return self.call(at, &call, &seal);
        }
        if let Some(kind) = text_kind(p) {
            self.text(at, kind, &text.and_then(|v| v.str()).unwrap_or_default(), &seal);
            return Ok(());
        }
        self.close(at);
        media(p, |part| {
            let kind = part.kind;
            let (index, block) = self.next_block(at);
            self.out().open(index, block, part);
            self.out().close(index, block, kind);
        });
        Ok(())
    }

    fn next_block(&mut self, at: usize) -> (u32, u32) {
        self.changed = true;
        let c = &mut self.s.choices[at];
        c.blocks += 1;
        (c.index, c.blocks - 1)
    }

    /// Goes on with a text. A seal without text belongs to what stands before it.
    fn text(&mut self, at: usize, kind: Kind, text: &str, seal: &str) {
        if text.is_empty() && seal.is_empty() {
            return;
        }
        let index = self.s.choices[at].index;
        let (kind, block) = match self.s.choices[at].open {
            Some((open, block)) if open == kind || text.is_empty() && open != Kind::TOOL_CALL => (open, block),
            _ => {
                self.close(at);
                let (_, block) = self.next_block(at);
                self.s.choices[at].open = Some((kind, block));
                self.out().open_kind(index, block, kind);
                (kind, block)
            }
        };
        self.out().delta(index, block, kind, text);
        if !seal.is_empty() {
            self.out().part(index, block, sealed(kind, seal));
            self.close(at); // a block has one seal
        }
    }

    /// Ends the block that is open.
    fn close(&mut self, at: usize) {
        let c = &mut self.s.choices[at];
        let (index, open) = (c.index, c.open.take());
        if let Some((kind, block)) = open {
            self.changed = true;
            if kind == Kind::TOOL_CALL {
                let end = self.s.choices[at].partial.end();
                self.out().delta(index, block, kind, &end);
            }
            self.out().close(index, block, kind);
        }
    }

    /// Reads a call: whole, or the beginning or a piece of one.
    fn call(&mut self, at: usize, call: &Value, seal: &str) -> Result<(), Failure> {
        let (name, id) = (call.text_of("name"), call.text_of("id"));
        let goes_on = call.member("willContinue").and_then(|v| v.flag()) == Some(true);
        let index = self.s.choices[at].index;
        if !name.is_empty() || !matches!(self.s.choices[at].open, Some((Kind::TOOL_CALL, _))) {
            self.close(at);
            if name.is_empty() {
                return Ok(()); // the end of what has ended
            }
            let (_, block) = self.next_block(at);
            let own = own_name(&self.s.names, &name).to_string();
            self.out().open(index, block, Part { name: &own, call_id: &id, ..sealed(Kind::TOOL_CALL, seal) });
            let c = &mut self.s.choices[at];
            c.called = true;
            if let Some(args) = call.member("args").filter(|v| v.members().next().is_some()) {
                self.out().delta(index, block, Kind::TOOL_CALL, std::str::from_utf8(args.raw()).unwrap_or(""));
                self.out().close(index, block, Kind::TOOL_CALL);
                return Ok(());
            }
            c.open = Some((Kind::TOOL_CALL, block));
        } else if let (Some((kind, block)), false) = (self.s.choices[at].open, seal.is_empty()) {
            self.out().part(index, block, sealed(kind, seal));
        }
        for arg in call.member("partialArgs").iter().flat_map(|v| v.items()) {
            self.changed = true;
            let c = &mut self.s.choices[at];
            let block = c.open.map_or(0, |(_, block)| block);
            match c.partial.add(&arg) {
                Some(text) => self.out().delta(index, block, Kind::TOOL_CALL, &text),
                None => return Err(Failure::unreadable("A piece of a call's arguments has no path.")),
            }
        }
        if !goes_on {
            self.close(at);
        }
        Ok(())
    }

    fn sources(&mut self, at: usize, c: &Value) {
        let told = self.s.choices[at].sources as usize;
        let n = sources(c, told, |part| {
            if !matches!(self.s.choices[at].open, Some((Kind::TEXT, _))) {
                self.close(at); // but a text goes on behind its citations
            }
            let (index, block) = self.next_block(at);
            self.out().open(index, block, part);
            self.out().close(index, block, Kind::CITATION);
        });
        if n > told {
            self.s.choices[at].sources = n as u64;
            self.changed = true;
        }
    }

    /// Ends the stream, if it is whole.
    fn end(&mut self) {
        if self.s.choices.is_empty() || self.s.choices.iter().any(|c| c.reason.is_empty()) {
            return;
        }
        self.s.over = true;
        self.changed = true;
        for at in 0..self.s.choices.len() {
            self.close(at);
        }
        for at in 0..self.s.choices.len() {
            let c = &self.s.choices[at];
            let (index, why) = (c.index, finish(&c.reason, c.called));
            self.out.finish_choice(index, why, "");
        }
    }
}
