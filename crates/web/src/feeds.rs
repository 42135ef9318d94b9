//! Feeds of an account: what it published for everyone, or the threads of a community, as RSS 2.0 and as Atom (RFC 4287).

use actix_web::{HttpResponse, http::header, web::Path};
use askama::Template;
use kontor_actions::{
    App, Error,
    accounts::Account,
    attachments::Attachment,
    communities,
    posts::PostView,
    timelines::{self, Selection},
};
use kontor_domain::{
    account::AccountKind,
    audience::{Audience, Viewer},
    page::Page,
    text::{excerpt, plain},
    time,
};

use crate::{
    accounts::find,
    communities::{is_open, thread_title},
    failure::{Answer, Failure},
    parts,
    people::{self, Person},
    posts::teaser,
    times::rfc822,
    visit::Visit,
};

/// Posts that are looked at; those among them that are public and no answers to others are in the feed.
const LOOKED_AT: i64 = 40;

struct Item {
    title: String,
    url: String,
    /// HTML; the template escapes it once more, as both formats want it.
    html: String,
    rfc822: String,
    published: String,
    updated: String,
    /// If it is not whose feed it is: name and address.
    author: Option<(String, String)>,
    tags: Vec<String>,
    files: Vec<Enclosure>,
}

/// A file of a post (RFC 4287, 4.2.7.2; RSS 2.0, `enclosure`, which must say all of it).
struct Enclosure {
    href: String,
    kind: Option<String>,
    title: String,
    /// Bytes; 0 where nobody has counted them.
    length: i64,
}

struct Feed {
    title: String,
    url: String,
    /// The address of the feed itself.
    own: String,
    description: String,
    name: String,
    avatar: String,
    updated: String,
    rfc822: String,
    items: Vec<Item>,
}

#[derive(Template)]
#[template(path = "rss.xml")]
struct Rss {
    feed: Feed,
}

#[derive(Template)]
#[template(path = "atom.xml")]
struct Atom {
    feed: Feed,
}

/// Characters that XML 1.0 has no way to write (section 2.2) are left out.
fn writable(text: &str) -> String {
    text.chars()
        .filter(|c| {
            matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn enclosure(app: &App, file: &Attachment) -> Option<Enclosure> {
    let href = parts::address(file)?;
    Some(Enclosure {
        href: writable(&if href.starts_with('/') {
            app.site.url(&href)
        } else {
            href
        }),
        kind: file.media_type.as_deref().map(writable),
        title: writable(file.description.as_deref().unwrap_or_default()),
        length: file.file_size.unwrap_or_default(),
    })
}

fn item(app: &App, account: &Account, view: &PostView) -> Item {
    let post = &view.post;
    let title = if account.kind == AccountKind::Group {
        thread_title(view)
    } else {
        teaser(view, 80)
    };
    let author = (view.account.id != account.id).then(|| {
        let person = Person::of(app, &view.account);
        (
            writable(&person.name),
            people::web_address(&view.account.url).unwrap_or_else(|| app.site.url(&person.page)),
        )
    });
    let warning = post.spoiler_text.trim();
    let html = if warning.is_empty() {
        post.content.clone()
    } else {
        format!(
            "<p><strong>Content warning:</strong> {}</p><hr>{}",
            escape(warning),
            post.content
        )
    };
    Item {
        title: writable(&title),
        url: people::web_address(&post.url).unwrap_or_else(|| post.uri.clone()),
        author,
        html: writable(&html),
        rfc822: rfc822(post.created_at),
        published: time::rfc3339_seconds(post.created_at),
        updated: time::rfc3339_seconds(post.edited_at.unwrap_or(post.created_at)),
        tags: view.post.tags.clone(),
        files: view
            .parts
            .attachments
            .iter()
            .filter_map(|file| enclosure(app, file))
            .collect(),
    }
}

async fn feed(app: &App, account: &Account, ending: &str) -> Result<Feed, Failure> {
    let group = account.kind == AccountKind::Group;
    // A community shows what begins a thread in it.
    let selection = if group {
        Selection::WithoutReplies
    } else {
        Selection::Own
    };
    // Whoever asks: a feed is read by machines and passed on.
    let views = timelines::account(
        app,
        Viewer::Anyone,
        account.id,
        selection,
        Page::first(LOOKED_AT),
    )
    .await?;
    let items: Vec<Item> = views
        .iter()
        .map(|view| view.boosted.as_deref().unwrap_or(view))
        .filter(|view| view.post.audience == Audience::Public && view.post.listed)
        .map(|view| item(app, account, view))
        .collect();
    let person = Person::of(app, account);
    let updated = views
        .first()
        .map_or(account.created_at, |view| view.post.created_at);
    let note = excerpt(&plain(&account.note), 300);
    Ok(Feed {
        title: writable(&format!("{} ({})", person.name, person.handle)),
        url: account.url.clone(),
        own: app.site.url(&format!("{}.{ending}", person.page)),
        description: if note.is_empty() {
            let what = if group {
                "Threads in"
            } else {
                "Public posts by"
            };
            format!("{what} {}", person.handle)
        } else {
            writable(&note)
        },
        name: writable(&person.name),
        avatar: if person.avatar.starts_with('/') {
            app.site.url(&person.avatar)
        } else {
            person.avatar
        },
        updated: time::rfc3339_seconds(updated),
        rfc822: rfc822(updated),
        items,
    })
}

fn answer(kind: &'static str, template: &impl Template) -> Answer {
    let xml = template.render().map_err(Failure::Template)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type(kind)
        .body(xml))
}

/// Whose feed anyone may read. A community has one if what is posted in it is for everyone.
async fn with_feed(app: &App, name: &str) -> Result<Account, Error> {
    let account = find(app, name).await?;
    let account = communities::check_known(app, Viewer::Anyone, account).await?;
    if account.kind == AccountKind::Group
        && !is_open(&communities::get(app, None, account.id).await?)
    {
        return Err(Error::NotFound);
    }
    Ok(account)
}

pub async fn rss(visit: Visit, name: Path<String>) -> Answer {
    let account = with_feed(&visit.app, &name).await?;
    answer(
        "application/rss+xml; charset=utf-8",
        &Rss {
            feed: feed(&visit.app, &account, "rss").await?,
        },
    )
}

pub async fn atom(visit: Visit, name: Path<String>) -> Answer {
    let account = with_feed(&visit.app, &name).await?;
    answer(
        "application/atom+xml; charset=utf-8",
        &Atom {
            feed: feed(&visit.app, &account, "atom").await?,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(
            writable("a\u{0}b\u{8}c\u{b}\td\u{1f}\u{ffff}\u{1f600}"),
            "abc\td\u{1f600}"
        );
    }
}
