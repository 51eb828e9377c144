//! Writes content blocks.

use crate::media;
use crate::model::{Cache, Family, Model};
use crate::tools::MAX_NAME;
use sallyport::abi::{Kind, Part, Role};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Names, Turn};

/// The cache points that one request may have.
const MAX_MARKS: usize = 4;

/// Counts cache points.
#[derive(Default)]
pub struct Marks(usize);

impl Marks {
    /// Writes a cache point, which is a block of its own, into the open array, or says
    /// why not. `hour` tells whether it may be kept for an hour.
    pub fn write(&mut self, w: &mut Writer, mark: &[u8], hour: bool) -> &'static str {
        if self.0 == MAX_MARKS {
            return "too_many_cache_marks";
        }
        self.0 += 1;
        let mark = Value::tolerant(mark);
        let ttl = mark.map(|v| v.text_of("ttl").into_owned()).unwrap_or_default();
        w.object(|w| {
            w.key("cachePoint").object(|w| {
                w.key("type").string("default");
                if matches!(&ttl[..], "5m" | "1h") && hour {
                    w.key("ttl").string(&ttl);
                }
            });
        });
        if ttl == "1h" && !hour {
            return "kept_for_five_minutes";
        }
        if mark.iter().flat_map(|v| v.members()).any(|(name, v)| !understood(&name, &v)) {
            return "unknown_value"; // a mark it is
        }
        ""
    }
}

/// Tells whether a member of a mark says something that is known.
fn understood(name: &str, v: &Value) -> bool {
    match name {
        "type" => v.str().as_deref() == Some("ephemeral"),
        "ttl" => v.is_null() || matches!(v.str().as_deref(), Some("5m" | "1h")),
        _ => v.is_null(),
    }
}

/// What the blocks of a request have in common.
pub struct Context<'c> {
    pub model: &'c Model,
    pub losses: &'c Losses,
    pub names: &'c mut Names,
    pub marks: &'c mut Marks,
    /// Names of documents, which must differ.
    pub documents: Vec<String>,
}

impl Context<'_> {
    fn mark(&mut self, w: &mut Writer, part: &Part) {
        let why_not = match self.model.cache {
            Cache::Nowhere => "not_supported_by_model",
            _ => self.marks.write(w, part.raw, self.model.hour),
        };
        if !why_not.is_empty() {
            self.losses.part(part, why_not);
        }
        let mut a = self.losses.attributes(part);
        a.take("type");
        a.take("ttl");
        if self.model.cache == Cache::Nowhere {
            a.take_all();
        }
    }
}

/// The parts of a turn in the order that Claude wants: one that does not begin with
/// thinking has its thinking put first.
pub fn thinking_first<'r, 'a>(turn: &Turn<'r, 'a>) -> Vec<&'r Part<'a>> {
    let thinks = |p: &&Part| matches!(p.kind, Kind::THINKING | Kind::REDACTED);
    let mut parts = turn.parts.clone();
    if turn.role == Role::ASSISTANT && !parts.first().map_or(true, |p| thinks(p)) {
        parts.sort_by_key(|p| !thinks(p)); // it is stable
    }
    parts
}

/// Writes the texts of a system prompt into the open array.
pub fn write_system(w: &mut Writer, parts: &[&Part], cx: &mut Context) {
    let mut written = false;
    for part in parts {
        match part.kind {
            Kind::TEXT => {
                written = write_text(w, part, cx.losses);
                drop(cx.losses.attributes(part));
            }
            Kind::CACHE_POINT if written => cx.mark(w, part),
            Kind::CACHE_POINT => cx.losses.part(part, "marks_nothing"),
            _ => cx.losses.part(part, "not_in_system_prompt"),
        }
    }
}

/// Writes parts as blocks into the open array.
pub fn write(w: &mut Writer, parts: &[&Part], cx: &mut Context) -> Result<(), Failure> {
    let mut i = 0;
    let mut marked = "marks_nothing"; // why the block before cannot be marked
    let says = |p: &&Part| p.kind == Kind::TEXT && p.role != Role::TOOL && !p.text.iter().all(u8::is_ascii_whitespace);
    let mut silent = !parts.iter().any(says);
    while i < parts.len() {
        let part = parts[i];
        i += 1;
        if silent && part.kind == Kind::DOCUMENT && part.role == Role::USER && !media::is_video(part) {
            silent = false;
            w.raw(br#"{"text":"."}"#); // a document without a text is refused
        }
        if part.kind == Kind::CACHE_POINT {
            if marked.is_empty() {
                cx.mark(w, part);
            } else {
                cx.losses.part(part, marked);
            }
            marked = "marks_nothing";
            continue;
        }
        if part.role == Role::TOOL {
            let call = part.call_id;
            let n = parts[i..].iter().take_while(|p| p.role == Role::TOOL && p.call_id_or(call) == call).count();
            let result = &parts[i - 1..i + n];
            write_result(w, result, cx)?;
            if let Some(mark) = result.iter().rfind(|p| p.kind == Kind::CACHE_POINT) {
                cx.mark(w, mark);
            }
            i += n;
            marked = "";
            continue;
        }
        marked = if write_block(w, part, cx)? {
            match part.kind {
                Kind::THINKING | Kind::REDACTED => "not_on_thinking",
                _ => "",
            }
        } else {
            "marks_nothing"
        };
    }
    Ok(())
}

/// A cache point belongs to the result that it stands behind, whether it says its
/// call or not.
trait CallId {
    fn call_id_or<'s>(&'s self, before: &'s str) -> &'s str;
}

impl CallId for Part<'_> {
    fn call_id_or<'s>(&'s self, before: &'s str) -> &'s str {
        if self.kind == Kind::CACHE_POINT && self.call_id.is_empty() {
            return before;
        }
        self.call_id
    }
}

/// Writes a block into the open array, or tells that there is none.
fn write_block(w: &mut Writer, part: &Part, cx: &mut Context) -> Result<bool, Failure> {
    let losses = cx.losses;
    let written = match part.kind {
        Kind::TEXT | Kind::REFUSAL => {
            drop(losses.attributes(part));
            write_text(w, part, losses)
        }
        Kind::IMAGE | Kind::DOCUMENT | Kind::AUDIO if part.role == Role::ASSISTANT => {
            losses.part(part, "not_in_assistant_turn");
            false
        }
        Kind::IMAGE => media::write_image(w, part, losses)?,
        Kind::AUDIO => media::write_audio(w, part, losses)?,
        Kind::DOCUMENT if media::is_video(part) => {
            let watches = matches!(cx.model.family, Family::Nova | Family::Unknown);
            media::write_video(w, part, losses, watches)?
        }
        Kind::DOCUMENT => media::write_document(w, part, losses, &mut cx.documents)?,
        Kind::TOOL_CALL => write_call(w, part, losses, cx.names)?,
        Kind::THINKING | Kind::REDACTED => write_thinking(w, part, losses),
        _ => {
            losses.part(part, "not_supported_by_provider");
            false
        }
    };
    Ok(written)
}

fn write_text(w: &mut Writer, part: &Part, losses: &Losses) -> bool {
    if part.text.iter().all(|c| c.is_ascii_whitespace()) {
        if !part.text.is_empty() {
            losses.part(part, "only_whitespace");
        }
        return false;
    }
    w.object(|w| {
        w.key("text").string(part.text);
    });
    if !part.signature.is_empty() {
        losses.add(losses.path(part) + ".signature", "signed_by_another_provider");
    }
    true
}

fn write_thinking(w: &mut Writer, part: &Part, losses: &Losses) -> bool {
    let why_not = match (crate::ours(part.source), part.signature.is_empty()) {
        (false, false) => "signed_by_another_provider",
        (_, true) => "unsigned",
        _ => "",
    };
    if !why_not.is_empty() {
        losses.part(part, why_not);
        return false;
    }
    w.object(|w| {
        w.key("reasoningContent").object(|w| {
            if part.kind == Kind::REDACTED {
                w.key("redactedContent").string(part.signature);
            } else {
                w.key("reasoningText").object(|w| {
                    w.key("text").string(part.text).key("signature").string(part.signature);
                });
            }
        });
    });
    true
}

fn write_call(w: &mut Writer, part: &Part, losses: &Losses, names: &mut Names) -> Result<bool, Failure> {
    let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
    let input = if blank { b"{}" } else { part.text };
    if !Value::tolerant(input).map_or(false, |v| v.is_object()) {
        let what = "The arguments of this call are no JSON object.";
        return Err(Failure::invalid(losses.path(part), what));
    }
    w.object(|w| {
        w.key("toolUse").object(|w| {
            w.key("toolUseId").string(id(part.call_id));
            w.key("name").string(&*names.wire(part.name, MAX_NAME));
            w.key("input").raw(input);
        });
    });
    if !part.signature.is_empty() {
        losses.add(losses.path(part) + ".signature", "signed_by_another_provider");
    }
    drop(losses.attributes(part));
    Ok(true)
}

/// An id as the provider takes it: the same for a call and its result.
fn id(own: &str) -> String {
    Names::default().wire(own, 64).into_owned()
}

/// Writes a result, which parts of one call id make up.
fn write_result(w: &mut Writer, parts: &[&Part], cx: &mut Context) -> Result<(), Failure> {
    let mut failed = false;
    w.open_object().key("toolResult").open_object();
    w.key("toolUseId").string(id(parts[0].call_id));
    w.key("content").open_array();
    for part in parts {
        match part.kind {
            Kind::CACHE_POINT => {}
            Kind::TOOL_RESULT | Kind::TEXT => {
                let mut a = cx.losses.attributes(part);
                if a.take("is_error").and_then(|v| v.flag()) == Some(true) {
                    failed = true;
                    if !cx.model.status {
                        cx.losses.add(cx.losses.path(part) + ".is_error", "not_supported_by_model");
                    }
                }
                write_text(w, part, cx.losses);
            }
            Kind::AUDIO => cx.losses.part(part, "not_in_tool_result"),
            _ => drop(write_block(w, part, cx)?),
        }
    }
    w.close_array();
    if failed && cx.model.status {
        w.key("status").string("error");
    }
    w.close_object().close_object();
    Ok(())
}
