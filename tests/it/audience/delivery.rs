//! Where posts are sent: to the servers of those who may read them, addressed as they are meant.

use kontor_tests::{Backend, PUBLIC, Peer};
use serde_json::Value;

use super::readers::{AUDIENCES, Cast};

fn received(peer: &Peer, marker: &str) -> Vec<Value> {
    peer.activities()
        .into_iter()
        .filter(|activity| activity.to_string().contains(marker))
        .collect()
}

async fn only_those_are_told(backend: Backend) {
    let cast = Cast::new(backend).await;
    for audience in AUDIENCES {
        let marker = format!("zzsent{audience}zz");
        let status = cast
            .author
            .post(&format!("{} {marker}", cast.addressees()), audience)
            .await;
        let path = format!("/api/v1/statuses/{}", status["id"].as_str().unwrap());
        cast.author
            .client
            .put(
                &path,
                &[("status", &format!("{} {marker} again", cast.addressees()))],
            )
            .await
            .ok();
        // A deletion that comes sooner makes the change needless.
        cast.server.settles().await;
        cast.author.client.delete(&path).await.ok();
    }
    // Followers alone, nobody mentioned.
    cast.author.post("zzquietzz", "private").await;
    cast.server.settles().await;

    let followers = format!("{}/followers", cast.author.actor());
    for audience in AUDIENCES {
        let marker = format!("zzsent{audience}zz");
        let at_peer = received(&cast.peer, &marker);
        let kinds: Vec<&str> = at_peer
            .iter()
            .filter_map(|activity| activity["type"].as_str())
            .collect();
        assert_eq!(
            kinds,
            ["Create", "Update"],
            "{audience}: what the mentioned person's server got, each once and in order"
        );
        for activity in &at_peer {
            for holder in [activity, &activity["object"]] {
                let listed = |key: &str| {
                    holder[key]
                        .as_array()
                        .unwrap_or_else(|| panic!("no list `{key}`: {holder}"))
                        .clone()
                };
                let (to, cc) = (listed("to"), listed("cc"));
                let has = |list: &[Value], who: &str| list.iter().any(|entry| entry == who);
                assert_eq!(has(&to, PUBLIC), audience == "public", "{holder}");
                assert_eq!(has(&cc, PUBLIC), audience == "unlisted", "{holder}");
                let all = [to, cc].concat();
                assert_eq!(has(&all, &followers), audience != "direct", "{holder}");
                assert!(has(&all, &cast.peer.actor("friend").id), "{holder}");
                assert!(
                    holder.get("bto").is_none() && holder.get("bcc").is_none(),
                    "{holder}"
                );
            }
        }
        let with_fans = usize::from(audience != "direct") * 2;
        assert_eq!(
            received(&cast.fans, &marker).len(),
            with_fans,
            "{audience}: what a follower's server got"
        );
        assert!(
            received(&cast.strangers, &marker).is_empty(),
            "{audience}: what a stranger's server got"
        );
    }
    assert_eq!(received(&cast.peer, "zzquietzz").len(), 1);
    assert_eq!(received(&cast.fans, "zzquietzz").len(), 1);
    assert!(received(&cast.strangers, "zzquietzz").is_empty());
    // Of a deletion nobody hears who never heard of the post.
    let deletions = |peer: &Peer| {
        peer.activities()
            .iter()
            .filter(|activity| activity["type"] == "Delete")
            .count()
    };
    assert_eq!(
        (
            deletions(&cast.peer),
            deletions(&cast.fans),
            deletions(&cast.strangers)
        ),
        (4, 3, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_are_told_sqlite() {
    only_those_are_told(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_are_told_postgres() {
    only_those_are_told(Backend::Postgres).await;
}
