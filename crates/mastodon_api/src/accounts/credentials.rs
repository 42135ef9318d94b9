//! One's own account. <https://docs.joinmastodon.org/methods/accounts/#verify_credentials>, `#update_credentials`.

use actix_web::web::{Bytes, Data, Json};
use kontor_actions::{
    App,
    accounts::{self, Picture, ProfileChange},
};
use kontor_domain::{ids::AccountId, text::language::normalise};
use kontor_http::{Params, params::File};
use serde::Deserialize;

use crate::{
    Error, Result,
    caller::Caller,
    entities::{CredentialAccount, Visibility},
    quotes::policy,
    scope,
};

pub(crate) async fn verify_credentials(
    app: Data<App>,
    caller: Caller<scope::ReadOwnAccount>,
) -> Result<Json<CredentialAccount>> {
    own(&app, caller.id()).await
}

pub(crate) async fn own(app: &App, id: AccountId) -> Result<Json<CredentialAccount>> {
    let own = accounts::own(app, id).await?;
    let moved = accounts::moved(app, std::slice::from_ref(&own.account)).await?;
    let mut shown = CredentialAccount::new(&app.site, &own, app.settings.limits.collections);
    shown.account = shown.account.moved_to(&app.site, moved.get(&id));
    Ok(Json(shown))
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
    attribution_domains: Option<Vec<String>>,
    /// The name of the file, where one came.
    avatar: String,
    header: String,
    avatar_description: Option<String>,
    header_description: Option<String>,
    show_media: Option<bool>,
    show_media_replies: Option<bool>,
    show_featured: Option<bool>,
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
    quote_policy: String,
}

pub(crate) async fn update_credentials(
    app: Data<App>,
    caller: Caller<scope::WriteAccounts>,
    form: Params<Form>,
) -> Result<Json<CredentialAccount>> {
    apply(&app, caller.id(), form).await?;
    own(&app, caller.id()).await
}

/// Changes what the form names, pictures among it.
pub(crate) async fn apply(app: &App, by: AccountId, form: Params<Form>) -> Result<()> {
    let named = [
        (Picture::Avatar, form.avatar.as_str()),
        (Picture::Header, form.header.as_str()),
    ];
    let pictures = pictures(form.files(), Picture::in_profile, named)?;
    let change = change(form.into_inner())?;
    Ok(accounts::update_with_pictures(app, by, change, pictures).await?)
}

/// The pictures that came with a form. `field` is what each is called there; beside it stands what the field holds.
pub(crate) fn pictures(
    files: &[File],
    field: fn(Picture) -> &'static str,
    named: [(Picture, &str); 2],
) -> Result<Vec<(Picture, Bytes)>> {
    let mut found = Vec::new();
    for (which, text) in named {
        let field = field(which);
        match files.iter().find(|file| file.field == field) {
            Some(file) => found.push((which, file.bytes.clone())),
            None if text.is_empty() => {}
            None => return Err(Error::invalid(field, "must be a file")),
        }
    }
    Ok(found)
}

fn change(form: Form) -> Result<ProfileChange> {
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
        default_quote_policy: policy("source[quote_policy]", &form.source.quote_policy)?,
        hide_collections: form.hide_collections,
        show_media: form.show_media,
        show_media_replies: form.show_media_replies,
        show_featured: form.show_featured,
        avatar_description: form.avatar_description,
        header_description: form.header_description,
        attribution_domains: form.attribution_domains,
        avatar: None,
        header: None,
    })
}
