//! Writes items of content.

use crate::chat::Form;
use sallyport::abi::{Kind, Part};
use sallyport::json::Writer;
use sallyport::translate::{Attributes, Failure, Losses};

/// Writes the item of a text.
pub fn text(w: &mut Writer, text: &[u8]) {
    w.object(|w| {
        w.key("type").string("text").key("text").string(text);
    });
}

/// Writes the item of what Mistral's model thought.
pub fn thought(w: &mut Writer, part: &Part) {
    w.object(|w| {
        w.key("type").string("thinking").key("thinking").array(|w| text(w, part.text));
        if part.signature != THOUGHT {
            w.key("signature").string(part.signature);
        }
    });
}

/// The seal of Mistral's thinking where the provider gave it none.
pub const THOUGHT: &[u8] = b"thinking";

/// Where items go.
#[derive(Clone, Copy)]
pub struct Place<'r> {
    pub form: Form,
    pub losses: &'r Losses,
    /// The ids of files that the client names are OpenAI's.
    pub own_files: bool,
}

/// Writes the members of a part into the open object, or tells that there are none.
pub fn write(w: &mut Writer, place: Place, part: &Part) -> Result<bool, Failure> {
    let Place { form, losses, own_files } = place;
    let mut a = losses.attributes(part);
    match part.kind {
        Kind::TEXT | Kind::TOOL_RESULT | Kind::REFUSAL if part.text.is_empty() => return Ok(false),
        Kind::TEXT | Kind::TOOL_RESULT | Kind::REFUSAL => {
            w.key("type").string("text").key("text").string(part.text);
        }
        Kind::IMAGE => image(w, form, part, &mut a, losses)?,
        Kind::AUDIO => audio(w, form, part, &mut a, losses)?,
        Kind::DOCUMENT if part.name.starts_with("video/") => {
            return Err(Failure::unsupported(losses.path(part), "This provider takes no video."));
        }
        Kind::DOCUMENT if form == Form::Mistral => mistral_document(w, part, &mut a, losses)?,
        Kind::DOCUMENT => document(w, part, &mut a, losses, own_files)?,
        _ => {
            a.take_all();
            losses.part(part, "not_supported_by_provider");
            return Ok(false);
        }
    }
    Ok(true)
}

/// Refuses a file that only the client's usual provider has.
pub fn unreachable(part: &Part, losses: &Losses) -> Failure {
    let what = "A file that another provider keeps cannot be sent to this one. Send its content or a URL.";
    Failure::unsupported(losses.path(part), what)
}

pub fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Makes a data URL.
pub fn data_url(media: &str, part: &Part) -> Vec<u8> {
    let mut url = Vec::with_capacity(part.data.len() + media.len() + 16);
    url.extend_from_slice(b"data:");
    url.extend_from_slice(media.as_bytes());
    url.extend_from_slice(b";base64,");
    url.extend_from_slice(part.data);
    url
}

fn image(w: &mut Writer, form: Form, part: &Part, a: &mut Attributes, losses: &Losses) -> Result<(), Failure> {
    if part.data.is_empty() && !is_web(part.url) {
        return Err(unreachable(part, losses));
    }
    w.key("type").string("image_url").key("image_url").open_object();
    if part.data.is_empty() {
        w.key("url").string(part.url);
    } else {
        w.key("url").string(data_url(media(part, "image/png"), part));
    }
    if let Some(detail) = a.text("detail") {
        if form == Form::OpenAi || detail != "auto" {
            w.key("detail").string(&*detail);
        }
    }
    a.lose("filename", "not_on_images");
    w.close_object();
    Ok(())
}

/// The media type, which providers compare with the content.
pub fn media<'a>(part: &Part<'a>, usual: &'static str) -> &'a str {
    let begins = |text: &[u8]| part.data.starts_with(text);
    match part.name {
        _ if begins(b"iVBORw0KGgo") => "image/png",
        _ if begins(b"/9j/") => "image/jpeg",
        _ if begins(b"R0lGOD") => "image/gif",
        _ if begins(b"JVBERi") => "application/pdf",
        _ if begins(b"UklGR") && usual.starts_with("image/") => "image/webp", // a wave file begins so, too
        "" => usual,
        "image/jpg" => "image/jpeg",
        name => name,
    }
}

fn audio(w: &mut Writer, form: Form, part: &Part, a: &mut Attributes, losses: &Losses) -> Result<(), Failure> {
    a.lose("filename", "not_on_audio");
    if form == Form::Mistral && (!part.data.is_empty() || is_web(part.url)) {
        w.key("type").string("input_audio").key("input_audio");
        w.string(if part.data.is_empty() { part.url.as_bytes() } else { part.data });
        return Ok(());
    }
    if part.data.is_empty() && !losses.fetch(part) {
        let what = "This provider takes audio as its content, or by a URL of the scheme https.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    let format = match part.name.strip_prefix("audio/").unwrap_or("wav") {
        "mpeg" | "mp3" | "mpga" => "mp3",
        "wav" | "x-wav" | "wave" | "vnd.wave" => "wav",
        other => other,
    };
    w.key("type").string("input_audio").key("input_audio").object(|w| {
        w.key("data").string(part.data).key("format").string(format);
    });
    Ok(())
}

/// What a document is called.
fn name_of<'a>(a: &mut Attributes<'_, 'a>) -> Option<std::borrow::Cow<'a, str>> {
    let file = a.text("filename");
    let title = a.text("title");
    file.or(title)
}

fn document(w: &mut Writer, part: &Part, a: &mut Attributes, losses: &Losses, own_files: bool) -> Result<(), Failure> {
    let name = name_of(a);
    if text_document(w, part, name.as_deref(), losses)? {
        return Ok(());
    }
    if part.data.is_empty() {
        let id = a.text("file_id");
        if let Some(id) = id.filter(|_| own_files) {
            w.key("type").string("file").key("file").object(|w| {
                w.key("file_id").string(&*id);
            });
            return Ok(());
        }
        if part.url.is_empty() {
            return Err(unreachable(part, losses));
        }
        if !losses.fetch(part) {
            let what = "This provider takes documents as their content, or by a URL of the scheme https.";
            return Err(Failure::unsupported(losses.path(part), what));
        }
    }
    w.key("type").string("file").key("file").object(|w| {
        w.key("filename").string(name.as_deref().unwrap_or("document.pdf"));
        w.key("file_data").string(data_url(media(part, "application/pdf"), part));
    });
    Ok(())
}

fn mistral_document(w: &mut Writer, part: &Part, a: &mut Attributes, losses: &Losses) -> Result<(), Failure> {
    let name = name_of(a);
    if text_document(w, part, name.as_deref(), losses)? {
        return Ok(());
    }
    if part.data.is_empty() && !is_web(part.url) {
        return Err(unreachable(part, losses));
    }
    w.key("type").string("document_url").key("document_url");
    if part.data.is_empty() {
        w.string(part.url);
    } else {
        w.string(data_url(media(part, "application/pdf"), part));
    }
    if let Some(name) = name {
        w.key("document_name").string(&*name);
    }
    Ok(())
}

/// Writes a document that is nothing but text as such, below its name, and tells whether
/// it is one.
fn text_document(w: &mut Writer, part: &Part, name: Option<&str>, losses: &Losses) -> Result<bool, Failure> {
    let plain = match plain_text(part, losses)? {
        Some(plain) => plain,
        None => return Ok(false),
    };
    losses.part(part, "sent_as_text");
    let mut text = Vec::with_capacity(plain.len() + 64);
    if let Some(name) = name {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b"\n\n");
    }
    text.extend_from_slice(&plain);
    w.key("type").string("text").key("text").string(text);
    Ok(true)
}

/// The text of a document that is nothing else.
pub fn plain_text(part: &Part, losses: &Losses) -> Result<Option<Vec<u8>>, Failure> {
    if !part.text.is_empty() {
        return Ok(Some(part.text.to_vec()));
    }
    if part.data.is_empty() || !part.name.starts_with("text/") {
        return Ok(None);
    }
    let text = decode(part.data).filter(|b| std::str::from_utf8(b).is_ok());
    text.map(Some).ok_or_else(|| Failure::invalid(losses.path(part), "The document is no text in UTF-8."))
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
