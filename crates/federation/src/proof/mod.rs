//! Object integrity proofs (FEP-8b32, cryptosuite `eddsa-jcs-2022` of the W3C): an
//! activity that carries one can be believed from whoever passes it on. Whose key it is, is found out in `forwarded`.

mod jcs;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::signature::{Algorithm, Error, PrivateKey, PublicKey, base58};

const KIND: &str = "DataIntegrityProof";
const SUITE: &str = "eddsa-jcs-2022";
const PURPOSE: &str = "assertionMethod";

/// Adds a proof. A value that is no object stays as it is.
pub fn add(
    document: &mut Value,
    method: &str,
    key: &PrivateKey,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Value::Object(members) = document else {
        return Ok(());
    };
    members.remove("proof");
    let mut proof = json!({
        "type": KIND,
        "cryptosuite": SUITE,
        "created": now.to_rfc3339_opts(SecondsFormat::Secs, true),
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
    });
    if let (Some(context), Value::Object(proof)) = (members.get("@context"), &mut proof) {
        proof.insert("@context".to_owned(), context.clone());
    }
    let hash = hashed(&proof, &Value::Object(members.clone()));
    let signature = base58::encode(&key.sign(&hash)?);
    if let Value::Object(proof) = &mut proof {
        proof.insert("proofValue".to_owned(), format!("z{signature}").into());
    }
    members.insert("proof".to_owned(), proof);
    Ok(())
}

/// A proof as it came, read but not yet verified.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// The key's id, to the letter.
    pub method: String,
    options: Value,
    signature: Vec<u8>,
    document: Value,
}

impl Proof {
    /// `None`: there is none of the kind that is known here. Of several, the first of that kind.
    pub fn find(document: &Value) -> Option<Self> {
        let members = document.as_object()?;
        let all = match members.get("proof")? {
            Value::Array(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        all.iter()
            .filter_map(Value::as_object)
            .find_map(|proof| Self::read(members, proof))
    }

    fn read(members: &Map<String, Value>, proof: &Map<String, Value>) -> Option<Self> {
        let is = |name: &str, value: &str| proof.get(name).and_then(Value::as_str) == Some(value);
        if !(is("type", KIND) && is("cryptosuite", SUITE) && is("proofPurpose", PURPOSE)) {
            return None;
        }
        let method = proof.get("verificationMethod")?.as_str()?.to_owned();
        let written = proof.get("proofValue")?.as_str()?;
        let signature = base58::decode(written.strip_prefix('z')?)?;
        let (mut options, mut document) = (proof.clone(), members.clone());
        options.remove("proofValue");
        document.remove("proof");
        // Section 3.3.2, step 4: what was signed began with the context of the proof; what came may have grown.
        if let Some(context) = options.get("@context") {
            if !starts_with(document.get("@context")?, context) {
                return None;
            }
            document.insert("@context".to_owned(), context.clone());
        }
        Some(Self {
            method,
            options: Value::Object(options),
            signature,
            document: Value::Object(document),
        })
    }

    pub fn verify(&self, key: &PublicKey) -> Result<(), Error> {
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(Error::BadSignature);
        }
        let good = |options: &Value| key.verify(&hashed(options, &self.document), &self.signature);
        good(&self.options).or_else(|why| good(&self.in_context().ok_or(why)?))
    }

    /// The options as the standard signs them, with the document's context, which some leave out of what they send.
    fn in_context(&self) -> Option<Value> {
        let mut options = self.options.as_object()?.clone();
        let context = self.document.get("@context")?.clone();
        options
            .insert("@context".to_owned(), context)
            .is_none()
            .then_some(Value::Object(options))
    }
}

fn starts_with(whole: &Value, beginning: &Value) -> bool {
    let list = |value: &Value| match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    };
    list(whole).starts_with(&list(beginning))
}

/// Sections 3.3.4 and 3.3.5.
fn hashed(options: &Value, document: &Value) -> Vec<u8> {
    let hash = |value| Sha256::digest(jcs::canonical(value));
    [hash(options), hash(document)].concat()
}

#[cfg(test)]
mod tests;
