//! `kontor demo`: a small cast to try an app with. Lives in a temporary folder and is gone with the process.

use kontor_actions::{
    App, Result,
    accounts::{NewLocal, ProfileChange, create_local, update_profile},
    follows::{self, Options, Wish},
    posts::{Draft, Text, publish},
};
use kontor_domain::{
    audience::Audience,
    ids::{AccountId, PostId},
    user::Role,
};

use super::{Outcome, say, serve};
use crate::{config::Config, telemetry, wiring};

/// The password of everyone in the cast.
const PASSWORD: &str = "kontor-demo";

/// Name, display name, profile, role.
const CAST: &[(&str, &str, &str, Role)] = &[
    (
        "harbour",
        "Harbour desk",
        "Ships in, ships out. Ask us about berths.",
        Role::Admin,
    ),
    (
        "ledger",
        "Ledger",
        "We keep the books and answer questions about them.",
        Role::Moderator,
    ),
    (
        "workshop",
        "Workshop",
        "Things that were broken this morning.",
        Role::User,
    ),
    (
        "kitchen",
        "Kitchen",
        "Today's menu, every day at ten.",
        Role::User,
    ),
];

pub(super) fn run(mut config: Config) -> Outcome {
    telemetry::start(&config)?;
    let folder = tempfile::tempdir()?;
    config.database.url = format!("sqlite://{}", folder.path().join("kontor.db").display());
    config.media.path = folder.path().join("media");
    config.media.s3.endpoint.clear();
    config.media.s3.bucket.clear();
    let house = wiring::open(&config, kontor_store::Opener::Server)?;
    let runtime = serve::runtime()?;
    runtime.block_on(populate(&house.app))?;
    for (name, ..) in CAST {
        say(format_args!(
            "sign in as {name} with the password {PASSWORD}"
        ));
    }
    runtime.block_on(serve::serve(config, house))
}

async fn populate(app: &App) -> Result<()> {
    let mut cast = Vec::new();
    for (name, display_name, note, role) in CAST {
        let new = NewLocal {
            password: Some(PASSWORD.to_owned()),
            role: *role,
            ..NewLocal::person(name)
        };
        let account = create_local(app, new).await?;
        let change = ProfileChange {
            display_name: Some((*display_name).to_owned()),
            note: Some((*note).to_owned()),
            locked: Some(*name == "ledger"),
            ..ProfileChange::default()
        };
        update_profile(app, account.id, change).await?;
        cast.push(account.id);
    }
    for follower in &cast {
        for target in cast.iter().filter(|target| *target != follower) {
            let options = Options {
                show_reblogs: None,
                notify: None,
                languages: None,
            };
            follows::follow(
                app,
                Wish {
                    follower: *follower,
                    target: *target,
                    uri: None,
                    options,
                },
            )
            .await?;
        }
    }
    if let [harbour, ledger, workshop, kitchen] = cast.as_slice() {
        talk(app, *harbour, *ledger, *workshop, *kitchen).await?;
    }
    Ok(())
}

async fn talk(
    app: &App,
    harbour: AccountId,
    ledger: AccountId,
    workshop: AccountId,
    kitchen: AccountId,
) -> Result<()> {
    let berth = post(
        app,
        harbour,
        "Berth 4 is free from Thursday. Who needs it? #berths",
        Audience::Public,
        None,
    )
    .await?;
    let reply = post(
        app,
        workshop,
        "@harbour we do: the crane has to come off the quay.",
        Audience::Public,
        Some(berth),
    )
    .await?;
    post(
        app,
        harbour,
        "@workshop it is yours until Monday.",
        Audience::Public,
        Some(reply),
    )
    .await?;
    post(
        app,
        kitchen,
        "Today: lentil soup, rye bread, apple cake. #menu",
        Audience::Public,
        None,
    )
    .await?;
    post(
        app,
        ledger,
        "The books for October are closed. Followers can ask for the summary.",
        Audience::Followers,
        None,
    )
    .await?;
    post(
        app,
        workshop,
        "@ledger may we order a second chain hoist?",
        Audience::Direct,
        None,
    )
    .await?;
    Ok(())
}

async fn post(
    app: &App,
    by: AccountId,
    text: &str,
    audience: Audience,
    in_reply_to: Option<PostId>,
) -> Result<PostId> {
    let text = Text {
        text: text.to_owned(),
        language: Some("en".to_owned()),
        ..Text::default()
    };
    publish(
        app,
        by,
        Draft {
            text,
            audience,
            in_reply_to,
            idempotency_key: None,
            application: None,
            extras: kontor_actions::posts::Extras::default(),
        },
    )
    .await
}
