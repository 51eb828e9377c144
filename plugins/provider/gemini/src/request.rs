//! Writes requests.

use crate::content::Contents;
use crate::model::Model;
use crate::{is_vertex, own, settings};
use sallyport::abi::{Kind, Operation, Part, Role, Tool, ToolChoice};
use sallyport::json::{Value, Writer};
use sallyport::translate::{system, turns, write_schema, Failure, Losses, Names, Request, Upstream};
use std::borrow::Cow;

/// The longest name of a function.
const MAX_NAME: usize = 64;

/// The provider's name of a function. It begins with a letter or `_`: before what may
/// stand only further on there is a `_`, and one more before names that begin so.
pub fn wire_name<'n>(names: &mut Names, name: &'n str) -> Cow<'n, str> {
    if !is_numbered(name) {
        return names.wire(name, MAX_NAME);
    }
    Cow::Owned(names.wire(&format!("_{name}"), MAX_NAME).into_owned())
}

/// The client's name of a function that the provider calls.
pub fn own_name<'n>(names: &'n Names, wire: &'n str) -> &'n str {
    let name = names.own(wire);
    name.strip_prefix('_').filter(|rest| is_numbered(rest)).unwrap_or(name)
}

fn is_numbered(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// Writes a chat, or the same to be counted. The path, which has model and verb, is
/// the descriptor's.
pub fn write(call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    let counting = call.operation() == Operation::COUNT_TOKENS;
    let name = call.model();
    let model = Model::of(name);
    let vertex = is_vertex(&call.target);
    settle_system(call, &model);
    let mut names = Names::default();
    let w = &mut out.body;
    w.open_object();
    let wrapped = counting && !vertex; // the Gemini API counts a whole request
    if wrapped {
        w.key("generateContentRequest").open_object();
        w.key("model").string(format!("models/{}", name.strip_prefix("models/").unwrap_or(name)));
    }
    let tools = call.take_tools(own::is_tool)?;
    write_contents(w, call, &model, vertex, &mut names)?;
    let any = write_tools(w, &tools, &call.losses, &mut names);
    write_choice(w, call, any, &mut names);
    settings::write(w, call, &model, any, counting)?;
    if wrapped {
        w.close_object();
    }
    w.close_object();
    names.write(&mut out.state);
    Ok(())
}

/// Makes those system messages the user's that cannot stay: between others, before a
/// model that takes no instructions, and alone, since a request needs content.
fn settle_system(call: &mut Request, model: &Model) {
    let Request { parts, losses, .. } = call;
    let mut begun = false; // somebody else has spoken
    for p in parts.iter_mut().filter(|p| p.message.is_some()) {
        begun = begun || p.role != Role::SYSTEM;
        if p.role == Role::SYSTEM && begun {
            let path = losses.path(p);
            losses.add(path.rsplit_once('.').map_or("", |(m, _)| m).to_string() + ".role", "sent_as_user");
            p.role = Role::USER;
        }
    }
    if !begun || !model.instructions {
        for p in parts.iter_mut().filter(|p| p.role == Role::SYSTEM) {
            losses.add(losses.path(p), "sent_as_user");
            p.role = Role::USER;
            p.message = Some(p.message.unwrap_or(0));
        }
    }
}

fn write_contents(
    w: &mut Writer,
    call: &Request,
    model: &Model,
    vertex: bool,
    names: &mut Names,
) -> Result<(), Failure> {
    let all = turns(&call.parts);
    let leading = all.iter().take_while(|t| t.role == Role::SYSTEM).count();
    let mut prompts: Vec<&Part> = system(&call.parts).collect();
    prompts.extend(all[..leading].iter().flat_map(|t| t.parts.iter().copied()));
    write_system(w, &prompts, &call.losses);
    let mut c = Contents { model: *model, vertex, all: &call.parts, losses: &call.losses, names };
    c.write(w, &all[leading..])
}

fn write_system(w: &mut Writer, prompts: &[&Part], losses: &Losses) {
    let from = w.bytes().len();
    w.key("systemInstruction").open_object();
    w.key("parts").open_array();
    let empty = w.bytes().len();
    for part in prompts {
        if part.kind != Kind::TEXT {
            losses.part(part, "not_supported_by_provider");
            continue;
        }
        drop(losses.attributes(part));
        if !part.text.is_empty() {
            w.object(|w| drop(w.key("text").string(part.text)));
        }
    }
    if w.bytes().len() == empty {
        return w.cut(from);
    }
    w.close_array().close_object();
}

/// Writes the tools, and tells whether there is a function.
fn write_tools(w: &mut Writer, tools: &[(usize, Tool)], losses: &Losses, names: &mut Names) -> bool {
    if tools.is_empty() {
        return false;
    }
    w.key("tools").open_array();
    let any = tools.iter().any(|(_, t)| t.raw.is_empty());
    if any {
        w.open_object();
        w.key("functionDeclarations").open_array();
        for (i, tool) in tools.iter().filter(|(_, t)| t.raw.is_empty()) {
            write_tool(w, *i, tool, losses, names);
        }
        w.close_array().close_object();
    }
    for (i, tool) in tools.iter().filter(|(_, t)| !t.raw.is_empty()) {
        own::write_tool(w, *i, tool, losses);
    }
    w.close_array();
    any
}

fn write_tool(w: &mut Writer, i: usize, tool: &Tool, losses: &Losses, names: &mut Names) {
    let mut a = losses.tool(i, tool);
    w.object(|w| {
        w.key("name").string(&*wire_name(names, tool.name));
        if !tool.description.is_empty() {
            w.key("description").string(tool.description);
        }
        let says = |v: Value| !v.is_null() && !(v.is_object() && v.members().next().is_none());
        if Value::tolerant(tool.schema).map_or(false, says) {
            write_schema(w.key("parametersJsonSchema"), tool.schema);
        }
    });
    if let Some(strict) = a.take("strict") {
        if strict.flag() == Some(true) {
            losses.add(format!("tools[{i}].strict"), "not_supported_by_provider");
        }
    }
}

fn write_choice(w: &mut Writer, call: &mut Request, any: bool, names: &mut Names) {
    let p = &mut call.parameters;
    let choice = std::mem::replace(&mut p.tool_choice, ToolChoice::UNSPECIFIED);
    p.parallel_tools = p.parallel_tools.filter(|parallel| any && !parallel); // it calls several if it likes
    let mode = match choice {
        _ if !any => return,
        ToolChoice::AUTO => "AUTO",
        ToolChoice::NONE => "NONE",
        ToolChoice::ANY | ToolChoice::TOOL => "ANY",
        _ => return,
    };
    let named = p.tool_name;
    w.key("toolConfig").object(|w| {
        w.key("functionCallingConfig").object(|w| {
            w.key("mode").string(mode);
            if choice == ToolChoice::TOOL {
                w.key("allowedFunctionNames").array(|w| drop(w.string(&*wire_name(names, named))));
            }
        });
    });
}
