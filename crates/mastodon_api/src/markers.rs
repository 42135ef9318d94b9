//! How far a person has read. <https://docs.joinmastodon.org/methods/markers/>

use std::collections::BTreeMap;

use actix_web::web::{Data, Json};
use kontor_actions::{App, markers};
use kontor_http::Params;
use serde::Deserialize;

use crate::{Result, caller::Caller, entities::Marker, scope};

type ByTimeline = BTreeMap<String, Marker>;

fn shown(found: Vec<markers::Marker>) -> Json<ByTimeline> {
    Json(
        found
            .into_iter()
            .map(|marker| (marker.timeline.clone(), marker.into()))
            .collect(),
    )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    timeline: Vec<String>,
}

pub(crate) async fn get(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    form: Params<Which>,
) -> Result<Json<ByTimeline>> {
    Ok(shown(
        markers::get(&app, caller.id(), form.into_inner().timeline).await?,
    ))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Marks {
    home: Option<Mark>,
    notifications: Option<Mark>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mark {
    last_read_id: String,
}

pub(crate) async fn set(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    form: Params<Marks>,
) -> Result<Json<ByTimeline>> {
    let form = form.into_inner();
    let named = [("home", form.home), ("notifications", form.notifications)];
    let marks: Vec<(String, String)> = named
        .into_iter()
        .filter_map(|(name, mark)| Some((name.to_owned(), mark?.last_read_id)))
        .collect();
    Ok(shown(markers::set(&app, caller.id(), marks).await?))
}
