//! Pages that posts link to are read once, for what is shown of them beside the posts. What a page says is read in `page`.

pub(crate) mod page;

use std::{sync::Arc, time::Duration};

use kontor_actions::{
    App,
    cards::{self, Found},
};
use kontor_domain::ids::CardId;
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_net::{HeaderMap, HeaderValue, Response, Url, header};

use crate::{Federation, fetch::Failure};

const PAGE: &str = "text/html, application/xhtml+xml;q=0.9";
const PICTURE: &str = "image/*";

/// A page that did not answer is asked so often.
const TRIES: i32 = 3;

pub(crate) fn queue(federation: &Federation, app: &App) -> Queue {
    Queue {
        name: cards::QUEUE,
        handler: Arc::new(Reader {
            federation: federation.clone(),
            app: app.clone(),
        }),
        workers: 4,
        attempts: 5,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(60),
            most: Duration::from_secs(60 * 60),
        },
    }
}

struct Reader {
    federation: Federation,
    app: App,
}

#[async_trait::async_trait]
impl Handler for Reader {
    async fn run(&self, job: &Job) -> Outcome {
        let Ok(id) = job.payload.parse::<CardId>() else {
            return Outcome::SetAside("the payload is no id".to_owned());
        };
        let later = |why: String| Outcome::Later { after: None, why };
        let url = match cards::address(&self.app, id).await {
            Ok(Some(url)) => url,
            Ok(None) => return Outcome::Done,
            Err(why) => return later(why.to_string()),
        };
        let found = match self.look(&url).await {
            Ok(found) => Some(found),
            Err(why) if why.is_transient() && job.attempts < TRIES => {
                return later(why.to_string());
            }
            Err(why) => {
                tracing::debug!(host = url.host_str(), reason = %why, "a page has no card");
                None
            }
        };
        match cards::keep(&self.app, id, found).await {
            Ok(()) => Outcome::Done,
            Err(why) => later(why.to_string()),
        }
    }
}

impl Reader {
    async fn look(&self, url: &Url) -> Result<Found, Failure> {
        let page = open(&self.federation, &self.app, url).await?;
        let page::Page { mut found, image } = page.read(page::read).await?;
        if found.title.is_empty() {
            return Err(Failure::Unusable("it has no title".to_owned()));
        }
        if let Some(image) = image {
            // A page without its picture is a page still.
            found.picture = match self.picture(&image).await {
                Ok(picture) => Some(picture),
                Err(why) => {
                    tracing::debug!(host = image.host_str(), reason = %why, "a card has no picture");
                    None
                }
            };
        }
        Ok(found)
    }

    async fn picture(&self, url: &Url) -> Result<cards::Picture, Failure> {
        let most = self.app.settings.limits.media.image_bytes;
        let answer = get(&self.federation, &self.app, url, (PICTURE, most)).await?;
        Ok(cards::picture(&self.app, answer.body).await?)
    }
}

/// A page as it came.
pub(crate) struct Opened {
    answer: Response,
    kind: String,
}

impl Opened {
    /// Reading a large page takes a while. `reading` is given its text, and where it was in the end.
    pub(crate) async fn read<T: Send + 'static>(
        self,
        reading: impl FnOnce(&str, &Url) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let read = tokio::task::spawn_blocking(move || {
            let text = page::decode(&self.answer.body, &self.kind);
            reading(&text, &self.answer.url)
        });
        read.await.map_err(|why| Failure::Internal(why.to_string()))
    }
}

/// Asks for a page, within the bounds of those that posts link to.
pub(crate) async fn open(federation: &Federation, app: &App, url: &Url) -> Result<Opened, Failure> {
    let most = app.settings.limits.cards.page_bytes;
    let answer = get(federation, app, url, (PAGE, most)).await?;
    let kind = said(&answer);
    let media_type = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(media_type, "text/html" | "application/xhtml+xml") {
        return Err(Failure::Unusable("it is no page".to_owned()));
    }
    Ok(Opened { answer, kind })
}

async fn get(
    federation: &Federation,
    app: &App,
    url: &Url,
    (accept, most): (&'static str, usize),
) -> Result<Response, Failure> {
    let answer = federation
        .net
        .get_following(url.clone(), Some(most), |hop| async move {
            let host = federation.may_ask(app, &hop)?;
            if accept == PICTURE && !federation.policy.takes_media(&host) {
                return Err(Failure::unusable("its host's pictures are not taken"));
            }
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            Ok::<_, Failure>(headers)
        })
        .await?;
    match answer.status {
        200..=299 => Ok(answer),
        status @ (408 | 425 | 429 | 500..=599) => {
            Err(Failure::Transient(format!("its server answered {status}")))
        }
        status => Err(Failure::Unusable(format!("its server answered {status}"))),
    }
}

fn said(answer: &Response) -> String {
    let value = answer.headers.get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}
