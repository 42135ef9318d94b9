//! An account as pages show it: name, handle, picture, and where its page is.

use kontor_actions::{App, accounts::Account};
use kontor_domain::account::AccountKind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    /// `@name@domain`, for local ones too.
    pub handle: String,
    /// The path of the profile page here.
    pub page: String,
    pub avatar: String,
    /// What is no person says so.
    pub kind: Option<&'static str>,
}

impl Person {
    pub fn of(app: &App, account: &Account) -> Self {
        let domain = account.domain.as_deref().unwrap_or(app.site.domain());
        let name = account.display_name.trim();
        Self {
            name: if name.is_empty() {
                account.username.clone()
            } else {
                name.to_owned()
            },
            handle: format!("@{}@{domain}", account.username),
            page: page(account),
            avatar: shown_picture(app, account.avatar_url.as_deref())
                .unwrap_or_else(|| format!("/media/avatars/{}.png", account.id)),
            kind: match account.kind {
                AccountKind::Person => None,
                AccountKind::Service | AccountKind::Application => Some("Automated"),
                AccountKind::Group => Some("Community"),
                AccountKind::Organization => Some("Organisation"),
            },
        }
    }
}

pub fn page(account: &Account) -> String {
    match &account.domain {
        None => format!("/@{}", account.username),
        Some(domain) => format!("/@{}@{domain}", account.username),
    }
}

pub fn header(app: &App, account: &Account) -> String {
    shown_picture(app, account.header_url.as_deref())
        .unwrap_or_else(|| format!("/media/headers/{}.png", account.id))
}

/// A picture's address for those who have no page to start from.
pub fn absolute(app: &App, address: &str) -> String {
    if address.starts_with('/') {
        app.site.url(address)
    } else {
        address.to_owned()
    }
}

/// An address of another server that a link may lead to: its page on the web, and nothing that a browser runs.
pub fn web_address(url: &str) -> Option<String> {
    let scheme = url
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    matches!(scheme.as_str(), "http" | "https").then(|| url.to_owned())
}

/// A picture that the content security policy lets in (see `headers`).
pub fn shown_picture(app: &App, url: Option<&str>) -> Option<String> {
    let url = url.filter(|url| !url.is_empty())?;
    let fits =
        url.starts_with("https://") || (app.site.scheme() == "http" && url.starts_with("http://"));
    fits.then(|| url.to_owned())
}
