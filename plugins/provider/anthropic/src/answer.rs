//! Reads whole answers.

use crate::DIALECT;
use sallyport::abi::{Finish, Kind, Operation, Part, UpstreamResponseCall, Usage};
use sallyport::json::Value;
use sallyport::translate::{Answer, Failure, Names, StateReader};

pub fn read(call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
    let doc = Value::tolerant(call.body);
    if call.status >= 400 {
        return Err(refusal(call, doc));
    }
    let doc =
        doc.filter(|v| v.is_object()).ok_or_else(|| Failure::unreadable("The provider's answer is no JSON object."))?;
    let operation = call.exchange.as_ref().map_or(Operation::CHAT, |e| e.operation);
    if operation == Operation::COUNT_TOKENS {
        out.usage(&Usage { input_uncached: doc.count_of("input_tokens"), reported: true, ..Default::default() });
        return Ok(());
    }
    if let Some(error) = doc.member("error") {
        return Err(said(&error, 0));
    }
    let content = match doc.member("content") {
        Some(v) if v.is_array() => v,
        _ => return Err(Failure::unreadable("The provider's answer has no content.")),
    };
    out.id(&doc.text_of("id"));
    out.model(&doc.text_of("model"));
    let mut state = StateReader::new(call.state);
    let shaped = state.flag();
    let names = Names::read(&mut state);
    for block in content.items() {
        read_block(&block, shaped, &names, out);
    }
    if let Some(v) = doc.member("usage") {
        let mut usage = Usage::default();
        set_usage(&mut usage, &v);
        out.usage(&usage);
    }
    let reason = doc.text_of("stop_reason");
    if let Some(why) = why_refused(&doc) {
        out.part(&Part { kind: Kind::REFUSAL, text: why.as_bytes(), ..Default::default() });
    }
    out.choice(0, finish(&reason, shaped), &doc.text_of("stop_sequence"));
    Ok(())
}

fn read_block(block: &Value, shaped: bool, names: &Names, out: &mut Answer) {
    match &*block.text_of("type") {
        "text" => {
            out.text(0, &block.text_of("text"));
            for c in block.member("citations").iter().flat_map(|v| v.items()) {
                citation(&c, |part| out.part(&part));
            }
        }
        "thinking" => {
            let (text, signature) = (block.text_of("thinking"), block.text_of("signature"));
            out.part(&Part { text: text.as_bytes(), ..sealed(Kind::THINKING, &signature) });
        }
        "redacted_thinking" => out.part(&sealed(Kind::REDACTED, &block.text_of("data"))),
        "tool_use" => {
            let (name, id) = (block.text_of("name"), block.text_of("id"));
            let input = block.member("input").map_or(&b"{}"[..], |v| v.raw());
            if shaped && name == crate::SHAPE_TOOL {
                out.part(&Part { kind: Kind::TEXT, text: input, ..Default::default() });
                return;
            }
            let name = names.own(&name);
            out.part(&Part { kind: Kind::TOOL_CALL, name, call_id: &id, text: input, ..Default::default() });
        }
        _ => out.part(&Part { kind: Kind::RAW, raw: block.raw(), source: DIALECT, ..Default::default() }),
    }
}

/// A part with the provider's seal.
pub fn sealed(kind: Kind, signature: &str) -> Part<'_> {
    let source = if signature.is_empty() { "" } else { DIALECT };
    Part { kind, signature: signature.as_bytes(), source, ..Default::default() }
}

/// What the provider says of why it refused, in `stop_details` of a message or of its
/// last delta.
pub fn why_refused(v: &Value) -> Option<String> {
    let details = v.member("stop_details")?;
    let (why, category) = (details.text_of("explanation"), details.text_of("category"));
    match (why.is_empty(), category.is_empty()) {
        (false, _) => Some(why.into_owned()),
        (true, false) => Some(format!("Refused: {category}.")),
        _ => None,
    }
}

/// Makes the part of a citation; all that is said of it stays beside its text.
pub fn citation(v: &Value, add: impl FnOnce(Part)) {
    let (cited, title, source) = (v.text_of("cited_text"), v.text_of("title"), v.text_of("source"));
    let mut url = v.text_of("url");
    if url.is_empty() && (source.starts_with("https://") || source.starts_with("http://")) {
        url = source;
    }
    let text = if cited.is_empty() { &title } else { &cited };
    add(Part { kind: Kind::CITATION, text: text.as_bytes(), url: &url, raw: v.raw(), ..Default::default() });
}

/// Sets what a usage object says; it leaves out what it said before. All counts are
/// totals.
pub fn set_usage(u: &mut Usage, v: &Value) {
    let set = |n: &mut u64, name: &str| {
        if let Some(v) = v.member(name).and_then(|v| v.count()) {
            *n = v;
        }
    };
    set(&mut u.input_uncached, "input_tokens");
    set(&mut u.cache_read, "cache_read_input_tokens");
    set(&mut u.cache_write, "cache_creation_input_tokens");
    if let Some(v) = v.get("/cache_creation/ephemeral_1h_input_tokens").and_then(|v| v.count()) {
        u.cache_write_hour = v;
    }
    u.cache_write_hour = u.cache_write_hour.min(u.cache_write);
    set(&mut u.output, "output_tokens");
    if let Some(v) = v.get("/output_tokens_details/thinking_tokens").and_then(|v| v.count()) {
        u.reasoning = v;
    }
    u.reasoning = u.reasoning.min(u.output);
    u.reported = true;
}

/// Why the model stopped.
pub fn finish(reason: &str, shaped: bool) -> Finish {
    match reason {
        "end_turn" | "stop_sequence" | "pause_turn" => Finish::STOP,
        "max_tokens" | "model_context_window_exceeded" => Finish::LENGTH,
        "tool_use" if shaped => Finish::STOP,
        "tool_use" => Finish::TOOL_CALLS,
        "refusal" => Finish::CONTENT_FILTER,
        _ => Finish::OTHER,
    }
}

/// Makes the failure of an answer with an error status, whatever its body is.
fn refusal(call: &UpstreamResponseCall, doc: Option<Value>) -> Failure {
    let doc = doc.and_then(|v| if v.is_array() { v.items().next() } else { Some(v) }); // Google's list of one
    let error = doc.and_then(|v| v.member("error")).filter(|v| v.is_object());
    let mut f = match error {
        Some(v) => said(&v, call.status),
        None => Failure::new(call.status, "", format!("The provider answered with the status {}.", call.status)),
    };
    let header = |name: &str| {
        let h = call.headers.iter().find(|h| h.name == name)?;
        std::str::from_utf8(h.value).ok()?.trim().parse::<f64>().ok().filter(|n| *n > 0.0 && *n < 1e6)
    };
    f.retry_after_ms = match (header("retry-after-ms"), header("retry-after")) {
        (Some(ms), _) => ms as u64,
        (None, Some(s)) => (s * 1000.0) as u64,
        _ => 0,
    };
    f
}

/// Makes a failure of an error object. The status is the answer's, or 0 in a stream.
pub fn said(error: &Value, status: u32) -> Failure {
    let (kind, message) = (error.text_of("type"), error.text_of("message"));
    let kind = if kind.is_empty() { error.text_of("status") } else { kind }; // Google's word
    let (usual, code) = match &*kind {
        "invalid_request_error" | "request_too_large" if too_long(&message) => (400, "context_length_exceeded"),
        "invalid_request_error" if message.contains("credit balance") => (429, "insufficient_quota"),
        "invalid_request_error" => (400, "invalid_request_error"),
        "authentication_error" => (401, "authentication_error"),
        "billing_error" => (429, "insufficient_quota"),
        "permission_error" => (403, "permission_error"),
        "not_found_error" if message.contains("model") => (404, "model_not_found"),
        "not_found_error" => (404, "not_found_error"),
        "request_too_large" => (413, "request_too_large"),
        "rate_limit_error" => (429, "rate_limit_exceeded"),
        "timeout_error" => (504, "timeout_error"),
        "overloaded_error" => (503, "overloaded_error"),
        "api_error" | "INTERNAL" => (500, "api_error"),
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" if too_long(&message) => (400, "context_length_exceeded"),
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" => (400, "invalid_request_error"),
        "UNAUTHENTICATED" => (401, "authentication_error"),
        "PERMISSION_DENIED" => (403, "permission_error"),
        "NOT_FOUND" => (404, "model_not_found"),
        "RESOURCE_EXHAUSTED" => (429, "rate_limit_exceeded"),
        "UNAVAILABLE" => (503, "overloaded_error"),
        "DEADLINE_EXCEEDED" => (504, "timeout_error"),
        _ => (502, ""),
    };
    let status = match (status, code) {
        (0, _) | (_, "insufficient_quota") => usual,
        (529, _) => 503, // which other providers know too
        _ => status,
    };
    let code = if code.is_empty() { kind.into_owned() } else { code.to_string() };
    Failure::new(status, code, message)
}

/// Tells whether a message says that the prompt does not fit the model.
fn too_long(message: &str) -> bool {
    let m = message.to_ascii_lowercase();
    m.contains("prompt is too long") || m.contains("context limit") || m.contains("context window")
}

#[cfg(test)]
mod tests {
    use crate::Anthropic;
    use sallyport::translate::testing;

    #[test]
    fn why_it_refused() {
        for (details, want) in [
            (r#"{"type":"refusal","category":"cyber","explanation":"It \"harms\"."}"#, r#"It \"harms\"."#),
            (r#"{"type":"refusal","category":"cyber","explanation":null}"#, "Refused: cyber."),
            (r#"{"type":"refusal","category":null,"explanation":null}"#, ""),
            ("null", ""),
        ] {
            let answer = format!(r#"{{"content":[],"stop_reason":"refusal","stop_details":{details}}}"#);
            let got = testing::response(&mut Anthropic, 200, &answer, b"");
            let mut lines = vec!["finish 0 content_filter".to_string()];
            if !want.is_empty() {
                lines.insert(0, format!("part 0 refusal \"{want}\""));
            }
            assert_eq!(got, lines);

            let delta =
                format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"refusal","stop_details":{details}}}}}"#);
            let got = testing::stream(&mut Anthropic, b"", &[("", delta.as_str()), ("", r#"{"type":"message_stop"}"#)]);
            if !want.is_empty() {
                lines =
                    ["open 0/0 refusal".into(), format!("delta 0/0 refusal \"{want}\""), "close 0/0 refusal".into()]
                        .into_iter()
                        .chain(lines.pop())
                        .collect();
            }
            assert_eq!(got, lines);
        }
    }

    #[test]
    fn sources_of_citations() {
        for (citation, want) in [
            (r#"{"cited_text":"c","title":"T","url":"https://u"}"#, "url=https://u "),
            (r#"{"cited_text":"c","title":"T","source":"https://s"}"#, "url=https://s "),
            (r#"{"cited_text":"c","title":"T","source":"shelf 3"}"#, ""),
        ] {
            let answer = format!(r#"{{"content":[{{"type":"text","text":"t","citations":[{citation}]}}]}}"#);
            let got = testing::response(&mut Anthropic, 200, &answer, b"");
            assert_eq!(got[1], format!("part 0 citation {want}raw={citation} \"c\""));
        }
    }
}
