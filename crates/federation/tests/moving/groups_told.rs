//! What communities elsewhere tell of themselves, and that they do not take in what was written here.

use kontor_actions::{
    Error,
    communities::{self, CommunityView, Edit},
    posts::{Draft, Extras, Text, publish},
};
use kontor_domain::{
    audience::Audience,
    community::{Access, LogAction, LogRole, Posting},
    ids::{AccountId, PostId},
    page::Page,
};
use serde_json::{Value, json};

use crate::{
    groups_elsewhere::{Bees, elsewhere, is_moderated},
    peer::Person,
    world::{World, sound},
};

impl Bees {
    /// Its document says this from here on too, and everybody is told.
    async fn says(&self, id: &str, more: &Value) -> CommunityView {
        let mut document = elsewhere("board.test").1;
        for (name, value) in more.as_object().unwrap() {
            document[name] = value.clone();
        }
        self.world.peers.serve(&self.group.uri, &document);
        self.done(&self.group.activity(id, "Update", &document))
            .await;
        self.view().await
    }

    async fn view(&self) -> CommunityView {
        communities::get(&self.world.app, None, self.account.id)
            .await
            .unwrap()
    }

    /// A thread of somebody's for it, or an answer.
    async fn write(
        &self,
        by: AccountId,
        text: &str,
        answers: Option<PostId>,
    ) -> kontor_actions::Result<PostId> {
        let draft = Draft {
            text: Text {
                text: format!("@bees@board.test {text}"),
                ..Text::default()
            },
            audience: Audience::Public,
            in_reply_to: answers,
            idempotency_key: None,
            application: None,
            extras: Extras::default(),
        };
        publish(&self.world.app, by, draft).await
    }

    async fn last_line(&self) -> (LogAction, Option<LogRole>, String) {
        let app = &self.world.app;
        let page = Page::first(1);
        let lines = communities::log(app, Some(self.ann.id), self.account.id, false, page).await;
        let line = lines.unwrap().remove(0).entry;
        (line.action, line.by_role, line.reason)
    }

    async fn lines_for(&self, who: Option<AccountId>) -> usize {
        let (app, page) = (&self.world.app, Page::first(20));
        let lines = communities::log(app, who, self.account.id, false, page).await;
        lines.unwrap().len()
    }

    /// Why its author sees it as taken away.
    async fn reason(&self, uri: &str) -> Option<String> {
        let post = self.world.post_at(uri).await.unwrap();
        post.post.removed_at?;
        post.parts.group?.removed_reason
    }
}

fn forbidden<T>(done: &kontor_actions::Result<T>) -> Option<&'static str> {
    match done {
        Err(Error::Forbidden(why)) => Some(*why),
        _ => None,
    }
}

#[actix_web::test]
async fn what_a_community_elsewhere_says_of_itself_is_kept() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let known = bees.view().await.community;
    assert_eq!(
        (known.access, known.posting, known.archived_at),
        (Access::Public, Posting::Anyone, None)
    );
    let german =
        json!([{"identifier": "de", "name": "German"}, {"identifier": "und", "name": "?"}]);
    let all = json!({
        "access": "restricted",
        "posting": "members",
        "archived": true,
        "postingRestrictedToMods": true,
        "purpose": " To keep bees ",
        "rules": "Be kind",
        "language": german,
    });
    let told = bees.says("all", &all).await.community;
    assert_eq!(
        (told.access, told.posting),
        (Access::Restricted, Posting::Members)
    );
    assert_eq!(
        (told.purpose.as_str(), told.rules.as_str()),
        ("To keep bees", "Be kind")
    );
    assert_eq!(told.languages, r#"["de"]"#);
    assert!(told.archived_at.is_some());
    // It is archived since it was heard of first, and what is not said stays.
    let some = json!({"access": "unlisted", "archived": true});
    let again = bees.says("again", &some).await.community;
    assert_eq!(again.access, Access::Unlisted);
    assert_eq!(again.archived_at, told.archived_at);
    assert_eq!(
        (again.purpose, again.rules, again.languages),
        (told.purpose, told.rules, told.languages)
    );
    // What cannot be used is what other software says, and nothing is longer than with one of ours.
    let most = bees
        .world
        .app
        .settings
        .limits
        .communities
        .description_characters;
    let odd = json!({
        "access": "local",
        "posting": "nobody",
        "archived": false,
        "postingRestrictedToMods": true,
        "purpose": "ü".repeat(most + 1),
        "rules": "",
        "language": [],
    });
    let odd = bees.says("odd", &odd).await.community;
    assert_eq!(
        (odd.access, odd.posting, odd.archived_at),
        (Access::Public, Posting::Moderators, None)
    );
    assert_eq!(odd.purpose.chars().count(), most);
    assert_eq!((odd.rules.as_str(), odd.languages.as_str()), ("", "[]"));
}

#[actix_web::test]
async fn what_its_server_would_refuse_is_refused_here() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let bob = bees.world.person("bob").await;
    let ann = bees.ann.id;
    let thread = bees.write(ann, "honey", None).await.unwrap();
    bees.says("1", &json!({"access": "restricted"})).await;
    let no_member = Some("Only members post in this community");
    let done = bees.write(bob.id, "me too", None).await;
    assert_eq!(forbidden(&done), no_member);
    let done = bees.write(bob.id, "me too", Some(thread)).await;
    assert_eq!(forbidden(&done), no_member);
    bees.write(ann, "more honey", None).await.unwrap();
    bees.says("2", &json!({"access": "public", "posting": "members"}))
        .await;
    let done = bees.write(bob.id, "me too", None).await;
    assert_eq!(forbidden(&done), no_member);
    bees.write(bob.id, "me too", Some(thread)).await.unwrap();
    bees.says("3", &json!({"posting": "moderators"})).await;
    let done = bees.write(ann, "once more", None).await;
    assert_eq!(
        forbidden(&done),
        Some("Only moderators begin threads in this community")
    );
    bees.moderated_by_ann().await;
    bees.write(ann, "once more", None).await.unwrap();
    bees.says(
        "4",
        &json!({"posting": "anyone", "archived": true, "postingRestrictedToMods": true}),
    )
    .await;
    let archived = Some("This community is archived");
    for (by, answers) in [(ann, None), (bob.id, Some(thread))] {
        let done = bees.write(by, "the last", answers).await;
        assert_eq!(forbidden(&done), archived);
    }
    bees.says("5", &json!({"posting": "anyone", "archived": false}))
        .await;
    bees.write(bob.id, "not the last", None).await.unwrap();
    sound(&bees.world).await;
}

#[actix_web::test]
async fn a_thread_for_an_unlisted_community_elsewhere_is_in_no_list() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    bees.says("1", &json!({"access": "unlisted"})).await;
    let post = bees.write(bees.ann.id, "honey", None).await.unwrap();
    let uri = bees.world.app.site.post(post);
    let kept = bees.world.post_at(&uri).await.unwrap().post;
    assert_eq!((kept.audience, kept.listed), (Audience::Unlisted, false));
    assert_eq!(kept.community_id, Some(bees.account.id));
    // And so is what others began there, whatever they say.
    let crow = Person::new("pie.test", "crow");
    crow.lives(&bees.world.peers);
    let page = bees.page(&crow, "shiny");
    let shiny = page["id"].as_str().unwrap();
    bees.world.peers.serve(shiny, &page);
    bees.done(&bees.announce("2", &crow.activity("create", "Create", &page)))
        .await;
    let kept = bees.world.post_at(shiny).await.unwrap().post;
    assert_eq!((kept.audience, kept.listed), (Audience::Unlisted, false));
    sound(&bees.world).await;
}

/// What a group says to whoever wrote something here.
fn reject(group: &Person, id: &str, object: &Value) -> Value {
    let mut reject = group.activity(id, "Reject", object);
    reject["summary"] = json!("Only members post in this community");
    reject
}

async fn outcome(world: &World, from: &Person, activity: &Value) -> String {
    let (status, why) = world.receives(from, activity).await;
    assert_eq!(status, 202, "{why}");
    world.outcome(activity).await
}

#[actix_web::test]
async fn what_a_community_elsewhere_did_not_take_in_stands_there_no_more() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (world, ann) = (&bees.world, bees.ann.id);
    let why = Some("Only members post in this community".to_owned());
    let thread = bees.write(ann, "honey", None).await.unwrap();
    let answer = bees.write(ann, "and wax", Some(thread)).await.unwrap();
    let [thread, answer] = [thread, answer].map(|post| world.app.site.post(post));
    let create = |post: &str| json!({"id": format!("{post}/activity"), "type": "Create", "actor": bees.ann.uri, "object": post});
    for (number, (post, object)) in [(&answer, create(&answer)), (&thread, json!(thread))]
        .into_iter()
        .enumerate()
    {
        assert_eq!(bees.reason(post).await, None);
        bees.done(&reject(&bees.group, &format!("reject-{number}"), &object))
            .await;
        assert_eq!(bees.reason(post).await, why);
        let line = (LogAction::Refused, Some(LogRole::Community), why.clone());
        let (action, role, reason) = bees.last_line().await;
        assert_eq!((action, role, Some(reason)), line);
    }
    assert_eq!(bees.shown().await, Vec::<String>::new());
    let bob = world.person("bob").await;
    assert_eq!(bees.lines_for(Some(bob.id)).await, 0);
    assert_eq!(bees.lines_for(None).await, 0);
    is_moderated(world, bees.account.id, bob.id).await;
    assert_eq!(bees.lines_for(Some(bob.id)).await, 2);
    // Said again it is what it was.
    let lines = bees.log().await.len();
    let id = json!(format!("{thread}/activity"));
    bees.done(&reject(&bees.group, "again", &id)).await;
    assert_eq!(bees.log().await.len(), lines);
    sound(world).await;
    // It takes it in after all, and says so.
    let note = json!({"id": thread, "type": "Note", "attributedTo": bees.ann.uri, "to": [], "content": "honey"});
    let update = json!({"id": world.app.site.url("/activities/77"), "type": "Update", "actor": bees.ann.uri, "object": note});
    bees.done(&bees.announce("1", &update)).await;
    assert_eq!(bees.reason(&thread).await, None);
    assert_eq!(bees.shown().await, std::slice::from_ref(&thread));
    assert_eq!(bees.last_line().await.0, LogAction::TakenIn);
    assert_eq!(bees.lines_for(None).await, 0);
    bees.done(&bees.announce("2", &create(&answer))).await;
    assert_eq!(bees.reason(&answer).await, None);
    sound(world).await;
}

#[actix_web::test]
async fn nobody_refuses_what_was_not_written_for_them() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (world, ann) = (&bees.world, bees.ann.id);
    let thread = bees.write(ann, "honey", None).await.unwrap();
    let other = world.post(ann, "no honey", Audience::Public).await;
    let [thread, other] = [thread, other].map(|post| world.app.site.post(post));
    let drone = Person::new("board.test", "drone");
    world.known(&drone).await;
    let mut hive = Person::new("pie.test", "hive");
    hive.uri = hive.url("/c/hive");
    hive.key_id = format!("{}#main-key", hive.uri);
    let mut document = hive.document();
    document["type"] = json!("Group");
    document["attributedTo"] = json!(format!("{}/moderators", hive.uri));
    hive.lives(&world.peers);
    world.peers.serve(&hive.uri, &document);
    world.reads(&hive.uri).await;
    for (id, by, post) in [
        ("1", &hive, &thread),
        ("2", &drone, &thread),
        ("3", &bees.group, &other),
    ] {
        let object = json!({"id": format!("{post}/activity"), "type": "Create", "object": post});
        let said = outcome(world, by, &reject(by, id, &object)).await;
        assert!(said.starts_with("ignored"), "{id}: {said}");
    }
    for uri in [&thread, &other] {
        assert_eq!(bees.stub(uri).await.unwrap().removed_at, None, "{uri}");
    }
    assert_eq!(bees.log().await, []);
}

#[actix_web::test]
async fn a_moderator_here_asks_in_the_same_words() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    bees.moderated_by_ann().await;
    let (app, ann, hive) = (&bees.world.app, bees.ann.id, bees.account.id);
    let edit = Edit {
        access: Some(Access::Unlisted),
        posting: Some(Posting::Members),
        purpose: Some("To keep bees".to_owned()),
        rules: Some(" Be kind ".to_owned()),
        languages: Some(vec!["de-AT".to_owned()]),
        ..Edit::default()
    };
    communities::edit(app, ann, hive, edit).await.unwrap();
    communities::archive(app, ann, hive, true).await.unwrap();
    for access in [Access::Private, Access::Local] {
        let closed = Edit {
            access: Some(access),
            ..Edit::default()
        };
        let done = communities::edit(app, ann, hive, closed).await;
        assert!(
            matches!(
                done,
                Err(Error::Invalid {
                    field: "access",
                    ..
                })
            ),
            "{done:?}"
        );
    }
    bees.world.sent().await;
    let arrived = bees.world.peers.arrived_at("board.test");
    let asked: Vec<&Value> = arrived
        .iter()
        .filter(|arrived| arrived.kind() == "Update")
        .map(|arrived| &arrived.body["object"])
        .collect();
    let id = &bees.group.uri;
    assert_eq!(
        asked,
        [
            &json!({
                "id": id,
                "type": "Group",
                "postingRestrictedToMods": false,
                "posting": "members",
                "access": "unlisted",
                "purpose": "To keep bees",
                "rules": "Be kind",
                "language": [{"identifier": "de", "name": "German"}],
            }),
            &json!({"id": id, "type": "Group", "archived": true}),
        ]
    );
    // Its server decides.
    let known = bees.view().await.community;
    assert_eq!((known.access, known.archived_at), (Access::Public, None));
}
