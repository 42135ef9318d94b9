//! The Ed25519 key of each local account (FEP-521a), and the proofs that are made with it (FEP-8b32). It is derived from the
//! account's private key, so there is nothing more to keep.

use kontor_actions::{App, Error, Result, accounts::Account};
use kontor_domain::{ids::AccountId, time::Time};
use kontor_store::{Conn, accounts};
use serde_json::Value;

use crate::{Federation, proof, signature::PrivateKey};

/// The key's id.
pub(crate) fn method(actor: &str) -> String {
    format!("{actor}#ed25519-key")
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "stands where `map_err` hands over the error"
)]
fn broken(why: crate::signature::Error) -> Error {
    Error::Broken(why.to_string())
}

/// `None`: the account has no key, and is most likely not ours.
fn key(db: &mut Conn, account: AccountId) -> Result<Option<PrivateKey>> {
    accounts::private_key(db, account)?
        .map(|pem| PrivateKey::ed25519_beside(&pem).map_err(broken))
        .transpose()
}

/// What the actor's document says of the key.
pub(crate) fn published(db: &mut Conn, account: AccountId) -> Result<Option<String>> {
    Ok(key(db, account)?.and_then(|key| key.public_multibase()))
}

/// Whoever reads by JSON-LD sees a `proof` only where its context is named (FEP-8b32).
const CONTEXT: &str = "https://w3id.org/security/data-integrity/v1";

fn name_context(body: &mut Value) {
    let Some(context) = body.get_mut("@context") else {
        return;
    };
    match context {
        Value::Array(all) if all.iter().any(|one| one == CONTEXT) => {}
        Value::Array(all) => all.push(CONTEXT.into()),
        one => *one = Value::Array(vec![one.take(), CONTEXT.into()]),
    }
}

/// Proves that the activity is of its sender.
pub(crate) fn prove(db: &mut Conn, sender: AccountId, body: &mut Value, now: Time) -> Result<()> {
    let (Some(key), Some(account)) = (key(db, sender)?, accounts::by_id(db, sender)?) else {
        return Ok(());
    };
    // What the instance says under another name: that has no such key.
    let actor = body.get("actor").and_then(Value::as_str);
    if actor.is_some_and(|actor| actor != account.uri) {
        return Ok(());
    }
    name_context(body);
    proof::add(body, &method(&account.uri), &key, now.and_utc()).map_err(broken)
}

impl Federation {
    /// The same for whoever asks for a document; kept, for it does not change.
    pub(crate) async fn assertion(&self, app: &App, account: &Account) -> Result<Option<String>> {
        let id = account.id;
        if let Some(known) = self.keys.assertions.get(&id) {
            return Ok(Some(known));
        }
        let found: Result<_> = app.store.read(move |db| published(db, id)).await;
        let found = found?;
        if let Some(key) = &found {
            self.keys.assertions.insert(id, key.clone());
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_context_of_proofs_is_named_once() {
        let named = |context: Value| {
            let mut body = json!({"@context": context});
            name_context(&mut body);
            body["@context"].take()
        };
        assert_eq!(named(json!("one")), json!(["one", CONTEXT]));
        assert_eq!(named(json!(["one", {}])), json!(["one", {}, CONTEXT]));
        let whole = crate::objects::context();
        assert_eq!(named(whole.clone()), whole);
    }
}
