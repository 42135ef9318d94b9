//! Reports, for those who look after people. <https://docs.joinmastodon.org/methods/admin/reports/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App, moderation, posts,
    reports::{self, ReportView, Selection, Step},
};
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId, ReportId},
    report::ReportCategory,
};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::Caller,
    entities::admin::{AdminReport, Named},
    paging::{Paged, Paging},
    scope,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    resolved: bool,
    account_id: Option<AccountId>,
    target_account_id: Option<AccountId>,
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::AdminReadReports>,
    form: Params<Form>,
    paging: Paging<100>,
) -> Result<Paged<AdminReport>> {
    let which = Selection {
        resolved: form.resolved,
        by: form.account_id,
        target: form.target_account_id,
    };
    let views = reports::page(&app, caller.id(), which, paging.page).await?;
    let shown = shown(&app, caller.id(), &views).await?;
    Ok(paging.rows(views.iter().map(|view| view.report.id.0), shown))
}

/// With everybody whom they name, and the posts.
async fn shown(app: &App, by: AccountId, views: &[ReportView]) -> Result<Vec<AdminReport>> {
    let viewer = Viewer::Account(by);
    let mut people: Vec<AccountId> = views
        .iter()
        .flat_map(|view| {
            let report = &view.report;
            [
                Some(report.account_id),
                Some(report.target_id),
                report.assigned_to,
                report.resolved_by,
            ]
        })
        .flatten()
        .collect();
    people.sort_unstable();
    people.dedup();
    let mut about: Vec<PostId> = views
        .iter()
        .flat_map(|view| &view.subjects)
        .filter_map(|subject| subject.post_id)
        .collect();
    about.sort_unstable();
    about.dedup();
    let people = moderation::several(app, by, people).await?;
    let posts = posts::show(app, viewer, about).await?;
    let named = Named {
        viewer,
        people: &people,
        posts: &posts,
        settings: &app.settings,
    };
    let reports = views.iter();
    Ok(reports
        .map(|view| AdminReport::new(&app.site, view, &named))
        .collect())
}

async fn one(app: &App, by: AccountId, view: ReportView) -> Result<Json<AdminReport>> {
    let found = shown(app, by, std::slice::from_ref(&view)).await?.pop();
    found.map(Json).ok_or_else(Error::not_found)
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::AdminReadReports>,
    id: Path<ReportId>,
) -> Result<Json<AdminReport>> {
    let view = reports::get(&app, caller.id(), *id).await?;
    one(&app, caller.id(), view).await
}

async fn take(
    app: &App,
    caller: &Caller<scope::AdminWriteReports>,
    id: ReportId,
    step: Step,
) -> Result<Json<AdminReport>> {
    let view = reports::take(app, caller.id(), id, step).await?;
    one(app, caller.id(), view).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Change {
    category: Option<String>,
    rule_ids: Vec<String>,
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::AdminWriteReports>,
    id: Path<ReportId>,
    form: Params<Change>,
) -> Result<Json<AdminReport>> {
    let rules: Option<Vec<usize>> = form
        .rule_ids
        .iter()
        .filter(|rule| !rule.is_empty())
        .map(|rule| rule.parse().ok())
        .collect();
    let rules =
        rules.ok_or_else(|| Error::invalid("rule_ids", "names a rule that is not there"))?;
    let category = match form.category.as_deref() {
        None | Some("") => reports::get(&app, caller.id(), *id).await?.report.category,
        Some(word) => word
            .parse::<ReportCategory>()
            .map_err(|_| Error::invalid("category", "is not included in the list"))?,
    };
    take(&app, &caller, *id, Step::Category(category, rules)).await
}

pub(crate) async fn assign_to_self(
    app: Data<App>,
    caller: Caller<scope::AdminWriteReports>,
    id: Path<ReportId>,
) -> Result<Json<AdminReport>> {
    take(&app, &caller, *id, Step::Assign).await
}

pub(crate) async fn unassign(
    app: Data<App>,
    caller: Caller<scope::AdminWriteReports>,
    id: Path<ReportId>,
) -> Result<Json<AdminReport>> {
    take(&app, &caller, *id, Step::Unassign).await
}

pub(crate) async fn resolve(
    app: Data<App>,
    caller: Caller<scope::AdminWriteReports>,
    id: Path<ReportId>,
) -> Result<Json<AdminReport>> {
    take(&app, &caller, *id, Step::Resolve).await
}

pub(crate) async fn reopen(
    app: Data<App>,
    caller: Caller<scope::AdminWriteReports>,
    id: Path<ReportId>,
) -> Result<Json<AdminReport>> {
    take(&app, &caller, *id, Step::Reopen).await
}
