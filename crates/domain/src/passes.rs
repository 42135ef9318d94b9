//! Passes: what, in the address of a file that not everybody may have, says for whom that address was made. Clients show pictures
//! without saying who asks, so the address has to. It is no right by itself: whoever it names must still be one who may read the
//! post.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::ids::AccountId;

/// Bytes of the seal, of which an address carries two digits each.
const SEAL: usize = 16;

/// For whom an address was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    Account(AccountId),
    /// The servers that a post was sent to. They ask for its files without saying who they are.
    Peers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Seal {
    key: [u8; 32],
    /// Seconds for which an address is good at least; it is good for less than twice as long.
    age: i64,
}

/// Makes passes and knows its own. Without a key there are none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passes(Arc<OnceLock<Seal>>);

impl fmt::Debug for Passes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passes")
    }
}

impl Passes {
    /// The first key stays.
    pub fn set(&self, key: [u8; 32], age: i64) {
        self.0.get_or_init(|| Seal {
            key,
            age: age.max(1),
        });
    }

    /// For the files of one upload. `now` in seconds since 1970; the same for some time, so that clients know what they have.
    pub fn issue(&self, file: &str, bearer: Bearer, now: i64) -> Option<String> {
        let seal = self.0.get()?;
        let said = match bearer {
            Bearer::Account(id) => {
                let until = now
                    .div_euclid(seal.age)
                    .saturating_add(2)
                    .saturating_mul(seal.age);
                format!("{id}-{until}")
            }
            Bearer::Peers => "peers-0".to_owned(),
        };
        let tag = hex(&seal.tag(file, &said)?);
        Some(format!("{said}-{tag}"))
    }

    /// `None`: it is none of ours, of another file, or too old.
    pub fn check(&self, file: &str, pass: &str, now: i64) -> Option<Bearer> {
        let (said, tag) = pass.rsplit_once('-')?;
        if !self.0.get()?.made(file, said, tag) {
            return None;
        }
        match said.split_once('-')? {
            ("peers", "0") => Some(Bearer::Peers),
            (id, until) => {
                let until: i64 = until.parse().ok()?;
                (now < until).then_some(Bearer::Account(id.parse().ok()?))
            }
        }
    }
}

impl Seal {
    fn mac(&self, file: &str, said: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(upload(file).as_bytes());
        mac.update(b"\n");
        mac.update(said.as_bytes());
        Some(mac)
    }

    fn tag(&self, file: &str, said: &str) -> Option<[u8; SEAL]> {
        let whole = self.mac(file, said)?.finalize().into_bytes();
        whole.get(..SEAL)?.try_into().ok()
    }

    fn made(&self, file: &str, said: &str, tag: &str) -> bool {
        let Some((mac, tag)) = self.mac(file, said).zip(unhex(tag)) else {
            return false;
        };
        mac.verify_truncated_left(&tag).is_ok()
    }
}

/// What a file and its small form have in common.
fn upload(file: &str) -> &str {
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    stem.strip_suffix("-small").unwrap_or(stem)
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; SEAL]> {
    let mut bytes = [0; SEAL];
    if text.len() != SEAL * 2 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: Bearer = Bearer::Account(AccountId(7));

    fn passes() -> Passes {
        let passes = Passes::default();
        passes.set([7; 32], 100);
        passes
    }

    #[test]
    fn a_pass_is_for_one_upload_one_reader_and_some_time() {
        let passes = passes();
        let pass = passes.issue("ab12.png", ANN, 1050).unwrap();
        for now in [1050, 1199] {
            assert_eq!(passes.check("ab12.png", &pass, now), Some(ANN));
            assert_eq!(passes.check("ab12-small.jpg", &pass, now), Some(ANN));
        }
        assert_eq!(passes.check("ab12.png", &pass, 1200), None);
        assert_eq!(passes.check("cd34.png", &pass, 1050), None);
        assert_eq!(passes.issue("ab12.png", ANN, 1099), Some(pass.clone()));
        let other = pass.replacen("7-", "8-", 1);
        assert_eq!(passes.check("ab12.png", &other, 1050), None);
        let longer = pass.replacen("-1200-", "-9200-", 1);
        assert_eq!(passes.check("ab12.png", &longer, 1050), None);
        let again = Passes::default();
        again.set([8; 32], 100);
        assert_eq!(again.check("ab12.png", &pass, 1050), None);
    }

    #[test]
    fn peers_have_one_that_lasts() {
        let passes = passes();
        let pass = passes.issue("ab12.png", Bearer::Peers, 1050).unwrap();
        let far = passes.check("ab12.png", &pass, i64::MAX);
        assert_eq!(far, Some(Bearer::Peers));
        assert_eq!(passes.check("cd34.png", &pass, 1050), None);
    }

    #[test]
    fn nonsense_is_no_pass() {
        let passes = passes();
        let short = passes.issue("ab12.png", ANN, 1050).unwrap();
        let short = short.get(..short.len() - 2).unwrap().to_owned();
        for pass in ["", "-", "--", "7-1200-", "peers-0-00", "7-1200-ä", &short] {
            assert_eq!(passes.check("ab12.png", pass, 1050), None, "{pass}");
        }
        assert_eq!(Passes::default().issue("ab12.png", ANN, 0), None);
        assert_eq!(Passes::default().check("ab12.png", "peers-0-00", 0), None);
    }

    #[test]
    fn the_first_key_stays_and_is_not_printed() {
        let passes = passes();
        let pass = passes.issue("ab12.png", ANN, 1050);
        passes.set([9; 32], 5);
        assert_eq!(passes.issue("ab12.png", ANN, 1050), pass);
        assert_eq!(format!("{passes:?}"), "Passes");
    }
}
