//! From the tree of parameters to a handler's own type, as forgiving as Rails: numbers and truth values may be texts, a list may
//! be numbered names or a single value, `null` is absent, and so is an empty text where a number or a truth value is needed.

use serde::{
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess,
        Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};

use super::{Error, Problem};

/// Reads a tree into a type.
pub fn read<T: DeserializeOwned>(mut value: Value) -> Result<T, Error> {
    loop {
        match T::deserialize(Lenient(&value)) {
            // Only here it shows what type an empty text should have had: taken out, it is absent. Each turn takes one out.
            Err(why) if why.problem == Problem::Blank && remove(&mut value, &why.path) => {}
            other => return other,
        }
    }
}

fn remove(value: &mut Value, path: &[String]) -> bool {
    let Some((name, rest)) = path.split_first() else {
        return false;
    };
    match value {
        Value::Object(map) if rest.is_empty() => map.shift_remove(name).is_some(),
        Value::Object(map) => map.get_mut(name).is_some_and(|value| remove(value, rest)),
        Value::Array(list) => {
            let Some(at) = name.parse::<usize>().ok().filter(|at| *at < list.len()) else {
                return false;
            };
            if rest.is_empty() {
                list.remove(at);
                return true;
            }
            list.get_mut(at).is_some_and(|value| remove(value, rest))
        }
        _ => false,
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(Problem::Invalid, reason)
}

struct Lenient<'a>(&'a Value);

impl<'a> Lenient<'a> {
    fn truth(&self) -> Result<bool, Error> {
        match self.0 {
            Value::Bool(truth) => Ok(*truth),
            Value::Number(number) => Ok(number.as_f64() != Some(0.0)),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "" => Err(Error::new(Problem::Blank, "can't be blank")),
                "true" | "t" | "1" | "on" | "yes" => Ok(true),
                "false" | "f" | "0" | "off" | "no" => Ok(false),
                _ => Err(invalid("must be true or false")),
            },
            _ => Err(invalid("must be true or false")),
        }
    }

    fn whole(&self) -> Result<i64, Error> {
        match self.0 {
            Value::Number(number) => number
                .as_i64()
                .ok_or_else(|| invalid("must be a whole number")),
            Value::String(text) if text.trim().is_empty() => {
                Err(Error::new(Problem::Blank, "can't be blank"))
            }
            Value::String(text) => text
                .trim()
                .parse()
                .map_err(|_| invalid("must be a whole number")),
            _ => Err(invalid("must be a whole number")),
        }
    }

    fn fraction(&self) -> Result<f64, Error> {
        match self.0 {
            Value::Number(number) => number.as_f64().ok_or_else(|| invalid("must be a number")),
            Value::String(text) if text.trim().is_empty() => {
                Err(Error::new(Problem::Blank, "can't be blank"))
            }
            Value::String(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| invalid("must be a number")),
            _ => Err(invalid("must be a number")),
        }
    }

    fn text(&self) -> Result<std::borrow::Cow<'a, str>, Error> {
        match self.0 {
            Value::String(text) => Ok(text.as_str().into()),
            Value::Number(number) => Ok(number.to_string().into()),
            Value::Bool(truth) => Ok(truth.to_string().into()),
            _ => Err(invalid("must be a text")),
        }
    }

    /// Elements with the names that an error would call them by.
    fn list(&self) -> Result<Vec<(String, &'a Value)>, Error> {
        let mut list: Vec<(String, &Value)> = match self.0 {
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(at, value)| (at.to_string(), value))
                .collect(),
            Value::Object(map) => numbered(map).ok_or_else(|| invalid("must be a list"))?,
            Value::String(text) if text.is_empty() => Vec::new(),
            // No name of its own: an error in it is about the list.
            single => vec![(String::new(), single)],
        };
        list.retain(|(_, value)| !value.is_null());
        Ok(list)
    }
}

fn numbered(map: &Map<String, Value>) -> Option<Vec<(String, &Value)>> {
    let mut list = map
        .iter()
        .map(|(name, value)| Some((name.parse::<u64>().ok()?, (name.clone(), value))))
        .collect::<Option<Vec<_>>>()?;
    list.sort_by_key(|(at, _)| *at);
    Some(list.into_iter().map(|(_, element)| element).collect())
}

macro_rules! numbers {
    ($($name:ident)+) => {
        $(fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_i64(self.whole()?)
        })+
    };
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => visitor.visit_i64(whole),
                None => visitor.visit_f64(self.fraction()?),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.truth()?)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.fraction()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.fraction()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Elements(self.list()?.into_iter()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(map) => visitor.visit_map(Names {
                entries: map.iter(),
                value: None,
            }),
            // An empty form value where names were expected.
            Value::String(text) if text.is_empty() => {
                Err(Error::new(Problem::Blank, "can't be blank"))
            }
            _ => Err(invalid("must hold named values")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let word = self.text()?;
        if word.is_empty() {
            return Err(Error::new(Problem::Blank, "can't be blank"));
        }
        let word: StrDeserializer<'_, Error> = word.as_ref().into_deserializer();
        visitor.visit_enum(word)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Elements<'a>(std::vec::IntoIter<(String, &'a Value)>);

impl<'a> SeqAccess<'a> for Elements<'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((name, value)) = self.0.next() else {
            return Ok(None);
        };
        seed.deserialize(Lenient(value)).map(Some).map_err(|why| {
            if name.is_empty() {
                why
            } else {
                why.within(name)
            }
        })
    }
}

struct Names<'a> {
    entries: serde_json::map::Iter<'a>,
    value: Option<(&'a str, &'a Value)>,
}

impl<'a> MapAccess<'a> for Names<'a> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((name, value)) = self.entries.by_ref().find(|(_, value)| !value.is_null()) else {
            return Ok(None);
        };
        self.value = Some((name, value));
        seed.deserialize(serde::de::value::BorrowedStrDeserializer::new(name))
            .map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<T::Value, Error> {
        // serde asks for a value only after its key.
        let (name, value) = self.value.take().ok_or_else(|| invalid("has no value"))?;
        seed.deserialize(Lenient(value))
            .map_err(|why| why.within(name))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(default)]
    struct Row {
        name: String,
        value: Option<String>,
    }

    #[derive(Debug, PartialEq, Default, Deserialize)]
    #[serde(default)]
    struct Form {
        status: Option<String>,
        sensitive: Option<bool>,
        expires_in: Option<u32>,
        ratio: Option<f64>,
        ids: Vec<i64>,
        rows: Option<Vec<Row>>,
        source: Option<Row>,
        visibility: Option<Visibility>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Visibility {
        Public,
        Direct,
    }

    fn form(value: Value) -> Form {
        read(value).unwrap()
    }

    #[test]
    fn texts_are_read_as_what_is_needed_and_values_as_texts() {
        let read = form(
            json!({"status": 12, "sensitive": "off", "expires_in": "3600", "ratio": "0.5", "visibility": "direct"}),
        );
        let wanted = Form {
            status: Some("12".into()),
            sensitive: Some(false),
            expires_in: Some(3600),
            ratio: Some(0.5),
            visibility: Some(Visibility::Direct),
            ..Form::default()
        };
        assert_eq!(read, wanted);
        for (value, truth) in [
            (json!(1), true),
            (json!("1"), true),
            (json!(true), true),
            (json!("on"), true),
            (json!(0), false),
            (json!("False"), false),
        ] {
            assert_eq!(form(json!({ "sensitive": value })).sensitive, Some(truth));
        }
    }

    #[test]
    fn null_is_absent_and_so_is_an_empty_text_that_is_no_text() {
        assert_eq!(
            form(json!({"status": null, "ids": null, "rows": null, "unknown": [1, {"x": 2}]})),
            Form::default()
        );
        let empty = form(
            json!({"status": "", "sensitive": "", "expires_in": " ", "visibility": "", "ids": ["", "7"]}),
        );
        assert_eq!(
            empty,
            Form {
                status: Some(String::new()),
                ids: vec![7],
                ..Form::default()
            }
        );
    }

    #[test]
    fn lists_come_in_every_shape() {
        assert_eq!(form(json!({"ids": ["1", 2, null]})).ids, [1, 2]);
        assert_eq!(form(json!({"ids": {"10": "3", "2": "1"}})).ids, [1, 3]);
        assert_eq!(form(json!({"ids": "5"})).ids, [5]);
        assert_eq!(form(json!({"ids": ""})).ids, Vec::<i64>::new());
        let rows = form(json!({"rows": {"0": {"name": "a", "value": "b"}, "1": {"name": "c"}}}))
            .rows
            .unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows[0],
            Row {
                name: "a".into(),
                value: Some("b".into())
            }
        );
    }

    #[test]
    fn errors_name_the_field() {
        let told = |value: Value| read::<Form>(value).unwrap_err().to_string();
        assert_eq!(
            told(json!({"sensitive": "maybe"})),
            "Validation failed: sensitive must be true or false"
        );
        assert_eq!(
            told(json!({"rows": [{"name": "a"}, {"name": []}]})),
            "Validation failed: rows[1][name] must be a text"
        );
        assert_eq!(
            told(json!({"ids": {"a": 1}})),
            "Validation failed: ids must be a list"
        );
        assert_eq!(
            told(json!({"ids": ["x"]})),
            "Validation failed: ids[0] must be a whole number"
        );
        assert_eq!(
            told(json!({"expires_in": -1})),
            "Validation failed: expires_in can't be integer `-1`"
        );
        assert_eq!(
            told(json!({"source": "x"})),
            "Validation failed: source must hold named values"
        );
        assert_eq!(
            told(json!({"visibility": "friends"})),
            "Validation failed: visibility is `friends`, which is none of public, direct"
        );
    }
}
