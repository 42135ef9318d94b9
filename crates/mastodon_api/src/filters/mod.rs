//! Filters of a person. <https://docs.joinmastodon.org/methods/filters/>

mod keywords;
mod statuses;
pub(crate) mod v1;

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    filters::{self, Ends, KeywordWish, Wish},
};
use kontor_domain::{
    filter::{FilterAction, FilterContext},
    ids::{FilterId, FilterKeywordId},
};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use keywords::{add_keyword, change_keyword, delete_keyword, keyword, keywords};
pub(crate) use statuses::{add_status, delete_status, status, statuses};

use crate::{Error, Result, caller::Caller, entities::Filter, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KeywordForm {
    id: Option<FilterKeywordId>,
    keyword: Option<String>,
    whole_word: Option<bool>,
    #[serde(rename = "_destroy")]
    destroy: Option<bool>,
}

impl From<KeywordForm> for KeywordWish {
    fn from(form: KeywordForm) -> Self {
        Self {
            id: form.id,
            keyword: form.keyword,
            whole_word: form.whole_word,
            delete: form.destroy.unwrap_or(false),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    title: Option<String>,
    context: Option<Vec<FilterContext>>,
    filter_action: Option<FilterAction>,
    expires_in: Option<Value>,
    keywords_attributes: Vec<KeywordForm>,
}

impl Form {
    fn wish(self) -> Result<Wish> {
        Ok(Wish {
            title: self.title,
            contexts: self.context,
            action: self.filter_action,
            ends: ends(self.expires_in.as_ref())?,
            keywords: self
                .keywords_attributes
                .into_iter()
                .map(KeywordWish::from)
                .collect(),
        })
    }
}

/// Seconds, as a number or a text; an empty text is never, and nothing is as it was.
fn ends(asked: Option<&Value>) -> Result<Option<Ends>> {
    let seconds = match asked {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(Some(Ends::Never)),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        Some(_) => None,
    };
    let seconds =
        seconds.ok_or_else(|| Error::invalid("expires_in", "must be a number of seconds"))?;
    Ok(Some(Ends::After(std::time::Duration::from_secs(seconds))))
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
) -> Result<Json<Vec<Filter>>> {
    let found = filters::all(&app, caller.id()).await?;
    Ok(Json(found.iter().map(Filter::from).collect()))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    form: Params<Form>,
) -> Result<Json<Filter>> {
    let wish = form.into_inner().wish()?;
    let view = filters::create(&app, caller.id(), wish).await?;
    Ok(Json(Filter::from(&view)))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
    id: Path<FilterId>,
) -> Result<Json<Filter>> {
    let view = filters::get(&app, caller.id(), *id).await?;
    Ok(Json(Filter::from(&view)))
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    id: Path<FilterId>,
    form: Params<Form>,
) -> Result<Json<Filter>> {
    let wish = form.into_inner().wish()?;
    let view = filters::change(&app, caller.id(), *id, wish).await?;
    Ok(Json(Filter::from(&view)))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    id: Path<FilterId>,
) -> Result<Json<Value>> {
    filters::delete(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
