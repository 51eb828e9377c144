use super::testing::{self, Sent};
use super::*;
use crate::abi::*;
use crate::{json::Value, Kind, Part, Role};

/// Writes the texts, and takes what a test tells it to.
struct Some_ {
    take: fn(&mut super::Request),
}

impl Translator for Some_ {
    fn configure(_: &Config) -> Result<Self, String> {
        Err("made by tests".into())
    }

    fn request(&mut self, call: &mut super::Request, out: &mut Upstream) -> Result<(), Failure> {
        (self.take)(call);
        if call.exchange.route == "refuse" {
            return Err(Failure::unsupported("n", "no"));
        }
        out.path = format!("{}/x", call.target.base_path);
        out.body.object(|w| {
            w.key("texts").array(|w| {
                for p in &call.parts {
                    w.string(p.text);
                }
            });
        });
        if call.exchange.route == "state" {
            out.state.text(&"x".repeat(State::MAX));
        }
        out.header("x-thing", "1");
        Ok(())
    }

    fn response(&mut self, call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
        out.text(0, std::str::from_utf8(call.body).unwrap_or(""));
        Ok(())
    }

    fn event(&mut self, call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
        match call.data {
            b"id" => out.identify("i", "m"),
            b"text" => out.delta(0, 0, Kind::TEXT, "t"),
            b"both" => {
                out.identify("i", "m");
                out.delta(0, 0, Kind::TEXT, "");
                out.delta(0, 0, Kind::TEXT, "t");
                out.delta(0, 0, Kind::TEXT, "u");
            }
            b"bad" => return Err(Failure::new(529, "overloaded", "later")),
            _ => {}
        }
        Ok(())
    }
}

fn ask(take: fn(&mut super::Request), call: UpstreamRequestCall) -> Sent {
    testing::request(&mut Some_ { take }, &call)
}

fn part(message: Option<u32>, role: Role, kind: Kind, text: &str) -> Part<'_> {
    Part { message, role, kind, text: text.as_bytes(), ..Default::default() }
}

fn all<'a>() -> Parameters<'a> {
    Parameters {
        max_output: Some(1),
        temperature: Some(0.0),
        top_p: Some(0.0),
        top_k: Some(0),
        presence_penalty: Some(0.0),
        frequency_penalty: Some(0.0),
        seed: Some(0),
        choices: 2,
        stop: vec!["a"],
        tools: vec![Tool::default()],
        tool_choice: ToolChoice::AUTO,
        tool_name: "",
        parallel_tools: Some(false),
        output_format: OutputFormat::JSON,
        output_schema: b"",
        reasoning_effort: "low",
        reasoning_tokens: Some(0),
        others: vec![Parameter { name: "user", json: b"\"u\"" }],
        output_attributes: b"",
    }
}

fn from(dialect: &'static str) -> UpstreamRequestCall<'static> {
    let exchange = Some(Exchange { dialect, ..Default::default() });
    UpstreamRequestCall { exchange, parameters: Some(all()), ..Default::default() }
}

#[test]
fn what_is_not_taken_is_reported() {
    let sent = ask(|_| {}, from("openai.chat"));
    assert_eq!(sent.dropped.len(), 16, "{:?}", sent.dropped);
    assert!(sent.dropped.iter().all(|d| d.ends_with("=not_supported_by_provider")));
    let gemini = ask(|_| {}, from("gemini"));
    assert!(gemini.dropped.contains(&"generationConfig.topP=not_supported_by_provider".to_string()));
    assert_eq!(gemini.dropped.len(), 16);
    let sent = ask(
        |call| {
            assert_eq!(call.other("user").unwrap().text().unwrap(), "u");
            assert!(call.other("user").is_none());
            call.parameters = Parameters::default();
        },
        from("openai.chat"),
    );
    assert!(sent.dropped.is_empty());
}

#[test]
fn attributes_report_themselves() {
    let with = |kind, raw: &'static [u8]| UpstreamRequestCall {
        parts: vec![Part { raw, ..part(Some(3), Role::USER, kind, "") }],
        ..from("gemini")
    };
    let take = |call: &mut super::Request| {
        call.parameters = Parameters::default();
        let mut a = call.losses.attributes(&call.parts[0]);
        assert_eq!(a.text("detail").as_deref(), Some("low"));
        a.lose("other", "because");
        a.lose("absent", "because");
    };
    let sent = ask(take, with(Kind::IMAGE, br#"{"detail":"low","other":1,"more":[2]}"#));
    assert_eq!(sent.dropped, ["contents[3].image.more=not_supported_by_provider", "contents[3].image.other=because"]);
}

#[test]
fn many_losses() {
    let many = |call: &mut super::Request| {
        call.parameters = Parameters::default();
        for i in 0..300 {
            call.losses.add(format!("f{i:03}"), "lost");
            call.losses.add(format!("f{i:03}"), "lost_again");
        }
    };
    let sent = ask(many, from("openai.chat"));
    assert_eq!(sent.dropped.len(), 256);
    assert_eq!(sent.dropped[255], "and_45_more=too_many_to_name");
}

#[test]
fn requests() {
    let texts = |n: usize| (0..n).map(|_| part(Some(0), Role::USER, Kind::TEXT, "abcdefghij")).collect::<Vec<_>>();
    for n in [0, 1, 9, 10, 1261, 200_000] {
        // lengths with one to four bytes
        let target = Some(Target { base_path: "/v1", ..Default::default() });
        let sent = ask(|_| {}, UpstreamRequestCall { parts: texts(n), target, ..Default::default() });
        assert_eq!(sent.target, "/v1/x");
        assert_eq!(Value::parse(sent.body.as_bytes()).unwrap().get("/texts").unwrap().items().count(), n);
    }
    let route =
        |route| UpstreamRequestCall { exchange: Some(Exchange { route, ..Default::default() }), ..Default::default() };
    let sent = ask(|_| {}, route("refuse"));
    assert_eq!((sent.error.as_str(), sent.body.as_str()), ("unsupported_parameter n: no", ""));
    assert!(ask(|_| {}, route("state")).error.starts_with("invalid_field tools"));
}

#[test]
fn fetches() {
    let media = |id, data: &'static str, url| Part {
        id,
        data: data.as_bytes(),
        url,
        ..part(Some(0), Role::USER, Kind::IMAGE, "")
    };
    let parts = || {
        vec![
            media(0, "", "https://x/a.png"),
            media(1, "", "HTTP://x/a.png"),
            media(2, "AAAA", "https://x/b.png"),
            media(3, "", "gs://b/a.png"),
            media(4, "", ""),
        ]
    };
    let take: fn(&mut super::Request) = |r| {
        r.losses.part(&r.parts[3], "not_supported_by_provider");
        let all: Vec<_> = r.parts.iter().chain(&r.parts[..1]).map(|p| r.losses.fetch(p)).collect();
        assert_eq!(all, [true, true, false, false, false, true]);
    };
    let sent = ask(take, UpstreamRequestCall { parts: parts(), ..Default::default() });
    let want = Sent { fetch: vec!["0 messages[0].image".into(), "1 messages[0].image".into()], ..Default::default() };
    assert_eq!(sent, want); // and nothing else
    let refuse = Some(Exchange { route: "refuse", ..Default::default() });
    let sent = ask(take, UpstreamRequestCall { parts: parts(), exchange: refuse, ..Default::default() });
    assert_eq!((sent.error.as_str(), sent.fetch.len()), ("unsupported_parameter n: no", 0));
}

#[test]
fn turns_alternate() {
    let parts = [
        part(None, Role::SYSTEM, Kind::TEXT, "s"),
        part(Some(0), Role::USER, Kind::TEXT, "a"),
        part(Some(1), Role::USER, Kind::TEXT, "b"),
        part(Some(2), Role::ASSISTANT, Kind::TOOL_CALL, "c"),
        part(Some(3), Role::USER, Kind::TEXT, "d"),
        part(Some(3), Role::USER, Kind::CACHE_POINT, "of d"),
        part(Some(4), Role::TOOL, Kind::TOOL_RESULT, "e"),
        part(Some(4), Role::TOOL, Kind::CACHE_POINT, "of e"),
        part(Some(5), Role::TOOL, Kind::IMAGE, "f"),
        part(Some(6), Role::SYSTEM, Kind::TEXT, "g"),
    ];
    let text = |p: &&Part| std::str::from_utf8(p.text).unwrap().to_string();
    let got: Vec<_> = turns(&parts).iter().map(|t| (t.role, t.message, t.parts.iter().map(text).collect())).collect();
    let want: Vec<(Role, u32, Vec<String>)> = [
        (Role::USER, 0, &["a", "b"][..]),
        (Role::ASSISTANT, 2, &["c"]),
        (Role::USER, 3, &["e", "of e", "f", "d", "of d"]),
        (Role::SYSTEM, 6, &["g"]),
    ]
    .iter()
    .map(|(r, m, p)| (*r, *m, p.iter().map(|s| s.to_string()).collect()))
    .collect();
    assert_eq!(got, want);
    assert_eq!(system(&parts).count(), 1);
}

#[test]
fn events() {
    let mut t = Some_ { take: |_| {} };
    let run = |t: &mut Some_, list: &[&str]| {
        let list: Vec<_> = list.iter().map(|d| ("", *d)).collect();
        testing::stream(t, b"", &list)
    };
    assert_eq!(run(&mut t, &["both"]), ["delta 0/0 text \"t\" id=i model=m", "delta 0/0 text \"u\""]);
    assert_eq!(run(&mut t, &["id", "text"]), ["raw id=i model=m", "delta 0/0 text \"t\""]);
    assert_eq!(run(&mut t, &["bad"]), ["error 529 overloaded : later"]);
    assert_eq!(testing::response(&mut t, 200, "hi", b""), ["part 0 text \"hi\""]);
}

#[test]
fn schemas_say_that_they_are_objects() {
    for (schema, want) in [
        ("", r#"{"type":"object","properties":{}}"#),
        ("null", r#"{"type":"object","properties":{}}"#),
        ("{ }", r#"{"type":"object","properties":{}}"#),
        (r##"{"$ref":"#/a"}"##, r##"{"type":"object","$ref":"#/a"}"##),
        (r#"{"properties":{"type":1},"type":"object"}"#, r#"{"properties":{"type":1},"type":"object"}"#),
        ("true", "true"),
    ] {
        let mut w = crate::json::Writer::default();
        super::write_schema(&mut w, schema.as_bytes());
        assert_eq!(std::str::from_utf8(w.bytes()), Ok(want), "{schema}");
    }
}
