//! One attempt: signed now, sent now (FEDERATION: T1). A signature is never stored.

use std::sync::Arc;

use kontor_actions::Error;
use kontor_net::{HeaderMap, Request, Url, header};
use kontor_store::deliveries::Delivery;

use super::{
    Engine,
    parcels::Parcel,
    verdict::{self, Verdict},
};
use crate::{
    fetch::{Failure, extend},
    signature::{SignRequest, cavage},
};

/// What peers demand on a POST, without parameters.
const CONTENT_TYPE: &str = "application/activity+json";

/// Of an answer no more is read; it is not looked at.
const MAX_ANSWER: usize = 64 * 1024;

impl Engine {
    pub(super) async fn send(&self, row: &Delivery, parcel: &Arc<Parcel>) -> Verdict {
        let hopeless = |why: String| Verdict::Hopeless { status: None, why };
        let Ok(url) = Url::parse(&row.inbox_url) else {
            return hopeless("its inbox is not a URL".to_owned());
        };
        if let Err(why) = self.federation.policy.allowed(&row.host) {
            return hopeless(why.to_string());
        }
        let headers = match self.sign(&url, parcel).await {
            Ok(headers) => headers,
            Err(Failure::Internal(why)) => return Verdict::Failed { status: None, why },
            Err(why) => return hopeless(why.to_string()),
        };
        let request = Request {
            headers,
            max_body: Some(MAX_ANSWER),
            deadline: Some(self.settings().timeout),
            ..Request::post(url, parcel.body.clone())
        };
        match self.federation.net.send(request).await {
            Ok(answer) => {
                let after = answer
                    .headers
                    .get(header::RETRY_AFTER)
                    .and_then(|value| value.to_str().ok());
                verdict::of_answer(answer.status, after, self.app.now().and_utc())
            }
            Err(why) => verdict::of_error(&why),
        }
    }

    /// On a thread where it stops nobody else: it is a millisecond of work.
    async fn sign(&self, url: &Url, parcel: &Arc<Parcel>) -> Result<HeaderMap, Failure> {
        let key = match self.federation.keys.private(&self.app, parcel.sender).await {
            Ok(key) => key,
            Err(Error::NotFound) => return Err(Failure::unusable("its sender is gone")),
            Err(why) => return Err(Failure::Internal(why.to_string())),
        };
        let internal = |why: String| Failure::Internal(why);
        let permit = self
            .signers
            .clone()
            .acquire_owned()
            .await
            .map_err(|why| internal(why.to_string()))?;
        let (url, parcel, now) = (url.clone(), parcel.clone(), self.app.now().and_utc());
        let signing = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let request = SignRequest {
                method: "POST",
                url: &url,
                date: now,
                digest: Some(&parcel.digest),
                content_type: Some(CONTENT_TYPE),
            };
            cavage::sign(&request, &key.key_id, &key.key)
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
