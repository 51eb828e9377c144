//! Writes requests.

use crate::between;
use crate::content::{self, Marks};
use crate::model;
use crate::settings::{self, Plan};
use crate::shape;
use sallyport::abi::{Kind, Operation, OutputFormat, Part, Role, Tool, ToolChoice};
use sallyport::json::Writer;
use sallyport::translate::{system, turns, write_schema, Failure, Losses, Names, Request, Turn, Upstream};

/// The longest name of a tool.
pub const MAX_NAME: usize = 64;

pub fn write(call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    let counting = call.operation() == Operation::COUNT_TOKENS;
    let instead = call.setting("in_place_of_model").as_bytes();
    if instead.is_empty() {
        out.path = path(call.target.base_path, counting); // else it is the descriptor's
    }
    let name = call.model();
    let model = model::of(name);
    between::settle(call, model.system_between);
    let plan = settings::plan(call, &model)?;
    let stream = call.stream();
    let mut names = Names::default();
    let mut marks = Marks::default();

    let w = &mut out.body;
    w.open_object();
    if instead.is_empty() || counting {
        w.key("model").string(name);
    }
    w.members(instead);
    write_tools(w, call, &model, &plan, &mut names, &mut marks)?;
    write_system(w, call, &mut marks)?;
    write_messages(w, call, &mut names, &mut marks)?;
    if counting {
        settings::write_thinking(w, &plan);
    } else {
        settings::write(w, call, &model, &plan)?;
        if stream && call.setting("stream_in_path").is_empty() {
            w.key("stream").flag(true);
        }
    }
    w.close_object();

    out.state.flag(plan.shape_tool);
    names.write(&mut out.state);
    Ok(())
}

/// The base URL may hold the version already, as that of most providers does.
fn path(base: &str, counting: bool) -> String {
    let version = if base.ends_with("/v1") { "" } else { "/v1" };
    let verb = if counting { "/count_tokens" } else { "" };
    format!("{base}{version}/messages{verb}")
}

/// The system prompt is what stands outside the messages, and the system messages
/// before all others.
fn leading<'r, 'a>(all: &'r [Turn<'r, 'a>]) -> (&'r [Turn<'r, 'a>], &'r [Turn<'r, 'a>]) {
    let n = all.iter().take_while(|t| t.role == Role::SYSTEM).count();
    all.split_at(n)
}

fn write_system(w: &mut Writer, call: &Request, marks: &mut Marks) -> Result<(), Failure> {
    let all = turns(&call.parts);
    let (first, _) = leading(&all);
    let mut parts: Vec<_> = system(&call.parts).collect();
    parts.extend(first.iter().flat_map(|t| t.parts.iter().copied()));
    let from = w.bytes().len();
    w.key("system").open_array();
    let empty = w.bytes().len();
    content::write(w, &parts, &call.losses, &mut Names::default(), marks)?;
    if w.bytes().len() == empty {
        w.cut(from);
    } else {
        w.close_array();
    }
    Ok(())
}

fn write_messages(w: &mut Writer, call: &Request, names: &mut Names, marks: &mut Marks) -> Result<(), Failure> {
    let all = turns(&call.parts);
    let (_, rest) = leading(&all);
    w.key("messages").open_array();
    for turn in rest {
        let from = w.bytes().len();
        w.open_object();
        let role = match turn.role {
            Role::ASSISTANT => "assistant",
            Role::SYSTEM => "system",
            _ => "user",
        };
        w.key("role").string(role).key("content").open_array();
        let empty = w.bytes().len();
        let mut parts = content::thinking_first(turn);
        let trimmed = trimmed(rest, turn, &parts);
        if let (Some(p), Some(last)) = (&trimmed, parts.last_mut()) {
            call.losses.add(call.losses.path(p), "trailing_whitespace");
            *last = p;
        }
        content::write(w, &parts, &call.losses, names, marks)?;
        if w.bytes().len() == empty {
            w.cut(from); // nothing was said
        } else {
            w.close_array().close_object();
        }
    }
    w.close_array();
    Ok(())
}

/// The provider refuses an answer that it is to go on with and that ends in blanks:
/// returns its last part without them.
fn trimmed<'a>(all: &[Turn<'_, 'a>], turn: &Turn<'_, 'a>, parts: &[&Part<'a>]) -> Option<Part<'a>> {
    let last = parts.last().filter(|p| p.kind == Kind::TEXT)?;
    let is_last = all.last().map_or(false, |t| t.message == turn.message);
    let end = last.text.iter().rposition(|c| !c.is_ascii_whitespace())? + 1;
    if turn.role != Role::ASSISTANT || !is_last || end == last.text.len() {
        return None;
    }
    Some(Part { text: &last.text[..end], ..(*last).clone() })
}

fn write_tools(
    w: &mut Writer,
    call: &mut Request,
    model: &model::Model,
    plan: &Plan,
    names: &mut Names,
    marks: &mut Marks,
) -> Result<(), Failure> {
    let tools = call.take_tools(|_| false)?;
    let choice = std::mem::replace(&mut call.parameters.tool_choice, ToolChoice::UNSPECIFIED);
    let parallel = call.parameters.parallel_tools.take();
    if plan.shape_tool {
        w.key("tools").array(|w| {
            w.object(|w| {
                w.key("name").string(SHAPE).key("description").string("Give the answer in this form.");
                w.key("input_schema").raw(call.parameters.output_schema);
            });
        });
        w.key("tool_choice").object(|w| {
            w.key("type").string("tool").key("name").string(SHAPE);
        });
        call.parameters.output_format = OutputFormat::UNSPECIFIED;
        return Ok(());
    }
    if tools.is_empty() {
        return Ok(());
    }
    w.key("tools").open_array();
    for (i, tool) in &tools {
        write_tool(w, *i, tool, model, &call.losses, names, marks);
    }
    w.close_array();
    write_choice(w, call.parameters.tool_name, choice, parallel, names);
    Ok(())
}

const SHAPE: &str = crate::SHAPE_TOOL;

/// Tells a function, which can be sent, from a tool that another provider runs.
pub fn ours(tool: &Tool) -> bool {
    tool.raw.is_empty()
}

fn write_tool(
    w: &mut Writer,
    i: usize,
    tool: &Tool,
    model: &model::Model,
    losses: &Losses,
    names: &mut Names,
    marks: &mut Marks,
) {
    let mut a = losses.tool(i, tool);
    w.open_object();
    w.key("name").string(&*names.wire(tool.name, MAX_NAME));
    if !tool.description.is_empty() {
        w.key("description").string(tool.description);
    }
    let strict = a.take("strict").and_then(|v| v.flag()) == Some(true);
    let form = if strict && model.shapes { shape::taken(tool.schema).unwrap_or_default() } else { Default::default() };
    let mut schema = tool.schema;
    if strict {
        if !model.shapes || !form.1.is_empty() {
            let why = if model.shapes { form.1 } else { "not_supported_by_model" };
            losses.add(format!("tools[{i}].strict"), why);
        } else {
            w.key("strict").flag(true);
            if !form.0.is_empty() {
                schema = form.0.bytes();
            }
        }
    }
    write_schema(w.key("input_schema"), schema);
    for name in ["eager_input_streaming", "defer_loading", "input_examples", "allowed_callers"] {
        if let Some(v) = a.take(name) {
            w.key(name).raw(v.raw());
        }
    }
    if let Some(mark) = a.take("cache_control") {
        if !marks.write(w, mark.raw()) {
            losses.add(format!("tools[{i}].cache_control"), "too_many_cache_marks");
        }
    }
    w.close_object();
}

fn write_choice(w: &mut Writer, named: &str, choice: ToolChoice, parallel: Option<bool>, names: &mut Names) {
    let alone = parallel == Some(false) && choice != ToolChoice::NONE;
    let kind = match choice {
        ToolChoice::UNSPECIFIED if !alone => return,
        ToolChoice::NONE => "none",
        ToolChoice::ANY => "any",
        ToolChoice::TOOL => "tool",
        _ => "auto",
    };
    w.key("tool_choice").open_object();
    w.key("type").string(kind);
    if choice == ToolChoice::TOOL {
        w.key("name").string(&*names.wire(named, MAX_NAME));
    }
    if alone {
        w.key("disable_parallel_tool_use").flag(true);
    }
    w.close_object();
}
