//! What moderators elsewhere do in one word to a post and all that answers it, or to all that somebody posted.

use std::sync::Arc;

use kontor_domain::ids::PostId;
use kontor_store::{
    Tx,
    community_posts::{self, Stand},
};

use super::moderation::{Deed, Source, What, run};
use crate::{
    App, Result,
    posts::{Beside, Named},
};

/// As [`act_with`](super::act_with), of more than is named: with a post what is below it is removed, or brought back; with a ban the
/// removals end of what they posted who was banned.
pub async fn act_widely(
    app: &App,
    deed: Deed,
    source: Source,
    beside: Arc<dyn Beside>,
) -> Result<()> {
    run(app, deed, source, beside, more).await
}

fn more(app: &App, tx: &mut Tx<'_>, deed: &Deed) -> Result<Vec<What>> {
    let (id, most) = (deed.community, app.settings.limits.communities.purged);
    Ok(match &deed.what {
        What::Remove(post) => {
            let post = post.stub(tx)?.id;
            each(community_posts::branch(tx, id, post, most)?, What::Remove)
        }
        What::Restore(post) => {
            let post = post.stub(tx)?.id;
            each(community_posts::branch(tx, id, post, most)?, What::Restore)
        }
        What::Unban(account) => {
            let posts = community_posts::by_author(tx, id, *account, Stand::Removed, most)?;
            each(posts, What::Restore)
        }
        _ => Vec::new(),
    })
}

fn each(posts: Vec<PostId>, what: fn(Named) -> What) -> Vec<What> {
    posts
        .into_iter()
        .map(|post| what(Named::Id(post)))
        .collect()
}
