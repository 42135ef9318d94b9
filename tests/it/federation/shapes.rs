//! What crosses between two servers, one on each database, both ways: what posts carry, who may read them, what was there before,
//! what got lost, and whom one does not speak with. And what a peer of another kind sends, on either database.

use kontor_tests::{
    Address, Backend, PUBLIC, Peer, Person, Server, Setup,
    answer::{id, text},
    holds, until,
};
use serde_json::{Value, json};

use super::social::{both_ways, set, stage, status};
use crate::interop::{pair, pair_with};

/// A picture of one colour.
pub(super) fn picture() -> Vec<u8> {
    use std::io::Write as _;
    const SIDE: u32 = 16;
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], body: &[u8]| {
        png.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(body);
        png.extend(kind);
        png.extend(body);
        png.extend(sum.sum().to_be_bytes());
    };
    let mut head = [SIDE.to_be_bytes(), SIDE.to_be_bytes()].concat();
    head.extend([8, 2, 0, 0, 0]);
    chunk(b"IHDR", &head);
    let mut lines = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..SIDE {
        lines.write_all(&[0]).unwrap();
        lines
            .write_all(&[200_u8, 60, 20].repeat(SIDE.try_into().unwrap()))
            .unwrap();
    }
    chunk(b"IDAT", &lines.finish().unwrap());
    chunk(b"IEND", &[]);
    png
}

/// Uploads it with a description and a focus.
async fn upload(who: &Person) -> String {
    let fields = [("description", "A <red> square"), ("focus", "0.5,-0.25")];
    id(&who.uploads("a.png", &picture(), &fields).await)
}

fn emoji_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("crane.png"), picture()).unwrap();
    folder
}

/// Both servers answer signed requests alone.
async fn what_posts_carry(first: Backend, second: Backend) {
    let stage = set(pair_with(first, second, &[("federation.secure_mode", "true")]).await).await;
    let (alice, bob) = (&stage.alice, &stage.bob);
    let folder = emoji_folder();
    stage
        .beta
        .run(&["emoji", "import", folder.path().to_str().unwrap()], "");
    let form = [("display_name", "Bob :crane:")];
    bob.client
        .patch("/api/v1/accounts/update_credentials", &form)
        .await
        .ok();
    let file = upload(bob).await;
    let body = json!({
        "status": "hoch :crane: #Hafen",
        "spoiler_text": "heights",
        "language": "de",
        "media_ids": [file],
    });
    let own = bob.client.post_json("/api/v1/statuses", &body).await.ok();
    let seen = alice.sees("hoch").await;
    for key in ["spoiler_text", "sensitive", "language"] {
        assert_eq!(seen[key], own[key], "{key}");
    }
    assert_eq!(
        (&seen["spoiler_text"], &seen["language"]),
        (&json!("heights"), &json!("de"))
    );
    let (there, here) = (&own["media_attachments"][0], &seen["media_attachments"][0]);
    assert_eq!(here["type"], "image");
    assert_eq!(here["description"], "A <red> square");
    assert_eq!(here["meta"]["focus"], json!({"x": 0.5, "y": -0.25}));
    for key in ["width", "height"] {
        assert_eq!(here["meta"]["original"][key], 16, "{key}");
    }
    assert!(here["blurhash"].is_string());
    assert_eq!(here["blurhash"], there["blurhash"]);
    assert_eq!(here["remote_url"], there["url"]);
    let (shown, lies) = (text(here, "url"), text(there, "url"));
    let from_here = stage.alpha.address().url("/media/remote/");
    assert!(shown.starts_with(&from_here), "{shown}");
    let shown = stage.alpha.stranger().get(&shown).await.expect(200);
    let lies = stage.beta.stranger().get(&lies).await.expect(200);
    assert_eq!(shown.body, lies.body);
    assert_eq!(shown.header("content-type"), "image/png");
    assert_eq!(seen["tags"][0]["name"], "hafen");
    assert_eq!(seen["emojis"][0]["shortcode"], "crane");
    assert!(text(&seen["emojis"][0], "url").starts_with(&stage.beta.address().url("/media/")));
    holds("the name comes with its emoji", || async {
        let shown = alice.account(&stage.bob_here).await;
        shown["display_name"] == "Bob :crane:" && shown["emojis"][0]["shortcode"] == "crane"
    })
    .await;
    // Nobody reads the documents without saying who they are.
    let note = stage
        .beta
        .stranger()
        .get_as(&text(&own, "uri"), kontor_tests::ACTIVITY)
        .await;
    assert_eq!(note.status, 401, "{}", note.text());

    who_reads_what(alice, bob, &stage.alpha).await;
    stage.at_rest().await;
}

/// A followers-only and a direct post reach those whom they are for, and nobody else on the same server.
async fn who_reads_what(alice: &Person, bob: &Person, alpha: &Server) {
    let carol = alpha.person("carol").await;
    let closed = bob.post("among followers", "private").await;
    let seen = alice.sees("among followers").await;
    assert_eq!(seen["visibility"], "private");
    let direct = format!("@{} for you alone", &alice.handle()[1..]);
    let direct = bob.post(&direct, "direct").await;
    let told = until("alice is told of the direct post", || async {
        let mut told = alice.notifications("mention").await;
        told.retain(|one| one["status"]["visibility"] == "direct");
        told.pop()
    })
    .await;
    let asked = [&seen, &told["status"]];
    for (here, there) in asked.into_iter().zip([&closed, &direct]) {
        let path = format!("/api/v1/statuses/{}", id(here));
        assert_eq!(alice.client.get(&path).await.status, 200);
        assert_eq!(carol.client.get(&path).await.status, 404);
        assert_eq!(alpha.stranger().get(&path).await.status, 404);
        assert_eq!(carol.find_post(&text(there, "uri")).await, None);
    }
    assert!(carol.whole_home().await.is_empty());
}

/// What was there before anybody looked: posts of whom one begins to follow, and the answers to a post that one opens.
async fn what_was_there_before(first: Backend, second: Backend) {
    let (alpha, beta) = pair(first, second).await;
    let (alice, bob, carol) = (
        alpha.person("alice").await,
        beta.person("bob").await,
        beta.person("carol").await,
    );
    let older = bob.post("from before", "public").await;
    bob.client
        .post(&format!("/api/v1/statuses/{}/pin", id(&older)), &[])
        .await
        .ok();
    let answer = carol.reply(&id(&older), "heard before", "public").await;
    bob.reply(&id(&answer), "and answered before", "public")
        .await;
    bob.post("not for newcomers", "private").await;

    let bob_here = alice.resolve(&bob.handle()).await;
    alice.follows(&bob_here).await;
    let list = |query: &str| format!("/api/v1/accounts/{bob_here}/statuses{query}");
    let found = until("what bob wrote before is there", || async {
        let views = alice.client.get(&list("")).await.list();
        views
            .into_iter()
            .find(|view| text(view, "content").contains("from before"))
    })
    .await;
    holds("and what bob pinned", || async {
        let pinned = alice.client.get(&list("?pinned=true")).await.list();
        pinned.iter().map(id).collect::<Vec<_>>() == [id(&found)]
    })
    .await;
    holds("the thread is completed", || async {
        let path = format!("/api/v1/statuses/{}/context", id(&found));
        let context = alice.client.get(&path).await.ok();
        let below: Vec<String> = context["descendants"]
            .as_array()
            .unwrap()
            .iter()
            .map(|view| kontor_tests::person::plain(&text(view, "content")))
            .collect();
        below.iter().any(|words| words.contains("heard before"))
            && below
                .iter()
                .any(|words| words.contains("and answered before"))
    })
    .await;
    let all = alice.client.get(&list("")).await.list();
    assert!(
        all.iter()
            .all(|view| !text(view, "content").contains("not for newcomers"))
    );
    quotes_that_are_asked_for(&alice, &bob, &bob_here, &alpha).await;
    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
}

/// Followers quote at once; others ask, and are told no.
async fn quotes_that_are_asked_for(alice: &Person, bob: &Person, bob_here: &str, alpha: &Server) {
    let carl = alpha.person("carl").await;
    let body = json!({
        "status": "quote me if you know me",
        "quote_approval_policy": "followers",
        "quote_review_policy": "public",
    });
    bob.client.post_json("/api/v1/statuses", &body).await.ok();
    let here = id(&alice.sees("quote me").await);
    let approval = async |who: &Person| {
        let shown = status(who, &here).await;
        shown["quote_approval"]["current_user"].clone()
    };
    assert_eq!(approval(alice).await, "automatic");
    assert_eq!(approval(&carl).await, "manual");
    let quote = async |who: &Person| {
        let body = json!({"status": "see", "quoted_status_id": here});
        id(&who.client.post_json("/api/v1/statuses", &body).await.ok())
    };
    let (mine, his) = (quote(alice).await, quote(&carl).await);
    let state = async |who: &Person, post: &str| status(who, post).await["quote"]["state"].take();
    holds("the follower's stands", || async {
        state(alice, &mine).await == "accepted"
    })
    .await;
    let asked = until("the author is asked", || async {
        let list = bob.client.get("/api/kontor/v1/quote_requests").await.list();
        list.into_iter().next()
    })
    .await;
    assert_eq!(state(&carl, &his).await, "pending");
    let reject = format!("/api/kontor/v1/quote_requests/{}/reject", id(&asked));
    bob.client.post(&reject, &[]).await.ok();
    holds("the other is told no", || async {
        state(&carl, &his).await == "rejected"
    })
    .await;
    assert_eq!(carl.relationship(bob_here).await["following"], false);
}

/// An Undo of a Follow is lost for good; the next post for followers tells, and puts it right.
async fn a_lost_undo(first: Backend, second: Backend) {
    let mut stage = stage(first, second).await;
    let carol = stage.alpha.person("carol").await;
    carol.follows(&stage.bob_here).await;
    stage.at_rest().await;
    stage.beta.terminate().await;
    stage.alice.unfollow(&stage.bob_here).await;
    holds("the Undo waits", || async {
        let waiting = "SELECT count(*) AS value FROM deliveries WHERE delivered_at IS NULL";
        stage.alpha.database().number(waiting) > 0
    })
    .await;
    stage.alpha.terminate().await;
    let sql = "DELETE FROM deliveries WHERE delivered_at IS NULL";
    stage.alpha.database().execute(sql);
    stage.alpha.start().await;
    stage.beta.start().await;
    let followers = async || stage.bob.account(&stage.bob.id).await["followers_count"].take();
    assert_eq!(followers().await, 2, "bob's server has not heard of it");
    stage.bob.post("who is still with me", "private").await;
    carol.sees("who is still with me").await;
    holds("bob's server has heard of it", || async {
        followers().await == 1
    })
    .await;
    assert_eq!(
        stage.alice.relationship(&stage.bob_here).await["following"],
        false
    );
    assert_eq!(carol.relationship(&stage.bob_here).await["following"], true);
    stage.at_rest().await;
}

/// A third server answers somebody whose followers are on the first: the second passes it on.
async fn an_answer_is_passed_on(first: Backend, second: Backend) {
    let third = Address::new("gamma.test");
    let (alpha, beta) = (
        Setup::new("alpha.test", first),
        Setup::new("beta.test", second),
    );
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    let servers = (
        alpha.knows(&[&b, &third]).start().await,
        beta.knows(&[&a, &third]).start().await,
    );
    let peer = Peer::start(&third, &["gina"], &[&a, &b]).await;
    let gina = peer.actor("gina");
    let stage = set(servers).await;
    let followers = format!("{}/followers", stage.bob.actor());
    let post = text(&stage.at_home().await, "uri");
    let mut note = peer.note(&gina, "from the third shore", &[PUBLIC], &[&followers]);
    note["inReplyTo"] = json!(post);
    peer.publish(&note);
    let mut create = peer.activity(&gina, "Create", &note);
    // Of a kind that nobody here checks: the first server asks the third for the note.
    create["signature"] =
        json!({"type": "RsaSignature2017", "creator": gina.key.id, "signatureValue": "AAAA"});
    let inbox = stage.beta.address().url("/inbox");
    assert_eq!(peer.send(&gina, &inbox, &create).await.status, 202);
    let path = format!("/api/v1/statuses/{}/context", stage.post_here);
    let seen = until("the first server has the answer", || async {
        let context = stage.alice.client.get(&path).await.ok();
        context["descendants"].get(0).cloned()
    })
    .await;
    assert!(text(&seen, "content").contains("from the third shore"));
    assert_eq!(text(&seen, "uri"), text(&note, "id"));
    assert!(
        peer.fetched().iter().any(|request| request.path == {
            let id = text(&note, "id");
            id.strip_prefix(&third.url("")).unwrap().to_owned()
        }),
        "it was read at its own server"
    );
    stage.at_rest().await;
}

/// With whom one speaks, said by either side.
async fn whom_one_speaks_with(first: Backend, second: Backend) {
    let (alpha, beta) = pair_with(first, second, &[("federation.mode", "\"allowlist\"")]).await;
    let (alice, bob) = (alpha.person("alice").await, beta.person("bob").await);
    assert!(alice.try_resolve(&bob.handle()).await.is_none());
    let (a, b) = (alpha.address().authority(), beta.address().authority());
    alpha.run(&["peer", "allow", &b], "");
    // The other side does not know this one yet.
    assert!(alice.try_resolve(&bob.handle()).await.is_none());
    beta.run(&["peer", "allow", &a], "");
    let bob_here = until("they speak with one another", || async {
        alice
            .try_resolve(&bob.handle())
            .await
            .map(|account| id(&account))
    })
    .await;
    alice.follows(&bob_here).await;
    bob.post("in good company", "public").await;
    let seen = alice.sees("in good company").await;
    // Whoever follows somebody comes upon them all the same.
    let stranger = alpha.stranger();
    let public = async || {
        let list = stranger.get("/api/v1/timelines/public").await.list();
        list.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(public().await, [id(&seen)]);

    alpha.run(&["peer", "limit", &b], "");
    holds("it stays out of what everybody reads", || async {
        public().await.is_empty()
    })
    .await;
    assert_eq!(alice.home().await.len(), 1, "whom one follows one reads");
    bob.post("still heard", "public").await;
    alice.sees("still heard").await;
    assert!(public().await.is_empty());

    alpha.run(&["peer", "block", &b], "");
    holds("nothing of it is seen", || async {
        alice.home().await.is_empty()
    })
    .await;
    assert!(alice.try_resolve(&bob.handle()).await.is_none());
    bob.post("to nobody there", "public").await;
    let refused = || {
        let waiting = "SELECT last_error AS value FROM deliveries WHERE delivered_at IS NULL AND refusals > 1";
        beta.database().lines(waiting)
    };
    holds("it is refused there, and tried again", async || {
        !refused().is_empty()
    })
    .await;
    let known = alpha
        .database()
        .number("SELECT count(*) AS value FROM posts WHERE content LIKE '%to nobody there%'");
    assert_eq!(known, 0);
    for server in [&alpha, &beta] {
        server.check();
    }
    // Whoever blocks one refuses what one sends, for which they may be sorry, and nothing is lost.
    let refused = refused();
    assert!(
        !refused.is_empty() && refused.iter().all(|line| line.ends_with("answered 403")),
        "{refused:?}"
    );
    assert_eq!(beta.database().given_up(), Vec::<String>::new());
}

/// Objects of other kinds with a title, a page and a text, and what they are called here.
fn objects(peer: &Peer, by: &kontor_tests::Actor) -> Vec<(Value, String)> {
    ["Article", "Page", "Video", "Event", "Audio", "Image"]
        .iter()
        .map(|kind| {
            let mut object = peer.public_note(by, &format!("the text of the {kind}"));
            object["type"] = json!(kind);
            object["name"] = json!(format!("One {kind} & more"));
            let page = peer.address.url(&format!("/pages/{kind}"));
            let file = |media: &str, ending: &str| {
                json!({"type": "Link", "mediaType": media, "href": peer.address.url(&format!("/files/{kind}.{ending}"))})
            };
            let here = json!({"type": "Link", "mediaType": "text/html", "href": page});
            object["url"] = match *kind {
                "Video" => json!([here, file("video/mp4", "mp4")]),
                "Audio" => json!([here, file("audio/ogg", "ogg")]),
                "Image" => json!([here, file("image/png", "png")]),
                _ => json!(page),
            };
            if *kind == "Event" {
                object["startTime"] = json!("2026-12-24T18:00:00Z");
            }
            (object, page)
        })
        .collect()
}

/// A peer of another kind has opinions, and publishes what is no note.
async fn what_is_no_note(backend: Backend) {
    let stage = crate::faults::inbox::Stage::new(backend).await;
    let post = stage.alice.post("worth an opinion", "public").await;
    let say = async |kind: &str, object: &Value, more: Value| {
        let mut activity = stage.peer.activity(&stage.mallory, kind, object);
        for (key, value) in more.as_object().unwrap() {
            activity[key] = value.clone();
        }
        let sent = stage
            .peer
            .send(&stage.mallory, &stage.inbox, &activity)
            .await;
        assert_eq!(sent.status, 202, "{kind}: {}", sent.text());
        activity
    };
    let uri = json!(text(&post, "uri"));
    let reaction = say("EmojiReact", &uri, json!({"content": "🦊"})).await;
    let dislike = say("Dislike", &uri, json!({})).await;
    let dislikes = || {
        let count = "SELECT count(*) AS value FROM dislikes";
        stage.server.database().number(count)
    };
    let reactions = async || {
        let seen = status(&stage.alice, &id(&post)).await;
        seen["pleroma"]["emoji_reactions"].clone()
    };
    holds("both opinions are kept", || async {
        reactions().await[0]["name"] == "🦊" && dislikes() == 1
    })
    .await;
    assert_eq!(
        status(&stage.alice, &id(&post)).await["favourites_count"],
        0
    );
    for opinion in [reaction, dislike] {
        say("Undo", &opinion, json!({})).await;
    }
    holds("both are taken back", || async {
        reactions().await == json!([]) && dislikes() == 0
    })
    .await;

    for (object, page) in objects(&stage.peer, &stage.mallory) {
        let kind = text(&object, "type");
        say("Create", &object, json!({})).await;
        let seen = stage.alice.sees(&format!("One {kind} &amp; more")).await;
        let content = text(&seen, "content");
        assert!(
            content.contains(&format!("href=\"{page}\"")),
            "{kind}: {content}"
        );
        assert!(
            content.contains(&format!("the text of the {kind}")),
            "{kind}: {content}"
        );
        assert_eq!(text(&seen, "url"), page, "{kind}");
        let files = seen["media_attachments"].as_array().unwrap();
        let kinds: Vec<&str> = files
            .iter()
            .map(|file| file["type"].as_str().unwrap())
            .collect();
        let wanted: &[&str] = match kind.as_str() {
            "Video" => &["video"],
            "Audio" => &["audio"],
            "Image" => &["image"],
            _ => &[],
        };
        assert_eq!(kinds, wanted, "{kind}");
    }
    stage.server.settles().await;
    stage.server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_note_sqlite() {
    what_is_no_note(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_note_postgres() {
    what_is_no_note(Backend::Postgres).await;
}

both_ways! {
    what_posts_carry: what_posts_carry_from_sqlite, what_posts_carry_from_postgres;
    what_was_there_before: what_was_there_before_from_sqlite, what_was_there_before_from_postgres;
    a_lost_undo: a_lost_undo_from_sqlite, a_lost_undo_from_postgres;
    an_answer_is_passed_on: an_answer_is_passed_on_from_sqlite, an_answer_is_passed_on_from_postgres;
    whom_one_speaks_with: whom_one_speaks_with_from_sqlite, whom_one_speaks_with_from_postgres;
}
