//! Notifications as groups. <https://docs.joinmastodon.org/methods/grouped_notifications/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    notification_groups::{self, GROUPED, Groups, Wanted},
    notifications::Selection,
};
use kontor_domain::{ids::AccountId, notification::NotificationKind};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Result,
    caller::{Caller, Reader},
    entities::{Account, Expand, GroupedNotifications},
    notifications::{Count, kinds, most},
    paging::{Paging, Whole},
    scope,
};

/// What the list of single ones takes is written out again: flattened, its values would not be read as leniently.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct GroupForm {
    types: Vec<String>,
    include_types: Vec<String>,
    exclude_types: Vec<String>,
    account_id: Option<AccountId>,
    include_filtered: bool,
    grouped_types: Option<Vec<String>>,
    expand_accounts: String,
    limit: Option<i64>,
}

impl GroupForm {
    /// Words for what is never grouped choose nothing.
    fn grouped(&self) -> Vec<NotificationKind> {
        let asked = |kind: &NotificationKind| match &self.grouped_types {
            Some(words) => words.iter().any(|word| word == kind.as_str()),
            None => true,
        };
        GROUPED.into_iter().filter(asked).collect()
    }

    fn wanted(&self) -> Wanted {
        let asked: Vec<&String> = self.types.iter().chain(&self.include_types).collect();
        let mut kinds = kinds(&asked, &self.exclude_types);
        // Groups are published without collections; these are told one by one.
        kinds.retain(|kind| {
            !matches!(
                kind,
                NotificationKind::AddedToCollection | NotificationKind::CollectionUpdate
            )
        });
        Wanted {
            selection: Selection {
                kinds,
                from: self.account_id,
                include_filtered: self.include_filtered,
            },
            grouped: self.grouped(),
        }
    }

    fn expand(&self) -> Result<Expand> {
        match self.expand_accounts.as_str() {
            "" | "full" => Ok(Expand::All),
            "partial_avatars" => Ok(Expand::First),
            _ => Err(Error::invalid(
                "expand_accounts",
                "must be full or partial_avatars",
            )),
        }
    }
}

pub(crate) async fn list(
    app: Data<App>,
    reader: Reader<scope::ReadNotifications>,
    form: Params<GroupForm>,
    paging: Paging<40>,
) -> Result<Whole<GroupedNotifications>> {
    let (wanted, expand) = (form.wanted(), form.expand()?);
    let grouped = wanted.grouped.clone();
    let read =
        reader.reads_own(|asking| notification_groups::page(&app, asking, wanted, paging.page));
    let (viewer, found) = read.await?;
    let rows: Vec<i64> = found.groups.iter().map(|group| group.head.id.0).collect();
    let shown = GroupedNotifications::new(&app.site, viewer, &found, &grouped, expand);
    Ok(paging.object(rows, shown))
}

pub(crate) async fn unread_count(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
    form: Params<GroupForm>,
) -> Result<Json<Count>> {
    let (wanted, most) = (form.wanted(), most(form.limit));
    let count = notification_groups::unread(&app, caller.id(), wanted, most).await?;
    Ok(Json(Count { count }))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadNotifications>,
    key: Path<String>,
) -> Result<Json<GroupedNotifications>> {
    let found: Groups = notification_groups::get(&app, caller.id(), key.into_inner()).await?;
    if found.groups.is_empty() {
        return Err(Error::not_found());
    }
    Ok(Json(GroupedNotifications::new(
        &app.site,
        caller.viewer(),
        &found,
        &GROUPED,
        Expand::All,
    )))
}

pub(crate) async fn accounts(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    key: Path<String>,
) -> Result<Json<Vec<Account>>> {
    let found = notification_groups::accounts_of(&app, caller.id(), key.into_inner()).await?;
    Ok(Json(
        found
            .iter()
            .map(|account| Account::new(&app.site, account))
            .collect(),
    ))
}

pub(crate) async fn dismiss(
    app: Data<App>,
    caller: Caller<scope::WriteNotifications>,
    key: Path<String>,
) -> Result<Json<Value>> {
    notification_groups::dismiss(&app, caller.id(), key.into_inner()).await?;
    Ok(Json(json!({})))
}
