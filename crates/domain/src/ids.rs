//! Ids. Each is a snowflake: milliseconds since the Unix epoch in the high bits, 16 bits below, so that greater is newer.

id!(/// A person, bot, group or instance actor, local or remote.
    AccountId);
id!(/// A post, local or remote.
    PostId);
id!(FollowId);
id!(NotificationId);
id!(ApplicationId);
id!(TokenId);
id!(GrantId);
id!(SessionId);
id!(InviteId);
id!(TagId);
id!(RevisionId);
id!(JobId);
id!(ActivityId);
id!(DeliveryId);
id!(InboxId);
id!(/// A picture or other file of a post.
    AttachmentId);
id!(/// A post that is to appear later.
    ScheduledPostId);
id!(/// A page that posts link to.
    CardId);
id!(/// What clients call a poll. Here it goes by the id of its post.
    PollId);
id!(PollOptionId);
id!(VoteId);
id!(EmojiId);
id!(FavouriteId);
id!(BookmarkId);
id!(ReactionId);
id!(DislikeId);
id!(PinId);
id!(BlockId);
id!(ReportId);
id!(MuteId);
id!(DomainBlockId);
id!(ListId);
id!(ListMemberId);
id!(FollowedTagId);
id!(FeaturedTagId);
id!(FilterId);
id!(FilterKeywordId);
id!(FilterPostId);
id!(ConversationId);
id!(NotificationRequestId);
id!(PushId);
id!(EndorsementId);
id!(/// Accounts that somebody recommends to others.
    CollectionId);
id!(CollectionItemId);
id!(/// What the operators tell everybody here.
    AnnouncementId);
id!(AnnouncementReactionId);
id!(EmailDomainBlockId);
id!(IpBlockId);
id!(CanonicalEmailBlockId);
id!(HalfSignInId);
id!(/// A link that was sent by mail.
    MailLinkId);
id!(DomainPolicyId);
id!(SeveranceId);
id!(WarningId);

/// How far the time is shifted in an id.
pub const TIME_SHIFT: u32 = 16;
id!(/// A line of a community's moderation log.
    LogEntryId);
id!(BanId);
