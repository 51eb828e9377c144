//! Writes items of content.

use crate::chat::content::{data_url, is_web, media, plain_text, unreachable};
use sallyport::abi::{Kind, Part};
use sallyport::json::Writer;
use sallyport::translate::{Attributes, Failure, Losses};

/// Where items go.
#[derive(Clone, Copy)]
pub struct Place<'r> {
    pub losses: &'r Losses,
    /// The ids of files that the client names are OpenAI's.
    pub own_files: bool,
}

/// Writes what the assistant said.
pub fn said(w: &mut Writer, part: &Part) {
    w.object(|w| {
        if part.kind == Kind::REFUSAL {
            w.key("type").string("refusal").key("refusal").string(part.text);
        } else {
            w.key("type").string("output_text").key("text").string(part.text);
        }
    });
}

fn text(w: &mut Writer, text: &[u8]) {
    w.object(|w| {
        w.key("type").string("input_text").key("text").string(text);
    });
}

/// Writes a part of what a user, the system or a tool said, unless nothing is said.
pub fn write(w: &mut Writer, place: Place, part: &Part) -> Result<(), Failure> {
    let losses = place.losses;
    let tool = matches!(part.kind, Kind::TOOL_RESULT);
    let mut a = losses.attributes(part);
    if tool {
        a.take("is_error"); // which was reported
    }
    match part.kind {
        Kind::TEXT | Kind::TOOL_RESULT | Kind::REFUSAL if part.text.is_empty() => {}
        Kind::TEXT | Kind::TOOL_RESULT | Kind::REFUSAL => text(w, part.text),
        Kind::IMAGE => image(w, place, part, &mut a)?,
        Kind::AUDIO => return Err(Failure::unsupported(losses.path(part), "This provider takes no audio.")),
        Kind::DOCUMENT if part.name.starts_with("video/") => {
            return Err(Failure::unsupported(losses.path(part), "This provider takes no video."));
        }
        Kind::DOCUMENT => document(w, place, part, &mut a)?,
        _ => {
            a.take_all();
            losses.part(part, "not_supported_by_provider");
        }
    }
    Ok(())
}

fn image(w: &mut Writer, place: Place, part: &Part, a: &mut Attributes) -> Result<(), Failure> {
    let id = a.text("file_id").filter(|_| place.own_files);
    if part.data.is_empty() && !is_web(part.url) && id.is_none() {
        return Err(unreachable(part, place.losses));
    }
    a.lose("filename", "not_on_images");
    w.object(|w| {
        w.key("type").string("input_image");
        match id {
            _ if !part.data.is_empty() => drop(w.key("image_url").string(data_url(media(part, "image/png"), part))),
            Some(id) if part.url.is_empty() => drop(w.key("file_id").string(&*id)),
            _ => drop(w.key("image_url").string(part.url)),
        }
        w.key("detail").string(&*a.text("detail").unwrap_or_else(|| "auto".into()));
    });
    Ok(())
}

fn document(w: &mut Writer, place: Place, part: &Part, a: &mut Attributes) -> Result<(), Failure> {
    let losses = place.losses;
    let (file, title) = (a.text("filename"), a.text("title"));
    let name = file.or(title);
    if let Some(plain) = plain_text(part, losses)? {
        losses.part(part, "sent_as_text");
        let mut all = name.map_or(Vec::new(), |n| format!("{n}\n\n").into_bytes());
        all.extend_from_slice(&plain);
        text(w, &all);
        return Ok(());
    }
    let id = a.text("file_id").filter(|_| place.own_files);
    if part.data.is_empty() && !is_web(part.url) && id.is_none() {
        return Err(unreachable(part, losses));
    }
    w.object(|w| {
        w.key("type").string("input_file");
        match id {
            _ if !part.data.is_empty() => {
                w.key("filename").string(name.as_deref().unwrap_or("document.pdf"));
                w.key("file_data").string(data_url(media(part, "application/pdf"), part));
            }
            Some(id) if part.url.is_empty() => drop(w.key("file_id").string(&*id)),
            _ => {
                w.key("file_url").string(part.url);
                if name.is_some() {
                    losses.add(losses.path(part) + ".filename", "not_with_a_url");
                }
            }
        }
    });
    Ok(())
}
