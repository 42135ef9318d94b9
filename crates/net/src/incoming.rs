//! An answer whose body is still to come, for what is too large to be held as a whole. Answers that are read at once are in `client.rs`.

use crate::client::within;
use crate::{Client, Error, Request};
use bytes::Bytes;
use reqwest::header::HeaderMap;
use std::time::Duration;

#[derive(Debug)]
pub struct Incoming {
    answer: reqwest::Response,
}

impl Incoming {
    pub fn status(&self) -> u16 {
        self.answer.status().as_u16()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// The next piece of the body, which must come within so long. `None`: that was all.
    pub async fn next(&mut self, time: Duration) -> Result<Option<Bytes>, Error> {
        within(time, async {
            self.answer.chunk().await.map_err(Error::from_exchange)
        })
        .await
    }
}

impl Client {
    /// One exchange, up to the head of the answer: the deadline is for that alone. Redirects are returned as they came.
    pub async fn receive(&self, request: Request) -> Result<Incoming, Error> {
        let deadline = request
            .deadline
            .unwrap_or(self.inner.settings.total_timeout);
        let answer = within(deadline, self.open(request)).await?;
        Ok(Incoming { answer })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::testing::{Peer, Reply, client, local};
    use crate::{Refused, Settings};

    const TIME: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn a_body_comes_by_the_piece_and_each_within_its_time() {
        let peer = Peer::start(|head| {
            if head.starts_with("GET /stalled") {
                Reply::Stalled
            } else {
                Reply::text("all of it")
            }
        })
        .await;
        let at =
            |path: &str| Request::get(format!("http://{}{path}", peer.address).parse().unwrap());
        let client = client(local());
        let mut answer = client.receive(at("/whole")).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.next(TIME).await.unwrap().unwrap(), "all of it");
        assert_eq!(answer.next(TIME).await.unwrap(), None);

        let mut answer = client.receive(at("/stalled")).await.unwrap();
        assert_eq!(answer.next(TIME).await.unwrap().unwrap(), "x");
        let stalled = answer.next(TIME).await;
        assert!(matches!(stalled, Err(Error::Timeout)), "{stalled:?}");
    }

    /// And by no other client.
    #[tokio::test]
    async fn a_private_address_is_reached_by_the_client_for_the_operators_own() {
        let peer = Peer::start(|_| Reply::text("here")).await;
        let url = format!("http://{}/", peer.address);
        let asked = Request::get(url.parse().unwrap());
        let own = client(Settings::for_the_operators_own());
        assert_eq!(own.receive(asked.clone()).await.unwrap().status(), 200);
        let other = client(Settings {
            allow_http: true,
            ..Settings::default()
        });
        let refused = other.receive(asked).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refused::IpLiteral(_)))),
            "{refused:?}"
        );
    }
}
