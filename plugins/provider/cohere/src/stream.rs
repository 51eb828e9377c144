//! Reads streams.
//!
//! The state begins with what the request left and goes on with the blocks that are
//! open. A text stays open until the next block begins: its citations come late.

use crate::answer::{broken, citation, finish, said, usage, Asked};
use sallyport::abi::{Kind, Part, UpstreamEventCall};
use sallyport::json::Value;
use sallyport::translate::{Events, Failure, State, StateReader};

/// What was seen of a stream.
#[derive(Default)]
struct Stream {
    asked: Asked,
    blocks: u32,
    /// A block is open, which has this index.
    open: bool,
    at: u32,
    kind: u64,
    /// Something of its text was seen.
    said: bool,
}

impl Stream {
    fn load(state: &[u8]) -> Stream {
        let mut r = StateReader::new(state);
        let asked = Asked::read(&mut r);
        Stream {
            asked,
            blocks: r.number() as u32,
            open: r.flag(),
            at: r.number() as u32,
            kind: r.number(),
            said: r.flag(),
        }
    }

    fn save(&self, out: &mut Events) {
        let mut s = State::default();
        s.text(&self.asked.stop);
        self.asked.names.write(&mut s);
        s.number(self.blocks.into()).flag(self.open).number(self.at.into()).number(self.kind).flag(self.said);
        out.state(s);
    }

    fn is(&self, kind: Kind) -> bool {
        self.open && self.kind == u64::from(kind.0)
    }

    fn begin(&mut self, out: &mut Events, part: Part) {
        self.end(out);
        (self.open, self.at, self.kind, self.said) = (true, self.blocks, part.kind.0.into(), false);
        out.open(0, self.blocks, part);
        self.blocks = self.blocks.saturating_add(1);
    }

    fn end(&mut self, out: &mut Events) {
        if self.open {
            out.close(0, self.at, Kind(self.kind as u32));
        }
        self.open = false;
    }

    /// Goes on with a text or with thinking, which need not have begun. It tells
    /// whether something is to be kept.
    fn go_on(&mut self, out: &mut Events, kind: Kind, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        let new = !self.is(kind);
        if new {
            self.begin(out, Part { kind, ..Default::default() });
        }
        out.delta(0, self.at, kind, text);
        new
    }
}

pub fn read(call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
    if call.r#final || call.data.is_empty() || call.data == b"[DONE]" {
        return Ok(());
    }
    let doc = Value::tolerant(call.data).filter(|v| v.is_object());
    let doc = doc.ok_or_else(|| Failure::unreadable("An event of the provider is no JSON object."))?;
    let kind = doc.text_of("type");
    let kind = if kind.is_empty() { std::str::from_utf8(call.name).unwrap_or("") } else { &*kind };
    let mut s = Stream::load(call.state);
    let message = doc.get("/delta/message");
    let content = message.and_then(|m| m.member("content"));
    let function = message.and_then(|m| m.get("/tool_calls/function"));
    let keep = match kind {
        "message-start" => {
            out.identify(&doc.text_of("id"), "");
            false
        }
        "content-start" => content.map_or(false, |c| {
            let kind = if c.text_of("type") == "thinking" { Kind::THINKING } else { Kind::TEXT };
            s.begin(out, Part { kind, ..Default::default() });
            out.delta(0, s.at, kind, &c.text_of(if kind == Kind::TEXT { "text" } else { "thinking" }));
            true
        }),
        "content-delta" => content.map_or(false, |c| {
            let thought = s.go_on(out, Kind::THINKING, &c.text_of("thinking"));
            s.go_on(out, Kind::TEXT, &c.text_of("text")) || thought
        }),
        "tool-plan-delta" => {
            let text = message.map(|m| m.text_of("tool_plan")).unwrap_or_default();
            s.go_on(out, Kind::TEXT, &text)
        }
        "tool-call-start" => message.and_then(|m| m.member("tool_calls")).map_or(false, |v| {
            let (id, name) = (v.text_of("id"), function.map(|f| f.text_of("name")).unwrap_or_default());
            let name = s.asked.names.own(&name).to_string();
            s.begin(out, Part { kind: Kind::TOOL_CALL, name: &name, call_id: &id, ..Default::default() });
            arguments(&mut s, function, out);
            true
        }),
        "tool-call-delta" => arguments(&mut s, function, out),
        "tool-call-end" => {
            s.end(out);
            true
        }
        "citation-start" => message.and_then(|m| m.member("citations")).map_or(false, |c| {
            // It is a block of its own, beside the text that goes on.
            let block = s.blocks;
            citation(&c, |part| out.open(0, block, part));
            out.close(0, block, Kind::CITATION);
            s.blocks = s.blocks.saturating_add(1);
            true
        }),
        "message-end" => {
            end(&mut s, &doc, out);
            true
        }
        _ => {
            // Something else than an event of a stream is an error.
            let words = doc.text_of("message");
            if kind.is_empty() && !words.is_empty() {
                out.error(&said(&words, 0));
            }
            false
        }
    };
    if keep {
        s.save(out);
    }
    Ok(())
}

/// Goes on with a call. No arguments are written as `null` at times.
fn arguments(s: &mut Stream, function: Option<Value>, out: &mut Events) -> bool {
    let text = function.map(|f| f.text_of("arguments")).unwrap_or_default();
    if !s.is(Kind::TOOL_CALL) || text.is_empty() || !s.said && text == "null" {
        return false;
    }
    out.delta(0, s.at, Kind::TOOL_CALL, &text);
    let first = !s.said;
    s.said = true;
    first
}

fn end(s: &mut Stream, doc: &Value, out: &mut Events) {
    s.end(out);
    let delta = doc.member("delta");
    let reason = delta.map(|d| d.text_of("finish_reason")).unwrap_or_default();
    if let Some(v) = delta.and_then(|d| d.member("usage")) {
        out.usage(&usage(&v));
    }
    let words = delta.map(|d| d.text_of("error")).unwrap_or_default();
    if let Some(f) = broken(&reason, &words) {
        out.error(&f);
        return;
    }
    let stop = if reason == "STOP_SEQUENCE" { &s.asked.stop } else { "" };
    out.finish_choice(0, finish(&reason), stop);
}
