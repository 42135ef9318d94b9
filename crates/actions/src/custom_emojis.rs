//! Custom emoji: those of peers as their posts and accounts bring them, and our own.

use std::collections::HashMap;

use kontor_domain::{
    account::Field,
    emoji::{Emoji, is_shortcode, shortcodes},
    ids::EmojiId,
    time::Time,
};
pub use kontor_store::custom_emojis::CustomEmoji;
use kontor_store::{
    Conn, Tx,
    accounts::{self, Account, Profile},
    custom_emojis,
};

use crate::{App, Error, Result, accounts::profile_of};

/// An emoji as a peer describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteEmoji {
    pub shortcode: String,
    pub uri: Option<String>,
    pub url: String,
    pub updated: Option<Time>,
}

/// Keeps what a server says of its own emoji. An older word about one changes nothing.
pub(crate) fn keep(
    app: &App,
    tx: &mut Tx<'_>,
    domain: &str,
    emojis: &[RemoteEmoji],
    now: Time,
) -> Result<()> {
    let names: Vec<&str> = emojis
        .iter()
        .map(|emoji| emoji.shortcode.as_str())
        .collect();
    if names.is_empty() || domain.is_empty() {
        return Ok(());
    }
    let known = custom_emojis::named(tx, domain, &names)?;
    for emoji in emojis {
        let before = known
            .iter()
            .find(|known| known.shortcode == emoji.shortcode);
        let news = before.is_none_or(|before| {
            before.remote_url.as_ref() != Some(&emoji.url)
                && emoji.updated.unwrap_or(now) >= before.updated_at
        });
        if news {
            custom_emojis::put(
                tx,
                &CustomEmoji {
                    id: EmojiId(app.id()),
                    shortcode: emoji.shortcode.clone(),
                    domain: domain.to_owned(),
                    uri: emoji.uri.clone(),
                    remote_url: Some(emoji.url.clone()),
                    file: None,
                    updated_at: emoji.updated.unwrap_or(now).min(now),
                },
            )?;
        }
    }
    Ok(())
}

/// The emoji in the texts of each, of the server that it is from; the empty domain is ours. One query.
pub(crate) fn load<K: std::hash::Hash + Eq + Copy>(
    db: &mut Conn,
    texts: &[(K, &str, Vec<&str>)],
) -> Result<HashMap<K, Vec<CustomEmoji>>> {
    let named: Vec<(K, &str, Vec<&str>)> = texts
        .iter()
        .map(|(key, domain, texts)| {
            let mut names: Vec<&str> = Vec::new();
            for name in texts.iter().flat_map(|text| shortcodes(text)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            (*key, *domain, names)
        })
        .filter(|(_, _, names)| !names.is_empty())
        .collect();
    if named.is_empty() {
        return Ok(HashMap::new());
    }
    let mut domains: Vec<&str> = named.iter().map(|(_, domain, _)| *domain).collect();
    domains.sort_unstable();
    domains.dedup();
    let mut wanted: Vec<&str> = named
        .iter()
        .flat_map(|(_, _, names)| names.clone())
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let found = custom_emojis::among(db, &domains, &wanted)?;
    let mut by_key: HashMap<K, Vec<CustomEmoji>> = HashMap::new();
    for (key, domain, names) in named {
        let own = names.iter().filter_map(|name| {
            found
                .iter()
                .find(|emoji| emoji.domain == domain && emoji.shortcode == *name)
                .cloned()
        });
        by_key.entry(key).or_default().extend(own);
    }
    Ok(by_key)
}

/// Where the picture of an emoji is.
pub fn url(site: &kontor_domain::site::Site, emoji: &CustomEmoji) -> String {
    match (&emoji.file, &emoji.remote_url) {
        (Some(file), _) => site.file(file),
        (None, Some(url)) => url.clone(),
        (None, None) => String::new(),
    }
}

/// Those of ours that the profile of somebody here names.
pub fn of_profile(db: &mut Conn, account: &Account) -> Result<Vec<CustomEmoji>> {
    if account.is_local() {
        named_in(db, &profile_of(account))
    } else {
        Ok(Vec::new())
    }
}

fn named_in(db: &mut Conn, profile: &Profile) -> Result<Vec<CustomEmoji>> {
    let fields: Vec<Field> = serde_json::from_str(&profile.fields).unwrap_or_default();
    let own = [profile.display_name.as_str(), profile.note.as_str()].into_iter();
    let more = fields
        .iter()
        .flat_map(|field| [field.name.as_str(), field.value.as_str()]);
    let named = load(db, &[((), "", own.chain(more).collect())])?.remove(&());
    Ok(named.unwrap_or_default())
}

/// Writes down beside a profile of ours the emoji that it names.
pub(crate) fn set_beside(app: &App, db: &mut Conn, profile: &mut Profile) -> Result<()> {
    let named: Vec<Emoji> = named_in(db, profile)?
        .into_iter()
        .map(|emoji| Emoji {
            url: url(&app.site, &emoji),
            shortcode: emoji.shortcode,
        })
        .collect();
    profile.emojis = serde_json::to_string(&named).map_err(|why| Error::Broken(why.to_string()))?;
    Ok(())
}

/// An emoji of ours came, changed or went: the profiles that name it show it as it is now.
fn set_again(app: &App, tx: &mut Tx<'_>, shortcode: &str) -> Result<()> {
    for account in accounts::local_with_text(tx, &format!(":{shortcode}:"))? {
        let before = profile_of(&account);
        let mut after = before.clone();
        set_beside(app, tx, &mut after)?;
        if after != before {
            accounts::set_profile(tx, account.id, &after, app.now())?;
        }
    }
    Ok(())
}

/// As it is kept beside a profile.
pub fn kept(emojis: &[RemoteEmoji]) -> Vec<Emoji> {
    emojis
        .iter()
        .map(|emoji| Emoji {
            shortcode: emoji.shortcode.clone(),
            url: emoji.url.clone(),
        })
        .collect()
}

/// Our own, by name.
pub async fn list(app: &App) -> Result<Vec<CustomEmoji>> {
    app.store.read(|db| Ok(custom_emojis::local(db)?)).await
}

/// Makes a picture an emoji of ours, in place of the one of that name.
pub async fn import(app: &App, shortcode: String, bytes: Vec<u8>) -> Result<()> {
    if !is_shortcode(&shortcode) {
        return Err(Error::invalid("shortcode", "is no name of an emoji"));
    }
    let most = app.settings.limits.media.emoji_bytes;
    if bytes.len() > most {
        return Err(Error::invalid(
            "file",
            format!(":{shortcode}: is larger than {most} bytes"),
        ));
    }
    let file = crate::uploads::keep_emoji(app, bytes).await?;
    let (id, now) = (EmojiId(app.id()), app.now());
    let this = app.clone();
    app.store
        .write(move |tx| {
            let before = custom_emojis::named(tx, "", &[&shortcode])?.pop();
            custom_emojis::put(
                tx,
                &CustomEmoji {
                    id,
                    shortcode: shortcode.clone(),
                    domain: String::new(),
                    uri: None,
                    remote_url: None,
                    file: Some(file.clone()),
                    updated_at: now,
                },
            )?;
            set_again(&this, tx, &shortcode)?;
            let old: Vec<String> = before.and_then(|before| before.file).into_iter().collect();
            crate::uploads::remove(&this, tx, &old)
        })
        .await
}

pub async fn remove(app: &App, shortcode: String) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let own = custom_emojis::named(tx, "", &[&shortcode])?
                .pop()
                .ok_or(Error::NotFound)?;
            custom_emojis::delete(tx, own.id)?;
            set_again(&this, tx, &shortcode)?;
            crate::uploads::remove(&this, tx, own.file.as_slice())
        })
        .await
}

/// One of ours, for those who ask for its document.
pub async fn get(app: &App, id: EmojiId) -> Result<CustomEmoji> {
    app.store
        .read(move |db| {
            custom_emojis::by_id(db, id)?
                .filter(|emoji| emoji.domain.is_empty())
                .ok_or(Error::NotFound)
        })
        .await
}
