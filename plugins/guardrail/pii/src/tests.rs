use crate::detect::{Detector, Kind, KINDS};
use crate::Pii;
use sallyport::testing;

/// Returns the text with what was found in brackets behind its kind.
fn marked(kinds: &[Kind], allow: &[&str], text: &str) -> String {
    let allow: Vec<String> = allow.iter().map(|s| s.to_string()).collect();
    let (mut out, mut at) = (String::new(), 0);
    Detector::new(kinds, &allow).each(text.as_bytes(), |kind, r| {
        assert!(
            text.is_char_boundary(r.start) && text.is_char_boundary(r.end) && r.start >= at && r.end > r.start,
            "{text}: {r:?}"
        );
        out.push_str(&text[at..r.start]);
        out.push_str(&format!("{}<{}>", kind.name(), &text[r.clone()]));
        at = r.end;
    });
    out + &text[at..]
}

/// Each line of the table is marked as it should be.
fn table(lines: &str) {
    let mut bad = String::new();
    for want in lines.lines().map(str::trim_start).filter(|l| !l.is_empty()) {
        let mut text = want.replace('>', "");
        for kind in KINDS {
            text = text.replace(&format!("{}<", kind.name()), "");
        }
        let got = marked(&KINDS, &[], &text);
        if got != want {
            bad += &format!("\nwant {want}\ngot  {got}\n");
        }
    }
    assert!(bad.is_empty(), "{bad}");
}

#[test]
fn emails() {
    table(
        "email<ann@example.com>
        Write to email<ann.b+tag@mail.example.co.uk>, or email<o'neil@example.org>.
        <email<ann_b%c@ex-ample.com>
        (email<matti.meikäläinen@yritys.fi>) ja email<jörg@münchen.de>!
        mailto:email<a@b.fi>?subject=x
        email<user@xn--bcher-kva.xn--p1ai> .email<dots@example.com>. email<x@example.com>.
        https://user:email<pass@host.com>/
        email<ann@example.com>,email<bob@example.com>;email<050-1234567@example.com>
        ann@localhost react@18.2.0 @handle a@ @ b@.com a@b..com a@-x.com foo@bar. 5 @ 3.50
        def f(x): @decorator.name
        email<ann@example.com>.123
        我的邮箱是email<ann@example.com>。 email<a@b.fi>です",
    );
}

#[test]
fn phones() {
    table(
        "phone<+358 40 123 4567> phone<+358401234567> phone<+358-40-1234567>, phone<+358 (0)40 123 4567>.
        phone<+44 20 7946 0958> phone<+44(0)20 7946 0958> phone<+1 202 555 0123> 5 items
        phone<+1-202-555-0123> phone<+1 (202) 555-0123> phone<(202) 555-0123> phone<(202)555-0123> phone<202-555-0123>
        phone<202.555.0123> phone<1-202-555-0123> phone<202 555 0123>
        phone<00358 40 1234567> phone<00358401234567>
        phone<040 123 4567> phone<040-1234567> phone<0401234567> phone<09 123 4567> phone<019 123 456> phone<0400 123 456>
        phone<01 23 45 67 89> phone<030/1234567> phone<07700 900123> phone<06 12345678>
        phone<+49 30 901820> phone<+33 1 23 45 67 89> phone<+46\u{a0}8\u{a0}123\u{a0}456\u{a0}78> phone<+358 40–1234567>
        phone number: phone<555 123 45 67> order number: 555 12 34 567
        7ab66d3c-0389-4624-bdb8-7eafe0085097 7ab6-040-1234567 fade-phone<040-1234567>
        puh. phone<123 4567> Tel: phone<1234567> phone: phone<555 1234>
        电话phone<+86 138 0013 8000>。
        2024-03-18 14:30 18.03.2024 01.02.2024 01-02-2024 01 02 2024 1/2/2024 2024-03-18T14:30:00.000Z
        1700000000 1700000000000 3.14159265358979 0.12345678901 1,204 48.500,00 EUR 12 345 678
        v1.2.3 10:30-11:45 2001-2024 5+40123456789 a+358401234567 #12345678 id=81920 0x1234567890 +12 +999999999999
        550e8400-e29b-41d4-a716-446655440000 9f86d081884c7d659a2feaa0c55ad015
        ISBN 978-3-16-148410-0 order 2024-000123-4567 (2024) 555 12 34 1-1 202-155-0123 102-555-0123",
    );
}

#[test]
fn ibans() {
    table(
        "iban<FI2112345600000785> iban<FI21 1234 5600 0007 85> iban<fi21 1234 5600 0007 85>.
        iban<DE89370400440532013000> iban<DE89 3704 0044 0532 0130 00>, iban<GB82WEST12345698765432>
        IBAN:iban<FR14 2004 1010 0505 0001 3M02 606> iban<NO93-8601-1117-947> iban<FI21\u{a0}1234\u{a0}5600\u{a0}0007\u{a0}85>
        FI2112345600000786 FI211234560000078 XX2112345600000785 FI21123456000007851 aFI2112345600000785 FI21
        GB82WEST123456987654321",
    );
}

#[test]
fn cards() {
    table(
        "card<4111111111111111> card<4111 1111 1111 1111> card<4111-1111-1111-1111>. card<5500005555555559>
        card<378282246310005> card<3782 822463 10005> card<30569309025904> card<6011111111111117> card<3530111333300000>
        card<4222222222222> card<2223003122003222> card<4111 1111 1111 1111> 12/27 123 visa card<4111\u{a0}1111\u{a0}1111\u{a0}1111>
        4111111111111112 4111 1111-1111 1111 411111111111111 1234567812345670 41111111111111111111111
        0.4111111111111111 a4111111111111111 4111111111111111b 1700000000000000000 0000000000000000 12-4111111111111111",
    );
}

#[test]
fn addresses() {
    table(
        "ip<192.0.2.1> ip<10.0.0.1>:8080 (ip<203.0.113.255>) ip<8.8.8.8>/24 ip<192.0.2.1>. http://ip<192.0.2.7>/x
        ip<2001:db8::1> [ip<2001:db8:0:1:2:3:4:5>]:443 ip<fe80::1>%eth0 ip<2001:db8::192.0.2.1> ip:ip<2001:DB8::A>
        ::ffff:ip<192.0.2.1> ip<2001:db8::>/32 ip<fd00::1:2>
        127.0.0.1 0.0.0.0 255.255.255.255 ::1 :: 256.1.1.1 1.2.3 1.2.3.4.5 01.2.3.4 1.2.3.4a 10:30:45 a::b f32::add
        00:1a:2b:3c:4d:5e std::fmt {\"a\":1} 12:34 dead::beef 1:2:3:4:5:6:7 x2001:db8::1 a: b",
    );
}

#[test]
fn social_security_numbers() {
    table(
        "us_ssn<123-45-6789> us_ssn<123 45 6789>, us_ssn<123–45–6789>. SSN us_ssn<123456789>
        her social security number is us_ssn<123456789>
        123456789 000-45-6789 666-45-6789 900-45-6789 123-00-6789 123-45-0000 123-45-67890 1123-45-6789
        123-45 6789 1-123-45-6789 123-45-6789-1 123-45-6789x",
    );
}

#[test]
fn finnish_identity_codes() {
    table(
        "fi_hetu<131052-308T> fi_hetu<131052-308t>, (fi_hetu<010190-900P>)
        fi_hetu<290200A901C> fi_hetu<290200a901c> fi_hetu<311299Y999E>
        fi_hetu<150870+9029> fi_hetu<030399-9020> fi_hetu<030399–9020> 0303999020 030399 9020
        fi_hetu<131052 - 308T> fi_hetu<131052 -308T> fi_hetu<131052- 308T> fi_hetu<131052–308T> fi_hetu<131052−308T>
        fi_hetu<131052‑308T> fi_hetu<131052\u{a0}-\u{a0}308T> fi_hetu<131052 308T> fi_hetu<131052308T>
        hetu:fi_hetu<131052-308T>. HETUfi_hetu
        131052-308U 131352-308T 321052-308T 290201A9010 131052-001T 131052Z308T 131052_308T
        x131052-308T 131052-308TT 1131052-308T 131052-308 12-131052-308T",
    );
}

#[test]
fn only_what_is_asked_for() {
    let text = "ann@example.com 4111111111111111 192.0.2.1";
    assert_eq!(marked(&[Kind::Card], &[], text), "ann@example.com card<4111111111111111> 192.0.2.1");
    assert_eq!(marked(&[Kind::Ip], &[], text), "ann@example.com 4111111111111111 ip<192.0.2.1>");
    assert_eq!(marked(&[Kind::Email], &[], text), "email<ann@example.com> 4111111111111111 192.0.2.1");
}

#[test]
fn what_is_allowed_passes() {
    let allow = ["@example.com", "Help@Example.org", "+358 40 123 4567", "192.0.2.1"];
    let got = marked(&KINDS, &allow, "ann@example.com help@example.org ann@example.org +358-401234567 +358401234568 192.0.2.1 192.0.2.2 a@notexample.com");
    assert_eq!(got, "ann@example.com help@example.org email<ann@example.org> +358-401234567 phone<+358401234568> 192.0.2.1 ip<192.0.2.2> email<a@notexample.com>");
}

#[test]
fn actions() {
    let text = ["Mail ann@example.com, card 4111 1111 1111 1111", "nothing"];
    let mut guard: Pii = testing::configure("{}").unwrap();
    let out = testing::prompt(&mut guard, &text);
    assert_eq!(out.texts, ["Mail [EMAIL], card [CARD]", "nothing"]);
    assert_eq!(
        (testing::counter("found_email"), testing::counter("found_card"), testing::counter("found_ip")),
        (1, 1, 0)
    );
    let mut guard: Pii = testing::configure(r#"{"action": "block"}"#).unwrap();
    assert_eq!(
        testing::prompt(&mut guard, &text).block.unwrap(),
        "The request contains personal data (e-mail address, card number)."
    );
    assert_eq!(
        testing::answer(&mut guard, &text).block.unwrap(),
        "The answer contains personal data (e-mail address, card number)."
    );
    assert_eq!(
        testing::prompt(&mut guard, &["fine"]),
        testing::Outcome { texts: vec!["fine".into()], ..Default::default() }
    );
    let mut guard: Pii = testing::configure(r#"{"action": "flag", "kinds": ["card"]}"#).unwrap();
    assert_eq!(testing::prompt(&mut guard, &text).flags, [("pii.card".to_string(), 1.0)]);
    assert!(testing::configure::<Pii>(r#"{"kinds": ["face"]}"#).is_err());
    assert!(testing::configure::<Pii>(r#"{"action": "pray"}"#).is_err());
}

/// Any text is read to its end, and what is found lies on rune boundaries.
#[test]
fn random_texts() {
    let pieces = [
        "1", "23", "456", "7890", " ", "-", ".", ":", "::", "@", "a.fi", "+358", "(", ")", "ä", "–", "FI21", "fe80",
        "0", "\u{a0}", "A", "/", "x", "漢", "131052",
    ];
    let mut seed = 7u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..24 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text += pieces[(seed >> 33) as usize % pieces.len()];
        }
        marked(&KINDS, &[], &text);
    }
}

/// Streams a text in pieces of n bytes, on rune boundaries, and returns what was
/// released in all, and how much was held at most.
fn streamed(guard: &mut Pii, text: &str, n: usize) -> (String, usize) {
    let (mut out, mut held, mut at, mut most) = (String::new(), String::new(), 0, 0);
    while at < text.len() {
        let mut end = (at + n).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        held.push_str(&text[at..end]);
        at = end;
        let from = out.len().saturating_sub(256);
        let from = (from..=out.len()).find(|i| out.is_char_boundary(*i)).unwrap();
        let outcome = testing::window(guard, &out[from..], &held, at == text.len());
        let (now, hold) = (&outcome.texts[0], outcome.hold);
        out.push_str(&now[..now.len() - hold]);
        held = now[now.len() - hold..].to_string();
        most = most.max(hold);
    }
    (out, most)
}

#[test]
fn streams() {
    for text in [
        "Write to ann@example.org, or call +358 40 123 4567 today.",
        "My account is FI21 1234 5600 0007 85 and the card 4111 1111 1111 1111, valid.",
        "GB82 WEST 1234 5698 7654 32; 192.168.1.20 and 2001:db8::ff00:42:8329 too",
        "hetu 131052-308T, tel. (202) 555-0143 x",
        "nothing to see here, 12 apples and 3,5 kg in 2024 we said",
        "日本語のテキスト ann@example.org です",
    ] {
        let mut guard: Pii = testing::configure("{}").unwrap();
        let want = testing::answer(&mut guard, &[text]).texts[0].clone();
        for n in 1..30 {
            let (got, _) = streamed(&mut guard, text, n);
            assert_eq!(got, want, "in pieces of {n}");
        }
    }
}

#[test]
fn ordinary_text_is_held_for_a_word() {
    let mut guard: Pii = testing::configure("{}").unwrap();
    let text = "The quick brown fox jumps over the lazy dog and then rests for a while in the sun.";
    let (got, most) = streamed(&mut guard, text, 4);
    assert_eq!(got, text);
    assert!(most <= 9, "{most} bytes were held");
}

#[test]
fn values_come_back() {
    let mut guard: Pii = testing::configure(r#"{"reversible":true}"#).unwrap();
    let sent = testing::prompt(&mut guard, &["ann@example.org and bob@example.org", "Ann@example.org, [EMAIL_2] and [[EMAIL_1]]"]);
    assert_eq!(sent.texts, ["[EMAIL_1] and [EMAIL_2]", "[EMAIL_1], [[EMAIL_2]] and [[[EMAIL_1]]]"]);
    let answer = "To [EMAIL_1], not [EMAIL_2] or [EMAIL_3]: [[EMAIL_2]] [[[EMAIL_1]]] x[PHONE_1] me@example.net [EMAIL_ [";
    let want = "To ann@example.org, not bob@example.org or [EMAIL_3]: [EMAIL_2] [[EMAIL_1]] x[PHONE_1] [EMAIL] [EMAIL_ [";
    assert_eq!(testing::answer(&mut guard, &[answer]).texts[0], want);
    for n in 1..40 {
        assert_eq!(streamed(&mut guard, answer, n).0, want, "in pieces of {n}");
    }
}

#[test]
fn text_behind_a_value_is_not_part_of_it() {
    let mut guard: Pii = testing::configure(r#"{"reversible":true}"#).unwrap();
    testing::prompt(&mut guard, &["+358 40 123 4567, ann@example.org, 4111 1111 1111 1111"]);
    let answer = "Call [PHONE_1] 12 times, write to [EMAIL_1].uk or x[EMAIL_1], pay [CARD_1] 2024 and [PHONE_1][PHONE_1].";
    let want = testing::answer(&mut guard, &[answer]).texts[0].clone();
    assert!(want.contains("4567 12 times") && want.contains("org.uk"), "{want}");
    for n in 1..40 {
        assert_eq!(streamed(&mut guard, answer, n).0, want, "in pieces of {n}");
    }
}

#[test]
fn a_prompt_judged_again_keeps_its_values() {
    let mut guard: Pii = testing::configure(r#"{"reversible":true}"#).unwrap();
    let first = testing::prompt(&mut guard, &["ann@example.org and [EMAIL_1]"]);
    let again = testing::prompt(&mut guard, &[first.texts[0].as_str(), "and bob@example.org"]);
    assert_eq!(again.texts, ["[EMAIL_1] and [[EMAIL_1]]", "and [EMAIL_2]"]);
    let answer = testing::answer(&mut guard, &["[EMAIL_1] [EMAIL_2] [[EMAIL_1]]"]);
    assert_eq!(answer.texts[0], "ann@example.org bob@example.org [EMAIL_1]");
}
