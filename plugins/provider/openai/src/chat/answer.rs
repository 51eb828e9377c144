//! Reads whole answers.

use crate::chat::content::THOUGHT;
use crate::chat::error::{is_error, refusal, said};
use crate::chat::reasoning::{details, MEMBERS};
use crate::chat::Form;
use sallyport::abi::{Finish, Kind, Part, UpstreamResponseCall, Usage};
use sallyport::json::Value;
use sallyport::translate::{Answer, Failure, Names, StateReader};

/// Reads an answer of any status.
pub fn read(form: Form, call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
    let doc = Value::tolerant(call.body);
    if call.status >= 400 {
        return Err(refusal(form, call, doc));
    }
    let doc =
        doc.filter(|v| v.is_object()).ok_or_else(|| Failure::unreadable("The provider's answer is no JSON object."))?;
    if is_error(&doc) {
        return Err(said(form, &doc, 0));
    }
    if let Some(usage) = usage_of(&doc) {
        out.usage(&usage); // first of all: what is broken is billed as well
    }
    let choices: Vec<_> = doc.member("choices").iter().flat_map(|v| v.items()).filter(|v| v.is_object()).collect();
    if choices.is_empty() {
        return Err(Failure::unreadable("The provider's answer has no choices."));
    }
    out.id(&doc.text_of("id"));
    out.model(&doc.text_of("model"));
    let mut state = StateReader::new(call.state);
    state.number(); // how many choices were asked for
    let source = form.source(state.text());
    let _of_streams = (state.flag(), state.flag());
    let names = Names::read(&mut state);
    let mut finished = Vec::new();
    for (i, choice) in choices.iter().enumerate() {
        let index = choice.member("index").and_then(|v| v.count()).unwrap_or(i as u64) as u32;
        let reason = choice.text_of("finish_reason");
        if let Some(f) = broken(form, choice, &reason) {
            return Err(f);
        }
        let mut m = Message { index, source: &source, names: &names, called: false, out };
        match choice.member("message") {
            Some(v) => m.read(&v),
            None => m.text(&choice.text_of("text")), // an older form
        }
        if index == 0 {
            sources(&doc, |p| m.out.part(&p));
        }
        finished.push((index, finish(&reason, m.called), stop_of(choice)));
    }
    for (index, why, stop) in finished {
        out.choice(index, why, &stop);
    }
    Ok(())
}

/// Reads the message of one choice.
struct Message<'m> {
    index: u32,
    source: &'m str,
    names: &'m Names,
    called: bool,
    out: &'m mut Answer,
}

impl Message<'_> {
    fn add(&mut self, part: Part) {
        self.out.part(&Part { choice: self.index, ..part });
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.out.text(self.index, text);
        }
    }

    fn read(&mut self, message: &Value) {
        let source = self.source;
        reasoning(message, source, |p| self.add(p));
        if let Some(v) = message.member("content") {
            items(&v, source, |p| self.add(p));
        }
        for v in message.member("annotations").iter().flat_map(|v| v.items()) {
            citation(&v, |p| self.add(p));
        }
        let refusal = message.text_of("refusal");
        if !refusal.is_empty() {
            self.add(Part { kind: Kind::REFUSAL, text: refusal.as_bytes(), ..Default::default() });
        }
        for v in message.member("images").iter().flat_map(|v| v.items()) {
            image(&v, |p| self.add(p));
        }
        if let Some(v) = message.member("audio") {
            let (data, text) = (v.text_of("data"), v.text_of("transcript"));
            if is_base64(&data) {
                let (data, text, name) = (data.as_bytes(), text.as_bytes(), sound(&data));
                self.add(Part { kind: Kind::AUDIO, name, data, text, ..Default::default() });
            } else {
                self.text(&text); // what was said, though nobody can hear it
            }
        }
        for v in message.member("tool_calls").iter().flat_map(|v| v.items()) {
            self.call(&v);
        }
        if let Some(v) = message.member("function_call").filter(|v| !v.text_of("name").is_empty()) {
            self.function(&v, "", "");
        }
    }

    fn call(&mut self, v: &Value) {
        let seal = v.get("/extra_content/google/thought_signature").and_then(|v| v.str()).unwrap_or_default();
        match v.member("function").filter(|f| !f.text_of("name").is_empty()) {
            Some(f) => self.function(&f, &call_id(v), &seal),
            None => {
                if let Some(c) = v.member("custom").filter(|c| !c.text_of("name").is_empty()) {
                    self.custom(&c, &call_id(v));
                }
            }
        }
    }

    fn function(&mut self, f: &Value, id: &str, seal: &str) {
        let (name, args) = (f.text_of("name"), arguments(f));
        let args = if args.trim().is_empty() { "{}" } else { &*args };
        let source = if seal.is_empty() { "" } else { self.source };
        self.called = true;
        let name = self.names.own(&name);
        self.add(Part {
            kind: Kind::TOOL_CALL,
            name,
            call_id: id,
            text: args.as_bytes(),
            signature: seal.as_bytes(),
            source,
            ..Default::default()
        });
    }

    fn custom(&mut self, c: &Value, id: &str) {
        let (name, input) = (c.text_of("name"), c.text_of("input"));
        self.called = true;
        let name = self.names.own(&name);
        self.add(Part { kind: Kind::TOOL_CALL, name, call_id: id, text: input.as_bytes(), ..Default::default() });
    }
}

/// The id of a call; empty where there is none, which Mistral says in a word.
pub fn call_id<'a>(call: &Value<'a>) -> std::borrow::Cow<'a, str> {
    Some(call.text_of("id")).filter(|id| id != "null").unwrap_or_default()
}

/// The arguments of a call, which are JSON in a string, or an object where a runtime
/// takes the liberty.
pub fn arguments<'a>(f: &Value<'a>) -> std::borrow::Cow<'a, str> {
    match f.member("arguments") {
        Some(v) if v.is_object() => std::str::from_utf8(v.raw()).unwrap_or("").into(),
        Some(v) => v.str().unwrap_or_default(),
        None => Default::default(),
    }
}

/// Reads reasoning beside the content, in whichever member it stands.
pub fn reasoning(v: &Value, source: &str, mut add: impl FnMut(Part)) {
    let mut sealed = false;
    let list: Vec<_> = v.member("reasoning_details").iter().flat_map(|v| v.items()).collect();
    let plain = MEMBERS.iter().map(|m| (*m, v.text_of(m))).find(|(_, t)| !t.is_empty());
    for d in &list {
        let (data, signature) = (d.text_of("data"), d.text_of("signature"));
        sealed |= !data.is_empty() || !signature.is_empty();
    }
    if let (Some((member, text)), false) = (&plain, sealed) {
        let signature = member.as_bytes();
        add(Part { kind: Kind::THINKING, text: text.as_bytes(), signature, source, ..Default::default() });
        return;
    }
    for d in &list {
        let (data, text) = (d.text_of("data"), d.member("text").or_else(|| d.member("summary")));
        let text = text.and_then(|v| v.str()).unwrap_or_default();
        let kind = if data.is_empty() { Kind::THINKING } else { Kind::REDACTED };
        let signature = if data.is_empty() { d.text_of("signature") } else { data };
        let seal = details(&d.text_of("format"), &d.text_of("id"), &signature);
        if kind == Kind::REDACTED || !text.is_empty() || !signature.is_empty() {
            add(Part { kind, text: text.as_bytes(), signature: seal.as_bytes(), source, ..Default::default() });
        }
    }
}

/// Reads content: a string, or a list of items.
pub fn items(v: &Value, source: &str, mut add: impl FnMut(Part)) {
    if let Some(text) = v.str() {
        if !text.is_empty() {
            add(Part { kind: Kind::TEXT, text: text.as_bytes(), ..Default::default() });
        }
        return;
    }
    for item in v.items() {
        match &*item.text_of("type") {
            "thinking" => {
                let text = thought_of(&item);
                let own = item.text_of("signature");
                let signature = if own.is_empty() { THOUGHT } else { own.as_bytes() };
                if !text.is_empty() || !own.is_empty() {
                    add(Part { kind: Kind::THINKING, text: text.as_bytes(), signature, source, ..Default::default() });
                }
            }
            // Databricks' form.
            "reasoning" => {
                for s in item.member("summary").iter().flat_map(|v| v.items()) {
                    let (text, signature) = (s.text_of("text"), s.text_of("signature"));
                    let source = if signature.is_empty() { "" } else { source };
                    let signature = signature.as_bytes();
                    add(Part { kind: Kind::THINKING, text: text.as_bytes(), signature, source, ..Default::default() });
                }
            }
            "image_url" => image(&item, &mut add),
            "reference" | "tool_reference" => {
                let (title, url) = (item.text_of("title"), item.text_of("url"));
                let text = title.as_bytes();
                add(Part { kind: Kind::CITATION, text, url: &url, raw: item.raw(), ..Default::default() });
            }
            "refusal" => {
                add(Part { kind: Kind::REFUSAL, text: item.text_of("refusal").as_bytes(), ..Default::default() });
            }
            _ => {
                let text = item.text_of("text");
                if !text.is_empty() {
                    add(Part { kind: Kind::TEXT, text: text.as_bytes(), ..Default::default() });
                }
            }
        }
    }
}

/// The text of Mistral's thinking: a string, or a list of texts.
fn thought_of(item: &Value) -> String {
    match item.member("thinking") {
        Some(v) if v.is_string() => v.text().unwrap_or_default(),
        Some(v) => v.items().map(|t| t.text_of("text").into_owned()).collect(),
        None => String::new(),
    }
}

/// Reads an image that a model made.
pub fn image(v: &Value, mut add: impl FnMut(Part)) {
    let url = v.get("/image_url/url").or_else(|| v.member("image_url")).and_then(|v| v.str()).unwrap_or_default();
    if let Some((media, data)) = url.strip_prefix("data:").and_then(|r| r.split_once(";base64,")) {
        if is_base64(data) {
            add(Part { kind: Kind::IMAGE, name: media, data: data.as_bytes(), ..Default::default() });
        }
    } else if !url.is_empty() {
        add(Part { kind: Kind::IMAGE, url: &url, ..Default::default() });
    }
}

/// Tells whether a text is base64, padded, of something.
fn is_base64(data: &str) -> bool {
    let pads = data.bytes().rev().take(2).take_while(|c| *c == b'=').count();
    let digits = &data.as_bytes()[..data.len() - pads];
    !data.is_empty()
        && data.len() % 4 == 0
        && digits.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/'))
}

/// The media type of sound, which answers do not name, by how its base64 begins; samples
/// alone begin like nothing.
fn sound(data: &str) -> &'static str {
    let begins = |all: &[&str]| all.iter().any(|s| data.starts_with(s));
    match () {
        _ if begins(&["UklGR"]) => "audio/wav",
        _ if begins(&["SUQz", "//s", "//N", "//M", "//I"]) => "audio/mpeg",
        _ if begins(&["T2dnUw"]) => "audio/ogg",
        _ if begins(&["ZkxhQw"]) => "audio/flac",
        _ => "audio/pcm",
    }
}

/// Reads an annotation.
pub fn citation(v: &Value, mut add: impl FnMut(Part)) {
    let c = match v.member("url_citation") {
        Some(c) => c,
        None => return,
    };
    let (title, url) = (c.text_of("title"), c.text_of("url"));
    let text = title.as_bytes();
    add(Part { kind: Kind::CITATION, text, url: &url, raw: c.raw(), ..Default::default() });
}

/// Reads the pages that Perplexity says it read, which it names beside the choices.
pub fn sources(doc: &Value, mut add: impl FnMut(Part)) {
    let results: Vec<_> = doc.member("search_results").iter().flat_map(|v| v.items()).collect();
    for v in &results {
        let (title, url) = (v.text_of("title"), v.text_of("url"));
        add(Part { kind: Kind::CITATION, text: title.as_bytes(), url: &url, ..Default::default() });
    }
    if results.is_empty() {
        for url in doc.member("citations").iter().flat_map(|v| v.items()).filter_map(|v| v.str()) {
            add(Part { kind: Kind::CITATION, url: &url, ..Default::default() });
        }
    }
}

/// Why the model stopped. Many providers say `stop` although tools are called.
pub fn finish(reason: &str, called: bool) -> Finish {
    match reason {
        "length" | "max_tokens" | "model_length" | "max_length" | "model_context_window_exceeded" => Finish::LENGTH,
        "content_filter" | "safety" | "refusal" | "sensitive" => Finish::CONTENT_FILTER,
        _ if called => Finish::TOOL_CALLS,
        "stop" | "eos" | "eos_token" | "stop_sequence" | "end_turn" | "" => Finish::STOP,
        _ => Finish::OTHER,
    }
}

/// The failure of a choice that says it is broken.
pub fn broken(form: Form, choice: &Value, reason: &str) -> Option<Failure> {
    if choice.member("error").map_or(false, |v| v.is_object()) {
        return Some(said(form, choice, 0));
    }
    match reason {
        "error" | "network_error" | "timeout" => {
            Some(Failure::new(502, "generation_failed", "The provider failed while it generated the answer."))
        }
        "abort" | "aborted" | "cancelled" => {
            Some(Failure::new(502, "generation_aborted", "The provider broke the answer off before it was finished."))
        }
        "insufficient_system_resource" => {
            Some(Failure::new(503, reason, "The provider has not enough resources to finish the answer."))
        }
        _ => None,
    }
}

/// The stop sequence that ended a choice, where a runtime says so.
pub fn stop_of(choice: &Value) -> String {
    choice.member("stop_reason").or_else(|| choice.member("matched_stop")).and_then(|v| v.text()).unwrap_or_default()
}

/// The usage of a whole answer, wherever it stands.
fn usage_of(doc: &Value) -> Option<Usage> {
    let places = [doc.member("usage"), doc.get("/x_groq/usage"), doc.get("/choices/0/usage")];
    places.iter().flatten().find_map(usage_in)
}

/// The usage that an object tells; none where it lacks a count or both are 0, which no
/// call is.
pub fn usage_in(v: &Value) -> Option<Usage> {
    let at = |pointer: &str| v.get(pointer).and_then(|v| v.count());
    let (mut prompt, mut output) = (at("/prompt_tokens")?, at("/completion_tokens")?);
    if prompt + output == 0 {
        return None;
    }
    let read = at("/prompt_tokens_details/cached_tokens")
        .or_else(|| at("/prompt_cache_hit_tokens"))
        .or_else(|| at("/num_cached_tokens"))
        .or_else(|| at("/cached_tokens"))
        .unwrap_or(0);
    let write = at("/prompt_tokens_details/cache_write_tokens").unwrap_or(0);
    let reasoning = at("/completion_tokens_details/reasoning_tokens").or_else(|| at("/reasoning_tokens")).unwrap_or(0);
    // Some leave the reasoning out of the output, or the cache out of the prompt. What
    // both lack to the total tells which. What no detail explains is nobody's, as it is
    // where answers pass without a translator.
    let cache = read.saturating_add(write);
    match at("/total_tokens").unwrap_or(0).saturating_sub(prompt + output) {
        0 => {}
        lack if lack == reasoning => output += reasoning,
        lack if lack == cache => prompt += cache,
        lack if lack == cache + reasoning => {
            prompt += cache;
            output += reasoning;
        }
        _ => {}
    }
    let read = read.min(prompt);
    let write = write.min(prompt - read);
    let audio = |list: &str| at(&format!("/{list}_tokens_details/audio_tokens")).unwrap_or(0);
    Some(Usage {
        input_uncached: prompt - read - write,
        cache_read: read,
        cache_write: write,
        cache_write_hour: 0, // none of them says how long
        output,
        reasoning: reasoning.min(output),
        audio: audio("prompt") + audio("completion"),
        image: at("/completion_tokens_details/image_tokens").unwrap_or(0),
        reported: true,
        estimated: false,
    })
}
