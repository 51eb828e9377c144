//! Writes parts.

use sallyport::abi::{Kind, Part};
use sallyport::json::Writer;
use sallyport::translate::{Attributes, Failure, Losses};
use std::borrow::Cow;

/// Where parts go.
#[derive(Clone, Copy)]
pub struct Place<'r> {
    pub vertex: bool,
    pub losses: &'r Losses,
}

/// Writes a part that is no call, or reports it.
pub fn write(w: &mut Writer, part: &Part, place: Place) -> Result<(), Failure> {
    match part.kind {
        Kind::TEXT | Kind::REFUSAL | Kind::TOOL_RESULT => {
            drop(place.losses.attributes(part));
            if !part.text.is_empty() {
                w.object(|w| drop(w.key("text").string(part.text)));
            }
            Ok(())
        }
        Kind::IMAGE | Kind::AUDIO | Kind::DOCUMENT => media(w, part, place),
        _ => {
            place.losses.part(part, "not_supported_by_provider");
            Ok(())
        }
    }
}

fn media(w: &mut Writer, part: &Part, place: Place) -> Result<(), Failure> {
    let losses = place.losses;
    let mut a = losses.attributes(part);
    if a.take("detail").map_or(false, |v| !matches!(v.raw(), b"\"auto\"" | b"null")) {
        losses.add(losses.path(part) + ".detail", "not_supported_by_provider");
    }
    if part.kind == Kind::DOCUMENT && !part.text.is_empty() {
        let title = a.text("title").or_else(|| a.text("filename"));
        let mut text = title.map_or(Vec::new(), |t| format!("{t}\n\n").into_bytes());
        text.extend_from_slice(part.text);
        losses.part(part, "sent_as_text");
        w.object(|w| drop(w.key("text").string(text)));
        return Ok(());
    }
    let name = if place.vertex { a.text("filename") } else { None };
    let (key, place_key, at) = match part.data.is_empty() {
        true => ("fileData", "fileUri", uri(part, place, &mut a)?),
        false => ("inlineData", "data", Cow::Borrowed(part.data)),
    };
    w.object(|w| {
        w.key(key).object(|w| {
            let media = media_type(part, &at);
            if !media.is_empty() {
                w.key("mimeType").string(media);
            }
            w.key(place_key).string(&*at);
            if let Some(name) = &name {
                w.key("displayName").string(&**name);
            }
        });
        if !part.signature.is_empty() && crate::ours(part.source) {
            w.key("thoughtSignature").string(part.signature);
        }
    });
    Ok(())
}

/// The media type, which must be that of the content. at is the content, or where it
/// lies; of what lies at Google the type is known there.
fn media_type<'a>(part: &Part<'a>, at: &[u8]) -> &'a str {
    let begins = |text: &[u8]| part.data.starts_with(text);
    match part.name {
        _ if begins(b"iVBORw0KGgo") => "image/png",
        _ if begins(b"/9j/") => "image/jpeg",
        _ if begins(b"R0lGOD") => "image/gif",
        _ if begins(b"JVBERi") => "application/pdf",
        "" if VIDEOS.iter().any(|v| at.starts_with(v.as_bytes())) => "video/*",
        "" if part.data.is_empty() => match std::str::from_utf8(at).ok().and_then(by_name) {
            None if at.starts_with(FILES.as_bytes()) => "",
            known => known.unwrap_or_else(|| usual(part.kind)),
        },
        "" => usual(part.kind),
        "image/jpg" => "image/jpeg",
        "audio/mpeg" if !part.data.is_empty() => "audio/mp3",
        name => name,
    }
}

const VIDEOS: [&str; 3] = ["https://www.youtube.com/", "https://youtube.com/", "https://youtu.be/"];

/// Where the Gemini API keeps files.
const FILES: &str = "https://generativelanguage.googleapis.com/";

fn usual(kind: Kind) -> &'static str {
    match kind {
        Kind::IMAGE => "image/jpeg",
        Kind::AUDIO => "audio/wav",
        _ => "application/pdf",
    }
}

/// Where a file lies: at Google, or at an address that Google fetches from.
fn uri<'a>(part: &Part<'a>, place: Place, a: &mut Attributes) -> Result<Cow<'a, [u8]>, Failure> {
    let losses = place.losses;
    if part.url.is_empty() {
        let id = a.text("file_id").unwrap_or_default();
        if id.starts_with("gs://") || id.starts_with(FILES) && !place.vertex {
            return Ok(Cow::Owned(id.into_owned().into_bytes()));
        }
        if id.starts_with("files/") && !place.vertex {
            return Ok(Cow::Owned(format!("{FILES}v1beta/{id}").into_bytes()));
        }
        a.take_all();
        let what = "A file that another provider keeps cannot be sent to Google. Send its content or a URL.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    if !part.url.starts_with("https://") && !part.url.starts_with("gs://") && !losses.fetch(part) {
        let what = "Google fetches from URLs of the schemes https and gs. Send the content.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    Ok(Cow::Borrowed(part.url.as_bytes()))
}

/// The media type that the end of a URL's path suggests.
fn by_name(url: &str) -> Option<&'static str> {
    let path = url.split(|c| c == '?' || c == '#').next().unwrap_or("");
    let (_, end) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match &*end.to_ascii_lowercase() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "pdf" => "application/pdf",
        "txt" | "md" => "text/plain",
        "html" | "htm" => "text/html",
        "csv" => "text/csv",
        "json" => "application/json",
        "mp3" => "audio/mp3",
        "wav" => "audio/wav",
        "ogg" => "audio/ogg",
        "flac" => "audio/flac",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/mov",
        _ => return None,
    })
}
