//! One attempt: signed now, sent now. A signature is never stored.

use std::sync::Arc;

use kontor_actions::Error;
use kontor_domain::peer::SignatureForm;
use kontor_net::{HeaderMap, Request, Url, header};
use kontor_store::deliveries::Delivery;

use super::{
    Engine,
    parcels::Parcel,
    verdict::{self, Verdict},
};
use crate::{
    fetch::{Failure, extend},
    knock,
    objects::actor::reporter_key,
    signature::SignRequest,
    synchronisation,
};

/// What peers demand on a POST, without parameters.
const CONTENT_TYPE: &str = "application/activity+json";

/// Of an answer no more is read; its body is not looked at.
const MAX_ANSWER: usize = 64 * 1024;

/// What is sent, however it is signed.
#[derive(Clone)]
struct Letter {
    url: Url,
    parcel: Arc<Parcel>,
    /// Headers beside the usual ones.
    more: Vec<(&'static str, String)>,
}

/// What came of one request.
enum Knocked {
    Answered(u16, Verdict),
    /// Nobody answered.
    Not(Verdict),
}

impl Knocked {
    fn verdict(self) -> Verdict {
        match self {
            Self::Answered(_, verdict) | Self::Not(verdict) => verdict,
        }
    }
}

impl Engine {
    pub(super) async fn send(&self, row: &Delivery, parcel: &Arc<Parcel>) -> Verdict {
        let hopeless = |why: String| Verdict::Hopeless { status: None, why };
        let Ok(url) = Url::parse(&row.inbox_url) else {
            return hopeless("its inbox is not a URL".to_owned());
        };
        if let Err(why) = self.federation.policy.allowed(&row.host) {
            return hopeless(why.to_string());
        }
        let header =
            synchronisation::header(&self.app, parcel.sender, &parcel.closed_to, &url).await;
        let more = match header {
            Ok(header) => header
                .into_iter()
                .map(|value| (synchronisation::HEADER, value))
                .collect(),
            Err(why) => {
                return Verdict::Failed {
                    status: None,
                    why: why.to_string(),
                };
            }
        };
        let letter = Letter {
            url,
            parcel: parcel.clone(),
            more,
        };
        let form = match self.federation.form_of(&self.app, &row.host).await {
            Ok(form) => form,
            Err(why) => {
                return Verdict::Failed {
                    status: None,
                    why: why.to_string(),
                };
            }
        };
        let first = self.knock(&letter, form).await;
        match first {
            Knocked::Answered(status, _) if self.knocks_again(row, status) => {}
            other => return other.verdict(),
        }
        let second = self.knock(&letter, form.other()).await;
        let Knocked::Answered(200..=299, _) = second else {
            if let Knocked::Answered(..) = second {
                self.federation.refuses_both(&row.host);
            }
            return first.verdict();
        };
        // The delivery is done; that the form is not remembered costs one request the next time.
        if let Err(why) = self
            .federation
            .remember_form(&self.app, &row.host, form.other())
            .await
        {
            tracing::warn!(host = row.host, error = %why, "the form of signature cannot be remembered");
        }
        second.verdict()
    }

    /// Is a row that was answered so to be sent in the other form? A host that refused both may have meant something that has
    /// passed, so what is tried again is always sent in both.
    fn knocks_again(&self, row: &Delivery, status: u16) -> bool {
        if row.attempts > 0 {
            knock::may_want_another(status)
        } else {
            self.federation.another_form(&row.host, status)
        }
    }

    /// One request, signed in one form.
    async fn knock(&self, letter: &Letter, form: SignatureForm) -> Knocked {
        let headers = match self.sign(letter, form).await {
            Ok(headers) => headers,
            Err(Failure::Internal(why)) => {
                return Knocked::Not(Verdict::Failed { status: None, why });
            }
            Err(why) => {
                return Knocked::Not(Verdict::Hopeless {
                    status: None,
                    why: why.to_string(),
                });
            }
        };
        let request = Request {
            headers,
            max_body: Some(MAX_ANSWER),
            deadline: Some(self.settings().timeout),
            // A peer that has said 202 has it.
            head_decides: true,
            ..Request::post(letter.url.clone(), letter.parcel.body.clone())
        };
        match self.federation.net.send(request).await {
            Ok(answer) => {
                let after = answer
                    .headers
                    .get(header::RETRY_AFTER)
                    .and_then(|value| value.to_str().ok());
                let verdict = verdict::of_answer(answer.status, after, self.app.now().and_utc());
                Knocked::Answered(answer.status, verdict)
            }
            Err(why) => Knocked::Not(verdict::of_error(&why)),
        }
    }

    /// On a thread where it stops nobody else: it is a millisecond of work.
    async fn sign(&self, letter: &Letter, form: SignatureForm) -> Result<HeaderMap, Failure> {
        let account = letter.parcel.sender;
        let key = match self.federation.keys.private(&self.app, account).await {
            Ok(key) => key,
            Err(Error::NotFound) => return Err(Failure::unusable("its sender is gone")),
            Err(why) => return Err(Failure::Internal(why.to_string())),
        };
        let site = &self.app.site;
        let key_id = if letter.parcel.actor == site.reporter() {
            reporter_key(site)
        } else {
            key.key_id.clone()
        };
        let internal = |why: String| Failure::Internal(why);
        let permit = self
            .signers
            .clone()
            .acquire_owned()
            .await
            .map_err(|why| internal(why.to_string()))?;
        let (letter, now) = (letter.clone(), self.app.now().and_utc());
        let signing = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let request = SignRequest {
                method: "POST",
                url: &letter.url,
                date: now,
                digest: Some(&letter.parcel.digest),
                content_type: Some(CONTENT_TYPE),
            };
            knock::sign(form, &request, &letter.more, &key_id, &key.key)
        });
        let signed = signing
            .await
            .map_err(|why| internal(why.to_string()))?
            .map_err(|why| internal(why.to_string()))?;
        let mut headers = HeaderMap::new();
        extend(&mut headers, signed)?;
        Ok(headers)
    }
}
