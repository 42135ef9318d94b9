//! What a storage that speaks S3 says: how long an object is, which part of it comes, pages of names, and why not.

use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use chrono::DateTime;
use kontor_net::{Incoming, header};
use roxmltree::{Document, Node};

use super::Unusable;
use crate::{Failed, Part};

/// The code of an answer 404 that means more than one object.
pub(super) const NO_BUCKET: &str = "NoSuchBucket";

/// No page of names and no reason is as long.
const MOST: usize = 4 * 1024 * 1024;

/// Said by those who are busy, or by what stands before them.
pub(super) fn passes(status: u16) -> bool {
    matches!(status, 429 | 500 | 502..=504)
}

/// What a header `Content-Range` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// First and last byte, and how many there are.
    Of(u64, u64, u64),
    /// Nothing of so many.
    Nothing(u64),
}

impl Span {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (range, length) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let length = length.parse().ok()?;
        if range == "*" {
            return Some(Self::Nothing(length));
        }
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last && last < length).then_some(Self::Of(first, last, length))
    }
}

pub(super) fn span(answer: &Incoming) -> Option<Span> {
    let said = answer.headers().get(header::CONTENT_RANGE)?;
    Span::parse(said.to_str().ok()?)
}

/// Of the whole file.
pub(super) fn length(answer: &Incoming) -> Result<u64, Failed> {
    let said = answer.headers().get(header::CONTENT_LENGTH);
    let said = said.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    said.ok_or_else(|| unreadable(answer, "(no length)"))
}

/// The same, and which part of it comes.
pub(super) fn part(answer: &Incoming) -> Result<(u64, Part), Failed> {
    match span(answer) {
        Some(Span::Of(first, last, length)) => Ok((length, Part::Of(first, last))),
        _ => Err(unreadable(answer, "(no range)")),
    }
}

fn unreadable(answer: &Incoming, code: &str) -> Failed {
    Failed::Bucket {
        status: answer.status(),
        code: code.to_owned(),
    }
}

/// The body of an answer that is a text.
pub(super) async fn whole(mut answer: Incoming, time: Duration) -> Result<String, Failed> {
    let mut body = BytesMut::new();
    while let Some(piece) = answer.next(time).await.map_err(Failed::net)? {
        if body.len().saturating_add(piece.len()) > MOST {
            return Err(unreadable(&answer, "(too long an answer)"));
        }
        body.extend_from_slice(&piece);
    }
    String::from_utf8(body.into()).map_err(|_| unreadable(&answer, "(no text)"))
}

/// Why it does not do what is asked.
pub(super) async fn refused(answer: Incoming, time: Duration) -> Failed {
    let status = answer.status();
    let code = match whole(answer, time).await {
        Ok(text) => code(&text).unwrap_or_default(),
        // The status says enough.
        Err(_) => String::new(),
    };
    if passes(status) {
        Failed::Away(format!("it answers with {status} {code}"))
    } else {
        Failed::Bucket { status, code }
    }
}

/// What went wrong, in a word.
fn code(text: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let code = child(document.root_element(), "Code")?;
    let plain = code.len() <= 100 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| code.to_owned())
}

/// The setting that is to blame.
pub(super) fn blame(why: &Failed) -> Unusable {
    let (status, code) = match why {
        Failed::Bucket { status, code } => (*status, code.as_str()),
        other => return Unusable::new("endpoint", other.to_string()),
    };
    let field = match (code, status) {
        (NO_BUCKET | "InvalidBucketName", _) => "bucket",
        ("SignatureDoesNotMatch", _) => "secret_access_key",
        ("AccessDenied" | "InvalidAccessKeyId", _) => "access_key_id",
        ("RequestTimeTooSkewed", _) => {
            return Unusable::new(
                "endpoint",
                format!("{why}: does the clock of this machine go wrong?"),
            );
        }
        (
            "AuthorizationHeaderMalformed"
            | "AuthorizationQueryParametersError"
            | "IllegalLocationConstraintException"
            | "InvalidRegion"
            | "PermanentRedirect"
            | "TemporaryRedirect",
            _,
        )
        | (_, 301 | 307) => "region",
        (_, 401 | 403) => "access_key_id",
        _ => "endpoint",
    };
    Unusable::new(field, why.to_string())
}

/// An object of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    key: String,
    written: SystemTime,
}

impl Object {
    pub(crate) fn is_older(&self, age: Duration) -> bool {
        self.written.elapsed().is_ok_and(|past| past >= age)
    }

    /// Without what stands before the names of all.
    pub(crate) fn name(&self) -> Option<String> {
        self.key.rsplit('/').next().map(str::to_owned)
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) objects: Vec<Object>,
    /// Where the next one begins, if there is one.
    pub(crate) after: Option<String>,
}

impl Page {
    pub(super) fn read(text: &str) -> Option<Self> {
        let document = Document::parse(text).ok()?;
        let list = document.root_element();
        if list.tag_name().name() != "ListBucketResult" {
            return None;
        }
        let mut objects = Vec::new();
        let contents = |node: &Node<'_, '_>| node.tag_name().name() == "Contents";
        for node in list.children().filter(contents) {
            let written = DateTime::parse_from_rfc3339(child(node, "LastModified")?).ok()?;
            objects.push(Object {
                key: child(node, "Key")?.to_owned(),
                written: written.into(),
            });
        }
        let more = child(list, "IsTruncated") == Some("true");
        let after = match child(list, "NextContinuationToken").filter(|_| more) {
            Some(token) => Some(token.to_owned()),
            // There is more, and nobody says where.
            None if more => return None,
            None => None,
        };
        Some(Self { objects, after })
    }
}

/// The text of the first element with this name, whatever its namespace: not every storage names one.
fn child<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.children()
        .find(|child| child.tag_name().name() == name)?
        .text()
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_range_is_read_or_none() {
        for (text, expected) in [
            ("bytes 0-0/1", Some(Span::Of(0, 0, 1))),
            ("bytes 3-5/10", Some(Span::Of(3, 5, 10))),
            ("bytes */10", Some(Span::Nothing(10))),
            ("bytes 3-10/10", None),
            ("bytes 5-3/10", None),
            ("bytes 3-5/*", None),
            ("lines 3-5/10", None),
            ("", None),
        ] {
            assert_eq!(Span::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_page_says_what_is_there_and_where_the_next_one_begins() {
        let text = r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>media</Name><Prefix>files/</Prefix><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>
              <NextContinuationToken>a+b/c=</NextContinuationToken>
              <Contents><Key>files/ab/abc.png</Key><LastModified>2020-01-31T10:00:00.000Z</LastModified><Size>3</Size></Contents>
              <Contents><Key>files/ab/acb.png</Key><LastModified>2999-01-31T10:00:00Z</LastModified><Size>3</Size></Contents>
            </ListBucketResult>"#;
        let page = Page::read(text).unwrap();
        assert_eq!(page.after.as_deref(), Some("a+b/c="));
        let names: Vec<_> = page.objects.iter().filter_map(Object::name).collect();
        assert_eq!(names, ["abc.png", "acb.png"]);
        let hour = Duration::from_secs(60 * 60);
        let old: Vec<_> = page.objects.iter().map(|one| one.is_older(hour)).collect();
        assert_eq!(old, [true, false]);

        let last = text.replace(">true<", ">false<");
        assert_eq!(Page::read(&last).unwrap().after, None);
        // What is not whole is none: what lies there must not be taken for all there is.
        for broken in [
            text.replace("NextContinuationToken", "Token"),
            text.replace("2020-01-31T", "yesterday"),
            text.replace("ListBucketResult", "Error"),
            "nonsense".to_owned(),
        ] {
            assert_eq!(Page::read(&broken), None, "{broken}");
        }
    }

    #[test]
    fn a_refusal_names_the_setting_that_is_to_blame() {
        let of = |status, code: &str| {
            let text = format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
            let code = super::code(&text).unwrap_or_default();
            blame(&Failed::Bucket { status, code }).field
        };
        for (status, code, field) in [
            (404, "NoSuchBucket", "bucket"),
            (403, "InvalidAccessKeyId", "access_key_id"),
            (403, "SignatureDoesNotMatch", "secret_access_key"),
            (400, "AuthorizationHeaderMalformed", "region"),
            (301, "PermanentRedirect", "region"),
            (403, "RequestTimeTooSkewed", "endpoint"),
            (403, "", "access_key_id"),
            (400, "<b>", "endpoint"),
        ] {
            assert_eq!(of(status, code), field, "{status} {code}");
        }
        assert_eq!(
            blame(&Failed::Away("no answer".to_owned())).field,
            "endpoint"
        );
    }
}
