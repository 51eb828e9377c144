use super::*;
use sallyport::translate::{testing, Names, State};

/// The lines of a stream of these chunks. Cut anywhere before `[DONE]` it must not look
/// finished.
fn stream(chunks: &[&str]) -> Vec<String> {
    let events: Vec<_> = chunks.iter().map(|c| ("", *c)).collect();
    for n in 0..chunks.len() {
        if chunks[..n].contains(&DONE) {
            break;
        }
        let cut = testing::stream(&mut OpenAi, b"", &events[..n]);
        assert!(!cut.iter().any(|l| l.starts_with("finish")), "cut behind {n} events it looks finished");
    }
    testing::stream(&mut OpenAi, b"", &events)
}

fn delta(inner: &str) -> String {
    format!(r#"{{"id":"c","model":"m","choices":[{{"index":0,"delta":{{{inner}}},"finish_reason":null}}]}}"#)
}

const STOP: &str = r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const USAGE: &str =
    r#"{"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
const DONE: &str = "[DONE]";

/// The lines of a stream whose deltas are these.
fn deltas(all: &[&str]) -> Vec<String> {
    let mut chunks: Vec<String> = all.iter().map(|d| delta(d)).collect();
    chunks.push(STOP.into());
    chunks.push(DONE.into());
    let chunks: Vec<_> = chunks.iter().map(|c| c.as_str()).collect();
    stream(&chunks)
}

#[test]
fn text() {
    let azure = r#"{"id":"","model":"","choices":[],"prompt_filter_results":[]}"#;
    let (role, a, b) =
        (delta(r#""role":"assistant","content":"""#), delta(r#""content":"He""#), delta(r#""content":"j""#));
    let want = [
        "open 0/0 text id=c model=m",
        "delta 0/0 text \"He\"",
        "delta 0/0 text \"j\"",
        "usage in=3 out=2",
        "close 0/0 text",
        "finish 0 stop",
    ];
    assert_eq!(stream(&[azure, &role, &a, &b, STOP, USAGE, DONE]), want);
    let open = stream(&[&role, &a, &b, STOP, USAGE]);
    assert!(open.len() == 5 && open[4].starts_with("error 502 upstream_cut : ") && open[4].contains("no_stream_end"));
    let events = [("", &role[..]), ("", &a), ("", &b), ("", STOP), ("", USAGE)];
    assert_eq!(testing::stream(&mut OpenAi, &ended(true, false), &events), want, "of one that never sends it");
    assert_eq!(stream(&[&a, &b, USAGE]).last().unwrap(), "usage in=3 out=2", "a cut stream");
    let cut = "error 502 upstream_cut : The provider's stream ended before the answer was finished.";
    assert_eq!(stream(&[&a, USAGE, DONE])[2..], ["usage in=3 out=2", cut], "an end without a reason");
    let other = r#"{"choices":[{"index":1,"delta":{"content":"x"}}]}"#;
    assert_eq!(stream(&[&a, other, STOP, DONE]).last().unwrap(), cut, "one of two has no reason");
    assert_eq!(stream(&[DONE]), ["error 0 upstream_invalid : The provider's stream ended without an answer."]);
    let nothing = r#"{"choices":null}"#;
    assert_eq!(stream(&[nothing, r#"{"choices":[{"index":0}]}"#, &a, STOP, DONE]).last().unwrap(), "finish 0 stop");
}

/// What is left of a request to a provider that sends no `[DONE]`, or no usage.
fn ended(no_end: bool, no_usage: bool) -> Vec<u8> {
    let mut s = State::default();
    s.number(1).text("").flag(no_end).flag(no_usage);
    Names::default().write(&mut s);
    s.bytes().to_vec()
}

/// Of a provider that sends no `[DONE]`, a stream is whole when the reason and the usage
/// came, or the reason alone where it sends no usage either. Of others it never is.
#[test]
fn ends() {
    let x = delta(r#""content":"x""#);
    let with =
        |usage: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"stop"}}],"usage":{usage}}}"#);
    let early = |output: u64| {
        format!(
            r#"{{"choices":[{{"index":0,"delta":{{"content":"x"}}}}],"usage":{{"prompt_tokens":3,"completion_tokens":{output}}}}}"#
        )
    };
    let two = r#"{"choices":[{"index":1,"delta":{"content":"y"}}]}"#;
    let zeros = r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#;
    let null = r#"{"choices":[{"index":0,"delta":{},"finish_reason":null}]}"#;
    let empty = r#"{"choices":[{"index":0,"delta":{},"finish_reason":""}]}"#;
    for (chunks, whole) in [
        (vec![&x[..], STOP, USAGE], true),
        (vec![&x, STOP, DONE], true),
        (vec![&x, &with(r#"{"prompt_tokens":3,"completion_tokens":2}"#)], true),
        (vec![&x, &with(r#"{"prompt_tokens":3,"completion_tokens":0}"#)], true),
        (vec![&x, &with(r#"{"total_tokens":5}"#)], true),
        (vec![&early(1), STOP], true),
        (vec![&early(0), &x, STOP, USAGE], true),
        (vec![&x, STOP], false),
        (vec![&x, &with("null")], false),
        (vec![&x, &with("{}")], false),
        (vec![&x, &with(zeros)], false),
        (vec![&early(0), &x, STOP], false),
        (vec![&x, null, empty, USAGE], false),
        (vec![&x, two, STOP, USAGE], false),
        (vec![USAGE], false),
    ] {
        let events: Vec<_> = chunks.iter().map(|c| ("", *c)).collect();
        let reasons = chunks.iter().filter(|c| c.contains("finish_reason\":\"s")).count();
        let open = chunks.contains(&two);
        for (state, whole) in [
            (ended(false, false), chunks.contains(&DONE)),
            (ended(false, true), chunks.contains(&DONE)),
            (ended(true, false), whole),
            (ended(true, true), reasons > 0 && !open),
        ] {
            let lines = testing::stream(&mut OpenAi, &state, &events);
            assert_eq!(lines.iter().any(|l| l.starts_with("finish")), whole, "{chunks:?}: {lines:?}");
        }
    }
}

#[test]
fn usage_anywhere() {
    let last =
        |members: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"stop"}}],{members}}}"#);
    for members in [
        r#""x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
        r#""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":null}"#,
        r#""usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":5,"completion_tokens_details":{"reasoning_tokens":1}}"#,
    ] {
        let lines = stream(&[&delta(r#""content":"x""#), &last(members), DONE]);
        assert!(lines.iter().any(|l| l.starts_with("usage in=3 out=2")), "{lines:?}");
    }
    let unexplained = last(r#""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":400}"#);
    assert!(stream(&[&delta(r#""content":"x""#), &unexplained, DONE]).contains(&"usage in=3 out=2".into()));
    let chunk = r#"{"choices":[{"index":0,"delta":{"content":"x"},"usage":{"prompt_tokens":3,"completion_tokens":2}}],"usage":null}"#;
    assert!(stream(&[chunk, STOP, DONE]).contains(&"usage in=3 out=2".into()), "Moonshot's");
}

#[test]
fn reasoning() {
    for member in ["reasoning_content", "reasoning"] {
        let one = format!(r#""{member}":"hm","content":"""#);
        let two = format!(r#""{member}":null,"content":"So""#);
        assert_eq!(
            deltas(&[&one, &one, &two]),
            [
                "open 0/0 thinking id=c model=m".to_string(),
                "delta 0/0 thinking \"hm\"".into(),
                "delta 0/0 thinking \"hm\"".into(),
                format!("close 0/0 thinking source=openai.chat signature={member}"),
                "open 0/1 text".into(),
                "delta 0/1 text \"So\"".into(),
                "close 0/1 text".into(),
                "finish 0 stop".into()
            ]
        );
    }
    let lines = deltas(&[
        r#""reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","format":"f"}]"#,
        r#""reasoning":null,"reasoning_details":[{"type":"reasoning.text","signature":"S=","format":"f"}]"#,
        r#""reasoning_details":[{"type":"reasoning.encrypted","data":"D=","format":"f","id":"r"}]"#,
    ]);
    assert_eq!(
        lines[1..],
        [
            "delta 0/0 thinking \"hm\"",
            "delta 0/0 thinking source=openai.chat signature=reasoning_details:f::S=",
            "close 0/0 thinking",
            "open 0/1 redacted source=openai.chat signature=reasoning_details:f:r:D=",
            "close 0/1 redacted",
            "finish 0 stop"
        ]
    );
}

/// What the calls of a stream came to: name, id and arguments.
fn calls(all: &[&str]) -> String {
    let mut out = String::new();
    for d in deltas(all) {
        let words: Vec<_> = d.splitn(4, ' ').collect();
        match words[0] {
            "open" => {
                out += &format!(
                    " {}",
                    d.split(' ')
                        .filter(|w| w.starts_with("name=") || w.starts_with("ref="))
                        .collect::<Vec<_>>()
                        .join(",")
                )
            }
            "delta" => out += &format!("|{}|{}", words[1], words[3].replace('\\', "")),
            "finish" => out += &format!(" {}", words[2]),
            _ => {}
        }
    }
    out.trim().to_string()
}

#[test]
fn habits_of_tool_calls() {
    let tool = |index: &str, id: &str, name: &str, args: &str| {
        let args = args.replace('"', "\\\"");
        format!(
            r#""tool_calls":[{{{index}"id":{id},"type":"function","function":{{"name":{name},"arguments":"{args}"}}}}]"#
        )
    };
    let (zero, one) = (r#""index":0,"#, r#""index":1,"#);
    let whole = r#"name=f,ref=a|0/0|"{"x":1}" tool_calls"#;
    for all in [
        vec![tool(zero, "\"a\"", "\"f\"", "{\"x\":1}")],
        vec![tool(zero, "\"a\"", "\"f\"", ""), tool(zero, "null", "null", "{\"x\":1}")],
        vec![tool(zero, "\"a\"", "\"f\"", "{}"), tool(zero, "\"\"", "\"\"", "{\"x\":1}")],
        vec![tool(zero, "\"a\"", "\"f\"", "{\"x\":1}"), tool(zero, "\"a\"", "\"f\"", "{\"x\":1}")],
        vec![tool("", "\"a\"", "\"f\"", "{\"x\":1}")],
    ] {
        assert_eq!(calls(&all.iter().map(|s| s.as_str()).collect::<Vec<_>>()), whole, "{all:?}");
    }
    let split = r#"name=f,ref=a|0/0|"{"x""|0/0|":1}" tool_calls"#;
    for id in ["\"a\"", "\"b\"", "null", "\"\""] {
        for name in ["\"f\"", "\"\"", "null"] {
            let all = [tool(zero, "\"a\"", "\"f\"", "{\"x\""), tool(zero, id, name, ":1}")];
            assert_eq!(calls(&[&all[0], &all[1]]), split, "{id} {name}");
        }
    }
    let two = r#"name=f,ref=a|0/0|"{"x":1}" name=g,ref=b|0/1|"{"y":2}" tool_calls"#;
    for index in [zero, one, ""] {
        let all = [tool(zero, "\"a\"", "\"f\"", "{\"x\":1}"), tool(index, "\"b\"", "\"g\"", "{\"y\":2}")];
        assert_eq!(calls(&[&all[0], &all[1]]), two, "{index}");
    }
    let all = [tool(zero, "null", "\"f\"", "{\"x\":1}"), tool(zero, "null", "\"g\"", "{\"y\":2}")];
    assert_eq!(calls(&[&all[0], &all[1]]), two.replace(",ref=a", "").replace(",ref=b", ""), "no ids, one index");
    let all = [
        tool(zero, "\"a\"", "\"f\"", "{\"x\""),
        tool(one, "\"b\"", "\"g\"", "{\"y\""),
        tool(zero, "null", "null", ":1}"),
        tool(one, "null", "null", ":2}"),
    ];
    let all: Vec<_> = all.iter().map(|s| s.as_str()).collect();
    assert_eq!(calls(&all), r#"name=f,ref=a|0/0|"{"x"" name=g,ref=b|0/1|"{"y""|0/0|":1}"|0/1|":2}" tool_calls"#);
    assert_eq!(
        calls(&[r#""tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}]"#]),
        whole,
        "an object"
    );
}

#[test]
fn citations() {
    let sources = r#"{"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"citations":["https://a","https://b"]}"#;
    assert_eq!(
        stream(&[&delta(r#""content":"x""#), sources, DONE])[2..],
        [
            "delta 0/0 text \"x\"",
            "open 0/1 citation url=https://a",
            "close 0/1 citation",
            "open 0/2 citation url=https://b",
            "close 0/2 citation",
            "close 0/0 text",
            "finish 0 stop"
        ]
    );
}

#[test]
fn errors() {
    let x = delta(r#""content":"x""#);
    for (chunk, want) in [
        (
            r#"{"error":{"message":"slow","type":"rate_limit_exceeded","code":null}}"#,
            "error 429 rate_limit_exceeded : slow",
        ),
        (
            r#"{"error":{"message":"no tool","type":"invalid_request_error","code":"tool_use_failed","status_code":400}}"#,
            "error 400 tool_use_failed : no tool",
        ),
        (r#"{"object":"error","message":"bad","code":500}"#, "error 500  : bad"),
        (
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"gone"}}]}"#,
            "error 502  : gone",
        ),
        (
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"insufficient_system_resource"}]}"#,
            "error 503 insufficient_system_resource : The provider has not enough resources to finish the answer.",
        ),
        ("oops", "error 0 upstream_invalid : An event of the provider is no JSON object."),
    ] {
        let lines = testing::stream(&mut OpenAi, b"", &[("", &x), ("", chunk)]);
        assert_eq!(lines.last().unwrap(), want);
        if chunk != "oops" {
            let lines = testing::stream(&mut OpenAi, b"", &[("", &x), ("", chunk), ("", STOP), ("", DONE)]);
            assert_eq!(lines.last().unwrap(), want, "nothing comes behind an error");
        }
    }
    assert_eq!(testing::stream(&mut OpenAi, b"", &[("error", "busy")]), ["error 502  : busy"]);
    testing::stream(&mut OpenAi, b"\xff\xff\xff", &[("", &x), ("", STOP), ("", DONE)]);
}

#[test]
fn several_choices() {
    let chunk = |i: u32, rest: &str| format!(r#"{{"choices":[{{"index":{i},{rest}}}]}}"#);
    let (a, b) = (chunk(0, r#""delta":{"content":"a"}"#), chunk(1, r#""delta":{"content":"b"}"#));
    let (fa, fb) =
        (chunk(0, r#""delta":{},"finish_reason":"stop""#), chunk(1, r#""delta":{},"finish_reason":"length""#));
    let events = [("", &*a), ("", &*b), ("", &*fa), ("", USAGE)];
    assert!(!testing::stream(&mut OpenAi, b"", &events).iter().any(|l| l.starts_with("finish")), "one goes on");
    let lines = testing::stream(&mut OpenAi, b"", &[events[0], events[1], events[2], ("", &fb), ("", DONE)]);
    assert_eq!(lines[4..], ["close 0/0 text", "close 1/0 text", "finish 0 stop", "finish 1 length"]);
}

#[test]
fn sound() {
    let lines = stream(&[
        &delta(r#""audio":{"id":"a","data":"AAAA"}"#),
        &delta(r#""audio":{"transcript":"he"}"#),
        &delta(r#""audio":{"transcript":"j"}"#),
        STOP,
        DONE,
    ]);
    assert_eq!(lines[..3], ["open 0/0 text id=c model=m", "delta 0/0 text \"he\"", "delta 0/0 text \"j\""]);
    let body = r#"{"choices":[{"message":{"content":null,"audio":{"data":"UklGRg==","transcript":"hej"}},"finish_reason":"stop"}]}"#;
    let lines = testing::response(&mut OpenAi, 200, body, b"");
    assert!(lines.contains(&"part 0 other name=audio/wav data=UklGRg== \"hej\"".into()), "{lines:?}");
    for data in ["", r#""data":"x","#, r#""data":"UklG Rg=","#] {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":null,"audio":{{{data}"transcript":"hej"}},"images":[{{"image_url":{{"url":"data:image/png;base64,x"}}}}]}},"finish_reason":"stop"}}]}}"#
        );
        let lines = testing::response(&mut OpenAi, 200, &body, b"");
        assert_eq!(lines[0], "part 0 text \"hej\"", "{data}: {lines:?}");
    }
}
