//! Rules as a file, in the form in which Mastodon imports and exports its domain blocks, so that lists can be shared.

use kontor_domain::peer::Severity;

use super::{DomainPolicy, Refuse, Wanted};
use crate::{Error, Result};

const HEADER: &str = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate";

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub rules: Vec<Wanted>,
}

/// The rules that block or limit, or that refuse something of a domain that is spoken with.
pub fn write_csv(policies: &[DomainPolicy]) -> String {
    let mut text = format!("{HEADER}\n");
    for policy in policies {
        let severity = match policy.severity {
            Severity::Block => "suspend",
            Severity::Limit => "silence",
            Severity::Allow if policy.reject_media || policy.reject_reports => "noop",
            Severity::Allow => continue,
        };
        let row = [
            policy.domain.as_str(),
            severity,
            word(policy.reject_media),
            word(policy.reject_reports),
            &policy.public_comment,
            word(policy.obfuscate),
        ];
        let row: Vec<String> = row.iter().map(|field| quoted(field)).collect();
        text.push_str(&row.join(","));
        text.push('\n');
    }
    text
}

/// The domains that are allowed by name, a file of its own as Mastodon has it.
pub fn write_allowed(policies: &[DomainPolicy]) -> String {
    let mut text = "#domain\n".to_owned();
    for policy in policies {
        if policy.severity == Severity::Allow {
            text.push_str(&policy.domain);
            text.push('\n');
        }
    }
    text
}

fn word(yes: bool) -> &'static str {
    if yes { "True" } else { "False" }
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// Reads either file, with or without its first line; what is missing of a row is as Mastodon has it by default. A file with
/// nothing but domains is one of blocks, unless its first line is `#domain` alone.
pub fn read_csv(text: &str) -> Result<Imported> {
    let rows = rows(text.trim_start_matches('\u{feff}'))?;
    let mut columns: Vec<String> = HEADER
        .split(',')
        .map(|name| name.trim_start_matches('#').to_owned())
        .collect();
    let mut plain = Severity::Block;
    let mut rules = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        if row.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if row
            .first()
            .is_some_and(|first| first.trim_start_matches('#').eq_ignore_ascii_case("domain"))
        {
            columns = row
                .iter()
                .map(|name| name.trim().trim_start_matches('#').to_ascii_lowercase())
                .collect();
            if columns.len() == 1 {
                plain = Severity::Allow;
            }
            continue;
        }
        rules.push(
            rule(&columns, &row, plain)
                .map_err(|why| Error::invalid("file", format!("line {}: {why}", number + 1)))?,
        );
    }
    Ok(Imported { rules })
}

fn rule(
    columns: &[String],
    row: &[String],
    plain: Severity,
) -> std::result::Result<Wanted, String> {
    let field = |name: &str| {
        columns
            .iter()
            .position(|column| column == name)
            .and_then(|at| row.get(at))
            .map(|field| field.trim())
            .filter(|field| !field.is_empty())
    };
    let domain = field("domain").ok_or("there is no domain")?;
    kontor_domain::peer::normal(domain).ok_or_else(|| format!("`{domain}` is no domain"))?;
    let flag = |name: &str| match field(name).map(str::to_ascii_lowercase).as_deref() {
        None | Some("false" | "0" | "f" | "no") => Ok(false),
        Some("true" | "1" | "t" | "yes") => Ok(true),
        Some(other) => Err(format!("`{name}` is `{other}`, neither True nor False")),
    };
    let severity = match field("severity") {
        None => plain,
        Some("suspend" | "block") => Severity::Block,
        Some("silence" | "limit") => Severity::Limit,
        Some("noop" | "allow") => Severity::Allow,
        Some(other) => return Err(format!("`{other}` is no severity")),
    };
    Ok(Wanted {
        refuse: Refuse {
            media: flag("reject_media")?,
            reports: flag("reject_reports")?,
        },
        public_comment: field("public_comment").unwrap_or_default().to_owned(),
        obfuscate: flag("obfuscate")?,
        ..Wanted::new(domain, severity)
    })
}

/// RFC 4180.
fn rows(text: &str) -> Result<Vec<Vec<String>>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                field.push('"');
                characters.next();
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    if quoted {
        return Err(Error::invalid("file", "ends inside a quoted field"));
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(domain: &str, severity: Severity) -> DomainPolicy {
        DomainPolicy {
            domain: domain.to_owned(),
            severity,
            reject_media: false,
            reject_reports: false,
            obfuscate: false,
            public_comment: String::new(),
            private_comment: String::new(),
            created_at: chrono::NaiveDateTime::default(),
            id: kontor_domain::ids::DomainPolicyId(1),
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let policies = [
            DomainPolicy {
                public_comment: "says \"no\", loudly\nand twice".to_owned(),
                obfuscate: true,
                reject_media: true,
                ..policy("bad.example", Severity::Block)
            },
            policy("so-so.example", Severity::Limit),
            DomainPolicy {
                reject_reports: true,
                ..policy("pictures.example", Severity::Allow)
            },
            policy("friend.example", Severity::Allow),
        ];
        let text = write_csv(&policies);
        assert!(text.starts_with(HEADER));
        let read = read_csv(&text).unwrap().rules;
        assert_eq!(
            read.len(),
            3,
            "an allowed domain has a file of its own: {text}"
        );
        for (wanted, policy) in read.iter().zip(&policies) {
            assert_eq!(wanted.domain, policy.domain);
            assert_eq!(wanted.severity, policy.severity);
            assert_eq!(wanted.refuse.media, policy.reject_media);
            assert_eq!(wanted.refuse.reports, policy.reject_reports);
            assert_eq!(wanted.public_comment, policy.public_comment);
            assert_eq!(wanted.obfuscate, policy.obfuscate);
        }
        let allowed = read_csv(&write_allowed(&policies)).unwrap().rules;
        assert_eq!(
            allowed
                .iter()
                .map(|rule| (rule.domain.as_str(), rule.severity))
                .collect::<Vec<_>>(),
            [
                ("pictures.example", Severity::Allow),
                ("friend.example", Severity::Allow)
            ]
        );
    }

    #[test]
    fn lists_of_others_are_read() {
        let read = |text: &str| {
            read_csv(text).map(|file| {
                file.rules
                    .into_iter()
                    .map(|rule| (rule.domain, rule.severity, rule.refuse.media))
                    .collect::<Vec<_>>()
            })
        };
        let bad = |media| ("bad.example".to_owned(), Severity::Block, media);
        assert_eq!(read("bad.example\r\n").unwrap(), [bad(false)]);
        assert_eq!(
            read("\u{feff}#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\r\nbad.example,suspend,TRUE,,\"a, b\",\r\n").unwrap(),
            [bad(true)]
        );
        assert_eq!(
            read("domain,reject_media,severity\nbad.example,true,suspend\n\n").unwrap(),
            [bad(true)]
        );
        for (text, named) in [
            ("bad.example,perhaps", "line 1"),
            ("#domain,#severity\n,suspend", "line 2"),
            ("a b,suspend", "no domain"),
            ("bad.example,suspend,maybe", "reject_media"),
            ("\"bad.example", "quoted"),
        ] {
            let why = read(text).unwrap_err().to_string();
            assert!(why.contains(named), "{text}: {why}");
        }
    }
}
