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
