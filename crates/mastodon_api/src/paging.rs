//! Pages of lists: `max_id`, `since_id`, `min_id` and `limit` in, a `Link` header out.
//! <https://docs.joinmastodon.org/api/guidelines/#pagination>

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    dev::Payload,
    http::header::{ContentType, HeaderValue, LINK},
    web::Data,
};
use futures_util::future::{Ready, ready};
use kontor_actions::App;
use kontor_domain::page::Page;
use kontor_http::params::{Error, from_query};
use serde::Deserialize;

use crate::entities::{self, Entity};

/// Asks for so many where the client does not say, and for twice as many at most.
#[derive(Debug)]
pub struct Paging<const DEFAULT: i64> {
    pub page: Page,
    /// This request's address without the parameters of paging, ready for more.
    base: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    max_id: Option<i64>,
    since_id: Option<i64>,
    min_id: Option<i64>,
    limit: Option<i64>,
}

/// `limit` as Mastodon reads it: too many is no error, and neither is a sign.
pub(crate) fn limit(asked: Option<i64>, default: i64) -> i64 {
    asked.map_or(default, |asked| asked.saturating_abs().min(default * 2))
}

impl<const DEFAULT: i64> Paging<DEFAULT> {
    /// A page of what is sorted by its own id. Both neighbours are linked even from a short page: a client stops at the empty
    /// one, which has no links.
    pub fn timeline<T>(&self, ids: impl IntoIterator<Item = i64>, items: Vec<T>) -> Paged<T> {
        self.paged(ids, items, true)
    }

    /// A page of what is sorted by the id of a row that clients do not see. A short page is the last one.
    pub fn rows<T>(&self, ids: impl IntoIterator<Item = i64>, items: Vec<T>) -> Paged<T> {
        let full = i64::try_from(items.len()).is_ok_and(|count| count >= self.page.limit);
        self.paged(ids, items, full)
    }

    /// A page that is one object, of what is sorted by these ids.
    pub fn object<T>(&self, ids: impl IntoIterator<Item = i64>, object: T) -> Whole<T> {
        let page: Paged<()> = self.paged(ids, Vec::new(), true);
        Whole {
            object,
            link: page.link,
        }
    }

    fn paged<T>(&self, ids: impl IntoIterator<Item = i64>, items: Vec<T>, more: bool) -> Paged<T> {
        let (newest, oldest) = ids.into_iter().fold((None, None), |(newest, _), id| {
            (newest.or(Some(id)), Some(id))
        });
        let next = oldest
            .filter(|_| more)
            .map(|id| format!("<{}max_id={id}>; rel=\"next\"", self.base));
        let prev = newest.map(|id| format!("<{}min_id={id}>; rel=\"prev\"", self.base));
        let links: Vec<String> = next.into_iter().chain(prev).collect();
        Paged {
            items,
            link: links.join(", "),
        }
    }
}

impl<const DEFAULT: i64> FromRequest for Paging<DEFAULT> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(from_query::<Query>(req).map(|query| Self {
            page: Page {
                max_id: query.max_id,
                since_id: query.since_id,
                min_id: query.min_id,
                limit: limit(query.limit, DEFAULT),
            },
            base: format!("{}{}?{}", site(req), req.path(), kept(req.query_string())),
        }))
    }
}

/// Where this instance is.
fn site(req: &HttpRequest) -> String {
    req.app_data::<Data<App>>()
        .map(|app| app.site.base())
        .unwrap_or_default()
}

/// A part of a list that is read by how many come before it, where the published operation has it so.
#[derive(Debug)]
pub struct Skipping<const DEFAULT: i64> {
    pub limit: i64,
    pub offset: i64,
    /// As that of [`Paging`].
    base: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Skip {
    limit: Option<i64>,
    offset: i64,
}

impl<const DEFAULT: i64> Skipping<DEFAULT> {
    /// One object with so many of the list. A short part is the last one.
    pub fn object<T>(&self, count: usize, object: T) -> Whole<T> {
        let full = i64::try_from(count).is_ok_and(|count| count > 0 && count >= self.limit);
        let (base, limit, offset) = (&self.base, self.limit, self.offset);
        let next = full.then(|| {
            let next = offset.saturating_add(limit);
            format!("<{base}offset={next}>; rel=\"next\"")
        });
        let prev = (offset > 0).then(|| {
            let prev = offset.saturating_sub(limit).max(0);
            format!("<{base}offset={prev}>; rel=\"prev\"")
        });
        let links: Vec<String> = next.into_iter().chain(prev).collect();
        Whole {
            object,
            link: links.join(", "),
        }
    }
}

impl<const DEFAULT: i64> FromRequest for Skipping<DEFAULT> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(from_query::<Skip>(req).map(|query| Self {
            limit: limit(query.limit, DEFAULT),
            offset: query.offset.max(0),
            base: format!(
                "{}{}?{}",
                site(req),
                req.path(),
                without(req.query_string(), &["offset", "access_token"])
            ),
        }))
    }
}

/// The other parameters, as they were sent. A token does not belong in a link.
fn kept(query: &str) -> String {
    without(query, &["max_id", "since_id", "min_id", "access_token"])
}

fn without(query: &str, dropped: &[&str]) -> String {
    query
        .split('&')
        .filter(|pair| {
            !pair.is_empty() && !dropped.contains(&pair.split('=').next().unwrap_or_default())
        })
        .flat_map(|pair| [pair, "&"])
        .collect()
}

/// A list with its links.
#[derive(Debug)]
pub struct Paged<T> {
    items: Vec<T>,
    link: String,
}

/// An object with the links of a page.
#[derive(Debug)]
pub struct Whole<T> {
    object: T,
    link: String,
}

/// A single one.
#[derive(Debug)]
pub struct One<T>(pub T);

impl<T: Entity> Responder for Paged<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut json = Vec::with_capacity(ITEM_BYTES * self.items.len().max(1));
        let written = entities::list(&mut json, &self.items);
        answer(&self.link, written.map(|()| json))
    }
}

impl<T: Entity> Responder for Whole<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut json = Vec::with_capacity(PAGE_BYTES);
        let written = self.object.write(&mut json);
        answer(&self.link, written.map(|()| json))
    }
}

impl<T: Entity> Responder for One<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut json = Vec::with_capacity(ITEM_BYTES);
        let written = self.0.write(&mut json);
        answer("", written.map(|()| json))
    }
}

fn answer(link: &str, json: serde_json::Result<Vec<u8>>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if !link.is_empty()
        && let Ok(link) = HeaderValue::from_str(link)
    {
        response.insert_header((LINK, link));
    }
    match json {
        Ok(json) => response.content_type(ContentType::json()).body(json),
        Err(why) => {
            let why = kontor_actions::Error::Broken(why.to_string());
            HttpResponse::from_error(crate::Error::from(why))
        }
    }
}

/// About what an item and a page take: they would be moved from place to place while they grow.
const ITEM_BYTES: usize = 3584;
const PAGE_BYTES: usize = 48 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bent_and_never_refused() {
        assert_eq!(limit(None, 20), 20);
        assert_eq!(limit(Some(5), 20), 5);
        assert_eq!(limit(Some(-5), 20), 5);
        assert_eq!(limit(Some(1000), 20), 40);
        assert_eq!(limit(Some(i64::MIN), 20), 40);
    }

    #[test]
    fn links_keep_what_was_asked_for() {
        assert_eq!(
            kept("types[]=a&max_id=3&limit=2&min_id=1&access_token=x&types[]=b"),
            "types[]=a&limit=2&types[]=b&"
        );
        assert_eq!(kept(""), "");
        let paging = Paging::<20> {
            page: Page::first(2),
            base: "https://a.test/x?limit=2&".to_owned(),
        };
        let full = "<https://a.test/x?limit=2&max_id=7>; rel=\"next\", <https://a.test/x?limit=2&min_id=9>; rel=\"prev\"";
        assert_eq!(paging.timeline([9, 7], vec![(), ()]).link, full);
        assert_eq!(paging.rows([9, 7], vec![(), ()]).link, full);
        assert_eq!(
            paging.rows([9], vec![()]).link,
            "<https://a.test/x?limit=2&min_id=9>; rel=\"prev\""
        );
        assert_eq!(paging.timeline([], Vec::<()>::new()).link, "");
    }

    #[test]
    fn what_is_skipped_is_linked_both_ways() {
        let skipping = |offset| Skipping::<40> {
            limit: 2,
            offset,
            base: "https://a.test/x?limit=2&".to_owned(),
        };
        let next = "<https://a.test/x?limit=2&offset=2>; rel=\"next\"";
        assert_eq!(skipping(0).object(2, ()).link, next);
        assert_eq!(skipping(0).object(1, ()).link, "");
        assert_eq!(
            skipping(3).object(2, ()).link,
            "<https://a.test/x?limit=2&offset=5>; rel=\"next\", <https://a.test/x?limit=2&offset=1>; rel=\"prev\""
        );
        assert_eq!(
            skipping(1).object(0, ()).link,
            "<https://a.test/x?limit=2&offset=0>; rel=\"prev\""
        );
        assert_eq!(
            without("offset=3&limit=2&access_token=x", &["offset"]),
            "limit=2&access_token=x&"
        );
    }
}
