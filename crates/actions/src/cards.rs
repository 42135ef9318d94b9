//! What is shown of the pages that posts link to. Each page is read once, whatever number of posts link to it; reading is
//! `federation`'s, for it knows whom this instance speaks with.

use kontor_domain::{
    audience::Viewer,
    ids::{CardId, PostId},
    page::Page,
    text,
    time::Time,
};
pub use kontor_store::cards::Card;
use kontor_store::{Tx, cards, posts::Post};
use url::Url;

use crate::{
    App, Error, Result,
    posts::{PostView, load_kept, shown_id},
    uploads,
};

/// The queue of pages to be read; the payload is the card's id.
pub const QUEUE: &str = "cards";

/// Longer addresses have no card: an index entry has to hold them.
const LONGEST: usize = 2048;

/// Links of a post that are looked at for one that can have a card.
const LINKS: usize = 10;

/// What a page says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    pub author_name: String,
    pub author_url: String,
    pub provider_name: String,
    pub provider_url: String,
    pub published_at: Option<Time>,
    pub image_description: String,
    pub picture: Option<Picture>,
}

/// A picture that is kept here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub file: String,
    pub width: u32,
    pub height: u32,
    pub blurhash: String,
}

/// Gives a post the card of the first page that it links to, and has the page read if it was not yet, or long ago. A post that
/// links to another page than before has another card.
pub(crate) fn attach(app: &App, tx: &mut Tx<'_>, post: &Post, now: Time) -> Result<()> {
    let settings = &app.settings.limits.cards;
    let link = settings.enabled.then(|| link(app, post)).flatten();
    let Some(url) = link else {
        return if post.edited_at.is_some() {
            detach(tx, post.id)
        } else {
            Ok(())
        };
    };
    let new = Card::new(CardId(app.id()), url.into(), now);
    // Whoever looked first would lose to all who write beside them on PostgreSQL.
    let id = if cards::insert_if_new(tx, &new)? {
        enqueue(app, tx, new.id, post, now)?;
        new.id
    } else {
        known(app, tx, post, &new)?
    };
    Ok(cards::attach(tx, post.id, id)?)
}

/// The card that a page has already.
fn known(app: &App, tx: &mut Tx<'_>, post: &Post, new: &Card) -> Result<CardId> {
    let known = cards::by_url(tx, &new.url)?
        .ok_or_else(|| Error::Broken("A card is there and is not".to_owned()))?;
    let age = app.settings.limits.cards.refresh_age;
    let age = chrono::Duration::from_std(age).unwrap_or(chrono::Duration::days(14));
    if known.asked_at < new.asked_at - age {
        cards::set_asked(tx, known.id, new.asked_at)?;
        enqueue(app, tx, known.id, post, new.asked_at)?;
    }
    Ok(known.id)
}

pub(crate) fn detach(tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    Ok(cards::detach(tx, post)?)
}

fn link(app: &App, post: &Post) -> Option<Url> {
    text::links(&post.content)
        .into_iter()
        .take(LINKS)
        .filter_map(|link| Url::parse(&link).ok())
        .map(|mut url| {
            url.set_fragment(None);
            url
        })
        .find(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && !app.site.owns(url)
                && url.as_str().len() <= LONGEST
        })
}

fn enqueue(app: &App, tx: &mut Tx<'_>, card: CardId, post: &Post, now: Time) -> Result<()> {
    let most = u64::try_from(app.settings.limits.cards.delay.as_millis()).unwrap_or(u64::MAX);
    let wait = if post.local || most == 0 {
        0
    } else {
        u64::from_le_bytes(app.entropy.bytes::<8>()?) % most
    };
    let wait = chrono::Duration::milliseconds(i64::try_from(wait).unwrap_or(0));
    app.enqueue_at(tx, QUEUE, card.to_string(), now + wait)
}

/// Where the page is. `None`: nothing has this card any more.
pub async fn address(app: &App, id: CardId) -> Result<Option<Url>> {
    let card = app.store.read(move |db| cards::by_id(db, id)).await?;
    Ok(card.and_then(|card| Url::parse(&card.url).ok()))
}

/// Makes a picture safe and small, and keeps it.
pub async fn picture<B: AsRef<[u8]> + Send + 'static>(app: &App, bytes: B) -> Result<Picture> {
    uploads::keep_card(app, bytes).await
}

/// What the page says is shown from now on. `None`: it could not be read; what it said before is shown still.
pub async fn keep(app: &App, id: CardId, found: Option<Found>) -> Result<()> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let file = found
                .as_ref()
                .and_then(|found| found.picture.as_ref())
                .map(|picture| picture.file.clone());
            let Some(card) = cards::by_id(tx, id)? else {
                let unused: Vec<String> = file.into_iter().collect();
                return uploads::remove(&this, tx, &unused);
            };
            let Some(found) = found.clone() else {
                return Ok(cards::set_asked(tx, id, now)?);
            };
            // Written twice, as after a lost claim, the file is another one.
            let old: Vec<String> = card
                .image_file
                .iter()
                .filter(|old| Some(*old) != file.as_ref())
                .cloned()
                .collect();
            uploads::remove(&this, tx, &old)?;
            let side = |pixels: u32| i32::try_from(pixels).ok();
            let picture = found.picture.as_ref();
            Ok(cards::set(
                tx,
                &Card {
                    found: true,
                    title: found.title,
                    description: found.description,
                    language: found.language,
                    author_name: found.author_name,
                    author_url: found.author_url,
                    provider_name: found.provider_name,
                    provider_url: found.provider_url,
                    published_at: found.published_at,
                    image_description: found.image_description,
                    image_width: picture.and_then(|picture| side(picture.width)),
                    image_height: picture.and_then(|picture| side(picture.height)),
                    blurhash: picture.map(|picture| picture.blurhash.clone()),
                    image_file: file,
                    asked_at: now,
                    ..card
                },
            )?)
        })
        .await
}

/// The card of a post, for whoever may read the post.
pub async fn of_post(app: &App, viewer: Viewer, id: PostId) -> Result<Option<Card>> {
    app.store
        .read(move |db| {
            let id = shown_id(db, viewer, id)?;
            Ok(cards::of_posts(db, &[id])?.pop().map(|(_, card)| card))
        })
        .await
}

/// Public posts that link to a page.
pub async fn posts(app: &App, viewer: Viewer, url: String, page: Page) -> Result<Vec<PostView>> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let mut url =
                Url::parse(url.trim()).map_err(|_| Error::invalid("url", "is no address"))?;
            url.set_fragment(None);
            let card = cards::by_url(db, url.as_str())?
                .filter(|card| card.found)
                .ok_or(Error::NotFound)?;
            let ids = cards::posts_of(db, viewer, card.id, now, &page)?;
            load_kept(db, &kept, viewer, &ids, now)
        })
        .await
}

/// Forgets pages that nothing links to any more. Returns how many.
pub async fn tidy(app: &App) -> Result<usize> {
    const BATCH: i64 = 200;
    let age = app.settings.limits.cards.refresh_age;
    let age = chrono::Duration::from_std(age).unwrap_or(chrono::Duration::days(14));
    let before = app.now() - age;
    let mut gone = 0;
    loop {
        let this = app.clone();
        let taken = app
            .store
            .write(move |tx| {
                let (rows, files) = cards::take_unused(tx, before, BATCH)?;
                uploads::remove(&this, tx, &files)?;
                Ok::<_, Error>(rows)
            })
            .await?;
        gone += taken;
        if i64::try_from(taken).is_ok_and(|taken| taken < BATCH) {
            return Ok(gone);
        }
    }
}
