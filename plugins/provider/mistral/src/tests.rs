use super::*;
use sallyport::abi::{
    Exchange, Kind, Operation, Parameter, Parameters, Part, Role, Target, Tool, ToolChoice, UpstreamRequestCall,
};
use sallyport::json::Value;
use sallyport::translate::testing::{self, Sent};

fn text(message: u32, role: Role, text: &str) -> Part<'_> {
    Part { kind: Kind::TEXT, role, message: Some(message), text: text.as_bytes(), ..Default::default() }
}

fn user(message: u32, words: &str) -> Part<'_> {
    text(message, Role::USER, words)
}

fn chat(parts: Vec<Part>, parameters: Parameters) -> Sent {
    let exchange = Exchange { dialect: "openai.chat", operation: Operation::CHAT, stream: true, ..Default::default() };
    let call = UpstreamRequestCall {
        exchange: Some(exchange),
        target: Some(Target { provider: "p", kind: "mistral", ..Default::default() }),
        parts,
        parameters: Some(parameters),
        ..Default::default()
    };
    let sent = testing::chat(&mut Mistral, "mistral-large-latest", call);
    assert!(!sent.error.is_empty() || Value::parse(sent.body.as_bytes()).is_some(), "{}", sent.body);
    sent
}

fn at(sent: &Sent, pointer: &str) -> String {
    let v = Value::parse(sent.body.as_bytes()).expect(&sent.error);
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

#[test]
fn settings() {
    let others = [("safe_prompt", "true"), ("logit_bias", "{\"1\":2}"), ("user", "\"u\""), ("logprobs", "false")];
    let p = Parameters {
        max_output: Some(9),
        seed: Some(0),
        stop: vec!["a", "b", "c", "d", "e"],
        reasoning_effort: "medium",
        tools: vec![Tool { name: "f", ..Default::default() }],
        tool_choice: ToolChoice::ANY,
        parallel_tools: Some(true),
        others: others.iter().map(|(name, json)| Parameter { name, json: json.as_bytes() }).collect(),
        ..Default::default()
    };
    let sent = chat(vec![user(0, "Hi")], p);
    assert_eq!(
        sent.body,
        r#"{"model":"mistral-large-latest","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}],"tool_choice":"any","parallel_tool_calls":true,"max_tokens":9,"random_seed":0,"stop":["a","b","c","d","e"],"reasoning_effort":"high","safe_prompt":true,"stream":true}"#
    );
    assert_eq!(
        sent.dropped,
        ["logit_bias=not_supported_by_provider", "reasoning_effort=clamped", "user=not_supported_by_provider"]
    );
}

#[test]
fn calls_and_thinking() {
    let call =
        |id: &'static str| Part { kind: Kind::TOOL_CALL, name: "f", call_id: id, ..text(1, Role::ASSISTANT, "") };
    let thought = |source, signature: &'static [u8]| Part {
        kind: Kind::THINKING,
        source,
        signature,
        ..text(1, Role::ASSISTANT, "hm")
    };
    let result = Part { kind: Kind::TOOL_RESULT, call_id: "toolu_01A", ..text(2, Role::TOOL, "yes") };
    let image = Part { kind: Kind::IMAGE, call_id: "toolu_01A", url: "https://x/i.png", ..text(2, Role::TOOL, "") };
    let parts = vec![
        user(0, "Hi"),
        thought("mistral.chat", b"thinking"),
        thought("anthropic.messages", b"sig"),
        call("toolu_01A"),
        call("abcDEF123"),
        result,
        image,
        Part { raw: br#"{"prefix":true}"#, ..text(3, Role::ASSISTANT, "So") },
    ];
    let sent = chat(parts, Parameters::default());
    let id = at(&sent, "/messages/1/tool_calls/0/id");
    assert!(id.len() == 11 && id[1..10].bytes().all(|c| c.is_ascii_alphanumeric()), "{id}");
    assert_eq!(at(&sent, "/messages/1/tool_calls/1/id"), "\"abcDEF123\"");
    assert_eq!(at(&sent, "/messages/1/content"), r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]"#);
    assert_eq!(at(&sent, "/messages/2/tool_call_id"), id);
    assert_eq!(at(&sent, "/messages/3"), r#"{"role":"assistant","content":"OK"}"#);
    assert_eq!(at(&sent, "/messages/4/content/1/image_url/url"), "\"https://x/i.png\"");
    assert_eq!(at(&sent, "/messages/5"), r#"{"role":"assistant","content":"So","prefix":true}"#);
    assert_eq!(
        sent.dropped,
        [
            "messages[1].thinking=signed_by_another_provider",
            "messages[2].image=moved_to_user_message",
            "messages[2].role=assistant_message_inserted"
        ]
    );
}

#[test]
fn documents() {
    let parts = vec![
        Part { kind: Kind::DOCUMENT, url: "https://x/a.pdf", raw: br#"{"filename":"a.pdf"}"#, ..user(0, "") },
        Part { kind: Kind::DOCUMENT, data: b"JVBERi0=", ..user(0, "") },
        Part { kind: Kind::AUDIO, data: b"QUJD", name: "audio/mpeg", ..user(0, "") },
        Part { kind: Kind::DOCUMENT, raw: br#"{"title":"T1"}"#, ..user(0, "plain words") },
    ];
    assert_eq!(
        at(&chat(parts, Parameters::default()), "/messages/0/content"),
        r#"[{"type":"document_url","document_url":"https://x/a.pdf","document_name":"a.pdf"},{"type":"document_url","document_url":"data:application/pdf;base64,JVBERi0="},{"type":"input_audio","input_audio":"QUJD"},{"type":"text","text":"T1\n\nplain words"}]"#
    );
}

#[test]
fn answers() {
    let body = r#"{"id":"i","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},{"type":"text","text":"m"}]},{"type":"text","text":"So"},{"type":"reference","reference_ids":[1]}],"tool_calls":null},"finish_reason":"model_length"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"num_cached_tokens":4}}"#;
    assert_eq!(
        testing::response(&mut Mistral, 200, body, b""),
        [
            "id i model m",
            "part 0 thinking source=mistral.chat signature=thinking \"hm\"",
            "part 0 text \"So\"",
            "part 0 citation raw={\"type\":\"reference\",\"reference_ids\":[1]}",
            "usage in=1 out=2 read=4",
            "finish 0 length"
        ]
    );
    for (status, body, want) in [
        (
            400,
            r#"{"object":"error","message":"Invalid model: x","type":"invalid_model","param":null,"code":"1500"}"#,
            "error 400 model_not_found : Invalid model: x",
        ),
        (
            422,
            r#"{"object":"error","message":{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]},"type":"invalid_request_error","code":null}"#,
            "error 422 invalid_request_error messages: body.messages: Field required",
        ),
        (401, r#"{"detail":"Unauthorized"}"#, "error 401  : Unauthorized"),
    ] {
        assert_eq!(testing::response(&mut Mistral, status, body, b""), [want]);
    }
}

#[test]
fn streams() {
    let chunks = [
        r#"{"id":"i","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
        r#"{"id":"i","model":"m","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]}}]}"#,
        r#"{"id":"i","model":"m","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]}]}}]}"#,
        r#"{"id":"i","model":"m","choices":[{"index":0,"delta":{"content":"So"}}]}"#,
        r#"{"id":"i","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"id":"abcDEF123","function":{"name":"f","arguments":"{\"x\":1}"},"index":0}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#,
        "[DONE]",
    ];
    let events: Vec<_> = chunks.iter().map(|c| ("", *c)).collect();
    assert_eq!(
        testing::stream(&mut Mistral, b"", &events),
        [
            "open 0/0 thinking id=i model=m",
            "delta 0/0 thinking \"h\"",
            "delta 0/0 thinking \"m\"",
            "close 0/0 thinking source=mistral.chat signature=thinking",
            "open 0/1 text",
            "delta 0/1 text \"So\"",
            "close 0/1 text",
            "open 0/2 tool_call name=f ref=abcDEF123",
            "delta 0/2 tool_call \"{\\\"x\\\":1}\"",
            "usage in=3 out=2",
            "close 0/2 tool_call",
            "finish 0 tool_calls"
        ]
    );
}
