//! What is pushed is for the client alone, and not for the service that carries it: RFC 8291, and the draft before it that older
//! clients read (draft-ietf-webpush-encryption-04 with draft-ietf-httpbis-encryption-encoding-03).

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};

use crate::{Error, Result};

/// Of a record; there is one.
const RECORD: u32 = 4096;

/// How much derived key there is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length(pub(super) usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Whom it is for.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    /// An uncompressed point.
    pub(super) key: Vec<u8>,
    pub(super) auth: Vec<u8>,
}

/// What is new each time.
pub(super) struct Once {
    pub(super) key: PrivateKey,
    pub(super) salt: [u8; 16],
}

impl Once {
    pub(super) fn new(app: &crate::App) -> Result<Self> {
        Ok(Self {
            key: PrivateKey::generate(&ECDH_P256).map_err(|_| bad())?,
            salt: app.entropy.bytes()?,
        })
    }
}

/// Sealed by the draft.
pub(super) struct Older {
    pub(super) body: Vec<u8>,
    pub(super) salt: [u8; 16],
    pub(super) public: Vec<u8>,
}

fn bad() -> Error {
    Error::Broken("nothing can be sealed for this client".to_owned())
}

fn derive<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    Salt::new(HKDF_SHA256, salt)
        .extract(secret)
        .expand(info, Length(N))
        .and_then(|key| key.fill(&mut bytes))
        .map_err(|_| bad())?;
    Ok(bytes)
}

fn agreed(to: &Receiver, once: &Once) -> Result<(Vec<u8>, Vec<u8>)> {
    let public = once.key.compute_public_key().map_err(|_| bad())?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &to.key);
    let secret = agreement::agree(&once.key, theirs, bad(), |secret| Ok(secret.to_vec()))?;
    Ok((secret, public.as_ref().to_vec()))
}

fn encrypt(key: [u8; 16], nonce: [u8; 12], mut text: Vec<u8>) -> Result<Vec<u8>> {
    let key = UnboundKey::new(&AES_128_GCM, &key).map_err(|_| bad())?;
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)
        .map_err(|_| bad())?;
    Ok(text)
}

/// Can anything be sealed for it?
pub(super) fn check(to: &Receiver, app: &crate::App) -> Result<()> {
    agreed(to, &Once::new(app)?).map(drop)
}

/// `aes128gcm`: the body says everything.
pub(super) fn standard(to: &Receiver, once: &Once, text: &[u8]) -> Result<Vec<u8>> {
    let (secret, public) = agreed(to, once)?;
    let input: [u8; 32] = derive(&to.auth, &secret, &[b"WebPush: info\0", &to.key, &public])?;
    let key = derive(&once.salt, &input, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = derive(&once.salt, &input, &[b"Content-Encoding: nonce\0"])?;
    // The last record ends with a 2 (RFC 8188, section 2).
    let sealed = encrypt(key, nonce, [text, &[2]].concat())?;
    let length = [u8::try_from(public.len()).map_err(|_| bad())?];
    let parts: [&[u8]; 5] = [&once.salt, &RECORD.to_be_bytes(), &length, &public, &sealed];
    Ok(parts.concat())
}

/// `aesgcm`: the salt and the key go as headers.
pub(super) fn older(to: &Receiver, once: &Once, text: &[u8]) -> Result<Older> {
    let (secret, public) = agreed(to, once)?;
    let input: [u8; 32] = derive(&to.auth, &secret, &[b"Content-Encoding: auth\0"])?;
    let length = |key: &[u8]| {
        u16::try_from(key.len())
            .map(u16::to_be_bytes)
            .map_err(|_| bad())
    };
    let (theirs, ours) = (length(&to.key)?, length(&public)?);
    let context: [&[u8]; 5] = [b"P-256\0", &theirs, &to.key, &ours, &public];
    let context = context.concat();
    let key = derive(
        &once.salt,
        &input,
        &[b"Content-Encoding: aesgcm\0", &context],
    )?;
    let nonce = derive(
        &once.salt,
        &input,
        &[b"Content-Encoding: nonce\0", &context],
    )?;
    // No padding.
    let body = encrypt(key, nonce, [&[0, 0], text].concat())?;
    Ok(Older {
        body,
        salt: once.salt,
        public,
    })
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_rfc_8291_is_sealed_to_the_letter() {
        let to = Receiver {
            key: bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        };
        let key = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let once = Once {
            key: PrivateKey::from_private_key(&ECDH_P256, &key).unwrap(),
            salt: bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap(),
        };
        let text = b"When I grow up, I want to be a watermelon";
        assert_eq!(
            URL_SAFE_NO_PAD.encode(standard(&to, &once, text).unwrap()),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
             AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }
}
