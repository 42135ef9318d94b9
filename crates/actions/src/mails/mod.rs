//! Mails: a job each, written in the transaction of its cause and sent by the runner, with the same `Message-ID` however often. What they
//! say is in `texts`.

mod texts;

use std::{sync::Arc, time::Duration, time::SystemTime};

use kontor_domain::{
    ids::{AccountId, MailLinkId, WarningId},
    user::{MailPurpose, UserState},
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
pub use kontor_net::mail::{Error as NotSent, Letter};
use kontor_store::{
    Tx, accounts,
    mail_links::{self, MailLink},
    users::{self, User},
    warnings::{self, Warning},
};
use serde::{Deserialize, Serialize};

use crate::{App, Error, Result, accounts::Account, secrets};
use texts::{Gaps, Kind};

pub const QUEUE: &str = "mail";

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// What is to be sent. Whom it goes to, and whether it goes at all, is looked up when it is sent.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Mail {
    /// A link that confirms the address.
    Confirm {
        account: AccountId,
    },
    /// A link to a new password, for whoever has this address, if anybody does.
    Reset {
        email: String,
    },
    PasswordChanged {
        account: AccountId,
    },
    Approved {
        account: AccountId,
    },
    /// What operators did, and said.
    Warned {
        warning: WarningId,
    },
}

/// Nothing happens where mail is off.
pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, mail: &Mail) -> Result<()> {
    if app.settings.mail.is_none() {
        return Ok(());
    }
    let payload = serde_json::to_string(mail).map_err(|why| Error::Broken(why.to_string()))?;
    app.enqueue(tx, QUEUE, None, payload)
}

/// How a mail leaves.
#[async_trait::async_trait]
pub trait Carrier: Send + Sync + 'static {
    /// Returns once somebody else is answerable for it.
    async fn carry(&self, letter: &Letter) -> std::result::Result<(), NotSent>;
}

#[async_trait::async_trait]
impl Carrier for kontor_net::mail::Mailer {
    async fn carry(&self, letter: &Letter) -> std::result::Result<(), NotSent> {
        self.send(letter).await
    }
}

/// Sends mails.
pub fn queue(app: &App, carrier: Arc<dyn Carrier>) -> Queue {
    let settings = app.settings.mail.clone().unwrap_or_default();
    Queue {
        name: QUEUE,
        handler: Arc::new(Sender {
            app: app.clone(),
            carrier,
        }),
        workers: 2,
        attempts: settings.tries,
        // With a greeting, TLS and a sign-in there are some ten answers to wait for. Cut off too early, a mail is sent twice.
        timeout: settings.timeout.saturating_mul(12),
        backoff: Backoff {
            first: settings.retry_first,
            most: LONGEST_PAUSE,
        },
    }
}

struct Sender {
    app: App,
    carrier: Arc<dyn Carrier>,
}

#[async_trait::async_trait]
impl Handler for Sender {
    async fn run(&self, job: &Job) -> Outcome {
        let Ok(mail) = serde_json::from_str::<Mail>(&job.payload) else {
            return Outcome::SetAside("the job names no mail".to_owned());
        };
        let letter = match self.letter(job, mail).await {
            Ok(Some(letter)) => letter,
            Ok(None) => return Outcome::Done,
            Err(why) => {
                return Outcome::Later {
                    after: None,
                    why: why.to_string(),
                };
            }
        };
        match self.carrier.carry(&letter).await {
            Ok(()) => Outcome::Done,
            Err(why @ NotSent::Later(_)) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
            Err(why) => {
                tracing::warn!(reason = %why, "a mail is given up");
                Outcome::SetAside(why.to_string())
            }
        }
    }
}

impl Sender {
    /// As things stand now: `None` if there is nobody to tell, or nothing to tell any more.
    async fn letter(&self, job: &Job, mail: Mail) -> Result<Option<Letter>> {
        let Some((kind, account, user, warning)) = self.find(mail).await? else {
            return Ok(None);
        };
        let Some(to) = user.email.clone() else {
            return Ok(None);
        };
        let settings = self.app.settings.mail.clone().unwrap_or_default();
        let (link, age) = match kind {
            Kind::Confirm => {
                let age = settings.confirmation_age;
                let token = self.link(&user, &to, MailPurpose::Confirm, age).await?;
                (self.app.site.url(&format!("/confirm/{token}")), age)
            }
            Kind::Reset => {
                let age = settings.reset_age;
                let token = self.link(&user, &to, MailPurpose::Reset, age).await?;
                (self.app.site.url(&format!("/password/reset/{token}")), age)
            }
            Kind::PasswordChanged | Kind::Approved => {
                (self.app.site.url("/sign-in"), Duration::ZERO)
            }
            Kind::Warned => (self.app.site.url("/about"), Duration::ZERO),
        };
        let (subject, text) = texts::write(
            kind,
            Gaps {
                title: &self.app.settings.title,
                name: &account.username,
                link: &link,
                age: &texts::age(age.as_secs()),
                said: &warning
                    .map(|warning| texts::said(&warning))
                    .unwrap_or_default(),
            },
        );
        Ok(Some(Letter {
            to,
            subject,
            text,
            id: format!("mail.{}", job.id),
            date: SystemTime::from(job.created_at.and_utc()),
        }))
    }

    async fn find(&self, mail: Mail) -> Result<Option<(Kind, Account, User, Option<Warning>)>> {
        self.app
            .store
            .read(move |db| {
                let mut warning = None;
                let (kind, user) = match mail {
                    Mail::Confirm { account } => (Kind::Confirm, users::by_id(db, account)?),
                    Mail::Reset { email } => (Kind::Reset, users::by_email(db, &email)?),
                    Mail::PasswordChanged { account } => {
                        (Kind::PasswordChanged, users::by_id(db, account)?)
                    }
                    Mail::Approved { account } => (Kind::Approved, users::by_id(db, account)?),
                    Mail::Warned { warning: id } => {
                        warning = warnings::by_ids(db, &[id])?.pop();
                        let user = match &warning {
                            Some(warning) => users::by_id(db, warning.account_id)?,
                            None => None,
                        };
                        (Kind::Warned, user)
                    }
                };
                let Some(user) = user else { return Ok(None) };
                let Some(account) = accounts::by_id(db, user.account_id)? else {
                    return Ok(None);
                };
                let confirmed = user.confirmed_at.is_some();
                let wanted = match kind {
                    Kind::Confirm => !confirmed,
                    Kind::Reset => confirmed && user.state != UserState::Disabled,
                    Kind::PasswordChanged => true,
                    Kind::Approved => confirmed && user.state == UserState::Active,
                    Kind::Warned => confirmed,
                };
                // That they are suspended is what whoever is has to be told.
                let wanted = wanted && (kind == Kind::Warned || account.suspended_at.is_none());
                Ok::<_, Error>(wanted.then_some((kind, account, user, warning)))
            })
            .await
    }

    /// A new secret each time that a mail is sent, so that none is kept: an earlier one may have arrived, and stays good.
    async fn link(
        &self,
        user: &User,
        email: &str,
        purpose: MailPurpose,
        age: Duration,
    ) -> Result<String> {
        let token = self.app.entropy.token()?;
        let age = chrono::Duration::from_std(age).unwrap_or(chrono::Duration::hours(1));
        let link = MailLink {
            id: MailLinkId(self.app.id()),
            token_hash: secrets::hash(&token),
            account_id: user.account_id,
            purpose,
            email: email.to_owned(),
            expires_at: self.app.now() + age,
        };
        self.app
            .store
            .write(move |tx| Ok::<_, Error>(mail_links::insert(tx, &link)?))
            .await?;
        Ok(token)
    }
}
