//! What an instance says of itself at length: texts in files of their own, which are named in the configuration.

use std::path::Path;

use kontor_actions::{About, Document, Terms};
use kontor_domain::{
    text::{Handle, Resolver, render_markdown},
    time::{Time, from_millis},
};

use super::{Config, Error};

/// More of a text is not rendered.
const MOST_BYTES: usize = 256 * 1024;

impl Config {
    /// Reads the files that the configuration names.
    pub fn about(&self) -> Result<About, Error> {
        let instance = &self.instance;
        let mut terms_of_service = Vec::new();
        for version in &instance.terms_of_service {
            let effective = version.effective.parse().map_err(|_| {
                let day = &version.effective;
                Error(format!(
                    "`instance.terms_of_service` holds the day `{day}`, which is not as 2026-01-31"
                ))
            })?;
            let (html, _) = read("instance.terms_of_service", &version.file)?;
            terms_of_service.push(Terms { effective, html });
        }
        terms_of_service.sort_by_key(|terms| terms.effective);
        if terms_of_service
            .windows(2)
            .any(|pair| matches!(pair, [one, two] if one.effective == two.effective))
        {
            return Err(Error(
                "`instance.terms_of_service` holds two versions for one day".to_owned(),
            ));
        }
        Ok(About {
            featured_accounts: self.featured_accounts()?,
            extended_description: document(
                "instance.extended_description_file",
                &instance.extended_description_file,
            )?,
            privacy_policy: document(
                "instance.privacy_policy_file",
                &instance.privacy_policy_file,
            )?,
            terms_of_service,
        })
    }

    fn featured_accounts(&self) -> Result<Vec<Handle>, Error> {
        let named = self.instance.featured_accounts.iter();
        named
            .map(|name| {
                Handle::parse(name).map_err(|_| {
                    Error(format!(
                        "`instance.featured_accounts` holds `{name}`, which is no handle"
                    ))
                })
            })
            .collect()
    }
}

fn document(key: &str, path: &Path) -> Result<Option<Document>, Error> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let (html, updated_at) = read(key, path)?;
    Ok(Some(Document { html, updated_at }))
}

/// The text as HTML, and when the file was changed.
fn read(key: &str, path: &Path) -> Result<(String, Time), Error> {
    let fails =
        |why: std::io::Error| Error(format!("`{key}`: cannot read {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(fails)?;
    if text.len() > MOST_BYTES {
        return Err(Error(format!(
            "`{key}`: {} is larger than {MOST_BYTES} bytes",
            path.display()
        )));
    }
    let changed = std::fs::metadata(path)
        .and_then(|about| about.modified())
        .map_err(fails)?;
    let millis = changed
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default();
    let html = render_markdown(&text, &Resolver::new()).into_string();
    Ok((html, from_millis(millis).unwrap_or_default()))
}
