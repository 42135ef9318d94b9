//! <https://docs.joinmastodon.org/entities/Collection/>, `CollectionItem`, `CollectionWithAccounts`

use kontor_actions::collections::{CollectionView, Item, WithAccounts};
use kontor_domain::{collection::ItemState, site::Site, time::rfc3339};
use serde::Serialize;

use super::{Account, status::Hashtag};

#[derive(Debug, Clone, Serialize)]
pub struct Collection {
    pub id: String,
    pub account_id: String,
    pub uri: String,
    /// The page that another server has for it; ours have none.
    pub url: Option<String>,
    pub name: String,
    pub description: String,
    pub language: Option<String>,
    pub local: bool,
    pub sensitive: bool,
    pub discoverable: bool,
    pub tag: Option<Hashtag>,
    /// As many as are shown.
    pub item_count: usize,
    pub items: Vec<CollectionItem>,
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct CollectionItem {
    pub id: String,
    pub account_id: String,
    pub state: ItemState,
    pub created_at: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct CollectionWithAccounts {
    pub accounts: Vec<Account>,
    pub collection: Collection,
}

/// One by itself.
#[derive(Debug, Clone, Serialize)]
pub struct WrappedCollection {
    pub collection: Collection,
}

#[derive(Debug, Clone, Serialize)]
pub struct WrappedCollectionItem {
    pub collection_item: CollectionItem,
}

/// Several.
#[derive(Debug, Clone, Serialize)]
pub struct Collections {
    pub collections: Vec<Collection>,
}

impl Collection {
    pub fn new(site: &Site, view: &CollectionView) -> Self {
        let row = &view.collection;
        Self {
            id: row.id.to_string(),
            account_id: row.account_id.to_string(),
            uri: row.uri.clone().unwrap_or_else(|| site.collection(row.id)),
            url: row.url.clone(),
            name: row.name.clone(),
            description: row.description.clone(),
            language: row.language.clone(),
            local: row.is_local(),
            sensitive: row.sensitive,
            discoverable: row.discoverable,
            tag: view.tag.as_ref().map(|name| Hashtag {
                name: name.clone(),
                url: site.tag(name),
            }),
            item_count: view.items.len(),
            items: view.items.iter().map(CollectionItem::from).collect(),
            created_at: rfc3339(row.created_at),
            updated_at: rfc3339(row.updated_at),
        }
    }
}

impl From<&Item> for CollectionItem {
    fn from(row: &Item) -> Self {
        Self {
            id: row.id.to_string(),
            account_id: row.account_id.to_string(),
            state: row.state,
            created_at: rfc3339(row.created_at),
        }
    }
}

impl CollectionWithAccounts {
    pub fn new(site: &Site, found: &WithAccounts) -> Self {
        Self {
            accounts: Account::all(site, &found.accounts),
            collection: Collection::new(site, &found.view),
        }
    }
}

impl WrappedCollection {
    pub fn new(site: &Site, view: &CollectionView) -> Self {
        Self {
            collection: Collection::new(site, view),
        }
    }
}

impl Collections {
    pub fn new(site: &Site, views: &[CollectionView]) -> Self {
        let shown = views.iter().map(|view| Collection::new(site, view));
        Self {
            collections: shown.collect(),
        }
    }
}
