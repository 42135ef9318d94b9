//! The shapes on the wire: actors and notes as we write them and as peers do, and how JSON from outside is bounded. No I/O.

pub mod actor;
pub mod announce;
pub mod attachment;
pub mod bounds;
pub mod collection;
pub mod emoji;
pub mod loose;
pub mod note;
pub mod question;

use std::{fmt, sync::LazyLock};

use activitypub_federation::protocol::context::WithContext;
use serde_json::{Value, json};

/// What everyone may read is addressed to this (ActivityPub 5.6).
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// What we answer and send.
pub const ACTIVITY_JSON: &str = "application/activity+json; charset=utf-8";

/// What we ask for.
pub const ACCEPT: &str = "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";

/// The namespace, and the profile of `application/ld+json`.
pub const NAMESPACE: &str = "https://www.w3.org/ns/activitystreams";

/// Where our own words are. It is the same on every server, and there is nothing to fetch.
const OWN: &str = "urn:kontor:ns#";

/// The compact forms are `Public` too: a JSON-LD processor makes the same of them.
pub fn is_public(address: &str) -> bool {
    matches!(address, PUBLIC | "as:Public" | "Public")
}

/// Written out in full: nobody has to fetch a context to read us, and we never fetch one.
static CONTEXT: LazyLock<Value> = LazyLock::new(|| {
    json!([
        NAMESPACE,
        "https://w3id.org/security/v1",
        "https://w3id.org/security/data-integrity/v1",
        "https://w3id.org/security/multikey/v1",
        {
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "toot": "http://joinmastodon.org/ns#",
            "blurhash": "toot:blurhash",
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
            "Emoji": "toot:Emoji",
            "votersCount": "toot:votersCount",
            "misskey": "https://misskey-hub.net/ns#",
            "_misskey_quote": "misskey:_misskey_quote",
            "quoteUri": "http://fedibird.com/ns#quoteUri",
            "quoteUrl": "as:quoteUrl",
            "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
            "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
            "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
            "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
            "gts": "https://gotosocial.org/ns#",
            "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
            "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
            "canReply": {"@id": "gts:canReply", "@type": "@id"},
            "canLike": {"@id": "gts:canLike", "@type": "@id"},
            "canAnnounce": {"@id": "gts:canAnnounce", "@type": "@id"},
            "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
            "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
            "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
            "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
            "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "featuredCollections": {"@id": "https://w3id.org/fep/7aa9#featuredCollections", "@type": "@id"},
            "FeaturedCollection": "https://w3id.org/fep/7aa9#FeaturedCollection",
            "FeaturedItem": "https://w3id.org/fep/7aa9#FeaturedItem",
            "FeatureRequest": "https://w3id.org/fep/7aa9#FeatureRequest",
            "FeatureAuthorization": "https://w3id.org/fep/7aa9#FeatureAuthorization",
            "topic": {"@id": "https://w3id.org/fep/7aa9#topic", "@type": "@id"},
            "featuredObject": {"@id": "https://w3id.org/fep/7aa9#featuredObject", "@type": "@id"},
            "featureAuthorization": {"@id": "https://w3id.org/fep/7aa9#featureAuthorization", "@type": "@id"},
            "discoverable": "toot:discoverable",
            "attributionDomains": {"@id": "toot:attributionDomains", "@container": "@set"},
            "showFeatured": "toot:showFeatured",
            "showMedia": "toot:showMedia",
            "showRepliesInMedia": "toot:showRepliesInMedia",
            "indexable": "toot:indexable",
            "schema": "http://schema.org#",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "suspended": "toot:suspended",
            "lemmy": "https://join-lemmy.org/ns#",
            "language": "schema:inLanguage",
            "identifier": "schema:identifier",
            "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
            "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
            "kontor": OWN,
            "namesModerators": "kontor:namesModerators",
            "access": "kontor:access",
            "posting": "kontor:posting",
            "archived": "kontor:archived",
            "purpose": "kontor:purpose",
            "rules": "kontor:rules",
            "owners": {"@id": "kontor:owners", "@type": "@id"},
            "joinRequests": {"@id": "kontor:joinRequests", "@type": "@id"},
            "Appeal": "kontor:Appeal",
            "Lock": "lemmy:Lock",
            "removeData": "lemmy:removeData",
            "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set"},
            "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id"},
            "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger"
        }
    ])
});

/// The `@context` of every document of ours.
pub fn context() -> Value {
    CONTEXT.clone()
}

/// A whole document: the object with its `@context` in front. What is embedded in another goes without.
pub fn document<T>(object: T) -> WithContext<T> {
    WithContext::new(object, context())
}

/// Why something from outside is not taken. The message names the property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    pub field: &'static str,
    pub reason: String,
}

impl Unfit {
    pub fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self {
            field,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.field, self.reason)
    }
}

impl std::error::Error for Unfit {}

impl From<Unfit> for kontor_actions::Error {
    fn from(unfit: Unfit) -> Self {
        Self::Invalid {
            field: unfit.field,
            reason: unfit.reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_has_three_spellings() {
        assert_eq!(activitypub_federation::kinds::public().as_str(), PUBLIC);
        assert!(["Public", "as:Public", PUBLIC].into_iter().all(is_public));
        assert!(!is_public("https://www.w3.org/ns/activitystreams"));
        assert!(!is_public("public"));
    }

    #[test]
    fn a_document_starts_with_its_context() {
        let text = serde_json::to_string(&document(json!({"id": "x"}))).unwrap();
        assert!(
            text.starts_with(r#"{"@context":["https://www.w3.org/ns/activitystreams","#),
            "{text}"
        );
        assert!(text.ends_with(r#""id":"x"}"#), "{text}");
    }
}
