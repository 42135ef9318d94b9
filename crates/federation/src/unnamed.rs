//! What some servers leave out of what they sign: the `id` of an Add and a Remove, and the `actor` of a `FeatureRequest`, which is the
//! owner of the collection (FEP-7aa9). The signature stands for both, and is checked as of every activity.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{objects::collection::is_a, signature::Signature};

pub(crate) fn lacks(value: &Value) -> bool {
    lacks_id(value) || lacks_actor(value)
}

fn lacks_id(value: &Value) -> bool {
    value.get("id").is_none() && (is_a(value, "Add") || is_a(value, "Remove"))
}

fn lacks_actor(value: &Value) -> bool {
    value.get("actor").is_none() && is_a(value, "FeatureRequest")
}

/// The owner of the key, and an id that nothing else has. What is sent again is signed anew, so it is acted on again, and changes nothing.
pub(crate) fn by_signature(value: &mut Value, signature: &Signature) {
    let key = signature.key_name();
    let owner = key.split('#').next().unwrap_or(key);
    let mark = URL_SAFE_NO_PAD.encode(signature.fingerprint());
    complete(value, owner, &format!("{owner}#{mark}"));
}

/// The same as it was when the activity came in.
pub(crate) fn complete(value: &mut Value, actor: &str, id: &str) {
    let missing = [
        (lacks_actor(value), "actor", actor),
        (lacks_id(value), "id", id),
    ];
    let Some(all) = value.as_object_mut() else {
        return;
    };
    for (_, name, text) in missing.into_iter().filter(|(lacks, ..)| *lacks) {
        all.insert(name.to_owned(), json!(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_left_out_is_put_in() {
        let done = |mut value: Value| {
            complete(&mut value, "https://a.test/ann", "https://a.test/ann#1");
            (value["actor"].is_null(), value["id"].is_null())
        };
        let ann = "https://a.test/ann";
        assert_eq!(done(json!({"type": "Add", "actor": ann})), (false, false));
        assert_eq!(
            done(json!({"type": "FeatureRequest", "id": "https://a.test/1"})),
            (false, false)
        );
        assert_eq!(
            done(json!({"type": "Add", "id": "https://a.test/1"})),
            (true, false)
        );
        assert_eq!(done(json!({"type": "Like", "actor": ann})), (false, true));
        assert_eq!(done(json!({"type": "FeatureRequest"})), (false, true));
        let mut own = json!({"type": "Remove", "id": "https://a.test/own", "actor": ann});
        assert!(!lacks(&own));
        complete(&mut own, "https://b.test/bob", "https://b.test/1");
        assert_eq!(
            (&own["id"], &own["actor"]),
            (&json!("https://a.test/own"), &json!(ann))
        );
    }
}
