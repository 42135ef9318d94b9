//! One's own account. <https://docs.joinmastodon.org/methods/accounts/#verify_credentials>, `#update_credentials`.

use actix_web::web::{Data, Json};
use kontor_actions::{
    App,
    accounts::{self, ProfileChange},
};
use kontor_domain::{ids::AccountId, text::language::normalise};
use kontor_http::Params;
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::Caller,
    entities::{CredentialAccount, Visibility},
    scope,
};

pub(crate) async fn verify_credentials(
    app: Data<App>,
    caller: Caller<scope::ReadOwnAccount>,
) -> Result<Json<CredentialAccount>> {
    own(&app, caller.id()).await
}

async fn own(app: &App, id: AccountId) -> Result<Json<CredentialAccount>> {
    let own = accounts::own(app, id).await?;
    Ok(Json(CredentialAccount::new(&app.site, &own)))
}

/// What is absent stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    display_name: Option<String>,
    note: Option<String>,
    locked: Option<bool>,
    bot: Option<bool>,
    discoverable: Option<bool>,
    indexable: Option<bool>,
    hide_collections: Option<bool>,
    fields_attributes: Option<Vec<FieldForm>>,
    attribution_domains: Vec<String>,
    avatar: String,
    header: String,
    source: SourceForm,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FieldForm {
    name: String,
    value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SourceForm {
    privacy: Option<Visibility>,
    sensitive: Option<bool>,
    language: Option<String>,
}

pub(crate) async fn update_credentials(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    form: Params<Form>,
) -> Result<Json<CredentialAccount>> {
    accounts::update_profile(&app, caller.id(), change(form.into_inner())?).await?;
    own(&app, caller.id()).await
}

fn change(form: Form) -> Result<ProfileChange> {
    let unsupported = [
        ("avatar", !form.avatar.is_empty()),
        ("header", !form.header.is_empty()),
        ("hide_collections", form.hide_collections == Some(true)),
        (
            "attribution_domains",
            form.attribution_domains
                .iter()
                .any(|domain| !domain.is_empty()),
        ),
    ];
    if let Some((field, _)) = unsupported.iter().find(|(_, asked)| *asked) {
        return Err(Error::unsupported(field));
    }
    if form.source.privacy == Some(Visibility::Direct) {
        return Err(Error::invalid(
            "source[privacy]",
            "must be public, unlisted or private",
        ));
    }
    let default_language = match form.source.language.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(None),
        Some(code) => {
            let known = normalise(code)
                .ok_or_else(|| Error::invalid("source[language]", "is not a language code"))?;
            Some(Some(known))
        }
    };
    let fields = form.fields_attributes.map(|fields| {
        fields
            .into_iter()
            .map(|field| (field.name, field.value))
            .collect()
    });
    Ok(ProfileChange {
        display_name: form.display_name,
        note: form.note,
        locked: form.locked,
        bot: form.bot,
        discoverable: form.discoverable,
        indexable: form.indexable,
        fields,
        default_audience: form.source.privacy.map(Into::into),
        default_sensitive: form.source.sensitive,
        default_language,
    })
}
