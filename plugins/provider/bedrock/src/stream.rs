//! Reads streams.
//!
//! The state begins with what the request left and goes on with what was seen so
//! far. Most deltas leave it as it is.
//!
//! The end is two messages, `messageStop` with the reason and `metadata` with the
//! usage. Bedrock always sends both. What stands in for it and leaves `metadata` out is
//! known by a quirk: without that, a stream that just ends behind the reason was cut.

use crate::answer::{citation, finish, sealed, stopped_by, usage, Asked};
use crate::error;
use sallyport::abi::{Kind, Part, UpstreamEventCall};
use sallyport::json::Value;
use sallyport::translate::{Events, Failure, State, StateReader};

/// The most blocks that may be open at once.
const MAX_OPEN: usize = 64;

/// What is held back, at most, of text beside structured output.
const MAX_HELD: usize = 8 << 10;

/// What a stream is told that lacks `metadata` and nothing else.
const NO_END: &str = "The provider's stream ended without its usage. \
    If it never sends that, its quirk no_stream_end says so in the configuration.";

/// What was seen of a stream.
#[derive(Default)]
struct Stream {
    asked: Asked,
    reason: String,
    stopped: bool,
    metered: bool,
    /// The tool of structured output was called, or another.
    shaped: bool,
    called: bool,
    /// Text beside structured output, which is shown only where there is none.
    held: String,
    /// The provider's index of the last block.
    last: u64,
    blocks: u32,
    open: Vec<Open>,
}

/// A block that is not closed: the provider's index, ours, and its kind.
struct Open {
    index: u64,
    block: u32,
    kind: Kind,
    /// It is a call, whatever becomes of it.
    call: bool,
}

impl Stream {
    fn load(state: &[u8]) -> Stream {
        let mut r = StateReader::new(state);
        let mut s = Stream { asked: Asked::read(&mut r), reason: r.text().to_string(), ..Default::default() };
        for v in [&mut s.stopped, &mut s.metered, &mut s.shaped, &mut s.called] {
            *v = r.flag();
        }
        s.held = r.text().to_string();
        s.last = r.number();
        s.blocks = r.number() as u32;
        for _ in 0..(r.number() as usize).min(MAX_OPEN) {
            s.open.push(Open {
                index: r.number(),
                block: r.number() as u32,
                kind: Kind(r.number() as u32),
                call: r.flag(),
            });
        }
        s
    }

    fn save(&self, out: &mut Events) {
        let mut s = State::default();
        s.text(&self.asked.shape_tool).text(&self.asked.stop).flag(self.asked.no_end);
        self.asked.names.write(&mut s);
        s.text(&self.reason).flag(self.stopped).flag(self.metered).flag(self.shaped).flag(self.called);
        s.text(&self.held).number(self.last).number(self.blocks.into()).number(self.open.len() as u64);
        for o in &self.open {
            s.number(o.index).number(o.block.into()).number(o.kind.0.into()).flag(o.call);
        }
        out.state(s);
    }

    /// The index of the block that an event speaks of. Some say none.
    fn index(&self, doc: &Value) -> u64 {
        doc.member("contentBlockIndex").and_then(|v| v.count()).unwrap_or(self.last)
    }

    /// Opens a block. Text and thinking do not go on beside another one; calls may.
    fn begin(&mut self, out: &mut Events, index: u64, part: Part, call: bool) -> u32 {
        self.close(out, |o| o.index == index || !o.call);
        let (block, kind) = (self.blocks, part.kind);
        out.open(0, block, part);
        self.blocks += 1;
        self.last = index;
        if self.open.len() == MAX_OPEN {
            self.close(out, |_| true);
        }
        self.open.push(Open { index, block, kind, call });
        block
    }

    fn close(&mut self, out: &mut Events, which: impl Fn(&Open) -> bool) {
        self.open.retain(|o| {
            let shut = which(o);
            if shut {
                out.close(0, o.block, o.kind);
            }
            !shut
        });
    }

    /// The block that text or thinking of that index belongs to, and whether it is new.
    fn block(&mut self, out: &mut Events, index: u64, kind: Kind) -> (u32, bool) {
        match self.open.iter().find(|o| o.index == index && o.kind == kind && !o.call) {
            Some(o) => (o.block, false),
            None => (self.begin(out, index, Part { kind, ..Default::default() }, false), true),
        }
    }

    /// Shows the text that was held back, where structured output has not begun.
    fn show(&mut self, out: &mut Events) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() && !self.shaped {
            let (block, _) = self.block(out, self.last, Kind::TEXT);
            out.delta(0, block, Kind::TEXT, &held);
        }
    }

    fn end(&self, out: &mut Events) {
        if self.stopped && self.metered {
            let stop = if self.reason == "stop_sequence" { &*self.asked.stop } else { "" };
            out.finish_choice(0, finish(&self.reason, self.shaped, self.called), stop);
        }
    }
}

pub fn read(call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
    if call.r#final {
        let mut s = Stream::load(call.state);
        if s.stopped && !s.metered {
            if !s.asked.no_end {
                out.error(&Failure::new(502, "upstream_cut", NO_END));
                return Ok(());
            }
            s.metered = true;
            s.end(out);
        }
        return Ok(());
    }
    let name = std::str::from_utf8(call.name).unwrap_or("");
    let doc = Value::tolerant(call.data).filter(|v| v.is_object());
    let known = matches!(
        name,
        "contentBlockDelta" | "contentBlockStart" | "contentBlockStop" | "messageStart" | "messageStop" | "metadata"
    );
    if !known {
        let lower = name.to_ascii_lowercase();
        if lower.ends_with("exception") || lower.ends_with("error") {
            let words = doc.map(|v| error::message(&v)).filter(|m| !m.is_empty());
            out.error(&error::said(name, words.as_deref().unwrap_or("The provider reports an error."), 0));
        }
        return Ok(()); // what is not known yet
    }
    let doc = doc.ok_or_else(|| Failure::unreadable("A message of the provider is no JSON object."))?;
    match name {
        "contentBlockDelta" => delta(call.state, &doc, out),
        "contentBlockStart" => start(call.state, &doc, out),
        "contentBlockStop" => {
            let mut s = Stream::load(call.state);
            let index = s.index(&doc);
            s.last = s.last.max(index);
            s.close(out, |o| o.index == index);
            s.save(out);
        }
        "messageStop" => stop(call.state, &doc, out),
        "metadata" => {
            let mut s = Stream::load(call.state);
            s.metered = true;
            if let Some(v) = doc.member("usage") {
                out.usage(&usage(&v));
            }
            s.end(out);
            s.save(out);
        }
        _ => {} // messageStart says the role, which is known
    }
    Ok(())
}

fn start(state: &[u8], doc: &Value, out: &mut Events) {
    let mut s = Stream::load(state);
    // Without an index it is a new one.
    let next = if s.blocks == 0 { 0 } else { s.last + 1 };
    let index = doc.member("contentBlockIndex").and_then(|v| v.count()).unwrap_or(next);
    let call = doc.get("/start/toolUse").filter(|v| v.text_of("type") != "server_tool_use");
    if let Some(v) = call {
        let (name, id) = (v.text_of("name"), v.text_of("toolUseId"));
        if s.asked.is_shape(&name) {
            s.shaped = true;
            s.held.clear();
            s.begin(out, index, Part { kind: Kind::TEXT, ..Default::default() }, true);
        } else {
            s.called = true;
            s.show(out);
            let name = s.asked.names.own(&name).to_string();
            let part = Part { kind: Kind::TOOL_CALL, name: &name, call_id: &id, ..Default::default() };
            s.begin(out, index, part, true);
        }
    } else {
        s.last = index; // a block of a tool of the provider's own, which is not shown
    }
    s.save(out);
}

fn delta(state: &[u8], doc: &Value, out: &mut Events) {
    let mut s = Stream::load(state);
    let index = s.index(doc);
    const KNOWN: [&str; 4] = ["text", "toolUse", "reasoningContent", "citation"];
    let d = doc.member("delta");
    let (kind, v) = match d.and_then(|d| KNOWN.iter().find_map(|k| Some((*k, d.member(k)?)))) {
        Some(m) => m,
        None => return,
    };
    let mut new = false;
    match kind {
        "text" => {
            let text = v.str().unwrap_or_default();
            if !s.asked.shape_tool.is_empty() && s.held.len() + text.len() <= MAX_HELD {
                s.held += &text;
                s.last = index;
                new = true;
            } else {
                let held = std::mem::take(&mut s.held);
                let (block, opened) = s.block(out, index, Kind::TEXT);
                out.delta(0, block, Kind::TEXT, &held);
                out.delta(0, block, Kind::TEXT, &text);
                new = opened || !held.is_empty();
            }
        }
        "toolUse" => {
            if let Some(o) = s.open.iter().find(|o| o.call && o.index == index) {
                out.delta(0, o.block, o.kind, &v.text_of("input"));
            }
        }
        "reasoningContent" => {
            let (text, signature, redacted) = (v.text_of("text"), v.text_of("signature"), v.text_of("redactedContent"));
            if !redacted.is_empty() {
                s.begin(out, index, sealed(Kind::REDACTED, &redacted), false);
                new = true;
            } else {
                let (block, opened) = s.block(out, index, Kind::THINKING);
                out.delta(0, block, Kind::THINKING, &text);
                if !signature.is_empty() {
                    out.part(0, block, sealed(Kind::THINKING, &signature));
                }
                new = opened;
            }
        }
        "citation" => {
            // It is a block of its own, beside the text that goes on.
            let block = s.blocks;
            citation(&v, |part| out.open(0, block, part));
            out.close(0, block, Kind::CITATION);
            s.blocks += 1;
            new = true;
        }
        _ => {}
    }
    if new {
        s.save(out);
    }
}

fn stop(state: &[u8], doc: &Value, out: &mut Events) {
    let mut s = Stream::load(state);
    s.stopped = true;
    s.reason = doc.text_of("stopReason").into_owned();
    if let Some(stop) = stopped_by(doc) {
        s.asked.stop = stop;
    }
    if s.reason.starts_with("malformed_") {
        out.error(&error::malformed(&s.reason));
        return;
    }
    s.show(out);
    s.close(out, |_| true);
    s.end(out);
    s.save(out);
}
