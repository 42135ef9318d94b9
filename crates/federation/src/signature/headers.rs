//! The header fields of a request as bytes, free of any web framework. What a field means is said elsewhere.

use super::Error;

/// The fields of one request in the order they came, repeated ones included.
#[derive(Debug, Clone, Default)]
pub struct Headers<'a>(Vec<(&'a str, &'a [u8])>);

impl<'a> FromIterator<(&'a str, &'a [u8])> for Headers<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a [u8])>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Headers<'_> {
    /// The value of a field, trimmed; repeated fields are joined by `, ` (draft-cavage-12, section 2.3, item 4).
    pub fn get(&self, name: &str) -> Option<Vec<u8>> {
        let mut values = self
            .0
            .iter()
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim_ascii());
        let mut joined = values.next()?.to_vec();
        for value in values {
            joined.extend_from_slice(b", ");
            joined.extend_from_slice(value);
        }
        Some(joined)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Error> {
        self.get(name)
            .map(String::from_utf8)
            .transpose()
            .map_err(|_| Error::Malformed("a header needed for the signature is not text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_repeats_are_joined() {
        let headers: Headers<'_> = [
            ("X-List", b" a ".as_slice()),
            ("other", b"x"),
            ("x-list", b"b"),
        ]
        .into_iter()
        .collect();
        assert_eq!(headers.get("X-LIST"), Some(b"a, b".to_vec()));
        assert_eq!(headers.get("absent"), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_as_text() {
        let headers: Headers<'_> = [("date", b"\xff".as_slice())].into_iter().collect();
        assert!(matches!(headers.text("date"), Err(Error::Malformed(_))));
        assert_eq!(headers.text("digest"), Ok(None));
    }
}
