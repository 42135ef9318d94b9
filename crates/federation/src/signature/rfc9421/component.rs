//! The parts of a request that can be covered (RFC 9421, section 2): their names. Their values are in `base`.

use crate::signature::Error;
use sfv::{BareItem, Item};
use std::fmt;

/// A component of a request, without parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    Method,
    TargetUri,
    Authority,
    Scheme,
    RequestTarget,
    Path,
    Query,
    /// A header field, by its name in lower case.
    Field(String),
}

impl Component {
    pub(super) fn read(item: &Item) -> Result<Self, Error> {
        let BareItem::String(name) = &item.bare_item else {
            return Err(Error::Malformed(
                "the signature covers a component whose name is no string",
            ));
        };
        let name = name.as_str();
        if let Some(parameter) = item.params.keys().next() {
            return Err(Error::Unsupported(format!(
                "the parameter `{}` of the covered component `{name}`",
                parameter.as_str()
            )));
        }
        Self::named(name)
    }

    fn named(name: &str) -> Result<Self, Error> {
        Ok(match name {
            "@method" => Self::Method,
            "@target-uri" => Self::TargetUri,
            "@authority" => Self::Authority,
            "@scheme" => Self::Scheme,
            "@request-target" => Self::RequestTarget,
            "@path" => Self::Path,
            "@query" => Self::Query,
            _ if name.starts_with('@') => {
                return Err(Error::Unsupported(format!(
                    "the covered component `{name}`"
                )));
            }
            _ if is_field_name(name) => Self::Field(name.to_owned()),
            _ => {
                return Err(Error::Malformed(
                    "the signature covers a header whose name cannot be one",
                ));
            }
        })
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::Field(name) => name,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A token (RFC 9110, section 5.6.2), in lower case as RFC 9421, section 2.1 demands.
fn is_field_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sfv::Parser;

    fn read(text: &str) -> Result<Component, Error> {
        Component::read(&Parser::new(text).parse().unwrap())
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in [
            "@method",
            "@target-uri",
            "@authority",
            "@scheme",
            "@request-target",
            "@path",
            "@query",
            "content-digest",
            "x_1",
        ] {
            let component = read(&format!("\"{name}\"")).unwrap();
            assert_eq!(component.name(), name);
            assert_eq!(
                matches!(component, Component::Field(_)),
                !name.starts_with('@')
            );
        }
    }

    #[test]
    fn refuses_what_is_not_spoken() {
        for text in [
            "\"@query-param\";name=\"Pet\"",
            "\"@query-param\"",
            "\"@status\"",
            "\"@signature-params\"",
            "\"@\"",
            "\"@method\";req",
            "\"date\";sf",
            "\"date\";bs",
            "\"date\";tr",
            "\"cache-control\";key=\"max-age\"",
            "\"date\";x=1",
        ] {
            assert!(matches!(read(text), Err(Error::Unsupported(_))), "{text}");
        }
        for text in [
            "\"Date\"",
            "\"\"",
            "\"a b\"",
            "\"a:\"",
            "\"a\\\"\"",
            "date",
            "1",
            ":AAAA:",
        ] {
            assert!(matches!(read(text), Err(Error::Malformed(_))), "{text}");
        }
    }
}
