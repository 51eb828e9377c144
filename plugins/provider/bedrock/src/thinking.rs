//! Decides how a model is to think.

use crate::model::{Family, Model, Thinking};
use sallyport::abi::{Kind, Part, Role, ToolChoice};
use sallyport::json::{Value, Writer};
use sallyport::translate::Request;

/// The least budget that Claude takes.
const LEAST_BUDGET: u64 = 1024;

/// What Claude is left for its answer beside a budget, where nobody said.
const ANSWER: u64 = 4096;

/// What was decided.
pub enum Think<'a> {
    Unsaid,
    Off,
    /// Claude's, in tokens.
    Budget(u64),
    /// Claude's, with an effort or without.
    Adaptive(&'static str),
    /// As the client wrote it for Claude, and an effort.
    Raw(&'a [u8], &'static str),
    /// Nova's.
    Nova(&'static str),
    /// `reasoning_effort`.
    Effort(&'static str),
}

impl Think<'_> {
    /// Tells whether Claude thinks, which some settings do not go with.
    pub fn in_claude(&self) -> bool {
        match self {
            Think::Budget(_) | Think::Adaptive(_) => true,
            Think::Raw(json, _) => !matches!(&*kind(json), "disabled" | ""),
            _ => false,
        }
    }

    /// Tells whether Nova thinks so hard that it takes no other settings.
    pub fn alone(&self) -> bool {
        matches!(self, Think::Nova("high"))
    }

    /// Writes it into the open object of the model's own fields.
    pub fn write(&self, w: &mut Writer) {
        let effort = match self {
            Think::Unsaid => "",
            Think::Off => {
                w.key("thinking").raw(br#"{"type":"disabled"}"#);
                ""
            }
            Think::Budget(n) => {
                w.key("thinking").object(|w| {
                    w.key("type").string("enabled").key("budget_tokens").whole(*n);
                });
                ""
            }
            Think::Adaptive(effort) => {
                w.key("thinking").raw(br#"{"type":"adaptive"}"#);
                effort
            }
            Think::Raw(json, effort) => {
                w.key("thinking").raw(json);
                effort
            }
            Think::Nova(effort) => {
                w.key("reasoningConfig").object(|w| {
                    if effort.is_empty() {
                        w.key("type").string("disabled");
                    } else {
                        w.key("type").string("enabled").key("maxReasoningEffort").string(effort);
                    }
                });
                ""
            }
            Think::Effort(effort) => {
                w.key("reasoning_effort").string(effort);
                ""
            }
        };
        if !effort.is_empty() {
            w.key("output_config").object(|w| {
                w.key("effort").string(effort);
            });
        }
    }
}

fn kind(json: &[u8]) -> String {
    Value::tolerant(json).map_or(String::new(), |v| v.text_of("type").into_owned())
}

/// Decides, and raises the bound on output where it leaves no room for an answer.
pub fn plan<'a>(call: &mut Request<'a>, model: &Model, shape_tool: bool, max: &mut Option<u64>) -> Think<'a> {
    let claude = matches!(model.family, Family::Claude | Family::Unknown);
    let raw = if claude { call.other("thinking").filter(|v| v.is_object()) } else { None };
    call.report_effort();
    let forced = shape_tool || matches!(call.parameters.tool_choice, ToolChoice::ANY | ToolChoice::TOOL);
    if let Some(v) = raw {
        if forced && v.text_of("type") != "disabled" {
            call.losses.add("thinking", "not_with_forced_tool");
            call.parameters.reasoning_effort = "";
            call.parameters.reasoning_tokens = None;
            return Think::Unsaid;
        }
        let adaptive = v.text_of("type") == "adaptive" || model.thinking == Thinking::Adaptive;
        let word = std::mem::take(&mut call.parameters.reasoning_effort);
        if !word.is_empty() && !adaptive {
            call.losses.add("reasoning_effort", "merged");
        }
        let budget = call.parameters.reasoning_tokens.take(); // it is the same
        return Think::Raw(v.raw(), if adaptive && !word.is_empty() { level(word, budget, model.xhigh) } else { "" });
    }
    let p = &call.parameters;
    let (effort, budget) = (p.reasoning_effort, p.reasoning_tokens);
    if effort.is_empty() && budget.is_none() {
        return Think::Unsaid;
    }
    let off = effort == "none" || budget == Some(0);
    let field = if budget.is_some() { "reasoning_tokens" } else { "reasoning_effort" };
    let why_not = match model.thinking {
        Thinking::None if off => "",
        Thinking::None if model.family == Family::Unknown && budget.is_some() && !forced => "",
        Thinking::None => "not_supported_by_model",
        Thinking::Nova | Thinking::Effort => "",
        _ if off => "",
        _ if forced => "not_with_forced_tool",
        Thinking::Budget if !history_thinks(&call.parts) => "no_thinking_in_history",
        _ => "",
    };
    call.parameters.reasoning_effort = "";
    call.parameters.reasoning_tokens = None;
    if !why_not.is_empty() {
        call.losses.add(field, why_not);
        return Think::Unsaid;
    }
    match model.thinking {
        Thinking::Nova => Think::Nova(if off { "" } else { three(effort, budget) }),
        Thinking::Effort => Think::Effort(three(effort, budget)), // it always thinks
        Thinking::None if off => Think::Unsaid,
        _ if off => Think::Off,
        Thinking::Adaptive => Think::Adaptive(level(effort, budget, model.xhigh)),
        _ => {
            let wish = budget.unwrap_or_else(|| tokens(effort)).max(LEAST_BUDGET);
            let given = match *max {
                None => {
                    *max = Some(wish + ANSWER);
                    report_clamped(call, budget, wish);
                    return Think::Budget(wish);
                }
                Some(given) => given,
            };
            if given <= LEAST_BUDGET {
                call.losses.add(field, "max_tokens_too_small");
                return Think::Unsaid;
            }
            // A fifth of what the client allows is left for what it will see.
            let most = (given - given / 5).max(LEAST_BUDGET).min(given - 1);
            report_clamped(call, budget, wish.min(most));
            Think::Budget(wish.min(most))
        }
    }
}

/// Reports a budget that the client gave and that is another now.
fn report_clamped(call: &Request, given: Option<u64>, sent: u64) {
    if given.map_or(false, |n| n != sent) {
        call.losses.add("reasoning_tokens", "clamped");
    }
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

/// Claude's word.
fn level(effort: &str, budget: Option<u64>, xhigh: bool) -> &'static str {
    match (effort, budget) {
        ("xhigh", _) if xhigh => "xhigh",
        ("minimal" | "low", _) => "low",
        ("medium", _) => "medium",
        ("high", _) => "high",
        ("", Some(n)) if n <= 2048 => "low",
        ("", Some(n)) if n <= 8192 => "medium",
        ("", Some(n)) if n <= 16384 => "high",
        _ => "max",
    }
}

/// The word where there are three.
fn three(effort: &str, budget: Option<u64>) -> &'static str {
    match (effort, budget) {
        ("none", _) => "low",
        (effort, budget) => match level(effort, budget, false) {
            "max" => "high",
            word => word,
        },
    }
}
