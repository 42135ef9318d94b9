//! What a person is told of.

words!(
    NotificationKind {
        Mention = "mention",
        Follow = "follow",
        FollowRequest = "follow_request",
        /// A poll of theirs, or one that they voted in, has ended.
        Poll = "poll",
        /// Somebody quotes a post of theirs.
        Quote = "quote",
        Favourite = "favourite",
        Reblog = "reblog",
        /// The word is Pleroma's: clients that know reactions ask for it by this name.
        EmojiReaction = "pleroma:emoji_reaction",
    }
);
