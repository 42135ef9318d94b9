//! What a local account says of itself.

use kontor_domain::{
    account::{AccountKind, Field},
    audience::Audience,
    event::Event,
    ids::AccountId,
    peer::normal,
    quote::QuotePolicy,
    text::{self, Resolver, count_characters},
};
use kontor_store::{accounts, users};

use crate::{App, Error, Result, custom_emojis, uploads, verifications};

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
    pub default_quote_policy: Option<QuotePolicy>,
    pub hide_collections: Option<bool>,
    pub show_media: Option<bool>,
    pub show_media_replies: Option<bool>,
    pub show_featured: Option<bool>,
    /// Plain text. A picture that goes, or for which another comes, takes its description with it.
    pub avatar_description: Option<String>,
    pub header_description: Option<String>,
    /// Replaces all.
    pub attribution_domains: Option<Vec<String>>,
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
    let domains = match &change.attribution_domains {
        Some(said) => Some(domains(app, said)?),
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
                after.fields = verifications::carry(&before.fields, fields)?;
            }
            if let Some(domains) = &domains {
                after.attribution_domains.clone_from(domains);
            }
            switch(&change, &mut after);
            let gone = picture(&this, &change, &mut after);
            uploads::remove(&this, tx, &gone)?;
            custom_emojis::set_beside(&this, tx, &mut after)?;
            user.default_audience = change.default_audience.unwrap_or(user.default_audience);
            user.default_sensitive = change.default_sensitive.unwrap_or(user.default_sensitive);
            if let Some(language) = &change.default_language {
                user.default_language.clone_from(language);
            }
            user.default_quote_policy = change
                .default_quote_policy
                .unwrap_or(user.default_quote_policy);
            users::set_defaults(tx, &user)?;
            if after != before {
                accounts::set_profile(tx, by, &after, now)?;
                this.record(tx, &Event::AccountUpdated { account: by })?;
            }
            if fields.is_some() {
                verifications::enqueue(&this, tx, by, &after.fields)?;
            }
            Ok(())
        })
        .await
}

fn switch(change: &ProfileChange, after: &mut accounts::Profile) {
    if let Some(bot) = change.bot {
        after.kind = if bot {
            AccountKind::Service
        } else {
            AccountKind::Person
        };
    }
    for (wanted, switch) in [
        (change.locked, &mut after.locked),
        (change.discoverable, &mut after.discoverable),
        (change.indexable, &mut after.indexable),
        (change.hide_collections, &mut after.hide_collections),
        (change.show_media, &mut after.show_media),
        (change.show_media_replies, &mut after.show_media_replies),
        (change.show_featured, &mut after.show_featured),
    ] {
        *switch = wanted.unwrap_or(*switch);
    }
}

/// Returns the files that nobody needs any more.
fn picture(app: &App, change: &ProfileChange, after: &mut accounts::Profile) -> Vec<String> {
    let mut gone = Vec::new();
    for (new, url, said, description) in [
        (
            &change.avatar,
            &mut after.avatar_url,
            &change.avatar_description,
            &mut after.avatar_description,
        ),
        (
            &change.header,
            &mut after.header_url,
            &change.header_description,
            &mut after.header_description,
        ),
    ] {
        if let Some(new) = new {
            gone.extend(replace_picture(app, url, new.as_ref()));
            description.clear();
        }
        if let Some(said) = said {
            said.trim().clone_into(description);
        }
    }
    gone
}

/// The domains as JSON, each once and in its one spelling. People write them as addresses, too.
fn domains(app: &App, said: &[String]) -> Result<String> {
    let mut domains: Vec<String> = Vec::new();
    for text in said.iter().map(|text| text.trim()) {
        let host = text.split_once("://").map_or(text, |(_, host)| host);
        let host = host.trim_end_matches('/').trim_start_matches("*.");
        if host.is_empty() {
            continue;
        }
        let domain = normal(host)
            .ok_or_else(|| Error::invalid("attribution_domains", "holds what is no domain"))?;
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    let most = app.settings.limits.profiles.attribution_domains;
    if domains.len() > most {
        return Err(Error::invalid(
            "attribution_domains",
            format!("has more than {most} entries"),
        ));
    }
    serde_json::to_string(&domains).map_err(|why| Error::Broken(why.to_string()))
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
        avatar_description: account.avatar_description.clone(),
        header_description: account.header_description.clone(),
        hide_collections: account.hide_collections,
        show_media: account.show_media,
        show_media_replies: account.show_media_replies,
        show_featured: account.show_featured,
        attribution_domains: account.attribution_domains.clone(),
    }
}

fn check(app: &App, change: &ProfileChange) -> Result<()> {
    let limits = &app.settings.limits;
    let long = |what: &str, most: usize| what.chars().count() > most;
    let described = limits.profiles.picture_description_characters;
    for (field, said, most) in [
        (
            "display_name",
            &change.display_name,
            limits.display_name_characters,
        ),
        ("avatar_description", &change.avatar_description, described),
        ("header_description", &change.header_description, described),
    ] {
        if said.as_ref().is_some_and(|said| long(said, most)) {
            return Err(Error::invalid(
                field,
                format!("is too long (maximum is {most} characters)"),
            ));
        }
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
async fn render_fields(app: &App, fields: &[(String, String)]) -> Result<Vec<Field>> {
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
    Ok(rendered)
}
