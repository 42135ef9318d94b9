//! What is told of a community and of those in it, and what is done there: by whom, and to whom.

use kontor_tests::{ACTIVITY, Letter, answer::id};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    cast::{Cast, Community, Place, Reader, Secret, Standing},
    ways,
};
use crate::audience::ways::Once;

/// Who finds it.
type Rule = fn(Place, Standing) -> bool;

/// What is read, where, what is looked for in it, and who finds that.
const READS: [(&str, &str, &str, Rule); 9] = [
    (
        "its members",
        "/api/kontor/v1/communities/{id}/members?limit=80",
        "\"username\":\"member\"",
        members,
    ),
    (
        "its followers",
        "/api/v1/accounts/{id}/followers?limit=80",
        "\"username\":\"member\"",
        ties,
    ),
    (
        "where a member belongs",
        "/api/v1/accounts/{member}/following?limit=80",
        "\"username\":\"{name}\"",
        ties,
    ),
    (
        "who asks to be let in",
        "/api/kontor/v1/communities/{id}/requests",
        "\"username\":\"waiting\"",
        requests,
    ),
    (
        "its bans",
        "/api/kontor/v1/communities/{id}/bans",
        "zz{name}banzz",
        looks_after,
    ),
    (
        "its reports",
        "/api/kontor/v1/communities/{id}/reports",
        "zz{name}reportzz",
        looks_after,
    ),
    (
        "its appeals",
        "/api/kontor/v1/communities/{id}/appeals",
        "zz{name}appealzz",
        looks_after,
    ),
    ("its log", LOG, "zz{name}banzz", log),
    ("the appeals in its log", LOG, "zz{name}appealzz", appeals),
];

const LOG: &str = "/api/kontor/v1/communities/{id}/log";

fn is_moderator(standing: Standing) -> bool {
    matches!(standing, Standing::Moderator | Standing::Operator)
}

fn looks_after(_: Place, standing: Standing) -> bool {
    is_moderator(standing)
}

/// Somebody waits where joining is approved, and nowhere else.
fn requests(place: Place, standing: Standing) -> bool {
    place == Place::Private && is_moderator(standing)
}

fn members(place: Place, standing: Standing) -> bool {
    let inside = [Standing::Member, Standing::Author];
    place.is_open() || is_moderator(standing) || inside.contains(&standing)
}

/// That somebody belongs to a closed one is told to nobody by what everybody may ask for.
fn ties(place: Place, _: Standing) -> bool {
    place.is_open()
}

fn log(place: Place, standing: Standing) -> bool {
    match place {
        Place::Public | Place::Unlisted | Place::Restricted => true,
        Place::Local => standing != Standing::Visitor,
        Place::Private | Place::Elsewhere => {
            // Whoever is banned reads what was done to them, and nothing else.
            let told = [Standing::Member, Standing::Author, Standing::Banned];
            is_moderator(standing) || told.contains(&standing)
        }
    }
}

/// Whom it concerns reads an appeal too.
fn appeals(_: Place, standing: Standing) -> bool {
    standing == Standing::Banned || is_moderator(standing)
}

/// What is wrong with what each reader is told, and how often was looked.
pub async fn told(cast: &Cast, community: &Community) -> (Vec<String>, usize) {
    let (mut wrong, mut looks) = (Vec::new(), 0);
    let mut once = Once::default();
    for reader in &cast.readers {
        for (what, path, wanted, rule) in READS {
            let path = path
                .replace("{id}", &community.id)
                .replace("{member}", &cast.member.id);
            let wanted = wanted.replace("{name}", community.place.name());
            let answer = once.ask(reader.name, &path, reader.client.get(&path)).await;
            looks += 1;
            let found = answer.text().contains(&wanted);
            let look = format!(
                "{}, {:?}, {what} ({})",
                reader.name, community.place, answer.status
            );
            let may = rule(community.place, reader.standing);
            if found && !may {
                wrong.push(format!("LEAK: {look}"));
            }
            if !found && may {
                wrong.push(format!("cannot be read: {look}"));
            }
            if answer.status >= 500 {
                wrong.push(format!("broken: {look}"));
            }
        }
    }
    for remote in &cast.remotes {
        // Nobody elsewhere looks after it.
        let requests = format!("{}/join_requests?page=true", community.uri);
        let letter = Letter::get(&requests).with("accept", ACTIVITY);
        let answer = remote.sign(letter).send(&cast.peer.http).await;
        looks += 1;
        if answer.status != 404 {
            let (who, place) = (remote.name, community.place);
            wrong.push(format!(
                "LEAK: {who} reads who asks to join {place:?} ({})",
                answer.status
            ));
        }
        let letter = Letter::get(&ways::followers(&community.uri)).with("accept", ACTIVITY);
        let answer = remote.sign(letter).send(&cast.peer.http).await;
        looks += 1;
        let found = answer.text().contains(&cast.peer.actor("fan").id);
        if found != community.place.is_open() {
            wrong.push(format!(
                "{} {} of {:?} who belongs to it ({})",
                remote.name,
                if found { "is told" } else { "is not told" },
                community.place,
                answer.status
            ));
        }
    }
    (wrong, looks)
}

/// What moderators and owners do there.
fn deeds(
    cast: &Cast,
    community: &Community,
    thread: &str,
    report: &str,
) -> Vec<(Method, String, Value)> {
    let person = |id: &str| json!({ "account_id": id });
    let (waiting, entry) = (&cast.waiting.id, &community.entry);
    let uphold = json!({"text": "so it is", "uphold": true});
    let mut deeds = vec![
        (format!("requests/{waiting}/authorize"), json!({})),
        (format!("requests/{waiting}/reject"), json!({})),
        (format!("log/{entry}/answer"), uphold),
        ("bans".to_owned(), person(&cast.author.id)),
        ("moderators".to_owned(), person(&cast.outsider.id)),
        ("transfer".to_owned(), person(&cast.outsider.id)),
        (format!("reports/{report}/resolve"), json!({})),
        ("archive".to_owned(), json!({})),
    ];
    for verb in ["unpin", "lock", "unlock", "remove", "restore"] {
        deeds.push((format!("posts/{thread}/{verb}"), json!({})));
    }
    let posted = deeds
        .into_iter()
        .map(|(rest, body)| (Method::POST, rest, body));
    let unban = format!("bans/{}", cast.banned.id);
    let role = format!("members/{}", cast.member.id);
    posted
        .chain([
            (Method::DELETE, unban, json!({})),
            (Method::PATCH, role, json!({"role": "moderator"})),
            (Method::PATCH, String::new(), json!({"title": "Ours"})),
        ])
        .collect()
}

/// Whoever does not look after a community does nothing of what moderators do.
pub async fn done(cast: &Cast, community: &Community, thread: &Secret) -> (Vec<String>, usize) {
    let (mut wrong, mut looks) = (Vec::new(), 0);
    let owner = &cast.moderator.client;
    let open = owner.get(&community.at("reports")).await.list();
    let report = open.first().map(id).expect("a report");
    let deeds = deeds(cast, community, &thread.id, &report);
    let log = community.at("log?limit=80");
    let before = owner.get(&log).await.list();
    let others = cast
        .readers
        .iter()
        .filter(|reader: &&Reader| !is_moderator(reader.standing));
    for reader in others {
        for (method, rest, body) in &deeds {
            let path = community.at(rest);
            let path = path.trim_end_matches('/');
            let request = reader.client.request(method.clone(), path).json(body);
            let answer = reader.client.send(request).await;
            looks += 1;
            let what = format!("{}, {:?}: {method} {rest}", reader.name, community.place);
            if !matches!(answer.status, 401 | 403 | 404 | 422) {
                wrong.push(format!("{what} ({})", answer.status));
            }
        }
    }
    if owner.get(&log).await.list().len() != before.len() {
        wrong.push(format!("{:?}: something was done", community.place));
    }
    (wrong, looks)
}
