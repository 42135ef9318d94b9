//! What a person is told of.

words!(
    NotificationKind {
        Mention = "mention",
        Follow = "follow",
        FollowRequest = "follow_request",
        Favourite = "favourite",
        Reblog = "reblog",
        /// The word is Pleroma's: clients that know reactions ask for it by this name.
        EmojiReaction = "pleroma:emoji_reaction",
    }
);
