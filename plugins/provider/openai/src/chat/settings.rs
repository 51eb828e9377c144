//! Writes what is not content: bounds, sampling, reasoning, the shape of the output.

use crate::chat::model::{Model, WITH_TOP_K};
use crate::chat::Form;
use sallyport::abi::{OutputFormat, Parameter, Parameters};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Attributes, Failure, Losses, Names, Request};

/// The kinds of provider that take `max_completion_tokens` for every model. Others know
/// `max_tokens` for certain.
const WITH_NEW_BOUND: [&str; 2] = ["openai", "azure"];

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
        let new = model.reasons || form == Form::OpenAi && WITH_NEW_BOUND.contains(&call.target.kind);
        w.key(if new { "max_completion_tokens" } else { "max_tokens" }).whole(max);
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
    write_number(w, model, refused, losses, ("temperature", p.temperature.take(), 1.0));
    write_number(w, model, refused, losses, ("top_p", p.top_p.take(), 1.0));
    for (name, value) in
        [("presence_penalty", p.presence_penalty.take()), ("frequency_penalty", p.frequency_penalty.take())]
    {
        if value != Some(0.0) {
            write_number(w, model, refused, losses, (name, value, 0.0)); // else it is so anyway
        }
    }
}

/// Writes a setting, by its name, if the client gives one; the last of the three is
/// what holds without one.
pub fn write_number(
    w: &mut Writer,
    model: &Model,
    refused: &str,
    losses: &Losses,
    (name, value, usual): (&'static str, Option<f64>, f64),
) {
    let refused = model.own_sampling || refused.split(',').any(|r| r == name);
    match value {
        None => {}
        Some(v) if refused && v == usual => {} // it is so anyway
        Some(_) if refused => losses.add(name, "not_supported_by_model"),
        Some(v) => drop(w.key(name).number(v)),
    }
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
    w.key("stop").array(|w| all.iter().for_each(|s| _ = w.string(s)));
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

/// How much a client has the model think, in a word, and how it said so.
pub struct Effort {
    /// Small letters; empty where nothing was said.
    pub asked: String,
    /// The client's name for it.
    pub field: &'static str,
    /// The client chose the word itself.
    pub own: bool,
}

impl Effort {
    /// Takes it from the settings. Of a word and a budget one counts, and the other is
    /// reported.
    pub fn take(model: &Model, p: &mut Parameters, losses: &Losses) -> Effort {
        let (effort, budget) = (std::mem::take(&mut p.reasoning_effort), p.reasoning_tokens.take());
        let field = if effort.is_empty() { "reasoning_tokens" } else { "reasoning_effort" };
        match budget {
            Some(0) if !model.plain && !matches!(effort, "" | "none") => losses.add(field, "merged"), // not to think counts
            Some(n) if n > 0 && !effort.is_empty() => losses.add("reasoning_tokens", "merged"),       // the word counts
            _ => {}
        }
        let asked = match (effort, budget) {
            ("", None) => String::new(),
            (_, Some(0)) if !model.plain => "none".to_string(),
            ("", Some(n)) => effort_of(n).to_string(),
            (word, _) => word.to_ascii_lowercase(),
        };
        Effort { asked, field, own: !effort.is_empty() && budget != Some(0) }
    }

    /// The word that a model of OpenAI's takes for it.
    pub fn word(&self, model: &Model) -> &str {
        match &self.asked[..] {
            "minimal" if model.efforts.is_empty() => "low",
            "xhigh" | "max" if model.efforts.is_empty() => "high",
            word => model.effort(word),
        }
    }

    /// Reports that another word than the client's is sent.
    pub fn report(&self, sent: &str, losses: &Losses) {
        if self.own && sent != self.asked {
            losses.add(self.field, "clamped");
        }
    }
}

fn write_effort(w: &mut Writer, form: Form, model: &Model, p: &mut Parameters, losses: &Losses) {
    let by_word = !p.reasoning_effort.is_empty();
    let effort = Effort::take(model, p, losses);
    let word = match &effort.asked[..] {
        "" => return,
        "none" if model.plain => return, // it never does
        _ if model.plain => return losses.add(effort.field, "not_supported_by_model"),
        "low" if form == Form::Mistral && !by_word => "high", // thinking was switched on
        "none" | "minimal" | "low" if form == Form::Mistral => "none",
        _ if form == Form::Mistral => "high", // it knows these two
        _ => effort.word(model),
    };
    effort.report(word, losses);
    w.key("reasoning_effort").string(word);
}

fn write_output(w: &mut Writer, call: &mut Request) -> Result<(), Failure> {
    let p = &mut call.parameters;
    let mut a = call.losses.output(std::mem::take(&mut p.output_attributes));
    match std::mem::replace(&mut p.output_format, OutputFormat::UNSPECIFIED) {
        OutputFormat::JSON => drop(w.key("response_format").raw(br#"{"type":"json_object"}"#)),
        OutputFormat::SCHEMA => {
            let schema = schema_of(p)?;
            let strict = strict_of(call.exchange.dialect, schema, &mut a, &call.losses);
            w.key("response_format").object(|w| {
                w.key("type").string("json_schema").key("json_schema").object(|w| {
                    write_shape(w, schema, &mut a);
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

/// The schema of the output.
pub fn schema_of<'a>(p: &Parameters<'a>) -> Result<&'a [u8], Failure> {
    if !Value::tolerant(p.output_schema).map_or(false, |v| v.is_object()) {
        return Err(Failure::invalid("response_format", "Structured output needs a JSON Schema, an object."));
    }
    Ok(p.output_schema)
}

/// Whether the output is to keep to its schema strictly, if a client of that dialect
/// says so. Anthropic's always is, where the schema is one that OpenAI takes for that.
pub fn strict_of(dialect: &str, schema: &[u8], a: &mut Attributes, losses: &Losses) -> Option<bool> {
    let said = a.take("strict").and_then(|v| v.flag());
    if said.is_some() || dialect != "anthropic.messages" {
        return said;
    }
    if can_be_strict(schema) {
        return Some(true);
    }
    losses.add("response_format", NOT_STRICT);
    None
}

/// Why what other dialects are strict about is not strict.
const NOT_STRICT: &str = "optional_members_not_strict";

/// Whether a tool's arguments are to keep to its schema strictly. A client of another
/// dialect may say so of schemas that OpenAI refuses to be strict about.
pub fn strict_tool(own: bool, i: usize, schema: &[u8], a: &mut Attributes, losses: &Losses) -> Option<bool> {
    let said = a.take("strict").and_then(|v| v.flag());
    if own || said != Some(true) || can_be_strict(schema) {
        return said;
    }
    losses.add(format!("tools[{i}].strict"), NOT_STRICT);
    None
}

/// Tells whether OpenAI can be strict about a schema: every object is closed, and none
/// of its members may be left out.
fn can_be_strict(schema: &[u8]) -> bool {
    fn strict(v: Value, root: bool) -> bool {
        let member = |name| v.member(name);
        let of = |name| member(name).into_iter().flat_map(|m| m.members().map(|(_, s)| s).collect::<Vec<_>>());
        let list = |name| member(name).into_iter().flat_map(|m| m.items().collect::<Vec<_>>());
        let mut all = ["properties", "$defs", "definitions"].iter().flat_map(|name| of(name));
        let mut each = list("anyOf").chain(member("items"));
        let object = root || member("properties").is_some() || v.text_of("type") == "object";
        let mut required: Vec<_> = list("required").filter_map(|r| r.str()).collect();
        required.sort_unstable();
        let named = |p: Value| p.members().all(|(name, _)| required.binary_search(&name).is_ok());
        let closed = member("additionalProperties").and_then(|m| m.flag()) == Some(false);
        (!object || closed && member("properties").map_or(true, named))
            && all.all(|v| strict(v, false))
            && each.all(|v| strict(v, false))
    }
    Value::tolerant(schema).map_or(false, |v| strict(v, true))
}

/// Writes the schema of the output, and what it is called.
pub fn write_shape(w: &mut Writer, schema: &[u8], a: &mut Attributes) {
    let name = a.text("name").unwrap_or_else(|| "response".into());
    w.key("name").string(&*Names::default().wire(&name, 64));
    if let Some(text) = a.text("description") {
        w.key("description").string(&*text);
    }
    w.key("schema").raw(schema);
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
    forget(call, &USUAL);
    write_shared(w, call, &SHARED);
}

/// Writes the settings of those names, which a client of OpenAI's dialects calls the
/// same, and what Anthropic's clients say of them.
pub fn write_shared(w: &mut Writer, call: &mut Request, names: &[&'static str]) {
    write_named(w, call, names);
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

/// Writes the settings of those names for clients of OpenAI's dialects.
fn write_named(w: &mut Writer, call: &mut Request, names: &[&'static str]) {
    if !call.exchange.dialect.starts_with("openai.") {
        return;
    }
    for name in names {
        if let Some(v) = call.other(name) {
            w.key(name).raw(v.raw());
        }
    }
}

/// Writes whom an Anthropic client speaks for.
fn write_user(w: &mut Writer, metadata: &Value, losses: &Losses) {
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
    forget(call, &USUAL);
    write_named(w, call, &MISTRAL);
}

/// Forgets settings that are null or what usual has of them, and that the model may think
/// as it likes, which is so anyway, too.
pub fn forget(call: &mut Request, usual: &[(&str, &str)]) {
    let adaptive = |o: &Parameter| {
        o.name == "thinking"
            && Value::tolerant(o.json).map_or(false, |v| v.text_of("type") == "adaptive" && v.members().count() == 1)
    };
    call.parameters.others.retain(|o| {
        !adaptive(o)
            && o.json != b"null"
            && !usual.iter().any(|(name, json)| o.name == *name && o.json == json.as_bytes())
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn can_be_strict() {
        for (schema, want) in [
            ("", false),
            (r#"{"additionalProperties":false}"#, true),
            (r#"{"type":"object","properties":{}}"#, false),
            (r#"{"properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#, true),
            (r#"{"properties":{"a":{"type":"string"}},"additionalProperties":false}"#, false),
            (r#"{"additionalProperties":false,"$defs":{"D":{"items":{"type":"object"}}}}"#, false),
            (r#"{"additionalProperties":false,"anyOf":[{"properties":{"b":1},"additionalProperties":false}]}"#, false),
        ] {
            assert_eq!(super::can_be_strict(schema.as_bytes()), want, "{schema}");
        }
    }
}
