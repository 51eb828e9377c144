//! Writes images, audio, video and documents.

use sallyport::abi::Part;
use sallyport::json::Writer;
use sallyport::translate::{Failure, Losses};

/// Formats of images by media type.
const IMAGES: [(&str, &str); 5] =
    [("image/png", "png"), ("image/jpeg", "jpeg"), ("image/jpg", "jpeg"), ("image/gif", "gif"), ("image/webp", "webp")];

/// Formats of audio by media type.
const AUDIO: [(&str, &str); 15] = [
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/wave", "wav"),
    ("audio/mp3", "mp3"),
    ("audio/mpeg", "mp3"),
    ("audio/opus", "opus"),
    ("audio/aac", "aac"),
    ("audio/flac", "flac"),
    ("audio/ogg", "ogg"),
    ("audio/mp4", "mp4"),
    ("audio/m4a", "m4a"),
    ("audio/x-m4a", "m4a"),
    ("audio/webm", "webm"),
    ("audio/pcm16", "pcm"),
    ("audio/pcm", "pcm"),
];

/// Formats of video by media type.
const VIDEO: [(&str, &str); 11] = [
    ("video/mp4", "mp4"),
    ("video/x-matroska", "mkv"),
    ("video/matroska", "mkv"),
    ("video/quicktime", "mov"),
    ("video/webm", "webm"),
    ("video/x-flv", "flv"),
    ("video/mpeg", "mpeg"),
    ("video/mpg", "mpg"),
    ("video/x-ms-wmv", "wmv"),
    ("video/wmv", "wmv"),
    ("video/3gpp", "three_gp"),
];

/// Formats of documents by media type.
const DOCUMENTS: [(&str, &str); 10] = [
    ("application/pdf", "pdf"),
    ("text/plain", "txt"),
    ("text/markdown", "md"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("application/msword", "doc"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("text/x-markdown", "md"),
];

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(media, _)| *media == name).map(|(_, format)| *format)
}

/// Writes an image, audio or document: its format, and where its bytes are.
fn write_source(w: &mut Writer, part: &Part, losses: &Losses) -> Result<(), Failure> {
    w.key("source").open_object();
    if !part.data.is_empty() {
        w.key("bytes").string(part.data);
    } else if part.url.starts_with("s3://") {
        w.key("s3Location").object(|w| {
            w.key("uri").string(part.url);
        });
    } else if !part.text.is_empty() {
        w.key("bytes").string(encode(part.text));
    } else if !losses.fetch(part) {
        let what = match part.url {
            "" => "A file that another provider keeps cannot be sent to Bedrock. Send its content.",
            _ => "Bedrock takes content, and URLs of the schemes https and s3.",
        };
        return Err(Failure::unsupported(losses.path(part), what));
    }
    w.close_object();
    Ok(())
}

/// The bytes of an image say more about its format than its media type: the provider
/// refuses one that is another's.
fn image_format(part: &Part) -> Option<&'static str> {
    let begins = |text: &[u8]| part.data.starts_with(text);
    match part.name {
        _ if begins(b"iVBORw0KGgo") => Some("png"),
        _ if begins(b"/9j/") => Some("jpeg"),
        _ if begins(b"R0lGOD") => Some("gif"),
        _ if begins(b"UklGR") => Some("webp"),
        name => find(&IMAGES, name).or_else(|| find_by_ending(&IMAGES, part.url)),
    }
}

/// The format that a name or URL ends in.
fn find_by_ending(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let ending = name.rsplit('.').next()?.to_ascii_lowercase();
    let ending = if ending == "jpg" { "jpeg" } else { &ending };
    table.iter().map(|(_, format)| *format).find(|format| *format == ending)
}

pub fn write_image(w: &mut Writer, part: &Part, losses: &Losses) -> Result<bool, Failure> {
    let mut a = losses.attributes(part);
    if a.take("detail").map_or(false, |v| !matches!(v.raw(), b"\"auto\"" | b"null")) {
        losses.add(losses.path(part) + ".detail", "not_supported_by_provider");
    }
    a.take("filename");
    w.open_object().key("image").open_object();
    let format = match image_format(part) {
        Some(format) => format,
        None if part.data.is_empty() && !part.url.starts_with("s3://") => "", // it cannot be sent at all
        None => {
            let what = "Bedrock takes images as PNG, JPEG, GIF and WebP.";
            return Err(Failure::unsupported(losses.path(part), what));
        }
    };
    w.key("format").string(format);
    write_source(w, part, losses)?;
    w.close_object().close_object();
    Ok(true)
}

pub fn write_audio(w: &mut Writer, part: &Part, losses: &Losses) -> Result<bool, Failure> {
    let mut a = losses.attributes(part);
    a.take("filename");
    let format = find(&AUDIO, part.name).or_else(|| find_by_ending(&AUDIO, part.url));
    let format = format.or_else(|| Some("").filter(|_| losses.fetch(part))).ok_or_else(|| {
        Failure::unsupported(losses.path(part), "Bedrock does not take audio of this type. Send WAV, MP3 or FLAC.")
    })?;
    w.open_object().key("audio").open_object();
    w.key("format").string(format);
    write_source(w, part, losses)?;
    w.close_object().close_object();
    Ok(true)
}

/// Tells whether a part is a video, which the middle form has among documents.
pub fn is_video(part: &Part) -> bool {
    part.name.starts_with("video/")
}

/// Writes a video, of which `takes` tells whether the model watches any.
pub fn write_video(w: &mut Writer, part: &Part, losses: &Losses, takes: bool) -> Result<bool, Failure> {
    let format = match find(&VIDEO, part.name) {
        Some(format) if takes => format,
        _ => {
            let what = "Bedrock takes video of this type not at all, or not for this model. Nova takes MP4, MKV, MOV, WebM and others.";
            return Err(Failure::unsupported(losses.path(part), what));
        }
    };
    let mut a = losses.attributes(part);
    a.take("filename");
    w.open_object().key("video").open_object();
    w.key("format").string(format);
    write_source(w, part, losses)?;
    w.close_object().close_object();
    Ok(true)
}

pub fn write_document(w: &mut Writer, part: &Part, losses: &Losses, names: &mut Vec<String>) -> Result<bool, Failure> {
    let mut a = losses.attributes(part);
    let (title, file) = (a.text("title"), a.text("filename"));
    let own = title.as_deref().or(file.as_deref()).unwrap_or("");
    let ending = [file.as_deref().unwrap_or(""), path(part.url), own];
    let format = find(&DOCUMENTS, part.name).or_else(|| ending.iter().find_map(|n| find_by_ending(&DOCUMENTS, n))).or(
        match part.name {
            name if name.starts_with("text/") => Some("txt"),
            "" if part.data.is_empty() => Some("txt"),
            "" | "application/octet-stream" if part.data.starts_with(b"JVBERi0") => Some("pdf"),
            _ => None,
        },
    );
    let format = format.or_else(|| Some("").filter(|_| losses.fetch(part))).ok_or_else(|| {
        let what = "Bedrock takes documents as PDF, text, Markdown, HTML, CSV, and those of Word and Excel.";
        Failure::unsupported(losses.path(part), what)
    })?;
    w.open_object().key("document").open_object();
    w.key("format").string(format);
    let sent = name(own, names);
    if renamed(own, &sent) {
        let member = if title.is_some() { "title" } else { "filename" };
        losses.add(format!("{}.{member}", losses.path(part)), "renamed");
    }
    if title.is_some() && file.as_deref().map_or(false, |f| renamed(f, &sent)) {
        losses.add(losses.path(part) + ".filename", "merged");
    }
    w.key("name").string(&sent);
    write_source(w, part, losses)?;
    if let Some(v) = a.text("context") {
        w.key("context").string(&*v);
    }
    if let Some(v) = a.take("citations") {
        w.key("citations").object(|w| {
            w.key("enabled").flag(v.member("enabled").and_then(|v| v.flag()) == Some(true));
        });
    }
    w.close_object().close_object();
    Ok(true)
}

/// A URL without its query and fragment.
fn path(url: &str) -> &str {
    url.split(|c| c == '?' || c == '#').next().unwrap_or("")
}

/// A name that the provider takes: letters, digits, hyphens, brackets and single
/// blanks, and no document of the request has the same.
fn name(own: &str, names: &mut Vec<String>) -> String {
    let stem = own.rsplit_once('.').map_or(own, |(stem, ending)| if ending.len() <= 4 { stem } else { own });
    let mut out = String::new();
    for c in stem.chars().take(150) {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c),
            '-' | '(' | ')' | '[' | ']' => out.push(c),
            c if c.is_whitespace() || c == '.' || c == '_' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            _ => out.push('-'),
        }
    }
    let out = match out.trim() {
        "" => "document",
        out => out,
    };
    let mut unique = out.to_string();
    for n in 2.. {
        if !names.contains(&unique) {
            break;
        }
        unique = format!("{out}-{n}");
    }
    names.push(unique.clone());
    unique
}

/// Tells whether a document has another name now. The ending of a file's name is what
/// its format says.
fn renamed(own: &str, sent: &str) -> bool {
    let stem = own.rsplit_once('.').filter(|_| find_by_ending(&DOCUMENTS, own).is_some()).map(|(stem, _)| stem);
    own != sent && stem != Some(sent) && !own.is_empty()
}

/// Encodes in base64 (RFC 4648 §4), padded.
fn encode(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(bytes.len() / 3 * 4 + 4);
    for three in bytes.chunks(3) {
        let at = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let n = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            out.push(if i <= three.len() { DIGITS[(n >> (18 - 6 * i) & 63) as usize] } else { b'=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64() {
        for (text, want) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar?~", "Zm9vYmFyP34=")] {
            assert_eq!(encode(text.as_bytes()), want.as_bytes());
        }
    }

    #[test]
    fn renamed_documents() {
        for (own, sent, want) in [
            ("report.pdf", "report", false),
            ("Report", "Report", false),
            ("", "document", false),
            ("a_b.pdf", "a b", true),
            ("Report v1.2", "Report v1", true),
            ("report.pdf", "report-2", true),
        ] {
            assert_eq!(renamed(own, sent), want, "{own}");
        }
    }

    #[test]
    fn names_of_documents() {
        let mut names = Vec::new();
        for (own, want) in [
            ("report.pdf", "report"),
            ("Q3_report  v1.2 (final).pdf", "Q3 report v1 2 (final)"),
            ("", "document"),
            ("", "document-2"),
            ("årsbok.pdf", "-rsbok"),
            ("...", "document-3"),
            ("report.docx", "report-2"),
        ] {
            assert_eq!(name(own, &mut names), want);
        }
        assert!(name(&"a".repeat(400), &mut names).len() <= 200);
    }
}
