//! Public keys out of their PEM armour. What the bytes are is read in `keys`.

use super::{BASE64, Error};
use base64::Engine as _;

/// An 8192-bit key is about 1500 characters.
pub(super) const MAX_PEM: usize = 8192;

pub(super) enum Format {
    Spki,
    Pkcs1,
}

/// PEM to DER. Lenient about line lengths and line ends, which peers write in many ways and a strict reader refuses.
pub(super) fn unarmor(pem: &str) -> Result<(Format, Vec<u8>), Error> {
    const BROKEN: Error = Error::BadKey("the public key is not PEM");
    if pem.len() > MAX_PEM {
        return Err(Error::BadKey("the public key is too long"));
    }
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or(BROKEN)?;
    let (label, rest) = rest.split_once("-----").ok_or(BROKEN)?;
    let format = match label {
        "PUBLIC KEY" => Format::Spki,
        "RSA PUBLIC KEY" => Format::Pkcs1,
        _ => {
            return Err(Error::BadKey(
                "the public key is neither `BEGIN PUBLIC KEY` nor `BEGIN RSA PUBLIC KEY`",
            ));
        }
    };
    let (base64, end) = rest.split_once("-----END ").ok_or(BROKEN)?;
    if end
        .split_once("-----")
        .is_none_or(|(name, _)| name != label)
    {
        return Err(BROKEN);
    }
    let base64: String = base64.split_ascii_whitespace().collect();
    let der = BASE64.decode(base64).map_err(|_| BROKEN)?;
    Ok((format, der))
}
