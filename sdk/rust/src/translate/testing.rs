//! Runs a translator natively, for `cargo test`.

use super::{run_event, run_request, run_response, Translator};
use crate::abi::{
    Event, EventKind, Finish, Kind, Operation, Part, UpstreamEventCall, UpstreamEventReply, UpstreamRequestCall,
    UpstreamRequestReply, UpstreamResponseCall, UpstreamResponseReply, Usage,
};

/// What a translator wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sent {
    /// Method and path.
    pub target: String,
    /// The document.
    pub body: String,
    /// What was lost, as `field=reason`.
    pub dropped: Vec<String>,
    /// What is left for the answer.
    pub state: Vec<u8>,
    /// `code param: message` of a refusal, else empty.
    pub error: String,
    /// What is to be fetched, as `part field`; there is nothing else then.
    pub fetch: Vec<String>,
}

/// Runs upstream_request.
pub fn request<T: Translator>(t: &mut T, call: &UpstreamRequestCall) -> Sent {
    let (mut frame, mut out) = (Vec::new(), Vec::new());
    call.append(&mut frame);
    run_request(t, &frame, &mut out).expect("a good frame");
    let r = UpstreamRequestReply::decode(&out).expect("a good reply");
    Sent {
        target: format!("{} {}", r.method, r.path).trim().to_string(),
        body: utf8(r.body),
        dropped: r.dropped.iter().map(|l| format!("{}={}", l.field, l.reason)).collect(),
        state: r.state.unwrap_or_default().to_vec(),
        error: r.error.map_or(String::new(), |e| said(&e)),
        fetch: r.fetch.iter().map(|f| format!("{} {}", f.part, f.field)).collect(),
    }
}

/// Runs upstream_response on an answer and returns it in lines, each as of
/// [`stream`].
pub fn response<T: Translator>(t: &mut T, status: u32, body: &str, state: &[u8]) -> Vec<String> {
    let call = UpstreamResponseCall { status, body: body.as_bytes(), state, ..Default::default() };
    let (mut frame, mut out) = (Vec::new(), Vec::new());
    call.append(&mut frame);
    run_response(t, &frame, &mut out).expect("a good frame");
    let r = UpstreamResponseReply::decode(&out).expect("a good reply");
    let mut lines = Vec::new();
    if !r.id.is_empty() || !r.model.is_empty() {
        lines.push(format!("id {} model {}", r.id, r.model));
    }
    lines.extend(r.parts.iter().map(|p| format!("part {}{}", p.choice, shown(p))));
    lines.extend(r.usage.iter().map(counts));
    lines.extend(r.choices.iter().map(|c| finished(c.index, c.finish, c.stop)));
    lines.extend(r.error.iter().map(|e| format!("error {} {}", e.status, said(e))));
    lines
}

/// Runs upstream_event on each event, name and data, and on the end of the stream,
/// and returns what they mean, one event to a line: `open 0/1 tool_call name=f ref=c1`,
/// `delta 0/1 tool_call "{}"`, `close 0/1 tool_call`, `usage in=1 out=2`,
/// `finish 0 stop`, `error 529 overloaded_error : text`.
pub fn stream<T: Translator>(t: &mut T, state: &[u8], events: &[(&str, &str)]) -> Vec<String> {
    let mut state = state.to_vec();
    let mut lines = Vec::new();
    for i in 0..=events.len() {
        let (name, data) = events.get(i).copied().unwrap_or_default();
        let call = UpstreamEventCall {
            name: name.as_bytes(),
            data: data.as_bytes(),
            r#final: i == events.len(),
            state: &state,
            ..Default::default()
        };
        let (mut frame, mut out) = (Vec::new(), Vec::new());
        call.append(&mut frame);
        run_event(t, &frame, &mut out).expect("a good frame");
        let r = UpstreamEventReply::decode(&out).expect("a good reply");
        lines.extend(r.events.iter().map(line));
        if let Some(s) = r.state {
            state = s.to_vec();
        }
    }
    lines
}

/// Runs upstream_request for a chat of these parts with an empty target.
pub fn chat<T: Translator>(t: &mut T, model: &str, call: UpstreamRequestCall) -> Sent {
    let mut call = call;
    let mut exchange = call.exchange.take().unwrap_or_default();
    if exchange.operation == Operation::UNSPECIFIED {
        exchange.operation = Operation::CHAT;
    }
    let mut target = call.target.take().unwrap_or_default();
    target.model = model;
    request(t, &UpstreamRequestCall { exchange: Some(exchange), target: Some(target), ..call })
}

fn line(e: &Event) -> String {
    let who =
        if e.id.is_empty() && e.model.is_empty() { String::new() } else { format!(" id={} model={}", e.id, e.model) };
    let at = format!("{}/{}", e.choice, e.block);
    let part = e.part.as_ref().map_or(String::new(), shown);
    let text = match e.kind {
        EventKind::OPEN => format!("open {at}{part}"),
        EventKind::DELTA => format!("delta {at}{part}"),
        EventKind::CLOSE => format!("close {at}{part}"),
        EventKind::USAGE => counts(e.usage.as_ref().expect("a usage")),
        EventKind::FINISH => finished(e.choice, e.finish, e.stop),
        EventKind::ERROR => {
            let e = e.error.as_ref().expect("an error");
            format!("error {} {}", e.status, said(e))
        }
        _ => "raw".to_string(),
    };
    text + &who
}

fn shown(p: &Part) -> String {
    let kind = match p.kind {
        Kind::TEXT => "text",
        Kind::IMAGE => "image",
        Kind::TOOL_CALL => "tool_call",
        Kind::THINKING => "thinking",
        Kind::REDACTED => "redacted",
        Kind::CITATION => "citation",
        Kind::REFUSAL => "refusal",
        _ => "other",
    };
    let mut s = format!(" {kind}");
    for (name, v) in [("name", p.name), ("ref", p.call_id), ("url", p.url), ("source", p.source)] {
        if !v.is_empty() {
            s += &format!(" {name}={v}");
        }
    }
    for (name, v) in [("data", p.data), ("signature", p.signature), ("raw", p.raw)] {
        if !v.is_empty() {
            s += &format!(" {name}={}", utf8(v));
        }
    }
    if !p.text.is_empty() {
        s += &format!(" {:?}", utf8(p.text));
    }
    s
}

fn counts(u: &Usage) -> String {
    let mut s = format!("usage in={} out={}", u.input_uncached, u.output);
    for (name, n) in
        [("read", u.cache_read), ("write", u.cache_write), ("hour", u.cache_write_hour), ("reasoning", u.reasoning)]
    {
        if n > 0 {
            s += &format!(" {name}={n}");
        }
    }
    s
}

fn finished(choice: u32, finish: Finish, stop: &str) -> String {
    let why = match finish {
        Finish::STOP => "stop",
        Finish::LENGTH => "length",
        Finish::TOOL_CALLS => "tool_calls",
        Finish::CONTENT_FILTER => "content_filter",
        Finish::OTHER => "other",
        _ => "none",
    };
    format!("finish {choice} {why} {stop}").trim_end().to_string()
}

fn said(e: &crate::abi::Error) -> String {
    format!("{} {}: {}", e.code, e.param, e.message)
}

fn utf8(b: &[u8]) -> String {
    std::str::from_utf8(b).expect("UTF-8").to_string()
}
