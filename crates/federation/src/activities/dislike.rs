//! Dislike: a post is voted down. It is kept, and shown to nobody.

use kontor_actions::dislikes;

use super::{Activity, Context, Received, like};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let post = like::liked(context, activity).await?;
    dislikes::dislike(context.app, context.actor.id, post, activity.id.clone()).await?;
    Ok(())
}
