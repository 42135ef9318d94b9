//! One attempt: signed now, sent now (FEDERATION: T1). A signature is never stored.

use bytes::Bytes;
use kontor_actions::Error;
use kontor_net::{HeaderMap, Request, Url, header};
use kontor_store::deliveries::{Cargo, Delivery};

use super::{
    Engine,
    verdict::{self, Verdict},
};
use crate::{
    fetch::{Failure, extend},
    signature::{SignRequest, cavage, digest},
};

/// What peers demand on a POST, without parameters.
const CONTENT_TYPE: &str = "application/activity+json";

/// Of an answer no more is read; it is not looked at.
const MAX_ANSWER: usize = 64 * 1024;

impl Engine {
    pub(super) async fn send(&self, row: &Delivery, cargo: Cargo) -> Verdict {
        let hopeless = |why: String| Verdict::Hopeless { status: None, why };
        let Ok(url) = Url::parse(&row.inbox_url) else {
            return hopeless("its inbox is not a URL".to_owned());
        };
        if let Err(why) = self.federation.policy.allowed(&row.host) {
            return hopeless(why.to_string());
        }
        let body = Bytes::from(cargo.body);
        let headers = match self.sign(&url, &body, cargo.account_id).await {
            Ok(headers) => headers,
            Err(Failure::Internal(why)) => return Verdict::Failed { status: None, why },
            Err(why) => return hopeless(why.to_string()),
        };
        let request = Request {
            headers,
            max_body: Some(MAX_ANSWER),
            deadline: Some(self.settings().timeout),
            ..Request::post(url, body)
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
    async fn sign(
        &self,
        url: &Url,
        body: &Bytes,
        account: kontor_domain::ids::AccountId,
    ) -> Result<HeaderMap, Failure> {
        let key = match self.federation.keys.private(&self.app, account).await {
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
        let (url, body, now) = (url.clone(), body.clone(), self.app.now().and_utc());
        let signing = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let digest = digest::sha256(&body);
            let request = SignRequest {
                method: "POST",
                url: &url,
                date: now,
                digest: Some(&digest),
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
