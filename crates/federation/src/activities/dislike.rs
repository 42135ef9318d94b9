//! Dislike: a post is voted down. It is kept, and shown to nobody.

use super::{Activity, Context, Received, like};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    like::receive(context, activity).await
}
