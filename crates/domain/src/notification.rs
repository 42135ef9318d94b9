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
    }
);
