//! Writes parts.

use sallyport::abi::{Kind, Part};
use sallyport::json::Writer;
use sallyport::translate::{Failure, Losses};

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
    let name = if part.kind == Kind::DOCUMENT || place.vertex { a.text("filename") } else { None };
    if part.kind == Kind::DOCUMENT && !part.text.is_empty() {
        let title = a.text("title").or(name);
        let mut text = title.map_or(Vec::new(), |t| format!("{t}\n\n").into_bytes());
        text.extend_from_slice(part.text);
        losses.part(part, "sent_as_text");
        w.object(|w| drop(w.key("text").string(text)));
        return Ok(());
    }
    if part.data.is_empty() {
        return file(w, part, place);
    }
    let media = media_type(part);
    w.object(|w| {
        w.key("inlineData").object(|w| {
            w.key("mimeType").string(media).key("data").string(part.data);
            if let (Some(name), true) = (&name, place.vertex) {
                w.key("displayName").string(&**name);
            }
        });
    });
    if name.is_some() && !place.vertex {
        losses.add(losses.path(part) + ".filename", "not_supported_by_provider");
    }
    Ok(())
}

/// The media type, which must be that of the content.
fn media_type<'a>(part: &Part<'a>) -> &'a str {
    let begins = |text: &[u8]| part.data.starts_with(text);
    match part.name {
        _ if begins(b"iVBORw0KGgo") => "image/png",
        _ if begins(b"/9j/") => "image/jpeg",
        _ if begins(b"R0lGOD") => "image/gif",
        _ if begins(b"JVBERi") => "application/pdf",
        "" => usual(part.kind),
        "image/jpg" => "image/jpeg",
        "audio/mpeg" => "audio/mp3",
        name => name,
    }
}

fn usual(kind: Kind) -> &'static str {
    match kind {
        Kind::IMAGE => "image/jpeg",
        Kind::AUDIO => "audio/wav",
        _ => "application/pdf",
    }
}

/// Writes where a file lies: at Google, or at an address that Google fetches from.
fn file(w: &mut Writer, part: &Part, place: Place) -> Result<(), Failure> {
    let losses = place.losses;
    if part.url.is_empty() {
        let what = "A file that another provider keeps cannot be sent to Google. Send its content or a URL.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    if !part.url.starts_with("https://") && !part.url.starts_with("gs://") && !losses.fetch(part) {
        let what = "Google fetches from URLs of the schemes https and gs. Send the content.";
        return Err(Failure::unsupported(losses.path(part), what));
    }
    let video = ["https://www.youtube.com/", "https://youtube.com/", "https://youtu.be/"];
    let media = match part.name {
        "" if video.iter().any(|v| part.url.starts_with(v)) => "video/*",
        "" => by_name(part.url).unwrap_or_else(|| usual(part.kind)),
        name => name,
    };
    w.object(|w| {
        w.key("fileData").object(|w| {
            w.key("mimeType").string(media).key("fileUri").string(part.url);
        });
    });
    Ok(())
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
