//! WebFinger (RFC 7033): from a name or an address to an actor of ours. Asking others is in `fetch`.

use std::collections::BTreeMap;

use activitypub_federation::FEDERATION_CONTENT_TYPE;
use actix_web::{HttpResponse, http::header, web::Data, web::Query};
use kontor_actions::{
    App,
    accounts::{self, Account},
    communities,
};
use kontor_domain::{account::AccountKind, text::Handle};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    fetch::TYPE,
    objects::actor::{as_reporter, instance_username, reporter_username, username},
    problem::Problem,
};

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    resource: Option<String>,
}

/// A JSON Resource Descriptor.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Descriptor {
    subject: String,
    aliases: Vec<String>,
    links: Vec<Link>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Link {
    Address {
        rel: &'static str,
        #[serde(rename = "type")]
        kind: &'static str,
        href: String,
    },
    /// An actor, and whether it is a person or a group, as Lemmy says it.
    Actor {
        rel: &'static str,
        #[serde(rename = "type")]
        kind: &'static str,
        href: String,
        properties: BTreeMap<&'static str, AccountKind>,
    },
    /// Where the person can do something with what another site shows; a place in it is filled in there.
    Intent { rel: &'static str, template: String },
}

/// What people here can do (FEP-3b86), and the older way of the same for following.
const INTENTS: [(&str, &str); 6] = [
    ("http://ostatus.org/schema/1.0/subscribe", "uri={uri}"),
    ("https://w3id.org/fep/3b86/Object", "uri={object}"),
    (
        "https://w3id.org/fep/3b86/Follow",
        "intent=follow&uri={object}",
    ),
    ("https://w3id.org/fep/3b86/Like", "intent=like&uri={object}"),
    (
        "https://w3id.org/fep/3b86/Announce",
        "intent=announce&uri={object}",
    ),
    (
        "https://w3id.org/fep/3b86/Create",
        "intent=create&content={content}&uri={inReplyTo}",
    ),
];

/// What `resource` may name.
#[derive(Debug, PartialEq, Eq)]
enum Resource {
    Instance,
    Reporter,
    Name(Handle),
    Actor(String),
}

/// `GET /.well-known/webfinger?resource=…`
pub(crate) async fn webfinger(
    asked: Query<Asked>,
    app: Data<App>,
) -> Result<HttpResponse, Problem> {
    let resource = asked
        .resource
        .as_deref()
        .map(str::trim)
        .filter(|resource| !resource.is_empty());
    let resource = resource.ok_or_else(|| {
        Problem::bad_request("`resource` is missing: acct:name@domain, or an address")
    })?;
    let account = find(&app, read(&app, resource)?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jrd+json; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .json(describe(&app, account)))
}

/// A name on another domain, or an address elsewhere, is none that we know of.
fn read(app: &App, resource: &str) -> Result<Resource, Problem> {
    let scheme = resource.split(':').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        let url = Url::parse(resource)
            .map_err(|why| Problem::bad_request(format!("`resource` is not an address: {why}")))?;
        return if app.site.owns(&url) {
            read_address(app, &url).ok_or_else(Problem::not_found)
        } else {
            Err(Problem::not_found())
        };
    }
    let acct = match resource.split_at_checked(5) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("acct:") => rest,
        _ => resource,
    };
    let acct = acct.strip_prefix('@').unwrap_or(acct);
    let (name, domain) = acct
        .rsplit_once('@')
        .filter(|(name, domain)| !name.is_empty() && !domain.is_empty())
        .ok_or_else(|| {
            Problem::bad_request("`resource` is neither acct:name@domain nor an address")
        })?;
    let host = Url::parse(&app.site.base())
        .ok()
        .and_then(|url| url.host_str().map(ToOwned::to_owned));
    let ours = domain.eq_ignore_ascii_case(app.site.domain())
        || host.is_some_and(|host| domain.eq_ignore_ascii_case(&host));
    if name.eq_ignore_ascii_case(&instance_username(&app.site))
        || name.eq_ignore_ascii_case(app.site.domain())
    {
        return if ours {
            Ok(Resource::Instance)
        } else {
            Err(Problem::not_found())
        };
    }
    if ours && name.eq_ignore_ascii_case(&reporter_username(&app.site)) {
        return Ok(Resource::Reporter);
    }
    let handle = Handle::parse(name)
        .ok()
        .filter(|handle| handle.domain.is_none());
    let handle =
        handle.ok_or_else(|| Problem::bad_request("`resource` has no good name before the @"))?;
    if ours {
        Ok(Resource::Name(handle))
    } else {
        Err(Problem::not_found())
    }
}

fn read_address(app: &App, url: &Url) -> Option<Resource> {
    let path = url.path();
    if path == "/" || path == "/actor" {
        return Some(Resource::Instance);
    }
    if path == "/actor/reporter" {
        return Some(Resource::Reporter);
    }
    if let Some(name) = path.strip_prefix("/@") {
        return Some(Resource::Name(Handle {
            username: name.to_owned(),
            domain: None,
            group: false,
        }));
    }
    path.starts_with("/users/")
        .then(|| Resource::Actor(app.site.url(path)))
}

async fn find(app: &App, resource: Resource) -> Result<Account, Problem> {
    let account = match resource {
        Resource::Instance => accounts::instance_actor(app).await?,
        Resource::Reporter => as_reporter(&app.site, accounts::instance_actor(app).await?),
        Resource::Actor(uri) => accounts::by_uri(app, uri)
            .await?
            .ok_or_else(Problem::not_found)?,
        Resource::Name(handle) => accounts::lookup(app, &handle).await?,
    };
    if account.is_local()
        && account.suspended_at.is_none()
        && !communities::stays_here(app, &account).await?
    {
        Ok(account)
    } else {
        Err(Problem::not_found())
    }
}

fn describe(app: &App, account: Account) -> Descriptor {
    let person = matches!(account.kind, AccountKind::Person | AccountKind::Service)
        && account.uri != app.site.reporter();
    let intents = INTENTS
        .iter()
        .filter(|_| person)
        .map(|&(rel, query)| Link::Intent {
            rel,
            template: format!("{}?{query}", app.site.url("/authorize_interaction")),
        });
    Descriptor {
        subject: format!(
            "acct:{}@{}",
            username(&app.site, &account),
            app.site.domain()
        ),
        aliases: vec![account.url.clone(), account.uri.clone()],
        links: [
            Link::Address {
                rel: "http://webfinger.net/rel/profile-page",
                kind: "text/html",
                href: account.url,
            },
            // Mastodon wants exactly this type.
            Link::Actor {
                rel: "self",
                kind: FEDERATION_CONTENT_TYPE,
                properties: BTreeMap::from([(TYPE, account.kind)]),
                href: account.uri,
            },
        ]
        .into_iter()
        .chain(intents)
        .collect(),
    }
}

/// The address that says where WebFinger is, with a place for the resource.
pub(crate) fn template(app: &App) -> String {
    app.site.url("/.well-known/webfinger?resource={uri}")
}
