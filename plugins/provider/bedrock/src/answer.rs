//! Reads whole answers.

use crate::{error, DIALECT};
use sallyport::abi::{Finish, Kind, Operation, Part, UpstreamResponseCall, Usage};
use sallyport::json::Value;
use sallyport::translate::{Answer, Failure, Names, StateReader};

/// What a request leaves for its answer.
#[derive(Default)]
pub struct Asked {
    /// The tool that stands for structured output, or empty.
    pub shape_tool: String,
    /// The only stop sequence, or empty.
    pub stop: String,
    /// The provider's streams end without `metadata`.
    pub no_end: bool,
    pub names: Names,
}

impl Asked {
    pub fn read(state: &mut StateReader) -> Asked {
        Asked {
            shape_tool: state.text().to_string(),
            stop: state.text().to_string(),
            no_end: state.flag(),
            names: Names::read(state),
        }
    }

    /// Tells whether a call is the answer itself.
    pub fn is_shape(&self, name: &str) -> bool {
        !self.shape_tool.is_empty() && self.shape_tool == name
    }
}

pub fn read(call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
    let header = |name: &str| {
        let h = call.headers.iter().find(|h| h.name == name)?;
        std::str::from_utf8(h.value).ok()
    };
    if call.status >= 400 {
        let mut f = error::refusal(call.status, header("x-amzn-errortype").unwrap_or(""), call.body);
        let after = header("retry-after").and_then(|v| v.trim().parse::<f64>().ok());
        f.retry_after_ms = after.filter(|s| *s > 0.0 && *s < 1e6).map_or(0, |s| (s * 1000.0) as u64);
        return Err(f);
    }
    let doc = Value::tolerant(call.body).filter(|v| v.is_object());
    let doc = doc.ok_or_else(|| Failure::unreadable("The provider's answer is no JSON object."))?;
    let operation = call.exchange.as_ref().map_or(Operation::CHAT, |e| e.operation);
    if operation == Operation::COUNT_TOKENS {
        let n = doc.member("inputTokens").and_then(|v| v.count());
        let n = n.ok_or_else(|| Failure::unreadable("The provider's answer has no count."))?;
        out.usage(&Usage { input_uncached: n, reported: true, ..Default::default() });
        return Ok(());
    }
    let content = match doc.get("/output/message/content") {
        Some(v) if v.is_array() => v,
        _ => return Err(Failure::unreadable("The provider's answer has no content.")),
    };
    let reason = doc.text_of("stopReason");
    if reason.starts_with("malformed_") {
        return Err(error::malformed(&reason));
    }
    out.id(header("x-amzn-requestid").unwrap_or(""));
    let asked = Asked::read(&mut StateReader::new(call.state));
    let called = |v: &Value| {
        let call = v.member("toolUse").filter(|c| c.text_of("type") != "server_tool_use")?;
        Some(asked.is_shape(&call.text_of("name")))
    };
    let shape = content.items().any(|v| called(&v) == Some(true));
    let others = content.items().any(|v| called(&v) == Some(false));
    for block in content.items() {
        // What is said beside structured output is not part of it.
        if !(shape && block.member("text").is_some()) {
            read_block(&block, &asked, out);
        }
    }
    if let Some(v) = doc.member("usage") {
        out.usage(&usage(&v));
    }
    let told = stopped_by(&doc);
    let stop = if reason == "stop_sequence" { told.as_ref().unwrap_or(&asked.stop) } else { "" };
    out.choice(0, finish(&reason, shape, others), stop);
    Ok(())
}

/// The sequence that stopped the model, where the client had it told: it asks for the
/// field `/stop_sequence` of Claude's answer with additionalModelResponseFieldPaths.
pub fn stopped_by(doc: &Value) -> Option<String> {
    let fields = doc.member("additionalModelResponseFields")?;
    let v = fields.member("stop_sequence").or_else(|| fields.get("/delta/stop_sequence"))?;
    v.str().filter(|s| !s.is_empty() && s.len() <= 256).map(|s| s.into_owned())
}

fn read_block(block: &Value, asked: &Asked, out: &mut Answer) {
    const KNOWN: [&str; 5] = ["text", "reasoningContent", "toolUse", "citationsContent", "image"];
    let (kind, v) = KNOWN.iter().find_map(|k| Some((*k, block.member(k)?))).unwrap_or(("", *block));
    match kind {
        "text" => out.text(0, &v.str().unwrap_or_default()),
        "reasoningContent" => {
            let redacted = v.text_of("redactedContent");
            if !redacted.is_empty() {
                out.part(&sealed(Kind::REDACTED, &redacted));
                return;
            }
            let inner = v.member("reasoningText").unwrap_or(v);
            let (text, signature) = (inner.text_of("text"), inner.text_of("signature"));
            out.part(&Part { text: text.as_bytes(), ..sealed(Kind::THINKING, &signature) });
        }
        "toolUse" if v.text_of("type") != "server_tool_use" => {
            let (name, id) = (v.text_of("name"), v.text_of("toolUseId"));
            let input = v.member("input").map_or(&b"{}"[..], |v| v.raw());
            if asked.is_shape(&name) {
                out.part(&Part { kind: Kind::TEXT, text: input, ..Default::default() });
                return;
            }
            let name = asked.names.own(&name);
            out.part(&Part { kind: Kind::TOOL_CALL, name, call_id: &id, text: input, ..Default::default() });
        }
        "citationsContent" => {
            let text: String =
                v.member("content").iter().flat_map(|c| c.items()).map(|c| c.text_of("text").into_owned()).collect();
            out.text(0, &text);
            for c in v.member("citations").iter().flat_map(|c| c.items()) {
                citation(&c, |part| out.part(&part));
            }
        }
        "image" => {
            let (format, data) = (v.text_of("format"), v.get("/source/bytes").and_then(|v| v.text()));
            let name = format!("image/{format}");
            let data = data.unwrap_or_default();
            out.part(&Part { kind: Kind::IMAGE, name: &name, data: data.as_bytes(), ..Default::default() });
        }
        _ => out.part(&Part { kind: Kind::RAW, raw: block.raw(), source: DIALECT, ..Default::default() }),
    }
}

/// A part with the provider's seal.
pub fn sealed(kind: Kind, signature: &str) -> Part<'_> {
    let source = if signature.is_empty() { "" } else { DIALECT };
    Part { kind, signature: signature.as_bytes(), source, ..Default::default() }
}

/// Makes the part of a citation.
pub fn citation(v: &Value, add: impl FnOnce(Part)) {
    let cited: String =
        v.member("sourceContent").iter().flat_map(|c| c.items()).map(|c| c.text_of("text").into_owned()).collect();
    let title = v.text_of("title");
    let url = v.get("/location/web/url").and_then(|v| v.text()).unwrap_or_default();
    let text = if cited.is_empty() { &*title } else { &cited };
    add(Part { kind: Kind::CITATION, text: text.as_bytes(), url: &url, raw: v.raw(), ..Default::default() });
}

/// Reads a usage object. What was read from the cache and written to it is not part
/// of inputTokens; cacheDetails divides what was written by how long it is kept.
pub fn usage(v: &Value) -> Usage {
    let cache_write = v.count_of("cacheWriteInputTokens");
    let details = v.member("cacheDetails");
    let kept = details.iter().flat_map(|d| d.items()).filter(|d| d.text_of("ttl") == "1h");
    let hour = kept.fold(0u64, |n, d| n.saturating_add(d.count_of("inputTokens")));
    Usage {
        input_uncached: v.count_of("inputTokens"),
        cache_read: v.count_of("cacheReadInputTokens"),
        cache_write,
        cache_write_hour: hour.min(cache_write),
        output: v.count_of("outputTokens"),
        reported: true,
        ..Default::default()
    }
}

/// Why the model stopped. `shaped` means that a call was the answer itself, `called` that
/// there was another one, after which some models say that their turn is over.
pub fn finish(reason: &str, shaped: bool, called: bool) -> Finish {
    match reason {
        "end_turn" if called => Finish::TOOL_CALLS,
        "end_turn" | "stop_sequence" => Finish::STOP,
        "max_tokens" | "model_context_window_exceeded" => Finish::LENGTH,
        "tool_use" if shaped && !called => Finish::STOP,
        "tool_use" => Finish::TOOL_CALLS,
        "content_filtered" | "guardrail_intervened" => Finish::CONTENT_FILTER,
        _ => Finish::OTHER,
    }
}
