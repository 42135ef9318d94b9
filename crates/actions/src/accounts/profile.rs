//! What a local account says of itself.

use kontor_domain::{
    account::{AccountKind, Field},
    audience::Audience,
    event::Event,
    ids::AccountId,
    text::{self, Resolver, count_characters},
};
use kontor_store::{accounts, users};

use crate::{App, Error, Result, custom_emojis, uploads};

/// What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    pub display_name: Option<String>,
    /// Plain text.
    pub note: Option<String>,
    pub locked: Option<bool>,
    pub bot: Option<bool>,
    pub discoverable: Option<bool>,
    pub indexable: Option<bool>,
    /// Name and value, in order; replaces all.
    pub fields: Option<Vec<(String, String)>>,
    pub default_audience: Option<Audience>,
    pub default_sensitive: Option<bool>,
    /// `Some(None)` takes the preset language away.
    pub default_language: Option<Option<String>>,
    /// The name of a file that is kept; `Some(None)` takes the picture away.
    pub avatar: Option<Option<String>>,
    pub header: Option<Option<String>>,
}

/// A picture of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    Avatar,
    Header,
}

impl Picture {
    /// What it is called in the profile of a person.
    pub const fn in_profile(self) -> &'static str {
        match self {
            Self::Avatar => "avatar",
            Self::Header => "header",
        }
    }

    /// What it is called in a community.
    pub const fn in_community(self) -> &'static str {
        match self {
            Self::Avatar => "icon",
            Self::Header => "banner",
        }
    }
}

/// The same with new pictures, which go again if they do not become the profile's.
pub async fn update_with_pictures<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    by: AccountId,
    mut change: ProfileChange,
    pictures: Vec<(Picture, B)>,
) -> Result<()> {
    let kept = keep_pictures(app, Picture::in_profile, pictures).await?;
    for (which, file) in &kept {
        let file = Some(Some(file.clone()));
        match which {
            Picture::Avatar => change.avatar = file,
            Picture::Header => change.header = file,
        }
    }
    let done = update_profile(app, by, change).await;
    // Where the database went away it may have been kept all the same.
    if done.as_ref().is_err_and(|why| !why.is_outage()) {
        drop_pictures(app, &kept).await?;
    }
    done
}

/// Keeps pictures for a profile, all or none. Returns their names. `name` is how an error calls each of them.
pub(crate) async fn keep_pictures<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    name: fn(Picture) -> &'static str,
    pictures: Vec<(Picture, B)>,
) -> Result<Vec<(Picture, String)>> {
    let media = &app.settings.limits.media;
    let mut kept = Vec::new();
    for (which, bytes) in pictures {
        let side = match which {
            Picture::Avatar => media.avatar_side,
            Picture::Header => media.header_side,
        };
        match uploads::keep_picture(app, name(which), bytes, side).await {
            Ok(file) => kept.push((which, file)),
            Err(why) => {
                drop_pictures(app, &kept).await?;
                return Err(why);
            }
        }
    }
    Ok(kept)
}

/// They did not become anybody's.
pub(crate) async fn drop_pictures(app: &App, kept: &[(Picture, String)]) -> Result<()> {
    let files = kept.iter().map(|(_, file)| file.clone()).collect();
    uploads::drop_files(app, files).await
}

/// Where the pictures of profiles are.
pub(crate) fn picture_address(app: &App, file: &str) -> String {
    app.site.file(file)
}

/// The file of a picture of ours.
pub(crate) fn picture_file(app: &App, url: Option<&String>) -> Option<String> {
    url?.strip_prefix(&picture_address(app, ""))
        .map(str::to_owned)
}

/// Puts another picture, or none, in the place of one. Returns the file that nobody needs any more.
pub(crate) fn replace_picture(
    app: &App,
    url: &mut Option<String>,
    new: Option<&String>,
) -> Option<String> {
    let gone = picture_file(app, url.as_ref());
    *url = new.map(|file| picture_address(app, file));
    gone
}

pub async fn update_profile(app: &App, by: AccountId, change: ProfileChange) -> Result<()> {
    check(app, &change)?;
    let note = match &change.note {
        Some(source) => Some((source.clone(), render(app, source).await?)),
        None => None,
    };
    let fields = match &change.fields {
        Some(fields) => Some(render_fields(app, fields).await?),
        None => None,
    };
    let now = app.now();
    let this = app.clone();
    app.store
        .write(move |tx| {
            let account = accounts::by_id(tx, by)?.ok_or(Error::NotFound)?;
            let mut user = users::by_id(tx, by)?.ok_or(Error::NotFound)?;
            let before = profile_of(&account);
            let mut after = before.clone();
            if let Some(name) = &change.display_name {
                name.trim().clone_into(&mut after.display_name);
            }
            if let Some((source, html)) = &note {
                after.note_source.clone_from(source);
                after.note.clone_from(html);
            }
            if let Some(fields) = &fields {
                after.fields.clone_from(fields);
            }
            if let Some(bot) = change.bot {
                after.kind = if bot {
                    AccountKind::Service
                } else {
                    AccountKind::Person
                };
            }
            after.locked = change.locked.unwrap_or(after.locked);
            after.discoverable = change.discoverable.unwrap_or(after.discoverable);
            after.indexable = change.indexable.unwrap_or(after.indexable);
            let mut gone = Vec::new();
            for (new, url) in [
                (&change.avatar, &mut after.avatar_url),
                (&change.header, &mut after.header_url),
            ] {
                if let Some(new) = new {
                    gone.extend(replace_picture(&this, url, new.as_ref()));
                }
            }
            uploads::remove(&this, tx, &gone)?;
            custom_emojis::set_beside(&this, tx, &mut after)?;
            user.default_audience = change.default_audience.unwrap_or(user.default_audience);
            user.default_sensitive = change.default_sensitive.unwrap_or(user.default_sensitive);
            if let Some(language) = &change.default_language {
                user.default_language.clone_from(language);
            }
            users::set_defaults(tx, &user)?;
            if after != before {
                accounts::set_profile(tx, by, &after, now)?;
                this.record(tx, &Event::AccountUpdated { account: by })?;
            }
            Ok(())
        })
        .await
}

pub(crate) fn profile_of(account: &accounts::Account) -> accounts::Profile {
    accounts::Profile {
        kind: account.kind,
        url: account.url.clone(),
        display_name: account.display_name.clone(),
        note: account.note.clone(),
        note_source: account.note_source.clone(),
        fields: account.fields.clone(),
        avatar_url: account.avatar_url.clone(),
        header_url: account.header_url.clone(),
        locked: account.locked,
        discoverable: account.discoverable,
        indexable: account.indexable,
        also_known_as: account.also_known_as.clone(),
        moved_to_uri: account.moved_to_uri.clone(),
        emojis: account.emojis.clone(),
    }
}

fn check(app: &App, change: &ProfileChange) -> Result<()> {
    let limits = &app.settings.limits;
    let long = |what: &str, most: usize| what.chars().count() > most;
    if change
        .display_name
        .as_ref()
        .is_some_and(|name| long(name, limits.display_name_characters))
    {
        let most = limits.display_name_characters;
        return Err(Error::invalid(
            "display_name",
            format!("is too long (maximum is {most} characters)"),
        ));
    }
    if change
        .note
        .as_ref()
        .is_some_and(|note| count_characters(note) > limits.note_characters)
    {
        return Err(Error::invalid(
            "note",
            format!(
                "is too long (maximum is {} characters)",
                limits.note_characters
            ),
        ));
    }
    let Some(fields) = &change.fields else {
        return Ok(());
    };
    if fields.len() > limits.profile_fields {
        return Err(Error::invalid(
            "fields_attributes",
            format!("has more than {} entries", limits.profile_fields),
        ));
    }
    let most = limits.profile_field_characters;
    if fields
        .iter()
        .any(|(name, value)| long(name, most) || long(value, most))
    {
        return Err(Error::invalid(
            "fields_attributes",
            format!("holds a text of more than {most} characters"),
        ));
    }
    Ok(())
}

/// Mentions in a profile, or an announcement, are links to accounts known here; nobody is asked for the others.
pub(crate) async fn render(app: &App, source: &str) -> Result<String> {
    let found = text::scan(source);
    let mut resolver = Resolver::new();
    for handle in &found.mentions {
        if let Ok(account) = super::lookup(app, handle).await {
            resolver.add_mention(handle, crate::posts::mention_target(app, &account));
        }
    }
    for tag in &found.hashtags {
        resolver.add_hashtag(tag, app.site.tag(&text::hashtag::fold(tag)));
    }
    Ok(text::render_plain(source, &resolver).into_string())
}

/// A value is one line: what the renderer wraps in a paragraph is taken out of it.
async fn render_fields(app: &App, fields: &[(String, String)]) -> Result<String> {
    let mut rendered = Vec::new();
    for (name, value) in fields
        .iter()
        .filter(|(name, value)| !(name.trim().is_empty() && value.trim().is_empty()))
    {
        let html = render(app, value.trim()).await?;
        let inner = html
            .trim_start_matches("<p>")
            .trim_end_matches("</p>")
            .to_owned();
        rendered.push(Field {
            name: name.trim().to_owned(),
            value: inner,
            verified_at: None,
        });
    }
    serde_json::to_string(&rendered).map_err(|why| Error::Broken(why.to_string()))
}
