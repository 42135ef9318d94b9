//! `EmojiReact`: a post is answered with an emoji, as the Pleroma family says it. We say it by a Like.

use kontor_actions::reactions;

use super::{Activity, Context, Received, ignored, like};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let post = like::liked(context, activity).await?;
    let Some(emoji) = like::shown(context, emoji(context, activity)) else {
        return ignored("`content` is no emoji that can be shown");
    };
    let uri = Some(activity.id.clone());
    reactions::react(context.app, context.actor.id, post, emoji, uri).await?;
    Ok(())
}

/// Here a heart is a reaction like the others.
fn emoji(context: &Context<'_>, activity: &Activity) -> Option<reactions::Emoji> {
    like::emoji_of(&activity.rest, &context.actor).or_else(|| {
        let said = activity.rest.get("content")?.as_str()?.trim();
        kontor_domain::reaction::is_heart(said).then(|| reactions::Emoji {
            name: said.to_owned(),
            url: None,
        })
    })
}
