//! Which events come by which stream, and what is in them.

use kontor_tests::{Address, Backend, Client, Events, Peer, Server, Setup, Socket, answer::id};
use serde_json::{Value, json};

use kontor_tests::stream::{By, payload};

async fn one_server(backend: Backend) -> Server {
    Setup::new("alpha.test", backend).start().await
}

/// As the API answers it to the same person.
async fn asked(client: &Client, post: &str) -> Value {
    client.get(&format!("/api/v1/statuses/{post}")).await.ok()
}

async fn what_happens_at_home_is_seen(backend: Backend) {
    let server = one_server(backend).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follows(&alice.id).await;
    // That she is told of it is over before anybody listens.
    server.settles().await;
    let here = server.address();
    let mut home = Socket::open(here, &bob.token, "stream=user").await;
    let mut own = Socket::open(here, &alice.token, "stream=user").await;
    let mut told = Socket::open(here, &alice.token, "stream=user:notification").await;
    home.caught_up().await;
    own.caught_up().await;
    told.caught_up().await;
    let user = json!(["user"]);

    let post = id(&alice.post("first light", "private").await);
    let update = home.expect(&user, "update").await;
    assert_eq!(update, asked(&bob.client, &post).await);
    let update = own.expect(&user, "update").await;
    assert_eq!(update, asked(&alice.client, &post).await);

    bob.client
        .post(&format!("/api/v1/statuses/{post}/favourite"), &[])
        .await
        .ok();
    let list = alice.notifications("favourite").await;
    for (socket, stream) in [
        (&mut own, json!(["user"])),
        (&mut told, json!(["user:notification"])),
    ] {
        let notification = socket.expect(&stream, "notification").await;
        assert_eq!(notification["type"], "favourite");
        assert_eq!(notification["account"]["acct"], "bob");
        if !list.is_empty() {
            assert_eq!(notification["id"], list[0]["id"]);
        }
    }

    // An edit, as each of them sees it: bob has a favourite there.
    let path = format!("/api/v1/statuses/{post}");
    alice
        .client
        .put(&path, &[("status", "second light")])
        .await
        .ok();
    let edit = home.expect(&user, "status.update").await;
    assert_eq!(edit, asked(&bob.client, &post).await);
    assert_eq!(edit["favourited"], true);
    let edit = own.expect(&user, "status.update").await;
    assert_eq!(edit["favourited"], false);

    alice.client.delete(&path).await.ok();
    for socket in [&mut home, &mut own] {
        let frame = socket.next().await;
        assert_eq!(
            frame,
            json!({ "stream": ["user"], "event": "delete", "payload": post })
        );
    }

    let filter = json!({ "title": "boats", "context": ["home"], "keywords_attributes": [{ "keyword": "boat" }] });
    bob.client.post_json("/api/v2/filters", &filter).await.ok();
    let frame = home.next().await;
    assert_eq!(
        frame,
        json!({ "stream": ["user"], "event": "filters_changed" })
    );
    let post = id(&alice.post("a boat", "public").await);
    let update = home.expect(&user, "update").await;
    assert_eq!(update["filtered"][0]["keyword_matches"], json!(["boat"]));
    assert_eq!(update, asked(&bob.client, &post).await);
    server.settles().await;
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_home_is_seen_sqlite() {
    what_happens_at_home_is_seen(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_at_home_is_seen_postgres() {
    what_happens_at_home_is_seen(Backend::Postgres).await;
}

/// The address of a file that not everybody may have is made for whoever is shown it.
#[tokio::test(flavor = "multi_thread")]
async fn each_reader_is_told_an_address_of_their_own() {
    let server = one_server(Backend::Sqlite).await;
    let alice = server.person("alice").await;
    let readers = [server.person("bob").await, server.person("carol").await];
    for reader in &readers {
        reader.follows(&alice.id).await;
    }
    server.settles().await;
    let mut homes = Vec::new();
    for reader in &readers {
        let mut home = Socket::open(server.address(), &reader.token, "stream=user").await;
        home.caught_up().await;
        homes.push(home);
    }
    let file = id(&alice.uploads("plan.txt", b"the plan", &[]).await);
    let form = [
        ("status", "look"),
        ("visibility", "private"),
        ("media_ids[]", file.as_str()),
    ];
    let post = id(&alice.client.post("/api/v1/statuses", &form).await.ok());
    for (home, reader) in homes.iter_mut().zip(&readers) {
        let update = home.expect(&json!(["user"]), "update").await;
        let url = update["media_attachments"][0]["url"].as_str().unwrap();
        assert!(url.contains(&format!("?pass={}-", reader.id)), "{url}");
        assert_eq!(update, asked(&reader.client, &post).await);
    }
    server.check();
}

/// One socket, everything that can be asked for: a frame for each stream that the post is in.
#[tokio::test(flavor = "multi_thread")]
async fn one_socket_carries_many_streams() {
    let server = one_server(Backend::Sqlite).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follows(&alice.id).await;
    let list = bob
        .client
        .post(
            "/api/v1/lists",
            &[("title", "close"), ("exclusive", "true")],
        )
        .await
        .ok();
    let list = id(&list);
    bob.client
        .post(
            &format!("/api/v1/lists/{list}/accounts"),
            &[("account_ids[]", &alice.id)],
        )
        .await
        .ok();
    let mut socket = Socket::open(server.address(), &bob.token, "").await;
    for stream in [
        json!({ "stream": "user" }),
        json!({ "stream": "public" }),
        json!({ "stream": "public:local" }),
        json!({ "stream": "public:remote" }),
        json!({ "stream": "public:media" }),
        json!({ "stream": "hashtag", "tag": "Boats" }),
        json!({ "stream": "hashtag:local", "tag": "boats" }),
        json!({ "stream": "list", "list": list }),
        json!({ "stream": "direct" }),
    ] {
        socket.subscribe(&stream).await;
    }
    let streams = |frames: &[Value]| {
        let mut names: Vec<String> = frames
            .iter()
            .map(|frame| format!("{} {}", frame["event"].as_str().unwrap(), frame["stream"]))
            .collect();
        names.sort();
        names
    };
    let post = id(&alice.post("out on the #boats", "public").await);
    server.settles().await;
    bob.post("fence1", "unlisted").await;
    let frames = socket.before("fence1").await;
    // A member of an exclusive list is not at home.
    let wanted = [
        "update [\"hashtag\",\"Boats\"]".to_owned(),
        "update [\"hashtag:local\",\"boats\"]".to_owned(),
        format!("update [\"list\",\"{list}\"]"),
        "update [\"public\"]".to_owned(),
        "update [\"public:local\"]".to_owned(),
    ];
    assert_eq!(streams(&frames), wanted);
    let shown = asked(&bob.client, &post).await;
    assert!(frames.iter().all(|frame| payload(frame) == shown));

    // What is not listened to any more says nothing; the others do.
    for stream in [
        json!({ "type": "unsubscribe", "stream": "public" }),
        json!({ "type": "unsubscribe", "stream": "hashtag", "tag": "boats" }),
    ] {
        socket.say(&stream).await;
    }
    socket.caught_up().await;
    alice
        .client
        .delete(&format!("/api/v1/statuses/{post}"))
        .await
        .ok();
    server.settles().await;
    bob.post("fence2", "unlisted").await;
    // Wherever it may have been shown: at home too, from before the list was made. It had no picture.
    let wanted = [
        "delete [\"hashtag:local\",\"boats\"]".to_owned(),
        format!("delete [\"list\",\"{list}\"]"),
        "delete [\"public:local\"]".to_owned(),
        "delete [\"user\"]".to_owned(),
    ];
    assert_eq!(streams(&socket.before("fence2").await), wanted);

    let direct = alice.post("@bob between us", "direct").await;
    server.settles().await;
    bob.post("fence3", "unlisted").await;
    let frames = socket.before("fence3").await;
    let conversation = frames
        .iter()
        .find(|frame| frame["event"] == "conversation")
        .unwrap();
    assert_eq!(conversation["stream"], json!(["direct"]));
    let conversations = bob.client.get("/api/v1/conversations").await.list();
    assert_eq!(payload(conversation), conversations[0]);
    assert_eq!(conversations[0]["last_status"]["id"], direct["id"]);
    server.check();
}

/// A picture, in the streams of pictures; a post of another server in that of others.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_posts_of_others_have_streams_of_their_own() {
    let peer = Address::new("peer.test");
    let server = Setup::new("alpha.test", Backend::Sqlite)
        .knows(&[&peer])
        .start()
        .await;
    let bob = server.person("bob").await;
    let peer = Peer::start(&peer, &["fan"], &[server.address()]).await;
    let fan = peer.actor("fan");
    let mut socket = Socket::open(server.address(), &bob.token, "stream=public:remote").await;
    socket
        .subscribe(&json!({ "stream": "public:remote:media" }))
        .await;
    socket
        .subscribe(&json!({ "stream": "public:local:media" }))
        .await;
    let note = json!({
        "id": format!("{}/notes/1", fan.id), "type": "Note", "attributedTo": fan.id, "content": "<p>from afar</p>",
        "to": [kontor_tests::PUBLIC], "cc": [bob.actor()], "published": httpdate_now(),
        "tag": [{ "type": "Mention", "href": bob.actor(), "name": bob.handle() }],
    });
    let create = peer.activity(&fan, "Create", &note);
    peer.send(&fan, &server.address().url("/inbox"), &create)
        .await
        .expect(202);
    let update = socket.expect(&json!(["public:remote"]), "update").await;
    assert!(update["content"].as_str().unwrap().contains("from afar"));
    // It had no picture, so that it goes from where it was alone.
    let grave = json!({ "id": note["id"], "type": "Tombstone" });
    let delete = peer.activity(&fan, "Delete", &grave);
    peer.send(&fan, &server.address().url("/inbox"), &delete)
        .await
        .expect(202);
    let gone = socket.expect(&json!(["public:remote"]), "delete").await;
    assert_eq!(
        gone.to_string().trim_matches('"'),
        update["id"].as_str().unwrap()
    );
    socket.subscribe(&json!({ "stream": "user" })).await;
    bob.post("fence1", "unlisted").await;
    assert_eq!(socket.before("fence1").await, Vec::<Value>::new());
}

fn httpdate_now() -> String {
    let now = kontor_tests::clock::now();
    let text = httpdate::fmt_http_date(now);
    // "Sun, 06 Nov 1994 08:49:37 GMT"
    let parts: Vec<&str> = text.split(' ').collect();
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months.iter().position(|month| *month == parts[2]).unwrap() + 1;
    format!("{}-{month:02}-{}T{}Z", parts[3], parts[1], parts[4])
}

/// Every stream by itself, as an answer that does not end.
#[tokio::test(flavor = "multi_thread")]
async fn each_stream_is_an_answer_too() {
    let server = one_server(Backend::Sqlite).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    bob.follows(&alice.id).await;
    let here = server.address();
    let health = server.get("/api/v1/streaming/health").await.expect(200);
    assert_eq!(health.text(), "OK");
    let list = id(&bob
        .client
        .post("/api/v1/lists", &[("title", "close")])
        .await
        .ok());
    bob.client
        .post(
            &format!("/api/v1/lists/{list}/accounts"),
            &[("account_ids[]", &alice.id)],
        )
        .await
        .ok();
    let mut opened = Vec::new();
    for path in [
        "user".to_owned(),
        "public".to_owned(),
        "public/local".to_owned(),
        "hashtag?tag=boats".to_owned(),
        "hashtag/local?tag=Boats".to_owned(),
        format!("list?list={list}"),
    ] {
        opened.push((path.clone(), Events::open(here, &bob.token, &path).await));
    }
    let mut remote = Events::open(here, &bob.token, "public/remote").await;
    let mut media = Events::open(here, &bob.token, "public?only_media=true").await;
    let mut notifications = Events::open(here, &bob.token, "user/notification").await;
    let mut direct = Events::open(here, &bob.token, "direct").await;
    assert_eq!(remote.header("content-type"), "text/event-stream");
    assert_eq!(remote.header("x-accel-buffering"), "no");
    assert_eq!(remote.header("cache-control"), "private, no-store");

    let post = id(&alice.post("@bob out on the #boats", "public").await);
    let shown = asked(&bob.client, &post).await;
    for (path, events) in &mut opened {
        let (name, data) = events.next().await;
        assert_eq!(name, "update", "{path}");
        assert_eq!(
            serde_json::from_str::<Value>(&data).unwrap(),
            shown,
            "{path}"
        );
    }
    let (name, data) = notifications.next().await;
    assert_eq!(name, "notification");
    assert_eq!(
        serde_json::from_str::<Value>(&data).unwrap()["status"],
        shown
    );
    alice.post("@bob between us", "direct").await;
    let (name, data) = direct.next().await;
    assert_eq!(name, "conversation");
    let conversation: Value = serde_json::from_str(&data).unwrap();
    assert!(
        conversation["last_status"]["content"]
            .as_str()
            .unwrap()
            .contains("between us")
    );
    // The first thing that these two hear is a beat.
    drop(server);
    assert_eq!(remote.line().await, None);
    assert_eq!(media.line().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_found_wherever_clients_put_it() {
    let server = one_server(Backend::Sqlite).await;
    let alice = server.person("alice").await;
    let here = server.address();
    for by in [By::Header, By::Query, By::Protocol] {
        let mut socket = Socket::try_open(here, Some((by, &alice.token)), "stream=user", false)
            .await
            .unwrap_or_else(|why| panic!("{by:?}: {why:?}"));
        // A browser closes a socket whose protocol does not come back.
        let wanted = (by == By::Protocol).then(|| alice.token.clone());
        assert_eq!(socket.protocol, wanted);
        socket.caught_up().await;
        let post = id(&alice.post("hello", "public").await);
        assert_eq!(
            socket.expect(&json!(["user"]), "update").await["id"],
            post.as_str()
        );
    }
    for token in [
        None,
        Some((By::Protocol, "made-up")),
        Some((By::Query, "made-up")),
    ] {
        let Err((status, said)) = Socket::try_open(here, token, "stream=user", false).await else {
            panic!("{token:?} opens a socket");
        };
        assert_eq!(status, 401, "{said}");
    }
}

/// What a token may hear is what it was given.
#[tokio::test(flavor = "multi_thread")]
async fn each_stream_needs_its_scope() {
    let server = one_server(Backend::Sqlite).await;
    let (alice, bob) = (server.person("alice").await, server.person("bob").await);
    let token = |scopes: &str| {
        let said = server.run(&["token", "create", "alice", "--scopes", scopes], "");
        said.lines().last().unwrap().trim().to_owned()
    };
    let (posts, told) = (token("read:statuses"), token("read:notifications"));
    let here = server.address();
    let mut posts = Socket::open(here, &posts, "stream=user").await;
    let mut told = Socket::open(here, &told, "stream=user:notification").await;
    posts
        .say(&json!({ "type": "subscribe", "stream": "user:notification" }))
        .await;
    let refused = json!({ "error": "This action is outside the authorized scopes", "status": 403 });
    assert_eq!(posts.next().await, refused);
    told.say(&json!({ "type": "subscribe", "stream": "user" }))
        .await;
    assert_eq!(told.next().await, refused);

    let list = id(&bob
        .client
        .post("/api/v1/lists", &[("title", "bob's")])
        .await
        .ok());
    posts
        .say(&json!({ "type": "subscribe", "stream": "list", "list": list }))
        .await;
    assert_eq!(
        posts.next().await,
        json!({ "error": "Record not found", "status": 404 })
    );

    bob.post("@alice hello", "public").await;
    server.settles().await;
    let heard = told
        .expect(&json!(["user:notification"]), "notification")
        .await;
    assert_eq!(heard["type"], "mention");
    // The one without that scope hears nothing of it by the stream that carries both.
    let own = id(&alice.post("to myself", "public").await);
    assert_eq!(
        posts.expect(&json!(["user"]), "update").await["id"],
        own.as_str()
    );
}
