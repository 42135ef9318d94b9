//! Which form of signature a host takes: draft-cavage first, RFC 9421 if that is refused, and what was taken once is remembered.

use std::time::Duration;

use kontor_actions::{App, Result};
use kontor_domain::peer::SignatureForm;
use moka::sync::Cache;

use crate::{
    Federation,
    signature::{Error, PrivateKey, SignRequest, cavage, rfc9421},
};

/// Hosts whose form is kept at hand; of the others it is read again.
const HOSTS: u64 = 50_000;
/// So long, a host that refused both forms is not asked in two, but for deliveries that are tried again.
const REFUSED: Duration = Duration::from_secs(10 * 60);

pub(crate) struct Forms {
    taken: Cache<String, SignatureForm>,
    /// Hosts that refused both lately: they mean something else.
    refused: Cache<String, ()>,
}

impl Default for Forms {
    fn default() -> Self {
        Self {
            taken: Cache::new(HOSTS),
            refused: Cache::builder()
                .max_capacity(HOSTS)
                .time_to_live(REFUSED)
                .build(),
        }
    }
}

/// Does the answer mean that another form may be taken?
pub(crate) fn may_want_another(status: u16) -> bool {
    matches!(status, 400 | 401)
}

/// The headers of a request, signed in one of the forms.
pub(crate) fn sign(
    form: SignatureForm,
    request: &SignRequest<'_>,
    more: &[(&'static str, String)],
    key_id: &str,
    key: &PrivateKey,
) -> std::result::Result<Vec<(&'static str, String)>, Error> {
    match form {
        SignatureForm::Cavage => cavage::sign_with(request, more, key_id, key),
        SignatureForm::Rfc9421 => rfc9421::sign_with(request, more, key_id, key),
    }
}

impl Federation {
    /// The form to begin with.
    pub(crate) async fn form_of(&self, app: &App, host: &str) -> Result<SignatureForm> {
        if let Some(form) = self.forms.taken.get(host) {
            return Ok(form);
        }
        let name = host.to_owned();
        let known: Result<_> = app
            .store
            .read(move |db| Ok(kontor_store::hosts::signature_form(db, &name)?))
            .await;
        let form = known?.unwrap_or(SignatureForm::Cavage);
        self.forms.taken.insert(host.to_owned(), form);
        Ok(form)
    }

    /// Is a request that was answered so to be sent in the other form?
    pub(crate) fn another_form(&self, host: &str, status: u16) -> bool {
        may_want_another(status) && !self.forms.refused.contains_key(host)
    }

    /// The host refused both.
    pub(crate) fn refuses_both(&self, host: &str) {
        self.forms.refused.insert(host.to_owned(), ());
    }

    /// The same for who cannot wait: what is at hand.
    pub(crate) fn form_at_hand(&self, host: &str) -> SignatureForm {
        self.forms.taken.get(host).unwrap_or(SignatureForm::Cavage)
    }

    /// The host took the form after it had refused the one that was tried first.
    pub(crate) async fn remember_form(
        &self,
        app: &App,
        host: &str,
        form: SignatureForm,
    ) -> Result<()> {
        self.forms.taken.insert(host.to_owned(), form);
        let name = host.to_owned();
        app.store
            .write(move |tx| Ok(kontor_store::hosts::set_signature_form(tx, &name, form)?))
            .await
    }

    /// FEP-844e: an actor of the host says that its server reads RFC 9421. Counts until the host is heard to refuse it.
    pub(crate) async fn advertised_form(&self, app: &App, host: &str) -> Result<()> {
        let name = host.to_owned();
        let known: Result<_> = app
            .store
            .read(move |db| Ok(kontor_store::hosts::signature_form(db, &name)?))
            .await;
        if known?.is_none() {
            self.remember_form(app, host, SignatureForm::Rfc9421)
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_speaks_of_the_signature_brings_another() {
        for (status, again) in [
            (400, true),
            (401, true),
            (403, false),
            (404, false),
            (500, false),
            (202, false),
        ] {
            assert_eq!(may_want_another(status), again, "{status}");
        }
        assert_eq!(SignatureForm::Cavage.other(), SignatureForm::Rfc9421);
        assert_eq!(SignatureForm::Rfc9421.other(), SignatureForm::Cavage);
    }
}
