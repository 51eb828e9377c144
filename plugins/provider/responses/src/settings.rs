//! Writes what is not content: bounds, sampling, reasoning, the shape of the output.

use crate::chat::model::Model;
use crate::chat::settings::{effort_of, write_user};
use sallyport::abi::{OutputFormat, Parameters};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Names, Request};

/// The least bound on output that OpenAI takes.
const MIN_OUTPUT: u64 = 16;

pub fn write(w: &mut Writer, model: &Model, call: &mut Request) -> Result<(), Failure> {
    forget_usual(call);
    let refused = call.setting("refuses");
    let anthropic = call.exchange.dialect == "anthropic.messages";
    let thinking = if anthropic { call.other("thinking") } else { None };
    let p = &mut call.parameters;
    if let Some(max) = p.max_output.take() {
        if max < MIN_OUTPUT {
            call.losses.add("max_tokens", "clamped");
        }
        w.key("max_output_tokens").whole(max.max(MIN_OUTPUT));
    }
    write_sampling(w, model, refused, p, &call.losses);
    let shown = Shown {
        adaptive: thinking.as_ref().map_or(false, |v| v.text_of("type") == "adaptive"),
        omitted: thinking.as_ref().map_or(false, |v| v.text_of("display") == "omitted"),
        told: anthropic && p.reasoning_tokens.unwrap_or(0) > 0 || call.exchange.dialect == "gemini",
    };
    write_reasoning(w, model, p, shown, &call.losses);
    write_text(w, call)?;
    write_others(w, call);
    Ok(())
}

/// Writes what shapes the choice of words. refused are the names that the model's
/// entry in the catalog refuses, joined by commas.
fn write_sampling(w: &mut Writer, model: &Model, refused: &str, p: &mut Parameters, losses: &Losses) {
    for (name, value) in [("temperature", p.temperature.take()), ("top_p", p.top_p.take())] {
        let refused = model.own_sampling || refused.split(',').any(|r| r == name);
        match value {
            None => {}
            Some(v) if v == 1.0 && refused => {} // it is so anyway
            Some(_) if refused => losses.add(name, "not_supported_by_model"),
            Some(v) => drop(w.key(name).number(v)),
        }
    }
    for penalty in [&mut p.presence_penalty, &mut p.frequency_penalty] {
        if *penalty == Some(0.0) {
            *penalty = None;
        }
    }
}

/// What a client wants to see of the reasoning.
struct Shown {
    /// The model may think as it likes.
    adaptive: bool,
    /// It is not to be told.
    omitted: bool,
    /// It is to be told, if there is some.
    told: bool,
}

fn write_reasoning(w: &mut Writer, model: &Model, p: &mut Parameters, shown: Shown, losses: &Losses) {
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
    if model.plain {
        if !matches!(&asked[..], "" | "none") {
            losses.add(field, "not_supported_by_model");
        }
        return;
    }
    let word = match &asked[..] {
        "minimal" if model.efforts.is_empty() => "low",
        "xhigh" | "max" if model.efforts.is_empty() => "high",
        word => model.effort(word),
    };
    if word != asked && !effort.is_empty() && budget != Some(0) {
        losses.add(field, "clamped");
    }
    let wanted = shown.adaptive || !matches!(word, "" | "none");
    if wanted || word == "none" {
        w.key("reasoning").object(|w| {
            if !word.is_empty() {
                w.key("effort").string(word);
            }
            if wanted && !shown.omitted && (shown.told || shown.adaptive) {
                w.key("summary").string("auto");
            }
        });
    }
    // Models that do not reason make an error of it.
    if wanted || model.reasons && word != "none" {
        w.key("include").raw(br#"["reasoning.encrypted_content"]"#);
    }
}

/// Writes the shape of the output, and how wordy it is to be.
fn write_text(w: &mut Writer, call: &mut Request) -> Result<(), Failure> {
    let openai = call.exchange.dialect.starts_with("openai.");
    let verbosity = if openai { call.other("verbosity") } else { None };
    let p = &mut call.parameters;
    let mut a = call.losses.output(std::mem::take(&mut p.output_attributes));
    let from = w.bytes().len();
    w.key("text").open_object();
    let empty = w.bytes().len();
    match std::mem::replace(&mut p.output_format, OutputFormat::UNSPECIFIED) {
        OutputFormat::JSON => drop(w.key("format").raw(br#"{"type":"json_object"}"#)),
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
            w.key("format").object(|w| {
                w.key("type").string("json_schema").key("name").string(&*Names::default().wire(&name, 64));
                if let Some(text) = description {
                    w.key("description").string(&*text);
                }
                w.key("schema").raw(schema);
                w.key("strict").flag(strict.unwrap_or(false));
            });
        }
        _ => {}
    }
    if let Some(v) = verbosity {
        w.key("verbosity").raw(v.raw());
    }
    if w.bytes().len() > empty {
        w.close_object();
    } else {
        w.cut(from);
    }
    Ok(())
}

/// Parameters that OpenAI's dialects have in common.
const SHARED: [&str; 7] = [
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "metadata",
    "service_tier",
];

/// What is so anyway.
const USUAL: [(&str, &str); 5] =
    [("logprobs", "false"), ("store", "false"), ("modalities", "[\"text\"]"), ("logit_bias", "{}"), ("metadata", "{}")];

fn forget_usual(call: &mut Request) {
    call.parameters.others.retain(|o| {
        o.json != b"null" && !USUAL.iter().any(|(name, json)| o.name == *name && o.json == json.as_bytes())
    });
}

fn write_others(w: &mut Writer, call: &mut Request) {
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
