//! Reads what the provider says went wrong.

use sallyport::abi::UpstreamResponseCall;
use sallyport::json::Value;
use sallyport::translate::Failure;

/// Makes the failure of an answer with an error status, whatever its body is.
pub fn refusal(call: &UpstreamResponseCall, doc: Option<Value>) -> Failure {
    let mut f = match doc.and_then(|v| error_of(&v)) {
        Some(v) => said(&v, call.status),
        None => Failure::new(call.status, "", format!("The provider answered with the status {}.", call.status)),
    };
    if f.retry_after_ms == 0 {
        let header = call.headers.iter().find(|h| h.name == "retry-after");
        let seconds = header.and_then(|h| std::str::from_utf8(h.value).ok()?.trim().parse::<f64>().ok());
        f.retry_after_ms = milliseconds(seconds);
    }
    f
}

fn milliseconds(seconds: Option<f64>) -> u64 {
    seconds.filter(|n| *n > 0.0 && *n < 1e6).map_or(0, |n| (n * 1000.0) as u64)
}

/// The error of a document, which may be a list of one.
pub fn error_of<'a>(doc: &Value<'a>) -> Option<Value<'a>> {
    let doc = if doc.is_array() { doc.items().next()? } else { *doc };
    doc.member("error")
}

/// Makes a failure of an error object. The status is the answer's, or 0 in a stream.
pub fn said(error: &Value, status: u32) -> Failure {
    let (word, message) = (error.text_of("status"), error.text_of("message"));
    let message = if message.is_empty() {
        error.text().unwrap_or_else(|| "The provider reports an error.".into())
    } else {
        message.into_owned()
    };
    let status = match (status, error.count_of("code")) {
        (0, n) if (400..600).contains(&n) => n as u32,
        (0, _) => 502,
        (s, _) => s,
    };
    let details: Vec<_> = error.member("details").iter().flat_map(|v| v.items()).collect();
    let of = |kind: &str| details.iter().find(|d| d.text_of("@type").ends_with(kind));
    let reason = of("ErrorInfo").map_or(Default::default(), |d| d.text_of("reason"));
    let m = message.to_ascii_lowercase();
    let lower = word.to_ascii_lowercase();
    let (status, code) = match &*word {
        _ if reason == "API_KEY_INVALID" => (401, "invalid_api_key"),
        "INVALID_ARGUMENT" | "OUT_OF_RANGE" if too_long(&m) => (400, "context_length_exceeded"),
        "NOT_FOUND" if m.contains("model") => (404, "model_not_found"),
        "RESOURCE_EXHAUSTED" if m.contains("prepayment") || m.contains("billing account") => {
            (429, "insufficient_quota")
        }
        "RESOURCE_EXHAUSTED" => (status, "rate_limit_exceeded"),
        _ => (status, &*lower),
    };
    let mut f = Failure::new(status, code, message);
    if let Some(d) = of("RetryInfo") {
        let delay = d.text_of("retryDelay");
        f.retry_after_ms = milliseconds(delay.strip_suffix('s').and_then(|n| n.parse().ok()));
    }
    if let Some(field) = of("BadRequest").and_then(|d| d.get("/fieldViolations/0")) {
        f.param = field.text_of("field").into_owned();
    }
    f
}

/// Tells whether a message says that the prompt does not fit the model.
fn too_long(m: &str) -> bool {
    m.contains("token count") && m.contains("exceeds")
        || m.contains("maximum number of tokens")
        || m.contains("context length")
}
