//! What operators decide about other servers: rules by domain, and bringing them upon the accounts that are known here. Who
//! asks the rules before speaking with a server is the federation door.

mod apply;
mod csv;
mod media;
mod operators;

pub(crate) use apply::settle;
pub use apply::{QUEUE, queue};
use kontor_domain::{
    ids::DomainPolicyId,
    peer::{self, Rule, Severity},
};
pub use kontor_store::peers::DomainPolicy;
use kontor_store::{Tx, peers};
pub(crate) use media::sift;

pub use operators::{Change, Kind, add, by_id, change, page, take_back};

pub use csv::{Imported, read_csv, write_allowed, write_csv};

use sha2::{Digest as _, Sha256};

use crate::{App, Error, Result};

/// A rule as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub domain: String,
    pub severity: Severity,
    pub refuse: Refuse,
    pub public_comment: String,
    pub private_comment: String,
    pub obfuscate: bool,
}

/// What is not taken from a domain that is spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Refuse {
    pub media: bool,
    pub reports: bool,
}

impl Wanted {
    pub fn new(domain: &str, severity: Severity) -> Self {
        Self {
            domain: domain.to_owned(),
            severity,
            refuse: Refuse::default(),
            public_comment: String::new(),
            private_comment: String::new(),
            obfuscate: false,
        }
    }
}

/// Makes or replaces the rule for a domain; what it makes of known accounts follows by a job. Doing it again changes nothing.
pub async fn set(app: &App, wanted: Wanted) -> Result<DomainPolicy> {
    let policy = checked(app, wanted)?;
    let (this, row) = (app.clone(), policy.clone());
    app.store
        .write(move |tx| {
            put(&this, tx, &row)?;
            peers::by_domain(tx, &row.domain)?.ok_or(Error::NotFound)
        })
        .await
}

/// Many at once, in one transaction. Returns how many were new or different.
pub async fn import(app: &App, wanted: Vec<Wanted>) -> Result<usize> {
    let rows = wanted
        .into_iter()
        .map(|wanted| checked(app, wanted))
        .collect::<Result<Vec<_>>>()?;
    let this = app.clone();
    app.store
        .write(move |tx| {
            let mut changed = 0;
            for row in &rows {
                changed += usize::from(peers::set(tx, row)?);
            }
            if changed > 0 {
                apply::enqueue(&this, tx)?;
            }
            Ok(changed)
        })
        .await
}

/// The rule goes; what it hid is shown again, and follows that it ended stay ended.
pub async fn remove(app: &App, domain: &str) -> Result<()> {
    let domain = named(domain)?;
    let this = app.clone();
    app.store
        .write(move |tx| {
            if !peers::remove(tx, &domain)? {
                return Err(Error::NotFound);
            }
            apply::enqueue(&this, tx)
        })
        .await
}

/// Every rule, by domain.
pub async fn list(app: &App) -> Result<Vec<DomainPolicy>> {
    app.store.read(|db| Ok(peers::all(db)?)).await
}

/// The rules as they are asked, and the revision that they are of.
pub async fn rules(app: &App) -> Result<(i64, Vec<Rule>)> {
    app.store
        .read(|db| Ok((peers::revision(db)?, peers::rules(db)?)))
        .await
}

/// Grows with every change of the rules.
pub async fn revision(app: &App) -> Result<i64> {
    app.store.read(|db| Ok(peers::revision(db)?)).await
}

fn put(app: &App, tx: &mut Tx<'_>, row: &DomainPolicy) -> Result<()> {
    if peers::set(tx, row)? {
        apply::enqueue(app, tx)?;
    }
    Ok(())
}

fn named(domain: &str) -> Result<String> {
    peer::normal(domain).ok_or_else(|| Error::invalid("domain", "is no domain"))
}

fn checked(app: &App, wanted: Wanted) -> Result<DomainPolicy> {
    let domain = named(&wanted.domain)?;
    if peer::covers(&domain, app.site.domain()) {
        return Err(Error::invalid("domain", "is the one of this instance"));
    }
    Ok(DomainPolicy {
        domain,
        severity: wanted.severity,
        reject_media: wanted.refuse.media,
        reject_reports: wanted.refuse.reports,
        obfuscate: wanted.obfuscate,
        public_comment: wanted.public_comment,
        private_comment: wanted.private_comment,
        created_at: app.now(),
        id: DomainPolicyId(app.id()),
    })
}

/// SHA-256 of the domain, in hexadecimal: by it a list can be compared with one that spells the domain out.
pub fn digest(policy: &DomainPolicy) -> String {
    hex(&Sha256::digest(policy.domain.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
        text
    })
}

/// The domain with stars where the public list does not spell it out: every second letter between the first and the last dot.
pub fn shown(policy: &DomainPolicy) -> String {
    if !policy.obfuscate {
        return policy.domain.clone();
    }
    let length = policy.domain.chars().count();
    let shown = length.div_ceil(4);
    policy
        .domain
        .chars()
        .enumerate()
        .map(|(at, c)| {
            let kept = at < shown || at + shown >= length || c == '.';
            if kept { c } else { '*' }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_obfuscated_domain_is_recognised_but_not_spelled_out() {
        let policy = |domain: &str, obfuscate| DomainPolicy {
            domain: domain.to_owned(),
            severity: Severity::Block,
            reject_media: false,
            reject_reports: false,
            obfuscate,
            public_comment: String::new(),
            private_comment: String::new(),
            created_at: chrono::NaiveDateTime::default(),
            id: DomainPolicyId(1),
        };
        assert_eq!(shown(&policy("bad.example", false)), "bad.example");
        assert_eq!(shown(&policy("bad.example", true)), "bad.****ple");
        assert_eq!(shown(&policy("ab", true)), "ab");
    }
}
