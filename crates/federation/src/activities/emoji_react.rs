//! `EmojiReact`: a post is answered with an emoji, as the Pleroma family says it. We say it by a Like.

use super::{Activity, Context, Received, like};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    like::receive(context, activity).await
}
