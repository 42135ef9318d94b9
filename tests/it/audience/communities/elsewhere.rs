//! A private community of another server: some here belong to it, and one of them looks after it.

use kontor_tests::holds;
use serde_json::{Value, json};

use super::cast::{Cast, Community, Place};

impl Cast {
    /// Its server lets in who is to be.
    pub async fn elsewhere(&self) -> Community {
        let list = format!("{}/moderators", self.peer.actor("den").id);
        let den = self.peer.says(
            "den",
            &json!({
                "type": "Group",
                "attributedTo": list,
                "manuallyApprovesFollowers": true,
                "access": "private",
                "posting": "anyone",
                "archived": false,
            }),
        );
        let moderators = json!({
            "id": list,
            "type": "OrderedCollection",
            "orderedItems": [self.moderator.actor()],
        });
        self.peer.publish(&moderators);
        let mut community = Community {
            place: Place::Elsewhere,
            id: String::new(),
            uri: den.id.clone(),
            entry: String::new(),
        };
        let handle = format!("@{}", self.handle(Place::Elsewhere));
        let inbox = self.server.address().url("/inbox");
        for (who, role) in [
            (&self.author, Value::Null),
            (&self.member, Value::Null),
            (&self.moderator, json!("moderator")),
        ] {
            community.id = who.resolve(&handle).await;
            who.follow(&community.id).await;
            self.peer.accept(&den, &who.actor(), &inbox).await;
            let path = format!("/api/kontor/v1/communities/{}", community.id);
            holds("its server has let them in", async || {
                let seen = who.client.get(&path).await.ok();
                seen["membership"] == "member" && seen["role"] == role
            })
            .await;
        }
        community
    }

    /// Its server does what a moderator here asks for, and says so.
    pub async fn decides(&self, uri: &str, verb: &str) {
        let kind = if verb == "remove" { "Delete" } else { "Undo" };
        let asked = self
            .peer
            .gets("what the moderator asks for", |said| {
                let about = said["object"] == uri || said["object"]["object"] == uri;
                about && said["type"] == kind && said["actor"] == self.moderator.actor()
            })
            .await;
        let den = self.peer.actor("den");
        let announce = self.peer.activity(&den, "Announce", &asked);
        let inbox = self.server.address().url("/inbox");
        self.peer.send(&den, &inbox, &announce).await.expect(202);
    }
}
