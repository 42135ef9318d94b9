//! What a person is told of.

words!(
    NotificationKind {
        Mention = "mention",
        Follow = "follow",
        FollowRequest = "follow_request",
    }
);
