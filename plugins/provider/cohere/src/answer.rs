//! Reads whole answers.

use sallyport::abi::{Finish, Kind, Part, UpstreamResponseCall, Usage};
use sallyport::json::Value;
use sallyport::translate::{Answer, Failure, Names, StateReader};

/// What a request leaves for its answer.
#[derive(Default)]
pub struct Asked {
    /// The only stop sequence, or empty.
    pub stop: String,
    pub names: Names,
}

impl Asked {
    pub fn read(state: &mut StateReader) -> Asked {
        Asked { stop: state.text().to_string(), names: Names::read(state) }
    }
}

pub fn read(call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
    let doc = Value::tolerant(call.body).filter(|v| v.is_object());
    if call.status >= 400 {
        return Err(refusal(call, doc));
    }
    let doc = doc.ok_or_else(|| Failure::unreadable("The provider's answer is no JSON object."))?;
    let message = match doc.member("message") {
        Some(v) if v.is_object() => v,
        _ => return Err(Failure::unreadable("The provider's answer has no message.")),
    };
    let reason = doc.text_of("finish_reason");
    if let Some(f) = broken(&reason, &doc.text_of("error")) {
        return Err(f);
    }
    out.id(&doc.text_of("id"));
    let asked = Asked::read(&mut StateReader::new(call.state));
    read_message(&message, &asked, out);
    if let Some(v) = doc.member("usage") {
        out.usage(&usage(&v));
    }
    let stop = if reason == "STOP_SEQUENCE" { &asked.stop } else { "" };
    out.choice(0, finish(&reason), stop);
    Ok(())
}

fn read_message(message: &Value, asked: &Asked, out: &mut Answer) {
    let plan = message.text_of("tool_plan");
    let citations: Vec<_> = message.member("citations").iter().flat_map(|v| v.items()).collect();
    let cite = |out: &mut Answer, here: &dyn Fn(&Value) -> bool| {
        for c in citations.iter().filter(|c| here(c)) {
            citation(c, |part| out.part(&part));
        }
    };
    let plans = |c: &Value| c.text_of("type") == "PLAN";
    let mut planned = plan.is_empty();
    let content = message.member("content");
    if let Some(text) = content.and_then(|v| v.str()) {
        out.text(0, &text);
        cite(out, &|c| !plans(c));
    }
    let blocks = || content.iter().flat_map(|v| v.items()).enumerate();
    let is_text = |v: &Value| v.text_of("type") != "thinking";
    let last = blocks().filter(|(_, b)| is_text(b)).last().map_or(0, |(i, _)| i);
    // What cites no text that there is cites the last one.
    let cited = |c: &Value| {
        let i = c.count_of("content_index") as usize;
        if blocks().any(|(n, b)| n == i && is_text(&b)) {
            i
        } else {
            last
        }
    };
    for (i, block) in blocks() {
        if block.text_of("type") == "thinking" {
            let text = block.text_of("thinking");
            out.part(&Part { kind: Kind::THINKING, text: text.as_bytes(), ..Default::default() });
            continue;
        }
        if !planned {
            planned = true;
            out.text(0, &plan);
            cite(out, &plans);
        }
        out.text(0, &block.text_of("text"));
        cite(out, &|c| !plans(c) && c.text_of("type") != "THINKING_CONTENT" && cited(c) == i);
    }
    if !planned {
        out.text(0, &plan);
        cite(out, &plans);
    }
    for call in message.member("tool_calls").iter().flat_map(|v| v.items()) {
        let (id, f) = (call.text_of("id"), call.member("function").unwrap_or(call));
        let (name, input) = (f.text_of("name"), arguments(&f));
        let name = asked.names.own(&name);
        out.part(&Part { kind: Kind::TOOL_CALL, name, call_id: &id, text: input.as_bytes(), ..Default::default() });
    }
}

/// The arguments of a call. None are written as `null` at times.
fn arguments(function: &Value) -> String {
    match function.text_of("arguments").trim() {
        "" | "null" => "{}".to_string(),
        text => text.to_string(),
    }
}

/// Makes the part of a citation.
pub fn citation(v: &Value, add: impl FnOnce(Part)) {
    let text = v.text_of("text");
    let source = v.get("/sources/0");
    let url = source
        .and_then(|s| s.get("/document/url").or_else(|| s.get("/tool_output/url")))
        .and_then(|u| u.text())
        .unwrap_or_default();
    add(Part { kind: Kind::CITATION, text: text.as_bytes(), url: &url, raw: v.raw(), ..Default::default() });
}

/// Reads a usage object. `tokens` is what was read and written, `billed_units` what
/// is paid for; what came from the cache is part of the former.
pub fn usage(v: &Value) -> Usage {
    let of = v.member("tokens").or_else(|| v.member("billed_units")).unwrap_or(*v);
    let input = of.count_of("input_tokens");
    let cached = v.count_of("cached_tokens").min(input);
    Usage {
        input_uncached: input - cached,
        cache_read: cached,
        output: of.count_of("output_tokens"),
        reported: true,
        ..Default::default()
    }
}

/// Why the model stopped.
pub fn finish(reason: &str) -> Finish {
    match reason {
        "COMPLETE" | "STOP_SEQUENCE" => Finish::STOP,
        "MAX_TOKENS" | "ERROR_LIMIT" => Finish::LENGTH,
        "TOOL_CALL" => Finish::TOOL_CALLS,
        "ERROR_TOXIC" => Finish::CONTENT_FILTER,
        _ => Finish::OTHER,
    }
}

/// The failure that an end by error or by time is.
pub fn broken(reason: &str, words: &str) -> Option<Failure> {
    let (status, code, what) = match reason {
        "ERROR" => (502, "error", "The model failed before its answer was whole."),
        "TIMEOUT" => (504, "timeout", "The model took too long for its answer."),
        _ => return None,
    };
    Some(Failure::new(status, code, if words.is_empty() { what } else { words }))
}

/// Makes the failure of an answer with an error status, whatever its body is.
fn refusal(call: &UpstreamResponseCall, doc: Option<Value>) -> Failure {
    let words = doc.map(|v| v.text_of("message").into_owned()).filter(|m| !m.is_empty());
    let mut f =
        said(&words.unwrap_or_else(|| format!("The provider answered with the status {}.", call.status)), call.status);
    let after = call.headers.iter().find(|h| h.name == "retry-after");
    let after = after.and_then(|h| std::str::from_utf8(h.value).ok()?.trim().parse::<f64>().ok());
    f.retry_after_ms = after.filter(|s| *s > 0.0 && *s < 1e6).map_or(0, |s| (s * 1000.0) as u64);
    f
}

/// Makes a failure of the provider's words: it has no codes.
pub fn said(message: &str, status: u32) -> Failure {
    let m = message.to_ascii_lowercase();
    let too_long =
        ["too many tokens", "context length", "context window", "maximum context"].iter().any(|s| m.contains(s));
    let (status, code) = match status {
        400 | 422 if too_long => (400, "context_length_exceeded"),
        404 if m.contains("model") => (404, "model_not_found"),
        402 => (429, "insufficient_quota"),
        429 if m.contains("month") || m.contains("billing") || m.contains("quota") => (429, "insufficient_quota"),
        429 => (429, "rate_limit_exceeded"),
        498 => (401, "invalid_token"),
        499 => (502, "request_cancelled"),
        0 => (502, "error"),
        status => (status, ""),
    };
    Failure::new(status, code, message)
}
