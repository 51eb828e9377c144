use super::*;
use sallyport::translate::testing;

/// The lines of a stream of these events. Cut anywhere before the one that ends it, it
/// must not look finished.
fn stream(events: &[&str]) -> Vec<String> {
    let events: Vec<_> = events.iter().map(|e| ("", *e)).collect();
    let ends = |e: &&(&str, &str)| ["\"response.completed", "\"response.incomplete"].iter().any(|k| e.1.contains(k));
    for n in 0..=events.iter().take_while(|e| !ends(e)).count().min(events.len() - 1) {
        let cut = testing::stream(&mut Responses, b"", &events[..n]);
        assert!(!cut.iter().any(|l| l.starts_with("finish")), "cut behind {n} events it looks finished");
    }
    testing::stream(&mut Responses, b"", &events)
}

fn event(kind: &str, rest: &str) -> String {
    format!(r#"{{"type":"response.{kind}","output_index":0,"content_index":0,{rest}}}"#)
}

fn done(output: &str) -> String {
    event(
        "completed",
        &format!(
            r#""response":{{"id":"r","model":"m","status":"completed","error":null,"output":[{output}],"usage":{{"input_tokens":5,"input_tokens_details":{{"cached_tokens":2}},"output_tokens":3,"output_tokens_details":{{"reasoning_tokens":1}}}}}}"#
        ),
    )
}

const USAGE: &str = "usage in=3 out=3 read=2 reasoning=1";

#[test]
fn text_in_pieces_or_at_once() {
    let delta = |t: &str| event("output_text.delta", &format!(r#""delta":"{t}""#));
    let part = r#"{"type":"output_text","text":"Hej","annotations":[]}"#;
    let item = format!(r#"{{"type":"message","content":[{part}]}}"#);
    let (text, content) =
        (event("output_text.done", r#""text":"Hej""#), event("content_part.done", &format!(r#""part":{part}"#)));
    let whole = event("output_item.done", &format!(r#""item":{item}"#));
    let end = ["close 0/0 text".to_string(), USAGE.into(), "finish 0 stop".into()];
    let lines = stream(&[&delta("He"), &delta("j"), &text, &content, &whole, &done(&item)]);
    assert_eq!(lines[..3], ["open 0/0 text", "delta 0/0 text \"He\"", "delta 0/0 text \"j\""]);
    assert_eq!(lines[3], "close 0/0 text");
    assert_eq!(lines.len(), 6, "nothing comes twice: {lines:?}");
    // Whatever repeats it last tells what was not told.
    for last in [&text, &content, &whole, &done(&item)] {
        let lines = stream(&[&delta("He"), last, &done(&item)]);
        assert!(lines[1] == "delta 0/0 text \"He\"" && lines[2].starts_with("delta 0/0 text \"j\""), "{lines:?}");
        assert_eq!(lines.len(), 6, "{last}: {lines:?}");
        let lines = stream(&[last, &done(&item)]);
        assert!(lines[1].starts_with("delta 0/0 text \"Hej\""), "{last}: {lines:?}");
        assert!(lines[2..].iter().map(|l| l.split(" id=").next().unwrap()).eq(end.iter().map(|l| &**l)), "{lines:?}");
    }
}

#[test]
fn calls_that_cross() {
    let added = |at: u32, name: &str| {
        format!(
            r#"{{"type":"response.output_item.added","output_index":{at},"item":{{"type":"function_call","call_id":"c{at}","name":"{name}","arguments":""}}}}"#
        )
    };
    let piece = |at: u32, t: &str| {
        format!(r#"{{"type":"response.function_call_arguments.delta","output_index":{at},"delta":"{t}"}}"#)
    };
    let item = |at: u32, args: &str| {
        format!(
            r#"{{"type":"response.output_item.done","output_index":{at},"item":{{"type":"function_call","call_id":"c{at}","name":"f","arguments":{args}}}}}"#
        )
    };
    let lines = stream(&[
        &added(0, "f"),
        &added(1, "f"),
        &piece(0, "{"),
        &piece(1, "["),
        &piece(0, "}"),
        &piece(2, "lost"),
        &item(0, r#""{}""#),
        &item(1, r#""[]""#),
        &added(2, ""),
        &item(2, r#"{"a":1}"#),
        &item(3, "null"),
        &done(""),
    ]);
    assert_eq!(
        lines,
        [
            "open 0/0 tool_call name=f ref=c0",
            "open 0/1 tool_call name=f ref=c1",
            "delta 0/0 tool_call \"{\"",
            "delta 0/1 tool_call \"[\"",
            "delta 0/0 tool_call \"}\"",
            "close 0/0 tool_call",
            "delta 0/1 tool_call \"]\"",
            "close 0/1 tool_call",
            "open 0/2 tool_call name=f ref=c2",
            "delta 0/2 tool_call \"{\\\"a\\\":1}\"",
            "close 0/2 tool_call",
            "open 0/3 tool_call name=f ref=c3",
            "close 0/3 tool_call",
            &format!("{USAGE} id=r model=m"),
            "finish 0 tool_calls",
        ]
    );
}

#[test]
fn reasoning_and_its_seal() {
    let told = |i: u32, t: &str| {
        format!(
            r#"{{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":{i},"delta":"{t}"}}"#
        )
    };
    let item = |rest: &str| event("output_item.done", &format!(r#""item":{{"type":"reasoning",{rest}}}"#));
    let two = r#""summary":[{"text":"Hm."},{"text":"Oh."}],"encrypted_content":"enc""#;
    let lines = stream(&[&told(0, "Hm."), &told(1, "Oh"), &item(two), &done("")]);
    assert_eq!(
        lines[..6],
        [
            "open 0/0 thinking",
            "delta 0/0 thinking \"Hm.\"",
            "delta 0/0 thinking \"\\n\\n\"",
            "delta 0/0 thinking \"Oh\"",
            "delta 0/0 thinking \".\"",
            "close 0/0 thinking source=openai.responses signature=enc",
        ]
    );
    let lines = stream(&[&item(r#""summary":[],"encrypted_content":"enc""#), &done("")]);
    assert_eq!(lines[..2], ["open 0/0 redacted source=openai.responses signature=enc", "close 0/0 redacted"]);
    let full = r#""summary":[],"content":[{"type":"reasoning_text","text":"All."}]"#;
    let lines = stream(&[&item(full), &done("")]);
    assert_eq!(lines[2], "close 0/0 thinking source=openai.responses signature=reasoning_text");
    let lines = stream(&[&item(r#""summary":[]"#), &done("")]);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(
        testing::response(&mut Responses, 200, &format!(r#"{{"output":[{{"type":"reasoning",{two}}}]}}"#), b"")[0],
        "part 0 thinking source=openai.responses signature=enc \"Hm.\\n\\nOh.\""
    );
}

#[test]
fn ends() {
    let delta = event("output_text.delta", r#""delta":"He""#);
    let end = |kind: &str, response: &str| {
        stream(&[&delta, &event(kind, &format!(r#""response":{{{response}}}"#)), &delta]).pop().unwrap()
    };
    let cut =
        |why: &str| end("incomplete", &format!(r#""status":"incomplete","incomplete_details":{{"reason":"{why}"}}"#));
    assert_eq!(cut("max_output_tokens"), "finish 0 length");
    assert_eq!(cut("content_filter"), "finish 0 content_filter");
    assert_eq!(cut("other"), "finish 0 other");
    let failed = r#""status":"failed","error":{"code":"server_error","message":"Oops"}"#;
    assert_eq!(end("failed", failed), "error 502 server_error : Oops");
    assert_eq!(end("completed", failed), "error 502 server_error : Oops", "whatever the event is called");
    let prompt = r#""status":"failed","error":{"code":"invalid_prompt","message":"No"}"#;
    assert_eq!(end("failed", prompt), "error 400 invalid_prompt : No");
    assert_eq!(
        end("cancelled", r#""status":"cancelled""#).split(' ').take(3).collect::<Vec<_>>().join(" "),
        "error 502 generation_aborted"
    );
    let wrong = |e: &str| stream(&[e, &delta]).pop().unwrap();
    assert_eq!(
        wrong(r#"{"type":"error","code":"rate_limit_exceeded","message":"Slow"}"#),
        "error 429 rate_limit_exceeded : Slow"
    );
    assert_eq!(wrong(r#"{"type":"error","code":null,"message":"Oops"}"#), "error 502  : Oops");
    assert_eq!(
        wrong(r#"{"error":{"code":"context_length_exceeded","message":"Long"}}"#),
        "error 400 context_length_exceeded : Long"
    );
    assert_eq!(stream(&[&delta, "[DONE]"]).len(), 2, "it is cut");
    let lines = stream(&["nonsense"]);
    assert_eq!(lines, ["error 0 upstream_invalid : An event of the provider is no JSON object."]);
}

#[test]
fn whole_answers() {
    let read = |status, body: &str| testing::response(&mut Responses, status, body, b"");
    let lines = read(
        200,
        r#"{"id":"r","model":"m","status":"completed","output":[{"type":"web_search_call"},{"type":"message","content":[{"type":"output_text","text":"Hej","annotations":[{"type":"url_citation","url":"u","title":"T","start_index":0}]},{"type":"refusal","refusal":"No"}]},{"type":"function_call","id":"x","name":"f","arguments":" "},{"type":"image_generation_call","result":"AAAA","output_format":"webp"},{"type":"image_generation_call","result":"no"}],"usage":{"input_tokens":5,"output_tokens":3}}"#,
    );
    assert_eq!(
        lines,
        [
            "id r model m",
            "part 0 text \"Hej\"",
            "part 0 citation url=u raw={\"url\":\"u\",\"title\":\"T\",\"start_index\":0} \"T\"",
            "part 0 refusal \"No\"",
            "part 0 tool_call name=f ref=x \"{}\"",
            "part 0 image name=image/webp data=AAAA",
            "usage in=5 out=3",
            "finish 0 tool_calls",
        ]
    );
    for (body, want) in [
        ("{}", "error 0 upstream_invalid : The provider's answer has no output."),
        ("[]", "error 0 upstream_invalid : The provider's answer is no JSON object."),
        (
            r#"{"status":"in_progress","output":[]}"#,
            "error 0 upstream_invalid : The provider's answer is not finished.",
        ),
        (r#"{"error":{"code":"rate_limit_exceeded","message":"Slow"}}"#, "error 429 rate_limit_exceeded : Slow"),
    ] {
        assert_eq!(read(200, body), [want]);
    }
    let lines = read(429, r#"{"error":{"code":"insufficient_quota","message":"Pay","type":"insufficient_quota"}}"#);
    assert_eq!(lines, ["error 429 insufficient_quota : Pay"]);
}
