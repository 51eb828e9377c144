//! Reads whole answers.

use crate::chat::error::{refusal, said};
use crate::chat::Form;
use crate::{source, PLAIN};
use sallyport::abi::{Finish, Kind, Operation, Part, UpstreamResponseCall, Usage};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Answer, Failure, Names, StateReader};
use std::borrow::Cow;

/// Reads an answer of any status.
pub fn read(call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
    let doc = Value::tolerant(call.body);
    if call.status >= 400 {
        return Err(refusal(Form::OpenAi, call, doc));
    }
    let doc =
        doc.filter(|v| v.is_object()).ok_or_else(|| Failure::unreadable("The provider's answer is no JSON object."))?;
    if call.exchange.as_ref().map_or(false, |e| e.operation == Operation::COUNT_TOKENS) {
        return count(&doc, out);
    }
    if let Some(usage) = doc.member("usage").and_then(|v| usage_in(&v)) {
        out.usage(&usage); // first of all: what is broken is billed as well
    }
    if let Some(f) = broken(&doc) {
        return Err(f);
    }
    let output = doc.member("output").filter(|v| v.is_array());
    let output = output.ok_or_else(|| Failure::unreadable("The provider's answer has no output."))?;
    out.id(&doc.text_of("id"));
    out.model(&doc.text_of("model"));
    let mut state = StateReader::new(call.state);
    let source = source(state.text());
    let names = Names::read(&mut state);
    let mut called = false;
    for v in output.items() {
        called |= item(&v, &source, &names, |p| out.part(&p));
    }
    out.choice(0, finish(&doc, doc.text_of("status") == "incomplete", called), "");
    Ok(())
}

/// Reads a count of tokens.
fn count(doc: &Value, out: &mut Answer) -> Result<(), Failure> {
    let n = doc.member("input_tokens").and_then(|v| v.count());
    let n = n.ok_or_else(|| Failure::unreadable("The provider's answer has no input_tokens."))?;
    out.usage(&Usage { input_uncached: n, reported: true, ..Default::default() });
    Ok(())
}

/// The failure of a response that has one.
pub fn broken(response: &Value) -> Option<Failure> {
    let status = response.text_of("status");
    if status == "failed" || response.member("error").is_some() {
        let mut f = said(Form::OpenAi, response, 0);
        if f.code == "invalid_prompt" {
            f.status = 400; // which would be refused again
        }
        return Some(f);
    }
    match &*status {
        "cancelled" => Some(Failure::new(502, "generation_aborted", "The provider broke the answer off.")),
        "queued" | "in_progress" => Some(Failure::unreadable("The provider's answer is not finished.")),
        _ => None,
    }
}

/// Why the model stopped.
pub fn finish(response: &Value, incomplete: bool, called: bool) -> Finish {
    let why = response.get("/incomplete_details/reason").and_then(|v| v.str()).unwrap_or_default();
    match (&*why, incomplete) {
        ("max_output_tokens" | "max_tokens" | "length", true) => Finish::LENGTH,
        ("content_filter", true) => Finish::CONTENT_FILTER,
        (_, true) => Finish::OTHER,
        _ if called => Finish::TOOL_CALLS,
        _ => Finish::STOP,
    }
}

/// Adds the parts of an item, and tells whether it calls a tool. What tools that the
/// provider runs itself did is not the client's.
pub fn item(v: &Value, source: &str, names: &Names, mut add: impl FnMut(Part)) -> bool {
    match &*v.text_of("type") {
        "message" => v.member("content").iter().flat_map(|c| c.items()).for_each(|c| content(&c, &mut add)),
        "reasoning" => reasoning(v, source, add),
        "image_generation_call" => image(v, add),
        "function_call" | "custom_tool_call" => {
            let (name, id, args) = (v.text_of("name"), call_id(v), arguments(v));
            let args = if args.trim().is_empty() { "{}" } else { &*args };
            let text = args.as_bytes();
            add(Part { kind: Kind::TOOL_CALL, name: names.own(&name), call_id: &id, text, ..Default::default() });
            return true;
        }
        _ => {}
    }
    false
}

/// The id that the result of a call names.
pub fn call_id<'a>(v: &Value<'a>) -> Cow<'a, str> {
    let id = v.text_of("call_id");
    if id.is_empty() {
        return v.text_of("id");
    }
    id
}

/// The arguments of a call, which are JSON in a string, or an object where a runtime
/// takes the liberty; or the input of a tool that takes free text.
pub fn arguments<'a>(v: &Value<'a>) -> Cow<'a, str> {
    match v.member("arguments").or_else(|| v.member("input")) {
        Some(v) if v.is_object() => std::str::from_utf8(v.raw()).unwrap_or("").into(),
        Some(v) => v.str().unwrap_or_default(),
        None => Default::default(),
    }
}

/// The text of a content, and its kind.
pub fn text_of<'a>(v: &Value<'a>) -> Option<(Kind, Cow<'a, str>)> {
    match &*v.text_of("type") {
        "output_text" | "text" => Some((Kind::TEXT, v.text_of("text"))),
        "refusal" => Some((Kind::REFUSAL, v.text_of("refusal"))),
        _ => None,
    }
}

fn content(v: &Value, mut add: impl FnMut(Part)) {
    if let Some((kind, text)) = text_of(v) {
        if !text.is_empty() {
            add(Part { kind, text: text.as_bytes(), ..Default::default() });
        }
    }
    v.member("annotations").iter().flat_map(|v| v.items()).for_each(|a| citation(&a, &mut add));
}

/// Reads an annotation.
pub fn citation(v: &Value, mut add: impl FnMut(Part)) {
    let (title, url) = (v.text_of("title"), v.text_of("url"));
    let kind = Kind::CITATION;
    if url.is_empty() {
        let name = v.text_of("filename");
        return add(Part { kind, text: name.as_bytes(), raw: v.raw(), ..Default::default() });
    }
    let mut rest = Writer::default();
    rest.object(|w| {
        for (key, v) in v.members().filter(|(k, _)| k != "type") {
            w.key(&key).raw(v.raw());
        }
    });
    add(Part { kind, text: title.as_bytes(), url: &url, raw: rest.bytes(), ..Default::default() });
}

/// The texts of an item of reasoning, as one, and what seals it.
pub fn thought<'a>(v: &Value<'a>) -> (String, Cow<'a, str>) {
    let texts = |name: &str| -> Vec<_> {
        let list = v.member(name);
        let texts = list.iter().flat_map(|l| l.items()).map(|t| t.text_of("text").into_owned());
        texts.filter(|t| !t.is_empty()).collect()
    };
    let (full, summary) = (texts("content"), texts("summary"));
    let all = if full.is_empty() { summary } else { full };
    let seal = v.text_of("encrypted_content");
    let plain = seal.is_empty() && v.member("content").map_or(false, |c| c.items().next().is_some());
    (all.join(SEPARATOR), if plain { PLAIN.into() } else { seal })
}

/// Stands between texts of one item of reasoning.
pub const SEPARATOR: &str = "\n\n";

fn reasoning(v: &Value, source: &str, mut add: impl FnMut(Part)) {
    let (text, seal) = thought(v);
    if text.is_empty() && seal.is_empty() {
        return;
    }
    let kind = if text.is_empty() { Kind::REDACTED } else { Kind::THINKING };
    let source = if seal.is_empty() { "" } else { source };
    add(Part { kind, text: text.as_bytes(), signature: seal.as_bytes(), source, ..Default::default() });
}

/// Reads an image that the provider made.
pub fn image(v: &Value, mut add: impl FnMut(Part)) {
    let (data, format) = (v.text_of("result"), v.text_of("output_format"));
    if is_base64(data.as_bytes()) {
        let name = format!("image/{}", if format.is_empty() { "png" } else { &*format });
        add(Part { kind: Kind::IMAGE, name: &name, data: data.as_bytes(), ..Default::default() });
    }
}

/// Tells whether data is that, padded (RFC 4648 §4), and not nothing.
fn is_base64(data: &[u8]) -> bool {
    let digits = data.len() - data.iter().rev().take(2).take_while(|c| **c == b'=').count();
    let digit = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
    !data.is_empty() && data.len() % 4 == 0 && data[..digits].iter().all(digit)
}

/// The usage that an object tells; none where it lacks a count or both are 0, which no
/// call is.
pub fn usage_in(v: &Value) -> Option<Usage> {
    let at = |pointer: &str| v.get(pointer).and_then(|v| v.count());
    let detail = |pointer: &str| at(pointer).unwrap_or(0);
    let (input, output) = (at("/input_tokens")?, at("/output_tokens")?);
    if input + output == 0 {
        return None;
    }
    let read = detail("/input_tokens_details/cached_tokens").min(input);
    let write = detail("/input_tokens_details/cache_write_tokens").min(input - read);
    Some(Usage {
        input_uncached: input - read - write,
        cache_read: read,
        cache_write: write,
        cache_write_hour: 0,
        output,
        reasoning: detail("/output_tokens_details/reasoning_tokens").min(output),
        audio: detail("/input_tokens_details/audio_tokens") + detail("/output_tokens_details/audio_tokens"),
        image: detail("/output_tokens_details/image_tokens"),
        reported: true,
        estimated: false,
    })
}
