//! Reading `Signature-Input` and `Signature`, and choosing among several signatures. Whether it is valid is said in `verify`.

use super::Component;
use crate::signature::{Algorithm, Error, KeyId, structured};
use sfv::{BareItem, FieldType as _, InnerList, ListEntry, Parameters};

const MAX_COMPONENTS: usize = 64;

/// One signature of a request, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub label: String,
    /// What is signed, in order, each once.
    pub components: Vec<Component>,
    pub key_id: String,
    /// `None` if the sender leaves it to the key.
    pub algorithm: Option<Algorithm>,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds.
    pub expires: Option<i64>,
    pub nonce: Option<String>,
    pub tag: Option<String>,
    pub signature: Vec<u8>,
    /// The value of `@signature-params`, spelled as RFC 9421, section 2.3 says and not as it came.
    params: String,
}

impl Parsed {
    pub(super) fn params(&self) -> &str {
        &self.params
    }

    pub(super) fn covers(&self, component: &Component) -> bool {
        self.components.contains(component)
    }

    pub(super) fn covers_field(&self, name: &str) -> bool {
        self.components
            .iter()
            .any(|component| matches!(component, Component::Field(field) if field == name))
    }

    /// Whether it can be one of ours to check: proxies and crawlers sign for others, with keys of other kinds.
    fn is_usable(&self, covers_body: bool) -> bool {
        let target = [
            Component::TargetUri,
            Component::RequestTarget,
            Component::Path,
        ];
        KeyId::parse(&self.key_id).is_ok()
            && self.covers(&Component::Method)
            && target.iter().any(|component| self.covers(component))
            && (!covers_body || self.covers_field("content-digest"))
    }
}

/// Whether the request carries a `Content-Digest`, which the signature to be chosen ought to cover then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Digested,
    Undigested,
}

/// Reads both headers. Of several signatures the first is taken that covers what is needed with a key that can be fetched; if
/// none does, the first that can be read, so that `verify` names what it lacks.
pub fn parse(input: &str, signature: &str, body: Body) -> Result<Parsed, Error> {
    let inputs = structured::dictionary(input)?;
    let signatures = structured::dictionary(signature)?;
    let mut readable = None;
    let mut refused = None;
    for (label, entry) in &inputs {
        match read(label.as_str(), entry, signatures.get(label)) {
            Ok(parsed) if parsed.is_usable(body == Body::Digested) => return Ok(parsed),
            Ok(parsed) => {
                readable.get_or_insert(parsed);
            }
            Err(why) => {
                refused.get_or_insert(why);
            }
        }
    }
    match (readable, refused) {
        (Some(parsed), _) => Ok(parsed),
        (None, Some(why)) => Err(why),
        (None, None) => Err(Error::Malformed("`Signature-Input` is empty")),
    }
}

fn read(label: &str, entry: &ListEntry, signature: Option<&ListEntry>) -> Result<Parsed, Error> {
    let ListEntry::InnerList(list) = entry else {
        return Err(Error::Malformed(
            "`Signature-Input` has a signature without a list of components",
        ));
    };
    let signature = match signature {
        None => {
            return Err(Error::Malformed(
                "`Signature` has nothing under the label of `Signature-Input`",
            ));
        }
        Some(ListEntry::Item(item)) => item.bare_item.as_byte_sequence(),
        Some(ListEntry::InnerList(_)) => None,
    };
    let signature = signature
        .filter(|bytes| !bytes.is_empty())
        .ok_or(Error::Malformed(
            "`Signature` has a signature that is no byte sequence",
        ))?;
    let algorithm = text(&list.params, "alg", "the parameter `alg` is no string")?;
    Ok(Parsed {
        label: label.to_owned(),
        components: components(list)?,
        key_id: text(&list.params, "keyid", "the parameter `keyid` is no string")?
            .filter(|id| !id.is_empty())
            .ok_or_else(|| Error::Missing("keyid".to_owned()))?,
        algorithm: algorithm.as_deref().map(Algorithm::parse).transpose()?,
        created: seconds(
            &list.params,
            "created",
            "the parameter `created` is no integer",
        )?
        .ok_or_else(|| Error::Missing("created".to_owned()))?,
        expires: seconds(
            &list.params,
            "expires",
            "the parameter `expires` is no integer",
        )?,
        nonce: text(&list.params, "nonce", "the parameter `nonce` is no string")?,
        tag: text(&list.params, "tag", "the parameter `tag` is no string")?,
        signature: signature.to_vec(),
        params: vec![entry.clone()].serialize().ok_or(Error::Malformed(
            "`Signature-Input` cannot be written again",
        ))?,
    })
}

fn components(list: &InnerList) -> Result<Vec<Component>, Error> {
    if list.items.len() > MAX_COMPONENTS {
        return Err(Error::Malformed("the signature covers too many components"));
    }
    let mut read: Vec<Component> = Vec::with_capacity(list.items.len());
    for item in &list.items {
        let component = Component::read(item)?;
        // RFC 9421, section 2: each occurs once.
        if read.contains(&component) {
            return Err(Error::Malformed("the signature covers a component twice"));
        }
        read.push(component);
    }
    Ok(read)
}

fn text(params: &Parameters, name: &str, otherwise: &'static str) -> Result<Option<String>, Error> {
    match params.get(name) {
        None => Ok(None),
        Some(BareItem::String(text)) => Ok(Some(text.as_str().to_owned())),
        Some(_) => Err(Error::Malformed(otherwise)),
    }
}

fn seconds(params: &Parameters, name: &str, otherwise: &'static str) -> Result<Option<i64>, Error> {
    match params.get(name) {
        None => Ok(None),
        Some(BareItem::Integer(seconds)) => Ok(Some(i64::from(*seconds))),
        Some(_) => Err(Error::Malformed(otherwise)),
    }
}

#[cfg(test)]
mod tests;
