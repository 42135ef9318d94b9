//! Filters: what somebody wants to be warned of, or not to see. What they catch is in `matching`.

mod matching;

use kontor_domain::{
    audience::Viewer,
    filter::{FilterAction, FilterContext},
    ids::{AccountId, FilterId, FilterKeywordId, FilterPostId, PostId},
    time::Time,
};
pub use kontor_store::filters::{Filter, FilterPost, Keyword};
use kontor_store::{
    Conn, Tx,
    filters::{self, Change},
    streams::{self, News},
};

pub use matching::Caught;
pub(crate) use matching::Sieve;

use crate::{App, Error, Result, mutes::until};

/// Characters of a title and of a keyword.
const LONGEST: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterView {
    pub filter: Filter,
    pub keywords: Vec<Keyword>,
    pub posts: Vec<FilterPost>,
}

/// When a filter ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Never,
    After(std::time::Duration),
}

impl Ends {
    fn at(self, now: Time) -> Result<Option<Time>> {
        match self {
            Self::Never => Ok(None),
            Self::After(lasting) => until(now, lasting)
                .map(Some)
                .ok_or_else(|| Error::invalid("expires_in", "is too long")),
        }
    }
}

/// What a keyword is to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeywordWish {
    /// `None`: a new one.
    pub id: Option<FilterKeywordId>,
    /// `None`: it stays.
    pub keyword: Option<String>,
    pub whole_word: Option<bool>,
    pub delete: bool,
}

/// What a filter is to be; `None`: it stays, or is as it is usual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    pub title: Option<String>,
    pub contexts: Option<Vec<FilterContext>>,
    pub action: Option<FilterAction>,
    pub ends: Option<Ends>,
    pub keywords: Vec<KeywordWish>,
}

fn text(field: &'static str, typed: &str) -> Result<String> {
    let text = typed.replace('\0', "").trim().to_owned();
    if text.is_empty() {
        return Err(Error::invalid(field, "can't be blank"));
    }
    if text.chars().count() > LONGEST {
        return Err(Error::invalid(
            field,
            format!("is too long (maximum is {LONGEST} characters)"),
        ));
    }
    Ok(text)
}

fn contexts(named: &[FilterContext]) -> Result<String> {
    let mut each: Vec<FilterContext> = Vec::new();
    for context in named {
        if !each.contains(context) {
            each.push(*context);
        }
    }
    if each.is_empty() {
        return Err(Error::invalid("context", "can't be blank"));
    }
    serde_json::to_string(&each).map_err(|why| Error::Broken(why.to_string()))
}

fn own(db: &mut Conn, owner: AccountId, id: FilterId) -> Result<Filter> {
    filters::of(db, owner, id)?.ok_or(Error::NotFound)
}

/// These filters with what hangs on them: two queries.
fn views(db: &mut Conn, rows: Vec<Filter>) -> Result<Vec<FilterView>> {
    let ids: Vec<FilterId> = rows.iter().map(|filter| filter.id).collect();
    let (keywords, posts) = (filters::keywords(db, &ids)?, filters::posts(db, &ids)?);
    Ok(rows
        .into_iter()
        .map(|filter| FilterView {
            keywords: keywords
                .iter()
                .filter(|row| row.filter_id == filter.id)
                .cloned()
                .collect(),
            posts: posts
                .iter()
                .filter(|row| row.filter_id == filter.id)
                .copied()
                .collect(),
            filter,
        })
        .collect())
}

fn view(db: &mut Conn, filter: Filter) -> Result<FilterView> {
    views(db, vec![filter])?.pop().ok_or(Error::NotFound)
}

/// In the order in which they were made.
pub async fn all(app: &App, owner: AccountId) -> Result<Vec<FilterView>> {
    app.store
        .read(move |db| {
            let rows = filters::by_account(db, owner)?;
            views(db, rows)
        })
        .await
}

pub async fn get(app: &App, owner: AccountId, id: FilterId) -> Result<FilterView> {
    app.store
        .read(move |db| {
            let filter = own(db, owner, id)?;
            view(db, filter)
        })
        .await
}

/// Ids for the keywords that are new.
fn drawn(app: &App, wishes: Vec<KeywordWish>) -> Vec<(FilterKeywordId, KeywordWish)> {
    wishes
        .into_iter()
        .map(|wish| (FilterKeywordId(app.id()), wish))
        .collect()
}

pub async fn create(app: &App, owner: AccountId, wish: Wish) -> Result<FilterView> {
    let now = app.now();
    let filter = Filter {
        id: FilterId(app.id()),
        account_id: owner,
        title: text("title", wish.title.as_deref().unwrap_or_default())?,
        contexts: contexts(wish.contexts.as_deref().unwrap_or_default())?,
        action: wish.action.unwrap_or(FilterAction::Warn),
        expires_at: wish.ends.unwrap_or(Ends::Never).at(now)?,
        created_at: now,
    };
    let (most, keywords) = (app.settings.limits.filters, drawn(app, wish.keywords));
    let this = app.clone();
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            if filters::by_account(tx, owner)?.len() >= most {
                return Err(Error::invalid(
                    "base",
                    format!("You have {most} filters already, and no more can be made"),
                ));
            }
            filters::insert(tx, &filter)?;
            set_keywords(&this, tx, filter.id, &keywords)?;
            view(tx, filter.clone())
        })
        .await
}

pub async fn change(app: &App, owner: AccountId, id: FilterId, wish: Wish) -> Result<FilterView> {
    let change = Change {
        title: wish
            .title
            .as_deref()
            .map(|title| text("title", title))
            .transpose()?,
        contexts: wish.contexts.as_deref().map(contexts).transpose()?,
        action: wish.action,
        expires_at: wish.ends.map(|ends| ends.at(app.now())).transpose()?,
    };
    let keywords = drawn(app, wish.keywords);
    let this = app.clone();
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            own(tx, owner, id)?;
            filters::change(tx, id, &change)?;
            set_keywords(&this, tx, id, &keywords)?;
            let filter = own(tx, owner, id)?;
            view(tx, filter)
        })
        .await
}

/// Keywords are made, changed and deleted with their filter. One of another filter is not there.
fn set_keywords(
    app: &App,
    tx: &mut Tx<'_>,
    filter: FilterId,
    wishes: &[(FilterKeywordId, KeywordWish)],
) -> Result<()> {
    let before = filters::keywords(tx, &[filter])?;
    for (new, wish) in wishes {
        let Some(id) = wish.id else {
            if !wish.delete {
                filters::insert_keyword(tx, &keyword(*new, filter, wish)?)?;
            }
            continue;
        };
        let known = before
            .iter()
            .find(|known| known.id == id)
            .ok_or(Error::NotFound)?;
        if wish.delete {
            filters::delete_keyword(tx, id)?;
        } else {
            filters::set_keyword(tx, &changed(known, wish)?)?;
        }
    }
    let most = app.settings.limits.filter_keywords;
    if filters::keywords(tx, &[filter])?.len() > most {
        return Err(Error::invalid("keywords", format!("are more than {most}")));
    }
    Ok(())
}

fn keyword(id: FilterKeywordId, filter_id: FilterId, wish: &KeywordWish) -> Result<Keyword> {
    Ok(Keyword {
        id,
        filter_id,
        keyword: text("keyword", wish.keyword.as_deref().unwrap_or_default())?,
        whole_word: wish.whole_word.unwrap_or(true),
    })
}

fn changed(known: &Keyword, wish: &KeywordWish) -> Result<Keyword> {
    Ok(Keyword {
        keyword: match &wish.keyword {
            Some(typed) => text("keyword", typed)?,
            None => known.keyword.clone(),
        },
        whole_word: wish.whole_word.unwrap_or(known.whole_word),
        ..known.clone()
    })
}

pub async fn delete(app: &App, owner: AccountId, id: FilterId) -> Result<()> {
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            own(tx, owner, id)?;
            Ok(filters::delete(tx, id)?)
        })
        .await
}

pub async fn add_keyword(
    app: &App,
    owner: AccountId,
    filter: FilterId,
    wish: KeywordWish,
) -> Result<Keyword> {
    let new = keyword(FilterKeywordId(app.id()), filter, &wish)?;
    let wishes = [(new.id, wish)];
    let this = app.clone();
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            own(tx, owner, filter)?;
            set_keywords(&this, tx, filter, &wishes)?;
            Ok(new.clone())
        })
        .await
}

/// With its filter.
pub async fn get_keyword(
    app: &App,
    owner: AccountId,
    id: FilterKeywordId,
) -> Result<(Filter, Keyword)> {
    app.store
        .read(move |db| filters::keyword_of(db, owner, id)?.ok_or(Error::NotFound))
        .await
}

pub async fn change_keyword(
    app: &App,
    owner: AccountId,
    id: FilterKeywordId,
    wish: KeywordWish,
) -> Result<Keyword> {
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            let (_, known) = filters::keyword_of(tx, owner, id)?.ok_or(Error::NotFound)?;
            let keyword = changed(&known, &wish)?;
            filters::set_keyword(tx, &keyword)?;
            Ok(keyword)
        })
        .await
}

pub async fn delete_keyword(app: &App, owner: AccountId, id: FilterKeywordId) -> Result<()> {
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            filters::keyword_of(tx, owner, id)?.ok_or(Error::NotFound)?;
            Ok(filters::delete_keyword(tx, id)?)
        })
        .await
}

/// A keyword and its filter at once, for clients that know a filter as one phrase. What would change other keywords of the same
/// filter is refused.
pub async fn change_phrase(
    app: &App,
    owner: AccountId,
    id: FilterKeywordId,
    (wish, phrase): (Wish, KeywordWish),
) -> Result<(Filter, Keyword)> {
    let change = Change {
        title: None,
        contexts: wish.contexts.as_deref().map(contexts).transpose()?,
        action: wish.action,
        expires_at: wish.ends.map(|ends| ends.at(app.now())).transpose()?,
    };
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            let (filter, known) = filters::keyword_of(tx, owner, id)?.ok_or(Error::NotFound)?;
            let alone = filters::keywords(tx, &[filter.id])?.len() == 1;
            if change != Change::default() && !alone {
                return Err(Error::invalid(
                    "base",
                    "This filter has several keywords: change it where all of them are shown",
                ));
            }
            let keyword = changed(&known, &phrase)?;
            filters::set_keyword(tx, &keyword)?;
            let change = Change {
                title: alone.then(|| keyword.keyword.clone()),
                ..change.clone()
            };
            filters::change(tx, filter.id, &change)?;
            Ok((own(tx, owner, filter.id)?, keyword))
        })
        .await
}

/// The keyword goes, and with the last one of a filter that catches nothing else, the filter.
pub async fn delete_phrase(app: &App, owner: AccountId, id: FilterKeywordId) -> Result<()> {
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            let (filter, _) = filters::keyword_of(tx, owner, id)?.ok_or(Error::NotFound)?;
            filters::delete_keyword(tx, id)?;
            let view = view(tx, filter)?;
            if view.keywords.is_empty() && view.posts.is_empty() {
                filters::delete(tx, view.filter.id)?;
            }
            Ok(())
        })
        .await
}

/// A post that the owner may read is caught by itself.
pub async fn add_post(
    app: &App,
    owner: AccountId,
    filter: FilterId,
    post: PostId,
) -> Result<FilterPost> {
    let row = FilterPost {
        id: FilterPostId(app.id()),
        filter_id: filter,
        post_id: post,
    };
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            own(tx, owner, filter)?;
            kontor_store::posts::by_id(tx, Viewer::Account(owner), post)?.ok_or(Error::NotFound)?;
            if !filters::insert_post(tx, row)? {
                return Err(Error::invalid("status_id", "is in the filter already"));
            }
            Ok(row)
        })
        .await
}

pub async fn get_post(app: &App, owner: AccountId, id: FilterPostId) -> Result<FilterPost> {
    app.store
        .read(move |db| filters::post_of(db, owner, id)?.ok_or(Error::NotFound))
        .await
}

pub async fn delete_post(app: &App, owner: AccountId, id: FilterPostId) -> Result<FilterPost> {
    app.store
        .write(move |tx| {
            streams::tell(tx, &News::FiltersChanged { of: owner });
            let row = filters::post_of(tx, owner, id)?.ok_or(Error::NotFound)?;
            filters::delete_post(tx, id)?;
            Ok(row)
        })
        .await
}
