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
        /// Somebody put them into a collection.
        AddedToCollection = "added_to_collection",
        /// The owner of a collection that they are in says something else of it.
        CollectionUpdate = "collection_update",
        /// Somebody whom they follow so that they are told of each post has posted.
        Status = "status",
        /// A post that they boosted says something else.
        Update = "update",
        /// The same of one that they quote.
        QuotedUpdate = "quoted_update",
        AdminSignUp = "admin.sign_up",
        AdminReport = "admin.report",
        /// Follows of theirs ended, because they or this server keep away from another.
        SeveredRelationships = "severed_relationships",
        /// Operators did something with their account, or said something to them.
        ModerationWarning = "moderation_warning",
    }
);

impl NotificationKind {
    /// Is it for those alone who look after people?
    #[must_use]
    pub const fn is_for_moderators(self) -> bool {
        matches!(self, Self::AdminSignUp | Self::AdminReport)
    }
}

words!(
    /// Who keeps away from a server, so that follows end.
    SeveranceKind {
        /// This server.
        DomainBlock = "domain_block",
        /// The person whose follows they are.
        UserDomainBlock = "user_domain_block",
    }
);

words!(
    /// What operators did with an account.
    WarningAction {
        /// Nothing but that something was said.
        None = "none",
        Disable = "disable",
        Sensitive = "sensitive",
        Silence = "silence",
        Suspend = "suspend",
    }
);

words!(
    /// What becomes of a notification by somebody whom one does not know.
    PolicyAction {
        Accept = "accept",
        /// Held back until one decides about its sender.
        Filter = "filter",
        Drop = "drop",
    }
);

words!(
    /// By whom a client wants to be woken.
    PushPolicy {
        All = "all",
        /// Whom one follows.
        Followed = "followed",
        /// Who follows one.
        Follower = "follower",
        None = "none",
    }
);

impl PolicyAction {
    /// Of two rules the stricter one holds.
    #[must_use]
    pub const fn stricter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Drop, _) | (_, Self::Drop) => Self::Drop,
            (Self::Filter, _) | (_, Self::Filter) => Self::Filter,
            (Self::Accept, Self::Accept) => Self::Accept,
        }
    }
}
