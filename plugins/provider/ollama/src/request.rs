//! Writes requests.

use crate::{content, settings};
use sallyport::abi::{Framing, Part, Role, Tool, ToolChoice};
use sallyport::json::Writer;
use sallyport::translate::{system, turns, write_schema, Failure, Losses, Request, Upstream};

pub fn write(call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    out.path = path(call.target.base_path);
    if call.parameters.choices > 1 {
        return Err(Failure::unsupported("n", "Ollama gives one answer to a request. Ask several times, or for one."));
    }
    let stream = call.stream();
    if stream {
        out.framing = Framing::NDJSON;
    }
    let w = &mut out.body;
    w.open_object();
    w.key("model").string(call.model());
    write_messages(w, call)?;
    write_tools(w, call)?;
    settings::write(w, call)?;
    w.key("stream").flag(stream);
    w.close_object();
    Ok(())
}

/// The base URL may be that of the runtime, or of one of its two APIs.
fn path(base: &str) -> String {
    let base = base.strip_suffix("/v1").or_else(|| base.strip_suffix("/api")).unwrap_or(base);
    format!("{base}/api/chat")
}

fn write_messages(w: &mut Writer, call: &Request) -> Result<(), Failure> {
    w.key("messages").open_array();
    let prompt: Vec<_> = system(&call.parts).collect();
    content::write(w, "system", &prompt, &call.losses)?;
    for turn in turns(&call.parts) {
        for parts in messages(&turn.parts) {
            let role = match parts[0].role {
                Role::ASSISTANT => "assistant",
                Role::SYSTEM => "system",
                Role::TOOL => "tool",
                _ => "user",
            };
            content::write(w, role, parts, &call.losses)?;
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
        let ends = parts.get(i).map_or(true, |p| {
            let (q, result) = (parts[i - 1], p.role == Role::TOOL);
            result != (q.role == Role::TOOL) || if result { p.call_id != q.call_id } else { p.message != q.message }
        });
        if ends {
            out.push(&parts[from..i]);
            from = i;
        }
    }
    out
}

/// Writes tools. There is no word for a choice among them; none are sent to a client
/// that wants none called.
fn write_tools(w: &mut Writer, call: &mut Request) -> Result<(), Failure> {
    let mut tools = call.take_tools(|_| false)?;
    let choice = call.parameters.tool_choice;
    if choice == ToolChoice::NONE {
        tools.clear();
    }
    if !matches!(choice, ToolChoice::ANY | ToolChoice::TOOL) {
        call.parameters.tool_choice = ToolChoice::UNSPECIFIED; // what is left is reported
    }
    if call.parameters.parallel_tools == Some(true) || tools.is_empty() {
        call.parameters.parallel_tools = None; // it is so anyway
    }
    if tools.is_empty() {
        return Ok(());
    }
    w.key("tools").open_array();
    for (i, tool) in &tools {
        write_tool(w, *i, tool, &call.losses);
    }
    w.close_array();
    Ok(())
}

fn write_tool(w: &mut Writer, i: usize, tool: &Tool, losses: &Losses) {
    let mut a = losses.tool(i, tool);
    if a.take("strict").and_then(|v| v.flag()) == Some(true) {
        losses.add(format!("tools[{i}].strict"), "not_supported_by_provider");
    }
    w.object(|w| {
        w.key("type").string("function").key("function").object(|w| {
            w.key("name").string(tool.name);
            if !tool.description.is_empty() {
                w.key("description").string(tool.description);
            }
            write_schema(w.key("parameters"), tool.schema);
        });
    });
}
