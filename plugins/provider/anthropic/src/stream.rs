//! Reads streams.
//!
//! The state begins with what the request left (whether structured output is asked
//! for by a tool, and the names of tools) and goes on with what was seen so far.
//! Deltas, of which there are most, leave it as it is.

use crate::answer::{citation, finish, said, sealed, set_usage};
use sallyport::abi::{Finish, Kind, Part, UpstreamEventCall, Usage};
use sallyport::json::Value;
use sallyport::translate::{Events, Failure, Names, State, StateReader};

/// The most blocks that may be open at once.
const MAX_OPEN: usize = 64;

/// What was seen of a stream.
#[derive(Default)]
struct Stream {
    shaped: bool,
    names: Names,
    usage: Usage,
    reason: String,
    stop: String,
    blocks: u32,
    open: Vec<Open>,
}

/// A block that is not closed: the provider's index, ours, and its kind.
struct Open {
    index: u64,
    block: u32,
    kind: Kind,
}

impl Stream {
    fn load(state: &[u8]) -> Stream {
        let mut r = StateReader::new(state);
        let mut s = Stream { shaped: r.flag(), names: Names::read(&mut r), ..Default::default() };
        let u = &mut s.usage;
        let prompt = [&mut u.input_uncached, &mut u.cache_read, &mut u.cache_write, &mut u.cache_write_hour];
        for n in prompt.into_iter().chain([&mut u.output, &mut u.reasoning]) {
            *n = r.number();
        }
        u.reported = r.flag();
        s.reason = r.text().to_string();
        s.stop = r.text().to_string();
        s.blocks = r.number() as u32;
        for _ in 0..(r.number() as usize).min(MAX_OPEN) {
            s.open.push(Open { index: r.number(), block: r.number() as u32, kind: Kind(r.number() as u32) });
        }
        s
    }

    fn save(&self, out: &mut Events) {
        let mut s = State::default();
        s.flag(self.shaped);
        self.names.write(&mut s);
        let u = &self.usage;
        for n in [u.input_uncached, u.cache_read, u.cache_write, u.cache_write_hour, u.output, u.reasoning] {
            s.number(n);
        }
        s.flag(u.reported).text(&self.reason).text(&self.stop).number(self.blocks.into());
        s.number(self.open.len() as u64);
        for o in &self.open {
            s.number(o.index).number(o.block.into()).number(o.kind.0.into());
        }
        out.state(s);
    }
}

pub fn read(call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
    if call.r#final || call.data.is_empty() {
        return Ok(());
    }
    let doc = Value::tolerant(call.data).filter(|v| v.is_object());
    let doc = doc.ok_or_else(|| Failure::unreadable("An event of the provider is no JSON object."))?;
    let kind = doc.text_of("type");
    match if kind.is_empty() { std::str::from_utf8(call.name).unwrap_or("") } else { &*kind } {
        "content_block_delta" => delta(call.state, &doc, out),
        "content_block_start" => start(call.state, &doc, out),
        "content_block_stop" => stop(call.state, &doc, out),
        "message_start" => begin(call.state, &doc, out),
        "message_delta" => change(call.state, &doc, out),
        "message_stop" => end(call.state, out),
        "error" => out.error(
            &doc.member("error").map_or_else(|| Failure::unreadable("The provider reports an error."), |e| said(&e, 0)),
        ),
        _ => {} // ping, and what is not known yet
    }
    Ok(())
}

fn begin(state: &[u8], doc: &Value, out: &mut Events) {
    let message = match doc.member("message") {
        Some(m) => m,
        None => return,
    };
    let mut s = Stream::load(state);
    out.identify(&message.text_of("id"), &message.text_of("model"));
    if let Some(v) = message.member("usage") {
        set_usage(&mut s.usage, &v);
        if s.usage.input_uncached + s.usage.cache_read + s.usage.cache_write > 0 {
            out.usage(&s.usage);
        }
    }
    s.save(out);
}

fn start(state: &[u8], doc: &Value, out: &mut Events) {
    let content = match doc.member("content_block") {
        Some(c) => c,
        None => return,
    };
    let mut s = Stream::load(state);
    let (index, block) = (doc.count_of("index"), s.blocks);
    s.open.retain(|o| o.index != index);
    let kind = match &*content.text_of("type") {
        "text" => {
            out.open_kind(0, block, Kind::TEXT);
            out.delta(0, block, Kind::TEXT, &content.text_of("text"));
            Kind::TEXT
        }
        "thinking" => {
            out.open_kind(0, block, Kind::THINKING);
            out.delta(0, block, Kind::THINKING, &content.text_of("thinking"));
            Kind::THINKING
        }
        "redacted_thinking" => {
            out.open(0, block, sealed(Kind::REDACTED, &content.text_of("data")));
            Kind::REDACTED
        }
        "tool_use" => {
            let (name, id) = (content.text_of("name"), content.text_of("id"));
            let kind = if s.shaped && name == crate::SHAPE_TOOL { Kind::TEXT } else { Kind::TOOL_CALL };
            if kind == Kind::TEXT {
                out.open_kind(0, block, kind);
            } else {
                out.open(0, block, Part { kind, name: s.names.own(&name), call_id: &id, ..Default::default() });
            }
            if let Some(input) = content.member("input").filter(|v| v.members().next().is_some()) {
                out.delta(0, block, kind, std::str::from_utf8(input.raw()).unwrap_or(""));
            }
            kind
        }
        _ => return, // of a tool of the provider's own, which no request of ours asks for
    };
    s.blocks += 1;
    if s.open.len() < MAX_OPEN {
        s.open.push(Open { index, block, kind });
    }
    s.save(out);
}

fn delta(state: &[u8], doc: &Value, out: &mut Events) {
    let mut s = Stream::load(state);
    let index = doc.count_of("index");
    let (open, d) = match (s.open.iter().find(|o| o.index == index), doc.member("delta")) {
        (Some(open), Some(d)) => (open, d),
        _ => return,
    };
    match &*d.text_of("type") {
        "text_delta" => out.delta(0, open.block, open.kind, &d.text_of("text")),
        "input_json_delta" => out.delta(0, open.block, open.kind, &d.text_of("partial_json")),
        "thinking_delta" => out.delta(0, open.block, open.kind, &d.text_of("thinking")),
        "signature_delta" => out.part(0, open.block, sealed(open.kind, &d.text_of("signature"))),
        "citations_delta" => {
            // A block of its own, or its text would become the answer's.
            if let Some(c) = d.member("citation") {
                let block = s.blocks;
                citation(&c, |part| out.open(0, block, part));
                out.close(0, block, Kind::CITATION);
                s.blocks += 1;
                s.save(out);
            }
        }
        _ => {}
    }
}

fn stop(state: &[u8], doc: &Value, out: &mut Events) {
    let mut s = Stream::load(state);
    let index = doc.count_of("index");
    if let Some(i) = s.open.iter().position(|o| o.index == index) {
        let o = s.open.remove(i);
        out.close(0, o.block, o.kind);
        s.save(out);
    }
}

fn change(state: &[u8], doc: &Value, out: &mut Events) {
    let mut s = Stream::load(state);
    if let Some(d) = doc.member("delta") {
        if let Some(reason) = d.member("stop_reason").and_then(|v| v.text()) {
            s.reason = reason;
        }
        if let Some(stop) = d.member("stop_sequence").and_then(|v| v.text()) {
            s.stop = stop;
        }
    }
    if let Some(v) = doc.member("usage") {
        set_usage(&mut s.usage, &v);
        out.usage(&s.usage);
    }
    s.save(out);
}

fn end(state: &[u8], out: &mut Events) {
    let s = Stream::load(state);
    for o in &s.open {
        out.close(0, o.block, o.kind);
    }
    let why = if s.reason.is_empty() { Finish::OTHER } else { finish(&s.reason, s.shaped) };
    out.finish_choice(0, why, &s.stop);
}
