//! What happens in communities, in the shapes in which other servers write it: first of members of one of ours, then passed on by a group
//! of theirs. The files are in `tests/fixtures/groups`; `THEM`, `MOD` and `GROUP` stand for a member, whoever looks after it and the group,
//! `FEATURED` and `MODERATORS` for the addresses of its pinned posts and of the list of its moderators.

use kontor_actions::communities::What;
use kontor_domain::{
    audience::Viewer,
    community::{Access, CommunityRole},
    ids::AccountId,
    page::Page,
};
use kontor_store::{communities, community_posts, dislikes, pins, reports};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, PUBLIC},
    groups_elsewhere::is_moderated,
    peer::Person,
    world::{World, sound},
};

fn person(host: &str, name: &str, path: &str) -> Person {
    let mut person = Person::new(host, name);
    person.uri = person.url(&format!("{path}/{name}"));
    person.key_id = format!("{}#main-key", person.uri);
    person
}

/// Somebody's words about one community, as one kind of server writes them.
struct Script {
    activities: Value,
}

impl Script {
    fn read(
        software: &str,
        them: &Person,
        moderator: &Person,
        group: &str,
        featured: &str,
    ) -> Self {
        let path = format!(
            "{}/tests/fixtures/groups/{software}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut text = std::fs::read_to_string(&path)
            .unwrap_or_else(|why| panic!("{path}: {why}"))
            .replace("https://here.test", "http://here.test");
        for host in ["burrow", "pie", "fox", "board"] {
            text = text.replace(
                &format!("https://{host}.test"),
                &format!("http://{host}.test"),
            );
        }
        let text = text
            .replace("THEM/followers", &format!("{}/followers", them.uri))
            .replace("\"THEM\"", &json!(them.uri).to_string())
            .replace("\"MOD\"", &json!(moderator.uri).to_string())
            .replace("\"GROUP\"", &json!(group).to_string())
            .replace("\"FEATURED\"", &json!(featured).to_string())
            .replace("MODERATORS", &format!("{group}/moderators"));
        Self {
            activities: serde_json::from_str(&text).unwrap(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.activities.get(name).is_some()
    }

    fn get(&self, name: &str) -> &Value {
        &self.activities[name]
    }

    fn thread(&self) -> &str {
        self.get("create")["object"]["id"].as_str().unwrap()
    }
}

/// A database as these steps change it.
struct Ground<'a> {
    world: &'a World,
    community: AccountId,
    thread: String,
}

impl Ground<'_> {
    async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut kontor_store::Conn) -> kontor_store::Result<T> + Send + 'static,
    ) -> T {
        self.world.app.store.read(look).await.unwrap()
    }

    async fn post(&self) -> Option<kontor_actions::posts::PostView> {
        self.world.post_at(&self.thread).await
    }

    async fn is_locked(&self) -> bool {
        let id = self.post().await.unwrap().post.id;
        self.read(move |db| community_posts::is_locked(db, id))
            .await
    }

    async fn disliked(&self) -> i64 {
        let id = self.post().await.unwrap().post.id;
        self.read(move |db| dislikes::count(db, id)).await
    }

    async fn pinned(&self) -> usize {
        let id = self.community;
        self.read(move |db| pins::of_account(db, id)).await.len()
    }

    async fn is_banned(&self, uri: &str) -> bool {
        let account = self.world.account_at(uri).await.unwrap().id;
        let (id, now) = (self.community, self.world.app.now());
        self.read(move |db| communities::banned(db, id, account, now))
            .await
            .is_some()
    }

    async fn looks_after(&self, uri: &str) -> bool {
        let account = self.world.account_at(uri).await.unwrap().id;
        let id = self.community;
        let roles = self.read(move |db| communities::roles(db, id)).await;
        roles.iter().any(|role| role.account_id == account)
    }

    /// What is open before its moderators: why, and about which posts.
    async fn reported(&self) -> Vec<(String, Vec<String>)> {
        let id = self.community;
        self.read(move |db| {
            let mut open = Vec::new();
            for report in reports::open_in(db, id, &Page::first(5))? {
                let subjects = reports::subjects(db, &[report.id])?;
                let about = subjects.into_iter().map(|subject| subject.uri).collect();
                open.push((report.comment, about));
            }
            Ok(open)
        })
        .await
    }

    /// What must be so after a step.
    async fn holds(&self, step: &str, script: &Script) {
        let view = self.post().await;
        let post = view.as_ref().map(|view| &view.post);
        match step {
            "create" => {
                let post = post.unwrap();
                assert_eq!(post.community_id, Some(self.community), "{step}");
                let id = post.id;
                let row = self.read(move |db| community_posts::of_post(db, id)).await;
                let name = script.get("create")["object"]["name"].as_str();
                assert_eq!(row.unwrap().title.as_deref(), name, "{step}");
            }
            "update" => {
                let content = script.get("update")["object"]["content"].as_str();
                let words = content.unwrap().split(['<', '>']).nth(2).unwrap();
                assert!(post.unwrap().content.contains(words), "{step}: {words}");
                assert!(post.unwrap().edited_at.is_some(), "{step}");
            }
            "comment" => {
                let uri = script.get("comment")["object"]["id"].as_str().unwrap();
                let answer = self.world.post_at(uri).await.unwrap();
                assert_eq!(
                    answer.post.in_reply_to_id,
                    post.map(|post| post.id),
                    "{step}"
                );
                assert_eq!(answer.post.community_id, Some(self.community), "{step}");
                assert_eq!(post.unwrap().replies_count, 1, "{step}");
            }
            "like" => assert_eq!(post.unwrap().favourites_count, 1, "{step}"),
            "undo_like" => assert_eq!(post.unwrap().favourites_count, 0, "{step}"),
            "dislike" => assert_eq!(self.disliked().await, 1, "{step}"),
            "report" => {
                let why = script.get("report")["summary"].as_str().unwrap();
                let wanted = (why.to_owned(), vec![self.thread.clone()]);
                assert_eq!(self.reported().await, [wanted], "{step}");
            }
            "remove" => assert!(post.unwrap().removed_at.is_some(), "{step}"),
            "restore" => assert!(post.unwrap().removed_at.is_none(), "{step}"),
            "lock" => assert!(self.is_locked().await, "{step}"),
            "unlock" => assert!(!self.is_locked().await, "{step}"),
            "pin" => assert_eq!(self.pinned().await, 1, "{step}"),
            "unpin" => assert_eq!(self.pinned().await, 0, "{step}"),
            "appoint" | "dismiss" => {
                let them = script.get("create")["actor"].as_str().unwrap();
                assert_eq!(self.looks_after(them).await, step == "appoint", "{step}");
            }
            "ban" | "unban" => {
                let them = script.get("create")["actor"].as_str().unwrap();
                assert_eq!(self.is_banned(them).await, step == "ban", "{step}");
            }
            "delete" => assert!(post.is_none(), "{step}"),
            other => panic!("{other}"),
        }
        sound(self.world).await;
    }
}

const BY_THEM: [&str; 6] = [
    "create",
    "update",
    "comment",
    "like",
    "undo_like",
    "dislike",
];
const BY_MODERATORS: [&str; 11] = [
    "report", "remove", "restore", "lock", "unlock", "pin", "unpin", "appoint", "dismiss", "ban",
    "unban",
];

/// In a community of ours: what they say is acted on, and passed on word for word.
async fn in_ours(software: &str, host: &str, path: &str) {
    let garden = Garden::new(Access::Public).await;
    let (them, warden) = (person(host, "them", path), person(host, "warden", path));
    for one in [&them, &warden] {
        let account = garden.world.known(one).await;
        garden.world.follows(&account, &garden.group).await;
        if one.name == "warden" {
            // Here owners alone name moderators.
            let what = What::SetRole(account.id, Some(CommunityRole::Owner));
            garden.moderates(garden.ann.id, what).await.unwrap();
        }
    }
    let featured = garden.group.featured_url.clone().unwrap();
    let script = Script::read(software, &them, &warden, &garden.group.uri, &featured);
    let ground = Ground {
        world: &garden.world,
        community: garden.group.id,
        thread: script.thread().to_owned(),
    };
    let steps = BY_THEM.iter().map(|step| (&them, *step));
    let steps = steps.chain(BY_MODERATORS.iter().map(|step| (&warden, *step)));
    let steps = steps.chain([(&them, "delete")]);
    let mut said = Vec::new();
    for (who, step) in steps.filter(|(_, step)| script.has(step)) {
        garden.done(who, script.get(step)).await;
        ground.holds(step, &script).await;
        // Who reports what is for those who look after it.
        if step != "report" {
            said.push(script.get(step)["id"].clone());
        }
    }
    garden.world.sent().await;
    let passed_on: Vec<Value> = garden
        .world
        .peers
        .arrived_at(host)
        .into_iter()
        .map(|arrived| arrived.body["object"]["id"].clone())
        .filter(|id| said.contains(id))
        .collect();
    assert_eq!(passed_on.len(), said.len(), "{software}: {passed_on:?}");
    let mut garden = garden;
    garden.world.stop().await;
}

/// In a group of theirs, of which a person here is a member.
async fn in_theirs(software: &str, host: &str, (people, groups): (&str, &str)) {
    let mut world = World::new().await;
    let ann = world.person("ann").await;
    let group = person(host, "garden", groups);
    group.lives(&world.peers);
    let mut document = group.document();
    document["type"] = json!("Group");
    document["attributedTo"] = json!(format!("{}/moderators", group.uri));
    document["featured"] = json!(format!("{}/featured", group.uri));
    world.peers.serve(&group.uri, &document);
    let (them, warden) = (person(host, "them", people), person(host, "warden", people));
    for one in [&them, &warden] {
        one.lives(&world.peers);
    }
    world.run();
    let url = group.uri.parse().unwrap();
    let found = world.app.remote.resolve_url(&world.app, &url).await;
    let Ok(Some(kontor_actions::Found::Account(community))) = found else {
        panic!("{found:?}")
    };
    let account = kontor_actions::accounts::get(&world.app, community)
        .await
        .unwrap();
    world.follows(&ann, &account).await;
    // Reports are told to those here who look after it.
    is_moderated(&world, community, ann.id).await;
    let featured = format!("{}/featured", group.uri);
    let script = Script::read(software, &them, &warden, &group.uri, &featured);
    let ground = Ground {
        world: &world,
        community,
        thread: script.thread().to_owned(),
    };
    let steps = BY_THEM.iter().chain(&BY_MODERATORS).chain(&["delete"]);
    for (number, step) in steps.filter(|step| script.has(step)).enumerate() {
        let inner = script.get(step);
        if *step == "delete" {
            // Its own server has it no more.
            world.peers.gone(script.thread());
        }
        let announce = json!({
            "@context": inner["@context"],
            "id": group.url(&format!("/activities/announce/{number}")),
            "type": "Announce",
            "actor": group.uri,
            "to": [PUBLIC],
            "cc": [format!("{}/followers", group.uri)],
            "object": inner,
        });
        let (status, why) = world.receives(&group, &announce).await;
        assert_eq!(status, 202, "{software}/{step}: {why}");
        assert_eq!(world.outcome(&announce).await, "done", "{software}/{step}");
        ground.holds(step, &script).await;
        if *step == "create" {
            let boosts = kontor_actions::timelines::account(
                &world.app,
                Viewer::Anyone,
                community,
                kontor_actions::timelines::Selection::Open,
                Page::first(5),
            );
            assert_eq!(
                boosts.await.unwrap().len(),
                1,
                "{software}: it shows the thread"
            );
        }
    }
    world.stop().await;
}

macro_rules! shapes {
    ($($name:ident => $software:literal, $host:literal, $people:literal, $groups:literal;)+) => {
        mod ours {
            $(#[actix_web::test]
            async fn $name() {
                super::in_ours($software, $host, $people).await;
            })+
        }

        mod theirs {
            $(#[actix_web::test]
            async fn $name() {
                super::in_theirs($software, $host, ($people, $groups)).await;
            })+
        }
    };
}

shapes! {
    lemmy => "lemmy1", "burrow.test", "/u", "/c";
    piefed => "piefed", "pie.test", "/u", "/c";
    mbin => "mbin", "fox.test", "/u", "/m";
    nodebb => "nodebb", "board.test", "/uid", "/category";
}

/// Mastodon knows nothing of groups: a mention begins a thread, its first line is the title, and an answer belongs to it.
#[actix_web::test]
async fn a_mention_begins_a_thread() {
    let garden = Garden::new(Access::Public).await;
    let ella = garden.member("elephant.test", "ella", false).await;
    let mention =
        json!([{"type": "Mention", "href": garden.group.uri, "name": "@garden@here.test"}]);
    let mut note = ella.note(
        "1",
        "<span class=\"h-card\"><a href=\"http://here.test/@garden\" class=\"u-url mention\">@<span>garden</span></a></span> Waterholes</p><p>Who digs them?",
    );
    note["tag"] = mention.clone();
    note["cc"] = json!([format!("{}/followers", ella.uri), garden.group.uri]);
    let create = ella.activity("1", "Create", &note);
    garden.done(&ella, &create).await;
    let thread = garden
        .world
        .post_at(note["id"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(thread.post.community_id, Some(garden.group.id));
    let id = thread.post.id;
    let row = garden
        .world
        .app
        .store
        .read(move |db| community_posts::of_post(db, id))
        .await
        .unwrap();
    assert_eq!(row.unwrap().title.as_deref(), Some("Waterholes"));
    let mut answer = ella.note("2", "I do.");
    answer["inReplyTo"] = note["id"].clone();
    let create = ella.activity("2", "Create", &answer);
    garden.done(&ella, &create).await;
    let answer = garden
        .world
        .post_at(answer["id"].as_str().unwrap())
        .await
        .unwrap();
    assert_eq!(answer.post.community_id, Some(garden.group.id));
    // One that is for her followers alone is not for the community.
    let mut whisper = ella.note("3", "only among us");
    whisper["to"] = json!([format!("{}/followers", ella.uri)]);
    whisper["cc"] = json!([garden.group.uri]);
    whisper["tag"] = mention;
    let create = ella.activity("3", "Create", &whisper);
    let (status, _) = garden.world.receives(&ella, &create).await;
    assert_eq!(status, 202);
    garden.world.outcome(&create).await;
    let whisper = garden.world.post_at(whisper["id"].as_str().unwrap()).await;
    assert!(whisper.is_none_or(|view| view.post.community_id.is_none()));
    let mut garden = garden;
    garden.world.stop().await;
}
