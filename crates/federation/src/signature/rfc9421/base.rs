//! The signature base (RFC 9421, section 2.5), one way for both directions.

use super::Component;
use crate::signature::{Error, Headers, Scheme};

/// A request as both sides must see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub method: &'a str,
    pub scheme: Scheme,
    /// In lower case, with a port only if it is not the scheme's own (section 2.2.3).
    pub authority: &'a str,
    pub path_and_query: &'a str,
    pub headers: &'a Headers<'a>,
}

impl Message<'_> {
    /// One line for each component, then the parameters of the signature. A component without a value is an error, never an
    /// empty line.
    pub fn base(&self, components: &[Component], params: &str) -> Result<Vec<u8>, Error> {
        let mut lines = Vec::new();
        for component in components {
            let value = self
                .value(component)
                .ok_or_else(|| Error::Missing(component.name().to_owned()))?;
            // A line end in a value could pass for the next line; what is not ASCII has no one spelling.
            if value
                .iter()
                .any(|byte| matches!(byte, b'\r' | b'\n') || !byte.is_ascii())
            {
                return Err(Error::Malformed(
                    "a signed component contains a line end or is not ASCII",
                ));
            }
            lines.push(b'"');
            lines.extend_from_slice(component.name().as_bytes());
            lines.extend_from_slice(b"\": ");
            lines.extend_from_slice(&value);
            lines.push(b'\n');
        }
        lines.extend_from_slice(b"\"@signature-params\": ");
        lines.extend_from_slice(params.as_bytes());
        Ok(lines)
    }

    fn value(&self, component: &Component) -> Option<Vec<u8>> {
        let text = match component {
            Component::Method => self.method.to_owned(),
            Component::TargetUri => {
                format!(
                    "{}://{}{}",
                    self.scheme.as_str(),
                    self.authority,
                    self.path_and_query
                )
            }
            Component::Authority => self.authority.to_owned(),
            Component::Scheme => self.scheme.as_str().to_owned(),
            Component::RequestTarget => self.path_and_query.to_owned(),
            Component::Path => self.path().to_owned(),
            // Without a query, the question mark alone (section 2.2.7).
            Component::Query => format!("?{}", self.query().unwrap_or_default()),
            // Proxies change the header, so that what the peer called us is told by the configuration.
            Component::Field(name) if name == "host" => self.authority.to_owned(),
            Component::Field(name) => return self.headers.get(name),
        };
        Some(text.into_bytes())
    }

    fn path(&self) -> &str {
        self.path_and_query
            .split_once('?')
            .map_or(self.path_and_query, |(path, _)| path)
    }

    pub fn query(&self) -> Option<&str> {
        self.path_and_query.split_once('?').map(|(_, query)| query)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn base(
        components: &[Component],
        path_and_query: &str,
        headers: &Headers<'_>,
    ) -> Result<String, Error> {
        let message = Message {
            method: "POST",
            scheme: Scheme::Https,
            authority: "www.example.com",
            path_and_query,
            headers,
        };
        let base = message.base(components, "()")?;
        Ok(String::from_utf8(base).unwrap())
    }

    fn value(component: Component, path_and_query: &str) -> String {
        let base = base(&[component], path_and_query, &Headers::default()).unwrap();
        let line = base.lines().next().unwrap();
        line.split_once("\": ").unwrap().1.to_owned()
    }

    /// The examples of RFC 9421, sections 2.2.1 to 2.2.7.
    #[test]
    fn derives_the_published_values() {
        let full = "/path?param=value";
        for (component, target, expected) in [
            (Component::Method, full, "POST"),
            (
                Component::TargetUri,
                full,
                "https://www.example.com/path?param=value",
            ),
            (Component::Authority, full, "www.example.com"),
            (Component::Scheme, full, "https"),
            (Component::RequestTarget, full, "/path?param=value"),
            (Component::Path, full, "/path"),
            (
                Component::Query,
                "/path?param=value&foo=bar&baz=bat%2Dman",
                "?param=value&foo=bar&baz=bat%2Dman",
            ),
            (Component::Query, "/path?queryString", "?queryString"),
            (Component::Query, "/path", "?"),
            (Component::Query, "/path?", "?"),
            (Component::Query, "/path?a?b", "?a?b"),
        ] {
            assert_eq!(
                value(component.clone(), target),
                expected,
                "{component} of {target}"
            );
        }
    }

    /// The example of RFC 9421, section 2.1: repeated fields are joined, white space around a value is not part of it.
    #[test]
    fn fields_in_their_one_spelling() {
        let headers: Headers<'_> = [
            ("Host", b"proxy.internal".as_slice()),
            ("X-OWS-Header", b"  Leading and trailing whitespace.   "),
            ("Cache-Control", b"max-age=60"),
            ("cache-control", b"   must-revalidate"),
            ("X-Empty-Header", b""),
        ]
        .into_iter()
        .collect();
        let names = ["host", "x-ows-header", "cache-control", "x-empty-header"];
        let covered = names.map(|name| Component::Field(name.to_owned()));
        assert_eq!(
            base(&covered, "/", &headers).unwrap(),
            "\"host\": www.example.com\n\"x-ows-header\": Leading and trailing whitespace.\n\
             \"cache-control\": max-age=60, must-revalidate\n\"x-empty-header\": \n\"@signature-params\": ()"
        );
    }

    #[test]
    fn a_value_is_there_and_cannot_forge_a_line() {
        let absent = [Component::Field("absent".to_owned())];
        assert_eq!(
            base(&absent, "/", &Headers::default()),
            Err(Error::Missing("absent".to_owned()))
        );
        for bytes in ["1\n\"@method\": GET", "1\rx", "é"] {
            let headers: Headers<'_> = [("x", bytes.as_bytes())].into_iter().collect();
            let covered = [Component::Field("x".to_owned())];
            assert!(matches!(
                base(&covered, "/", &headers),
                Err(Error::Malformed(_))
            ));
        }
    }
}
