//! Collections of accounts. <https://docs.joinmastodon.org/methods/collections/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    collections::{self, CollectionChange, NewCollection, Part},
};
use kontor_domain::ids::{AccountId, CollectionId, CollectionItemId};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::{Caller, MaybeCaller},
    entities::{CollectionWithAccounts, Collections, WrappedCollection, WrappedCollectionItem},
    ids::ids,
    paging::{Skipping, Whole},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    name: Option<String>,
    description: Option<String>,
    language: Option<String>,
    tag_name: Option<String>,
    sensitive: Option<bool>,
    discoverable: Option<bool>,
    account_ids: Vec<String>,
}

impl Form {
    /// What is no id is refused: nobody is left out unnoticed.
    fn accounts(&self) -> Result<Vec<AccountId>> {
        let bad = |text: &String| !text.is_empty() && text.parse::<AccountId>().is_err();
        if self.account_ids.iter().any(bad) {
            return Err(Error::invalid("account_ids", "must be ids of accounts"));
        }
        Ok(ids(&self.account_ids))
    }
}

/// Unless it says so, a collection is not shown where others come upon it.
pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteCollections>,
    form: Params<Form>,
) -> Result<Json<WrappedCollection>> {
    let form = form.into_inner();
    let new = NewCollection {
        accounts: form.accounts()?,
        name: form.name.unwrap_or_default(),
        description: form.description.unwrap_or_default(),
        language: form.language.unwrap_or_default(),
        tag_name: form.tag_name.unwrap_or_default(),
        sensitive: form.sensitive.unwrap_or(false),
        discoverable: form.discoverable.unwrap_or(false),
    };
    let view = collections::create(&app, caller.id(), new).await?;
    Ok(Json(WrappedCollection::new(&app.site, &view)))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadCollections>,
    id: Path<CollectionId>,
) -> Result<Json<CollectionWithAccounts>> {
    let found = collections::get(&app, caller.viewer(), *id).await?;
    Ok(Json(CollectionWithAccounts::new(&app.site, &found)))
}

/// Who is in it has operations of its own.
pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::WriteCollections>,
    id: Path<CollectionId>,
    form: Params<Form>,
) -> Result<Json<WrappedCollection>> {
    let form = form.into_inner();
    if !form.accounts()?.is_empty() {
        return Err(Error::invalid(
            "account_ids",
            "cannot be changed here: accounts are added and removed as items",
        ));
    }
    let change = CollectionChange {
        name: form.name,
        description: form.description,
        language: form.language,
        tag_name: form.tag_name,
        sensitive: form.sensitive,
        discoverable: form.discoverable,
    };
    let view = collections::change(&app, caller.id(), *id, change).await?;
    Ok(Json(WrappedCollection::new(&app.site, &view)))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteCollections>,
    id: Path<CollectionId>,
) -> Result<Json<Value>> {
    collections::delete(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn of_account(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadCollections>,
    id: Path<AccountId>,
    skipping: Skipping<40>,
) -> Result<Whole<Collections>> {
    let part = Part {
        limit: skipping.limit,
        offset: skipping.offset,
    };
    let views = collections::of_account(&app, caller.viewer(), *id, part).await?;
    Ok(skipping.object(views.len(), Collections::new(&app.site, &views)))
}

/// One's own id alone may be asked for.
pub(crate) async fn holding(
    app: Data<App>,
    caller: Caller<scope::ReadCollections>,
    id: Path<AccountId>,
    skipping: Skipping<40>,
) -> Result<Whole<Collections>> {
    let part = Part {
        limit: skipping.limit,
        offset: skipping.offset,
    };
    let views = collections::holding(&app, caller.id(), *id, part).await?;
    Ok(skipping.object(views.len(), Collections::new(&app.site, &views)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Whom {
    account_id: Option<AccountId>,
}

pub(crate) async fn add(
    app: Data<App>,
    caller: Caller<scope::WriteCollections>,
    id: Path<CollectionId>,
    whom: Params<Whom>,
) -> Result<Json<WrappedCollectionItem>> {
    let account = whom
        .account_id
        .ok_or_else(|| Error::invalid("account_id", "can't be blank"))?;
    let item = collections::add(&app, caller.id(), *id, account).await?;
    Ok(Json(WrappedCollectionItem {
        collection_item: (&item).into(),
    }))
}

pub(crate) async fn remove(
    app: Data<App>,
    caller: Caller<scope::WriteCollections>,
    path: Path<(CollectionId, CollectionItemId)>,
) -> Result<Json<Value>> {
    let (id, item) = path.into_inner();
    collections::remove(&app, caller.id(), id, item).await?;
    Ok(Json(json!({})))
}

pub(crate) async fn revoke(
    app: Data<App>,
    caller: Caller<scope::WriteCollections>,
    path: Path<(CollectionId, CollectionItemId)>,
) -> Result<Json<Value>> {
    let (id, item) = path.into_inner();
    collections::revoke(&app, caller.id(), id, item).await?;
    Ok(Json(json!({})))
}
