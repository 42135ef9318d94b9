//! Every page, on one page.

use actix_web::{
    HttpResponse, Route,
    guard::{Any, Get, Head, fn_guard},
    http::StatusCode,
    middleware::from_fn,
    web::{self, Data, PathConfig, PayloadConfig, QueryConfig, ServiceConfig},
};

use crate::{
    accounts, approvals, assets, authorisations, communities, community_log, confirmations,
    failure::Failure, feeds, files, forms, headers, instance, interactions, invites, oauth,
    passwords, pictures, posts, registrations, sessions, setup, timelines, two_factor,
};

/// A route to read: GET, and HEAD for those who only ask whether it is there.
fn read() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}

fn send() -> Route {
    web::post()
}

async fn nothing() -> HttpResponse {
    HttpResponse::NotFound().finish()
}

/// Mounts the pages. Comes last among the doors: an address that nobody has is answered here, but for those of the client API.
/// Expects `Data<kontor_actions::App>`.
pub fn configure(cfg: &mut ServiceConfig) {
    let unreadable = || Failure::Unreadable(StatusCode::BAD_REQUEST);
    cfg.service(
        web::scope("")
            .guard(fn_guard(|ctx| !ctx.head().uri.path().starts_with("/api/")))
            .wrap(from_fn(headers::dress))
            .app_data(Data::new(pictures::Pictures::default()))
            .app_data(PayloadConfig::new(forms::MOST_BYTES))
            .app_data(QueryConfig::default().error_handler(move |_, _| unreadable().into()))
            // A number that no row can have.
            .app_data(
                PathConfig::default()
                    .error_handler(|_, _| Failure::Unreadable(StatusCode::NOT_FOUND).into()),
            )
            .configure(reading)
            .configure(accounts_and_sessions)
            .configure(settings)
            .configure(interacting)
            .default_service(web::to(nothing)),
    );
}

fn reading(cfg: &mut ServiceConfig) {
    cfg.route("/", read().to(timelines::first))
        .route("/public", read().to(timelines::public))
        .route("/about", read().to(instance::page))
        .route("/privacy-policy", read().to(instance::privacy_policy))
        .route("/terms-of-service", read().to(instance::terms_of_service))
        .route("/tags/{name}", read().to(timelines::tag))
        .route("/communities", read().to(communities::list))
        .route("/@{name:[A-Za-z0-9_]+}.rss", read().to(feeds::rss))
        .route("/@{name:[A-Za-z0-9_]+}.atom", read().to(feeds::atom))
        .route("/@{handle}/log", read().to(community_log::page))
        .route("/@{handle}/{id:[0-9]+}", read().to(posts::page))
        .route("/@{handle}", read().to(accounts::page))
        .route(
            "/media/avatars/{id:[0-9]+}.png",
            read().to(pictures::avatar),
        )
        .route(
            "/media/headers/{id:[0-9]+}.png",
            read().to(pictures::header),
        )
        .route("/media/files/{name}", read().to(files::file))
        .route("/media/remote/{id:[0-9]+}", read().to(files::remote))
        .route(
            "/media/remote/{id:[0-9]+}/small",
            read().to(files::remote_small),
        )
        .route("/assets/kontor.css", read().to(assets::style))
        .route("/assets/kontor.svg", read().to(assets::mark))
        .route("/favicon.ico", read().to(assets::mark));
}

fn accounts_and_sessions(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/sign-in")
            .route(read().to(sessions::form))
            .route(send().to(sessions::sign_in)),
    )
    .service(web::resource("/sign-in/code").route(send().to(sessions::finish)))
    .service(web::resource("/sign-out").route(send().to(sessions::sign_out)))
    .service(
        web::resource(oauth::PATH)
            .route(read().to(oauth::ask))
            .route(send().to(oauth::decide)),
    )
    .service(
        web::resource("/register")
            .route(read().to(registrations::form))
            .route(send().to(registrations::register)),
    )
    .service(
        web::resource("/invite/{code}")
            .route(read().to(registrations::invitation))
            .route(send().to(registrations::accept)),
    )
    .service(
        web::resource("/confirm/{token}")
            .route(read().to(confirmations::ask))
            .route(send().to(confirmations::confirm)),
    )
    .service(
        web::resource(passwords::FORGOTTEN)
            .route(read().to(passwords::form))
            .route(send().to(passwords::ask)),
    )
    .service(
        web::resource("/password/reset/{token}")
            .route(read().to(passwords::choose))
            .route(send().to(passwords::reset)),
    )
    .service(
        web::resource("/setup/{code}")
            .route(read().to(setup::form))
            .route(send().to(setup::set_up)),
    );
}

fn interacting(cfg: &mut ServiceConfig) {
    cfg.route(interactions::PATH, read().to(interactions::page))
        .route(
            "/authorize_interaction/follow/{id:[0-9]+}",
            send().to(interactions::follow),
        )
        .route(
            "/authorize_interaction/like/{id:[0-9]+}",
            send().to(interactions::like),
        )
        .route(
            "/authorize_interaction/announce/{id:[0-9]+}",
            send().to(interactions::announce),
        )
        .route(
            "/authorize_interaction/create/{id:[0-9]+}",
            send().to(interactions::create),
        );
}

fn settings(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource(invites::PATH)
            .route(read().to(invites::list))
            .route(send().to(invites::create)),
    )
    .service(
        web::resource("/settings/invites/{id:[0-9]+}/revoke").route(send().to(invites::revoke)),
    )
    .service(web::resource(authorisations::PATH).route(read().to(authorisations::list)))
    .service(
        web::resource("/settings/applications/{id:[0-9]+}/revoke")
            .route(send().to(authorisations::withdraw)),
    )
    .service(
        web::resource(two_factor::PATH)
            .route(read().to(two_factor::show))
            .route(send().to(two_factor::offer)),
    )
    .service(web::resource("/settings/two-factor/confirm").route(send().to(two_factor::confirm)))
    .service(web::resource("/settings/two-factor/recovery").route(send().to(two_factor::renew)))
    .service(web::resource("/settings/two-factor/off").route(send().to(two_factor::turn_off)))
    .service(web::resource(approvals::PATH).route(read().to(approvals::list)))
    .service(
        web::resource("/admin/approvals/{id:[0-9]+}/approve").route(send().to(approvals::approve)),
    )
    .service(
        web::resource("/admin/approvals/{id:[0-9]+}/decline").route(send().to(approvals::decline)),
    );
}
