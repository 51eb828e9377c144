//! Reads streams.
//!
//! The state begins with what the request left (whether structured output is asked
//! for by a tool, and the names of tools) and goes on with what was seen so far.
//! Deltas, of which there are most, leave it as it is.

use crate::answer::{citation, finish, said, sealed, set_usage, why_refused};
use sallyport::abi::{Finish, Kind, Part, UpstreamEventCall, Usage};
use sallyport::json::Value;
use sallyport::scan::after;
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

/// Reads a delta that is written as the provider writes them, as [`read`] does. None
/// where it is another event, or written otherwise.
pub fn delta_as_usual(data: &[u8], state: &[u8], out: &mut Events) -> Option<()> {
    let rest = after(data, br#"{"type":"content_block_delta","index":"#)?;
    let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    if digits == 0 || digits > 4 || digits > 1 && rest[0] == b'0' {
        return None;
    }
    let (number, rest) = rest.split_at(digits);
    let index = number.iter().fold(0, |n, c| n * 10 + u64::from(c - b'0'));
    let rest = after(rest, br#","delta":{"type":""#)?;
    let rest = after(rest, br#"text_delta","text":"#)
        .or_else(|| after(rest, br#"input_json_delta","partial_json":"#))
        .or_else(|| after(rest, br#"thinking_delta","thinking":"#))?;
    let (text, rest) = Value::leading_str(rest)?;
    let rest = blank(after(blank(rest), b"}")?);
    if !blank(after(rest, b"}")?).is_empty() {
        return None;
    }
    let (block, kind) = open_at(state, index)?;
    out.delta(0, block, kind, &text);
    Some(())
}

fn blank(text: &[u8]) -> &[u8] {
    let n = text.iter().take_while(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n')).count();
    &text[n..]
}

/// The block that is open at an index of the provider's, and its kind: of what
/// [`Stream::save`] wrote, no more is read.
fn open_at(state: &[u8], index: u64) -> Option<(u32, Kind)> {
    let mut r = StateReader::new(state);
    r.flag();
    for _ in 0..r.number().min(State::MAX as u64) {
        r.bytes(); // a tool's name at the provider
        r.bytes(); // and at the client
    }
    for _ in 0..6 {
        r.number(); // usage
    }
    r.flag();
    r.bytes(); // reason
    r.bytes(); // stop sequence
    r.number(); // blocks
    for _ in 0..r.number().min(MAX_OPEN as u64) {
        let (i, block, kind) = (r.number(), r.number() as u32, Kind(r.number() as u32));
        if i == index {
            return Some((block, kind));
        }
    }
    None
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
        if let Some(why) = why_refused(&d) {
            out.open_kind(0, s.blocks, Kind::REFUSAL);
            out.delta(0, s.blocks, Kind::REFUSAL, &why);
            out.close(0, s.blocks, Kind::REFUSAL);
            s.blocks += 1;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Anthropic;
    use sallyport::abi::UpstreamResponseCall;
    use sallyport::translate::{testing, Answer, Request, Translator, Upstream};
    use sallyport::Config;

    /// The translator without its short cut.
    struct Thorough;

    impl Translator for Thorough {
        fn configure(_: &Config) -> Result<Self, String> {
            Ok(Thorough)
        }

        fn request(&mut self, call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
            Anthropic.request(call, out)
        }

        fn response(&mut self, call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
            Anthropic.response(call, out)
        }

        fn event(&mut self, call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
            Anthropic.event(call, out)
        }
    }

    #[test]
    fn the_short_cut_says_the_same() {
        let usual = |index: &str, inner: &str| {
            format!(r#"{{"type":"content_block_delta","index":{index},"delta":{{"type":"{inner}}}}}"#)
        };
        let say = |text: &str| usual("0", &format!(r#"text_delta","text":{text}"#));
        let good = [
            say(r#""Some text of more than one block""#),
            say(r#""\ud83d\ude00\n\ud800 grün""#),
            say(r#""""#),
            say(r#""}} ""#),
            usual("0", r#"thinking_delta","thinking":"hm""#),
            usual("3", r#"input_json_delta","partial_json":"{\"a\":""#),
            say(r#""a""#).replace("}}", " }\t\n} "),
            usual("12", r#"text_delta","text":"of none""#),
        ];
        let other = [
            usual("00", r#"text_delta","text":"a""#),
            usual("0.0", r#"text_delta","text":"a""#),
            usual("-1", r#"text_delta","text":"a""#),
            usual("99999999999999999999", r#"text_delta","text":"a""#),
            usual("0", r#"signature_delta","signature":"s""#),
            say(r#""a","text":"b""#),
            say("null"),
            say("7"),
            say(r#""\x""#),
            say("\"\u{1}\""),
            say(r#""a""#) + "}",
            say(r#""a""#).replace("}}", "}"),
            say(r#""a""#).replace(':', ": "),
            "{}".to_string(),
        ];
        let mut names = Names::default();
        names.wire("a.b", 64);
        let mut left = State::default();
        left.flag(true);
        names.write(&mut left);
        for state in [&b""[..], left.bytes()] {
            for data in good.iter().chain(&other) {
                let events = [
                    ("", r#"{"type":"message_start","message":{"usage":{"input_tokens":500,"output_tokens":1}}}"#),
                    (
                        "",
                        r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","name":"f","id":"t"}}"#,
                    ),
                    ("", r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#),
                    ("", r#"{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"}}"#),
                    ("content_block_delta", data.as_str()),
                    ("", r#"{"type":"message_stop"}"#),
                ];
                let got = testing::stream(&mut Anthropic, state, &events);
                assert_eq!(got, testing::stream(&mut Thorough, state, &events), "{data}");
            }
        }
        let mut open = State::default();
        for n in [0; 11].iter().chain(&[2, 2, 3, 0, Kind::TOOL_CALL.0, 0, 1, Kind::TEXT.0]) {
            open.number(u64::from(*n));
        }
        for (i, data) in good.iter().chain(&other).enumerate() {
            let taken = delta_as_usual(data.as_bytes(), open.bytes(), &mut Events::default()).is_some();
            assert_eq!(taken, i + 1 < good.len(), "{data}");
        }
    }
}
