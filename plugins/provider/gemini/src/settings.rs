//! Writes what is not content: bounds, sampling, thinking, the shape of the output.

use crate::model::{Model, Thinking};
use crate::own::Own;
use sallyport::abi::{OutputFormat, Parameters};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Request};

/// The most stop sequences that the provider takes.
const MAX_STOP: usize = 5;

/// Writes generationConfig and what stands beside it. any tells that there are
/// functions.
pub fn write(w: &mut Writer, call: &mut Request, model: &Model, any: bool, counting: bool) -> Result<(), Failure> {
    let own = Own::take(call);
    own.think(&mut call.parameters);
    report_effort(call);
    let modalities = call.other("modalities");
    let from = w.bytes().len();
    w.key("generationConfig").open_object();
    let empty = w.bytes().len();
    let refused = call.setting("refuses");
    let bound = call.parameters.max_output.unwrap_or(u64::MAX);
    write_sampling(w, refused, &mut call.parameters, &call.losses);
    write_output(w, call, model, any)?;
    write_thinking(w, &mut call.parameters, &call.losses, model, &own, bound);
    if let Some(v) = modalities {
        write_modalities(w, &v, &call.losses);
    }
    own.write_config(w);
    if counting || w.bytes().len() == empty {
        w.cut(from); // it counts for nothing
    } else {
        w.close_object();
    }
    own.write_beside(w);
    write_tier(w, call);
    drop_usual(call);
    Ok(())
}

/// Reports an effort that no dialect has a word for; it is taken for the largest.
/// Google's are in capitals.
fn report_effort(call: &Request) {
    let word = call.parameters.reasoning_effort.to_ascii_lowercase();
    if !matches!(&*word, "" | "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max") {
        call.losses.add("reasoning_effort", "unknown_value");
    }
}

/// Writes what shapes the choice of words. refused are the names, OpenAI's, that the
/// model's entry in the catalog refuses, joined by commas.
fn write_sampling(w: &mut Writer, refused: &str, p: &mut Parameters, losses: &Losses) {
    if let Some(n) = p.max_output.take() {
        w.key("maxOutputTokens").whole(n);
    }
    for (name, value) in [("temperature", &mut p.temperature), ("top_p", &mut p.top_p)] {
        if refused.split(',').any(|r| r == name) && value.take().map_or(false, |v| v != 1.0) {
            losses.add(name, "not_supported_by_model");
        }
    }
    for (name, value) in [
        ("temperature", p.temperature.take()),
        ("topP", p.top_p.take()),
        ("presencePenalty", p.presence_penalty.take().filter(|v| *v != 0.0)),
        ("frequencyPenalty", p.frequency_penalty.take().filter(|v| *v != 0.0)),
    ] {
        if let Some(v) = value {
            w.key(name).number(v);
        }
    }
    if let Some(k) = p.top_k.take() {
        w.key("topK").whole(k);
    }
    if p.seed.map_or(false, |s| i32::try_from(s).is_ok()) {
        w.key("seed").whole(p.seed.take().unwrap_or(0));
    } else if p.seed.take().is_some() {
        losses.add("seed", "out_of_range");
    }
    if p.choices > 1 {
        w.key("candidateCount").whole(p.choices);
        p.choices = 0;
    }
    let mut stop = std::mem::take(&mut p.stop);
    if stop.len() > MAX_STOP {
        losses.add("stop", "too_many");
        stop.truncate(MAX_STOP);
    }
    if !stop.is_empty() {
        w.key("stopSequences").array(|w| stop.iter().for_each(|s| drop(w.string(s))));
    }
}

fn write_output(w: &mut Writer, call: &mut Request, model: &Model, any: bool) -> Result<(), Failure> {
    let p = &mut call.parameters;
    let mut a = call.losses.output(std::mem::take(&mut p.output_attributes));
    let format = std::mem::replace(&mut p.output_format, OutputFormat::UNSPECIFIED);
    if matches!(format, OutputFormat::UNSPECIFIED | OutputFormat::TEXT) {
        return Ok(());
    }
    if any && !model.third {
        a.take_all();
        call.losses.add("response_format", "not_with_tools");
        return Ok(());
    }
    if format == OutputFormat::SCHEMA {
        a.take("strict"); // it always is
        a.take("name"); // which only tells it from others
        if !Value::tolerant(p.output_schema).map_or(false, |v| v.is_object()) {
            return Err(Failure::invalid("response_format", "Structured output needs a JSON Schema, an object."));
        }
    }
    w.key("responseMimeType").string("application/json");
    if format == OutputFormat::SCHEMA {
        w.key("responseJsonSchema").raw(p.output_schema);
    }
    Ok(())
}

/// How much a client wants the model to think.
enum Wish {
    Off,
    Some, // as the model likes
    Word(String),
    Budget(u64),
}

fn wish(p: &mut Parameters, own: &Own, losses: &Losses, model: &Model) -> Option<Wish> {
    let (effort, budget) = (std::mem::take(&mut p.reasoning_effort).to_ascii_lowercase(), p.reasoning_tokens.take());
    let off = || own.thinking.iter().any(|v| v.text_of("type") == "disabled");
    Some(match (&*effort, budget) {
        ("none", _) | ("", Some(0)) => Wish::Off,
        ("", Some(n)) => Wish::Budget(n),
        ("", None) if own.thinking.is_empty() => return None,
        ("", None) if off() => Wish::Off,
        ("", None) => Wish::Some,
        // The provider refuses both; what it takes as it was said says more.
        (_, Some(n)) if matches!(model.thinking, Thinking::Budget { .. }) => {
            losses.add("reasoning_effort", "merged");
            Wish::Budget(n)
        }
        (_, Some(_)) => {
            losses.add("reasoning_tokens", "merged");
            Wish::Word(effort)
        }
        _ => Wish::Word(effort),
    })
}

/// Writes how much to think. Thoughts count among the tokens that bound allows: a fifth
/// of them is left for what the client will see.
fn write_thinking(w: &mut Writer, p: &mut Parameters, losses: &Losses, model: &Model, own: &Own, bound: u64) {
    let budgeted = p.reasoning_effort.is_empty();
    let wish = match wish(p, own, losses, model) {
        Some(wish) => wish,
        None => return,
    };
    let budgeted = budgeted || matches!(wish, Wish::Budget(_));
    let field = if budgeted { "reasoning_tokens" } else { "reasoning_effort" };
    if model.thinking == Thinking::None {
        if !matches!(wish, Wish::Off) {
            losses.add(field, "not_supported_by_model");
        }
        return;
    }
    w.key("thinkingConfig").open_object();
    match model.thinking {
        Thinking::Budget { least, most, off } => {
            let most = most.min(bound - bound / 5).max(least);
            let asked = match &wish {
                Wish::Some => None,
                Wish::Off if off => Some(0),
                Wish::Off => {
                    losses.add(field, "clamped");
                    Some(least)
                }
                Wish::Word(word) => Some(budget_of(word).max(least).min(most)),
                Wish::Budget(n) => Some((*n).max(least).min(most)),
            };
            if let Wish::Budget(n) = wish {
                if asked != Some(n) {
                    losses.add(field, "clamped");
                }
            }
            if let Some(n) = asked {
                w.key("thinkingBudget").whole(n);
            }
        }
        Thinking::Level { fine, medium } => {
            let level = match &wish {
                Wish::Some => "",
                Wish::Off => "none",
                Wish::Word(word) => word,
                Wish::Budget(n) => level_of(*n),
            };
            let word = match level {
                "" => "",
                "none" | "minimal" if fine => "minimal",
                "none" | "minimal" | "low" => "low",
                "medium" if medium => "medium",
                _ => "high",
            };
            if !word.is_empty() {
                w.key("thinkingLevel").string(word);
            }
            if word != level && !matches!(level, "max" | "xhigh") {
                losses.add(field, "clamped");
            }
        }
        Thinking::None => {}
    }
    if !matches!(wish, Wish::Off) && !own.silent() {
        w.key("includeThoughts").flag(true);
    }
    w.close_object();
}

fn budget_of(word: &str) -> u64 {
    match word {
        "minimal" => 512,
        "low" => 1024,
        "medium" => 8192,
        "high" => 24576,
        _ => 32768,
    }
}

fn level_of(budget: u64) -> &'static str {
    match budget {
        0..=512 => "minimal",
        513..=4096 => "low",
        4097..=16384 => "medium",
        _ => "high",
    }
}

fn write_modalities(w: &mut Writer, v: &Value, losses: &Losses) {
    let all: Vec<String> = v.items().filter_map(|m| m.text()).map(|m| m.to_ascii_uppercase()).collect();
    if all.iter().any(|m| !matches!(&m[..], "TEXT" | "IMAGE" | "AUDIO")) || all.is_empty() {
        return losses.add("modalities", "not_supported_by_provider");
    }
    w.key("responseModalities").array(|w| all.iter().for_each(|m| drop(w.string(m))));
}

/// Writes how urgent the request is, OpenAI's or Anthropic's word. What is usual needs
/// none.
fn write_tier(w: &mut Writer, call: &mut Request) {
    let tier = match call.other("service_tier") {
        Some(v) => v,
        None => return,
    };
    match &*tier.str().unwrap_or_default() {
        "auto" | "default" | "standard_only" => {}
        word @ ("flex" | "priority") => drop(w.key("serviceTier").string(word)),
        _ => call.losses.add("service_tier", "not_supported_by_provider"),
    }
}

fn drop_usual(call: &mut Request) {
    // What says only what is so anyway is no loss.
    for (name, usual) in [("logprobs", "false"), ("store", "false"), ("logit_bias", "{}"), ("metadata", "{}")] {
        call.parameters.others.retain(|o| o.json != b"null" && (o.name != name || o.json != usual.as_bytes()));
    }
}
