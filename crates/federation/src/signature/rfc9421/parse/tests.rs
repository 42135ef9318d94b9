//! What peers send is read, one signature of several is chosen, everything else is refused with its reason.
#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

const INPUT: &str = r#"sig1=("@method" "@target-uri" "content-digest");created=1618884473;keyid="https://a.example/ann#k""#;
const SIGNATURE: &str = "sig1=:AAAA:";

fn read(input: &str) -> Result<Parsed, Error> {
    parse(input, SIGNATURE, Body::Digested)
}

#[test]
fn reads_all_there_is() {
    let input =
        format!(r#"{INPUT};alg="ed25519";expires=1618884773;nonce="n\"1";tag="t";other=?0"#);
    let parsed = read(&input).unwrap();
    assert_eq!(parsed.label, "sig1");
    assert_eq!(
        parsed.components,
        [
            Component::Method,
            Component::TargetUri,
            Component::Field("content-digest".to_owned())
        ]
    );
    assert_eq!(parsed.key_id, "https://a.example/ann#k");
    assert_eq!(parsed.algorithm, Some(Algorithm::Ed25519));
    assert_eq!(
        (parsed.created, parsed.expires),
        (1_618_884_473, Some(1_618_884_773))
    );
    assert_eq!(parsed.nonce.as_deref(), Some("n\"1"));
    assert_eq!(parsed.tag.as_deref(), Some("t"));
    assert_eq!(parsed.signature, [0, 0, 0]);
    assert_eq!(parsed.params(), input.strip_prefix("sig1=").unwrap());
}

#[test]
fn the_parameters_are_spelled_anew() {
    let parsed = read(
        r#"sig1=( "@method"   "@path" );   keyid="https://a.example/k"; created=01;x;x=?1;y=1.50"#,
    )
    .unwrap();
    assert_eq!(
        parsed.params(),
        r#"("@method" "@path");keyid="https://a.example/k";created=1;x;y=1.5"#
    );
}

#[test]
fn takes_the_first_signature_that_can_serve() {
    let signatures = "a=:AAAA:, b=:AAAA:, c=:AAAA:, d=:AAAA:, sig1=:AAAA:";
    let label = |others: &str, body| {
        parse(&format!("{others}, {INPUT}"), signatures, body)
            .unwrap()
            .label
    };
    let proxy = r#"a=("@method" "@path" "forwarded");created=1;keyid="proxy""#;
    let crawler = r#"b=("@authority");created=1;keyid="https://c.example/k";tag="web-bot-auth""#;
    let pss = r#"c=("@method" "@path");created=1;keyid="https://c.example/k";alg="rsa-pss-sha512""#;
    let bodiless = r#"d=("@method" "@path");created=1;keyid="https://c.example/k""#;
    for other in [
        proxy,
        crawler,
        pss,
        bodiless,
        r#"e=("@method");created=1"#,
        "e",
    ] {
        assert_eq!(label(other, Body::Digested), "sig1", "{other}");
    }
    assert_eq!(label(bodiless, Body::Undigested), "d");
    assert_eq!(
        label(&format!("{pss}, {proxy}, {crawler}"), Body::Digested),
        "sig1"
    );
    // None can serve: the first that can be read is left to be refused for what it lacks.
    assert_eq!(
        parse(&format!("{pss}, {crawler}"), signatures, Body::Digested)
            .unwrap()
            .label,
        "b"
    );
    assert!(matches!(
        parse(pss, signatures, Body::Digested),
        Err(Error::Unsupported(_))
    ));
}

#[test]
fn refuses_and_says_why() {
    for (from, to, says) in [
        (";created=1618884473", "", "`created` is missing"),
        (
            ";created=1618884473",
            ";created=1.5",
            "`created` is no integer",
        ),
        (
            ";created=1618884473",
            ";created=\"1\"",
            "`created` is no integer",
        ),
        (
            ";created=1618884473",
            ";created=1;expires",
            "`expires` is no integer",
        ),
        (
            ";keyid=\"https://a.example/ann#k\"",
            "",
            "`keyid` is missing",
        ),
        ("https://a.example/ann#k", "", "`keyid` is missing"),
        (
            "\"https://a.example/ann#k\"",
            "token",
            "`keyid` is no string",
        ),
        (";created", ";nonce=1;created", "`nonce` is no string"),
        (";created", ";tag=t;created", "`tag` is no string"),
        (";created", ";alg=ed25519;created", "`alg` is no string"),
        (
            ";created",
            ";alg=\"rsa-pss-sha512\";created",
            "`rsa-pss-sha512` is not supported",
        ),
        (
            ";created",
            ";alg=\"hmac-sha256\";created",
            "`hmac-sha256` is not supported",
        ),
        (
            ";created",
            ";alg=\"Ed25519\";created",
            "`Ed25519` is not supported",
        ),
        (
            "\"@method\"",
            "\"@method\";req",
            "the parameter `req` of the covered component `@method`",
        ),
        ("\"@method\"", "\"@status\"", "`@status` is not supported"),
        (
            "\"@method\"",
            "\"@query-param\";name=\"q\"",
            "the parameter `name`",
        ),
        ("\"@method\"", "\"@method\" \"@method\"", "twice"),
        ("\"@method\"", "\"Date\"", "cannot be one"),
        (
            "(\"@method\" \"@target-uri\" \"content-digest\")",
            "1",
            "without a list",
        ),
        ("sig1=", "sig2=", "nothing under the label"),
        ("sig1=", "sig1=1, sig1=", "repeats"),
        ("sig1=", "Sig1=", "not a structured dictionary"),
    ] {
        assert!(INPUT.contains(from), "{from}");
        let error = read(&INPUT.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains(says), "{from} -> {to}: {error}");
    }
    assert!(matches!(read(""), Err(Error::Malformed(_))));
}

#[test]
fn refuses_signatures_that_are_none() {
    for signature in [
        "",
        "sig1",
        "sig1=::",
        "sig1=\"AAAA\"",
        "sig1=(:AAAA:)",
        "sig1=:A!:",
        "sig1=:AAAA:, sig1=:BBBB:",
        "AAAA",
    ] {
        assert!(
            matches!(
                parse(INPUT, signature, Body::Digested),
                Err(Error::Malformed(_))
            ),
            "{signature}"
        );
    }
}

#[test]
fn refuses_what_is_too_long() {
    let many: Vec<String> = (0..=MAX_COMPONENTS).map(|n| format!("\"h{n}\"")).collect();
    let error = read(&INPUT.replacen("\"content-digest\"", &many.join(" "), 1)).unwrap_err();
    assert!(error.to_string().contains("too many components"), "{error}");
    let labels: Vec<String> = (0..9)
        .map(|n| INPUT.replacen("sig1", &format!("s{n}"), 1))
        .collect();
    assert!(
        read(&labels.join(", "))
            .unwrap_err()
            .to_string()
            .contains("too many keys")
    );
    let long = format!("{INPUT};x=\"{}\"", "y".repeat(20_000));
    assert!(read(&long).unwrap_err().to_string().contains("too long"));
}

proptest! {
    #[test]
    fn never_panics_on_text(input in ".{0,300}", signature in ".{0,100}") {
        let _ = parse(&input, &signature, Body::Digested);
        let _ = parse(INPUT, &signature, Body::Digested);
        let _ = parse(&input, SIGNATURE, Body::Digested);
    }

    #[test]
    fn never_panics_on_near_misses(parts in prop::collection::vec(
        prop::sample::select(vec![
            "sig1", "=", "(", ")", "\"@method\"", "\"@path\"", "\"date\"", ";", "created", "keyid", "alg", "expires", "1",
            "\"ed25519\"", "\"https://a.example/k\"", ",", " ", "\\", "\"", ":", "AAAA", "é", "?1", "-", ".", "req",
        ]),
        0..40,
    )) {
        let _ = read(&parts.concat());
        let _ = read(&format!("{INPUT}{}", parts.concat()));
        let _ = read(&format!("sig1=({}", parts.concat()));
    }

    /// What was spelled anew is read as the same and spelled no other way.
    #[test]
    fn spelling_is_stable(
        key_id in "https://[a-z]{1,9}\\.example/[ -~]{0,20}",
        created in -999_999_999_999_999i64..=999_999_999_999_999,
        nonce in proptest::option::of("[ -~]{0,20}"),
        spaces in 0usize..4,
    ) {
        let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let gap = " ".repeat(spaces);
        let nonce = nonce.map(|nonce| format!(";{gap}nonce={}", quote(&nonce))).unwrap_or_default();
        let input = format!("sig1=({gap}\"@method\" {gap}\"@path\"{gap});{gap}created={created}{nonce};{gap}keyid={}", quote(&key_id));
        let parsed = parse(&input, SIGNATURE, Body::Undigested).unwrap();
        prop_assert_eq!(&parsed.key_id, &key_id);
        prop_assert_eq!(parsed.created, created);
        let again = parse(&format!("sig1={}", parsed.params()), SIGNATURE, Body::Undigested).unwrap();
        prop_assert_eq!(again, parsed);
    }
}
