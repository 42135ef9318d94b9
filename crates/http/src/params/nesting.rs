//! Names such as `a[]`, `a[0]`, `a[b][c]` and `a[][b]`, as Rails reads them, made into a tree. Nothing is known of types here.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};

use super::{Error, Problem};
use crate::Settings;

/// Reads `application/x-www-form-urlencoded`, which a query is too.
pub(super) fn form(text: &[u8], settings: &Settings) -> Result<Map<String, Value>, Error> {
    let mut tree = Tree::new(settings);
    for pair in text
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = decode(halves.next().unwrap_or_default())?;
        tree.put(&name, value)?;
    }
    Ok(tree.into_inner())
}

fn decode(text: &[u8]) -> Result<String, Error> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let text = percent_decode(&spaced).decode_utf8();
    Ok(text
        .map_err(|_| Error::new(Problem::Malformed, "The parameters are not UTF-8"))?
        .into_owned())
}

/// Grows by one named value at a time.
pub(super) struct Tree<'a> {
    root: Map<String, Value>,
    count: usize,
    settings: &'a Settings,
}

impl<'a> Tree<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self {
            root: Map::new(),
            count: 0,
            settings,
        }
    }

    pub(super) fn into_inner(self) -> Map<String, Value> {
        self.root
    }

    pub(super) fn put(&mut self, name: &str, value: String) -> Result<(), Error> {
        self.count += 1;
        if self.count > self.settings.params {
            return Err(Error::new(
                Problem::TooLarge,
                format!("There are more than {} parameters", self.settings.params),
            ));
        }
        let (first, rest) = parts(name);
        if rest.len() >= self.settings.nesting {
            return Err(too_deep(self.settings.nesting));
        }
        put(&mut self.root, first, &rest, without_nul(value)).map_err(|()| {
            Error::new(
                Problem::Malformed,
                format!("The parameter {name} is given as a text, a list or names at once"),
            )
        })
    }
}

pub(super) fn too_deep(most: usize) -> Error {
    Error::new(
        Problem::Malformed,
        format!("The parameters are nested more than {most} deep"),
    )
}

/// NUL has no place in a text, and `PostgreSQL` takes none.
pub(super) fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text
    }
}

/// `a[b][]` is `a`, then `b`, then an empty name. A name whose brackets do not fit is taken as it stands.
fn parts(name: &str) -> (&str, Vec<&str>) {
    let Some((first, rest)) = name.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        return (name, Vec::new());
    };
    let Some(rest) = rest.strip_suffix(']') else {
        return (name, Vec::new());
    };
    let parts: Vec<&str> = rest.split("][").collect();
    if parts.iter().any(|part| part.contains(['[', ']'])) {
        (name, Vec::new())
    } else {
        (first, parts)
    }
}

fn put(map: &mut Map<String, Value>, name: &str, rest: &[&str], value: String) -> Result<(), ()> {
    let Some((next, below)) = rest.split_first() else {
        map.insert(name.to_owned(), Value::String(value));
        return Ok(());
    };
    if next.is_empty() {
        let Value::Array(list) = map.entry(name).or_insert_with(|| Value::Array(Vec::new())) else {
            return Err(());
        };
        return push(list, below, value);
    }
    let Value::Object(map) = map.entry(name).or_insert_with(|| Value::Object(Map::new())) else {
        return Err(());
    };
    put(map, next, below, value)
}

/// In `a[][b]`, a new element begins when the last one has its `b` already.
fn push(list: &mut Vec<Value>, rest: &[&str], value: String) -> Result<(), ()> {
    let Some((next, below)) = rest.split_first() else {
        list.push(Value::String(value));
        return Ok(());
    };
    if next.is_empty() {
        return Err(());
    }
    if let Some(Value::Object(last)) = list.last_mut()
        && !holds(last, next, below)
    {
        return put(last, next, below, value);
    }
    let mut element = Map::new();
    put(&mut element, next, below, value)?;
    list.push(Value::Object(element));
    Ok(())
}

fn holds(map: &Map<String, Value>, name: &str, rest: &[&str]) -> bool {
    match (map.get(name), rest.split_first()) {
        // A list in the element takes any number.
        (None, _) | (Some(_), Some((&"", _))) => false,
        (Some(Value::Object(map)), Some((next, below))) => holds(map, next, below),
        (Some(_), _) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree(text: &str) -> Value {
        Value::Object(form(text.as_bytes(), &Settings::default()).unwrap())
    }

    #[test]
    fn names_nest_as_in_rails() {
        assert_eq!(
            tree("a=1&b=x+y%20z&c"),
            json!({"a": "1", "b": "x y z", "c": ""})
        );
        assert_eq!(tree("a=1&a=2"), json!({"a": "2"}));
        assert_eq!(tree("a[]=1&a%5B%5D=2"), json!({"a": ["1", "2"]}));
        assert_eq!(tree("a[0]=1&a[1]=2"), json!({"a": {"0": "1", "1": "2"}}));
        assert_eq!(
            tree("source[privacy]=unlisted&x[y][z]=1"),
            json!({"source": {"privacy": "unlisted"}, "x": {"y": {"z": "1"}}})
        );
        assert_eq!(
            tree("k[][keyword]=a&k[][whole]=1&k[][keyword]=b&k[][ids][]=1&k[][ids][]=2"),
            json!({"k": [{"keyword": "a", "whole": "1"}, {"keyword": "b", "ids": ["1", "2"]}]})
        );
        assert_eq!(
            tree("a[b=1&[c]=2&d]=3&e[f]g=4"),
            json!({"a[b": "1", "[c]": "2", "d]": "3", "e[f]g": "4"})
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let settings = Settings {
            params: 3,
            nesting: 2,
            ..Settings::default()
        };
        let problem = |text: &str| form(text.as_bytes(), &settings).unwrap_err().problem;
        assert_eq!(problem("a=1&a[b]=2"), Problem::Malformed);
        assert_eq!(problem("a[]=1&a[b]=2"), Problem::Malformed);
        assert_eq!(problem("a=%ff"), Problem::Malformed);
        assert_eq!(problem("a=1&b=2&c=3&d=4"), Problem::TooLarge);
        assert_eq!(problem("a[b][c]=1"), Problem::Malformed);
        assert!(form(b"a[b]=1", &settings).is_ok());
    }

    #[test]
    fn no_nul_comes_in() {
        assert_eq!(tree("a=x%00y"), json!({"a": "xy"}));
    }
}
