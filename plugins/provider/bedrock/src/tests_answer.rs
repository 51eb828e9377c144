use super::*;
use crate::tests::{chat, user};
use sallyport::abi::{Header, OutputFormat, Parameters};
use sallyport::translate::{testing, Names, State};

fn shaped() -> Vec<u8> {
    let p = Parameters {
        output_format: OutputFormat::SCHEMA,
        output_schema: br#"{"type":"object"}"#,
        ..Default::default()
    };
    chat("amazon.nova-lite-v1:0", vec![user(0, "Hi")], p).state
}

fn answer(content: &str, reason: &str) -> String {
    format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":[{content}]}}}},"stopReason":"{reason}","usage":{{"inputTokens":5,"outputTokens":2,"cacheReadInputTokens":3,"cacheWriteInputTokens":4}}}}"#
    )
}

const USAGE: &str = "usage in=5 out=2 read=3 write=4";

#[test]
fn answers() {
    let content = r#"{"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}},{"reasoningContent":{"redactedContent":"eA=="}},{"text":"Hi"},{"citationsContent":{"content":[{"text":"so"}],"citations":[{"title":"t","sourceContent":[{"text":"quote"}],"location":{"web":{"url":"u"}}}]}},{"toolUse":{"toolUseId":"i","name":"f","input":{"n":12345678901234567890}}},{"toolUse":{"toolUseId":"j","name":"x","input":{},"type":"server_tool_use"}}"#;
    let lines = testing::response(&mut Bedrock, 200, &answer(content, "tool_use"), b"");
    assert_eq!(
        lines,
        [
            "part 0 thinking source=bedrock.converse signature=sig \"hm\"",
            "part 0 redacted source=bedrock.converse signature=eA==",
            "part 0 text \"Hi\"",
            "part 0 text \"so\"",
            "part 0 citation url=u raw={\"title\":\"t\",\"sourceContent\":[{\"text\":\"quote\"}],\"location\":{\"web\":{\"url\":\"u\"}}} \"quote\"",
            "part 0 tool_call name=f ref=i \"{\\\"n\\\":12345678901234567890}\"",
            "part 0 other source=bedrock.converse raw={\"toolUse\":{\"toolUseId\":\"j\",\"name\":\"x\",\"input\":{},\"type\":\"server_tool_use\"}}",
            USAGE,
            "finish 0 tool_calls",
        ]
    );
}

#[test]
fn reasons() {
    for (reason, want) in [
        ("end_turn", "finish 0 stop"),
        ("stop_sequence", "finish 0 stop END"),
        ("max_tokens", "finish 0 length"),
        ("model_context_window_exceeded", "finish 0 length"),
        ("tool_use", "finish 0 tool_calls"),
        ("content_filtered", "finish 0 content_filter"),
        ("guardrail_intervened", "finish 0 content_filter"),
        ("", "finish 0 other"),
        ("malformed_tool_use", "error 502 malformed_tool_use : The model wrote a call of a tool that cannot be read."),
        ("malformed_model_output", "error 502 malformed_model_output : The model wrote an answer that cannot be read."),
    ] {
        let stop = chat("m", vec![user(0, "Hi")], Parameters { stop: vec!["END"], ..Default::default() }).state;
        let lines = testing::response(&mut Bedrock, 200, &answer("", reason), &stop);
        assert_eq!(lines.last().unwrap(), want);
        let data = format!(r#"{{"stopReason":"{reason}"}}"#);
        let lines = testing::stream(&mut Bedrock, &stop, &[("messageStop", &data), ("metadata", "{}")]);
        assert_eq!(lines[0], want);
    }
}

#[test]
fn calls_at_the_end_of_a_turn() {
    let call = r#"{"toolUse":{"toolUseId":"i","name":"f","input":{}}}"#;
    let own = r#"{"toolUse":{"toolUseId":"i","name":"f","input":{},"type":"server_tool_use"}}"#;
    for (content, want) in [(call, "finish 0 tool_calls"), (own, "finish 0 stop")] {
        let lines = testing::response(&mut Bedrock, 200, &answer(content, "end_turn"), b"");
        assert_eq!(lines.last().unwrap(), want);
    }
    let start = r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"i","name":"f"}}}"#;
    let end = ("messageStop", r#"{"stopReason":"end_turn"}"#);
    let lines = testing::stream(&mut Bedrock, b"", &[("contentBlockStart", start), end, ("metadata", "{}")]);
    assert_eq!(lines.last().unwrap(), "finish 0 tool_calls");
}

#[test]
fn the_sequence_that_stopped() {
    let asks = Parameters { stop: vec!["END", "FIN"], ..Default::default() };
    let stop = chat("anthropic.claude-opus-4-1-v1:0", vec![user(0, "Hi")], asks).state;
    let whole = answer("", "stop_sequence");
    let told = whole.replace(r#","usage""#, r#","additionalModelResponseFields":{"stop_sequence":"FIN"},"usage""#);
    assert_eq!(testing::response(&mut Bedrock, 200, &told, &stop)[1], "finish 0 stop FIN");
    assert_eq!(testing::response(&mut Bedrock, 200, &whole, &stop)[1], "finish 0 stop");
    let end = r#"{"stopReason":"stop_sequence","additionalModelResponseFields":{"delta":{"stop_sequence":"FIN"}}}"#;
    let lines = testing::stream(&mut Bedrock, &stop, &[("messageStop", end), ("metadata", "{}")]);
    assert_eq!(lines, ["finish 0 stop FIN"]);
}

#[test]
fn structured_output() {
    let call = r#"{"text":"Here:"},{"toolUse":{"toolUseId":"i","name":"structured_output","input":{"a":1}}}"#;
    let lines = testing::response(&mut Bedrock, 200, &answer(call, "tool_use"), &shaped());
    assert_eq!(lines, ["part 0 text \"{\\\"a\\\":1}\"", USAGE, "finish 0 stop"]);
    let refused = testing::response(&mut Bedrock, 200, &answer(r#"{"text":"No."}"#, "end_turn"), &shaped());
    assert_eq!(refused[0], "part 0 text \"No.\"");
    let text = ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Here:"}}"#);
    let stop = ("contentBlockStop", r#"{"contentBlockIndex":0}"#);
    let start = (
        "contentBlockStart",
        r#"{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"i","name":"structured_output"}}}"#,
    );
    let json = ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"a\":1}"}}}"#);
    let end = [("messageStop", r#"{"stopReason":"tool_use"}"#), ("metadata", r#"{"usage":{"inputTokens":1}}"#)];
    let lines = testing::stream(&mut Bedrock, &shaped(), &[text, stop, start, json, end[0], end[1]]);
    let want =
        ["open 0/0 text", "delta 0/0 text \"{\\\"a\\\":1}\"", "close 0/0 text", "usage in=1 out=0", "finish 0 stop"];
    assert_eq!(lines, want);
    let lines = testing::stream(
        &mut Bedrock,
        &shaped(),
        &[text, stop, ("messageStop", r#"{"stopReason":"end_turn"}"#), end[1]],
    );
    let want = ["open 0/0 text", "delta 0/0 text \"Here:\"", "close 0/0 text", "usage in=1 out=0", "finish 0 stop"];
    assert_eq!(lines, want);
}

#[test]
fn errors() {
    for (status, body, want) in [
        (
            400,
            r#"{"message":"The provided model identifier is invalid."}"#,
            "error 404 model_not_found : The provided model identifier is invalid.",
        ),
        (
            400,
            r#"{"__type":"com.amazonaws.bedrock#ValidationException","message":"Input is too long for requested model."}"#,
            "error 400 context_length_exceeded : Input is too long for requested model.",
        ),
        (
            400,
            r#"{"message":"Input Tokens Exceeded: Number of input tokens exceeds maximum length."}"#,
            "error 400 context_length_exceeded : Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
        ),
        (429, r#"{"__type":"ThrottlingException","message":"Slow"}"#, "error 429 rate_limit_exceeded : Slow"),
        (400, r#"{"__type":"ThrottledException","message":"Slow"}"#, "error 429 rate_limit_exceeded : Slow"),
        (400, r#"{"__type":"ExpiredTokenException","message":"Old"}"#, "error 403 expired_token_exception : Old"),
        (400, r#"{"__type":"NewException","message":"What"}"#, "error 400 new_exception : What"),
        (400, r#"{"__type":"ValidationException","message":"No"}"#, "error 400 validation_exception : No"),
        (400, r#"{"__type":"ServiceQuotaExceededException","Message":"Q"}"#, "error 429 insufficient_quota : Q"),
        (403, r#"{"__type":"AccessDeniedException","message":"No"}"#, "error 403 access_denied_exception : No"),
        (424, r#"{"__type":"ModelErrorException","message":"No"}"#, "error 502 model_error_exception : No"),
        (408, r#"{"__type":"ModelTimeoutException","message":"No"}"#, "error 408 model_timeout_exception : No"),
        (503, "<html>", "error 503  : The provider answered with the status 503."),
        (200, "{}", "error 0 upstream_invalid : The provider's answer has no content."),
        (200, "", "error 0 upstream_invalid : The provider's answer is no JSON object."),
    ] {
        assert_eq!(testing::response(&mut Bedrock, status, body, b""), [want]);
    }
    let headers = vec![
        Header { name: "x-amzn-errortype", value: b"ThrottlingException:http://internal/" },
        Header { name: "retry-after", value: b"2" },
    ];
    let call = UpstreamResponseCall { status: 429, headers, body: br#"{"message":"Slow"}"#, ..Default::default() };
    let mut frame = Vec::new();
    call.append(&mut frame);
    let mut out = Vec::new();
    sallyport::translate::run_response(&mut Bedrock, &frame, &mut out).unwrap();
    let e = sallyport::abi::UpstreamResponseReply::decode(&out).unwrap().error.unwrap();
    assert_eq!((e.status, e.code, e.retry_after_ms), (429, "rate_limit_exceeded", 2000));
}

#[test]
fn streams() {
    let events = [
        ("messageStart", r#"{"role":"assistant"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"sig"}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"eA=="}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"text":"Hi"}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"citation":{"title":"t"}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":2}"#),
        ("contentBlockStart", r#"{"start":{"toolUse":{"toolUseId":"a","name":"f"}}}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"b","name":"g"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{}"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":4,"delta":{"toolUse":{"input":"{1"}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":3}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":5,"start":{"toolUse":{"type":"server_tool_use","name":"s"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":5,"delta":{"toolUse":{"input":"x"}}}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":5}"#),
        ("somethingNew", "{}"),
        ("messageStop", r#"{"stopReason":"tool_use"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":5,"outputTokens":2,"cacheReadInputTokens":3,"cacheWriteInputTokens":4}}"#,
        ),
    ];
    let want = [
        "open 0/0 thinking",
        "delta 0/0 thinking \"hm\"",
        "delta 0/0 thinking source=bedrock.converse signature=sig",
        "close 0/0 thinking",
        "open 0/1 redacted source=bedrock.converse signature=eA==",
        "close 0/1 redacted",
        "open 0/2 text",
        "delta 0/2 text \"Hi\"",
        "open 0/3 citation raw={\"title\":\"t\"} \"t\"",
        "close 0/3 citation",
        "close 0/2 text",
        "open 0/4 tool_call name=f ref=a",
        "open 0/5 tool_call name=g ref=b",
        "delta 0/4 tool_call \"{}\"",
        "delta 0/5 tool_call \"{1\"",
        "close 0/4 tool_call",
        "close 0/5 tool_call",
        USAGE,
        "finish 0 tool_calls",
    ];
    assert_eq!(testing::stream(&mut Bedrock, b"", &events), want);
    for n in 0..events.len() - 1 {
        let lines = testing::stream(&mut Bedrock, b"", &events[..n]);
        assert!(!lines.iter().any(|l| l.starts_with("finish")), "a cut stream looks finished");
    }
    let without = testing::stream(&mut Bedrock, b"", &events[..events.len() - 1]);
    let cut = without.last().unwrap();
    assert!(cut.starts_with("error 502 upstream_cut : ") && cut.contains("no_stream_end"), "{cut}");
    let mut never = State::default();
    never.text("").text("").flag(true);
    Names::default().write(&mut never);
    let without = testing::stream(&mut Bedrock, never.bytes(), &events[..events.len() - 1]);
    assert_eq!(
        without[without.len() - 2..],
        ["close 0/5 tool_call", "finish 0 tool_calls"],
        "of one that never tells its usage"
    );
    let mut turned = events;
    turned.swap(17, 18);
    assert_eq!(testing::stream(&mut Bedrock, b"", &turned).last().unwrap(), "finish 0 tool_calls");
}

#[test]
fn odd_streams() {
    let unnumbered = [
        ("contentBlockDelta", r#"{"delta":{"reasoningContent":{"text":"hm"}}}"#),
        ("contentBlockDelta", r#"{"delta":{"text":"Hi"}}"#),
        ("contentBlockDelta", r#"{"delta":{"text":"!"}}"#),
    ];
    assert_eq!(
        testing::stream(&mut Bedrock, b"", &unnumbered),
        [
            "open 0/0 thinking",
            "delta 0/0 thinking \"hm\"",
            "close 0/0 thinking",
            "open 0/1 text",
            "delta 0/1 text \"Hi\"",
            "delta 0/1 text \"!\""
        ]
    );
    for (name, data, want) in [
        ("throttlingException", r#"{"message":"Slow"}"#, "error 429 rate_limit_exceeded : Slow"),
        ("modelStreamErrorException", r#"{"originalMessage":"x"}"#, "error 502 model_stream_error_exception : x"),
        ("internalServerException", "nothing", "error 500 internal_server_exception : The provider reports an error."),
        ("InternalError", "{}", "error 500 internal_error : The provider reports an error."),
        ("messageStop", "nothing", "error 0 upstream_invalid : A message of the provider is no JSON object."),
    ] {
        assert_eq!(testing::stream(&mut Bedrock, b"\xff\xff", &[(name, data)]), [want]);
    }
}
