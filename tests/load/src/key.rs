//! One RSA key for all peers, and what signing and verifying with it costs on this machine, done as the server does it.

use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::{
    digest,
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

pub struct Key(RsaKeyPair);

impl Key {
    pub fn new() -> Self {
        Self(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            lines.join("\n")
        )
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text,
                &mut signature,
            )
            .unwrap();
        signature
    }

    /// The headers of a signed POST, by draft-cavage.
    pub fn headers(
        &self,
        key_id: &str,
        host: &str,
        path: &str,
        body: &[u8],
    ) -> Vec<(&'static str, String)> {
        #[expect(clippy::disallowed_methods, reason = "a peer has a clock of its own")]
        let date = httpdate::fmt_http_date(SystemTime::now());
        let digest = format!(
            "SHA-256={}",
            STANDARD.encode(digest::digest(&digest::SHA256, body))
        );
        let kind = "application/activity+json";
        let text = format!(
            "(request-target): post {path}\nhost: {host}\ndate: {date}\ndigest: {digest}\ncontent-type: {kind}"
        );
        let signature = STANDARD.encode(self.sign(text.as_bytes()));
        let signature = format!(
            "keyId=\"{key_id}\",algorithm=\"rsa-sha256\",headers=\"(request-target) host date digest content-type\",signature=\"{signature}\""
        );
        vec![
            ("host", host.to_owned()),
            ("date", date),
            ("digest", digest),
            ("content-type", kind.to_owned()),
            ("signature", signature),
        ]
    }
}

/// What one signature and one verification take on this machine, now: the middle of many, by a thread's own processor time.
pub fn costs(key: &Key) -> (Duration, Duration) {
    let text = [7; 300];
    let signature = key.sign(&text);
    let public = key.0.public_key().as_ref().to_vec();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    let sign = cost(200, || drop(key.sign(&text)));
    let verify = cost(2000, || public.verify(&text, &signature).unwrap());
    (sign, verify)
}

/// The least of several means: what others do on the machine only adds.
fn cost(times: u32, mut work: impl FnMut()) -> Duration {
    (0..9)
        .map(|_| {
            let began = Instant::now();
            (0..times / 9).for_each(|_| work());
            began.elapsed() / (times / 9)
        })
        .min()
        .unwrap()
}
