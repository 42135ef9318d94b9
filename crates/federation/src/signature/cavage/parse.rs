//! Reading the `Signature` header (or `Authorization: Signature …`). Whether it is valid for a request is said in `verify`.

use crate::signature::{BASE64, Error};
use base64::Engine as _;

/// Room for a long key id and the signature of an 8192-bit key.
const MAX_HEADER: usize = 8192;
const MAX_NAMES: usize = 64;
const SCHEME: &str = "signature";

/// The parameters of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub key_id: String,
    pub algorithm: Option<String>,
    /// What is signed, lower-case and in order. Empty if the parameter is absent: the draft's versions disagree about the
    /// default, and none of their defaults covers enough.
    pub headers: Vec<String>,
    pub signature: Vec<u8>,
    /// Unix seconds.
    pub created: Option<i64>,
    /// Unix seconds.
    pub expires: Option<i64>,
}

/// Reads `keyId="…",algorithm="…",headers="…",signature="…"` in any order, with or without the scheme name before it.
/// Unknown parameters are passed over, repeated ones refused.
pub fn parse(header: &str) -> Result<Parsed, Error> {
    if header.len() > MAX_HEADER {
        return Err(Error::Malformed("the signature header is too long"));
    }
    let header = header.trim();
    let mut rest = after_scheme(header).unwrap_or(header);
    let mut parameters = Parameters::default();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            break;
        }
        let (name, after) = rest.split_once('=').ok_or(Error::Malformed(
            "the signature header has a parameter without `=`",
        ))?;
        let (value, after) = read_value(after.trim_start())?;
        rest = after.trim_start();
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(Error::Malformed(
                "the signature header has parameters without a comma between",
            ));
        }
        parameters.set(name.trim_end(), value)?;
    }
    parameters.finish()
}

/// Whether an `Authorization` header holds a signature rather than, say, a bearer token.
pub(in crate::signature) fn is_authorization(header: &str) -> bool {
    after_scheme(header.trim_start()).is_some()
}

fn after_scheme(header: &str) -> Option<&str> {
    let (scheme, rest) = header.split_at_checked(SCHEME.len())?;
    let parameters = rest.trim_start();
    // `signature = "…"` is a parameter of that name.
    let is_scheme = scheme.eq_ignore_ascii_case(SCHEME)
        && parameters.len() < rest.len()
        && !parameters.starts_with('=');
    is_scheme.then_some(parameters)
}

/// A quoted string or a token, and what follows it. Only printable ASCII, so that values can be shown and logged.
fn read_value(text: &str) -> Result<(String, &str), Error> {
    let (value, rest) = match text.strip_prefix('"') {
        Some(quoted) => read_quoted(quoted)?,
        None => read_token(text)?,
    };
    if value.bytes().any(|b| b != b' ' && !b.is_ascii_graphic()) {
        return Err(Error::Malformed(
            "the signature header has a value with characters outside printable ASCII",
        ));
    }
    Ok((value, rest))
}

fn read_token(text: &str) -> Result<(String, &str), Error> {
    let end = text.find(',').unwrap_or(text.len());
    let (token, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let token = token.trim_end();
    if token.is_empty() || token.contains(['"', ' ', '\t']) {
        return Err(Error::Malformed(
            "the signature header has a value that is neither quoted nor a token",
        ));
    }
    Ok((token.to_owned(), rest))
}

fn read_quoted(text: &str) -> Result<(String, &str), Error> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next() {
            Some('"') => return Ok((value, characters.as_str())),
            Some('\\') => value.extend(characters.next()),
            Some(character) => value.push(character),
            None => {
                return Err(Error::Malformed(
                    "the signature header has a quote that is not closed",
                ));
            }
        }
    }
}

#[derive(Default)]
struct Parameters {
    key_id: Option<String>,
    algorithm: Option<String>,
    headers: Option<String>,
    signature: Option<String>,
    created: Option<String>,
    expires: Option<String>,
}

impl Parameters {
    fn set(&mut self, name: &str, value: String) -> Result<(), Error> {
        if name.is_empty()
            || name
                .bytes()
                .any(|b| !b.is_ascii_alphanumeric() && b != b'_' && b != b'-')
        {
            return Err(Error::Malformed(
                "the signature header has a parameter without a proper name",
            ));
        }
        let slot = match name.to_ascii_lowercase().as_str() {
            "keyid" => &mut self.key_id,
            "algorithm" => &mut self.algorithm,
            "headers" => &mut self.headers,
            "signature" => &mut self.signature,
            "created" => &mut self.created,
            "expires" => &mut self.expires,
            _ => return Ok(()),
        };
        if slot.replace(value).is_some() {
            return Err(Error::Malformed("the signature header repeats a parameter"));
        }
        Ok(())
    }

    fn finish(self) -> Result<Parsed, Error> {
        let missing = |name: &str| Error::Missing(name.to_owned());
        let key_id = self.key_id.filter(|id| !id.is_empty());
        let signature = self.signature.ok_or_else(|| missing("signature"))?;
        let signature = BASE64
            .decode(signature)
            .map_err(|_| Error::Malformed("`signature` is not base64"))?;
        if signature.is_empty() {
            return Err(missing("signature"));
        }
        Ok(Parsed {
            key_id: key_id.ok_or_else(|| missing("keyId"))?,
            algorithm: self.algorithm,
            headers: self
                .headers
                .as_deref()
                .map(names)
                .transpose()?
                .unwrap_or_default(),
            signature,
            created: seconds(self.created, "`created` is not a whole number of seconds")?,
            expires: seconds(self.expires, "`expires` is not a whole number of seconds")?,
        })
    }
}

fn names(list: &str) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for name in list.split_ascii_whitespace().map(str::to_ascii_lowercase) {
        if names.len() == MAX_NAMES || names.contains(&name) {
            return Err(Error::Malformed(
                "`headers` lists a name twice or too many names",
            ));
        }
        names.push(name);
    }
    // draft-cavage-12, section 2.1.6: a zero-length `headers` is an error.
    if names.is_empty() {
        return Err(Error::Malformed("`headers` is empty"));
    }
    Ok(names)
}

fn seconds(value: Option<String>, wrong: &'static str) -> Result<Option<i64>, Error> {
    value
        .map(|text| text.parse().map_err(|_| Error::Malformed(wrong)))
        .transpose()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const USUAL: &str = r#"keyId="https://a.example/users/ann#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest content-type",signature="c2lnbmVk""#;

    fn mastodon() -> Parsed {
        let names = ["(request-target)", "host", "date", "digest", "content-type"];
        Parsed {
            key_id: "https://a.example/users/ann#main-key".to_owned(),
            algorithm: Some("rsa-sha256".to_owned()),
            headers: names.map(str::to_owned).to_vec(),
            signature: b"signed".to_vec(),
            created: None,
            expires: None,
        }
    }

    #[test]
    fn reads_the_usual_header_in_its_variants() {
        for header in [
            USUAL.to_owned(),
            format!("Signature {USUAL}"),
            format!("signature  {USUAL}"),
            format!("  {}  ", USUAL.replace("\",", "\" ,\t ")),
            USUAL.replace('=', " = "),
            USUAL.replace("keyId", "keyid").replace("host date", "Host  DATE"),
            format!("{USUAL},"),
            format!("{USUAL},opaque=\"a, b=\\\"c\",version=1"),
            r#"signature="c2lnbmVk",headers="(request-target) host date digest content-type",keyId="https://a.example/users/ann#main-key",algorithm=rsa-sha256"#.to_owned(),
        ] {
            assert_eq!(parse(&header), Ok(mastodon()), "{header}");
        }
    }

    #[test]
    fn reads_times_with_and_without_quotes() {
        let parsed =
            parse(r#"keyId="k",signature="AA==", created=1402170695,expires="1402170699""#)
                .unwrap();
        assert_eq!(parsed.created, Some(1_402_170_695));
        assert_eq!(parsed.expires, Some(1_402_170_699));
        assert_eq!(parsed.algorithm, None);
        assert!(parsed.headers.is_empty());
    }

    #[test]
    fn a_signature_parameter_is_not_the_scheme() {
        let parsed = parse(r#"signature = "AA==", keyId="k""#).unwrap();
        assert_eq!(parsed.signature, [0]);
        assert!(!is_authorization("Bearer abc"));
        assert!(!is_authorization("Signatures abc"));
        assert!(is_authorization("SIGNATURE keyId=\"k\""));
    }

    #[test]
    fn refuses_what_cannot_be_read() {
        for (header, says) in [
            ("keyId", "without `=`"),
            (r#"keyId="k" signature="AA==""#, "comma"),
            (r#"keyId="k",signature="AA=="#, "not closed"),
            (r#"keyId="k",signature=,created=1"#, "neither quoted"),
            (r#"keyId="k",signature=a b"#, "neither quoted"),
            (r#"="k",signature="AA==""#, "proper name"),
            (r#"a b="k",signature="AA==""#, "proper name"),
            (r#"keyId="k",keyid="j",signature="AA==""#, "repeats"),
            (r#"keyId="k",signature="AA==",signature="AA==""#, "repeats"),
            (r#"keyId="k",signature="!""#, "base64"),
            (r#"keyId="k",signature="AA==",created=1.5"#, "`created`"),
            (
                r#"keyId="k",signature="AA==",expires=99999999999999999999"#,
                "`expires`",
            ),
            (r#"keyId="k",signature="AA==",headers="""#, "empty"),
            (r#"keyId="k",signature="AA==",headers="date Date""#, "twice"),
            ("keyId=\"k\u{e9}\",signature=\"AA==\"", "ASCII"),
            ("keyId=\"k\n\",signature=\"AA==\"", "ASCII"),
            ("sig1=:AAAA:,sig1=:BBBB:", "`signature` is missing"),
            ("", "`signature` is missing"),
            (r#"keyId="k",signature="""#, "`signature` is missing"),
            (r#"signature="AA==""#, "`keyId` is missing"),
            (r#"keyId="",signature="AA==""#, "`keyId` is missing"),
        ] {
            let error = parse(header).unwrap_err();
            assert!(error.to_string().contains(says), "{header}: {error}");
        }
    }

    #[test]
    fn refuses_what_is_too_long() {
        let long = format!("{USUAL},x=\"{}\"", "y".repeat(MAX_HEADER));
        assert!(matches!(parse(&long), Err(Error::Malformed(_))));
        let many: Vec<String> = (0..=MAX_NAMES).map(|n| format!("h{n}")).collect();
        let many = many.join(" ");
        let header = format!(r#"keyId="k",signature="AA==",headers="{many}""#);
        assert!(matches!(parse(&header), Err(Error::Malformed(_))));
    }

    proptest! {
        #[test]
        fn never_panics_on_text(header in ".{0,300}") {
            let _ = parse(&header);
        }

        #[test]
        fn never_panics_on_near_misses(parts in prop::collection::vec(
            prop::sample::select(vec![
                "keyId", "signature", "headers", "created", "=", "\"", ",", " ", "\\", "AA==", "1", "é", "Signature ", "\t",
            ]),
            0..24,
        )) {
            let _ = parse(&parts.concat());
        }

        #[test]
        fn what_is_written_is_read(
            key_id in "[!#-\\[\\]-~]{1,60}",
            names in prop::collection::btree_set("[a-z-]{1,12}", 1..8),
            signature in prop::collection::vec(any::<u8>(), 1..300),
            created: Option<i64>,
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let mut header = format!(
                r#"headers="{}",keyId="{key_id}",signature="{}""#,
                names.join(" "),
                BASE64.encode(&signature),
            );
            if let Some(seconds) = created {
                header = format!("created={seconds}, {header}");
            }
            let parsed = Parsed { key_id, algorithm: None, headers: names, signature, created, expires: None };
            prop_assert_eq!(parse(&header), Ok(parsed));
        }
    }
}
