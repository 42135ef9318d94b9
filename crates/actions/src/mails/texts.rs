//! What mails say: a template each, with the subject on its first line. Plain text, and no HTML.

const CONFIRM: &str = include_str!("texts/confirm.txt");
const RESET: &str = include_str!("texts/reset.txt");
const PASSWORD_CHANGED: &str = include_str!("texts/password_changed.txt");
const APPROVED: &str = include_str!("texts/approved.txt");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Confirm,
    Reset,
    PasswordChanged,
    Approved,
}

/// What stands in the gaps of a template.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gaps<'a> {
    pub(super) title: &'a str,
    pub(super) name: &'a str,
    pub(super) link: &'a str,
    pub(super) age: &'a str,
}

/// Subject and text.
pub(super) fn write(kind: Kind, gaps: Gaps<'_>) -> (String, String) {
    let template = match kind {
        Kind::Confirm => CONFIRM,
        Kind::Reset => RESET,
        Kind::PasswordChanged => PASSWORD_CHANGED,
        Kind::Approved => APPROVED,
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
    use super::*;

    #[test]
    fn every_gap_is_filled_once() {
        let gaps = Gaps {
            title: "The {name}\r\nBcc: eve@there.test",
            name: "ann",
            link: "https://here.test/confirm/x",
            age: "2 days",
        };
        for kind in [
            Kind::Confirm,
            Kind::Reset,
            Kind::PasswordChanged,
            Kind::Approved,
        ] {
            let (subject, text) = write(kind, gaps);
            assert!(subject.contains("The {name}Bcc: eve"), "{subject}");
            assert!(
                !subject.contains('\n') && !subject.contains('\r'),
                "{subject}"
            );
            assert!(text.contains("Hello ann,"), "{text}");
            assert!(text.contains("\n\nhttps://here.test/confirm/x\n"), "{text}");
            for gap in ["{title}", "{link}", "{age}"] {
                assert!(!text.contains(gap), "{text}");
            }
        }
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
