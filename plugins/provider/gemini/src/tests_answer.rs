use super::*;
use sallyport::abi::{Exchange, Header, UpstreamResponseReply};
use sallyport::translate::{run_response, testing};

#[test]
fn answers() {
    let body = r#"{"candidates":[{"index":0,"content":{"role":"model","parts":[
        {"text":"h","thought":true},{"text":"m","thought":true},{"text":"So "},{"text":"it is","thoughtSignature":"VA=="},{"text":"","thoughtSignature":"VQ=="},
        {"inlineData":{"mimeType":"image/png","data":"AA=="}},{"executableCode":{"code":"x"}},
        {"functionCall":{"name":"f","args":{"n":1.0}},"thoughtSignature":"Uw=="},{"functionCall":{"id":"b","name":"g"}}]},
        "finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"A"}}]}}],
        "usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"toolUsePromptTokenCount":3,"candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":25},"modelVersion":"m","responseId":"r"}"#;
    assert_eq!(
        testing::response(&mut Gemini, 200, body, b""),
        [
            "id r model m",
            "part 0 thinking \"hm\"",
            "part 0 text source=gemini signature=VA== \"So it is\"",
            "part 0 citation url=https://a \"A\"",
            "part 0 text source=gemini signature=VQ==",
            "part 0 image name=image/png data=AA==",
            "part 0 other source=gemini raw={\"executableCode\":{\"code\":\"x\"}}",
            "part 0 tool_call name=f source=gemini signature=Uw== \"{\\\"n\\\":1.0}\"",
            "part 0 tool_call name=g ref=b \"{}\"",
            "usage in=9 out=12 read=4 reasoning=7",
            "finish 0 tool_calls"
        ]
    );
    for (body, want) in [
        (r#"{"candidates":[{"finishReason":"SAFETY","index":0}]}"#, "finish 0 content_filter"),
        (
            r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}}"#,
            "finish 0 content_filter",
        ),
        (r#"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"MAX_TOKENS"}]}"#, "finish 0 length"),
        (
            r#"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"LANGUAGE"}]}"#,
            "finish 0 content_filter",
        ),
        (r#"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"OTHER"}]}"#, "finish 0 content_filter"),
        (r#"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"CONTINUATION"}]}"#, "finish 0 length"),
        (r#"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"NO_IMAGE"}]}"#, "finish 0 other"),
        (
            r#"{"candidates":[{"content":{"parts":[]},"finishReason":"NO_IMAGE"}]}"#,
            "error 502 no_image : The model's answer is broken.",
        ),
        (r#"{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"NEW_ONE"}]}"#, "finish 0 other"),
        (
            r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"bad call"}]}"#,
            "error 502 malformed_function_call : bad call",
        ),
        (r#"{"candidates":[]}"#, "error 0 upstream_invalid : The provider's answer has no candidates."),
        ("[]", "error 0 upstream_invalid : The provider's answer is no JSON object."),
    ] {
        assert_eq!(testing::response(&mut Gemini, 200, body, b"").last().unwrap(), want);
    }
}

fn of(operation: Operation, body: &str, state: &[u8]) -> (String, u64) {
    let exchange = Some(Exchange { operation, ..Default::default() });
    let call = UpstreamResponseCall { status: 200, exchange, body: body.as_bytes(), state, ..Default::default() };
    let (mut frame, mut out) = (Vec::new(), Vec::new());
    call.append(&mut frame);
    run_response(&mut Gemini, &frame, &mut out).unwrap();
    let r = UpstreamResponseReply::decode(&out).unwrap();
    (String::from_utf8(r.body.to_vec()).unwrap(), r.usage.map_or(0, |u| u.input_uncached))
}

#[test]
fn other_operations() {
    assert_eq!(of(Operation::COUNT_TOKENS, r#"{"totalTokens":31,"cachedContentTokenCount":1}"#, b""), ("".into(), 30));
    let mut state = sallyport::translate::State::default();
    state.flag(false).text("m");
    assert_eq!(
        of(Operation::EMBEDDINGS, r#"{"embeddings":[{"values":[1,-0.5]},{"values":[2]}],"usageMetadata":{"promptTokenCount":7}}"#, state.bytes()),
        (r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,-0.5]},{"object":"embedding","index":1,"embedding":[2]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}}"#.into(), 7)
    );
    state.clear();
    state.flag(true).text("m");
    let (body, _) = of(Operation::EMBEDDINGS, r#"{"embedding":{"values":[1,-0.5]}}"#, state.bytes());
    assert!(body.contains(r#""embedding":"AACAPwAAAL8=""#), "{body}");
}

#[test]
fn errors() {
    for (status, body, want) in [
        (400, r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#, "error 401 invalid_api_key : API key not valid."),
        (400, r#"{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}"#, "error 400 context_length_exceeded : The input token count (9) exceeds the maximum number of tokens allowed (8)."),
        (400, r#"[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0]"}]}]}}]"#, "error 400 invalid_argument contents[0]: no"),
        (404, r#"{"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}}"#, "error 404 model_not_found : models/x is not found"),
        (502, "<html>", "error 502  : The provider answered with the status 502."),
    ] {
        assert_eq!(testing::response(&mut Gemini, status, body, b""), [want]);
    }
    let body = br#"{"error":{"code":429,"message":"q","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]}}"#;
    for (body, header, want) in [(&body[..], "", 34400), (b"{}", "7", 7000)] {
        let headers = vec![Header { name: "retry-after", value: header.as_bytes() }];
        let call = UpstreamResponseCall { status: 429, headers, body, ..Default::default() };
        let (mut frame, mut out) = (Vec::new(), Vec::new());
        call.append(&mut frame);
        run_response(&mut Gemini, &frame, &mut out).unwrap();
        let e = UpstreamResponseReply::decode(&out).unwrap().error.unwrap();
        assert_eq!((e.status, e.retry_after_ms), (429, want));
    }
}

fn stream(events: &[&str]) -> Vec<String> {
    let events: Vec<_> = events.iter().map(|e| ("", *e)).collect();
    for n in 0..events.len() {
        let lines = testing::stream(&mut Gemini, b"", &events[..n]);
        assert!(!lines.iter().any(|l| l.starts_with("finish")), "a cut stream looks finished");
    }
    testing::stream(&mut Gemini, b"", &events)
}

fn event(parts: &str, more: &str) -> String {
    format!(
        r#"{{"candidates":[{{"content":{{"role":"model","parts":[{parts}]}}{more}}}],"modelVersion":"m","responseId":"r"}}"#
    )
}

#[test]
fn streams() {
    let usage = r#","usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":1}"#;
    let mut last = event(r#"{"text":"","thoughtSignature":"VA=="}"#, r#","finishReason":"STOP""#);
    last.insert_str(last.len() - 1, usage);
    assert_eq!(
        stream(&[
            &event(r#"{"text":"hm","thought":true}"#, ""),
            &event(r#"{"text":"So"}"#, ""),
            &event(
                r#"{"text":" it"}"#,
                r#","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"A"}}]}"#
            ),
            &last
        ]),
        [
            "open 0/0 thinking id=r model=m",
            "delta 0/0 thinking \"hm\"",
            "close 0/0 thinking",
            "open 0/1 text",
            "delta 0/1 text \"So\"",
            "delta 0/1 text \" it\"",
            "open 0/2 citation url=https://a \"A\"",
            "close 0/2 citation",
            "usage in=3 out=3 reasoning=1",
            "delta 0/1 text source=gemini signature=VA==",
            "close 0/1 text",
            "finish 0 stop"
        ]
    );
}

#[test]
fn calls() {
    assert_eq!(
        stream(&[
            &event(
                r#"{"functionCall":{"id":"a","name":"f","args":{"x":1}},"thoughtSignature":"Uw=="},{"functionCall":{"name":"g","args":{}}}"#,
                ""
            ),
            &event("", r#","finishReason":"STOP""#)
        ]),
        [
            "open 0/0 tool_call name=f ref=a source=gemini signature=Uw== id=r model=m",
            "delta 0/0 tool_call \"{\\\"x\\\":1}\"",
            "close 0/0 tool_call",
            "open 0/1 tool_call name=g",
            "delta 0/1 tool_call \"{}\"",
            "close 0/1 tool_call",
            "finish 0 tool_calls"
        ]
    );
    let lines = stream(&[
        &event(r#"{"functionCall":{"name":"f","willContinue":true},"thoughtSignature":"Uw=="}"#, ""),
        &event(
            r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"x","willContinue":true}],"willContinue":true}}"#,
            "",
        ),
        &event(
            r#"{"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"y"},{"jsonPath":"$.c","numberValue":2}],"willContinue":true}}"#,
            "",
        ),
        &event(r#"{"functionCall":{}}"#, r#","finishReason":"STOP""#),
    ]);
    let text: String = lines
        .iter()
        .filter(|l| l.starts_with("delta"))
        .map(|l| l[l.find('"').unwrap() + 1..l.len() - 1].replace('\\', ""))
        .collect();
    assert_eq!(text, r#"{"a":[{"b":"xy"}],"c":2}"#);
    assert_eq!(lines.last().unwrap(), "finish 0 tool_calls");
}

#[test]
fn pictures() {
    let parts = r#"{"thought":true,"inlineData":{"mimeType":"image/png","data":"QQ=="}},{"inlineData":{"mimeType":"image/png","data":"Qg=="},"thoughtSignature":"Uw=="}"#;
    let body = format!(r#"{{"candidates":[{{"content":{{"parts":[{parts}]}},"finishReason":"STOP"}}]}}"#);
    let want = "image name=image/png source=gemini data=Qg== signature=Uw==";
    let lines = testing::response(&mut Gemini, 200, &body, b"");
    assert_eq!(lines, [format!("part 0 {want}"), "finish 0 stop".into()]);
    let lines = testing::stream(&mut Gemini, b"", &[("", &body)]);
    assert_eq!(lines, [format!("open 0/0 {want}"), "close 0/0 image".into(), "finish 0 stop".into()]);
}

#[test]
fn sources_behind_their_text() {
    let body = r#"{"candidates":[{"content":{"parts":[{"text":"h","thought":true},{"text":"an"},{"text":"s"},{"text":"","thoughtSignature":"Uw=="},{"functionCall":{"name":"f"}}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a","title":"T"}}]}}]}"#;
    let want = [
        r#"part 0 thinking "h""#,
        r#"part 0 text source=gemini signature=Uw== "ans""#,
        r#"part 0 citation url=https://a "T""#,
        r#"part 0 tool_call name=f "{}""#,
        "finish 0 tool_calls",
    ];
    assert_eq!(testing::response(&mut Gemini, 200, body, b""), want);
}

#[test]
fn no_usage() {
    for usage in [
        "{}",
        r#"{"trafficType":"ON_DEMAND"}"#,
        r#"{"promptTokenCount":0,"totalTokenCount":0}"#,
        r#"{"totalTokenCount":9}"#,
    ] {
        let body = format!(r#"{{"candidates":[{{"finishReason":"STOP"}}],"usageMetadata":{usage}}}"#);
        assert_eq!(testing::response(&mut Gemini, 200, &body, b""), ["finish 0 stop"], "{usage}");
        assert_eq!(testing::stream(&mut Gemini, b"", &[("", &body)]), ["finish 0 stop"], "{usage}");
    }
    let most = r#"{"usageMetadata":{"promptTokenCount":18446744073709551615,"candidatesTokenCount":18446744073709551615,"thoughtsTokenCount":18446744073709551615,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":18446744073709551615},{"modality":"AUDIO","tokenCount":1}]},"candidates":[{"finishReason":"STOP"}]}"#;
    assert_eq!(testing::response(&mut Gemini, 200, most, b"").len(), 2, "no overflow");
}

#[test]
fn late_news() {
    let sealed = stream(&[
        &event(r#"{"functionCall":{"name":"f","willContinue":true}}"#, ""),
        &event(r#"{"functionCall":{},"thoughtSignature":"Uw=="}"#, r#","finishReason":"STOP""#),
    ]);
    assert!(sealed.contains(&"delta 0/0 tool_call source=gemini signature=Uw==".to_string()), "{sealed:?}");
    let feedback = r#"{"promptFeedback":{"blockReason":"OTHER"}}"#;
    let x = event(r#"{"text":"x"}"#, "");
    let lines = testing::stream(&mut Gemini, b"", &[("", &x), ("", &x), ("", feedback)]);
    assert_eq!(lines.last().unwrap(), "finish 0 content_filter");
    let unsaid = event(r#"{"text":"x"}"#, r#","finishReason":"FINISH_REASON_UNSPECIFIED""#);
    assert_eq!(testing::stream(&mut Gemini, b"", &[("", &unsaid)]).last().unwrap(), "delta 0/0 text \"x\"");
}

#[test]
fn bad_streams() {
    let x = event(r#"{"text":"x"}"#, "");
    for (chunk, want) in [
        (r#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#, "error 503 unavailable : busy"),
        (r#"[{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}]"#, "error 503 unavailable : busy"),
        (
            r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#,
            "error 502 malformed_function_call : The model's answer is broken.",
        ),
    ] {
        let stop = event("", r#","finishReason":"STOP""#);
        let lines = testing::stream(&mut Gemini, b"", &[("", &x), ("", chunk), ("", &stop)]);
        assert_eq!(lines.last().unwrap(), want, "nothing comes behind an error");
    }
    let blocked = r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":3}}"#;
    assert_eq!(testing::stream(&mut Gemini, b"", &[("", blocked)]), ["usage in=3 out=0", "finish 0 content_filter"]);
    assert_eq!(
        testing::stream(&mut Gemini, b"", &[("", "x")]),
        ["error 0 upstream_invalid : An event of the provider is no JSON object."]
    );
    testing::stream(&mut Gemini, b"\xff\xff\xff\xff", &[("", &x)]);
}
