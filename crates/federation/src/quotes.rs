//! Stamps: the word of a quoted post's author that a quote is allowed (FEP-044f). Ours are served, those of peers are asked for.

use actix_web::{HttpRequest, HttpResponse, web::Data, web::Path};
use kontor_actions::{
    App,
    quotes::{self, NewQuote},
};
use kontor_domain::{audience::Viewer, ids::PostId, site::same_authority};
use serde_json::{Value, json};

use crate::{
    Federation,
    documents::{admit, keep},
    fetch::{Budget, Failure, Memory},
    negotiation::answer,
    objects::{self, loose::id_of, note::IncomingNote},
    problem::Problem,
};

impl Federation {
    /// What a note quotes, with the stamp if that is good. A stamp that cannot be had now counts when the note comes again.
    pub(crate) async fn quoted(
        &self,
        app: &App,
        note: &IncomingNote,
        budget: &Budget,
    ) -> Result<Option<NewQuote>, Failure> {
        let (Some(uri), Some(id)) = (note.quoted(), note.id.as_deref()) else {
            return Ok(None);
        };
        let stamp = match &note.quote_authorization {
            Some(stamp) => self.stamp(app, stamp, id, uri, budget).await.ok().flatten(),
            None => None,
        };
        Ok(Some(NewQuote {
            uri: uri.to_owned(),
            stamp,
        }))
    }

    /// Asks for a stamp at its own server, which must be the quoted post's. `None`: it does not say that `quoting` may quote
    /// `quoted`.
    pub(crate) async fn stamp(
        &self,
        app: &App,
        stamp: &str,
        quoting: &str,
        quoted: &str,
        budget: &Budget,
    ) -> Result<Option<String>, Failure> {
        if !same_authority(stamp, quoted) || app.site.owns_str(stamp) {
            return Ok(None);
        }
        let document = self.document_at(app, stamp, Memory::Short, budget).await?;
        let named = |name: &str| document.value.get(name).and_then(id_of);
        let good = document.value.get("type").and_then(Value::as_str) == Some("QuoteAuthorization")
            && named("interactingObject") == Some(quoting)
            && named("interactionTarget") == Some(quoted)
            && named("attributedTo").is_some_and(|author| same_authority(author, quoted));
        Ok(good.then(|| stamp.to_owned()))
    }
}

/// `GET /quotes/{id}`: the stamp of a quote of a post of ours, for those who may read that post.
pub(crate) async fn stamp(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Result<HttpResponse, Problem> {
    admit(&app, &federation, &request).await?;
    let id: PostId = id.parse().map_err(|_| Problem::not_found())?;
    let (_, quoted, quoting) = quotes::stamped(&app, Viewer::Anyone, id).await?;
    let stamp = json!({
        "id": quotes::stamp_of(&app, id),
        "type": "QuoteAuthorization",
        "attributedTo": quoted.account.uri,
        "interactingObject": quoting,
        "interactionTarget": quoted.post.uri,
    });
    answer(&request, &objects::document(stamp), keep(&federation, true))
}
