//! Filters as older clients know them: each is one phrase, which is a keyword of a filter.
//! <https://docs.joinmastodon.org/methods/filters/#v1>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{
    App,
    filters::{self, KeywordWish, Wish},
};
use kontor_domain::{
    filter::{FilterAction, FilterContext},
    ids::FilterKeywordId,
};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ends;
use crate::{Error, Result, caller::Caller, entities::V1Filter, scope};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    phrase: Option<String>,
    context: Option<Vec<FilterContext>>,
    irreversible: Option<bool>,
    whole_word: Option<bool>,
    expires_in: Option<Value>,
}

impl Form {
    fn wish(self) -> Result<(Wish, KeywordWish)> {
        let action = |irreversible| {
            if irreversible {
                FilterAction::Hide
            } else {
                FilterAction::Warn
            }
        };
        let wish = Wish {
            title: None,
            contexts: self.context,
            action: self.irreversible.map(action),
            ends: ends(self.expires_in.as_ref())?,
            keywords: Vec::new(),
        };
        let phrase = KeywordWish {
            keyword: self.phrase,
            whole_word: self.whole_word,
            ..KeywordWish::default()
        };
        Ok((wish, phrase))
    }
}

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
) -> Result<Json<Vec<V1Filter>>> {
    let found = filters::all(&app, caller.id()).await?;
    let each = found.iter().flat_map(|view| {
        view.keywords
            .iter()
            .map(|keyword| V1Filter::new(&view.filter, keyword))
    });
    Ok(Json(each.collect()))
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    form: Params<Form>,
) -> Result<Json<V1Filter>> {
    let (wish, phrase) = form.into_inner().wish()?;
    if phrase
        .keyword
        .as_deref()
        .unwrap_or_default()
        .trim()
        .is_empty()
    {
        return Err(Error::invalid("phrase", "can't be blank"));
    }
    let wish = Wish {
        title: phrase.keyword.clone(),
        keywords: vec![KeywordWish {
            // As it was when there were only phrases.
            whole_word: Some(phrase.whole_word.unwrap_or(false)),
            ..phrase
        }],
        ..wish
    };
    let view = filters::create(&app, caller.id(), wish).await?;
    let keyword = view.keywords.first().ok_or_else(Error::not_found)?;
    Ok(Json(V1Filter::new(&view.filter, keyword)))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::ReadFilters>,
    id: Path<FilterKeywordId>,
) -> Result<Json<V1Filter>> {
    let (filter, keyword) = filters::get_keyword(&app, caller.id(), *id).await?;
    Ok(Json(V1Filter::new(&filter, &keyword)))
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    id: Path<FilterKeywordId>,
    form: Params<Form>,
) -> Result<Json<V1Filter>> {
    let wish = form.into_inner().wish()?;
    let (filter, keyword) = filters::change_phrase(&app, caller.id(), *id, wish).await?;
    Ok(Json(V1Filter::new(&filter, &keyword)))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteFilters>,
    id: Path<FilterKeywordId>,
) -> Result<Json<Value>> {
    filters::delete_phrase(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
