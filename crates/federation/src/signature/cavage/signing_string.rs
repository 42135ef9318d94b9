//! The bytes that are signed (draft-cavage-12, section 2.3), one way for both directions.

use crate::signature::Error;

pub(super) const REQUEST_TARGET: &str = "(request-target)";
pub(super) const CREATED: &str = "(created)";
pub(super) const EXPIRES: &str = "(expires)";

/// One `name: value` line for each name; a name without a value is an error, never an empty line.
pub(super) fn signing_string<'n>(
    names: impl IntoIterator<Item = &'n str>,
    value_of: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, Error> {
    let mut lines = Vec::new();
    for name in names {
        let value = value_of(name).ok_or_else(|| Error::Missing(name.to_owned()))?;
        // A line end in a value could pass for the next line.
        if value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            return Err(Error::Malformed("a signed header contains a line end"));
        }
        if !lines.is_empty() {
            lines.push(b'\n');
        }
        lines.extend_from_slice(name.as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(&value);
    }
    Ok(lines)
}

/// The value of `(request-target)`.
pub(super) fn request_target(method: &str, path_and_query: &str) -> Vec<u8> {
    format!("{} {path_and_query}", method.to_ascii_lowercase()).into_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn build(names: &[&str], fields: &[(&str, &str)]) -> Result<String, Error> {
        signing_string(names.iter().copied(), |name| {
            let field = fields.iter().find(|(field, _)| *field == name)?;
            Some(field.1.as_bytes().to_vec())
        })
        .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn lines_in_the_order_of_the_names() {
        let fields = [("a", "1"), ("b", ""), ("c", "x, y")];
        assert_eq!(
            build(&["c", "b", "a"], &fields).unwrap(),
            "c: x, y\nb: \na: 1"
        );
    }

    #[test]
    fn an_absent_header_is_an_error() {
        assert_eq!(build(&["a"], &[]), Err(Error::Missing("a".to_owned())));
    }

    #[test]
    fn a_value_cannot_forge_a_line() {
        for value in ["1\nb: 2", "1\rb"] {
            assert!(matches!(
                build(&["a"], &[("a", value)]),
                Err(Error::Malformed(_))
            ));
        }
    }

    #[test]
    fn the_method_is_in_lower_case() {
        assert_eq!(request_target("POST", "/foo?Param=V"), b"post /foo?Param=V");
    }
}
