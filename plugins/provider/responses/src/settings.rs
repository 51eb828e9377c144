//! Writes what is not content: bounds, sampling, reasoning, the shape of the output.

use crate::chat::model::Model;
use crate::chat::settings::{forget, schema_of, strict_of, write_number, write_shape, write_shared, Effort};
use sallyport::abi::{OutputFormat, Parameters};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Request};

/// The least bound on output that OpenAI takes.
const MIN_OUTPUT: u64 = 16;

/// Writes the settings; where tokens are counted those alone that the prompt is made of,
/// since the others count for nothing and are refused there.
pub fn write(w: &mut Writer, model: &Model, call: &mut Request, counting: bool) -> Result<(), Failure> {
    let from = w.bytes().len();
    let refused = call.setting("refuses");
    let anthropic = call.exchange.dialect == "anthropic.messages";
    let thinking = if anthropic && !model.plain { call.other("thinking") } else { None };
    forget(call, &USUAL);
    let p = &mut call.parameters;
    if let Some(max) = p.max_output.take() {
        if max < MIN_OUTPUT {
            call.losses.add("max_tokens", "clamped");
        }
        w.key("max_output_tokens").whole(max.max(MIN_OUTPUT));
    }
    write_sampling(w, model, refused, p, &call.losses);
    if counting {
        w.cut(from);
    }
    report_thinking(thinking.as_ref(), &call.losses);
    let shown = Shown {
        adaptive: thinking.as_ref().map_or(false, |v| v.text_of("type") == "adaptive"),
        omitted: thinking.as_ref().map_or(false, |v| v.text_of("display") == "omitted"),
        told: anthropic && p.reasoning_tokens.unwrap_or(0) > 0 || call.exchange.dialect == "gemini",
    };
    let wanted = write_reasoning(w, model, p, shown, &call.losses);
    write_text(w, call)?;
    let from = w.bytes().len();
    if wanted {
        w.key("include").raw(br#"["reasoning.encrypted_content"]"#);
    }
    write_shared(w, call, &SHARED);
    if counting {
        w.cut(from);
    }
    Ok(())
}

/// Reports what Anthropic's client says of thinking and nobody reads. A budget that is
/// one has its own field.
fn report_thinking(thinking: Option<&Value>, losses: &Losses) {
    for (name, v) in thinking.iter().flat_map(|v| v.members()) {
        let read = match &*name {
            "type" => matches!(v.str().as_deref(), Some("enabled" | "disabled" | "adaptive")),
            "display" => matches!(v.str().as_deref(), Some("omitted" | "summarized")),
            "budget_tokens" => v.count().is_some(),
            _ => false,
        };
        if !read && !v.is_null() {
            losses.add(format!("thinking.{name}"), "not_supported_by_provider");
        }
    }
}

/// Writes what shapes the choice of words. refused are the names that the model's
/// entry in the catalog refuses, joined by commas.
fn write_sampling(w: &mut Writer, model: &Model, refused: &str, p: &mut Parameters, losses: &Losses) {
    write_number(w, model, refused, losses, ("temperature", p.temperature.take(), 1.0));
    write_number(w, model, refused, losses, ("top_p", p.top_p.take(), 1.0));
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

/// Writes how much the model is to think, and tells whether what it thought is wanted,
/// sealed.
fn write_reasoning(w: &mut Writer, model: &Model, p: &mut Parameters, shown: Shown, losses: &Losses) -> bool {
    let effort = Effort::take(model, p, losses);
    if model.plain {
        if !matches!(&effort.asked[..], "" | "none") {
            losses.add(effort.field, "not_supported_by_model");
        }
        return false;
    }
    let word = effort.word(model);
    effort.report(word, losses);
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
    wanted || model.reasons && word != "none" // models that do not reason make an error of it
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
            let schema = schema_of(p)?;
            let strict = strict_of(call.exchange.dialect, schema, &mut a, &call.losses);
            w.key("format").object(|w| {
                w.key("type").string("json_schema");
                write_shape(w, schema, &mut a);
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
