//! Passwords, by argon2 on threads of their own and a few at a time, so that nobody can fill the machine with them.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use tokio::sync::Semaphore;

use crate::{Error, Result, secrets::Entropy};

#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(workers: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(workers.max(1))),
        }
    }

    pub(crate) async fn hash(&self, entropy: &Entropy, password: String) -> Result<String> {
        let salt = entropy.bytes::<16>()?;
        self.run(move || {
            let salt =
                SaltString::encode_b64(&salt).map_err(|why| Error::Broken(why.to_string()))?;
            let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
            Ok(hash
                .map_err(|why| Error::Broken(why.to_string()))?
                .to_string())
        })
        .await
    }

    /// Takes as long for an account without a password, or without an account, as for one with it.
    pub(crate) async fn fits(&self, password: String, kept: Option<String>) -> Result<bool> {
        self.run(move || {
            let known = kept.is_some();
            let kept = kept.unwrap_or_else(|| NOBODY.to_owned());
            let parsed = PasswordHash::new(&kept).map_err(|why| Error::Broken(why.to_string()))?;
            Ok(Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
                && known)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|_| Error::Broken("shutting down".to_owned()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|why| Error::Broken(why.to_string()))?
    }
}

/// The hash of a password that nobody has, at the cost of every other.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other() {
        let passwords = Passwords::new(2);
        let kept = passwords
            .hash(&Entropy::default(), "correct horse".to_owned())
            .await
            .unwrap();
        assert!(
            passwords
                .fits("correct horse".to_owned(), Some(kept.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .fits("battery staple".to_owned(), Some(kept))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .fits("correct horse".to_owned(), None)
                .await
                .unwrap()
        );
    }
}
