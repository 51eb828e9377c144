//! Writes what is not content: bounds, sampling, the shape of the output, and the
//! fields that only some models have.

use crate::model::{Family, Model, Shape};
use crate::shape;
use crate::thinking::{self, Think};
use crate::tools::Alone;
use sallyport::abi::{OutputFormat, Parameters, ToolChoice};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Request};

/// What is decided before anything is written.
pub struct Plan<'a> {
    max_tokens: Option<u64>,
    thinking: Think<'a>,
    /// The tool by whose call structured output is given, or empty.
    pub shape_tool: String,
}

/// Decides on what other settings depend on.
pub fn plan<'a>(call: &mut Request<'a>, model: &Model) -> Result<Plan<'a>, Failure> {
    if call.parameters.choices > 1 {
        return Err(Failure::unsupported("n", "Bedrock gives one answer to a request. Ask several times, or for one."));
    }
    let p = &mut call.parameters;
    let shaped = p.output_format == OutputFormat::SCHEMA;
    if shaped && !Value::tolerant(p.output_schema).map_or(false, |v| v.is_object()) {
        return Err(Failure::invalid("response_format", "Structured output needs a JSON Schema, an object."));
    }
    let mut shape_tool = String::new();
    if shaped && matches!(model.shape, Shape::Tool(_)) {
        shape_tool.push_str("structured_output");
        while p.tools.iter().any(|t| t.name == shape_tool) {
            shape_tool.push('_');
        }
    }
    let mut max_tokens = p.max_output.take();
    let thinking = thinking::plan(call, model, !shape_tool.is_empty(), &mut max_tokens);
    Ok(Plan { max_tokens, thinking, shape_tool })
}

/// Writes inferenceConfig, outputConfig and the like. It returns the stop sequence, if
/// there is only one: the provider does not say which it was.
pub fn write(w: &mut Writer, call: &mut Request, model: &Model, plan: &Plan) -> Result<String, Failure> {
    let from = w.bytes().len();
    w.key("inferenceConfig").open_object();
    let empty = w.bytes().len();
    if let Some(n) = plan.max_tokens {
        if plan.thinking.alone() {
            call.losses.add("max_tokens", "not_with_thinking");
        } else {
            w.key("maxTokens").whole(n);
        }
    }
    write_sampling(w, &mut call.parameters, &call.losses, model, &plan.thinking);
    let stop = write_stop(w, &mut call.parameters, &call.losses);
    if w.bytes().len() == empty {
        w.cut(from);
    } else {
        w.close_object();
    }
    write_output(w, call, model);
    write_service(w, call);
    Ok(stop)
}

fn write_sampling(w: &mut Writer, p: &mut Parameters, losses: &Losses, model: &Model, thinking: &Think) {
    let why_not = match (model.sampling, thinking.in_claude() || thinking.alone()) {
        (false, _) => "not_supported_by_model",
        (_, true) => "not_with_thinking",
        _ => "",
    };
    let mut cold = false;
    if let Some(t) = p.temperature.take() {
        if !why_not.is_empty() {
            if t != 1.0 {
                losses.add("temperature", why_not);
            }
        } else {
            if !(0.0..=1.0).contains(&t) {
                losses.add("temperature", "clamped");
            }
            w.key("temperature").number(t.max(0.0).min(1.0));
            cold = true;
        }
    }
    if let Some(v) = p.top_p.take() {
        let why_not = if why_not.is_empty() && cold && !model.both { "not_with_temperature" } else { why_not };
        if why_not.is_empty() {
            w.key("topP").number(v);
        } else if v != 1.0 {
            losses.add("top_p", why_not);
        }
    }
    if p.top_k.is_some() && !why_not.is_empty() {
        p.top_k = None;
        losses.add("top_k", why_not);
    }
    // These say nothing that is not so anyway.
    p.presence_penalty = p.presence_penalty.filter(|v| *v != 0.0);
    p.frequency_penalty = p.frequency_penalty.filter(|v| *v != 0.0);
}

fn write_stop(w: &mut Writer, p: &mut Parameters, losses: &Losses) -> String {
    let all = std::mem::take(&mut p.stop);
    let good: Vec<_> = all.iter().filter(|s| !s.trim().is_empty()).collect();
    if good.len() < all.len() {
        losses.add("stop", "only_whitespace");
    }
    if good.is_empty() {
        return String::new();
    }
    w.key("stopSequences").open_array();
    for s in &good {
        w.string(s);
    }
    w.close_array();
    if good.len() == 1 && good[0].len() <= 256 {
        return good[0].to_string();
    }
    String::new()
}

fn write_output(w: &mut Writer, call: &mut Request, model: &Model) {
    let p = &mut call.parameters;
    if p.output_format != OutputFormat::SCHEMA || model.shape != Shape::Native {
        return;
    }
    p.output_format = OutputFormat::UNSPECIFIED;
    let mut a = call.losses.output(std::mem::take(&mut p.output_attributes));
    a.take("strict"); // it always is
    let form = shape::taken(p.output_schema);
    if let Some((taken, lost)) = form.as_ref().filter(|(_, lost)| !lost.is_empty()) {
        call.losses.add("response_format", *lost);
        if taken.is_empty() {
            a.take_all();
            return;
        }
    }
    let schema = form.as_ref().map_or(p.output_schema, |(taken, _)| taken.bytes());
    w.key("outputConfig").object(|w| {
        w.key("textFormat").object(|w| {
            w.key("type").string("json_schema");
            w.key("structure").object(|w| {
                w.key("jsonSchema").object(|w| {
                    w.key("schema").string(schema);
                    for name in ["name", "description"] {
                        if let Some(v) = a.text(name).filter(|v| !v.is_empty()) {
                            w.key(name).string(&*v);
                        }
                    }
                });
            });
        });
    });
}

/// Writes what Converse itself has beside the conversation, under its own name or
/// under that of other dialects.
fn write_service(w: &mut Writer, call: &mut Request) {
    if let Some(tier) = call.other("service_tier") {
        let word = match tier.text().as_deref() {
            Some("default" | "standard_only") => "default",
            Some("flex") => "flex",
            Some("priority") => "priority",
            Some("reserved") => "reserved",
            Some("auto") => "",
            _ => {
                call.losses.add("service_tier", "not_supported_by_provider");
                ""
            }
        };
        if !word.is_empty() {
            w.key("serviceTier").object(|w| {
                w.key("type").string(word);
            });
        }
    } else if let Some(v) = call.other("serviceTier") {
        w.key("serviceTier").raw(v.raw());
    }
    for name in ["guardrailConfig", "performanceConfig", "promptVariables", "additionalModelResponseFieldPaths"] {
        if let Some(v) = call.other(name) {
            w.key(name).raw(v.raw());
        }
    }
    match (call.other("requestMetadata"), call.other("metadata")) {
        (Some(v), other) => {
            w.key("requestMetadata").raw(v.raw());
            if other.is_some() {
                call.losses.add("metadata", "merged");
            }
        }
        (None, Some(v)) => write_metadata(w, v, &call.losses),
        _ => {}
    }
}

/// Writes those pairs of a client's metadata that the provider takes.
fn write_metadata(w: &mut Writer, metadata: Value, losses: &Losses) {
    let plain = |text: &str| {
        text.len() <= 256 && text.chars().all(|c| c.is_ascii_alphanumeric() || " \t:_@$#=/+,-.".contains(c))
    };
    let from = w.bytes().len();
    w.key("requestMetadata").open_object();
    let mut n = 0;
    for (name, v) in metadata.members() {
        match v.str() {
            Some(text) if n < 16 && !name.is_empty() && plain(&name) && plain(&text) => {
                w.key(&name).string(&*text);
                n += 1;
            }
            _ => losses.add(format!("metadata.{name}"), "not_supported_by_provider"),
        }
    }
    if n == 0 {
        w.cut(from);
    } else {
        w.close_object();
    }
}

/// Writes additionalModelRequestFields, what only some models take. In counting,
/// only what the prompt depends on.
pub fn write_more(
    w: &mut Writer,
    call: &mut Request,
    model: &Model,
    plan: &Plan,
    alone: Option<Alone>,
    counting: bool,
) -> Result<(), Failure> {
    let from = w.bytes().len();
    w.key("additionalModelRequestFields").open_object();
    let empty = w.bytes().len();
    plan.thinking.write(w);
    if !counting {
        write_top_k(w, &mut call.parameters, model);
    }
    if let Some(alone) = alone {
        w.key("tool_choice").object(|w| {
            w.key("type").string(alone.kind);
            if !alone.name.is_empty() {
                w.key("name").string(&alone.name);
            }
            w.key("disable_parallel_tool_use").flag(true);
        });
    }
    if matches!(model.family, Family::Claude | Family::Unknown) {
        crate::beta::write(w, call);
    }
    if let Some(more) = call.other("additionalModelRequestFields") {
        let written = String::from_utf8_lossy(&w.bytes()[empty..]).into_owned() + "}";
        let written = Value::tolerant(format!("{{{}", written.trim_start_matches(',')).as_bytes())
            .map_or(Vec::new(), |v| v.members().map(|(k, _)| k.into_owned()).collect());
        for (name, v) in more.members() {
            if written.iter().any(|k| *k == name) {
                call.losses.add(format!("additionalModelRequestFields.{name}"), "merged");
            } else {
                w.key(&name).raw(v.raw());
            }
        }
    }
    if w.bytes().len() == empty {
        w.cut(from);
    } else {
        w.close_object();
    }
    // What says only what is so anyway is no loss.
    for (name, usual) in [("logprobs", "false"), ("store", "false"), ("modalities", "[\"text\"]"), ("logit_bias", "{}")]
    {
        let means_nothing = |json: &[u8]| json == usual.as_bytes() || json == b"null";
        call.parameters.others.retain(|o| o.name != name || !means_nothing(o.json));
    }
    Ok(())
}

fn write_top_k(w: &mut Writer, p: &mut Parameters, model: &Model) {
    let key = match model.family {
        Family::Plain | Family::GptOss => return, // it is reported
        Family::Cohere => "k",
        Family::Nova => "topK",
        _ => "top_k",
    };
    if let Some(k) = p.top_k.take() {
        if model.family == Family::Nova {
            w.key("inferenceConfig").object(|w| {
                w.key(key).whole(k);
            });
        } else {
            w.key(key).whole(k);
        }
    }
}

/// Takes what the number of a prompt's tokens does not depend on.
pub fn means_nothing_here(call: &mut Request) {
    let p = &mut call.parameters;
    p.temperature = None;
    p.top_p = None;
    p.top_k = None;
    p.presence_penalty = None;
    p.frequency_penalty = None;
    p.seed = None;
    p.stop.clear();
    p.output_format = OutputFormat::UNSPECIFIED;
    p.output_attributes = b"";
    p.tool_choice = ToolChoice::UNSPECIFIED;
    p.parallel_tools = None;
    // What nobody knows might count.
    p.others.retain(|o| !COUNT_FOR_NOTHING.contains(&o.name));
}

const COUNT_FOR_NOTHING: [&str; 9] = [
    "metadata",
    "user",
    "safety_identifier",
    "service_tier",
    "prompt_cache_key",
    "store",
    "verbosity",
    "logprobs",
    "top_logprobs",
];
