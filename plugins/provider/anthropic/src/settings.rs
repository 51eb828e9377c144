//! Writes what is not content: bounds, sampling, thinking, the shape of the output.

use crate::model::{Model, Thinking};
use crate::request::ours;
use crate::shape;
use sallyport::abi::{Kind, OutputFormat, Parameters, Part, Role, ToolChoice};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Request};

/// The bound on output where neither client nor operator gave one and the model's
/// own is not known.
const MAX_TOKENS: u64 = 4096;

/// The least budget of thinking that the provider takes.
const LEAST_BUDGET: u64 = 1024;

/// What is decided before anything is written.
pub struct Plan<'a> {
    max_tokens: u64,
    thinking: Think<'a>,
    effort: &'static str,
    /// Structured output is asked for by a tool that must be called.
    pub shape_tool: bool,
}

enum Think<'a> {
    Unsaid,
    Off,
    Budget(u64),
    Adaptive,
    Raw(&'a [u8]),
}

/// Decides on thinking, which other settings depend on.
pub fn plan<'a>(call: &mut Request<'a>, model: &Model) -> Result<Plan<'a>, Failure> {
    if call.parameters.choices > 1 {
        return Err(Failure::unsupported(
            "n",
            "Anthropic gives one answer to a request. Ask several times, or for one.",
        ));
    }
    let raw = call.other("thinking").filter(|v| v.is_object());
    let gives = call.setting("max_output").parse().ok();
    let default = call.setting("max_tokens").parse().ok().or(gives).unwrap_or(MAX_TOKENS);
    // Thinking counts among the answer's tokens, of which the model gives only so many.
    let with = |budget| default.saturating_add(budget).min(gives.unwrap_or(u64::MAX).max(default));
    call.report_effort();
    let p = &mut call.parameters;
    let shape_tool = p.output_format == OutputFormat::SCHEMA && !model.shapes && !p.tools.iter().any(ours);
    let given = p.max_output.take();
    let effort = std::mem::take(&mut p.reasoning_effort);
    let budget = p.reasoning_tokens.take();
    let field = if budget.is_some() { "reasoning_tokens" } else { "reasoning_effort" };

    let mut plan = Plan { max_tokens: given.unwrap_or(default), thinking: Think::Unsaid, effort: "", shape_tool };
    if let Some(v) = raw {
        plan.thinking = Think::Raw(v.raw());
        if given.is_none() {
            plan.max_tokens = with(v.count_of("budget_tokens"));
        }
        if !effort.is_empty() || budget.is_some() {
            call.losses.add(field, "thinking_given");
        }
        return Ok(plan);
    }
    if effort.is_empty() && budget.is_none() {
        return Ok(plan);
    }
    if effort == "none" || budget == Some(0) {
        plan.thinking = if model.thinking == Thinking::None { Think::Unsaid } else { Think::Off };
        return Ok(plan);
    }
    let why_not = if model.thinking == Thinking::None {
        "not_supported_by_model"
    } else if shape_tool || matches!(p.tool_choice, ToolChoice::ANY | ToolChoice::TOOL) {
        "not_with_forced_tool"
    } else if model.thinking == Thinking::Budget && !history_thinks(&call.parts) {
        "no_thinking_in_history"
    } else {
        ""
    };
    if !why_not.is_empty() {
        call.losses.add(field, why_not);
        return Ok(plan);
    }
    if budget.is_some() && !effort.is_empty() {
        let unused = if model.thinking == Thinking::Adaptive { "reasoning_tokens" } else { "reasoning_effort" };
        call.losses.add(unused, "merged");
    }
    if model.thinking == Thinking::Adaptive {
        plan.thinking = Think::Adaptive;
        plan.effort = level(effort, budget, model.xhigh);
        return Ok(plan);
    }
    let wish = budget.unwrap_or_else(|| tokens(effort)).max(LEAST_BUDGET);
    match given {
        None => plan.max_tokens = with(wish),
        Some(max) if max <= LEAST_BUDGET => {
            call.losses.add(field, "max_tokens_too_small");
            return Ok(plan);
        }
        Some(_) => {}
    }
    // A fifth of what the client allows is left for what it will see.
    let most = (plan.max_tokens - plan.max_tokens / 5).max(LEAST_BUDGET).min(plan.max_tokens - 1);
    let may = wish.min(most);
    if budget.map_or(false, |n| n != may) {
        call.losses.add("reasoning_tokens", "clamped");
    }
    plan.thinking = Think::Budget(may);
    Ok(plan)
}

/// Tells whether a conversation can go on thinking: where tools have just answered,
/// the turn that called them must begin with thinking that the provider sealed.
fn history_thinks(parts: &[Part]) -> bool {
    let after = parts.iter().rposition(|p| p.role == Role::ASSISTANT);
    let last = match after {
        Some(i) if parts[i + 1..].iter().any(|p| p.kind == Kind::TOOL_RESULT) => i,
        _ => return true,
    };
    let turn = parts[..=last].iter().rev().take_while(|p| matches!(p.role, Role::ASSISTANT | Role::TOOL));
    turn.filter(|p| matches!(p.kind, Kind::THINKING | Kind::REDACTED)).any(|p| crate::ours(p.source))
}

/// A budget for a word.
fn tokens(effort: &str) -> u64 {
    match effort {
        "minimal" => 1024,
        "low" => 2048,
        "medium" => 8192,
        "high" => 16384,
        _ => 32000,
    }
}

/// The provider's word.
fn level(effort: &str, budget: Option<u64>, xhigh: bool) -> &'static str {
    match (effort, budget) {
        ("minimal" | "low", _) => "low",
        ("medium", _) => "medium",
        ("high", _) => "high",
        ("xhigh", _) if xhigh => "xhigh",
        ("", Some(n)) if n <= 2048 => "low",
        ("", Some(n)) if n <= 8192 => "medium",
        ("", Some(n)) if n <= 16384 => "high",
        _ => "max",
    }
}

pub fn write_thinking(w: &mut Writer, plan: &Plan) {
    match &plan.thinking {
        Think::Unsaid => {}
        Think::Raw(json) => drop(w.key("thinking").raw(json)),
        Think::Off => drop(w.key("thinking").raw(br#"{"type":"disabled"}"#)),
        Think::Adaptive => drop(w.key("thinking").raw(br#"{"type":"adaptive"}"#)),
        Think::Budget(n) => {
            w.key("thinking").object(|w| {
                w.key("type").string("enabled").key("budget_tokens").whole(*n);
            });
        }
    }
}

/// Writes all settings of a chat.
pub fn write(w: &mut Writer, call: &mut Request, model: &Model, plan: &Plan) -> Result<(), Failure> {
    w.key("max_tokens").whole(plan.max_tokens);
    write_thinking(w, plan);
    let thinks = matches!(plan.thinking, Think::Budget(_) | Think::Adaptive | Think::Raw(_));
    let refused = call.setting("refuses").split(',').any(|name| name == "temperature");
    let sampling = model.sampling && !refused;
    write_sampling(w, &mut call.parameters, &call.losses, model, sampling, thinks);
    write_stop(w, &mut call.parameters, &call.losses);
    write_output(w, call, model, plan)?;
    write_others(w, call);
    Ok(())
}

fn write_sampling(w: &mut Writer, p: &mut Parameters, losses: &Losses, model: &Model, sampling: bool, thinks: bool) {
    let (temperature, top_p, top_k) = (p.temperature.take(), p.top_p.take(), p.top_k.take());
    let why_not = match (sampling, thinks) {
        (false, _) => "not_supported_by_model",
        (_, true) => "not_with_thinking",
        _ => "",
    };
    let mut cold = false;
    if let Some(t) = temperature {
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
    if let Some(v) = top_p {
        let why_not = if why_not.is_empty() && cold && !model.both { "not_with_temperature" } else { why_not };
        if why_not.is_empty() || ((0.99..=1.0).contains(&v) && why_not == "not_with_thinking") {
            w.key("top_p").number(v);
        } else if v != 1.0 {
            losses.add("top_p", why_not);
        }
    }
    if let Some(v) = top_k {
        if why_not.is_empty() {
            w.key("top_k").whole(v);
        } else {
            losses.add("top_k", why_not);
        }
    }
    // These say nothing that is not so anyway.
    p.presence_penalty = p.presence_penalty.filter(|v| *v != 0.0);
    p.frequency_penalty = p.frequency_penalty.filter(|v| *v != 0.0);
}

fn write_stop(w: &mut Writer, p: &mut Parameters, losses: &Losses) {
    let all = std::mem::take(&mut p.stop);
    let good: Vec<_> = all.iter().filter(|s| !s.trim().is_empty()).collect();
    if good.len() < all.len() {
        losses.add("stop", "only_whitespace");
    }
    if !good.is_empty() {
        w.key("stop_sequences").open_array();
        for s in good {
            w.string(s);
        }
        w.close_array();
    }
}

fn write_output(w: &mut Writer, call: &mut Request, model: &Model, plan: &Plan) -> Result<(), Failure> {
    let attributes = std::mem::take(&mut call.parameters.output_attributes);
    let mut a = call.losses.output(attributes);
    let mut shaped = call.parameters.output_format == OutputFormat::SCHEMA && model.shapes;
    if shaped || plan.shape_tool {
        a.take("strict"); // it always is
        a.take("name"); // which only tells it from others
    }
    drop(a);
    let schema = call.parameters.output_schema;
    let mut form = None;
    if shaped {
        call.parameters.output_format = OutputFormat::UNSPECIFIED;
        if !Value::tolerant(schema).map_or(false, |v| v.is_object()) {
            return Err(Failure::invalid("response_format", "Structured output needs a JSON Schema, an object."));
        }
        form = shape::taken(schema);
        if let Some((taken, lost)) = form.as_ref().filter(|(_, lost)| !lost.is_empty()) {
            call.losses.add("response_format", *lost);
            shaped = !taken.is_empty();
        }
    }
    if !shaped && plan.effort.is_empty() {
        return Ok(());
    }
    w.key("output_config").open_object();
    if !plan.effort.is_empty() {
        w.key("effort").string(plan.effort);
    }
    if shaped {
        w.key("format").object(|w| {
            w.key("type").string("json_schema").key("schema");
            w.raw(form.as_ref().map_or(schema, |(taken, _)| taken.bytes()));
        });
    }
    w.close_object();
    Ok(())
}

fn write_others(w: &mut Writer, call: &mut Request) {
    let users = ["safety_identifier", "user"].map(|name| call.other(name).and_then(|v| v.text()));
    if users[0].is_some() && users[1].is_some() && users[0] != users[1] {
        call.losses.add("user", "merged");
    }
    if let Some(user) = users.iter().flatten().next() {
        w.key("metadata").object(|w| {
            w.key("user_id").string(user);
        });
    }
    if let Some(tier) = call.other("service_tier") {
        match tier.text().as_deref() {
            Some("auto") => drop(w.key("service_tier").string("auto")),
            Some("default" | "standard_only") => drop(w.key("service_tier").string("standard_only")),
            _ => call.losses.add("service_tier", "not_supported_by_provider"),
        }
    }
    // What says only what is so anyway is no loss.
    for (name, usual) in [("logprobs", "false"), ("store", "false"), ("modalities", "[\"text\"]"), ("logit_bias", "{}")]
    {
        let means_nothing = |json: &[u8]| json == usual.as_bytes() || json == b"null";
        call.parameters.others.retain(|o| o.name != name || !means_nothing(o.json));
    }
}
