//! draft-cavage-http-signatures-12 written once more, from its text and with the `rsa` crate: what the server signs and
//! verifies is checked against something that shares no code with it.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1v15::{Signature, SigningKey, VerifyingKey},
    pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding},
    rand_core::OsRng,
    signature::{SignatureEncoding, Signer, Verifier},
};
use sha2::{Digest, Sha256};

use crate::http::Request;

#[derive(Clone)]
pub struct Key {
    /// As `keyId`.
    pub id: String,
    private: RsaPrivateKey,
}

impl Key {
    pub fn generate(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            private: RsaPrivateKey::new(&mut OsRng, 2048).expect("a key"),
        }
    }

    pub fn public_pem(&self) -> String {
        self.private
            .to_public_key()
            .to_public_key_pem(LineEnding::LF)
            .expect("a PEM")
    }

    /// The `Signature` header over these lines (section 2.3): a name of a header, or of a pseudo-header, and its value.
    pub fn signature(&self, lines: &[(&str, &str)]) -> String {
        let signed =
            SigningKey::<Sha256>::new(self.private.clone()).sign(signing_string(lines).as_bytes());
        let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
        format!(
            "keyId=\"{}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{}\"",
            self.id,
            names.join(" "),
            STANDARD.encode(signed.to_bytes())
        )
    }
}

fn signing_string(lines: &[(&str, &str)]) -> String {
    lines
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The value of the `Digest` header (RFC 3230 with SHA-256).
pub fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(Sha256::digest(body)))
}

/// The parameters of a request's `Signature` header.
pub fn parameters(request: &Request) -> HashMap<String, String> {
    let header = request.header("signature").unwrap_or_default();
    header
        .split(',')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| {
            (
                name.trim().to_owned(),
                value.trim().trim_matches('"').to_owned(),
            )
        })
        .collect()
}

/// Is it what the holder of this key sent? The answer names what is wrong.
pub fn verify(request: &Request, public_pem: &str) -> Result<(), String> {
    let parameters = parameters(request);
    let get = |name: &str| {
        parameters
            .get(name)
            .ok_or_else(|| format!("no `{name}` in the signature"))
    };
    let names: Vec<&str> = get("headers")?.split(' ').collect();
    let needed: &[&str] = match request.method.as_str() {
        "POST" => &["(request-target)", "host", "date", "digest"],
        _ => &["(request-target)", "host", "date"],
    };
    if let Some(missing) = needed.iter().find(|name| !names.contains(name)) {
        return Err(format!("`{missing}` is not signed"));
    }
    if request.method == "POST" && request.header("digest") != Some(digest(&request.body).as_str())
    {
        return Err("the digest is not the body's".to_owned());
    }
    let target = format!("{} {}", request.method.to_lowercase(), request.path);
    let mut lines = Vec::new();
    for name in names {
        let value = match name {
            "(request-target)" => target.as_str(),
            header => request
                .header(header)
                .ok_or_else(|| format!("`{header}` is signed and not there"))?,
        };
        lines.push((name, value));
    }
    let bytes = STANDARD
        .decode(get("signature")?)
        .map_err(|why| why.to_string())?;
    let signature = Signature::try_from(bytes.as_slice()).map_err(|why| why.to_string())?;
    let key = RsaPublicKey::from_public_key_pem(public_pem).map_err(|why| why.to_string())?;
    VerifyingKey::<Sha256>::new(key)
        .verify(signing_string(&lines).as_bytes(), &signature)
        .map_err(|_| "the signature is not this key's".to_owned())
}
