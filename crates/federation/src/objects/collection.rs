//! Collections of accounts on the wire (FEP-7aa9), both ways: what stands in them, the leave of each, and whom an actor lets put it
//! into one. Which are kept, and the leave itself, are elsewhere.

use kontor_actions::{
    App,
    accounts::Account,
    collections::{Collection, Item, WithAccounts},
    featuring::{self, RemoteCollection},
};
use kontor_domain::{
    collection::{Curators, FeaturePolicy},
    ids::CollectionItemId,
    site::same_authority,
    text::{framing::paragraph, hashtag, language, plain},
    time::{self, Time, rfc3339_seconds},
};
use serde_json::{Map, Value, json};

use super::{
    PUBLIC, Unfit, is_public,
    loose::{id_of, line, line_of_html, web_address},
};

const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 1000;
/// Addresses that one policy names.
const MAX_NAMED: usize = 100;

/// Is it one of this type? JSON-LD allows several.
pub fn is_a(value: &Value, kind: &str) -> bool {
    match value.get("type") {
        Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(kind)),
        Some(one) => one.as_str() == Some(kind),
        None => false,
    }
}

/// A collection of ours, with everybody who is in it. `None`: its owner is out of sight.
pub fn featured(app: &App, found: &WithAccounts) -> Option<Value> {
    let (view, owner) = (&found.view, found.accounts.first()?);
    let row = &view.collection;
    let items: Vec<Value> = view
        .items
        .iter()
        .filter_map(|one| {
            let account = found.accounts.iter().find(|who| who.id == one.account_id)?;
            Some(item(app, row, one, account))
        })
        .collect();
    let summary = if row.description.is_empty() {
        String::new()
    } else {
        paragraph(&row.description)
    };
    let mut body = json!({
        "id": featuring::uri_of(app, row),
        "type": "FeaturedCollection",
        "name": row.name,
        "summary": summary,
        "attributedTo": owner.uri,
        "sensitive": row.sensitive,
        "discoverable": row.discoverable,
        "published": rfc3339_seconds(row.created_at),
        "updated": rfc3339_seconds(row.updated_at),
        "totalItems": items.len(),
        "orderedItems": items,
    });
    if let Some(body) = body.as_object_mut() {
        if let Some(tag) = &view.tag {
            let topic =
                json!({"type": "Hashtag", "name": format!("#{tag}"), "href": app.site.tag(tag)});
            body.insert("topic".to_owned(), topic);
        }
        if let Some(language) = &row.language {
            let mut map = Map::new();
            map.insert(language.clone(), json!(summary));
            body.insert("summaryMap".to_owned(), Value::Object(map));
        }
    }
    Some(body)
}

/// Somebody in a collection of ours.
pub fn item(app: &App, collection: &Collection, item: &Item, account: &Account) -> Value {
    let authorization = item
        .stamp_uri
        .clone()
        .unwrap_or_else(|| app.site.feature_authorization(item.id));
    json!({
        "id": app.site.collection_item(collection.id, item.id),
        "type": "FeaturedItem",
        "featuredObject": account.uri,
        "featuredObjectType": account.kind.as_str(),
        "featureAuthorization": authorization,
        "published": rfc3339_seconds(item.created_at),
    })
}

/// The leave of somebody here.
pub fn authorization(app: &App, item: CollectionItemId, collection: &str, account: &str) -> Value {
    json!({
        "id": app.site.feature_authorization(item),
        "type": "FeatureAuthorization",
        "attributedTo": account,
        "interactingObject": collection,
        "interactionTarget": account,
    })
}

/// What an actor of ours says of being put into collections: who wants to be found lets everybody, and who does not, itself alone.
pub fn policy(account: &Account) -> Value {
    let who = if account.discoverable {
        PUBLIC
    } else {
        account.uri.as_str()
    };
    json!({"canFeature": {"automaticApproval": [who]}})
}

fn listed<'a>(policy: &'a Value, name: &str) -> &'a [Value] {
    match policy.get(name) {
        Some(Value::Array(many)) => many.as_slice(),
        Some(Value::Null) | None => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

/// What a peer's actor says of it. `None`: nothing, and it is not to be asked.
pub fn read_policy(
    policy: &Value,
    id: &str,
    followers: &str,
    following: &str,
) -> Option<FeaturePolicy> {
    let said = policy.get("canFeature").filter(|said| said.is_object())?;
    let curators = |name: &str| {
        let mut found = Curators::default();
        for uri in listed(said, name).iter().filter_map(id_of) {
            if is_public(uri) {
                found.public = true;
            } else if uri.is_empty() || uri == id {
                // Itself alone: nobody.
            } else if uri == followers {
                found.followers = true;
            } else if uri == following {
                found.following = true;
            } else if found.accounts.len() < MAX_NAMED && web_address(uri).is_some() {
                found.accounts.push(uri.to_owned());
            }
        }
        found
    };
    Some(FeaturePolicy {
        automatic: curators("automaticApproval"),
        manual: curators("manualApproval"),
    })
}

/// What a peer's document says of a collection, if it is one of this owner's at this address.
pub fn read(value: &Value, uri: &str, owner: &str) -> Result<RemoteCollection, Unfit> {
    if !is_a(value, "FeaturedCollection") {
        return Err(Unfit::new("type", "is not FeaturedCollection"));
    }
    if id_of(value) != Some(uri) {
        return Err(Unfit::new("id", "is not the address where it stands"));
    }
    if !same_authority(uri, owner) {
        return Err(Unfit::new("id", "is on another server than its owner"));
    }
    let by = value.get("attributedTo").and_then(first_id);
    if by != Some(owner) {
        return Err(Unfit::new("attributedTo", "is somebody else"));
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = line(text("name"), MAX_NAME);
    if name.is_empty() {
        return Err(Unfit::new("name", "is missing"));
    }
    let in_languages = value.get("summaryMap").and_then(Value::as_object);
    let (tag, summary) = in_languages
        .and_then(|map| map.iter().next())
        .map_or((None, None), |(tag, text)| (Some(tag), text.as_str()));
    let flag = |name: &str| value.get(name).and_then(Value::as_bool);
    let at = |name: &str| time::parse(text(name));
    let page = value
        .get("url")
        .and_then(first_id)
        .filter(|url| web_address(url).is_some() && same_authority(url, uri));
    Ok(RemoteCollection {
        uri: uri.to_owned(),
        url: page.map(ToOwned::to_owned),
        name,
        description: line_of_html(summary.unwrap_or_else(|| text("summary")), MAX_DESCRIPTION),
        language: tag.and_then(|tag| language::normalise(tag)),
        tag: value.get("topic").and_then(topic),
        sensitive: flag("sensitive").unwrap_or(false),
        discoverable: flag("discoverable").unwrap_or(true),
        published: at("published"),
        updated: at("updated"),
    })
}

fn first_id(value: &Value) -> Option<&str> {
    match value {
        Value::Array(many) => many.first().and_then(id_of),
        one => id_of(one),
    }
}

fn topic(value: &Value) -> Option<String> {
    let name = hashtag::fold(plain(value.get("name")?.as_str()?).trim_start_matches('#'));
    hashtag::valid(&name).then_some(name)
}

/// One entry of a peer's collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub uri: String,
    pub account: String,
    pub authorization: Option<String>,
    pub published: Option<Time>,
}

/// `None`: it is none of an account, or not of the collection's own server.
pub fn entry(value: &Value, collection: &str) -> Option<Entry> {
    let uri = id_of(value).filter(|uri| same_authority(uri, collection))?;
    web_address(uri)?;
    let account = value.get("featuredObject").and_then(id_of)?;
    web_address(account)?;
    let authorization = value.get("featureAuthorization").and_then(id_of);
    let published = value.get("published").and_then(Value::as_str);
    is_a(value, "FeaturedItem").then(|| Entry {
        uri: uri.to_owned(),
        account: account.to_owned(),
        authorization: authorization
            .filter(|stamp| web_address(stamp).is_some())
            .map(ToOwned::to_owned),
        published: published.and_then(time::parse),
    })
}

/// What stands on a page of a collection.
pub fn entries(page: &Value, _list: &str) -> Vec<Value> {
    ["orderedItems", "items"]
        .iter()
        .flat_map(|name| listed(page, name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "https://a.test/users/ann";

    fn document() -> Value {
        json!({
            "id": "https://a.test/c/1",
            "type": ["OrderedCollection", "FeaturedCollection"],
            "name": " Cats\n",
            "summaryMap": {"de-AT": "<p>Nur &amp; Katzen</p>"},
            "attributedTo": ANN,
            "sensitive": true,
            "topic": {"type": "Hashtag", "name": "#Cats"},
            "url": "https://a.test/@ann/c/1",
            "published": "2026-01-02T03:04:05Z",
        })
    }

    #[test]
    fn a_collection_is_read_as_its_own_server_says_it() {
        let read = |value: &Value| read(value, "https://a.test/c/1", ANN);
        let said = read(&document()).unwrap();
        assert_eq!(
            (said.name.as_str(), said.description.as_str()),
            ("Cats", "Nur & Katzen")
        );
        assert_eq!(
            (said.language.as_deref(), said.tag.as_deref()),
            (Some("de"), Some("cats"))
        );
        assert!(said.sensitive && said.discoverable && said.published.is_some());
        assert_eq!(said.url.as_deref(), Some("https://a.test/@ann/c/1"));
        for (field, value) in [
            ("type", json!("OrderedCollection")),
            ("id", json!("https://a.test/c/2")),
            ("attributedTo", json!("https://a.test/users/bob")),
            ("attributedTo", json!(null)),
            ("name", json!("")),
        ] {
            let mut other = document();
            other[field] = value;
            assert_eq!(read(&other).unwrap_err().field, field);
        }
        let mut foreign = document();
        foreign["url"] = json!("https://b.test/page");
        foreign["discoverable"] = json!(false);
        let said = read(&foreign).unwrap();
        assert_eq!((said.url, said.discoverable), (None, false));
    }

    #[test]
    fn an_entry_is_an_account_by_a_server_s_own_word() {
        let whole = json!({
            "id": "https://a.test/c/1/items/1", "type": "FeaturedItem",
            "featuredObject": "https://b.test/users/bob", "featureAuthorization": "https://b.test/stamps/1",
        });
        let read = |value: &Value| entry(value, "https://a.test/c/1");
        let found = read(&whole).unwrap();
        assert_eq!(found.account, "https://b.test/users/bob");
        assert_eq!(
            found.authorization.as_deref(),
            Some("https://b.test/stamps/1")
        );
        for (field, value) in [
            ("id", json!("https://b.test/items/1")),
            ("type", json!("Note")),
            ("featuredObject", json!(null)),
            ("featuredObject", json!("#cats")),
        ] {
            let mut other = whole.clone();
            other[field] = value;
            assert_eq!(read(&other), None, "{field}");
        }
    }

    #[test]
    fn whom_an_actor_lets_put_it_into_collections() {
        let read = |policy: &Value| {
            read_policy(
                policy,
                ANN,
                "https://a.test/users/ann/followers",
                "https://a.test/users/ann/following",
            )
        };
        assert_eq!(read(&json!(null)), None);
        assert_eq!(
            read(&json!({"canQuote": {"automaticApproval": ["as:Public"]}})),
            None
        );
        let nobody = read(&json!({"canFeature": {"automaticApproval": [ANN]}})).unwrap();
        assert!(nobody.automatic.is_nobody() && nobody.manual.is_nobody());
        let some = read(&json!({"canFeature": {
            "automaticApproval": "https://a.test/users/ann/followers",
            "manualApproval": ["Public", "https://here.test/users/1"],
        }}))
        .unwrap();
        assert!(some.automatic.followers && !some.automatic.public && some.manual.public);
        assert_eq!(some.manual.accounts, ["https://here.test/users/1"]);
    }
}
