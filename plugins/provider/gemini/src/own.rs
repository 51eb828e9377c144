//! Reads what clients of other dialects say in Google's own words: top-level members
//! such as `generationConfig`, `extra_body` of Google's OpenAI-compatible API, tools
//! by their type.

use sallyport::abi::{Parameters, Tool};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Losses, Request};
use std::borrow::Cow;

/// What was said in Google's words.
#[derive(Default)]
pub struct Own<'a> {
    /// How the model is to think, Google's or Anthropic's.
    pub thinking: Vec<Value<'a>>,
    /// Members of generationConfig, by their own names.
    config: Vec<(&'static str, Value<'a>)>,
    /// Members of the request.
    beside: Vec<(&'static str, Value<'a>)>,
}

/// Members of the request, in either spelling.
const BESIDE: [(&str, &str); 5] = [
    ("safetySettings", "safetySettings"),
    ("safety_settings", "safetySettings"),
    ("cachedContent", "cachedContent"),
    ("cached_content", "cachedContent"),
    ("labels", "labels"),
];

/// Members of generationConfig that no field of the middle form holds.
const CONFIG: [(&str, &str); 6] = [
    ("mediaResolution", "mediaResolution"),
    ("media_resolution", "mediaResolution"),
    ("speechConfig", "speechConfig"),
    ("speech_config", "speechConfig"),
    ("imageConfig", "imageConfig"),
    ("image_config", "imageConfig"),
];

/// Tells whether a member of what a client says of thinking, in Anthropic's words or
/// Google's, is understood.
fn understood(name: &str, v: &Value) -> bool {
    match name {
        "type" => matches!(v.str().as_deref(), Some("enabled" | "disabled" | "adaptive" | "auto")),
        "display" => matches!(v.str().as_deref(), Some("omitted" | "summarized")),
        "budget_tokens" => v.count().is_some(),
        "thinkingBudget" | "thinking_budget" => v.count().is_some() || v.number() == Some(-1.0), // as it likes
        "effort" | "thinkingLevel" | "thinking_level" => v.is_string(),
        "includeThoughts" | "include_thoughts" => v.flag().is_some(),
        _ => false,
    }
}

impl<'a> Own<'a> {
    /// Takes it from a request.
    pub fn take(call: &mut Request<'a>) -> Self {
        let mut own = Own::default();
        if let Some(v) = call.other("thinking") {
            own.think_of("thinking", &v, &call.losses);
        }
        for (name, key) in BESIDE {
            own.beside.extend(call.other(name).map(|v| (key, v)));
        }
        for name in ["generationConfig", "generation_config"] {
            if let Some(v) = call.other(name) {
                own.members(name, &v, &call.losses);
            }
        }
        if let Some(v) = call.other("extra_body") {
            for (k, v) in v.members() {
                if k == "google" {
                    own.members("extra_body.google", &v, &call.losses);
                } else {
                    call.losses.add(format!("extra_body.{k}"), "not_supported_by_provider");
                }
            }
        }
        own
    }

    fn members(&mut self, path: &str, object: &Value<'a>, losses: &Losses) {
        for (k, v) in object.members() {
            let named = |list: &[(&str, &'static str)]| list.iter().find(|(name, _)| *name == k).map(|(_, key)| *key);
            if k == "thinkingConfig" || k == "thinking_config" {
                self.think_of(&format!("{path}.{k}"), &v, losses);
            } else if let Some(key) = named(&CONFIG) {
                self.config.push((key, v));
            } else if let (Some(key), "extra_body.google") = (named(&BESIDE), path) {
                self.beside.push((key, v));
            } else {
                losses.add(format!("{path}.{k}"), "not_supported_by_provider");
            }
        }
    }

    /// Keeps what a client says of thinking, and reports what nobody reads of it.
    fn think_of(&mut self, path: &str, v: &Value<'a>, losses: &Losses) {
        for (k, v) in v.members() {
            if !understood(&k, &v) && !v.is_null() {
                losses.add(format!("{path}.{k}"), "not_supported_by_provider");
            }
        }
        self.thinking.extend(Some(*v).filter(says));
    }

    /// Fills in how much to think where the client said it in no other words.
    pub fn think(&self, p: &mut Parameters<'a>) {
        let first = |names: [&str; 3]| self.thinking.iter().find_map(|v| names.iter().find_map(|n| v.member(n)));
        if let Some(n) = first(["budget_tokens", "thinkingBudget", "thinking_budget"]).and_then(|v| v.count()) {
            p.reasoning_tokens.get_or_insert(n);
        }
        if let Some(Cow::Borrowed(word)) = first(["thinkingLevel", "thinking_level", "effort"]).and_then(|v| v.str()) {
            if p.reasoning_effort.is_empty() {
                p.reasoning_effort = word;
            }
        }
    }

    /// Tells whether what the model thought is to stay unsaid.
    pub fn silent(&self) -> bool {
        let said = |v: &Value, name| v.member(name).and_then(|v| v.flag()) == Some(false);
        let omitted = |v: &Value| v.text_of("display") == "omitted";
        self.thinking.iter().any(|v| said(v, "includeThoughts") || said(v, "include_thoughts") || omitted(v))
    }

    /// Writes the members of generationConfig.
    pub fn write_config(&self, w: &mut Writer) {
        write_once(w, &self.config);
    }

    /// Writes the members of the request.
    pub fn write_beside(&self, w: &mut Writer) {
        write_once(w, &self.beside);
    }
}

/// Tells whether a value is an object with members.
fn says(v: &Value) -> bool {
    v.is_object() && v.members().next().is_some()
}

fn write_once(w: &mut Writer, list: &[(&'static str, Value)]) {
    for (i, (key, v)) in list.iter().enumerate() {
        if list[..i].iter().all(|(k, _)| k != key) {
            w.key(key).raw(v.raw());
        }
    }
}

/// Google's own tools: how they may be spelled, and their own name.
const TOOLS: [(&str, &str); 13] = [
    ("googleSearch", "googleSearch"),
    ("google_search", "googleSearch"),
    ("googleSearchRetrieval", "googleSearchRetrieval"),
    ("google_search_retrieval", "googleSearchRetrieval"),
    ("enterpriseWebSearch", "enterpriseWebSearch"),
    ("enterprise_web_search", "enterpriseWebSearch"),
    ("enterprise_search", "enterpriseWebSearch"),
    ("codeExecution", "codeExecution"),
    ("code_execution", "codeExecution"),
    ("urlContext", "urlContext"),
    ("url_context", "urlContext"),
    ("googleMaps", "googleMaps"),
    ("google_maps", "googleMaps"),
];

/// Tells Google's own tools, by their member or by their type.
pub fn is_tool(tool: &Value) -> bool {
    let kind = tool.text_of("type");
    TOOLS.iter().any(|(name, _)| tool.member(name).is_some() || *name == kind)
}

/// Writes the i-th tool, one of Google's own.
pub fn write_tool(w: &mut Writer, i: usize, tool: &Tool, losses: &Losses) {
    let v = match Value::tolerant(tool.raw) {
        Some(v) if v.member("type").is_some() => v,
        _ => return drop(w.raw(tool.raw)),
    };
    let kind = v.text_of("type");
    let found = TOOLS.iter().find(|(name, _)| v.member(name).is_some() || *name == kind);
    let (name, key) = *found.unwrap_or(&TOOLS[0]);
    w.object(|w| drop(w.key(key).raw(v.member(name).map_or(&b"{}"[..], |v| v.raw()))));
    for (k, _) in v.members().filter(|(k, _)| k != "type" && k != name) {
        losses.add(format!("tools[{i}].{k}"), "not_supported_by_provider");
    }
}
