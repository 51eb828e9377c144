//! Writes requests.

use crate::between;
use crate::content::{self, Context};
use crate::model::{self, Family, Model};
use crate::settings::{self, Plan};
use crate::tools::{self, Alone};
use sallyport::abi::{Framing, Kind, Operation, Part, Role};
use sallyport::json::Writer;
use sallyport::translate::{system, turns, Failure, Names, Request, Turn, Upstream};

pub fn write(call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    let counting = call.operation() == Operation::COUNT_TOKENS;
    let name = call.model();
    let model = model::of(name);
    out.path = path(call.target.base_path, name, counting, call.stream());
    if call.stream() && !counting {
        out.framing = Framing::EVENTSTREAM;
    }
    between::settle(call, model.system_between);
    let plan = settings::plan(call, &model)?;
    let mut names = Names::default();
    let w = &mut out.body;
    if counting {
        w.open_object().key("input").open_object().key("converse").open_object();
        let alone = write_content(w, call, &model, &plan, &mut names)?;
        settings::write_more(w, call, &model, &plan, alone, true)?;
        w.close_object().close_object().close_object();
        settings::means_nothing_here(call);
    } else {
        w.open_object();
        let alone = write_content(w, call, &model, &plan, &mut names)?;
        let stop = settings::write(w, call, &model, &plan)?;
        settings::write_more(w, call, &model, &plan, alone, false)?;
        w.close_object();
        out.state.text(&plan.shape_tool).text(&stop).flag(call.quirk("no_stream_end"));
        names.write(&mut out.state);
    }
    Ok(())
}

fn path(base: &str, model: &str, counting: bool, stream: bool) -> String {
    let (model, verb) = match (counting, stream) {
        (true, _) => (model::without_region(model), "count-tokens"),
        (_, true) => (model, "converse-stream"),
        _ => (model, "converse"),
    };
    format!("{base}/model/{}/{verb}", escape(model))
}

/// Makes a text one segment of a path (RFC 3986 §3.3). Names of models have colons,
/// and the ARNs of profiles slashes, which are data here.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.bytes() {
        if c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(c));
        } else {
            out += &format!("%{c:02X}");
        }
    }
    out
}

/// Writes system, messages and toolConfig.
fn write_content(
    w: &mut Writer,
    call: &mut Request,
    model: &Model,
    plan: &Plan,
    names: &mut Names,
) -> Result<Option<Alone>, Failure> {
    let mut marks = content::Marks::default();
    let alone = tools::write(w, call, model, plan, names, &mut marks)?;
    let mut cx = Context { model, losses: &call.losses, names, marks: &mut marks, documents: Vec::new() };
    let all = turns(&call.parts);
    let leading = all.iter().take_while(|t| t.role == Role::SYSTEM).count();
    let (first, rest) = all.split_at(leading);

    let mut parts: Vec<_> = system(&call.parts).collect();
    parts.extend(first.iter().flat_map(|t| t.parts.iter().copied()));
    let from = w.bytes().len();
    w.key("system").open_array();
    let empty = w.bytes().len();
    content::write_system(w, &parts, &mut cx);
    if w.bytes().len() == empty {
        w.cut(from);
    } else {
        w.close_array();
    }
    w.key("messages").open_array();
    let mut before = "";
    for (i, turn) in rest.iter().enumerate() {
        let claude = matches!(model.family, Family::Claude | Family::Unknown);
        let trimmed = if claude && i + 1 == rest.len() { trimmed(turn) } else { None };
        let mut turn = turn.clone();
        if let (Some(p), Some(last)) = (&trimmed, turn.parts.last_mut()) {
            cx.losses.add(cx.losses.path(p), "trailing_whitespace");
            *last = p;
        }
        write_turn(w, &turn, &mut before, &mut cx)?;
    }
    w.close_array();
    Ok(alone)
}

/// Claude refuses an answer that it is to go on with and that ends in blanks: returns
/// its last part without them.
fn trimmed<'a>(turn: &Turn<'_, 'a>) -> Option<Part<'a>> {
    let last = turn.parts.last().filter(|p| p.kind == Kind::TEXT && turn.role == Role::ASSISTANT)?;
    let end = last.text.iter().rposition(|c| !c.is_ascii_whitespace())? + 1;
    if end == last.text.len() {
        return None;
    }
    Some(Part { text: &last.text[..end], ..(*last).clone() })
}

/// Writes a turn. `before` is the role of the one that was written last: one of the
/// same role goes on with it, where nothing is left of what stood between them.
fn write_turn(w: &mut Writer, turn: &Turn, before: &mut &'static str, cx: &mut Context) -> Result<(), Failure> {
    let from = w.bytes().len();
    let role = match turn.role {
        Role::ASSISTANT => "assistant",
        Role::SYSTEM => "system",
        _ => "user",
    };
    let goes_on = *before == role;
    if goes_on {
        w.cut(from - "]}".len());
    } else {
        if before.is_empty() && role == "assistant" {
            w.raw(br#"{"role":"user","content":[{"text":"."}]}"#); // who has to begin
        }
        w.open_object().key("role").string(role).key("content").open_array();
    }
    let empty = w.bytes().len();
    if turn.role == Role::SYSTEM {
        content::write_system(w, &turn.parts, cx);
    } else {
        content::write(w, &content::thinking_first(turn), cx)?;
    }
    if w.bytes().len() == empty && !goes_on {
        w.cut(from); // nothing was said
        return Ok(());
    }
    w.close_array().close_object();
    *before = role;
    Ok(())
}
