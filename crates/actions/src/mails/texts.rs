//! What mails say: a template each, with the subject on its first line. Plain text, and no HTML.

use kontor_domain::notification::WarningAction;
use kontor_store::warnings::Warning;

const CONFIRM: &str = include_str!("texts/confirm.txt");
const RESET: &str = include_str!("texts/reset.txt");
const PASSWORD_CHANGED: &str = include_str!("texts/password_changed.txt");
const APPROVED: &str = include_str!("texts/approved.txt");
const WARNED: &str = include_str!("texts/warned.txt");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Confirm,
    Reset,
    PasswordChanged,
    Approved,
    Warned,
}

/// What stands in the gaps of a template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gaps<'a> {
    pub(super) title: &'a str,
    pub(super) name: &'a str,
    pub(super) link: &'a str,
    pub(super) age: &'a str,
    /// Of several lines.
    pub(super) said: &'a str,
}

/// Subject and text.
pub(super) fn write(kind: Kind, gaps: Gaps<'_>) -> (String, String) {
    let template = match kind {
        Kind::Confirm => CONFIRM,
        Kind::Reset => RESET,
        Kind::PasswordChanged => PASSWORD_CHANGED,
        Kind::Approved => APPROVED,
        Kind::Warned => WARNED,
    };
    let (subject, text) = template.split_once("\n\n").unwrap_or((template, ""));
    (fill(subject, gaps), fill(text, gaps))
}

/// One pass: what is filled in is not looked at again.
fn fill(template: &str, gaps: Gaps<'_>) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            rest = after;
            break;
        };
        match name {
            "title" => one_line(&mut out, gaps.title),
            "name" => one_line(&mut out, gaps.name),
            "link" => one_line(&mut out, gaps.link),
            "age" => one_line(&mut out, gaps.age),
            "said" => out.extend(
                gaps.said
                    .chars()
                    .filter(|character| *character == '\n' || !character.is_control()),
            ),
            _ => {}
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn one_line(out: &mut String, text: &str) {
    out.extend(text.chars().filter(|character| !character.is_control()));
}

/// What operators did with an account, and their own words.
pub(super) fn said(warning: &Warning) -> String {
    let deed = match warning.action {
        WarningAction::None => "the moderators want you to know something about your account.",
        WarningAction::Disable => {
            "the moderators disabled your account: you cannot sign in until they enable it."
        }
        WarningAction::Sensitive => {
            "the moderators have the files of your posts covered until a reader uncovers them."
        }
        WarningAction::Silence => {
            "the moderators limited your account: only those who follow you come upon your posts."
        }
        WarningAction::Suspend => {
            "the moderators suspended your account: it is out of sight until they bring it back."
        }
    };
    if warning.text.is_empty() {
        return deed.to_owned();
    }
    format!("{deed} They say:\n\n{}", warning.text)
}

/// `2 days`, `1 hour`, `30 minutes`: rounded down.
pub(super) fn age(seconds: u64) -> String {
    let (count, unit) = match seconds {
        172_800.. => (seconds / 86_400, "day"),
        3600.. => (seconds / 3600, "hour"),
        _ => ((seconds / 60).max(1), "minute"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use kontor_domain::ids::{AccountId, WarningId};

    use super::*;

    #[test]
    fn every_gap_is_filled_once() {
        let gaps = Gaps {
            title: "The {name}\r\nBcc: eve@there.test",
            name: "ann",
            link: "https://here.test/confirm/x",
            age: "2 days",
            said: "be kind\r\nto {name}",
        };
        for kind in [
            Kind::Confirm,
            Kind::Reset,
            Kind::PasswordChanged,
            Kind::Approved,
            Kind::Warned,
        ] {
            let (subject, text) = write(kind, gaps);
            assert!(subject.contains("The {name}Bcc: eve"), "{subject}");
            assert!(
                !subject.contains('\n') && !subject.contains('\r'),
                "{subject}"
            );
            assert!(text.contains("Hello ann,"), "{text}");
            assert!(text.contains("\n\nhttps://here.test/confirm/x\n"), "{text}");
            assert_eq!(kind == Kind::Warned, text.contains("be kind\nto {name}"));
            for gap in ["{title}", "{link}", "{age}", "{said}"] {
                assert!(!text.contains(gap), "{text}");
            }
        }
    }

    #[test]
    fn what_was_done_is_said_before_what_was_written() {
        let mut warning = Warning {
            id: WarningId(1),
            account_id: AccountId(2),
            by_account_id: None,
            action: WarningAction::None,
            text: String::new(),
            post_ids: "[]".to_owned(),
            created_at: kontor_domain::time::from_millis(0).unwrap(),
        };
        let mut all = Vec::new();
        for action in WarningAction::ALL {
            warning.action = *action;
            all.push(said(&warning));
        }
        all.dedup();
        assert_eq!(all.len(), WarningAction::ALL.len());
        warning.text = "Enough.".to_owned();
        assert!(said(&warning).ends_with("They say:\n\nEnough."));
    }

    #[test]
    fn times_are_said_in_words() {
        for (seconds, said) in [
            (60, "1 minute"),
            (3600, "1 hour"),
            (90_000, "25 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(age(seconds), said);
        }
    }
}
