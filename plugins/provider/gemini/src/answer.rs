//! Reads whole answers.

use crate::error::{error_of, refusal, said};
use crate::request::own_name;
use crate::{embeddings, DIALECT};
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
    if let Some(error) = error_of(&doc) {
        return Err(said(&error, 0));
    }
    match call.exchange.as_ref().map_or(Operation::CHAT, |e| e.operation) {
        Operation::EMBEDDINGS => return embeddings::read(call, &doc, out),
        Operation::COUNT_TOKENS => {
            let (all, cached) = (doc.count_of("totalTokens"), doc.count_of("cachedContentTokenCount"));
            let cache_read = cached.min(all);
            out.usage(&Usage { input_uncached: all - cache_read, cache_read, reported: true, ..Default::default() });
            return Ok(());
        }
        _ => {}
    }
    if let Some(usage) = doc.member("usageMetadata").and_then(|v| usage_of(&v)) {
        out.usage(&usage); // first of all: what is broken is billed as well
    }
    let candidates: Vec<_> = doc.member("candidates").iter().flat_map(|v| v.items()).collect();
    let blocked = blocked(&doc);
    if candidates.is_empty() && !blocked {
        return Err(Failure::unreadable("The provider's answer has no candidates."));
    }
    out.id(&doc.text_of("responseId"));
    out.model(&doc.text_of("modelVersion"));
    let names = Names::read(&mut StateReader::new(call.state));
    let mut finished = Vec::new();
    for (i, c) in candidates.iter().enumerate() {
        let index = c.member("index").and_then(|v| v.count()).unwrap_or(i as u64) as u32;
        let reason = c.text_of("finishReason");
        if let Some(f) = broken(&reason, c, c.get("/content/parts").map_or(true, |v| v.items().next().is_none())) {
            return Err(f);
        }
        let called = read_candidate(index, c, &names, out);
        finished.push((index, finish(&reason, called)));
    }
    for (index, why) in finished {
        out.choice(index, why, "");
    }
    if candidates.is_empty() {
        out.choice(0, Finish::CONTENT_FILTER, "");
    }
    Ok(())
}

/// Tells whether the prompt was refused.
pub fn blocked(doc: &Value) -> bool {
    doc.get("/promptFeedback/blockReason").is_some()
}

/// Text that may be one part with what stands before it.
#[derive(Default)]
struct Run {
    kind: Kind,
    text: String,
    seal: String,
}

impl Run {
    fn end(&mut self, index: u32, out: &mut Answer) {
        let run = std::mem::take(self);
        if run.text.is_empty() && run.seal.is_empty() {
            return;
        }
        let mut part = sealed(run.kind, &run.seal);
        part.text = run.text.as_bytes();
        out.part(&Part { choice: index, ..part });
    }
}

/// Reads a candidate and tells whether it calls functions. What its text is grounded on
/// stands right behind the text.
fn read_candidate(index: u32, c: &Value, names: &Names, out: &mut Answer) -> bool {
    let parts: Vec<_> = c.get("/content/parts").iter().flat_map(|v| v.items()).collect();
    let last = parts.iter().rposition(|p| text_kind(p) == Some(Kind::TEXT) && !p.text_of("text").is_empty());
    let mut run = Run::default();
    let (mut called, mut cited) = (false, false);
    for (i, p) in parts.iter().enumerate() {
        let seal = p.text_of("thoughtSignature");
        let kind = text_kind(p);
        let text = p.text_of("text");
        let same = kind.is_some() && (kind == Some(run.kind) || text.is_empty() && run.kind != Kind::UNSPECIFIED);
        if !same || !run.seal.is_empty() {
            run.end(index, out);
            if !cited && last.map_or(false, |last| i > last) {
                cited = true;
                sources(c, 0, |part| out.part(&Part { choice: index, ..part }));
            }
        }
        if let Some(kind) = kind {
            if run.kind == Kind::UNSPECIFIED {
                run.kind = kind;
            }
            run.text += &text;
            run.seal += &seal;
        } else if let Some(call) = p.member("functionCall") {
            called = true;
            let (name, id) = (call.text_of("name"), call.text_of("id"));
            let text = call.member("args").map_or(&b"{}"[..], |v| v.raw());
            let name = own_name(names, &name);
            out.part(&Part { choice: index, name, call_id: &id, text, ..sealed(Kind::TOOL_CALL, &seal) });
        } else {
            media(p, |part| out.part(&Part { choice: index, ..part }));
        }
    }
    run.end(index, out);
    if !cited {
        sources(c, 0, |part| out.part(&Part { choice: index, ..part }));
    }
    called
}

/// The kind of a part that is text.
pub fn text_kind(p: &Value) -> Option<Kind> {
    let text = p.member("text").is_some() || p.members().all(|(k, _)| k == "thought" || k == "thoughtSignature");
    match p.member("thought").and_then(|v| v.flag()) {
        _ if !text => None,
        Some(true) => Some(Kind::THINKING),
        _ => Some(Kind::TEXT),
    }
}

/// A part with the provider's seal.
pub fn sealed(kind: Kind, signature: &str) -> Part<'_> {
    let source = if signature.is_empty() { "" } else { DIALECT };
    Part { kind, signature: signature.as_bytes(), source, ..Default::default() }
}

/// Reads a part that is neither text nor a call. A picture that the model made on its
/// way is no part of the answer.
pub fn media(p: &Value, mut add: impl FnMut(Part)) {
    let seal = p.text_of("thoughtSignature");
    if p.member("thought").and_then(|v| v.flag()) == Some(true) {
        return;
    }
    let kind = |media: &str| match media.split('/').next() {
        Some("image") => Kind::IMAGE,
        Some("audio") => Kind::AUDIO,
        _ => Kind::DOCUMENT,
    };
    if let Some(v) = p.member("inlineData") {
        let (name, data) = (v.text_of("mimeType"), v.text_of("data"));
        add(Part { name: &name, data: data.as_bytes(), ..sealed(kind(&name), &seal) });
    } else if let Some(v) = p.member("fileData") {
        let (name, url) = (v.text_of("mimeType"), v.text_of("fileUri"));
        add(Part { name: &name, url: &url, ..sealed(kind(&name), &seal) });
    } else {
        add(Part { kind: Kind::RAW, raw: p.raw(), source: DIALECT, ..Default::default() });
    }
}

/// Reads what an answer is grounded on, behind the first skip sources, and returns
/// how many there are.
pub fn sources(c: &Value, skip: usize, mut add: impl FnMut(Part)) -> usize {
    let web: Vec<_> = c
        .get("/groundingMetadata/groundingChunks")
        .iter()
        .flat_map(|v| v.items())
        .filter_map(|v| v.member("web").or_else(|| v.member("retrievedContext")).or_else(|| v.member("maps")))
        .collect();
    let cited = c.get("/citationMetadata/citationSources").or_else(|| c.get("/citationMetadata/citations"));
    let cited: Vec<_> = cited.iter().flat_map(|v| v.items()).filter(|v| v.member("uri").is_some()).collect();
    for v in web.iter().chain(&cited).skip(skip) {
        let (url, title) = (v.text_of("uri"), v.text_of("title"));
        add(Part { kind: Kind::CITATION, text: title.as_bytes(), url: &url, ..Default::default() });
    }
    web.len() + cited.len()
}

/// Why the model stopped.
pub fn finish(reason: &str, called: bool) -> Finish {
    match reason {
        "STOP" if called => Finish::TOOL_CALLS,
        "STOP" => Finish::STOP,
        "MAX_TOKENS" | "CONTINUATION" => Finish::LENGTH,
        // What Google has no word for was held back: its guide to blocked answers has
        // OTHER for what its terms do not allow.
        "SAFETY"
        | "LANGUAGE"
        | "OTHER"
        | "IMAGE_OTHER"
        | "JAILBREAK"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "MODEL_ARMOR"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => Finish::CONTENT_FILTER,
        _ => Finish::OTHER,
    }
}

/// The failure of a candidate that is broken. nothing tells that it said nothing.
pub fn broken(reason: &str, c: &Value, nothing: bool) -> Option<Failure> {
    let unmade = nothing && reason == "NO_IMAGE";
    if !unmade
        && !matches!(
            reason,
            "MALFORMED_FUNCTION_CALL"
                | "UNEXPECTED_TOOL_CALL"
                | "MALFORMED_RESPONSE"
                | "TOO_MANY_TOOL_CALLS"
                | "MISSING_THOUGHT_SIGNATURE"
        )
    {
        return None;
    }
    let said = c.text_of("finishMessage");
    let what = if said.is_empty() { "The model's answer is broken.".into() } else { said };
    Some(Failure::new(502, reason.to_ascii_lowercase(), what))
}

/// More than an answer can use up, so that what a provider says can be added.
const MAX_TOKENS: u64 = 1 << 50;

/// The usage; none where it names no counts.
pub fn usage_of(v: &Value) -> Option<Usage> {
    v.member("promptTokenCount").or_else(|| v.member("totalTokenCount"))?;
    let details: Vec<_> = ["promptTokensDetails", "candidatesTokensDetails", "toolUsePromptTokensDetails"]
        .iter()
        .filter_map(|list| v.member(list))
        .flat_map(|list| list.items())
        .collect();
    let of = |modality: &str| {
        let counts = details.iter().filter(|d| d.text_of("modality") == modality).map(|d| d.count_of("tokenCount"));
        counts.fold(0, u64::saturating_add)
    };
    let n = |name: &str| v.count_of(name).min(MAX_TOKENS);
    let input = n("promptTokenCount") + n("toolUsePromptTokenCount");
    let cache_read = n("cachedContentTokenCount").min(input);
    let reasoning = n("thoughtsTokenCount");
    let output = n("candidatesTokenCount");
    let all = input + output + reasoning;
    if all == 0 {
        return None; // which no call is
    }
    // The candidates do not include the thoughts, unless the total says so.
    let apart = v.count_of("totalTokenCount") != input + output || output < reasoning;
    Some(Usage {
        input_uncached: input - cache_read,
        cache_read,
        output: if apart { output + reasoning } else { output },
        reasoning,
        audio: of("AUDIO").min(all),
        image: of("IMAGE").min(all),
        reported: true,
        ..Default::default()
    })
}
