//! The keys of this server toward push services (VAPID, RFC 8292), and what is sealed with keys made from them.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kontor_domain::ids::AccountId;
use serde_json::json;

use super::seal::Length;
use crate::{App, Error, Result};

/// A push service believes a signature for no longer than a day.
const GOOD_FOR: chrono::Duration = chrono::Duration::hours(12);

pub(crate) struct Keys {
    pair: EcdsaKeyPair,
    tokens: LessSafeKey,
    factors: LessSafeKey,
    pub(crate) files: [u8; 32],
    /// As push services and clients are told it.
    pub(crate) public: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Keys").field(&self.public).finish()
    }
}

fn broken(what: &str) -> Error {
    Error::Broken(format!("the keys for push services: {what}"))
}

impl Keys {
    fn read(pkcs8: &[u8]) -> Result<Self> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| broken("cannot be read"))?;
        Ok(Self {
            public: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
            tokens: sealing(pkcs8, b"tokens of push subscriptions")?,
            factors: sealing(pkcs8, b"second factors")?,
            files: made(pkcs8, b"files of closed posts")?,
            pair,
        })
    }

    /// What it is sealed with is made from the private key: whoever reads the table of subscriptions alone learns no token.
    pub(super) fn seal(&self, app: &App, text: &str) -> Result<String> {
        seal(app, &self.tokens, b"", text.as_bytes())
    }

    /// `None`: it was not sealed with these keys.
    pub(super) fn open(&self, sealed: &str) -> Option<String> {
        String::from_utf8(open(&self.tokens, b"", sealed)?).ok()
    }

    /// The secret of a second factor, for this account and no other.
    pub(crate) fn seal_factor(&self, app: &App, of: AccountId, secret: &[u8]) -> Result<String> {
        seal(app, &self.factors, &of.0.to_be_bytes(), secret)
    }

    /// `None`: it was not sealed with these keys, or for another account.
    pub(crate) fn open_factor(&self, of: AccountId, sealed: &str) -> Option<Vec<u8>> {
        open(&self.factors, &of.0.to_be_bytes(), sealed)
    }

    /// Says to the service at `audience` who pushes (RFC 8292, section 2): a signed JWT.
    pub(super) fn token(&self, app: &App, audience: &str) -> Result<String> {
        let email = &app.settings.contact_email;
        let contact = if email.is_empty() {
            app.site.url("/about")
        } else {
            format!("mailto:{email}")
        };
        let end = (app.now() + GOOD_FOR).and_utc().timestamp();
        let claims = json!({ "aud": audience, "exp": end, "sub": contact });
        let head = json!({ "typ": "JWT", "alg": "ES256" });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let said = format!("{}.{}", encode(&head), encode(&claims));
        let signature = self
            .pair
            .sign(&SystemRandom::new(), said.as_bytes())
            .map_err(|_| broken("sign nothing"))?;
        Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A key of its own for each use.
fn made(pkcs8: &[u8], purpose: &[u8]) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    Salt::new(HKDF_SHA256, b"kontor")
        .extract(pkcs8)
        .expand(&[purpose], Length(32))
        .and_then(|made| made.fill(&mut key))
        .map_err(|_| broken("seal nothing"))?;
    Ok(key)
}

fn sealing(pkcs8: &[u8], purpose: &[u8]) -> Result<LessSafeKey> {
    let key = made(pkcs8, purpose)?;
    let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| broken("seal nothing"))?;
    Ok(LessSafeKey::new(key))
}

fn seal(app: &App, key: &LessSafeKey, about: &[u8], text: &[u8]) -> Result<String> {
    let nonce: [u8; 12] = app.entropy.bytes()?;
    let mut sealed = text.to_vec();
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(about),
        &mut sealed,
    )
    .map_err(|_| broken("seal nothing"))?;
    Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

fn open(key: &LessSafeKey, about: &[u8], sealed: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(12)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    let text = key
        .open_in_place(nonce, Aad::from(about), &mut sealed)
        .ok()?;
    Some(text.to_vec())
}

/// Made once, by whichever process needs them first.
pub(crate) async fn keys(app: &App) -> Result<&Keys> {
    let keys = app.push_keys.get_or_try_init(|| load(app)).await?;
    let age = app.settings.limits.media.pass_age;
    let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
    app.site.passes.set(keys.files, age);
    Ok(keys)
}

async fn load(app: &App) -> Result<Keys> {
    let fresh = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .map_err(|_| broken("cannot be made"))?;
    let private = fresh
        .to_pkcs8v1()
        .map_err(|_| broken("cannot be written"))?;
    let private = URL_SAFE_NO_PAD.encode(private.as_ref());
    let public = URL_SAFE_NO_PAD.encode(fresh.public_key().as_ref());
    let now = app.now();
    let known = app
        .store
        .read(|db| Ok::<_, Error>(kontor_store::pushes::keys(db)?))
        .await?;
    let (private, _) = match known {
        Some(known) => known,
        None => {
            app.store
                .write(move |tx| {
                    kontor_store::pushes::insert_keys(tx, &private, &public, now)?;
                    kontor_store::pushes::keys(tx)?.ok_or_else(|| broken("are not kept"))
                })
                .await?
        }
    };
    let bytes = URL_SAFE_NO_PAD
        .decode(private)
        .map_err(|_| broken("cannot be read"))?;
    Keys::read(&bytes)
}
