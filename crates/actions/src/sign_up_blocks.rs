//! Who is kept from registering, or from signing in: mail domains, single mail addresses, and addresses on the network.

use std::net::IpAddr;

use ipnet::IpNet;
use kontor_domain::{
    ids::{AccountId, CanonicalEmailBlockId, EmailDomainBlockId, IpBlockId},
    page::Page,
    user::IpSeverity,
};
use kontor_store::{canonical_email_blocks, email_domain_blocks, ip_blocks};
pub use kontor_store::{
    canonical_email_blocks::CanonicalEmailBlock, email_domain_blocks::EmailDomainBlock,
    ip_blocks::IpBlock,
};
use sha2::{Digest as _, Sha256};

use crate::{App, Error, Result, accounts::check_email, operators::administers};

const COMMENT_CHARACTERS: usize = 2000;

/// A mail domain and everything below it. Doing it again changes nothing.
pub async fn block_email_domain(
    app: &App,
    by: AccountId,
    domain: &str,
) -> Result<EmailDomainBlock> {
    let domain = domain.trim().trim_start_matches('@').to_lowercase();
    let sound = domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(|part| {
            !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@')
        });
    if !sound {
        return Err(Error::invalid("domain", "is not a domain name"));
    }
    let block = EmailDomainBlock {
        id: EmailDomainBlockId(app.id()),
        domain,
        created_at: app.now(),
    };
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            if email_domain_blocks::insert_if_new(tx, &block)? {
                return Ok(block.clone());
            }
            let known = email_domain_blocks::among(tx, std::slice::from_ref(&block.domain))?;
            known.into_iter().next().ok_or(Error::NotFound)
        })
        .await
}

pub async fn email_domain(
    app: &App,
    by: AccountId,
    id: EmailDomainBlockId,
) -> Result<EmailDomainBlock> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            email_domain_blocks::by_id(db, id)?.ok_or(Error::NotFound)
        })
        .await
}

pub async fn email_domains(app: &App, by: AccountId, page: Page) -> Result<Vec<EmailDomainBlock>> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            Ok(email_domain_blocks::page(db, &page)?)
        })
        .await
}

pub async fn unblock_email_domain(app: &App, by: AccountId, id: EmailDomainBlockId) -> Result<()> {
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            if email_domain_blocks::delete(tx, id)? {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        })
        .await
}

/// The hash of the plainest form of an address: in lower case, without dots in the name and without what stands after a plus,
/// so that one mailbox has one hash.
fn canonical(email: &str) -> Result<String> {
    use std::fmt::Write as _;
    let email = check_email(email)?;
    let (name, domain) = email
        .split_once('@')
        .ok_or_else(|| Error::invalid("email", "is not a mail address"))?;
    let name = name.split('+').next().unwrap_or_default().replace('.', "");
    let mut text = String::new();
    for byte in Sha256::digest(format!("{name}@{domain}")) {
        write!(text, "{byte:02x}").map_err(|why| Error::Broken(why.to_string()))?;
    }
    Ok(text)
}

/// What is blocked: an address, or the hash of one.
#[derive(Debug, Clone)]
pub enum Mailbox {
    Address(String),
    Hash(String),
}

impl Mailbox {
    fn hash(&self) -> Result<String> {
        match self {
            Self::Address(email) => canonical(email),
            Self::Hash(hash) => {
                let hash = hash.trim().to_lowercase();
                let sound = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
                sound
                    .then_some(hash)
                    .ok_or_else(|| Error::invalid("canonical_email_hash", "is no SHA-256 hash"))
            }
        }
    }
}

/// Doing it again changes nothing.
pub async fn block_mailbox(
    app: &App,
    by: AccountId,
    mailbox: Mailbox,
) -> Result<CanonicalEmailBlock> {
    let block = CanonicalEmailBlock {
        id: CanonicalEmailBlockId(app.id()),
        hash: mailbox.hash()?,
        created_at: app.now(),
    };
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            if canonical_email_blocks::insert_if_new(tx, &block)? {
                return Ok(block.clone());
            }
            let known = canonical_email_blocks::among(tx, std::slice::from_ref(&block.hash))?;
            known.into_iter().next().ok_or(Error::NotFound)
        })
        .await
}

pub async fn mailbox(
    app: &App,
    by: AccountId,
    id: CanonicalEmailBlockId,
) -> Result<CanonicalEmailBlock> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            canonical_email_blocks::by_id(db, id)?.ok_or(Error::NotFound)
        })
        .await
}

pub async fn mailboxes(app: &App, by: AccountId, page: Page) -> Result<Vec<CanonicalEmailBlock>> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            Ok(canonical_email_blocks::page(db, &page)?)
        })
        .await
}

/// The blocks that an address would meet.
pub async fn test_mailbox(
    app: &App,
    by: AccountId,
    email: &str,
) -> Result<Vec<CanonicalEmailBlock>> {
    let hash = canonical(email)?;
    app.store
        .read(move |db| {
            administers(db, by)?;
            Ok(canonical_email_blocks::among(db, &[hash])?)
        })
        .await
}

pub async fn unblock_mailbox(app: &App, by: AccountId, id: CanonicalEmailBlockId) -> Result<()> {
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            if canonical_email_blocks::delete(tx, id)? {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        })
        .await
}

/// What an operator says of an address on the network. What is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct IpDraft {
    pub ip: Option<String>,
    pub severity: Option<IpSeverity>,
    pub comment: Option<String>,
    /// `Some(None)`: until it is deleted.
    pub expires_in: Option<Option<std::time::Duration>>,
}

/// One address, or a network, with its prefix.
fn network(text: &str) -> Result<IpNet> {
    let text = text.trim();
    let one = text.parse::<IpAddr>().ok().map(IpNet::from);
    one.or_else(|| text.parse::<IpNet>().ok())
        .map(|net| net.trunc())
        .ok_or_else(|| Error::invalid("ip", "is not an address or a network"))
}

impl IpDraft {
    fn apply(&self, app: &App, block: &mut IpBlock) -> Result<()> {
        if let Some(ip) = &self.ip {
            block.ip = network(ip)?.to_string();
        }
        block.severity = self.severity.unwrap_or(block.severity);
        if let Some(comment) = &self.comment {
            if comment.chars().count() > COMMENT_CHARACTERS {
                return Err(Error::invalid(
                    "comment",
                    format!("is too long (maximum is {COMMENT_CHARACTERS} characters)"),
                ));
            }
            comment
                .replace('\0', "")
                .trim()
                .clone_into(&mut block.comment);
        }
        if let Some(lasting) = self.expires_in {
            block.expires_at = lasting
                .map(|lasting| {
                    let lasting = chrono::Duration::from_std(lasting).ok();
                    lasting
                        .and_then(|lasting| app.now().checked_add_signed(lasting))
                        .ok_or_else(|| Error::invalid("expires_in", "is too long"))
                })
                .transpose()?;
        }
        Ok(())
    }
}

pub async fn block_ip(app: &App, by: AccountId, draft: IpDraft) -> Result<IpBlock> {
    if draft.ip.is_none() {
        return Err(Error::invalid("ip", "can't be blank"));
    }
    let severity = draft
        .severity
        .ok_or_else(|| Error::invalid("severity", "can't be blank"))?;
    let mut block = IpBlock {
        id: IpBlockId(app.id()),
        ip: String::new(),
        severity,
        comment: String::new(),
        expires_at: None,
        created_at: app.now(),
    };
    draft.apply(app, &mut block)?;
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            if ip_blocks::insert_if_new(tx, &block)? {
                Ok(block.clone())
            } else {
                Err(Error::invalid("ip", "has already been taken"))
            }
        })
        .await
}

pub async fn change_ip(app: &App, by: AccountId, id: IpBlockId, draft: IpDraft) -> Result<IpBlock> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            let mut block = ip_blocks::by_id(tx, id)?.ok_or(Error::NotFound)?;
            draft.apply(&this, &mut block)?;
            ip_blocks::set(tx, &block).map_err(|why| match why {
                why if why.is_unique_violation() => Error::invalid("ip", "has already been taken"),
                why => why.into(),
            })?;
            Ok(block)
        })
        .await
}

pub async fn ip(app: &App, by: AccountId, id: IpBlockId) -> Result<IpBlock> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            ip_blocks::by_id(db, id)?.ok_or(Error::NotFound)
        })
        .await
}

pub async fn ips(app: &App, by: AccountId, page: Page) -> Result<Vec<IpBlock>> {
    app.store
        .read(move |db| {
            administers(db, by)?;
            Ok(ip_blocks::page(db, &page)?)
        })
        .await
}

pub async fn unblock_ip(app: &App, by: AccountId, id: IpBlockId) -> Result<()> {
    app.store
        .write(move |tx| {
            administers(tx, by)?;
            if ip_blocks::delete(tx, id)? {
                Ok(())
            } else {
                Err(Error::NotFound)
            }
        })
        .await
}

/// The worst that holds for somebody at an address. Of IPv6 the first 64 bits count, for one customer has all of the rest.
pub(crate) async fn severity_at(app: &App, address: &str) -> Result<Option<IpSeverity>> {
    let Ok(address) = address.parse::<IpAddr>() else {
        return Ok(None);
    };
    let now = app.now();
    let blocks = app
        .store
        .read(move |db| Ok::<_, Error>(ip_blocks::holding(db, now)?))
        .await?;
    let rank = |severity: IpSeverity| match severity {
        IpSeverity::SignUpRequiresApproval => 0,
        IpSeverity::SignUpBlock => 1,
        IpSeverity::NoAccess => 2,
    };
    Ok(blocks
        .iter()
        .filter(|block| block.ip.parse().is_ok_and(|net| covers(net, address)))
        .map(|block| block.severity)
        .max_by_key(|severity| rank(*severity)))
}

fn covers(net: IpNet, address: IpAddr) -> bool {
    match net {
        IpNet::V6(v6) if v6.prefix_len() > 64 => ipnet::Ipv6Net::new(v6.network(), 64)
            .is_ok_and(|wide| IpNet::V6(wide.trunc()).contains(&address)),
        net => net.contains(&address),
    }
}

/// May nobody register with this mail address?
pub(crate) async fn refuses_email(app: &App, email: &str) -> Result<bool> {
    let email = check_email(email)?;
    let hash = canonical(&email)?;
    let Some((_, domain)) = email.split_once('@') else {
        return Ok(false);
    };
    let mut domains = vec![domain.to_owned()];
    let mut rest = domain;
    while let Some((_, parent)) = rest.split_once('.') {
        domains.push(parent.to_owned());
        rest = parent;
    }
    app.store
        .read(move |db| {
            Ok(!email_domain_blocks::among(db, &domains)?.is_empty()
                || !canonical_email_blocks::among(db, &[hash])?.is_empty())
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_hash() {
        let hash = |email: &str| canonical(email).unwrap();
        assert_eq!(hash("A.n.n+shop@Mail.test"), hash("ann@mail.test"));
        assert_ne!(hash("anna@mail.test"), hash("ann@mail.test"));
        assert!(canonical("nobody").is_err());
    }

    #[test]
    fn networks_cover_their_addresses() {
        let covers =
            |net: &str, address: &str| covers(network(net).unwrap(), address.parse().unwrap());
        assert!(covers("192.0.2.7", "192.0.2.7") && !covers("192.0.2.7", "192.0.2.8"));
        assert!(covers("192.0.2.9/24", "192.0.2.8") && !covers("192.0.2.0/24", "192.0.3.1"));
        // Callers of IPv6 are known by their network alone.
        assert!(covers("2001:db8::7", "2001:db8::") && !covers("2001:db8:0:1::7", "2001:db8::"));
        assert!(covers("2001:db8::/32", "2001:db8:9::"));
        assert!(network("home").is_err());
    }
}
