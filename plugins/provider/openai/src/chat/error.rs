//! Reads what a provider says went wrong, in whichever form.

use crate::chat::Form;
use sallyport::abi::UpstreamResponseCall;
use sallyport::json::Value;
use sallyport::translate::Failure;

/// Makes the failure of an answer with an error status, whatever its body is.
pub fn refusal(form: Form, call: &UpstreamResponseCall, doc: Option<Value>) -> Failure {
    let mut f = match doc {
        Some(v) => said(form, &v, call.status),
        None => no_json(call),
    };
    let header = |name: &str| {
        let h = call.headers.iter().find(|h| h.name == name)?;
        std::str::from_utf8(h.value).ok()?.trim().parse::<f64>().ok().filter(|n| *n > 0.0 && *n < 1e6)
    };
    if f.status == 529 {
        f.status = 503; // which clients know
    }
    f.retry_after_ms = match (header("retry-after-ms"), header("retry-after")) {
        (Some(ms), _) => ms as u64,
        (None, Some(s)) => (s * 1000.0) as u64,
        _ if f.status == 429 => in_words(&f.message),
        _ => 0,
    };
    f
}

/// A body that is no JSON: a sentence, or a page for people.
fn no_json(call: &UpstreamResponseCall) -> Failure {
    let text = std::str::from_utf8(call.body).unwrap_or("").trim();
    let message = if text.is_empty() || text.len() > 1000 || text.starts_with('<') {
        format!("The provider answered with the status {}.", call.status)
    } else {
        text.to_string()
    };
    let code = code_of("", &message, call.status);
    Failure::new(call.status, code, message)
}

/// Tells whether a document of a stream or of an answer with a good status is an
/// error.
pub fn is_error(doc: &Value) -> bool {
    doc.member("error").is_some()
        || doc.text_of("object") == "error"
        || doc.member("choices").is_none() && (doc.member("detail").is_some() || doc.member("errors").is_some())
}

/// Makes a failure of an error's document. The status is the answer's, or 0 where
/// it has none to go by.
pub fn said(form: Form, doc: &Value, status: u32) -> Failure {
    // Google's endpoint answers with a list of one.
    let doc = if doc.is_array() { doc.items().next().unwrap_or(*doc) } else { *doc };
    let error = doc.member("error").filter(|v| v.is_object()).unwrap_or(doc);
    let message = message_of(&doc, &error);
    let raw = [error, doc].iter().find_map(word_of).unwrap_or_default();
    let kind = error.text_of("type");
    let status = match status {
        0 => status_of(&error, &raw, &kind),
        s => s,
    };
    let nested = error.get("/innererror/code").and_then(|v| v.str()).unwrap_or_default();
    let word = match &raw[..] {
        _ if nested == "ResponsibleAIPolicyViolation" => "content_filter",
        w if w.is_empty() || w.bytes().all(|c| c.is_ascii_digit()) => {
            if kind.is_empty() {
                w
            } else {
                &kind
            }
        }
        w => w,
    };
    let code = code_of(word, &message, status);
    let status = match &code[..] {
        "insufficient_quota" => 429,
        _ => status,
    };
    let mut f = Failure::new(status, code, message);
    f.param = param_of(form, &doc, &error);
    f
}

/// The provider's word for an error: it may be a number.
fn word_of(v: &Value) -> Option<String> {
    let code = v.member("code").or_else(|| v.member("error_code"))?;
    match code.text() {
        Some(s) if !s.is_empty() => Some(s),
        Some(_) => None,
        None => code.count().map(|n| n.to_string()),
    }
}

fn message_of(doc: &Value, error: &Value) -> String {
    let texts = [
        error.member("message"),
        doc.member("error"),
        doc.member("message"),
        doc.member("detail"),
        error.member("detail"),
        doc.get("/errors/0/message"),
        doc.get("/errors/0"),
    ];
    let mut message = String::new();
    for v in texts.iter().flatten() {
        message = v.text().unwrap_or_default();
        if message.is_empty() {
            message = details(v);
        }
        if !message.is_empty() {
            break;
        }
    }
    if message.is_empty() {
        message = "The provider reports an error.".to_string();
    }
    let more = error.get("/metadata/raw").and_then(|v| v.text()).unwrap_or_default(); // OpenRouter's
    if !more.is_empty() && more.len() < 1000 && !more.starts_with('{') {
        message = format!("{message}: {more}");
    }
    message
}

/// The message in what FastAPI gives: a list of {loc, msg, type}, or an object.
fn details(v: &Value) -> String {
    if v.is_object() {
        let text = v.text_of("message");
        return if text.is_empty() {
            v.member("detail").map_or(String::new(), |d| details(&d))
        } else {
            text.into_owned()
        };
    }
    let one = |v: Value| {
        let place: Vec<String> = v
            .member("loc")
            .iter()
            .flat_map(|l| l.items())
            .filter_map(|s| s.text().or_else(|| s.count().map(|n| n.to_string())))
            .collect();
        let text = v.text_of("msg");
        if place.is_empty() || text.is_empty() {
            return text.into_owned();
        }
        format!("{}: {}", place.join("."), text)
    };
    let all: Vec<_> = v.items().take(8).map(one).filter(|s| !s.is_empty()).collect();
    all.join("; ")
}

fn param_of(form: Form, doc: &Value, error: &Value) -> String {
    let param = error.text_of("param");
    if !param.is_empty() {
        return param.into_owned();
    }
    let list = doc.member("detail").or_else(|| if form == Form::Mistral { doc.get("/message/detail") } else { None });
    let place: Vec<String> = list
        .and_then(|l| l.items().next())
        .and_then(|v| v.member("loc"))
        .iter()
        .flat_map(|l| l.items())
        .filter_map(|s| s.text().or_else(|| s.count().map(|n| n.to_string())))
        .filter(|s| s != "body")
        .collect();
    place.join(".")
}

/// The status of an error that came in a stream.
fn status_of(error: &Value, word: &str, kind: &str) -> u32 {
    let named = error.count_of("status_code");
    let number = if named > 0 { named } else { word.parse().unwrap_or(0) };
    if (400..600).contains(&number) {
        return number as u32;
    }
    let has = |s: &str| word.contains(s) || kind.contains(s);
    match () {
        _ if has("rate_limit") || has("too_many") || has("quota") => 429,
        _ if has("authentication") || has("invalid_api_key") => 401,
        _ if has("permission") => 403,
        _ if has("not_found") => 404,
        _ if has("overloaded") || has("unavailable") => 503,
        _ if has("timeout") => 504,
        _ if has("invalid_request") || has("BadRequest") || has("content_filter") || has("context_length") => 400,
        _ => 502,
    }
}

/// The gateway's word where the provider's means the same.
fn code_of(word: &str, message: &str, status: u32) -> String {
    let m = message.to_ascii_lowercase();
    let says = |list: &[&str]| list.iter().any(|s| m.contains(s));
    let is = |list: &[&str]| list.contains(&word);
    let request = status == 0 || (400..500).contains(&status);
    if is(&[
        "context_length_exceeded",
        "exceed_context_size_error",
        "context_window_exceeded",
        "string_above_max_length",
    ]) || request
        && word != "rate_limit_exceeded" // Groq's, of a request larger than a minute's tokens
        && says(&[
            "maximum context length",
            "context length",
            "context window",
            "context size",
            "prompt is too long",
            "too many tokens",
            "input is too long",
            "too large for model",
        ])
    {
        return "context_length_exceeded".into();
    }
    if is(&["content_filter", "content_policy_violation", "moderation_blocked", "data_inspection_failed"]) {
        return "content_filter".into();
    }
    if is(&["insufficient_quota", "billing_hard_limit_reached", "exceeded_current_quota_error"])
        || status == 402
        || status == 429 && says(&["exceeded your current quota", "insufficient balance", "insufficient credit"])
        || status == 403 && says(&["insufficient balance", "credits"])
    {
        return "insufficient_quota".into();
    }
    if is(&["model_not_found", "invalid_model", "unknown_model", "DeploymentNotFound"])
        || matches!(status, 404) && m.contains("model")
        || status == 400 && (m.starts_with("invalid model") || m.contains("model not exist"))
    {
        return "model_not_found".into();
    }
    match plain_word(word) {
        w if w.is_empty() && status == 429 => "rate_limit_exceeded".into(),
        w => w,
    }
}

/// A word in snake case, as clients know them; none for a number, which only says
/// again what the status says.
fn plain_word(word: &str) -> String {
    if word.bytes().all(|c| c.is_ascii_digit()) {
        return String::new();
    }
    let mut out = String::new();
    let mut small = false; // the letter before
    for c in word.chars() {
        if c.is_ascii_uppercase() && small {
            out.push('_');
        }
        small = c.is_ascii_lowercase();
        out.push(if c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '-' {
            c.to_ascii_lowercase()
        } else {
            '_'
        });
    }
    out
}

/// How long to wait, where only the message says so: "try again in 7.66s", "in
/// 120ms", "in 6m0s", or Azure's "retry after 6 seconds".
fn in_words(message: &str) -> u64 {
    let behind = |words: &str| message.split_once(words).map(|(_, rest)| rest);
    let rest = match behind("try again in ").or_else(|| behind("retry after ")) {
        Some(rest) => rest,
        None => return 0,
    };
    let (mut total, mut number, mut unit) = (0.0, String::new(), String::new());
    let add = |number: &mut String, unit: &mut String| {
        let n: f64 = number.parse().unwrap_or(0.0);
        number.clear();
        n * match std::mem::take(unit).as_str() {
            "ms" => 1.0,
            "s" | "second" | "seconds" => 1000.0,
            "m" | "minute" | "minutes" => 60_000.0,
            "h" => 3_600_000.0,
            _ => 0.0,
        }
    };
    let mut chars = rest.chars().take(32).peekable();
    while let Some(c) = chars.next() {
        match c {
            '0'..='9' => {
                if !unit.is_empty() {
                    total += add(&mut number, &mut unit);
                }
                number.push(c);
            }
            '.' if chars.peek().map_or(false, |c| c.is_ascii_digit()) => number.push(c),
            'a'..='z' if !number.is_empty() => unit.push(c),
            ' ' if unit.is_empty() && !number.is_empty() => {}
            _ => break,
        }
    }
    total += add(&mut number, &mut unit);
    if total > 1e9 {
        return 0;
    }
    total as u64
}
