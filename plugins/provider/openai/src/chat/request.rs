//! Writes requests.

use crate::chat::message::Messages;
use crate::chat::model::{Model, WITH_CACHE_MARKS};
use crate::chat::{settings, Form};
use sallyport::abi::{Role, Tool, ToolChoice};
use sallyport::json::Writer;
use sallyport::translate::{write_schema, Failure, Losses, Names, Request, Upstream};

/// The longest name of a tool.
pub const MAX_NAME: usize = 64;

/// Writes the request of a chat. The path is the descriptor's: it differs from
/// provider to provider.
pub fn write(form: Form, call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    let name = call.model();
    let model = Model::of(form, name, call.parameters.reasoning_effort);
    let mut names = Names::default();
    out.state.number(call.parameters.choices.max(1).into()).text(call.target.provider);
    out.state.flag(call.quirk("no_stream_end")).flag(call.quirk("no_stream_usage"));
    if form == Form::Mistral {
        settle_system(call);
    }
    let w = &mut out.body;
    w.open_object();
    w.key("model").string(name);
    let source = form.source(call.target.provider);
    let marks = WITH_CACHE_MARKS.contains(&call.target.kind);
    let own_files = form == Form::OpenAi && call.exchange.dialect.starts_with("openai.");
    Messages { form, source: &source, marks, own_files, losses: &call.losses, names: &mut names }
        .write(w, &call.parts)?;
    write_tools(w, form, call, &mut names)?;
    settings::write(w, form, &model, call)?;
    if call.stream() {
        w.key("stream").flag(true);
        if form == Form::OpenAi && !call.quirk("no_stream_usage") {
            w.key("stream_options").raw(br#"{"include_usage":true}"#);
        }
    }
    w.close_object();
    names.write(&mut out.state);
    Ok(())
}

/// Makes those system messages the user's that Mistral refuses: behind the assistant or
/// a tool, and as the last word.
fn settle_system(call: &mut Request) {
    let Request { parts, losses, .. } = call;
    let roles: Vec<_> = parts.iter().map(|p| p.message.and(Some(p.role)).filter(|r| *r != Role::SYSTEM)).collect();
    let mut before = None; // who has spoken last
    for (i, p) in parts.iter_mut().enumerate() {
        before = roles[i].or(before);
        let placed = before.is_none() || before == Some(Role::USER) && roles[i..].iter().any(|r| r.is_some());
        if p.role == Role::SYSTEM && p.message.is_some() && !placed {
            losses.add(format!("messages[{}].role", p.message.unwrap_or(0)), "sent_as_user");
            p.role = Role::USER;
        }
    }
}

fn write_tools(w: &mut Writer, form: Form, call: &mut Request, names: &mut Names) -> Result<(), Failure> {
    let tools = call.take_tools(|_| false)?;
    let choice = std::mem::replace(&mut call.parameters.tool_choice, ToolChoice::UNSPECIFIED);
    let parallel = call.parameters.parallel_tools.take();
    if tools.is_empty() {
        return Ok(());
    }
    let own = call.exchange.dialect.starts_with("openai.");
    w.key("tools").open_array();
    for (i, tool) in &tools {
        write_tool(w, *i, tool, own, &call.losses, names);
    }
    w.close_array();
    match choice {
        ToolChoice::AUTO => drop(w.key("tool_choice").string("auto")),
        ToolChoice::NONE => drop(w.key("tool_choice").string("none")),
        ToolChoice::ANY => drop(w.key("tool_choice").string(form.some_tool())),
        ToolChoice::TOOL => {
            let named = call.parameters.tool_name;
            w.key("tool_choice").object(|w| {
                w.key("type").string("function").key("function").object(|w| {
                    w.key("name").string(&*names.wire(named, MAX_NAME));
                });
            });
        }
        _ => {}
    }
    if let Some(v) = parallel {
        w.key("parallel_tool_calls").flag(v);
    }
    Ok(())
}

fn write_tool(w: &mut Writer, i: usize, tool: &Tool, own: bool, losses: &Losses, names: &mut Names) {
    let mut a = losses.tool(i, tool);
    w.object(|w| {
        w.key("type").string("function").key("function").object(|w| {
            w.key("name").string(&*names.wire(tool.name, MAX_NAME));
            if !tool.description.is_empty() {
                w.key("description").string(tool.description);
            }
            write_schema(w.key("parameters"), tool.schema);
            if let Some(strict) = settings::strict_tool(own, i, tool.schema, &mut a, losses) {
                w.key("strict").flag(strict);
            }
        });
    });
}
