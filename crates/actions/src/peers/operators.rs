//! The rules about other servers, as operators keep them by an app. A rule is one of two kinds there: a domain that is kept away,
//! and one that is let in.

use kontor_domain::{
    ids::{AccountId, DomainPolicyId},
    page::Page,
    peer::Severity,
};
use kontor_store::peers;

use super::{DomainPolicy, Refuse, Wanted, checked, put, remove};
use crate::{App, Error, Result, operators::administers};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Blocks,
    Allows,
}

impl Kind {
    const fn severities(self) -> &'static [Severity] {
        match self {
            Self::Blocks => &[Severity::Block, Severity::Limit],
            Self::Allows => &[Severity::Allow],
        }
    }
}

/// What is to be different. What is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    pub severity: Option<Severity>,
    pub reject_media: Option<bool>,
    pub reject_reports: Option<bool>,
    pub obfuscate: Option<bool>,
    pub public_comment: Option<String>,
    pub private_comment: Option<String>,
}

const COMMENT_CHARACTERS: usize = 2000;

pub async fn page(app: &App, by: AccountId, kind: Kind, page: Page) -> Result<Vec<DomainPolicy>> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            Ok(peers::page(db, kind.severities(), &page)?)
        })
        .await
}

pub async fn by_id(
    app: &App,
    by: AccountId,
    kind: Kind,
    id: DomainPolicyId,
) -> Result<DomainPolicy> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            peers::by_id(db, id)?
                .filter(|row| kind.severities().contains(&row.severity))
                .ok_or(Error::NotFound)
        })
        .await
}

/// Makes a rule for a domain that has none of this kind; one of the other kind is replaced.
pub async fn add(app: &App, by: AccountId, kind: Kind, wanted: Wanted) -> Result<DomainPolicy> {
    for (field, text) in [
        ("public_comment", &wanted.public_comment),
        ("private_comment", &wanted.private_comment),
    ] {
        short(field, text)?;
    }
    let row = checked(app, wanted)?;
    let this = app.clone();
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            let known = peers::by_domain(tx, &row.domain)?;
            if known.is_some_and(|known| kind.severities().contains(&known.severity)) {
                return Err(Error::invalid("domain", "has already been taken"));
            }
            put(&this, tx, &row)?;
            peers::by_domain(tx, &row.domain)?.ok_or(Error::NotFound)
        })
        .await
}

pub async fn change(
    app: &App,
    by: AccountId,
    id: DomainPolicyId,
    change: Change,
) -> Result<DomainPolicy> {
    for (field, text) in [
        ("public_comment", &change.public_comment),
        ("private_comment", &change.private_comment),
    ] {
        short(field, text.as_deref().unwrap_or_default())?;
    }
    let before = by_id(app, by, Kind::Blocks, id).await?;
    let wanted = Wanted {
        severity: change.severity.unwrap_or(before.severity),
        refuse: Refuse {
            media: change.reject_media.unwrap_or(before.reject_media),
            reports: change.reject_reports.unwrap_or(before.reject_reports),
        },
        public_comment: change.public_comment.unwrap_or(before.public_comment),
        private_comment: change.private_comment.unwrap_or(before.private_comment),
        obfuscate: change.obfuscate.unwrap_or(before.obfuscate),
        domain: before.domain,
    };
    super::set(app, wanted).await
}

/// The rule goes, and what it hid is shown again. Returns what it was.
pub async fn take_back(
    app: &App,
    by: AccountId,
    kind: Kind,
    id: DomainPolicyId,
) -> Result<DomainPolicy> {
    let row = by_id(app, by, kind, id).await?;
    remove(app, &row.domain).await?;
    Ok(row)
}

fn short(field: &'static str, text: &str) -> Result<()> {
    if text.chars().count() > COMMENT_CHARACTERS {
        return Err(Error::invalid(
            field,
            format!("is longer than {COMMENT_CHARACTERS} characters"),
        ));
    }
    Ok(())
}
