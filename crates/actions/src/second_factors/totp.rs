//! Codes that change every half minute (TOTP, RFC 6238, with the parameters that every application for it knows): six digits of
//! HMAC-SHA-1 over the number of the half minute.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

use crate::secrets::constant_time_eq;

/// Seconds.
const STEP: i64 = 30;

/// Steps that a clock may be off, either way.
const SKEW: i64 = 1;

/// Bytes of a secret: as many as the hash has (RFC 4226, section 4, R6).
pub(super) const SECRET: usize = 20;

/// The step whose code this is, at a time in seconds.
pub(super) fn step(secret: &[u8], code: &str, now: i64) -> Option<i64> {
    let now = now.div_euclid(STEP);
    // Each of them is looked at, whichever it is.
    let mut found = None;
    for step in now - SKEW..=now + SKEW {
        if constant_time_eq(code_of(secret, step).as_bytes(), code.as_bytes()) {
            found = Some(step);
        }
    }
    found
}

/// RFC 4226, section 5.3.
fn code_of(secret: &[u8], step: i64) -> String {
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let at = usize::from(bytes.last().copied().unwrap_or_default() & 0xf);
    let cut = bytes
        .get(at..at + 4)
        .and_then(|cut| cut.try_into().ok())
        .unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(cut) & 0x7fff_ffff) % 1_000_000)
}

/// RFC 4648, section 6, without padding: how secrets are written down.
pub(super) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = ((held << 8) | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(letter(LETTERS, held >> bits));
        }
    }
    if bits > 0 {
        out.push(letter(LETTERS, held << (5 - bits)));
    }
    out
}

fn letter(letters: &[u8; 32], value: u32) -> char {
    let at = usize::try_from(value & 31).unwrap_or_default();
    letters.get(at).copied().map(char::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn the_examples_of_rfc_6238_fit() {
        let secret = b"12345678901234567890";
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(step(secret, code, time), Some(time / 30), "{code}");
            // A clock that is half a minute off is common.
            assert_eq!(step(secret, code, time + 30), Some(time / 30), "{code}");
            assert_eq!(step(secret, code, time - 30), Some(time / 30), "{code}");
            assert_eq!(step(secret, code, time + 60), None, "{code}");
            assert_eq!(step(secret, code, time - 60), None, "{code}");
        }
        for wrong in ["", "0", "28708", "2870820", "28708a"] {
            assert_eq!(step(secret, wrong, 59), None, "{wrong}");
        }
    }

    /// RFC 4648, section 10.
    #[test]
    fn the_examples_of_rfc_4648_fit() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }
}
