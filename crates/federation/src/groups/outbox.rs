//! What a community elsewhere showed before somebody here first joined it: its outbox holds the activities that it passed on, and the
//! addresses of what it showed. Old as they are, nobody is told of them.

use kontor_actions::{
    App,
    communities::{self, Community},
    posts::{Arrival, Created},
};
use kontor_domain::{
    site::same_authority,
    time::{self, Time},
};
use serde_json::Value;

use crate::{
    Federation,
    activities::known,
    backfill::{Entry, Listed, missing},
    fetch::{Budget, Failure, Memory},
    objects::{loose::id_of, note::IncomingNote},
};

/// A post, and the Announce that showed it.
#[derive(Debug, Clone, PartialEq)]
struct Passed {
    announce: String,
    published: Option<String>,
    uri: String,
    /// As it stands there, if it is on the group's own server.
    embedded: Option<Value>,
}

impl Listed for Passed {
    fn name(&self) -> Option<&str> {
        Some(&self.announce)
    }
}

/// Of an Announce of a Create, the Create's object; of one of a post, the post. A Create by itself shows what it made.
fn passed(page: &Value, url: &str) -> Vec<Passed> {
    let items = page
        .get("orderedItems")
        .or_else(|| page.get("items"))
        .and_then(Value::as_array);
    let one = |item: &Value| {
        let kind = item.get("type").and_then(Value::as_str)?;
        let announce = id_of(item).filter(|id| same_authority(id, url))?;
        let inner = item.get("object")?;
        let object = match (kind, inner.get("type").and_then(Value::as_str)) {
            ("Announce", Some("Create")) => inner.get("object")?,
            ("Announce" | "Create", _) => inner,
            _ => return None,
        };
        let uri = id_of(object)?;
        let whole = object.get("attributedTo").is_some() && same_authority(uri, url);
        Some(Passed {
            announce: announce.to_owned(),
            published: item
                .get("published")
                .or_else(|| object.get("published"))
                .and_then(Value::as_str)
                .map(ToOwned::to_owned),
            uri: uri.to_owned(),
            embedded: whole.then(|| object.clone()),
        })
    };
    items.into_iter().flatten().filter_map(one).collect()
}

impl Federation {
    /// Keeps what the group showed last, the oldest first. `until`: when somebody here was let in; what came after that comes by itself, and
    /// is news, which nothing that is found here is.
    pub(crate) async fn read_group(
        &self,
        app: &App,
        community: &Community,
        (outbox, until): (&str, Option<Time>),
        budget: &Budget,
    ) -> Result<(), Failure> {
        let memory = if until.is_some() {
            Memory::None
        } else {
            Memory::Long
        };
        let most = self.settings.first_posts;
        let found = self
            .list_of(app, outbox, (2, most), memory, budget, passed)
            .await?;
        let age = chrono::Duration::from_std(self.settings.first_posts_age)
            .unwrap_or(chrono::Duration::days(90));
        let oldest = app.now() - age;
        for one in found.into_iter().rev() {
            let at = one.published.as_deref().and_then(time::read);
            let is_news = |at: Time| until.is_some_and(|until| at > until);
            if at.is_some_and(|written| written.at < oldest || is_news(written.at)) {
                continue;
            }
            let entry = Entry {
                uri: one.uri.clone(),
                embedded: one.embedded,
            };
            match self.gather_one(app, community, entry, budget).await {
                Ok(()) => {}
                Err(Failure::OverBudget) => break,
                Err(why) => {
                    tracing::debug!(reason = %why, "a post of a community stays unknown");
                    continue;
                }
            }
            let Some(stub) = known(app, &one.uri).await? else {
                continue;
            };
            communities::shown_before(app, community.account_id, stub.id, one.announce, at).await?;
        }
        Ok(())
    }

    /// Posts that the group's own list names, wherever they are.
    pub(crate) async fn gather_in(
        &self,
        app: &App,
        community: &Community,
        entries: Vec<Entry>,
        budget: &Budget,
    ) -> Result<(), Failure> {
        for entry in missing(app, entries).await? {
            match self.gather_one(app, community, entry, budget).await {
                Err(Failure::OverBudget) => break,
                Err(why) => {
                    tracing::debug!(reason = %why, "a featured post stays unknown");
                }
                Ok(()) => {}
            }
        }
        Ok(())
    }

    async fn gather_one(
        &self,
        app: &App,
        community: &Community,
        entry: Entry,
        budget: &Budget,
    ) -> Result<(), Failure> {
        if app.site.owns_str(&entry.uri) || known(app, &entry.uri).await?.is_some() {
            return Ok(());
        }
        let value = match entry.embedded {
            Some(value) => value,
            None => {
                self.document_at(app, &entry.uri, Memory::Long, budget)
                    .await?
                    .value
            }
        };
        let note = IncomingNote::read(value)?;
        if !note.is_post() || note.is_vote() {
            return Ok(());
        }
        let arrival = Arrival::Gathered;
        let kept = self
            .keep_vouched(app, &note, community.account_id, arrival, budget)
            .await?;
        tracing::trace!(
            new = matches!(kept, Created::New(_)),
            "a post of a community"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_group_shows_in_each_form() {
        let note = json!({"id": "https://a.test/p/1", "type": "Page", "attributedTo": "https://a.test/u/1", "published": "2026-01-01T00:00:00Z"});
        let far = json!({"id": "https://b.test/p/2", "type": "Page", "attributedTo": "https://b.test/u/1"});
        let create = |object: &Value| json!({"id": "https://b.test/c/1", "type": "Create", "object": object});
        let announce = |id: &str, object: Value| json!({"id": format!("https://a.test/announce/{id}"), "type": "Announce", "object": object});
        let page = json!({"orderedItems": [
            announce("1", create(&note)),
            announce("2", create(&far)),
            announce("3", json!("https://b.test/p/3")),
            announce("4", json!({"id": "https://b.test/v/4", "type": "Like", "object": "https://b.test/p/3"})),
            {"id": "https://b.test/announce/5", "type": "Announce", "object": "https://b.test/p/5"},
            {"id": "https://a.test/c/6", "type": "Create", "object": note},
            7
        ]});
        let found: Vec<_> = passed(&page, "https://a.test/outbox")
            .into_iter()
            .map(|one| (one.announce, one.uri, one.embedded.is_some()))
            .collect();
        let entry = |announce: &str, uri: &str, whole| {
            (
                format!("https://a.test/{announce}"),
                format!("https://{uri}"),
                whole,
            )
        };
        assert_eq!(
            found,
            [
                entry("announce/1", "a.test/p/1", true),
                entry("announce/2", "b.test/p/2", false),
                entry("announce/3", "b.test/p/3", false),
                entry("announce/4", "b.test/v/4", false),
                entry("c/6", "a.test/p/1", true),
            ]
        );
    }
}
