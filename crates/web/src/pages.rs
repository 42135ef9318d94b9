//! From a template to an answer, and what pages have in common: redirects, paging, how long they may be kept.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use askama::Template;
use kontor_domain::page::Page;
use serde::Deserialize;

use crate::{
    cookies::{self, Kind},
    failure::{Answer, Failure},
    visit::Visit,
};

/// Pages differ by who looks, and by whether a page or an activity is asked for.
pub const VARY: &str = "Accept, Cookie";
pub const PRIVATE: &str = "private, no-store";

impl Visit {
    /// A page to read.
    pub fn page(&self, template: &impl Template) -> Answer {
        let cache = if self.signed_in.is_some() {
            PRIVATE
        } else {
            "no-cache"
        };
        respond(
            HttpResponse::Ok().insert_header((header::CACHE_CONTROL, cache)),
            template,
        )
    }

    /// A page with a form: the cookie that the form is bound to comes along.
    pub fn form(&self, status: StatusCode, template: &impl Template) -> Answer {
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CACHE_CONTROL, PRIVATE));
        if let Some(secret) = self.unkept() {
            response.cookie(cookies::make(&self.app, Kind::Visitor, secret.to_owned()));
        }
        respond(&mut response, template)
    }
}

pub fn respond(response: &mut HttpResponseBuilder, template: &impl Template) -> Answer {
    let html = template.render().map_err(Failure::Template)?;
    response.insert_header((header::VARY, VARY));
    Ok(response.content_type("text/html; charset=utf-8").body(html))
}

/// Goes on elsewhere, by GET.
pub fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .insert_header((header::CACHE_CONTROL, PRIVATE))
        .finish()
}

/// The page has another address now and for good.
pub fn moved(path: &str) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, path))
        .finish()
}

/// Posts on one page.
pub const POSTS: i64 = 20;

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Paged {
    pub max_id: Option<i64>,
}

impl Paged {
    /// One row more than is shown, which tells whether there is another page.
    pub const fn wanted(self) -> Page {
        match self.max_id {
            Some(id) => Page::below(id, POSTS + 1),
            None => Page::first(POSTS + 1),
        }
    }
}

/// Where the pages before and after are.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    pub newest: Option<String>,
    pub older: Option<String>,
}

impl Paging {
    /// Takes the row too many off. `at` is the address of the first page.
    pub fn cut<T>(rows: &mut Vec<T>, at: &str, paged: Paged, id: impl Fn(&T) -> i64) -> Self {
        let most = usize::try_from(POSTS).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        let sign = if at.contains('?') { '&' } else { '?' };
        let older = rows
            .last()
            .filter(|_| more)
            .map(|last| format!("{at}{sign}max_id={}", id(last)));
        Self {
            newest: paged.max_id.map(|_| at.to_owned()),
            older,
        }
    }
}

/// `12,345`.
pub fn grouped(number: i64) -> String {
    let digits = number.max(0).to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
            (-1, "0"),
        ] {
            assert_eq!(grouped(number), shown);
        }
    }

    #[test]
    fn a_full_page_with_a_row_more_has_an_older_one() {
        let mut rows: Vec<i64> = (1..=POSTS + 1).rev().collect();
        let paging = Paging::cut(&mut rows, "/x?a=b", Paged::default(), |row| *row);
        assert_eq!(
            (paging.newest, paging.older.as_deref()),
            (None, Some("/x?a=b&max_id=2"))
        );
        let paging = Paging::cut(&mut rows, "/x", Paged { max_id: Some(99) }, |row| *row);
        assert_eq!((paging.newest.as_deref(), paging.older), (Some("/x"), None));
    }
}
