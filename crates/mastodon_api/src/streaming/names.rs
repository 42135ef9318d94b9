//! How clients name streams: `public:local:media`, with a hashtag or a list beside the name.

use kontor_actions::streams::{Origin, Part, Stream};
use kontor_domain::{ids::ListId, scope::Scopes, text::hashtag::fold};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{NOTIFICATIONS, STATUSES, allows};
use crate::{Error, Result};

/// A stream as it is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) stream: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) list: Option<String>,
    pub(crate) only_media: bool,
}

impl Asked {
    #[cfg(test)]
    pub(super) fn named(name: &str) -> Self {
        Self {
            stream: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// `None`: nothing is asked for.
    pub(super) fn stream(&self) -> Option<Result<Stream>> {
        let name = self.stream.as_deref().filter(|name| !name.is_empty())?;
        Some(self.named_stream(name))
    }

    fn named_stream(&self, name: &str) -> Result<Stream> {
        let (name, media) = match name.strip_suffix(":media") {
            Some(name) if name.starts_with("public") => (name, true),
            _ => (name, self.only_media),
        };
        let public = |origin| {
            Ok(Stream::Public(Part {
                origin,
                only_media: media,
            }))
        };
        match name {
            "user" => Ok(Stream::User),
            "user:notification" => Ok(Stream::Notifications),
            "public" => public(Origin::Everywhere),
            "public:local" => public(Origin::Local),
            "public:remote" => public(Origin::Remote),
            "hashtag" => self.hashtag(Origin::Everywhere),
            "hashtag:local" => self.hashtag(Origin::Local),
            "list" => {
                let list = self.list.as_deref().filter(|list| !list.is_empty());
                let list = list.ok_or_else(|| Error::bad("list", "is missing"))?;
                let id: ListId = list.parse().map_err(|_| Error::not_found())?;
                Ok(Stream::List(id))
            }
            "direct" => Ok(Stream::Direct),
            _ => Err(Error::bad("stream", "is not known")),
        }
    }

    fn hashtag(&self, origin: Origin) -> Result<Stream> {
        let tag = self.tag.as_deref().unwrap_or_default();
        let tag = fold(tag.trim().trim_start_matches('#'));
        if tag.is_empty() {
            return Err(Error::bad("tag", "is missing"));
        }
        Ok(Stream::Hashtag(tag, origin))
    }

    /// As it is said with everything that comes by this stream.
    pub(super) fn label(&self) -> Value {
        let name = self.stream.as_deref().unwrap_or_default();
        let name = if self.only_media && name.starts_with("public") && !name.ends_with(":media") {
            format!("{name}:media")
        } else {
            name.to_owned()
        };
        match name.as_str() {
            "hashtag" | "hashtag:local" => json!([name, self.tag]),
            "list" => json!([name, self.list]),
            _ => json!([name]),
        }
    }
}

/// One that is told of notifications alone needs their scope, any other that of posts.
pub(super) fn check(stream: &Stream, scopes: &Scopes) -> Result<()> {
    let needed = match stream {
        Stream::Notifications => NOTIFICATIONS,
        _ => STATUSES,
    };
    if allows(scopes, needed) {
        Ok(())
    } else {
        Err(Error::Scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_name_is_a_stream() {
        let part = |origin, only_media| Stream::Public(Part { origin, only_media });
        for (name, wanted) in [
            ("user", Stream::User),
            ("user:notification", Stream::Notifications),
            ("public", part(Origin::Everywhere, false)),
            ("public:media", part(Origin::Everywhere, true)),
            ("public:local", part(Origin::Local, false)),
            ("public:local:media", part(Origin::Local, true)),
            ("public:remote", part(Origin::Remote, false)),
            ("public:remote:media", part(Origin::Remote, true)),
            (
                "hashtag",
                Stream::Hashtag("boats".to_owned(), Origin::Everywhere),
            ),
            (
                "hashtag:local",
                Stream::Hashtag("boats".to_owned(), Origin::Local),
            ),
            ("list", Stream::List(ListId(7))),
            ("direct", Stream::Direct),
        ] {
            let asked = Asked {
                tag: Some("#Boats".to_owned()),
                list: Some("7".to_owned()),
                ..Asked::named(name)
            };
            assert_eq!(asked.stream().unwrap().unwrap(), wanted, "{name}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_said() {
        for (name, said) in [
            ("hashtag", "tag is missing"),
            ("hashtag:local", "tag is missing"),
            ("list", "list is missing"),
            ("hashtag:media", "stream is not known"),
            ("user:media", "stream is not known"),
            ("nonsense", "stream is not known"),
        ] {
            let error = Asked::named(name).stream().unwrap().unwrap_err();
            assert_eq!(error.to_string(), said, "{name}");
        }
        assert!(Asked::default().stream().is_none());
        assert!(Asked::named("").stream().is_none());
    }

    #[test]
    fn a_label_says_what_was_asked_for() {
        let media = Asked {
            only_media: true,
            ..Asked::named("public:local")
        };
        assert_eq!(media.label(), json!(["public:local:media"]));
        let tag = Asked {
            tag: Some("Boats".to_owned()),
            ..Asked::named("hashtag")
        };
        assert_eq!(tag.label(), json!(["hashtag", "Boats"]));
        let list = Asked {
            list: Some("7".to_owned()),
            ..Asked::named("list")
        };
        assert_eq!(list.label(), json!(["list", "7"]));
        assert_eq!(Asked::named("user").label(), json!(["user"]));
    }
}
