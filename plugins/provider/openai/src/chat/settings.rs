//! Writes what is not content: bounds, sampling, reasoning, the shape of the output.

use crate::chat::model::{Model, WITH_TOP_K};
use crate::chat::Form;
use sallyport::abi::{OutputFormat, Parameter, Parameters};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Names, Request};

/// The most stop sequences that OpenAI takes.
const MAX_STOP: usize = 4;

pub fn write(w: &mut Writer, form: Form, model: &Model, call: &mut Request) -> Result<(), Failure> {
    let top_k = form == Form::OpenAi && WITH_TOP_K.contains(&call.target.kind);
    let refused = call.setting("refuses");
    let plain = model.plain || refused.split(',').any(|r| r == "reasoning_effort");
    let model = &Model { plain, ..*model };
    // Clients that know Mistral's name for it use that.
    let own_seed = match form {
        Form::Mistral if call.parameters.seed.is_none() => call.other("random_seed"),
        _ => None,
    };
    let p = &mut call.parameters;
    if let Some(max) = p.max_output.take() {
        w.key(if model.reasons { "max_completion_tokens" } else { "max_tokens" }).whole(max);
    }
    if form == Form::Mistral {
        clamp_temperature(p, &call.losses);
    }
    write_sampling(w, model, refused, p, &call.losses);
    if let Some(seed) = p.seed.take() {
        w.key(form.seed()).whole(seed);
    } else if let Some(seed) = own_seed {
        w.key(form.seed()).raw(seed.raw());
    }
    if top_k {
        if let Some(k) = p.top_k.take() {
            w.key("top_k").whole(k);
        }
    }
    write_stop(w, form, model, p, &call.losses);
    if p.choices > 1 {
        w.key("n").whole(p.choices);
        p.choices = 0;
    }
    write_effort(w, form, model, p, &call.losses);
    write_output(w, call)?;
    match form {
        Form::OpenAi => write_others(w, call),
        Form::Mistral => write_mistral(w, call),
    }
    Ok(())
}

/// Mistral refuses temperatures above 1.5, which OpenAI's clients may send up to 2.
fn clamp_temperature(p: &mut Parameters, losses: &Losses) {
    const MAX: f64 = 1.5;
    if p.temperature.map_or(false, |t| t > MAX) {
        p.temperature = Some(MAX);
        losses.add("temperature", "clamped");
    }
}

/// Writes what shapes the choice of words. refused are the names that the model's
/// entry in the catalog refuses, joined by commas.
fn write_sampling(w: &mut Writer, model: &Model, refused: &str, p: &mut Parameters, losses: &Losses) {
    let mut number = |name: &'static str, value: Option<f64>, usual: f64| {
        let refused = model.own_sampling || refused.split(',').any(|r| r == name);
        match value {
            None => {}
            Some(v) if v == usual && (refused || name.ends_with("penalty")) => {} // it is so anyway
            Some(_) if refused => losses.add(name, "not_supported_by_model"),
            Some(v) => drop(w.key(name).number(v)),
        }
    };
    number("temperature", p.temperature.take(), 1.0);
    number("top_p", p.top_p.take(), 1.0);
    number("presence_penalty", p.presence_penalty.take(), 0.0);
    number("frequency_penalty", p.frequency_penalty.take(), 0.0);
}

fn write_stop(w: &mut Writer, form: Form, model: &Model, p: &mut Parameters, losses: &Losses) {
    let mut all = std::mem::take(&mut p.stop);
    if all.is_empty() {
        return;
    }
    if model.reasons {
        return losses.add("stop", "not_supported_by_model");
    }
    if form == Form::OpenAi && all.len() > MAX_STOP {
        losses.add("stop", "too_many");
        all.truncate(MAX_STOP);
    }
    w.key("stop").array(|w| all.iter().for_each(|s| drop(w.string(s))));
}

/// The word for a budget in tokens.
pub fn effort_of(budget: u64) -> &'static str {
    match budget {
        0 => "none",
        1..=2048 => "low",
        2049..=8192 => "medium",
        _ => "high",
    }
}

fn write_effort(w: &mut Writer, form: Form, model: &Model, p: &mut Parameters, losses: &Losses) {
    let (effort, budget) = (std::mem::take(&mut p.reasoning_effort), p.reasoning_tokens.take());
    let field = if effort.is_empty() { "reasoning_tokens" } else { "reasoning_effort" };
    match budget {
        Some(0) if !model.plain && !matches!(effort, "" | "none") => losses.add(field, "merged"), // not to think counts
        Some(n) if n > 0 && !effort.is_empty() => losses.add("reasoning_tokens", "merged"),       // the word counts
        _ => {}
    }
    let asked = match (effort, budget) {
        ("", None) => return,
        (_, Some(0)) if !model.plain => "none".to_string(),
        ("", Some(n)) => effort_of(n).to_string(),
        (word, _) => word.to_ascii_lowercase(),
    };
    let word = match &asked[..] {
        "none" if model.plain => return, // it never does
        _ if model.plain => return losses.add(field, "not_supported_by_model"),
        "low" if form == Form::Mistral && effort.is_empty() => "high", // thinking was switched on
        "none" | "minimal" | "low" if form == Form::Mistral => "none",
        _ if form == Form::Mistral => "high", // it knows these two
        "minimal" if model.efforts.is_empty() => "low",
        "xhigh" | "max" if model.efforts.is_empty() => "high",
        word => model.effort(word),
    };
    if word != asked && !effort.is_empty() && budget != Some(0) {
        losses.add(field, "clamped");
    }
    w.key("reasoning_effort").string(word);
}

fn write_output(w: &mut Writer, call: &mut Request) -> Result<(), Failure> {
    let p = &mut call.parameters;
    let mut a = call.losses.output(std::mem::take(&mut p.output_attributes));
    match std::mem::replace(&mut p.output_format, OutputFormat::UNSPECIFIED) {
        OutputFormat::JSON => drop(w.key("response_format").raw(br#"{"type":"json_object"}"#)),
        OutputFormat::SCHEMA => {
            let schema = p.output_schema;
            if !Value::tolerant(schema).map_or(false, |v| v.is_object()) {
                return Err(Failure::invalid("response_format", "Structured output needs a JSON Schema, an object."));
            }
            let name = a.text("name").unwrap_or_else(|| "response".into());
            let description = a.text("description");
            // Anthropic's is always strict, under the same rules.
            let strict = a.take("strict").and_then(|v| v.flag());
            let strict = strict.or(if call.exchange.dialect == "anthropic.messages" { Some(true) } else { None });
            w.key("response_format").object(|w| {
                w.key("type").string("json_schema").key("json_schema").object(|w| {
                    w.key("name").string(&*Names::default().wire(&name, 64));
                    if let Some(text) = description {
                        w.key("description").string(&*text);
                    }
                    w.key("schema").raw(schema);
                    if let Some(v) = strict {
                        w.key("strict").flag(v);
                    }
                });
            });
        }
        _ => {}
    }
    Ok(())
}

/// Parameters of OpenAI's that its other dialects give the same name and meaning.
const SHARED: [&str; 16] = [
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "store",
    "metadata",
    "service_tier",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "verbosity",
    "modalities",
    "prediction",
    "web_search_options",
    "moderation",
];

/// What is so anyway.
const USUAL: [(&str, &str); 6] = [
    ("logprobs", "false"),
    ("store", "false"),
    ("modalities", "[\"text\"]"),
    ("logit_bias", "{}"),
    ("metadata", "{}"),
    ("background", "false"),
];

fn write_others(w: &mut Writer, call: &mut Request) {
    forget_usual(call);
    if call.exchange.dialect.starts_with("openai.") {
        for name in SHARED {
            if let Some(v) = call.other(name) {
                w.key(name).raw(v.raw());
            }
        }
    }
    if call.exchange.dialect == "anthropic.messages" {
        if let Some(v) = call.other("metadata") {
            write_user(w, &v, &call.losses);
        }
        match call.other("service_tier").and_then(|v| v.text()).as_deref() {
            None => {}
            Some("auto") => drop(w.key("service_tier").string("auto")),
            Some("standard_only") => drop(w.key("service_tier").string("default")),
            Some(_) => call.losses.add("service_tier", "not_supported_by_provider"),
        }
    }
}

/// Writes whom an Anthropic client speaks for.
pub fn write_user(w: &mut Writer, metadata: &Value, losses: &Losses) {
    /// OpenAI refuses longer ones.
    const MAX: usize = 64;
    for (name, v) in metadata.members() {
        match v.str() {
            Some(id) if name == "user_id" && id.chars().count() <= MAX => drop(w.key("user").string(&*id)),
            Some(_) if name == "user_id" => losses.add("metadata.user_id", "too_long"),
            _ if v.is_null() => {}
            _ => losses.add(format!("metadata.{name}"), "not_supported_by_provider"),
        }
    }
}

/// Parameters that clients of OpenAI's dialect know Mistral to have.
const MISTRAL: [&str; 6] = ["safe_prompt", "prompt_mode", "guardrails", "prompt_cache_key", "prediction", "metadata"];

fn write_mistral(w: &mut Writer, call: &mut Request) {
    forget_usual(call);
    if !call.exchange.dialect.starts_with("openai.") {
        return;
    }
    for name in MISTRAL {
        if let Some(v) = call.other(name) {
            w.key(name).raw(v.raw());
        }
    }
}

fn forget_usual(call: &mut Request) {
    // That the model may think as it likes is so anyway.
    let adaptive = |o: &Parameter| {
        o.name == "thinking"
            && Value::tolerant(o.json).map_or(false, |v| v.text_of("type") == "adaptive" && v.members().count() == 1)
    };
    call.parameters.others.retain(|o| !adaptive(o));
    call.parameters.others.retain(|o| {
        o.json != b"null" && !USUAL.iter().any(|(name, json)| o.name == *name && o.json == json.as_bytes())
    });
}
