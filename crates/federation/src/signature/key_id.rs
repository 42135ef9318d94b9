//! The `keyId` of a signature: whose key it may be, and where to ask. Fetching it, and checking its owner, is done elsewhere.

use super::Error;
use url::Url;

/// Who a key id belongs to, as far as its shape says. Until the owner's document confirms it, this is only a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// `https://a.example/users/ann#main-key`: the actor is the id without its fragment.
    Actor(Url),
    /// `https://a.example/users/ann/main-key`: a document of its own, which names its `owner` (or is the actor after all).
    Document(Url),
}

/// A key id that can be fetched: an `http` or `https` URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(Url);

impl KeyId {
    /// `acct:` ids name nobody who can be fetched, so they are refused as unsupported.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url =
            Url::parse(text).map_err(|_| Error::Malformed("`keyId` is not an absolute URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::Unsupported(format!(
                "a `keyId` of scheme `{}`",
                url.scheme()
            )));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Malformed("`keyId` carries a user name or password"));
        }
        Ok(Self(url))
    }

    pub fn url(&self) -> &Url {
        &self.0
    }

    pub fn owner(&self) -> Owner {
        let mut document = self.0.clone();
        document.set_fragment(None);
        if self.0.fragment().is_some() {
            Owner::Actor(document)
        } else {
            Owner::Document(document)
        }
    }

    /// Whether the key lives where `other` (an actor, an activity) does. A key speaks for its own host only.
    pub fn same_host(&self, other: &Url) -> bool {
        same_host(&self.0, other)
    }
}

/// The same host *and* port: two instances on one machine are two hosts. URLs without a host never match.
pub fn same_host(one: &Url, other: &Url) -> bool {
    one.host().is_some()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// Whether a key id of ours can stand in a header, between quotes and without escapes. Both forms need the same.
pub(super) fn check_writable(key_id: &str) -> Result<(), Error> {
    if key_id.is_empty()
        || key_id
            .bytes()
            .any(|byte| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\\'))
    {
        return Err(Error::Malformed(
            "the key id cannot be written in a signature header",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_fragment_points_at_the_actor() {
        let key = KeyId::parse("https://a.example/users/ann#main-key").unwrap();
        assert_eq!(
            key.owner(),
            Owner::Actor(url("https://a.example/users/ann"))
        );
        assert_eq!(key.url().as_str(), "https://a.example/users/ann#main-key");
        let query = KeyId::parse("https://a.example/actor?id=7#key").unwrap();
        assert_eq!(
            query.owner(),
            Owner::Actor(url("https://a.example/actor?id=7"))
        );
    }

    #[test]
    fn without_a_fragment_the_document_is_to_be_fetched() {
        for id in [
            "https://a.example/users/ann/main-key",
            "https://a.example/actor?key=1",
        ] {
            assert_eq!(KeyId::parse(id).unwrap().owner(), Owner::Document(url(id)));
        }
    }

    #[test]
    fn only_fetchable_ids_are_taken() {
        for id in [
            "acct:ann@a.example",
            "did:key:z6Mk",
            "data:,x",
            "file:///etc/passwd",
        ] {
            assert!(
                matches!(KeyId::parse(id), Err(Error::Unsupported(_))),
                "{id}"
            );
        }
        for id in [
            "",
            "Test",
            "/users/ann",
            "https://",
            "https://ann:pw@a.example/",
        ] {
            assert!(matches!(KeyId::parse(id), Err(Error::Malformed(_))), "{id}");
        }
    }

    #[test]
    fn the_port_is_part_of_the_host() {
        let key = KeyId::parse("https://A.example/ann#k").unwrap();
        assert!(key.same_host(&url("https://a.example:443/other")));
        assert!(!key.same_host(&url("https://a.example:8443/ann")));
        assert!(!key.same_host(&url("https://b.example/ann")));
        assert!(!key.same_host(&url("https://sub.a.example/ann")));
        assert!(!same_host(&url("acct:a"), &url("acct:a")));
        assert!(!same_host(
            &url("http://localhost:1"),
            &url("http://localhost:2")
        ));
    }
}
