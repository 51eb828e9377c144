//! What errors mean.

use sallyport::json::Value;
use sallyport::translate::Failure;

/// Makes the failure of an answer with an error status, whatever its body is. `kind`
/// is what the header `x-amzn-errortype` says, or empty.
pub fn refusal(status: u32, kind: &str, body: &[u8]) -> Failure {
    let doc = Value::tolerant(body).filter(|v| v.is_object());
    let within = doc.map(|v| v.text_of("__type").into_owned()).unwrap_or_default();
    let kind = if kind.is_empty() { &within } else { kind };
    let message = doc.map(|v| message(&v)).unwrap_or_default();
    if message.is_empty() {
        return said(kind, &format!("The provider answered with the status {status}."), status);
    }
    said(kind, &message, status)
}

/// The words of an error object.
pub fn message(doc: &Value) -> String {
    let names = ["message", "Message", "originalMessage", "errorMessage"];
    names.iter().map(|n| doc.text_of(n)).find(|m| !m.is_empty()).unwrap_or_default().into_owned()
}

/// Makes a failure of an exception: its name, as in
/// `com.amazonaws.bedrock#ThrottlingException:http://…` or `throttlingException`. The
/// status is the answer's, or 0 in a stream.
pub fn said(kind: &str, message: &str, status: u32) -> Failure {
    let kind = kind.split(':').next().unwrap_or("");
    let kind = kind.rsplit('#').next().unwrap_or("").trim();
    let mut name = kind.to_ascii_lowercase();
    for tail in ["exception", "error"] {
        if let Some(n) = name.strip_suffix(tail).map(str::len) {
            name.truncate(n);
        }
    }
    let m = message.to_ascii_lowercase();
    let (usual, code) = match &name[..] {
        "validation" | "" if too_long(&m) => (400, "context_length_exceeded"),
        "validation" | "" if m.contains("model identifier is invalid") => (404, "model_not_found"),
        "validation" => (400, ""),
        "accessdenied" | "unrecognizedclient" | "expiredtoken" | "invalidsignature" | "incompletesignature" => {
            (403, "")
        }
        "resourcenotfound" => (404, "model_not_found"),
        "servicequotaexceeded" => (429, "insufficient_quota"),
        "throttling" | "throttled" | "toomanyrequests" => (429, "rate_limit_exceeded"),
        "modelnotready" => (429, ""),
        "modeltimeout" => (504, ""),
        "internal" | "internalserver" | "internalfailure" => (500, ""),
        "serviceunavailable" => (503, ""),
        _ => (502, ""), // modelError and modelStreamError, among others
    };
    let status = match (status, code) {
        (0, _) | (_, "insufficient_quota" | "model_not_found") => usual,
        (424, _) => 502,                   // the model failed, and another may not
        (400, _) if usual != 502 => usual, // some of Amazon's services answer so to everything
        _ => status,
    };
    let code = if code.is_empty() { snake(kind) } else { code.to_string() };
    Failure::new(status, code, message)
}

/// A name as codes are written: `ValidationException` is `validation_exception`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Tells whether a message says that the prompt does not fit the model.
fn too_long(message: &str) -> bool {
    const SAYS: [&str; 8] = [
        "input is too long",
        "prompt is too long",
        "too many input tokens",
        "input tokens exceed",
        "too many total text bytes",
        "context limit",
        "context window",
        "context length",
    ];
    SAYS.iter().any(|s| message.contains(s))
}

/// What a model's broken output is.
pub fn malformed(reason: &str) -> Failure {
    let what = match reason {
        "malformed_tool_use" => "The model wrote a call of a tool that cannot be read.",
        _ => "The model wrote an answer that cannot be read.",
    };
    Failure::new(502, reason, what)
}
