//! The two ends of a push that are not ours: the service that carries it, and the application that reads it.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey},
    hmac,
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Verifier},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::{
    Address,
    http::{Reply, Request, serve},
};

/// Answers with one status after the other, the last one for ever.
pub struct Service {
    pub address: Address,
    received: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<Vec<u16>>>,
    task: JoinHandle<()>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    pub async fn start(address: &Address) -> Self {
        let listener = tokio::net::TcpListener::bind(address.socket())
            .await
            .expect("a listener");
        let received: Arc<Mutex<Vec<Request>>> = Arc::default();
        let answers = Arc::new(Mutex::new(vec![201]));
        let (kept, next) = (received.clone(), answers.clone());
        let task = serve(listener, move |request| {
            kept.lock().unwrap().push(request);
            let mut answers = next.lock().unwrap();
            let status = if answers.len() > 1 {
                answers.remove(0)
            } else {
                answers[0]
            };
            Reply::Answer {
                status,
                content_type: "text/plain",
                body: Vec::new(),
            }
        });
        Self {
            address: address.clone(),
            received,
            answers,
            task,
        }
    }

    pub fn answers(&self, with: &[u16]) {
        *self.answers.lock().unwrap() = with.to_vec();
    }

    pub fn received(&self) -> Vec<Request> {
        self.received.lock().unwrap().clone()
    }
}

/// An application with the keys of its subscription.
pub struct Application {
    key: PrivateKey,
    pub public: Vec<u8>,
    pub auth: [u8; 16],
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, &parts.concat()).as_ref().to_vec()
}

/// HKDF (RFC 5869) of at most one block, written out.
fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Vec<u8> {
    let extracted = hmac(salt, &[secret]);
    let mut parts = info.to_vec();
    parts.push(&[1]);
    hmac(&extracted, &parts)[..length].to_vec()
}

fn open(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).expect("a key"));
    let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce");
    let mut text = sealed.to_vec();
    key.open_in_place(nonce, Aad::empty(), &mut text)
        .expect("what was sealed for this application")
        .to_vec()
}

impl Default for Application {
    fn default() -> Self {
        let key = PrivateKey::generate(&ECDH_P256).expect("a key");
        let public = key.compute_public_key().expect("a key").as_ref().to_vec();
        let mut auth = [0; 16];
        SystemRandom::new().fill(&mut auth).expect("randomness");
        Self { key, public, auth }
    }
}

impl Application {
    pub fn p256dh(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }

    pub fn auth(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.auth)
    }

    fn agreed(&self, theirs: &[u8]) -> Vec<u8> {
        let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs);
        agreement::agree(&self.key, theirs, (), |secret| Ok(secret.to_vec())).expect("a secret")
    }

    /// What a push says, in whichever of the two forms it came.
    pub fn read(&self, push: &Request) -> Value {
        let text = match push.header("content-encoding") {
            Some("aes128gcm") => self.read_standard(&push.body),
            Some("aesgcm") => self.read_older(push),
            other => panic!("{other:?} is no way to seal a push"),
        };
        serde_json::from_slice(&text).expect("JSON")
    }

    fn read_standard(&self, body: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        assert_eq!(rest[..5], [0, 0, 16, 0, 65], "one record, one key");
        let (theirs, sealed) = rest[5..].split_at(65);
        assert!(body.len() <= 4096, "{} bytes", body.len());
        let secret = self.agreed(theirs);
        let info: [&[u8]; 3] = [b"WebPush: info\0", &self.public, theirs];
        let input = derive(&self.auth, &secret, &info, 32);
        let key = derive(salt, &input, &[b"Content-Encoding: aes128gcm\0"], 16);
        let nonce = derive(salt, &input, &[b"Content-Encoding: nonce\0"], 12);
        let mut text = open(&key, &nonce, sealed);
        assert_eq!(text.pop(), Some(2), "the last record");
        text
    }

    fn read_older(&self, push: &Request) -> Vec<u8> {
        let part = |header: &str, name: &str| {
            let value = push.header(header).expect("a header");
            let part = value.split(';').find_map(|part| part.strip_prefix(name));
            URL_SAFE_NO_PAD
                .decode(part.expect("a part"))
                .expect("base64url")
        };
        let (salt, theirs) = (part("encryption", "salt="), part("crypto-key", "dh="));
        let secret = self.agreed(&theirs);
        let input = derive(&self.auth, &secret, &[b"Content-Encoding: auth\0"], 32);
        let context = [
            b"P-256\0\0\x41".as_slice(),
            &self.public,
            b"\0\x41",
            &theirs,
        ]
        .concat();
        let key = derive(
            &salt,
            &input,
            &[b"Content-Encoding: aesgcm\0", &context],
            16,
        );
        let nonce = derive(&salt, &input, &[b"Content-Encoding: nonce\0", &context], 12);
        let text = open(&key, &nonce, &push.body);
        assert_eq!(text[..2], [0, 0], "no padding");
        text[2..].to_vec()
    }
}

/// What the server says of itself to the service, if it is signed by this key.
pub fn claims(push: &Request, server_key: &str) -> Value {
    let said = push.header("authorization").expect("who pushes");
    let token = if let Some(rest) = said.strip_prefix("vapid ") {
        assert!(rest.ends_with(&format!(", k={server_key}")), "{said}");
        rest.split(',')
            .next()
            .unwrap()
            .strip_prefix("t=")
            .expect("a token")
    } else {
        let keys = push.header("crypto-key").expect("a header");
        assert!(
            keys.ends_with(&format!(";p256ecdsa={server_key}")),
            "{keys}"
        );
        said.strip_prefix("WebPush ").expect("a token")
    };
    let (signed, signature) = token.rsplit_once('.').expect("a JWT");
    let key = URL_SAFE_NO_PAD.decode(server_key).expect("base64url");
    Verifier::new(&ECDSA_P256_SHA256_FIXED, key)
        .verify(
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).expect("base64url"),
        )
        .expect("a signature by the server's key");
    let (head, claims) = signed.split_once('.').expect("a JWT");
    let read = |text: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
    };
    assert_eq!(read(head)["alg"], "ES256");
    read(claims)
}
