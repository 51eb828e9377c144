//! Writes requests.

use crate::{content, settings};
use sallyport::abi::{Part, Role, Tool, ToolChoice};
use sallyport::json::{Value, Writer};
use sallyport::translate::{system, turns, write_schema, Failure, Losses, Names, Request, Upstream};

/// The longest name of a tool.
pub const MAX_NAME: usize = 64;

pub fn write(call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    out.path = path(call.target.base_path);
    if call.parameters.choices > 1 {
        return Err(Failure::unsupported("n", "Cohere gives one answer to a request. Ask several times, or for one."));
    }
    let stream = call.stream();
    let model = call.model();
    let mut names = Names::default();
    let mut documents = Writer::default();
    let w = &mut out.body;
    w.open_object();
    w.key("model").string(model);
    write_messages(w, call, model, &mut names, &mut documents)?;
    let tools = write_tools(w, call, &mut names)?;
    let stop = settings::write(w, call, model, tools, documents.bytes())?;
    w.key("stream").flag(stream);
    w.close_object();
    out.state.text(&stop);
    names.write(&mut out.state);
    Ok(())
}

/// The base URL may hold the version already.
fn path(base: &str) -> String {
    let version = if base.ends_with("/v2") { "" } else { "/v2" };
    format!("{base}{version}/chat")
}

fn write_messages(
    w: &mut Writer,
    call: &Request,
    model: &str,
    names: &mut Names,
    documents: &mut Writer,
) -> Result<(), Failure> {
    let mut cx = content::Context { losses: &call.losses, names, documents, thinks: settings::thinks(model) };
    w.key("messages").open_array();
    let prompt: Vec<_> = system(&call.parts).collect();
    content::write(w, "system", &prompt, &mut cx)?;
    for turn in turns(&call.parts) {
        for parts in messages(&turn.parts) {
            let role = match parts[0].role {
                Role::ASSISTANT => "assistant",
                Role::SYSTEM => "system",
                Role::TOOL => "tool",
                _ => "user",
            };
            content::write(w, role, parts, &mut cx)?;
        }
    }
    w.close_array();
    Ok(())
}

/// Parts the turn into messages again: those of one index and side, and of one call.
fn messages<'s, 'r, 'a>(parts: &'s [&'r Part<'a>]) -> Vec<&'s [&'r Part<'a>]> {
    let mut out = Vec::new();
    let mut from = 0;
    for i in 1..=parts.len() {
        let ends = match parts.get(i) {
            None => true,
            Some(p) => {
                let q = parts[i - 1];
                let results = p.role == Role::TOOL;
                results != (q.role == Role::TOOL)
                    || if results { p.call_id != q.call_id } else { p.message != q.message }
            }
        };
        if ends {
            out.push(&parts[from..i]);
            from = i;
        }
    }
    out
}

/// Writes tools and tool_choice, and tells whether there are tools.
fn write_tools(w: &mut Writer, call: &mut Request, names: &mut Names) -> Result<bool, Failure> {
    let mut tools = call.take_tools(|_| false)?;
    let choice = std::mem::replace(&mut call.parameters.tool_choice, ToolChoice::UNSPECIFIED);
    if call.parameters.parallel_tools == Some(true) || tools.is_empty() {
        call.parameters.parallel_tools = None; // it is so anyway
    }
    if choice == ToolChoice::TOOL {
        // There is no word for one tool, but there may be only one.
        tools.retain(|(_, t)| t.name == call.parameters.tool_name);
    }
    if tools.is_empty() {
        return Ok(false);
    }
    let strict = |t: &Tool| Value::tolerant(t.attributes).and_then(|v| v.member("strict")?.flag()) == Some(true);
    let all_strict = tools.iter().all(|(_, t)| strict(t));
    w.key("tools").open_array();
    for (i, tool) in &tools {
        write_tool(w, *i, tool, all_strict, &call.losses, names);
    }
    w.close_array();
    if all_strict {
        w.key("strict_tools").flag(true);
    }
    match choice {
        ToolChoice::NONE => drop(w.key("tool_choice").string("NONE")),
        ToolChoice::ANY | ToolChoice::TOOL => drop(w.key("tool_choice").string("REQUIRED")),
        _ => {} // it is the model's choice
    }
    Ok(choice != ToolChoice::NONE)
}

fn write_tool(w: &mut Writer, i: usize, tool: &Tool, all_strict: bool, losses: &Losses, names: &mut Names) {
    let mut a = losses.tool(i, tool);
    if let Some(strict) = a.take("strict") {
        if strict.flag() == Some(true) && !all_strict {
            losses.add(format!("tools[{i}].strict"), "not_for_one_tool_alone");
        }
    }
    w.object(|w| {
        w.key("type").string("function").key("function").object(|w| {
            w.key("name").string(&*names.wire(tool.name, MAX_NAME));
            if !tool.description.is_empty() {
                w.key("description").string(tool.description);
            }
            write_schema(w.key("parameters"), tool.schema);
        });
    });
}
