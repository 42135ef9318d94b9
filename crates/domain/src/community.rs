//! What a community is: a `Group` actor that people join, post in and moderate.

words!(
    /// Who reads and who takes part.
    Access {
        /// Anyone reads and posts.
        Public = "public",
        /// The same, kept out of public timelines and lists.
        Unlisted = "unlisted",
        /// Anyone reads, members post.
        Restricted = "restricted",
        /// Members read and post; joining is approved.
        Private = "private",
        /// Whoever has an account here reads, members post; it never leaves this server.
        Local = "local",
    }
);

use serde::Deserialize;

use crate::audience::Audience;

/// What is said of a community wherever its account is shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Facts {
    pub access: Access,
    pub posting: Posting,
    /// JSON list of codes.
    pub languages: String,
    pub archived: bool,
    pub names_moderators: bool,
}

impl Access {
    /// The audience of what is posted there.
    pub const fn audience(self) -> Audience {
        match self {
            Self::Public | Self::Restricted => Audience::Public,
            Self::Unlisted => Audience::Unlisted,
            Self::Private => Audience::Community,
            Self::Local => Audience::Instance,
        }
    }

    /// Does one become a member only when somebody says yes?
    pub const fn is_approved(self) -> bool {
        matches!(self, Self::Private)
    }
}

words!(
    /// Who begins threads. Whoever may take part answers in them.
    Posting {
        Anyone = "anyone",
        Members = "members",
        Moderators = "moderators",
    }
);

words!(
    CommunityRole {
        Owner = "owner",
        Moderator = "moderator",
    }
);

/// What somebody wants to do with a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Look after what is posted there, and after who belongs to it.
    Moderate,
    /// Give up one's own role.
    Resign,
    /// Say who looks after it, and who owns it.
    Appoint,
    /// Change what it says of itself, close it, open it again.
    Edit,
}

impl CommunityRole {
    /// Owners may do everything, to each other too. It is the same rule for people here and for those elsewhere.
    pub const fn may(self, right: Right) -> bool {
        match self {
            Self::Owner => true,
            Self::Moderator => matches!(right, Right::Moderate | Right::Resign),
        }
    }
}

words!(
    /// What the moderation log tells.
    LogAction {
        Removed = "removed",
        Restored = "restored",
        /// A community elsewhere did not take in what was written here for it.
        Refused = "refused",
        /// It passed that on later: it has it after all.
        TakenIn = "taken_in",
        Locked = "locked",
        Unlocked = "unlocked",
        Pinned = "pinned",
        Unpinned = "unpinned",
        Banned = "banned",
        Unbanned = "unbanned",
        ModeratorAdded = "moderator_added",
        ModeratorRemoved = "moderator_removed",
        OwnerAdded = "owner_added",
        /// An owner who is a moderator from there on.
        OwnerRemoved = "owner_removed",
        Transferred = "transferred",
        /// Nobody owned the community any more; the rule named somebody.
        Inherited = "inherited",
        Archived = "archived",
        Unarchived = "unarchived",
        Edited = "edited",
        /// Shown by its server before others.
        Featured = "featured",
        Unfeatured = "unfeatured",
    }
);

words!(
    /// What whoever did something in a community was there when they did it.
    LogRole {
        Owner = "owner",
        Moderator = "moderator",
        /// Of the server that the community is on.
        Administrator = "administrator",
        /// Somebody else of the server of whom it concerns.
        AuthorServer = "author_server",
        /// The community itself said so.
        Community = "community",
        /// Nobody: the rule of succession.
        Rule = "rule",
    }
);

impl From<CommunityRole> for LogRole {
    fn from(role: CommunityRole) -> Self {
        match role {
            CommunityRole::Owner => Self::Owner,
            CommunityRole::Moderator => Self::Moderator,
        }
    }
}

impl LogAction {
    /// What is said of one author's posts before they are the community's: nobody else's server knows of it.
    pub const OF_ITS_AUTHOR: [Self; 2] = [Self::Refused, Self::TakenIn];

    /// Does it say who looks after the community?
    pub const fn names_moderators(self) -> bool {
        matches!(
            self,
            Self::ModeratorAdded
                | Self::ModeratorRemoved
                | Self::OwnerAdded
                | Self::OwnerRemoved
                | Self::Transferred
                | Self::Inherited
        )
    }

    /// May whom it concerned ask for another look?
    pub const fn is_appealable(self) -> bool {
        matches!(self, Self::Removed | Self::Locked | Self::Banned)
    }
}

words!(
    AppealState {
        Open = "open",
        Upheld = "upheld",
        Rejected = "rejected",
    }
);

/// The title of a thread that was given none: its first line, without who is mentioned. A longer one ends between two words, unless the
/// last is most of it.
pub fn derived_title(text: &str, most: usize) -> String {
    let line = first_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let most = most.saturating_sub(1);
    let mut short: String = line.chars().take(most).collect();
    let whole = line.chars().nth(most).is_none_or(char::is_whitespace);
    if !whole
        && let Some(end) = short.rfind(char::is_whitespace)
        && end >= short.len() / 2
    {
        short.truncate(end);
    }
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Is this what the text begins with, as far as it goes? Somebody else may have cut it at another length.
pub fn is_derived_title(title: &str, text: &str) -> bool {
    let (title, line) = (own_words(title), first_line(text));
    let cut = title.strip_suffix('…').map(str::trim_end);
    !title.is_empty()
        && (line == title || cut.is_some_and(|cut| !cut.is_empty() && line.starts_with(cut)))
}

/// The first line with words of its own.
fn first_line(text: &str) -> String {
    text.lines()
        .map(own_words)
        .map(|line| line.trim_start_matches('#').trim().to_owned())
        .find(|line| !line.is_empty())
        .unwrap_or_default()
}

/// Without who is mentioned.
fn own_words(line: &str) -> String {
    line.split_whitespace()
        .filter(|word| !is_mention(word))
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_mention(word: &str) -> bool {
    word.strip_prefix(['@', '!'])
        .is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_do_what() {
        let every = [Right::Moderate, Right::Resign, Right::Appoint, Right::Edit];
        for (role, allowed) in [
            (CommunityRole::Owner, [true, true, true, true]),
            (CommunityRole::Moderator, [true, true, false, false]),
        ] {
            assert_eq!(every.map(|right| role.may(right)), allowed, "{role}");
        }
    }

    #[test]
    fn a_title_is_the_first_line_with_words_of_its_own() {
        for (text, title) in [
            ("@garden Tomatoes\nand more", "Tomatoes"),
            ("@garden@a.test\n\n# Plans", "Plans"),
            ("!garden@a.test Plans", "Plans"),
            ("hello @garden you", "hello you"),
            ("", ""),
            ("@garden", ""),
            ("me@a.test", "me@a.test"),
            ("abcdefghijklmno", "abcdefghi…"),
            ("abcdefgh ijklmno", "abcdefgh…"),
            ("ééééééééééé", "ééééééééé…"),
            ("abcde fghijkl", "abcde…"),
            ("abcdefghi jkl", "abcdefghi…"),
            ("a bcdefghijklmn", "a bcdefgh…"),
        ] {
            assert_eq!(derived_title(text, 10), title, "{text}");
        }
    }

    #[test]
    fn a_title_made_of_the_text_is_known_again() {
        let text = "@garden@a.test\n# Plans for the spring\nand more";
        for title in [
            "Plans for the spring",
            " Plans  for the spring",
            "Plans for…",
            "Plans for the …",
            "Plans for the spr…",
        ] {
            assert!(is_derived_title(title, text), "{title}");
        }
        for title in [
            "",
            "…",
            "Plans",
            "Plans for the autumn",
            "and more",
            "Plan for…",
        ] {
            assert!(!is_derived_title(title, text), "{title}");
        }
    }
}
