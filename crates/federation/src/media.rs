//! Which files, pictures and emoji of peers are taken: none of an account whose media are refused, and none that lie on a host
//! whose media are, whoever shows them.

use kontor_actions::{
    App, attachments::RemoteFile, custom_emojis::RemoteEmoji, reactions::Emoji as Reaction,
};
use kontor_domain::{
    emoji::Emoji,
    site::{Site, authority_of},
};

use crate::{Federation, policy::Policy};

/// What may be shown of one account.
pub(crate) struct Sieve<'a> {
    policy: &'a Policy,
    site: &'a Site,
    /// Anything at all?
    open: bool,
}

impl Federation {
    /// `domain`: that of the account's handle.
    pub(crate) fn sieve<'a>(&'a self, app: &'a App, uri: &str, domain: Option<&str>) -> Sieve<'a> {
        Sieve {
            policy: &self.policy,
            site: &app.site,
            open: self.policy.takes_media_of(uri, domain),
        }
    }
}

impl Sieve<'_> {
    fn takes(&self, url: &str) -> bool {
        let elsewhere = || authority_of(url).is_some_and(|host| self.policy.takes_media(&host));
        self.open && (self.site.owns_str(url) || elsewhere())
    }

    pub(crate) fn address(&self, url: Option<String>) -> Option<String> {
        url.filter(|url| self.takes(url))
    }

    /// A file may be taken without the small picture of it.
    pub(crate) fn files(&self, files: Vec<RemoteFile>) -> Vec<RemoteFile> {
        files
            .into_iter()
            .filter(|file| self.takes(&file.url))
            .map(|file| RemoteFile {
                preview_url: self.address(file.preview_url.clone()),
                ..file
            })
            .collect()
    }

    pub(crate) fn emojis(&self, mut emojis: Vec<RemoteEmoji>) -> Vec<RemoteEmoji> {
        emojis.retain(|emoji| self.takes(&emoji.url));
        emojis
    }

    /// Those of a profile, as they are kept.
    pub(crate) fn profile(&self, kept: String) -> String {
        let Ok(mut emojis) = serde_json::from_str::<Vec<Emoji>>(&kept) else {
            return kept;
        };
        let before = emojis.len();
        emojis.retain(|emoji| self.takes(&emoji.url));
        if emojis.len() == before {
            return kept;
        }
        serde_json::to_string(&emojis).unwrap_or_else(|_| "[]".to_owned())
    }

    /// An emoji that is given to a post. `None`: it cannot be shown.
    pub(crate) fn reaction(&self, emoji: Reaction) -> Option<Reaction> {
        let shown = emoji.url.as_deref().is_none_or(|url| self.takes(url));
        shown.then_some(emoji)
    }
}
