//! The matrix of what is in communities of every kind, for every kind of reader: when it is written, after an edit, when moderators took it
//! away, and when its author deleted it.

mod cast;
mod elsewhere;
mod listening;
mod operations;
mod ways;

use futures_util::future::join_all;
use kontor_tests::{Backend, Peer, browser::Browser, holds};
use serde_json::Value;

use self::{
    cast::{Cast, Community, PLACES, Place, Reader, Remote, Round, Secret, Standing},
    listening::Ears,
    ways::{PUBLIC_LISTS, by_api, by_page, by_peer},
};
use super::ways::{Once, Seen, touches};

/// What was seen and should not have been, or the other way round.
#[derive(Default)]
pub struct Findings {
    wrong: Vec<String>,
    looks: usize,
}

impl Findings {
    fn judge(
        &mut self,
        (who, standing, here): Who<'_>,
        secret: &Secret,
        round: Round,
        seen: &Seen,
    ) {
        self.looks += 1;
        let may = secret.place.may_read(standing, here, round);
        let shows = secret.shows_in(&seen.text);
        let case = format!(
            "{round:?}: {who}, {:?}, {} ({})",
            secret.place, seen.way, seen.status
        );
        let kept_out = secret.place == Place::Unlisted && PUBLIC_LISTS.contains(&seen.way.as_str());
        if shows && (!may || kept_out) {
            self.wrong.push(format!("LEAK: {case}"));
        }
        if !shows && may && seen.certain {
            self.wrong.push(format!("cannot be read: {case}"));
        }
        if seen.status >= 500 {
            self.wrong.push(format!("broken: {case}"));
        }
    }

    /// The same of what may hold any of them.
    fn judge_all(&mut self, who: Who<'_>, secrets: &[Secret], round: Round, seen: &Seen) {
        for secret in secrets {
            self.judge(who, secret, round, seen);
        }
    }

    fn add(&mut self, (wrong, looks): (Vec<String>, usize)) {
        self.wrong.extend(wrong);
        self.looks += looks;
    }

    fn end(mut self) {
        eprintln!("{} looks", self.looks);
        self.wrong.sort();
        self.wrong.dedup();
        assert!(
            self.wrong.is_empty(),
            "{} of {} looks are wrong:\n{}",
            self.wrong.len(),
            self.looks,
            self.wrong.join("\n")
        );
    }
}

/// The ids of activities about a post that reached a server.
fn about(peer: &Peer, uri: &str) -> Vec<String> {
    let is_about = |value: &Value| {
        value["object"] == uri
            || value["object"]["id"] == uri
            || value["object"]["object"]["id"] == uri
            || value["object"]["object"] == uri
    };
    peer.activities()
        .iter()
        .filter(|activity| is_about(activity))
        .filter_map(|activity| Some(activity["id"].as_str()?.to_owned()))
        .collect()
}

/// Who looks: by which name, as what, and whether here.
type Who<'a> = (&'a str, Standing, bool);

/// What is looked at in one round, and the activities that were sent about each.
struct Looks<'a> {
    cast: &'a Cast,
    secrets: &'a [Secret],
    told: Vec<Vec<String>>,
    round: Round,
}

impl Looks<'_> {
    /// Later rounds leave out answers, and whoever sees what another one does; where the rule is that of another place, few look.
    fn wants(&self, secret: &Secret, (name, standing, here): Who<'_>) -> bool {
        if self.round == Round::Written {
            return true;
        }
        let same = matches!(name, "an application" | "an operator")
            || (!here && standing == Standing::Outsider);
        let few = matches!(standing, Standing::Visitor | Standing::Member);
        secret.is_thread() && !same && (few || secret.place.has_a_rule_of_its_own())
    }

    async fn by_api(&self, reader: &Reader) -> Findings {
        let (mut findings, mut once) = (Findings::default(), Once::default());
        let who = (reader.name, reader.standing, true);
        for secret in self.secrets.iter().filter(|one| self.wants(one, who)) {
            for seen in by_api(reader, self.cast, secret, self.round, &mut once).await {
                findings.judge(who, secret, self.round, &seen);
            }
        }
        findings
    }

    async fn by_page(&self, session: &mut (&'static str, Standing, Browser)) -> Findings {
        let (mut findings, mut once) = (Findings::default(), Once::default());
        let (name, standing) = (session.0, session.1);
        let who = (name, standing, true);
        for secret in self.secrets.iter().filter(|one| self.wants(one, who)) {
            for seen in by_page(name, &mut session.2, secret, self.round, &mut once).await {
                findings.judge(who, secret, self.round, &seen);
            }
        }
        findings
    }

    async fn by_peer(&self, remote: &Remote) -> Findings {
        let (mut findings, mut once) = (Findings::default(), Once::default());
        let who = (remote.name, remote.standing, false);
        for (secret, told) in self.secrets.iter().zip(&self.told) {
            if !self.wants(secret, who) {
                continue;
            }
            for seen in by_peer(remote, self.cast, secret, told, &mut once).await {
                findings.judge(who, secret, self.round, &seen);
            }
        }
        findings
    }
}

/// Every reader, by every way, all of them at the same time.
async fn look(cast: &mut Cast, secrets: &[Secret], round: Round, findings: &mut Findings) {
    let mut browsers = std::mem::take(&mut cast.browsers);
    let told = secrets.iter().map(|one| about(&cast.peer, &one.uri));
    let looks = Looks {
        cast,
        secrets,
        told: told.collect(),
        round,
    };
    let (api, pages, peers) = tokio::join!(
        join_all(cast.readers.iter().map(|reader| looks.by_api(reader))),
        join_all(browsers.iter_mut().map(|session| looks.by_page(session))),
        join_all(cast.remotes.iter().map(|remote| looks.by_peer(remote))),
    );
    for found in api.into_iter().chain(pages).chain(peers) {
        findings.add((found.wrong, found.looks));
    }
    cast.browsers = browsers;
}

/// What is told of each community and done there, by whoever may not.
async fn operate(
    cast: &Cast,
    communities: &[Community],
    secrets: &[Secret],
    findings: &mut Findings,
) {
    let ours = communities
        .iter()
        .filter(|community| community.place != Place::Elsewhere);
    let tried = ours.map(|community| async move {
        let mut threads = secrets.iter().filter(|one| one.place == community.place);
        let thread = threads.next().expect("a thread");
        let done = operations::done(cast, community, thread).await;
        [done, operations::told(cast, community).await]
    });
    for found in join_all(tried).await.into_iter().flatten() {
        findings.add(found);
    }
}

/// Whoever may not read it does nothing with it either.
async fn touch(cast: &Cast, secrets: &[Secret], round: Round, findings: &mut Findings) {
    for secret in secrets {
        for reader in &cast.readers {
            let may = secret.place.may_read(reader.standing, true, round);
            if may || reader.token.is_none() {
                continue;
            }
            for seen in touches(&reader.client, &secret.id).await {
                let who = (reader.name, reader.standing, true);
                findings.judge(who, secret, round, &seen);
                if seen.status == 200 {
                    findings.wrong.push(format!(
                        "LEAK: {round:?}: {} to {:?}: {}",
                        reader.name, secret.place, seen.way
                    ));
                }
            }
        }
    }
}

/// What went out by itself: of what is closed to members alone, and of what stays here nothing.
fn sent(cast: &Cast, secrets: &[Secret], findings: &mut Findings) {
    for secret in secrets {
        let newest = secret.markers.last().expect("a marker");
        let sent = [&cast.peer, &cast.strangers].map(|peer| {
            let told = peer.activities();
            told.iter()
                .filter(|activity| activity.to_string().contains(newest))
                .count()
        });
        let place = secret.place;
        let due = [place != Place::Local, place.is_open()];
        if sent.map(|count| count > 0) != due {
            let what = format!("{place:?} was sent {sent:?}, and is to be sent {due:?}");
            findings.wrong.push(what);
        }
    }
}

async fn write(cast: &Cast, communities: &[Community], findings: &mut Findings) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for community in communities {
        let mut written = cast.secrets(community).await;
        let wrong = cast.touched(community, &mut written[0]).await;
        findings.wrong.extend(wrong);
        secrets.append(&mut written);
    }
    cast.server.settles().await;
    secrets
}

async fn nothing_leaks(backend: Backend) {
    let mut cast = Cast::new(backend).await;
    let mut communities = Vec::new();
    for place in PLACES {
        communities.push(cast.community(place).await);
    }
    communities.push(cast.elsewhere().await);
    cast.learns(&communities[0]).await;
    cast.lists(&communities).await;
    let mut findings = Findings::default();
    let mut ears = Ears::open(&cast).await;
    let mut secrets = write(&cast, &communities, &mut findings).await;
    let written = Round::Written;
    ears.hear(
        &cast,
        &secrets,
        (written, "fence-of-the-first"),
        &mut findings,
    )
    .await;
    operate(&cast, &communities, &secrets, &mut findings).await;
    look(&mut cast, &secrets, written, &mut findings).await;
    touch(&cast, &secrets, written, &mut findings).await;
    sent(&cast, &secrets, &mut findings);

    for secret in &mut secrets {
        cast.edits(secret).await;
    }
    cast.server.settles().await;
    let edited = Round::Edited;
    ears.hear(
        &cast,
        &secrets,
        (edited, "fence-of-the-edit"),
        &mut findings,
    )
    .await;
    look(&mut cast, &secrets, edited, &mut findings).await;
    sent(&cast, &secrets, &mut findings);

    for secret in &secrets {
        cast.moderates(secret, "remove").await;
    }
    cast.server.settles().await;
    look(&mut cast, &secrets, Round::Removed, &mut findings).await;
    touch(&cast, &secrets, Round::Removed, &mut findings).await;

    for secret in &secrets {
        cast.moderates(secret, "restore").await;
    }
    cast.server.settles().await;
    leaving(&cast, &secrets).await;

    for secret in &secrets {
        // Its files would wait for whoever wrote it.
        let path = format!("/api/v1/statuses/{}?delete_media=true", secret.id);
        cast.author.client.delete(&path).await.ok();
    }
    cast.server.settles().await;
    look(&mut cast, &secrets, Round::Deleted, &mut findings).await;
    ears.hear_of_the_end(&cast, &secrets, &mut findings).await;
    findings.end();
    cast.server.check();
}

/// Whoever leaves a private community reads no more of it, here and elsewhere.
async fn leaving(cast: &Cast, secrets: &[Secret]) {
    let secret = secrets
        .iter()
        .find(|secret| secret.place == Place::Private)
        .unwrap();
    let path = format!("/api/v1/statuses/{}", secret.id);
    let member = &cast.member;
    member.client.get(&path).await.expect(200);
    let leave = format!("/api/kontor/v1/communities/{}/leave", secret.community);
    member.client.post(&leave, &[]).await.ok();
    member.client.get(&path).await.expect(404);
    let home = member.client.get("/api/v1/timelines/home").await;
    assert!(!secret.shows_in(&home.text()));
    let (fan, host) = (cast.peer.actor("fan"), cast.peer.actor("server"));
    for who in [&fan, &host] {
        cast.peer.fetch(who, &secret.uri).await.expect(200);
    }
    let follow = cast
        .peer
        .gets("the Accept of its own Follow", |activity| {
            activity["type"] == "Accept"
                && activity["object"]["actor"] == fan.id.as_str()
                && activity["object"]["object"] == secret.group
        })
        .await["object"]
        .clone();
    let undo = cast.peer.activity(&fan, "Undo", &follow);
    let inbox = cast.server.address().url("/inbox");
    cast.peer.send(&fan, &inbox, &undo).await.expect(202);
    holds("the remote member has left", async || {
        cast.peer.fetch(&fan, &secret.uri).await.status == 404
    })
    .await;
    // Nobody of that server is left in it.
    cast.peer.fetch(&host, &secret.uri).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_community_leaks_sqlite() {
    nothing_leaks(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_community_leaks_postgres() {
    nothing_leaks(Backend::Postgres).await;
}
