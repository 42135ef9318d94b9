//! Reports. <https://docs.joinmastodon.org/methods/reports/>

use actix_web::web::{Data, Json};
use kontor_actions::{
    App,
    reports::{self, Draft},
};
use kontor_domain::{ids::AccountId, report::ReportCategory};
use kontor_http::Params;
use serde::Deserialize;

use crate::{Error, Result, caller::Caller, entities::Report, ids::ids, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    account_id: Option<AccountId>,
    status_ids: Vec<String>,
    collection_ids: Vec<String>,
    comment: String,
    forward: bool,
    forward_to_domains: Vec<String>,
    category: String,
    rule_ids: Vec<String>,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteReports>,
    form: Params<Form>,
) -> Result<Json<Report>> {
    let form = form.into_inner();
    let target = form.account_id.ok_or_else(Error::not_found)?;
    if form.collection_ids.iter().any(|id| !id.is_empty()) {
        return Err(Error::unsupported("collection_ids"));
    }
    let category = if form.category.is_empty() {
        ReportCategory::Other
    } else {
        let category = form.category.parse::<ReportCategory>();
        category.map_err(|_| Error::invalid("category", "is not included in the list"))?
    };
    let rules: Option<Vec<usize>> = form
        .rule_ids
        .iter()
        .filter(|rule| !rule.is_empty())
        .map(|rule| rule.parse().ok())
        .collect();
    let draft = Draft {
        target,
        posts: ids(&form.status_ids),
        category,
        comment: form.comment,
        rules: rules.ok_or_else(|| Error::invalid("rule_ids", "names a rule that is not there"))?,
        forward: form.forward,
        forward_to: form.forward_to_domains,
    };
    let view = reports::file(&app, caller.id(), draft).await?;
    Ok(Json(Report::new(&app.site, &view)))
}
