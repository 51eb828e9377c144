//! Reads whole answers.

use sallyport::abi::{Finish, Kind, Part, UpstreamResponseCall, Usage};
use sallyport::json::Value;
use sallyport::translate::{Answer, Failure};

pub fn read(call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
    let doc = Value::tolerant(call.body).filter(|v| v.is_object());
    let error = doc.and_then(|v| words(&v));
    if call.status >= 400 {
        let words = error.unwrap_or_else(|| format!("The provider answered with the status {}.", call.status));
        let mut f = said(&words, call.status);
        let after = call.headers.iter().find(|h| h.name == "retry-after");
        let after = after.and_then(|h| std::str::from_utf8(h.value).ok()?.trim().parse::<f64>().ok());
        f.retry_after_ms = after.filter(|s| *s > 0.0 && *s < 1e6).map_or(0, |s| (s * 1000.0) as u64);
        return Err(f);
    }
    let doc = doc.ok_or_else(|| Failure::unreadable("The provider's answer is no JSON object."))?;
    if let Some(words) = error {
        return Err(said(&words, 0));
    }
    let message = match doc.member("message") {
        Some(v) if v.is_object() => v,
        _ => return Err(Failure::unreadable("The provider's answer has no message.")),
    };
    out.model(&doc.text_of("model"));
    let thinking = message.text_of("thinking");
    if !thinking.is_empty() {
        out.part(&Part { kind: Kind::THINKING, text: thinking.as_bytes(), ..Default::default() });
    }
    let text = message.text_of("content");
    if !text.is_empty() {
        out.text(0, &text);
    }
    let exchange = call.exchange.as_ref().map_or("", |e| e.id);
    let mut calls = 0;
    for v in message.member("tool_calls").iter().flat_map(|v| v.items()) {
        tool_call(&v, exchange, calls, |part| out.part(&part));
        calls += 1;
    }
    out.usage(&usage(&doc));
    out.choice(0, finish(&doc.text_of("done_reason"), calls > 0), "");
    Ok(())
}

/// Makes the part of a call. Old versions give it no id, so it gets one that no other
/// call of the conversation has.
pub fn tool_call(v: &Value, exchange: &str, n: u32, add: impl FnOnce(Part)) {
    let f = v.member("function").unwrap_or(*v);
    let (name, mut id) = (f.text_of("name"), v.text_of("id").into_owned());
    if id.is_empty() {
        id = format!("call_{}_{n}", exchange.replace('-', ""));
    }
    let input = match f.member("arguments") {
        Some(v) if v.is_string() => v.text().unwrap_or_default(),
        Some(v) => String::from_utf8_lossy(v.raw()).into_owned(),
        None => "{}".to_string(),
    };
    let part = Part { kind: Kind::TOOL_CALL, name: &name, call_id: &id, text: input.as_bytes(), ..Default::default() };
    add(part);
}

/// Reads the counts that the last line has.
pub fn usage(doc: &Value) -> Usage {
    let counts = ["prompt_eval_count", "eval_count"].map(|n| doc.member(n).and_then(|v| v.count()));
    Usage {
        input_uncached: counts[0].unwrap_or(0),
        output: counts[1].unwrap_or(0),
        reported: counts.iter().any(|n| n.is_some()),
        ..Default::default()
    }
}

/// Why the model stopped. A call ends with the reason `stop` as well.
pub fn finish(reason: &str, called: bool) -> Finish {
    match reason {
        "length" => Finish::LENGTH,
        "stop" | "tool_calls" | "" if called => Finish::TOOL_CALLS,
        "stop" | "" => Finish::STOP, // old versions say none
        _ => Finish::OTHER,
    }
}

/// The words of an error, if the document is one.
pub fn words(doc: &Value) -> Option<String> {
    let error = doc.member("error")?;
    error.text().or_else(|| error.member("message")?.text()).or_else(|| Some("The provider reports an error.".into()))
}

/// Makes a failure of the provider's words: it has no codes. The status is 0 where
/// the answer claimed to be good.
pub fn said(message: &str, status: u32) -> Failure {
    let m = message.to_ascii_lowercase();
    let too_long = ["maximum context", "context length", "context window", "max context"].iter().any(|s| m.contains(s));
    let missing = m.contains("model") && (m.contains("not found") || m.contains("try pulling"));
    let (status, code) = match status {
        _ if too_long => (400, "context_length_exceeded"),
        0 | 400 | 404 if missing => (404, "model_not_found"),
        402 => (429, "insufficient_quota"),
        429 => (429, "rate_limit_exceeded"),
        0 => (502, "error"),
        status => (status, ""),
    };
    Failure::new(status, code, message)
}
