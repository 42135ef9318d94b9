//! A community elsewhere that its server deletes, and brings back, as Lemmy does.

use kontor_actions::communities;
use serde_json::json;

use crate::{groups_elsewhere::Bees, peer::Person, world::sound};

#[actix_web::test]
async fn a_community_that_its_server_deletes_is_closed_until_it_is_back() {
    let warden = Person::new("board.test", "warden");
    let bees = Bees::new(|world, _| warden.lives(&world.peers)).await;
    let closed = async || {
        let seen = communities::get(&bees.world.app, None, bees.account.id).await;
        seen.unwrap().community.archived_at.is_some()
    };
    let delete = warden.activity("delete", "Delete", &json!(bees.group.uri));
    for (number, (said, wanted)) in [
        (delete.clone(), true),
        (warden.activity("undo", "Undo", &delete), false),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(closed().await, !wanted);
        bees.done(&bees.announce(&number.to_string(), &said)).await;
        assert_eq!(closed().await, wanted);
    }
    sound(&bees.world).await;
}
