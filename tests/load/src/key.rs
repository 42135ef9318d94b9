//! One RSA key for all peers, and what signing and verifying with it costs on this machine, done as the server does it.

use std::time::{Duration, SystemTime};

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
use rustix::time::{ClockId, clock_gettime};

use crate::figures::millis;

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

/// What one signature and one verification take on this machine, now, of processor time.
pub struct Costs {
    pub sign: Duration,
    pub verify: Duration,
}

impl Costs {
    pub fn measure(key: &Key) -> Self {
        let text = [7; 300];
        let signature = key.sign(&text);
        let public = key.0.public_key().as_ref().to_vec();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
        Self {
            sign: cost(200, || drop(key.sign(&text))),
            verify: cost(2000, || public.verify(&text, &signature).unwrap()),
        }
    }

    pub fn print(&self) {
        println!(
            "processor time of one RSA-2048 signature {:.3} ms, of one verification {:.4} ms",
            millis(self.sign),
            millis(self.verify)
        );
    }
}

/// The least of several means: what others do on the machine only adds.
fn cost(times: u32, mut work: impl FnMut()) -> Duration {
    (0..9)
        .map(|_| {
            let before = processor_time();
            (0..times / 9).for_each(|_| work());
            processor_time().saturating_sub(before) / (times / 9)
        })
        .min()
        .unwrap()
}

/// Of this thread, since it began: what it waits while others have the processor is not in it.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}
