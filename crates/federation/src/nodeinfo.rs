//! NodeInfo 2.0 and 2.1: what this server is, and how many are here.

use actix_web::{HttpResponse, http::header, web::Data};
use kontor_actions::{App, instance};
use kontor_domain::user::Registrations;
use serde_json::{Value, json};

use crate::problem::Problem;

const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/";

/// `GET /.well-known/nodeinfo`. 2.0 comes first: some clients read no other, and take the first they find.
pub(crate) async fn links(app: Data<App>) -> HttpResponse {
    let link = |version: &str| json!({"rel": format!("{SCHEMA}{version}"), "href": app.site.url(&format!("/nodeinfo/{version}"))});
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .json(json!({"links": [
            link("2.0"),
            link("2.1"),
            // FEP-2677: the actor that is the server.
            {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": app.site.instance_actor()},
        ]}))
}

/// `GET /nodeinfo/2.0`
pub(crate) async fn version_2_0(app: Data<App>) -> Result<HttpResponse, Problem> {
    show(&app, "2.0").await
}

/// `GET /nodeinfo/2.1`. Beside 2.0 it allows for the address of the software's sources; there is none to give yet.
pub(crate) async fn version_2_1(app: Data<App>) -> Result<HttpResponse, Problem> {
    show(&app, "2.1").await
}

async fn show(app: &App, version: &str) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            format!("application/json; profile=\"{SCHEMA}{version}#\"; charset=utf-8"),
        ))
        .insert_header((header::CACHE_CONTROL, "public, max-age=600"))
        .body(document(app, version).await?.to_string()))
}

async fn document(app: &App, version: &str) -> Result<Value, Problem> {
    let counts = instance::counts(app).await?;
    // With approval, anyone may still ask to come in.
    let open = matches!(
        app.settings.registrations,
        Registrations::Open | Registrations::Approval
    );
    Ok(json!({
        "version": version,
        "software": {"name": "kontor", "version": env!("CARGO_PKG_VERSION")},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open,
        "usage": {
            "users": {
                "total": counts.users,
                "activeMonth": counts.active_month,
                "activeHalfyear": counts.active_half_year
            },
            "localPosts": counts.local_posts
        },
        "metadata": {
            "nodeName": app.settings.title,
            "nodeDescription": app.settings.description,
            // Whose client API this speaks. Client libraries that do not know a server's name go by it.
            "upstream": {"name": "mastodon"}
        }
    }))
}
