//! Writes what is not content: bounds, sampling, thinking, the shape of the output.

use sallyport::abi::{OutputFormat, Parameters};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Losses, Request};

/// The most stop sequences.
const MAX_STOPS: usize = 5;

/// Tells whether a model can think. One that is not known can.
pub fn thinks(model: &str) -> bool {
    const NOT: [&str; 7] =
        ["command-r", "command-a-03", "command-a-vision", "command-a-translate", "command-light", "c4ai-", "aya-"];
    model != "command" && !NOT.iter().any(|m| model.starts_with(m))
}

/// Writes all settings and returns the stop sequence, if there is only one: the
/// provider does not say which it was.
pub fn write(
    w: &mut Writer,
    call: &mut Request,
    model: &str,
    tools: bool,
    documents: &[u8],
) -> Result<String, Failure> {
    let max = call.parameters.max_output.take();
    if let Some(n) = max {
        w.key("max_tokens").whole(n);
    }
    write_thinking(w, call, model, max);
    write_sampling(w, &mut call.parameters, &call.losses);
    let stop = write_stop(w, &mut call.parameters, &call.losses);
    let own = call.other("documents");
    write_shape(w, call, tools || own.is_some() || !documents.is_empty())?;
    if own.is_some() || !documents.is_empty() {
        w.key("documents").open_array();
        for v in own.iter().flat_map(|v| v.items()) {
            w.raw(v.raw());
        }
        if !documents.is_empty() {
            w.raw(documents);
        }
        w.close_array();
    }
    // What is Cohere's own.
    for name in ["safety_mode", "citation_options", "priority"] {
        if let Some(v) = call.other(name) {
            w.key(name).raw(v.raw());
        }
    }
    // What says only what is so anyway is no loss.
    for (name, usual) in [("logprobs", "false"), ("store", "false"), ("modalities", "[\"text\"]"), ("logit_bias", "{}")]
    {
        let means_nothing = |json: &[u8]| json == usual.as_bytes() || json == b"null";
        call.parameters.others.retain(|o| o.name != name || !means_nothing(o.json));
    }
    Ok(stop)
}

fn write_thinking(w: &mut Writer, call: &mut Request, model: &str, max: Option<u64>) {
    let raw = call.other("thinking").filter(|v| v.is_object());
    call.report_effort();
    let p = &mut call.parameters;
    let effort = std::mem::take(&mut p.reasoning_effort);
    let mut budget = p.reasoning_tokens.take();
    let field = match (&raw, budget) {
        (Some(_), _) => "thinking",
        (_, Some(_)) => "reasoning_tokens",
        _ => "reasoning_effort",
    };
    let mut off = effort == "none" || budget == Some(0);
    if let Some(v) = raw {
        off = v.text_of("type") == "disabled";
        let given = ["token_budget", "budget_tokens"].iter().map(|n| v.count_of(n)).find(|n| *n > 0);
        budget = given.or(budget);
    } else if effort.is_empty() && budget.is_none() {
        return;
    }
    if !thinks(model) {
        if !off {
            call.losses.add(field, "not_supported_by_model");
            if field == "thinking" && !effort.is_empty() {
                call.losses.add("reasoning_effort", "not_supported_by_model");
            }
        }
        return;
    }
    for (name, v) in raw.iter().flat_map(|v| v.members()) {
        let read = match &*name {
            "type" => matches!(v.str().as_deref(), Some("enabled" | "disabled" | "adaptive" | "auto")),
            "token_budget" | "budget_tokens" => v.count().is_some(),
            _ => false,
        };
        if !read && !v.is_null() {
            call.losses.add(format!("thinking.{name}"), "not_supported_by_provider");
        }
    }
    if off {
        if !matches!(effort, "" | "none") {
            call.losses.add("reasoning_effort", "merged");
        }
        w.key("thinking").raw(br#"{"type":"disabled"}"#);
        return;
    }
    let words = match effort {
        "minimal" => Some(512),
        "low" => Some(2048),
        "medium" => Some(8192),
        _ => None, // as much as it finds right
    };
    // A fifth of what the client allows is left for what it will see.
    let most = max.map(|n| (n - n / 5).max(1));
    let budget = match (budget.or(words), most) {
        (Some(n), Some(most)) => Some(n.min(most)),
        (n, _) => n,
    };
    w.key("thinking").object(|w| {
        w.key("type").string("enabled");
        if let Some(n) = budget {
            w.key("token_budget").whole(n);
        }
    });
}

fn write_sampling(w: &mut Writer, p: &mut Parameters, losses: &Losses) {
    let mut put = |name: &str, own: &'static str, v: Option<f64>, least: f64, most: f64| {
        if let Some(v) = v {
            let held = v.max(least).min(most);
            if held != v {
                losses.add(own, "clamped");
            }
            w.key(name).number(held);
        }
    };
    put("temperature", "temperature", p.temperature.take(), 0.0, 2.0);
    put("p", "top_p", p.top_p.take(), 0.01, 0.99);
    put("frequency_penalty", "frequency_penalty", p.frequency_penalty.take(), 0.0, 1.0);
    put("presence_penalty", "presence_penalty", p.presence_penalty.take(), 0.0, 1.0);
    if let Some(k) = p.top_k.take() {
        if k > 500 {
            losses.add("top_k", "clamped");
        }
        w.key("k").whole(k.min(500));
    }
    if let Some(seed) = p.seed.filter(|n| *n >= 0) {
        p.seed = None;
        w.key("seed").whole(seed);
    }
}

fn write_stop(w: &mut Writer, p: &mut Parameters, losses: &Losses) -> String {
    let mut all = std::mem::take(&mut p.stop);
    all.retain(|s| !s.is_empty());
    if all.len() > MAX_STOPS {
        losses.add("stop", "too_many");
        all.truncate(MAX_STOPS);
    }
    if all.is_empty() {
        return String::new();
    }
    w.key("stop_sequences").array(|w| {
        for s in &all {
            w.string(s);
        }
    });
    match &all[..] {
        [one] if one.len() <= 256 => one.to_string(),
        _ => String::new(),
    }
}

fn write_shape(w: &mut Writer, call: &mut Request, beside: bool) -> Result<(), Failure> {
    let p = &mut call.parameters;
    let format = p.output_format;
    if !matches!(format, OutputFormat::JSON | OutputFormat::SCHEMA) {
        return Ok(());
    }
    p.output_format = OutputFormat::UNSPECIFIED;
    let mut a = call.losses.output(std::mem::take(&mut p.output_attributes));
    if beside {
        call.losses.add("response_format", "not_with_tools_or_documents");
        a.take_all();
        return Ok(());
    }
    a.take("strict"); // it always is
    a.take("name"); // it has none
    if format == OutputFormat::SCHEMA && !Value::tolerant(p.output_schema).map_or(false, |v| v.is_object()) {
        return Err(Failure::invalid("response_format", "Structured output needs a JSON Schema, an object."));
    }
    w.key("response_format").object(|w| {
        w.key("type").string("json_object");
        if format == OutputFormat::SCHEMA {
            w.key("json_schema").raw(p.output_schema);
        }
    });
    Ok(())
}
