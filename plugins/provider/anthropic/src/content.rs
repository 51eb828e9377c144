//! Writes content blocks.

use crate::request::MAX_NAME;
use sallyport::abi::{Kind, Part, Role};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Names, Turn};

/// The cache marks that one request may have.
const MAX_MARKS: usize = 4;

/// Counts cache marks.
#[derive(Default)]
pub struct Marks(usize);

impl Marks {
    /// Writes a mark into the open block unless there are too many.
    pub fn write(&mut self, w: &mut Writer, mark: &[u8]) -> bool {
        if self.0 == MAX_MARKS {
            return false;
        }
        self.0 += 1;
        w.key("cache_control");
        if mark.is_empty() || mark == b"{}" {
            w.raw(br#"{"type":"ephemeral"}"#);
        } else {
            w.raw(mark);
        }
        true
    }
}

/// The parts of a turn in the order that the provider wants: one that does not begin
/// with thinking has its thinking put first.
pub fn thinking_first<'r, 'a>(turn: &Turn<'r, 'a>) -> Vec<&'r Part<'a>> {
    let thinks = |p: &&Part| matches!(p.kind, Kind::THINKING | Kind::REDACTED);
    let mut parts = turn.parts.clone();
    if turn.role == Role::ASSISTANT && !parts.first().map_or(true, |p| thinks(p)) {
        parts.sort_by_key(|p| !thinks(p)); // it is stable
    }
    parts
}

/// Writes parts as blocks into the open array.
pub fn write(
    w: &mut Writer,
    parts: &[&Part],
    losses: &Losses,
    names: &mut Names,
    marks: &mut Marks,
) -> Result<(), Failure> {
    let mut i = 0;
    while i < parts.len() {
        let part = parts[i];
        i += 1;
        if part.kind == Kind::CACHE_POINT {
            losses.part(part, "marks_nothing");
            continue;
        }
        let from = w.bytes().len();
        w.open_object();
        if part.role == Role::TOOL {
            i = write_result(w, parts, i - 1, losses)?;
        } else if !write_block(w, part, losses, names)? {
            w.cut(from);
            continue;
        }
        if let Some(mark) = parts.get(i).filter(|p| p.kind == Kind::CACHE_POINT) {
            i += 1;
            if matches!(part.kind, Kind::THINKING | Kind::REDACTED) {
                losses.part(mark, "not_on_thinking");
            } else if !marks.write(w, mark.raw) {
                losses.part(mark, "too_many_cache_marks");
            }
        }
        w.close_object();
    }
    Ok(())
}

/// Writes the members of one block into the open object, or tells that there is none.
fn write_block(w: &mut Writer, part: &Part, losses: &Losses, names: &mut Names) -> Result<bool, Failure> {
    match part.kind {
        Kind::TEXT | Kind::REFUSAL => {
            let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
            if blank {
                if !part.text.is_empty() {
                    losses.part(part, "only_whitespace");
                }
                drop(losses.attributes(part));
                return Ok(false);
            }
            w.key("type").string("text").key("text").string(part.text);
            if !part.signature.is_empty() {
                losses.add(losses.path(part) + ".signature", "signed_by_another_provider");
            }
            drop(losses.attributes(part));
        }
        Kind::IMAGE => write_image(w, part, losses)?,
        Kind::DOCUMENT => write_document(w, part, losses)?,
        Kind::TOOL_CALL => write_call(w, part, losses, names)?,
        Kind::THINKING | Kind::REDACTED => {
            let why_not = match (crate::ours(part.source), part.signature.is_empty()) {
                (false, false) => "signed_by_another_provider",
                (_, true) => "unsigned",
                _ => "",
            };
            drop(losses.attributes(part));
            if !why_not.is_empty() {
                losses.part(part, why_not);
                return Ok(false);
            }
            if part.kind == Kind::REDACTED {
                w.key("type").string("redacted_thinking").key("data").string(part.signature);
            } else {
                w.key("type").string("thinking").key("thinking").string(part.text);
                w.key("signature").string(part.signature);
            }
        }
        Kind::AUDIO => {
            return Err(Failure::unsupported(losses.path(part), "Anthropic takes no audio."));
        }
        _ => {
            losses.part(part, "not_supported_by_provider");
            return Ok(false);
        }
    }
    Ok(true)
}

fn write_call(w: &mut Writer, part: &Part, losses: &Losses, names: &mut Names) -> Result<(), Failure> {
    let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
    let input = if blank { b"{}" } else { part.text };
    if !Value::tolerant(input).map_or(false, |v| v.is_object()) {
        let what = "The arguments of this call are no JSON object.";
        return Err(Failure::invalid(losses.path(part), what));
    }
    w.key("type").string("tool_use").key("id").string(id(part.call_id));
    w.key("name").string(&*names.wire(part.name, MAX_NAME));
    w.key("input").raw(input);
    if !part.signature.is_empty() {
        losses.add(losses.path(part) + ".signature", "signed_by_another_provider");
    }
    drop(losses.attributes(part));
    Ok(())
}

/// An id as the provider takes it: the same for a call and its result.
fn id(own: &str) -> String {
    Names::default().wire(own, 256).into_owned()
}

/// Writes the members of a result, which parts of one call id make up, into the open
/// object and returns where they end.
fn write_result(w: &mut Writer, parts: &[&Part], at: usize, losses: &Losses) -> Result<usize, Failure> {
    let call = parts[at].call_id;
    let end = at + parts[at..].iter().take_while(|p| p.role == Role::TOOL && p.call_id == call).count();
    let end = parts[at..end].iter().position(|p| p.kind == Kind::CACHE_POINT).map_or(end, |n| at + n);
    w.key("type").string("tool_result").key("tool_use_id").string(id(call));
    let mut failed = false;
    w.key("content").open_array();
    for part in &parts[at..end] {
        let from = w.bytes().len();
        w.open_object();
        let written = match part.kind {
            Kind::TOOL_RESULT | Kind::TEXT => {
                let mut a = losses.attributes(part);
                failed = failed || a.take("is_error").and_then(|v| v.flag()) == Some(true);
                let there = !part.text.is_empty();
                if there {
                    w.key("type").string("text").key("text").string(part.text);
                }
                there
            }
            _ => write_block(w, part, losses, &mut Names::default())?,
        };
        if written {
            w.close_object();
        } else {
            w.cut(from);
        }
    }
    w.close_array();
    if failed {
        w.key("is_error").flag(true);
    }
    Ok(end)
}

/// Refuses what another provider keeps.
fn no_file(part: &Part, losses: &Losses) -> Result<(), Failure> {
    if part.data.is_empty() && part.url.is_empty() && part.text.is_empty() {
        let what = "A file that another provider keeps cannot be sent to Anthropic. Send its content or a URL.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    if part.data.is_empty() && !part.url.is_empty() && !part.url.starts_with("https://") && !losses.fetch(part) {
        return Err(Failure::unsupported(losses.path(part), "Anthropic reads URLs of the scheme https."));
    }
    Ok(())
}

fn write_image(w: &mut Writer, part: &Part, losses: &Losses) -> Result<(), Failure> {
    no_file(part, losses)?;
    let mut a = losses.attributes(part);
    if a.take("detail").map_or(false, |v| !matches!(v.raw(), b"\"auto\"" | b"null")) {
        losses.add(losses.path(part) + ".detail", "not_supported_by_provider");
    }
    w.key("type").string("image").key("source").open_object();
    if part.data.is_empty() {
        w.key("type").string("url").key("url").string(part.url);
    } else {
        w.key("type").string("base64").key("media_type").string(image_type(part));
        w.key("data").string(part.data);
    }
    w.close_object();
    Ok(())
}

/// The provider refuses a media type that is not the image's own.
fn image_type<'a>(part: &Part<'a>) -> &'a str {
    let begins = |text: &[u8]| part.data.starts_with(text);
    match part.name {
        _ if begins(b"iVBORw0KGgo") => "image/png",
        _ if begins(b"/9j/") => "image/jpeg",
        _ if begins(b"R0lGOD") => "image/gif",
        _ if begins(b"UklGR") => "image/webp",
        "image/jpg" => "image/jpeg",
        name => name,
    }
}

fn write_document(w: &mut Writer, part: &Part, losses: &Losses) -> Result<(), Failure> {
    no_file(part, losses)?;
    let mut a = losses.attributes(part);
    w.key("type").string("document").key("source").open_object();
    if part.data.is_empty() && !part.url.is_empty() {
        if !maybe_pdf(part) {
            losses.fetch(part); // it reads no others by URL
        }
        w.key("type").string("url").key("url").string(part.url);
    } else if part.data.is_empty() {
        w.key("type").string("text").key("media_type").string("text/plain").key("data").string(part.text);
    } else if is_text(part.name) {
        let text = decode(part.data).and_then(|b| String::from_utf8(b).ok());
        let text = text.ok_or_else(|| Failure::invalid(losses.path(part), "The document is no text in UTF-8."))?;
        w.key("type").string("text").key("media_type").string("text/plain").key("data").string(text);
    } else {
        if !matches!(part.name, "" | "application/pdf") {
            let what = if part.name.starts_with("video/") { "Anthropic takes no video." } else { NO_DOCUMENT };
            return Err(Failure::unsupported(losses.path(part), what));
        }
        w.key("type").string("base64").key("media_type").string("application/pdf").key("data").string(part.data);
    }
    w.close_object();
    let (title, file) = (a.text("title"), a.text("filename"));
    if let Some(title) = title.or(file) {
        w.key("title").string(&*title);
    }
    for name in ["context", "citations"] {
        if let Some(v) = a.take(name) {
            w.key(name).raw(v.raw());
        }
    }
    Ok(())
}

const NO_DOCUMENT: &str = "Anthropic takes documents as PDF or text. Send the text of this one.";

/// Tells whether documents of a media type are text.
fn is_text(name: &str) -> bool {
    let textual = ["application/json", "application/xml", "application/yaml", "application/x-yaml"];
    name.starts_with("text/") || textual.contains(&name) || name.ends_with("+json") || name.ends_with("+xml")
}

/// Tells whether nothing says that a document by URL is another than a PDF.
fn maybe_pdf(part: &Part) -> bool {
    let path = part.url.split(|c| c == '?' || c == '#').next().unwrap_or("");
    let path = path.to_ascii_lowercase();
    match part.name {
        "" => ![".txt", ".md", ".csv", ".html", ".htm"].iter().any(|end| path.ends_with(end)),
        name => name == "application/pdf",
    }
}

/// Decodes base64 (RFC 4648 §4).
fn decode(data: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3);
    let (mut bits, mut n) = (0u32, 0);
    for &c in data.iter().take_while(|&&c| c != b'=') {
        let v = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(v);
        n += 6;
        if n >= 8 {
            n -= 8;
            out.push((bits >> n) as u8);
        }
    }
    Some(out)
}
