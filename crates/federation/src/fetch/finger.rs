//! Asking WebFinger (RFC 7033) who is behind a handle. Answering it is in `webfinger`.

use kontor_actions::App;
use kontor_domain::{account::AccountKind, text::Handle};
use kontor_net::Url;
use serde_json::Value;

use super::{Budget, Failure, Kind, Memory};
use crate::{Federation, media_type};

/// What a server says of a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finger {
    /// The handle under which the account wants to be known.
    pub(crate) subject: Option<Handle>,
    pub(crate) actors: Vec<Named>,
}

/// An actor that a handle may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its id, as it stands there.
    pub(crate) actor: String,
    /// What it is, where a person and a group may share a name: Lemmy says it.
    pub(crate) kind: Option<AccountKind>,
}

/// The property of a link that says what its actor is.
pub(crate) const TYPE: &str = "https://www.w3.org/ns/activitystreams#type";

/// More links are not looked at.
const LINKS: usize = 50;

impl Finger {
    pub(crate) fn read(answer: &Value) -> Self {
        let subject = answer
            .get("subject")
            .and_then(Value::as_str)
            .and_then(|subject| Handle::parse(subject).ok());
        let links = answer
            .get("links")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let actors = links
            .iter()
            .take(LINKS)
            .filter(|link| link.get("rel").and_then(Value::as_str) == Some("self"))
            .filter(|link| {
                link.get("type")
                    .and_then(Value::as_str)
                    .is_some_and(media_type::is_activity)
            })
            .filter_map(|link| {
                let kind = link.get("properties").and_then(|said| said.get(TYPE));
                Some(Named {
                    actor: link.get("href")?.as_str()?.to_owned(),
                    kind: kind.and_then(Value::as_str).and_then(kind_of),
                })
            })
            .collect();
        Self {
            subject: subject.filter(|subject| subject.domain.is_some()),
            actors,
        }
    }

    pub(crate) fn names(&self, actor: &str) -> bool {
        self.actors.iter().any(|named| named.actor == actor)
    }

    /// Those whom the handle may mean, the likeliest first: a group where one is asked for, else a person, and then a group.
    pub(crate) fn meant(&self, group: bool) -> Vec<&Named> {
        let place = |named: &Named| match named.kind {
            Some(kind) if (kind == AccountKind::Group) == group => 0,
            None => 1,
            Some(_) => 2,
        };
        let mut meant: Vec<&Named> = self
            .actors
            .iter()
            .filter(|named| !group || place(named) < 2)
            .collect();
        meant.sort_by_key(|named| place(named));
        meant
    }

    /// The one who is said to be a person, or something that is like one.
    pub(crate) fn person(&self) -> Option<String> {
        let mut named = self.actors.iter();
        named
            .find(|named| named.kind.is_some_and(|kind| kind != AccountKind::Group))
            .map(|named| named.actor.clone())
    }
}

/// Of a type as it is called, or as its whole address.
fn kind_of(said: &str) -> Option<AccountKind> {
    said.strip_prefix("https://www.w3.org/ns/activitystreams#")
        .unwrap_or(said)
        .parse()
        .ok()
}

impl Federation {
    /// Asks the handle's own server; the domain may carry a port.
    pub(crate) async fn finger(
        &self,
        app: &App,
        username: &str,
        domain: &str,
        memory: Memory,
        budget: &Budget,
    ) -> Result<Finger, Failure> {
        self.policy.allowed(domain)?;
        let mut failure = Failure::unusable("its domain is no host");
        for scheme in self.schemes(app) {
            let Ok(mut url) = Url::parse(&format!("{scheme}://{domain}/.well-known/webfinger"))
            else {
                break;
            };
            url.query_pairs_mut()
                .append_pair("resource", &format!("acct:{username}@{domain}"));
            match self.get(app, &url, Kind::Finger, memory, budget).await {
                Ok(got) => return Ok(Finger::read(&got.value)),
                // Perhaps it speaks the other scheme.
                Err(why @ Failure::Transient(_)) => failure = why,
                Err(why) => return Err(why),
            }
        }
        Err(failure)
    }

    /// Plain http is tried where the operator allows it, and first where this instance itself is reached so.
    pub(super) fn schemes(&self, app: &App) -> &'static [&'static str] {
        let plain = Url::parse("http://a.test/").is_ok_and(|url| self.net.check_url(&url).is_ok());
        match (plain, app.site.scheme()) {
            (false, _) => &["https"],
            (true, "http") => &["http", "https"],
            (true, _) => &["https", "http"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_self_links_of_the_right_type_count() {
        let answer = json!({
            "subject": "acct:Ann@a.test",
            "links": [
                {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "https://a.test/@ann"},
                {"rel": "self", "type": "text/html", "href": "https://a.test/@ann"},
                {"rel": "self", "href": "https://a.test/untyped"},
                {"rel": "self", "type": "application/activity+json", "href": "https://a.test/users/1"},
                {"rel": "self", "type": "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"", "href": "https://a.test/c/ann"},
                {"rel": "self", "type": "application/activity+json", "href": 7},
                "nonsense"
            ]
        });
        let finger = Finger::read(&answer);
        assert_eq!(
            finger.subject.as_ref().map(Handle::key),
            Some("ann@a.test".to_owned())
        );
        let actors: Vec<&str> = finger.actors.iter().map(|it| it.actor.as_str()).collect();
        assert_eq!(actors, ["https://a.test/users/1", "https://a.test/c/ann"]);
        assert!(finger.actors.iter().all(|named| named.kind.is_none()));
        assert_eq!(finger.person(), None);
        assert!(finger.names("https://a.test/users/1"));
        assert!(!finger.names("https://a.test/@ann"));
    }

    #[test]
    fn a_person_and_a_group_of_one_name_are_told_apart() {
        let link = |actor: &str, kind: &Value| json!({"rel": "self", "type": "application/activity+json", "href": actor, "properties": {TYPE: kind}});
        let answer = json!({"subject": "acct:x@a.test", "links": [
            link("group", &json!("Group")),
            link("unsaid", &Value::Null),
            link("person", &json!("https://www.w3.org/ns/activitystreams#Person")),
            link("odd", &json!("Potato")),
        ]});
        let finger = Finger::read(&answer);
        let meant = |group| -> Vec<&str> {
            let meant = finger.meant(group).into_iter();
            meant.map(|named| named.actor.as_str()).collect()
        };
        assert_eq!(meant(false), ["person", "unsaid", "odd", "group"]);
        assert_eq!(meant(true), ["group", "unsaid", "odd"]);
        assert_eq!(finger.person().as_deref(), Some("person"));
        assert!(
            ["group", "person", "unsaid"]
                .iter()
                .all(|actor| finger.names(actor))
        );
    }

    #[test]
    fn nonsense_names_nobody() {
        for answer in [
            json!([]),
            json!("x"),
            json!({"subject": 1, "links": {}}),
            json!({"subject": "acct:ann"}),
        ] {
            let finger = Finger::read(&answer);
            assert_eq!(finger.subject, None);
            assert!(finger.actors.is_empty());
        }
    }
}
