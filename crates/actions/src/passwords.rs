//! Passwords, by argon2 on threads of their own and a few at a time, so that nobody can fill the machine with them.

use std::{sync::Arc, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use tokio::sync::Semaphore;

use crate::{Error, Result, secrets::Entropy};

/// Who finds the line full may come back so much later.
const COME_BACK: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    /// Those at work and those in line.
    places: Arc<Semaphore>,
}

impl Passwords {
    /// So many at the same time, and so many in line behind them; more are turned away.
    pub fn new(workers: usize, in_line: usize) -> Self {
        let workers = workers.clamp(1, Semaphore::MAX_PERMITS);
        let places = workers.saturating_add(in_line).min(Semaphore::MAX_PERMITS);
        Self {
            turns: Arc::new(Semaphore::new(workers)),
            places: Arc::new(Semaphore::new(places)),
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
        let place = self
            .places
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::TooMany {
                retry_after: COME_BACK,
            })?;
        let turn = self
            .turns
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Broken("shutting down".to_owned()))?;
        // Whoever hangs up leaves the work running: it holds its turn to the end.
        tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        })
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
        let passwords = Passwords::new(2, 8);
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

    #[tokio::test]
    async fn the_line_has_an_end() {
        let passwords = Passwords::new(1, 1);
        let fits = || passwords.fits("x".to_owned(), None);
        let (one, two, three) = tokio::join!(fits(), fits(), fits());
        assert!(!one.unwrap());
        assert!(!two.unwrap());
        assert!(matches!(three, Err(Error::TooMany { .. })));
        assert!(!fits().await.unwrap());
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_holds_its_turn() {
        let passwords = Passwords::new(1, 0);
        let (tell, told) = std::sync::mpsc::channel::<()>();
        let work = passwords.run(move || {
            told.recv().unwrap();
            Ok(())
        });
        let gone = tokio::time::timeout(Duration::from_millis(20), work).await;
        assert!(gone.is_err());
        assert!(matches!(
            passwords.run(|| Ok(())).await,
            Err(Error::TooMany { .. })
        ));
        tell.send(()).unwrap();
        while passwords.run(|| Ok(())).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}
