//! Asking for a file of a post, signed as for a document: some servers show those of private posts to nobody else. What the bytes are
//! is found out in `actions`.

use kontor_actions::{App, FileBounds};
use kontor_net::{HeaderValue, Url};

use super::{Failure, Wanted, answered};
use crate::Federation;

const ACCEPT: HeaderValue = HeaderValue::from_static("image/*, video/*, audio/*, */*;q=0.1");

impl Federation {
    /// No more bytes, and no longer, than the bounds say; from no host whose files are refused, wherever it leads.
    pub(crate) async fn file(
        &self,
        app: &App,
        url: &Url,
        bounds: FileBounds,
    ) -> Result<Vec<u8>, Failure> {
        let wanted = Wanted {
            accept: ACCEPT,
            bytes: bounds.bytes,
            time: Some(bounds.time),
            media: true,
        };
        let response = self.signed(app, url, &wanted).await?;
        answered(response.status)?;
        Ok(response.body.into())
    }
}
