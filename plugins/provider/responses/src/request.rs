//! Writes requests.

use crate::chat::model::Model;
use crate::chat::settings::strict_tool;
use crate::chat::Form;
use crate::input::Input;
use crate::{settings, source};
use sallyport::abi::{Operation, Tool, ToolChoice};
use sallyport::json::Writer;
use sallyport::translate::{write_schema, Failure, Losses, Names, Request, Upstream};

/// The longest name of a tool.
pub const MAX_NAME: usize = 64;

/// Writes the request of a chat, or the same to be counted. The path is the descriptor's.
pub fn write(call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    let counting = call.operation() == Operation::COUNT_TOKENS;
    if call.parameters.choices > 1 {
        return Err(Failure::unsupported(
            "n",
            "This provider gives one answer to a request. Ask several times, or for one.",
        ));
    }
    let name = call.model();
    let mut model = Model::of(Form::OpenAi, name, call.parameters.reasoning_effort);
    model.plain |= call.setting("refuses").split(',').any(|r| r == "reasoning_effort");
    let mut names = Names::default();
    out.state.text(call.target.provider);
    let w = &mut out.body;
    w.open_object();
    w.key("model").string(name);
    let source = source(call.target.provider);
    let own_files = call.exchange.dialect.starts_with("openai.");
    let plain = model.plain;
    Input { source: &source, own_files, plain, losses: &call.losses, names: &mut names }.write(w, &call.parts)?;
    write_tools(w, call, &mut names)?;
    settings::write(w, &model, call, counting)?;
    if !counting {
        w.key("store").flag(false); // nothing is kept there
    }
    if call.stream() && !counting {
        w.key("stream").flag(true);
    }
    w.close_object();
    names.write(&mut out.state);
    Ok(())
}

fn write_tools(w: &mut Writer, call: &mut Request, names: &mut Names) -> Result<(), Failure> {
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
        ToolChoice::ANY => drop(w.key("tool_choice").string("required")),
        ToolChoice::TOOL => {
            let named = call.parameters.tool_name;
            w.key("tool_choice").object(|w| {
                w.key("type").string("function").key("name").string(&*names.wire(named, MAX_NAME));
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
        w.key("type").string("function").key("name").string(&*names.wire(tool.name, MAX_NAME));
        if !tool.description.is_empty() {
            w.key("description").string(tool.description);
        }
        write_schema(w.key("parameters"), tool.schema);
        // Unlike in all other dialects it is on unless it is said not to be.
        w.key("strict").flag(strict_tool(own, i, tool.schema, &mut a, losses).unwrap_or(false));
    });
}
