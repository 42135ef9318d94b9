//! JSON from outside, read within bounds. Sizes are checked before anything is allocated for it, depth before it is parsed.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, map::Entry};

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
    /// A field is there twice, and each reader may believe another of the two.
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
    let Once(value) = serde_json::from_str(text).map_err(|why| {
        let said = why.to_string();
        if said.starts_with(TWICE) {
            Refused::Ambiguous(said)
        } else {
            Refused::NotJson(said)
        }
    })?;
    if !value.is_object() {
        return Err(Refused::NotAnObject);
    }
    Ok(value)
}

/// How the refusal of a repeated name begins.
const TWICE: &str = "duplicate field ";

/// A value whose objects have each name once, at every level (RFC 7493, section 2.3): a [`Value`] would keep the last of several,
/// and whoever reads the same bytes elsewhere perhaps the first.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            match map.entry(name) {
                Entry::Vacant(place) => {
                    let Once(value) = fields.next_value()?;
                    place.insert(value);
                }
                Entry::Occupied(known) => {
                    let name: String = known.key().chars().take(40).collect();
                    return Err(A::Error::custom(format_args!("{TWICE}`{name}`")));
                }
            }
        }
        Ok(Value::Object(map))
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
    fn each_name_is_there_once_at_every_level() {
        for twice in [
            r#"{"actor":"https://a.test/1","actor":"https://a.test/2"}"#,
            r#"{"object":{"attributedTo":"https://a.test/1","attributedTo":"https://a.test/2"}}"#,
            r#"{"a":[[{"b":{"c":1,"d":2,"c":1}}]]}"#,
            // One name, written in two ways.
            r#"{"actor":1,"\u0061ctor":2}"#,
        ] {
            let refused = parse(twice.as_bytes(), 1000, 32);
            assert!(
                matches!(refused, Err(Refused::Ambiguous(_))),
                "{twice}: {refused:?}"
            );
        }
        let once = r#"{"id":null,"name":1,"object":{"name":2,"to":[{"name":3},{"name":4}]}}"#;
        assert!(parse(once.as_bytes(), 1000, 32).is_ok());
    }

    #[test]
    fn what_is_read_is_what_serde_reads() {
        let text = r#"{"z":[1,-2,1.5,1e300,18446744073709551615,true,false,null,"a\nb\u00e9"],"a":{"":{}}}"#;
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes(), 1000, 32).unwrap(), plain);
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
