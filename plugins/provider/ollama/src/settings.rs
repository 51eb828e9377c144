//! Writes what is not content: options, thinking, the shape of the output.

use sallyport::abi::OutputFormat;
use sallyport::json::{Value, Writer};
use sallyport::translate::{Failure, Request};

/// Options that clients may give at the top level, under Ollama's names.
const OPTIONS: [&str; 16] = [
    "num_ctx",
    "num_keep",
    "num_batch",
    "num_gpu",
    "main_gpu",
    "num_thread",
    "use_mmap",
    "min_p",
    "typical_p",
    "repeat_last_n",
    "repeat_penalty",
    "mirostat",
    "mirostat_eta",
    "mirostat_tau",
    "penalize_newline",
    "tfs_z",
];

/// Writes all settings.
pub fn write(w: &mut Writer, call: &mut Request) -> Result<(), Failure> {
    write_shape(w, call)?;
    write_thinking(w, call);
    write_options(w, call);
    for name in ["keep_alive", "truncate", "shift"] {
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
    Ok(())
}

fn write_shape(w: &mut Writer, call: &mut Request) -> Result<(), Failure> {
    let p = &mut call.parameters;
    let format = p.output_format;
    if !matches!(format, OutputFormat::JSON | OutputFormat::SCHEMA) {
        return Ok(());
    }
    p.output_format = OutputFormat::UNSPECIFIED;
    let mut a = call.losses.output(std::mem::take(&mut p.output_attributes));
    a.take("strict"); // it always is
    a.take("name"); // it has none
    if format == OutputFormat::JSON {
        w.key("format").string("json");
        return Ok(());
    }
    if !Value::tolerant(p.output_schema).map_or(false, |v| v.is_object()) {
        return Err(Failure::invalid("response_format", "Structured output needs a JSON Schema, an object."));
    }
    w.key("format").raw(p.output_schema);
    Ok(())
}

fn write_thinking(w: &mut Writer, call: &mut Request) {
    let (own, raw) = (call.other("think"), call.other("thinking").filter(|v| v.is_object()));
    call.report_effort();
    let p = &mut call.parameters;
    let effort = std::mem::take(&mut p.reasoning_effort);
    let budget = p.reasoning_tokens.take();
    for (name, v) in raw.iter().flat_map(|v| v.members()) {
        let read = match &*name {
            "type" => matches!(v.str().as_deref(), Some("enabled" | "disabled" | "adaptive" | "auto")),
            "token_budget" | "budget_tokens" => v.count() == Some(0),
            _ => false,
        };
        if !read && !v.is_null() {
            call.losses.add(format!("thinking.{name}"), "not_supported_by_provider");
        }
    }
    if let Some(v) = own {
        w.key("think").raw(v.raw());
        for (field, given) in [("thinking", raw.is_some()), ("reasoning_effort", !effort.is_empty())] {
            if given {
                call.losses.add(field, "merged");
            }
        }
        return;
    }
    let off = effort == "none" || budget == Some(0) || raw.map_or(false, |v| v.text_of("type") == "disabled");
    if off && !matches!(effort, "" | "none") {
        call.losses.add("reasoning_effort", "merged");
    }
    let word = match effort {
        _ if off => "",
        "" if raw.is_none() && budget.is_none() => return,
        "" => "",
        "minimal" | "low" => "low",
        "medium" => "medium",
        _ => "high",
    };
    w.key("think");
    if word.is_empty() {
        w.flag(!off);
    } else {
        w.string(word);
    }
    if budget.map_or(false, |n| n > 0) {
        call.losses.add("reasoning_tokens", "not_supported_by_provider");
    }
}

fn write_options(w: &mut Writer, call: &mut Request) {
    let context = call.setting("num_ctx").parse::<u64>().ok();
    let own = call.other("options").filter(|v| v.is_object());
    let mut given: Vec<(&str, Value)> = Vec::new();
    for name in OPTIONS {
        if let Some(v) = call.other(name) {
            given.push((name, v));
        }
    }
    let p = &mut call.parameters;
    let from = w.bytes().len();
    w.key("options").open_object();
    let empty = w.bytes().len();
    let mut written: Vec<&str> = Vec::new();
    if let Some(n) = p.max_output.take() {
        w.key("num_predict").whole(n);
        written.push("num_predict");
    }
    for (name, v) in [
        ("temperature", p.temperature.take()),
        ("top_p", p.top_p.take()),
        ("presence_penalty", p.presence_penalty.take()),
        ("frequency_penalty", p.frequency_penalty.take()),
    ] {
        if let Some(v) = v {
            w.key(name).number(v);
            written.push(name);
        }
    }
    if let Some(k) = p.top_k.take() {
        w.key("top_k").whole(k);
        written.push("top_k");
    }
    if let Some(seed) = p.seed.take() {
        w.key("seed").whole(seed);
        written.push("seed");
    }
    let stop = std::mem::take(&mut p.stop);
    if !stop.is_empty() {
        w.key("stop").array(|w| {
            for s in &stop {
                w.string(s);
            }
        });
        written.push("stop");
    }
    for (name, v) in given {
        w.key(name).raw(v.raw());
        written.push(name);
    }
    let mut context = context.filter(|_| !written.contains(&"num_ctx"));
    for (name, v) in own.iter().flat_map(|v| v.members()) {
        if written.contains(&&*name) {
            call.losses.add(format!("options.{name}"), "merged");
            continue;
        }
        if name == "num_ctx" {
            context = None;
        }
        w.key(&name).raw(v.raw());
    }
    if let Some(n) = context {
        w.key("num_ctx").whole(n);
    }
    if w.bytes().len() == empty {
        w.cut(from);
    } else {
        w.close_object();
    }
}
