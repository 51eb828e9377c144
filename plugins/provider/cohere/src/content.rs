//! Writes messages.

use crate::request::MAX_NAME;
use sallyport::abi::{Kind, Part};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Names};

/// What the messages of a request have in common.
pub struct Context<'c> {
    pub losses: &'c Losses,
    pub names: &'c mut Names,
    /// Documents that stand beside the messages, one after the other.
    pub documents: &'c mut Writer,
    /// The model thinks, and may be shown what it thought.
    pub thinks: bool,
}

/// Writes a message into the open array, unless nothing is said in it.
pub fn write(w: &mut Writer, role: &str, parts: &[&Part], cx: &mut Context) -> Result<(), Failure> {
    let from = w.bytes().len();
    w.open_object().key("role").string(role);
    let empty = w.bytes().len();
    match role {
        "assistant" => write_assistant(w, parts, cx)?,
        "tool" => write_result(w, parts, cx)?,
        _ => write_blocks(w, "content", parts, cx)?,
    }
    if w.bytes().len() == empty {
        w.cut(from);
    } else {
        w.close_object();
    }
    Ok(())
}

/// Texts beside calls are the plan of these calls.
fn write_assistant(w: &mut Writer, parts: &[&Part], cx: &mut Context) -> Result<(), Failure> {
    let (calls, rest): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|p| p.kind == Kind::TOOL_CALL);
    if calls.is_empty() {
        return write_blocks(w, "content", &rest, cx);
    }
    let (plan, rest): (Vec<&Part>, Vec<&Part>) =
        rest.into_iter().partition(|p| matches!(p.kind, Kind::TEXT | Kind::REFUSAL));
    write_blocks(w, "content", &rest, cx)?;
    let plan: Vec<&[u8]> = plan.iter().map(|p| p.text).filter(|t| !t.is_empty()).collect();
    if !plan.is_empty() {
        w.key("tool_plan").string(plan.concat());
    }
    w.key("tool_calls").open_array();
    for part in calls {
        write_call(w, part, cx)?;
    }
    w.close_array();
    Ok(())
}

fn write_call(w: &mut Writer, part: &Part, cx: &mut Context) -> Result<(), Failure> {
    let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
    let input = if blank { b"{}" } else { part.text };
    if !Value::tolerant(input).map_or(false, |v| v.is_object()) {
        let what = "The arguments of this call are no JSON object.";
        return Err(Failure::invalid(cx.losses.path(part), what));
    }
    w.object(|w| {
        w.key("id").string(part.call_id).key("type").string("function").key("function").object(|w| {
            w.key("name").string(&*cx.names.wire(part.name, MAX_NAME)).key("arguments").string(input);
        });
    });
    if !part.signature.is_empty() {
        cx.losses.add(cx.losses.path(part) + ".signature", "signed_by_another_provider");
    }
    drop(cx.losses.attributes(part));
    Ok(())
}

fn write_result(w: &mut Writer, parts: &[&Part], cx: &mut Context) -> Result<(), Failure> {
    w.key("tool_call_id").string(parts[0].call_id);
    let from = w.bytes().len();
    let (images, rest): (Vec<&Part>, Vec<&Part>) = parts.iter().partition(|p| p.kind == Kind::IMAGE);
    for image in images {
        cx.losses.part(image, "not_in_tool_result");
    }
    write_blocks(w, "content", &rest, cx)?;
    if w.bytes().len() == from {
        w.key("content").string("");
    }
    Ok(())
}

/// Writes the parts of a message under a key: one text as it is, anything else as a
/// list. Nothing is written of what says nothing.
fn write_blocks(w: &mut Writer, key: &str, parts: &[&Part], cx: &mut Context) -> Result<(), Failure> {
    let is_text = |p: &Part| matches!(p.kind, Kind::TEXT | Kind::REFUSAL | Kind::TOOL_RESULT);
    let said: Vec<&Part> = parts.iter().copied().filter(|p| !is_text(p) || !p.text.is_empty()).collect();
    for part in parts.iter().filter(|p| is_text(p)) {
        drop(cx.losses.attributes(part));
        if !part.signature.is_empty() {
            cx.losses.add(cx.losses.path(part) + ".signature", "signed_by_another_provider");
        }
    }
    if let [part] = said[..] {
        if is_text(part) {
            w.key(key).string(part.text);
            return Ok(());
        }
    }
    let from = w.bytes().len();
    w.key(key).open_array();
    let empty = w.bytes().len();
    for part in said {
        write_block(w, part, cx)?;
    }
    if w.bytes().len() == empty {
        w.cut(from);
    } else {
        w.close_array();
    }
    Ok(())
}

fn write_block(w: &mut Writer, part: &Part, cx: &mut Context) -> Result<(), Failure> {
    match part.kind {
        Kind::TEXT | Kind::REFUSAL | Kind::TOOL_RESULT => {
            w.object(|w| {
                w.key("type").string("text").key("text").string(part.text);
            });
        }
        Kind::IMAGE => write_image(w, part, cx.losses)?,
        Kind::DOCUMENT => write_document(part, cx)?,
        Kind::THINKING => {
            let why_not = match (part.signature.is_empty(), cx.thinks) {
                (false, _) => "signed_by_another_provider",
                (_, false) => "not_supported_by_model",
                _ => "",
            };
            if !why_not.is_empty() {
                cx.losses.part(part, why_not);
                return Ok(());
            }
            drop(cx.losses.attributes(part));
            w.object(|w| {
                w.key("type").string("thinking").key("thinking").string(part.text);
            });
        }
        Kind::REDACTED => cx.losses.part(part, "signed_by_another_provider"),
        Kind::AUDIO => return Err(Failure::unsupported(cx.losses.path(part), "Cohere takes no audio.")),
        _ => cx.losses.part(part, "not_supported_by_provider"),
    }
    Ok(())
}

fn write_image(w: &mut Writer, part: &Part, losses: &Losses) -> Result<(), Failure> {
    if part.data.is_empty() && !part.url.starts_with("https://") && !losses.fetch(part) {
        let what = "Cohere takes images as data, or by a URL of the scheme https.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    let mut a = losses.attributes(part);
    a.take("filename");
    w.object(|w| {
        w.key("type").string("image_url").key("image_url").object(|w| {
            if part.data.is_empty() {
                w.key("url").string(part.url);
            } else {
                let name = media(part);
                let mut url = format!("data:{name};base64,").into_bytes();
                url.extend_from_slice(part.data);
                w.key("url").string(url);
            }
            if let Some(detail) = a.text("detail") {
                w.key("detail").string(&*detail);
            }
        });
    });
    Ok(())
}

/// The media type of an image: that of its bytes, whatever the client calls it, since
/// the provider compares them.
fn media<'a>(part: &Part<'a>) -> &'a str {
    let begins = |text: &[u8]| part.data.starts_with(text);
    match part.name {
        _ if begins(b"iVBORw0KGgo") => "image/png",
        _ if begins(b"/9j/") => "image/jpeg",
        _ if begins(b"R0lGOD") => "image/gif",
        _ if begins(b"UklGR") => "image/webp",
        "" => "image/png",
        "image/jpg" => "image/jpeg",
        name => name,
    }
}

/// Texts are documents beside the messages, which the model can cite.
fn write_document(part: &Part, cx: &mut Context) -> Result<(), Failure> {
    let known = !part.name.is_empty() && !part.name.starts_with("text/");
    if part.text.is_empty() && !known && cx.losses.fetch(part) {
        return Ok(());
    }
    let text = match part.text {
        b"" => decode(part.data).filter(|_| part.name.starts_with("text/")),
        text => Some(text.to_vec()),
    };
    let text = text.and_then(|t| String::from_utf8(t).ok()).filter(|t| !t.is_empty());
    let text = text.ok_or_else(|| {
        Failure::unsupported(cx.losses.path(part), "Cohere takes documents as text; others must be read before.")
    })?;
    let mut a = cx.losses.attributes(part);
    let (title, file) = (a.text("title"), a.text("filename"));
    cx.documents.object(|w| {
        w.key("data").object(|w| {
            if let Some(title) = title.or(file) {
                w.key("title").string(&*title);
            }
            w.key("text").string(&text);
        });
    });
    a.take("citations"); // it always cites
    Ok(())
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
