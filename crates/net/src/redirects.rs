//! Following redirects of a GET, each hop checked and signed anew. Other methods are never redirected.

use crate::client::{collect, within};
use crate::{Client, Error, Refused, Request, Response};
use reqwest::header::{self, HeaderMap, HeaderValue};
use std::time::Duration;
use url::Url;

impl Client {
    /// Fetches `url` and follows its redirects. `headers_for` makes the headers of each hop (an HTTP signature covers the
    /// target, so none can be carried over); its error ends the fetch. The limits are those of the settings, except for
    /// `max_body`, and the time is that of the whole journey.
    pub async fn get_following<E: From<Error>, F>(
        &self,
        url: Url,
        max_body: Option<usize>,
        headers_for: impl FnMut(Url) -> F,
    ) -> Result<Response, E>
    where
        F: Future<Output = Result<HeaderMap, E>>,
    {
        self.get_following_within(url, max_body, None, headers_for)
            .await
    }

    /// The same with a time of its own for the whole journey; the setting if absent.
    pub async fn get_following_within<E: From<Error>, F>(
        &self,
        url: Url,
        max_body: Option<usize>,
        deadline: Option<Duration>,
        mut headers_for: impl FnMut(Url) -> F,
    ) -> Result<Response, E>
    where
        F: Future<Output = Result<HeaderMap, E>>,
    {
        let settings = &self.inner.settings;
        let limit = max_body.unwrap_or(settings.max_body_bytes);
        within(deadline.unwrap_or(settings.total_timeout), async {
            let mut url = url;
            for _ in 0..=settings.max_redirects {
                self.check_url(&url).map_err(Error::from)?;
                let request = Request {
                    headers: headers_for(url.clone()).await?,
                    ..Request::get(url.clone())
                };
                let answer = self.open(request).await?;
                let redirects = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
                match answer.headers().get(header::LOCATION) {
                    Some(location) if redirects => {
                        url = next_hop(&url, location).map_err(Error::from)?;
                    }
                    _ => return Ok(collect(answer, url, limit).await?),
                }
            }
            Err(Error::TooManyRedirects.into())
        })
        .await
    }
}

/// RFC 9110, 10.2.2: the location may be relative. Its fragment means nothing to a server.
fn next_hop(from: &Url, location: &HeaderValue) -> Result<Url, Refused> {
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| Refused::Location)?;
    let mut next = from.join(location).map_err(|_| Refused::Location)?;
    next.set_fragment(None);
    if from.scheme() == "https" && next.scheme() == "http" {
        return Err(Refused::Downgrade);
    }
    Ok(next)
}

#[cfg(test)]
mod tests;
