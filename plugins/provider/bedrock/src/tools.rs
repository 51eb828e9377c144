//! Writes toolConfig.

use crate::content::Marks;
use crate::model::{Cache, Family, Model, Shape};
use crate::settings::Plan;
use crate::shape;
use sallyport::abi::{Kind, OutputFormat, Part, Tool, ToolChoice};
use sallyport::json::{Value, Writer};
use sallyport::translate::{write_schema, Failure, Losses, Names, Request};

/// The longest name of a tool.
pub const MAX_NAME: usize = 64;

/// A schema that takes anything.
const ANY: &[u8] = br#"{"type":"object","properties":{}}"#;

/// The tool choice that goes to Claude itself, where one call at most is wanted:
/// the kind, and the name of a tool.
pub struct Alone {
    pub kind: &'static str,
    pub name: String,
}

/// Tells whether the conversation has calls or results, which a request without
/// toolConfig must not have.
pub fn in_history(parts: &[Part]) -> bool {
    parts.iter().any(|p| matches!(p.kind, Kind::TOOL_CALL | Kind::TOOL_RESULT))
}

/// Writes toolConfig where there is one.
pub fn write(
    w: &mut Writer,
    call: &mut Request,
    model: &Model,
    plan: &Plan,
    names: &mut Names,
    marks: &mut Marks,
) -> Result<Option<Alone>, Failure> {
    let mut tools = call.take_tools(|v| v.member("systemTool").is_some())?;
    let choice = std::mem::replace(&mut call.parameters.tool_choice, ToolChoice::UNSPECIFIED);
    if choice == ToolChoice::NONE {
        tools.clear(); // there is no word for it
    }
    let shaped = !plan.shape_tool.is_empty();
    if tools.is_empty() && !shaped && !in_history(&call.parts) {
        if call.parameters.parallel_tools.is_some() {
            call.parameters.parallel_tools = None; // of none
        }
        return Ok(None);
    }
    w.key("toolConfig").open_object();
    w.key("tools").open_array();
    for (i, tool) in &tools {
        write_tool(w, *i, tool, model, &call.losses, names, marks)?;
    }
    if shaped {
        write_shape(w, call, plan);
    } else if tools.is_empty() {
        let what = "Stands for the tools of earlier turns. It must not be called.";
        spec(w, "no_tool", what, ANY, false);
    }
    w.close_array();
    let alone = match call.parameters.parallel_tools {
        Some(true) => {
            call.parameters.parallel_tools = None;
            false
        }
        Some(false) if model.family == Family::Claude => {
            call.parameters.parallel_tools = None;
            !tools.is_empty()
        }
        _ => false, // what is left is reported
    };
    let named = call.parameters.tool_name;
    let kind = match choice {
        ToolChoice::TOOL => "tool",
        _ if shaped && tools.is_empty() && model.shape == Shape::Tool(true) => "tool",
        _ if shaped => "any",
        ToolChoice::ANY => "any",
        // It is so anyway, and some refuse the field.
        ToolChoice::AUTO if matches!(model.family, Family::Cohere | Family::Plain) => "",
        ToolChoice::AUTO => "auto",
        _ if alone => "auto",
        _ => "",
    };
    let name = match kind {
        "tool" if choice != ToolChoice::TOOL => plan.shape_tool.clone(),
        "tool" => names.wire(named, MAX_NAME).into_owned(),
        _ => String::new(),
    };
    if !alone && !kind.is_empty() {
        w.key("toolChoice").object(|w| {
            w.key(kind).object(|w| {
                if kind == "tool" {
                    w.key("name").string(&name);
                }
            });
        });
    }
    w.close_object();
    Ok(if alone { Some(Alone { kind, name }) } else { None })
}

fn write_shape(w: &mut Writer, call: &mut Request, plan: &Plan) {
    call.parameters.output_format = OutputFormat::UNSPECIFIED;
    let mut a = call.losses.output(std::mem::take(&mut call.parameters.output_attributes));
    a.take("name"); // the tool has its own
    a.take("strict"); // what is called is checked against the schema
    let what = "Give the answer in this form.";
    let what = a.text("description").map_or(what.into(), |d| format!("{what} {d}"));
    spec(w, &plan.shape_tool, &what, call.parameters.output_schema, false);
}

fn write_tool(
    w: &mut Writer,
    i: usize,
    tool: &Tool,
    model: &Model,
    losses: &Losses,
    names: &mut Names,
    marks: &mut Marks,
) -> Result<(), Failure> {
    if !tool.raw.is_empty() {
        w.raw(tool.raw); // one that Bedrock runs
        return Ok(());
    }
    let mut a = losses.tool(i, tool);
    let mut strict = a.take("strict").and_then(|v| v.flag()) == Some(true);
    if strict && !model.strict {
        losses.add(format!("tools[{i}].strict"), "not_supported_by_model");
        strict = false;
    }
    let mut schema = if tool.schema.is_empty() { ANY } else { tool.schema };
    let form = if strict { shape::taken(schema) } else { None };
    if let Some((taken, lost)) = &form {
        if lost.is_empty() {
            schema = taken.bytes();
        } else {
            losses.add(format!("tools[{i}].strict"), *lost);
            strict = false;
        }
    }
    if !Value::tolerant(schema).map_or(false, |v| v.is_object()) {
        return Err(Failure::invalid(format!("tools[{i}]"), "The schema of a tool's arguments must be an object."));
    }
    spec(w, &names.wire(tool.name, MAX_NAME), tool.description, schema, strict);
    if let Some(mark) = a.take("cache_control") {
        let why_not = match model.cache {
            Cache::Everywhere => marks.write(w, mark.raw(), model.hour),
            _ => "not_supported_by_model",
        };
        if !why_not.is_empty() {
            losses.add(format!("tools[{i}].cache_control"), why_not);
        }
    }
    Ok(())
}

/// Writes a toolSpec into the open array.
fn spec(w: &mut Writer, name: &str, description: &str, schema: &[u8], strict: bool) {
    w.object(|w| {
        w.key("toolSpec").object(|w| {
            w.key("name").string(name);
            if !description.trim().is_empty() {
                w.key("description").string(description);
            }
            w.key("inputSchema").object(|w| {
                write_schema(w.key("json"), schema);
            });
            if strict {
                w.key("strict").flag(true);
            }
        });
    });
}
