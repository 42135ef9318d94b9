//! What a follow is: one account asks to read another's posts; it stands once the other accepts.

words!(
    FollowState {
        Pending = "pending",
        Accepted = "accepted",
    }
);
