//! Writes messages. Each has one text, and images beside it.

use sallyport::abi::{Kind, Part, Role};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses};

/// Writes a message into the open array, unless nothing is said in it.
pub fn write(w: &mut Writer, role: &str, parts: &[&Part], losses: &Losses) -> Result<(), Failure> {
    let (mut texts, mut thoughts) = (Vec::new(), Vec::new());
    let (mut images, mut calls) = (Vec::new(), Vec::new());
    for &part in parts {
        match part.kind {
            Kind::TEXT | Kind::REFUSAL | Kind::TOOL_RESULT => {
                drop(losses.attributes(part));
                unsigned(part, losses);
                texts.push(part.text.to_vec());
            }
            Kind::DOCUMENT => texts.push(document(part, losses)?),
            Kind::IMAGE => images.push(image(part, losses)?),
            Kind::THINKING if part.signature.is_empty() => {
                drop(losses.attributes(part));
                thoughts.push(part.text);
            }
            Kind::THINKING | Kind::REDACTED => losses.part(part, "signed_by_another_provider"),
            Kind::TOOL_CALL => calls.push(part),
            Kind::AUDIO => return Err(Failure::unsupported(losses.path(part), "Ollama takes no audio.")),
            _ => losses.part(part, "not_supported_by_provider"),
        }
    }
    texts.retain(|t| !t.is_empty());
    let result = parts.first().filter(|p| p.role == Role::TOOL);
    if result.is_none() && texts.is_empty() && thoughts.is_empty() && images.is_empty() && calls.is_empty() {
        return Ok(());
    }
    w.open_object();
    w.key("role").string(role).key("content").string(texts.join(&b"\n"[..]));
    if !thoughts.is_empty() {
        w.key("thinking").string(thoughts.join(&b"\n"[..]));
    }
    if !images.is_empty() {
        w.key("images").array(|w| {
            for data in images {
                w.string(data);
            }
        });
    }
    if !calls.is_empty() {
        w.key("tool_calls").open_array();
        for (i, part) in calls.into_iter().enumerate() {
            write_call(w, i, part, losses)?;
        }
        w.close_array();
    }
    if let Some(part) = result {
        let named = parts.iter().find(|p| p.kind == Kind::TOOL_RESULT && !p.name.is_empty());
        if let Some(named) = named {
            w.key("tool_name").string(named.name);
        }
        w.key("tool_call_id").string(part.call_id);
    }
    w.close_object();
    Ok(())
}

fn unsigned(part: &Part, losses: &Losses) {
    if !part.signature.is_empty() {
        losses.add(losses.path(part) + ".signature", "signed_by_another_provider");
    }
}

/// Writes a call. Its arguments are an object here, not text.
fn write_call(w: &mut Writer, i: usize, part: &Part, losses: &Losses) -> Result<(), Failure> {
    let blank = part.text.iter().all(|c| c.is_ascii_whitespace());
    let input = if blank { b"{}" } else { part.text };
    if !Value::tolerant(input).map_or(false, |v| v.is_object()) {
        let what = "The arguments of this call are no JSON object.";
        return Err(Failure::invalid(losses.path(part), what));
    }
    w.object(|w| {
        w.key("id").string(part.call_id).key("function").object(|w| {
            w.key("index").whole(i as u64).key("name").string(part.name).key("arguments").raw(input);
        });
    });
    unsigned(part, losses);
    drop(losses.attributes(part));
    Ok(())
}

fn image<'a>(part: &Part<'a>, losses: &Losses) -> Result<&'a [u8], Failure> {
    if part.data.is_empty() && !losses.fetch(part) {
        let what = "Ollama takes images as data, or by a URL of the scheme https.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    let mut a = losses.attributes(part);
    a.take("filename");
    if a.take("detail").map_or(false, |v| !matches!(v.raw(), b"\"auto\"" | b"null")) {
        losses.add(losses.path(part) + ".detail", "not_supported_by_provider");
    }
    Ok(part.data)
}

/// A document that is text is part of the text.
fn document(part: &Part, losses: &Losses) -> Result<Vec<u8>, Failure> {
    let known = !part.name.is_empty() && !part.name.starts_with("text/");
    if part.text.is_empty() && !known && losses.fetch(part) {
        return Ok(Vec::new());
    }
    let text = match part.text {
        b"" => decode(part.data).filter(|_| part.name.starts_with("text/")),
        text => Some(text.to_vec()),
    };
    let text = text.and_then(|t| String::from_utf8(t).ok()).filter(|t| !t.is_empty());
    let text = text.ok_or_else(|| {
        Failure::unsupported(losses.path(part), "Ollama takes documents as text; others must be read before.")
    })?;
    let mut a = losses.attributes(part);
    let (title, file) = (a.text("title"), a.text("filename"));
    Ok(match title.or(file) {
        Some(title) => format!("{title}:\n{text}").into_bytes(),
        None => text.into_bytes(),
    })
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
