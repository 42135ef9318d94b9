//! The addresses of this door, all of them.

use actix_web::{
    HttpResponse, Resource, Route, guard,
    http::header,
    middleware::DefaultHeaders,
    web::{self, ServiceConfig},
};

use crate::{
    collections, documents, featuring, files, host_meta, inbox, negotiation, nodeinfo,
    problem::Problem, quotes, synchronisation, webfinger,
};

/// Registers everything. What pages share with documents is registered so that only requests for documents come here; the
/// pages' own routes come after. Expects `Data<App>` and `Data<Federation>`.
pub fn configure(config: &mut ServiceConfig) {
    // Most of what comes is for these: routes are tried in their order.
    config
        .service(web::resource("/inbox").route(web::post().to(inbox::shared)))
        .service(web::resource("/actor/inbox").route(web::post().to(inbox::shared)))
        .service(web::resource("/users/{id}/inbox").route(web::post().to(inbox::personal)));
    let get = |path: &str| web::resource(path.to_owned()).app_data(queries());
    config
        .service(open(
            "/.well-known/webfinger",
            read().to(webfinger::webfinger),
        ))
        .service(open("/.well-known/host-meta", read().to(host_meta::xrd)))
        .service(open(
            "/.well-known/host-meta.json",
            read().to(host_meta::jrd),
        ))
        .service(open("/.well-known/nodeinfo", read().to(nodeinfo::links)))
        .service(open("/nodeinfo/2.0", read().to(nodeinfo::version_2_0)))
        .service(open("/nodeinfo/2.1", read().to(nodeinfo::version_2_1)))
        .service(
            get("/")
                .guard(guard::fn_guard(negotiation::guard))
                .route(read().to(documents::root)),
        )
        .service(get("/actor").route(read().to(documents::instance)))
        .service(get("/actor/reporter").route(read().to(documents::reporter)))
        .service(
            get("/actor/{collection:outbox|followers|following|featured}")
                .route(read().to(collections::of_instance)),
        )
        .service(get("/users/{id}").route(read().to(documents::user)))
        .service(get("/users/{id}/outbox").route(read().to(collections::outbox)))
        .service(get("/users/{id}/followers").route(read().to(collections::followers)))
        .service(
            get("/users/{id}/followers_synchronization")
                .route(read().to(synchronisation::followers)),
        )
        .service(get("/users/{id}/following").route(read().to(collections::following)))
        .service(get("/users/{id}/moderators").route(read().to(collections::moderators)))
        .service(get("/users/{id}/join_requests").route(read().to(collections::join_requests)))
        .service(get("/users/{id}/featured").route(read().to(collections::featured)))
        .service(get("/users/{id}/collections").route(read().to(featuring::listed)))
        .service(get("/collections/{id}").route(read().to(featuring::collection)))
        .service(get("/collections/{id}/items/{item}").route(read().to(featuring::item)))
        .service(get("/feature_authorizations/{id}").route(read().to(featuring::authorization)))
        .service(get("/posts/{id}").route(read().to(documents::post)))
        .service(get("/posts/{id}/activity").route(read().to(documents::create)))
        .service(get("/posts/{id}/replies").route(read().to(collections::replies)))
        .service(get("/quotes/{id}").route(read().to(quotes::stamp)))
        .service(get("/contexts/{id}").route(read().to(collections::context)))
        .service(get("/emojis/{id}").route(read().to(documents::emoji)))
        .service(
            get("/media/files/{name}")
                .guard(guard::fn_guard(files::is_signed))
                .route(read().to(files::file)),
        )
        .service(get("/activities/{id}").route(read().to(documents::activity)))
        .service(
            get("/@{name}")
                .guard(guard::fn_guard(negotiation::guard))
                .route(read().to(documents::profile)),
        )
        .service(
            get("/@{name}/{id}")
                .guard(guard::fn_guard(negotiation::guard))
                .route(read().to(documents::page)),
        );
}

fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A query that cannot be read is told as every other problem is.
fn queries() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|why, _| {
        Problem::bad_request(format!("the query cannot be read: {why}")).into()
    })
}

/// Read from pages of any origin, for clients in browsers look servers up. Nothing here depends on who asks.
fn open(
    path: &str,
    route: Route,
) -> Resource<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let allow = DefaultHeaders::new()
        .add((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .add((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"))
        .add((header::ACCESS_CONTROL_ALLOW_HEADERS, "*"));
    web::resource(path.to_owned())
        .app_data(queries())
        .route(route)
        .route(web::method(actix_web::http::Method::OPTIONS).to(HttpResponse::NoContent))
        .wrap(allow)
}

#[cfg(test)]
mod tests;
