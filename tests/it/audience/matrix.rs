//! audience x reader x way: who may read finds it, and nobody else does. Before and after an edit, and after a deletion.

use futures_util::future::join_all;
use kontor_tests::{
    Backend,
    answer::{id, text},
    holds, until,
};
use serde_json::json;

use super::{
    listeners::{After, Audience},
    readers::{AUDIENCES, Cast, Secret, Standing, may_read},
    ways::{
        Once, Seen, by_api, by_other_types, by_page, by_peer, by_touch, comes_by_itself,
        is_for_anybody,
    },
};

/// What was seen and should not have been, or the other way round.
#[derive(Default)]
struct Findings {
    wrong: Vec<String>,
    looks: usize,
}

impl Findings {
    fn judge(&mut self, who: &str, standing: Standing, secret: &Secret, seen: Vec<Seen>) {
        let may = may_read(secret.audience, standing);
        for Seen {
            way,
            text,
            status,
            certain,
        } in seen
        {
            self.looks += 1;
            let shows = secret.shows_in(&text);
            let what = if secret.reply { "reply" } else { "post" };
            let blocked = standing == Standing::Blocked && secret.is_open();
            if shows && standing == Standing::Muter && comes_by_itself(&way) {
                self.wrong.push(format!(
                    "{who} is shown a {} {what} by {way} ({status})",
                    secret.audience
                ));
            }
            if shows && !may && !(blocked && is_for_anybody(&way)) {
                self.wrong.push(format!(
                    "LEAK: {who} reads a {} {what} by {way} ({status})",
                    secret.audience
                ));
            }
            if !shows && may && certain {
                self.wrong.push(format!(
                    "{who} cannot read a {} {what} by {way} ({status})",
                    secret.audience
                ));
            }
            if status >= 500 {
                self.wrong.push(format!("{who} gets {status} by {way}"));
            }
            if !may && certain && !matches!(status, 200 | 401 | 404 | 422) {
                self.wrong.push(format!(
                    "{who} gets {status} by {way}, which tells that there is something"
                ));
            }
        }
    }
}

/// What somebody saw of a post.
struct Sight<'a> {
    who: &'static str,
    standing: Standing,
    secret: &'a Secret,
    seen: Vec<Seen>,
}

/// Every reader, by every way to look, all of them at the same time.
async fn sights<'a>(cast: &mut Cast, secrets: &'a [Secret], parent: &str) -> Vec<Sight<'a>> {
    let sent = activities(cast, secrets);
    let mut browsers = std::mem::take(&mut cast.browsers);
    let (here, sent) = (&*cast, &sent);
    let api = here.readers.iter().map(|reader| async move {
        let (mut once, mut all) = (Once::default(), Vec::new());
        for secret in secrets {
            all.push(Sight {
                who: reader.name,
                standing: reader.standing,
                secret,
                seen: by_api(reader, here, secret, parent, &mut once).await,
            });
        }
        all
    });
    let pages = browsers.iter_mut().map(|session| async move {
        let (mut once, mut all) = (Once::default(), Vec::new());
        let (who, standing) = (session.0, session.1);
        for secret in secrets {
            all.push(Sight {
                who,
                standing,
                secret,
                seen: by_page(who, &mut session.2, secret, &mut once).await,
            });
        }
        all
    });
    let peers = here.remotes.iter().map(|remote| async move {
        let (mut once, mut all) = (Once::default(), Vec::new());
        for (secret, (_, own)) in secrets.iter().zip(sent) {
            all.push(Sight {
                who: remote.name,
                standing: remote.standing,
                secret,
                seen: by_peer(remote, here, secret, parent, own, &mut once).await,
            });
        }
        all
    });
    let (api, pages, peers) = tokio::join!(join_all(api), join_all(pages), join_all(peers));
    let all = api.into_iter().chain(pages).chain(peers).flatten();
    let all = all.collect();
    cast.browsers = browsers;
    all
}

/// The same by what changes something.
async fn touches<'a>(cast: &Cast, secrets: &'a [Secret]) -> Vec<Sight<'a>> {
    let all = cast.readers.iter().map(|reader| async move {
        let mut all = Vec::new();
        for secret in secrets {
            all.push(Sight {
                who: reader.name,
                standing: reader.standing,
                secret,
                seen: by_touch(reader, secret).await,
            });
        }
        all
    });
    join_all(all).await.into_iter().flatten().collect()
}

async fn look(cast: &mut Cast, secrets: &[Secret], parent: &str) -> Findings {
    let mut findings = Findings::default();
    let stranger = cast.server.stranger();
    let mut all = sights(cast, secrets, parent).await;
    for secret in secrets {
        all.push(Sight {
            who: "a browser",
            standing: Standing::Outsider,
            secret,
            seen: by_other_types(&stranger, secret).await,
        });
    }
    all.extend(touches(cast, secrets).await);
    for Sight {
        who,
        standing,
        secret,
        seen,
    } in all
    {
        findings.judge(who, standing, secret, seen);
    }
    findings
}

/// The activities that were sent of each object: their ids.
fn activities(cast: &Cast, secrets: &[Secret]) -> Vec<(String, Vec<String>)> {
    let sent = cast.peer.activities();
    let of = |uri: &str| {
        sent.iter()
            .filter(|activity| activity["object"]["id"] == uri || activity["object"] == uri)
            .filter_map(|activity| activity["id"].as_str().map(str::to_owned))
            .collect()
    };
    secrets
        .iter()
        .map(|secret| (secret.uri.clone(), of(&secret.uri)))
        .collect()
}

async fn write_secrets(cast: &Cast, parent: &str) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for audience in AUDIENCES {
        for reply in [false, true] {
            let marker = format!("zz{audience}{}zz", if reply { "reply" } else { "post" });
            let text = words(cast, &marker);
            let author = &cast.author;
            let file = format!("{marker} in a file");
            let file = id(&author.uploads("secret.txt", file.as_bytes(), &[]).await);
            let picture = kontor_media::avatar(&marker, 64).unwrap();
            let picture = id(&author.uploads("secret.png", &picture, &[]).await);
            let mut form = vec![
                ("status", text.as_str()),
                ("visibility", audience),
                ("media_ids[]", file.as_str()),
                ("media_ids[]", picture.as_str()),
            ];
            if reply {
                form.push(("in_reply_to_id", parent));
            }
            let status = author.client.post("/api/v1/statuses", &form).await.ok();
            assert_eq!(status["visibility"], audience);
            let mut secret = Secret::new(audience, &status, &marker, reply);
            if audience != "direct" {
                let boost = format!("/api/v1/statuses/{}/reblog", secret.id);
                secret.boost = Some(id(&author.client.post(&boost, &[]).await.ok()));
            }
            secrets.push(secret);
        }
    }
    report(cast, &secrets).await;
    secrets
}

fn words(cast: &Cast, marker: &str) -> String {
    format!(
        "{} {marker} #{marker} #secret {}",
        cast.addressees(),
        cast.page()
    )
}

/// Whoever may read all of it reports it.
async fn report(cast: &Cast, secrets: &[Secret]) {
    let mut readers = cast.readers.iter();
    let mentioned = readers.find(|reader| reader.standing == Standing::Mentioned);
    let posts: Vec<&String> = secrets.iter().map(|secret| &secret.id).collect();
    let body = json!({"account_id": cast.author.id, "status_ids": posts, "comment": "dull"});
    let client = &mentioned.expect("somebody who is mentioned").client;
    client.post_json("/api/v1/reports", &body).await.ok();
}

/// Deletes all of it and looks again: nobody finds anything.
async fn afterwards(cast: &mut Cast, secrets: &[Secret], parent: &str, findings: &mut Findings) {
    for secret in secrets {
        cast.author
            .client
            .delete(&format!("/api/v1/statuses/{}?delete_media=true", secret.id))
            .await
            .ok();
    }
    cast.server.settles().await;
    let mut all = sights(cast, secrets, parent).await;
    all.extend(touches(cast, secrets).await);
    for Sight { secret, seen, .. } in all {
        for one in seen {
            findings.looks += 1;
            if secret.shows_in(&one.text) {
                findings.wrong.push(format!(
                    "after its deletion, a {} post is read by {}",
                    secret.audience, one.way
                ));
            }
        }
    }
}

async fn nothing_leaks(backend: Backend) {
    let mut cast = Cast::new(backend).await;
    let parent = cast.author.post("a public question", "public").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut audience = Audience::open(&cast).await;
    let mut secrets = write_secrets(&cast, &parent).await;
    cast.server.settles().await;
    let sent = activities(&cast, &secrets);
    assert!(
        sent.iter().all(|(_, ids)| !ids.is_empty()),
        "every post went to the peer: {sent:?}"
    );
    let heard = audience.hears(&cast, &secrets, After::Writing).await;
    let mut findings = look(&mut cast, &secrets, &parent).await;
    for (who, standing, secret, seen) in heard {
        findings.judge(who, standing, secret, vec![seen]);
    }
    let counted = cast
        .server
        .get(&format!("/api/v1/statuses/{parent}"))
        .await
        .ok();
    if counted["replies_count"] != 2 {
        findings.wrong.push(format!(
            "replies_count counts hidden replies: {}",
            counted["replies_count"]
        ));
    }

    for secret in &mut secrets {
        let marker = format!("zzedited{}{}zz", secret.audience, secret.reply);
        let text = words(&cast, &marker);
        let path = format!("/api/v1/statuses/{}", secret.id);
        let client = &cast.author.client;
        client.put(&path, &[("status", &text)]).await.ok();
        secret.markers.push(marker);
    }
    cast.server.settles().await;
    let heard = audience.hears(&cast, &secrets, After::Editing).await;
    let mut edited = look(&mut cast, &secrets, &parent).await;
    for (who, standing, secret, seen) in heard {
        edited.judge(who, standing, secret, vec![seen]);
    }
    findings.wrong.extend(
        edited
            .wrong
            .into_iter()
            .map(|what| format!("after an edit: {what}")),
    );
    findings.looks += edited.looks;

    afterwards(&mut cast, &secrets, &parent, &mut findings).await;
    let wrong = audience.is_deceived(&cast, &secrets).await;
    findings.wrong.extend(wrong);
    eprintln!("{} looks", findings.looks);
    findings.wrong.sort();
    findings.wrong.dedup();
    assert!(
        findings.wrong.is_empty(),
        "{} of {} looks are wrong:\n{}",
        findings.wrong.len(),
        findings.looks,
        findings.wrong.join("\n")
    );
    cast.server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaks_sqlite() {
    nothing_leaks(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaks_postgres() {
    nothing_leaks(Backend::Postgres).await;
}

/// Who leaves loses what was for followers; who was let in by a mention keeps it.
async fn who_leaves_reads_no_more(backend: Backend) {
    let cast = Cast::new(backend).await;
    let marker = "zzleavingzz";
    let kept = cast
        .author
        .uploads("kept.txt", marker.as_bytes(), &[])
        .await;
    let (words, kept) = (format!("{} {marker}", cast.addressees()), id(&kept));
    let form = [
        ("status", words.as_str()),
        ("visibility", "private"),
        ("media_ids[]", kept.as_str()),
    ];
    let status = cast
        .author
        .client
        .post("/api/v1/statuses", &form)
        .await
        .ok();
    let secret = Secret::new("private", &status, marker, false);
    let path = format!("/api/v1/statuses/{}", secret.id);
    let stranger = cast.server.stranger();
    let follower = cast
        .readers
        .iter()
        .find(|reader| reader.standing == Standing::Follower)
        .unwrap();
    let shown = follower.client.get(&path).await.ok();
    // As an application shows a picture: by its address alone.
    let file = text(&shown["media_attachments"][0], "url");
    assert!(secret.shows_in(&stranger.get(&file).await.expect(200).text()));
    let bare = secret.file.as_ref().expect("it has a file");
    stranger.get(bare).await.expect(404);
    until("the follower has it at home", async || {
        let home = follower.client.get("/api/v1/timelines/home").await;
        secret.shows_in(&home.text()).then_some(())
    })
    .await;
    follower
        .client
        .post(
            &format!("/api/v1/accounts/{}/unfollow", cast.author.id),
            &[],
        )
        .await
        .ok();
    follower.client.get(&path).await.expect(404);
    stranger.get(&file).await.expect(404);
    follower.client.get(bare).await.expect(404);
    assert!(!secret.shows_in(&follower.client.get("/api/v1/timelines/home").await.text()));

    let fan = cast.peer.actor("fan");
    assert_eq!(cast.peer.fetch(&fan, &secret.uri).await.status, 200);
    let follow = cast
        .peer
        .gets("the Accept of its own Follow", |activity| {
            activity["type"] == "Accept" && activity["object"]["actor"] == fan.id.as_str()
        })
        .await["object"]
        .clone();
    let undo = cast.peer.activity(&fan, "Undo", &follow);
    cast.peer
        .send(&fan, &cast.server.address().url("/inbox"), &undo)
        .await
        .expect(202);
    holds("the remote follower has left", async || {
        cast.peer.fetch(&fan, &secret.uri).await.status == 404
    })
    .await;

    let friend = cast.peer.actor("friend");
    assert_eq!(cast.peer.fetch(&friend, &secret.uri).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_reads_no_more_sqlite() {
    who_leaves_reads_no_more(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_reads_no_more_postgres() {
    who_leaves_reads_no_more(Backend::Postgres).await;
}

/// A signature that is not good is no signature: it must not open anything, and must not pass for a follower's.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_signature_opens_nothing() {
    let cast = Cast::new(Backend::Sqlite).await;
    let status = cast.author.post("zzsignedzz", "private").await;
    let secret = Secret::new("private", &status, "zzsignedzz", false);
    let (fan, stranger) = (cast.peer.actor("fan"), cast.peer.actor("stranger"));
    let letter = || kontor_tests::Letter::get(&secret.uri);
    let mut forged = stranger.key.clone();
    forged.id.clone_from(&fan.key.id);
    for (what, letter) in [
        ("forged", letter().signed(&forged)),
        ("stale", letter().dated(-2 * 3600).signed(&fan.key)),
        (
            "of another address",
            kontor_tests::Letter {
                url: secret.uri.clone(),
                ..kontor_tests::Letter::get(&cast.author.actor()).signed(&fan.key)
            },
        ),
    ] {
        let answer = letter.send(&cast.peer.http).await;
        assert!(matches!(answer.status, 401 | 404), "{what}: {answer:?}");
        assert!(!secret.shows_in(&answer.text()), "{what}");
    }
    assert!(
        secret.shows_in(
            &letter()
                .signed(&fan.key)
                .send(&cast.peer.http)
                .await
                .expect(200)
                .text()
        )
    );
}
