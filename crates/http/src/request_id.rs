//! The name of a request, in the log and in `X-Request-Id`.

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use futures_util::future::{Ready, ok};

/// Random hexadecimal digits. Empty where nothing gave the request a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    pub(crate) fn new(app: Option<&kontor_actions::App>) -> Self {
        let bytes = app.and_then(|app| app.entropy.bytes::<16>().ok());
        Self(
            bytes
                .map(|bytes| format!("{:032x}", u128::from_be_bytes(bytes)))
                .unwrap_or_default(),
        )
    }
}

impl FromRequest for RequestId {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ok(req.extensions().get::<Self>().cloned().unwrap_or_default())
    }
}
