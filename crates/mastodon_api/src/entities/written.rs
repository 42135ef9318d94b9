//! Entities that are put together from JSON that is kept: what is known already is copied, where serde would go through it member by member.

use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::RawValue;

/// What an answer is made of.
pub trait Entity: Serialize {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(out, self)
    }
}

macro_rules! plain {
    ($($entity:ty),+ $(,)?) => { $(impl Entity for $entity {})+ };
}

plain!(
    String,
    super::Account,
    super::Collections,
    super::Community,
    super::CommunityBan,
    super::Conversation,
    super::DomainBlock,
    super::LogEntry,
    super::MutedAccount,
    super::NotificationRequest,
    super::Report,
    super::ScheduledStatus,
    super::Tag,
    super::admin::AdminAccount,
    super::admin::AdminReport,
    super::admin::CanonicalEmailBlock,
    super::admin::DomainAllow,
    super::admin::DomainBlock,
    super::admin::EmailDomainBlock,
    super::admin::IpBlock,
);

/// The members of an object without its braces, to be kept.
pub(super) fn members(of: &impl Serialize) -> serde_json::Result<Box<str>> {
    let json = serde_json::to_string(of)?;
    let inside = json
        .strip_prefix('{')
        .and_then(|json| json.strip_suffix('}'));
    inside
        .map(Into::into)
        .ok_or_else(|| serde_json::Error::custom("not an object"))
}

/// Writes members with their names, each after a comma: serde would look for what to escape in each name each time.
macro_rules! write_members {
    ($out:ident, $of:ident: $($name:ident),+) => {$(
        $out.extend_from_slice(concat!(",\"", stringify!($name), "\":").as_bytes());
        serde_json::to_writer(&mut *$out, &$of.$name)?;
    )+};
}
pub(super) use write_members;

/// A list of them.
pub(crate) fn list<T: Entity>(out: &mut Vec<u8>, items: &[T]) -> serde_json::Result<()> {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        item.write(out)?;
    }
    out.push(b']');
    Ok(())
}

/// One, or `null`.
pub(super) fn maybe<T: Entity>(out: &mut Vec<u8>, item: Option<&T>) -> serde_json::Result<()> {
    if let Some(item) = item {
        return item.write(out);
    }
    out.extend_from_slice(b"null");
    Ok(())
}

/// For those that are a part of something else.
pub(super) fn serialize<T: Entity, S: Serializer>(
    of: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut json = Vec::new();
    of.write(&mut json).map_err(S::Error::custom)?;
    let json: Box<RawValue> = serde_json::from_slice(&json).map_err(S::Error::custom)?;
    json.serialize(serializer)
}
