//! What ours sign, checked by an implementation that shares nothing with the server's.

use kontor_tests::{
    ACTIVITY, Address, Backend, PUBLIC, Peer, Setup,
    answer::text,
    signing::{parameters, verify},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_and_fetched_is_signed() {
    let peer = Address::new("peer.test");
    let server = Setup::new("alpha.test", Backend::Sqlite)
        .knows(&[&peer])
        .start()
        .await;
    let (alice, stranger) = (server.person("alice").await, server.stranger());
    let peer = Peer::start(&peer, &["fan"], &[server.address()]).await;
    let fan = peer.actor("fan");
    let id = alice
        .resolve(&format!("@fan@{}", peer.address.authority()))
        .await;
    alice.follow(&id).await;
    peer.accept(&fan, &alice.actor(), &server.address().url("/inbox"))
        .await;
    peer.follow(&fan, &alice.actor(), &format!("{}/inbox", alice.actor()))
        .await;
    alice.post("signed and sealed", "public").await;
    let create = peer
        .gets("the post", |activity| activity["type"] == "Create")
        .await;
    assert_eq!(create["actor"], alice.actor());
    assert_eq!(create["to"][0], PUBLIC);
    assert_eq!(create["object"]["to"], create["to"]);

    let sent = peer.received();
    assert!(sent.len() >= 3, "a Follow, an Accept and a Create");
    for request in &sent {
        let what = String::from_utf8_lossy(&request.body).into_owned();
        let key = parameters(request)["keyId"].clone();
        assert!(key.starts_with(&alice.actor()), "{key}");
        let owner = stranger
            .get_as(key.split('#').next().unwrap(), ACTIVITY)
            .await
            .ok();
        assert_eq!(owner["publicKey"]["id"], key);
        verify(request, &text(&owner["publicKey"], "publicKeyPem"))
            .unwrap_or_else(|why| panic!("{why}: {what}"));
        assert!(
            request
                .header("content-type")
                .unwrap()
                .starts_with(ACTIVITY),
            "{what}"
        );
        assert_eq!(
            request.header("host"),
            Some(peer.address.authority().as_str())
        );
        // The key of another, or another body, must not do: what is verified here is not nothing.
        assert!(verify(request, &fan.key.public_pem()).is_err());
        let mut other = request.clone();
        other.body.push(b' ');
        assert!(verify(&other, &text(&owner["publicKey"], "publicKeyPem")).is_err());
    }

    // Documents are asked for in the instance's name.
    let instance = stranger.get_as("/actor", ACTIVITY).await.ok();
    let fetched: Vec<_> = peer
        .fetched()
        .into_iter()
        .filter(|request| request.path.starts_with("/users/"))
        .collect();
    assert!(!fetched.is_empty());
    for request in &fetched {
        assert!(
            request
                .header("accept")
                .unwrap_or_default()
                .contains(ACTIVITY)
        );
        assert_eq!(
            parameters(request)["keyId"],
            text(&instance["publicKey"], "id")
        );
        verify(request, &text(&instance["publicKey"], "publicKeyPem")).unwrap();
    }
    server.settles().await;
}
