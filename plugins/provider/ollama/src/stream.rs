//! Reads streams: lines that each hold what is new, the last of them, `done`, with
//! the counts.

use crate::answer::{finish, said, tool_call, usage, words};
use sallyport::abi::{Kind, Part, UpstreamEventCall};
use sallyport::json::Value;
use sallyport::translate::{Events, Failure, State, StateReader};

/// What was seen of a stream.
#[derive(Clone, Default, PartialEq)]
struct Stream {
    blocks: u32,
    calls: u32,
    /// The kind of the block that is open, or 0.
    kind: u32,
    named: bool,
}

impl Stream {
    fn load(state: &[u8]) -> Stream {
        let mut r = StateReader::new(state);
        let mut n = || r.number() as u32;
        Stream { blocks: n(), calls: n(), kind: n(), named: n() != 0 }
    }

    fn save(&self, out: &mut Events) {
        let mut s = State::default();
        s.number(self.blocks.into()).number(self.calls.into()).number(self.kind.into()).flag(self.named);
        out.state(s);
    }

    fn close(&mut self, out: &mut Events) {
        if self.kind != 0 {
            out.close(0, self.blocks.saturating_sub(1), Kind(self.kind));
        }
        self.kind = 0;
    }

    fn go_on(&mut self, out: &mut Events, kind: Kind, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.kind != kind.0 {
            self.close(out);
            out.open_kind(0, self.blocks, kind);
            self.blocks = self.blocks.saturating_add(1);
            self.kind = kind.0;
        }
        out.delta(0, self.blocks.saturating_sub(1), kind, text);
    }
}

pub fn read(call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
    if call.r#final || call.data.iter().all(|c| c.is_ascii_whitespace()) {
        return Ok(());
    }
    let doc = Value::tolerant(call.data).filter(|v| v.is_object());
    let doc = doc.ok_or_else(|| Failure::unreadable("A line of the provider is no JSON object."))?;
    if let Some(words) = words(&doc) {
        out.error(&said(&words, 0));
        return Ok(());
    }
    let was = Stream::load(call.state);
    let mut s = was.clone();
    if !s.named {
        out.identify("", &doc.text_of("model"));
        s.named = true;
    }
    if let Some(message) = doc.member("message") {
        s.go_on(out, Kind::THINKING, &message.text_of("thinking"));
        s.go_on(out, Kind::TEXT, &message.text_of("content"));
        let exchange = call.exchange.as_ref().map_or("", |e| e.id);
        for v in message.member("tool_calls").iter().flat_map(|v| v.items()) {
            s.close(out);
            tool_call(&v, exchange, s.calls, |part| {
                let text = std::str::from_utf8(part.text).unwrap_or("");
                out.open(0, s.blocks, Part { text: b"", ..part.clone() });
                out.delta(0, s.blocks, Kind::TOOL_CALL, text);
                out.close(0, s.blocks, Kind::TOOL_CALL);
            });
            s.blocks = s.blocks.saturating_add(1);
            s.calls = s.calls.saturating_add(1);
        }
    }
    if doc.member("done").and_then(|v| v.flag()) == Some(true) {
        s.close(out);
        out.usage(&usage(&doc));
        out.finish_choice(0, finish(&doc.text_of("done_reason"), s.calls > 0), "");
    }
    if s != was {
        s.save(out);
    }
    Ok(())
}
