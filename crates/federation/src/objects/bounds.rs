//! JSON from outside, read within bounds. Sizes are checked before anything is allocated for it, depth before it is parsed.

use std::fmt;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

/// More than any activity of the fediverse has: an announced Create of a question with its replies has ten or so. `serde_json`
/// itself ends at 128, so a greater bound than that has no effect.
pub const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    TooLarge {
        bytes: usize,
        most: usize,
    },
    TooDeep {
        most: usize,
    },
    NotUtf8,
    /// The parser's own words: what it met, and where.
    NotJson(String),
    NotAnObject,
    /// A field that decides is there twice, and each reader may believe another of the two.
    Ambiguous(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes, most } => {
                write!(f, "has {bytes} bytes, and {most} are allowed")
            }
            Self::TooDeep { most } => write!(f, "is nested more than {most} levels deep"),
            Self::NotUtf8 => f.write_str("is not UTF-8"),
            Self::NotJson(why) => write!(f, "is not JSON: {why}"),
            Self::NotAnObject => f.write_str("is not a JSON object"),
            Self::Ambiguous(why) => write!(f, "is ambiguous: {why}"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for kontor_actions::Error {
    fn from(why: Refused) -> Self {
        Self::Invalid {
            field: "body",
            reason: why.to_string(),
        }
    }
}

/// Reads one JSON object.
pub fn parse(bytes: &[u8], max_bytes: usize, max_depth: usize) -> Result<Value, Refused> {
    if bytes.len() > max_bytes {
        return Err(Refused::TooLarge {
            bytes: bytes.len(),
            most: max_bytes,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::NotUtf8)?;
    if is_deeper_than(bytes, max_depth) {
        return Err(Refused::TooDeep { most: max_depth });
    }
    // Some peers start with a byte order mark; RFC 8259, 8.1 lets a reader ignore it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value =
        serde_json::from_str(text).map_err(|why| Refused::NotJson(why.to_string()))?;
    if !value.is_object() {
        return Err(Refused::NotAnObject);
    }
    let _once: Once =
        serde_json::from_str(text).map_err(|why| Refused::Ambiguous(why.to_string()))?;
    Ok(value)
}

/// The fields that say who did what to what. Reading a struct, serde refuses a field that comes twice; a [`Value`] would keep
/// the last of them.
#[derive(Deserialize)]
#[serde(default)]
struct Once {
    #[serde(rename = "id")]
    _id: IgnoredAny,
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    #[serde(rename = "actor")]
    _actor: IgnoredAny,
    #[serde(rename = "object")]
    _object: IgnoredAny,
    #[serde(rename = "attributedTo")]
    _attributed_to: IgnoredAny,
}

impl Default for Once {
    fn default() -> Self {
        Self {
            _id: IgnoredAny,
            _kind: IgnoredAny,
            _actor: IgnoredAny,
            _object: IgnoredAny,
            _attributed_to: IgnoredAny,
        }
    }
}

/// Counts brackets outside strings. For what is no JSON the answer means nothing, and the parser refuses it.
fn is_deeper_than(bytes: &[u8], most: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(depth: usize) -> String {
        format!(
            "{}{}1{}{}",
            r#"{"a":"#,
            "[".repeat(depth - 1),
            "]".repeat(depth - 1),
            "}"
        )
    }

    #[test]
    fn what_decides_is_there_once() {
        let twice = r#"{"actor":"https://a.test/1","actor":"https://a.test/2"}"#;
        assert!(matches!(
            parse(twice.as_bytes(), 1000, 32),
            Err(Refused::Ambiguous(_))
        ));
        let harmless = r#"{"id":null,"name":1,"name":2,"object":{"actor":3,"actor":4}}"#;
        assert!(parse(harmless.as_bytes(), 1000, 32).is_ok());
    }

    #[test]
    fn depth_ends_where_it_says() {
        assert!(parse(nested(32).as_bytes(), 1000, 32).is_ok());
        assert_eq!(
            parse(nested(33).as_bytes(), 1000, 32),
            Err(Refused::TooDeep { most: 32 })
        );
        let bomb = "[".repeat(900_000);
        assert_eq!(
            parse(bomb.as_bytes(), 1_000_000, 32),
            Err(Refused::TooDeep { most: 32 })
        );
    }

    #[test]
    fn brackets_in_strings_are_text() {
        let text = format!(r#"{{"a":"{}","b\"{{":"\\"}}"#, "[{".repeat(50));
        assert!(parse(text.as_bytes(), 1000, 1).is_ok(), "{text}");
    }

    #[test]
    fn what_is_refused_says_why() {
        assert_eq!(
            parse(b"{}", 1, 32),
            Err(Refused::TooLarge { bytes: 2, most: 1 })
        );
        assert_eq!(parse(b"{\"a\":\"\xff\"}", 100, 32), Err(Refused::NotUtf8));
        assert_eq!(parse(b"[]", 100, 32), Err(Refused::NotAnObject));
        assert!(matches!(
            parse(b"{\"a\":1} x", 100, 32),
            Err(Refused::NotJson(_))
        ));
        assert!(matches!(parse(b"", 100, 32), Err(Refused::NotJson(_))));
        assert!(parse("\u{feff}{}".as_bytes(), 100, 32).is_ok());
    }

    fn depth_of(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
            Value::Object(map) => 1 + map.values().map(depth_of).max().unwrap_or(0),
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _either = parse(&bytes, 100, 8);
        }

        #[test]
        fn depth_is_that_of_the_value(
            text in "[\\[\\]{}\",:a1\\\\]{0,12}",
            levels in 1_usize..6,
            most in 1_usize..10,
        ) {
            let value = (0..levels).fold(Value::String(text.clone()), |inner, _| serde_json::json!({ text.clone(): [inner] }));
            let bytes = serde_json::to_vec(&value).unwrap();
            prop_assert_eq!(parse(&bytes, 10_000, most).is_ok(), depth_of(&value) <= most);
        }
    }
}
