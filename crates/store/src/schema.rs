//! The tables as Diesel sees them; the same for both databases. Kept in step with `migrations/` by a test.

diesel::table! {
    accounts (id) {
        id -> BigInt,
        handle -> Text,
        username -> Text,
        domain -> Nullable<Text>,
        kind -> Text,
        uri -> Text,
        url -> Text,
        display_name -> Text,
        note -> Text,
        note_source -> Text,
        fields -> Text,
        avatar_url -> Nullable<Text>,
        header_url -> Nullable<Text>,
        inbox_url -> Text,
        shared_inbox_url -> Nullable<Text>,
        outbox_url -> Text,
        followers_url -> Text,
        following_url -> Text,
        featured_url -> Nullable<Text>,
        public_key_id -> Text,
        public_key_pem -> Text,
        locked -> Bool,
        discoverable -> Bool,
        indexable -> Bool,
        also_known_as -> Text,
        moved_to_uri -> Nullable<Text>,
        followers_count -> BigInt,
        following_count -> BigInt,
        statuses_count -> BigInt,
        last_status_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        fetched_at -> Nullable<Timestamp>,
        suspended_at -> Nullable<Timestamp>,
        emojis -> Text,
        limited -> Bool,
        suspended_by -> Nullable<Text>,
        moved_at -> Nullable<Timestamp>,
        silenced -> Bool,
        sensitized -> Bool,
        feature_policy -> Nullable<Text>,
        featured_collections_url -> Nullable<Text>,
        version -> BigInt,
        community -> Nullable<Text>,
        avatar_description -> Text,
        header_description -> Text,
        hide_collections -> Bool,
        show_media -> Bool,
        show_media_replies -> Bool,
        show_featured -> Bool,
        attribution_domains -> Text,
    }
}

diesel::table! {
    account_keys (account_id) {
        account_id -> BigInt,
        private_key_pem -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    invites (id) {
        id -> BigInt,
        code_hash -> Text,
        created_by -> Nullable<BigInt>,
        role -> Text,
        max_uses -> BigInt,
        uses -> BigInt,
        expires_at -> Timestamp,
        created_at -> Timestamp,
    }
}

diesel::table! {
    users (account_id) {
        account_id -> BigInt,
        email -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        role -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        invite_id -> Nullable<BigInt>,
        default_audience -> Text,
        default_sensitive -> Bool,
        default_language -> Nullable<Text>,
        created_at -> Timestamp,
        last_active_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
        version -> BigInt,
        default_quote_policy -> Text,
    }
}

diesel::table! {
    mail_links (id) {
        id -> BigInt,
        token_hash -> Text,
        account_id -> BigInt,
        purpose -> Text,
        email -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        token_hash -> Text,
        account_id -> BigInt,
        user_agent -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    second_factors (account_id) {
        account_id -> BigInt,
        sealed_secret -> Text,
        last_step -> BigInt,
        created_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
        tries -> Integer,
        tries_since -> Nullable<Timestamp>,
    }
}

diesel::table! {
    recovery_codes (account_id, code_hash) {
        account_id -> BigInt,
        code_hash -> Text,
    }
}

diesel::table! {
    half_sign_ins (id) {
        id -> BigInt,
        token_hash -> Text,
        account_id -> BigInt,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    applications (id) {
        id -> BigInt,
        name -> Text,
        website -> Nullable<Text>,
        redirect_uris -> Text,
        scopes -> Text,
        client_id -> Text,
        client_secret_hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    access_grants (id) {
        id -> BigInt,
        code_hash -> Text,
        application_id -> BigInt,
        account_id -> BigInt,
        redirect_uri -> Text,
        scopes -> Text,
        code_challenge -> Nullable<Text>,
        token_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    access_tokens (id) {
        id -> BigInt,
        token_hash -> Text,
        application_id -> Nullable<BigInt>,
        account_id -> Nullable<BigInt>,
        scopes -> Text,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        uri -> Text,
        url -> Text,
        account_id -> BigInt,
        application_id -> Nullable<BigInt>,
        local -> Bool,
        audience -> Text,
        listed -> Bool,
        in_reply_to_id -> Nullable<BigInt>,
        in_reply_to_account_id -> Nullable<BigInt>,
        in_reply_to_uri -> Nullable<Text>,
        content -> Text,
        text -> Text,
        content_type -> Text,
        spoiler_text -> Text,
        sensitive -> Bool,
        language -> Nullable<Text>,
        replies_count -> BigInt,
        reblog_of_id -> Nullable<BigInt>,
        reblog_of_account_id -> Nullable<BigInt>,
        reblogs_count -> BigInt,
        favourites_count -> BigInt,
        created_at -> Timestamp,
        edited_at -> Nullable<Timestamp>,
        thread_id -> Nullable<BigInt>,
        community_id -> Nullable<BigInt>,
        removed_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::table! {
    post_revisions (id) {
        id -> BigInt,
        post_id -> BigInt,
        content -> Text,
        spoiler_text -> Text,
        sensitive -> Bool,
        created_at -> Timestamp,
        attachments -> Text,
        poll_options -> Nullable<Text>,
    }
}

diesel::table! {
    mentions (post_id, account_id) {
        post_id -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    former_mentions (post_id, account_id) {
        post_id -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        name -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    post_tags (post_id, tag_id) {
        post_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::table! {
    tombstones (uri, said_by) {
        uri -> Text,
        deleted_at -> Timestamp,
        said_by -> BigInt,
    }
}

diesel::table! {
    follows (id) {
        id -> BigInt,
        uri -> Text,
        follower_id -> BigInt,
        target_id -> BigInt,
        state -> Text,
        show_reblogs -> Bool,
        notify -> Bool,
        languages -> Text,
        created_at -> Timestamp,
        inbox -> Nullable<Text>,
    }
}

diesel::table! {
    home_entries (owner_id, post_id) {
        owner_id -> BigInt,
        post_id -> BigInt,
    }
}

diesel::table! {
    notifications (id) {
        id -> BigInt,
        account_id -> BigInt,
        from_account_id -> BigInt,
        kind -> Text,
        post_id -> Nullable<BigInt>,
        dedupe -> Text,
        created_at -> Timestamp,
        reaction_id -> Nullable<BigInt>,
        group_key -> Nullable<Text>,
        filtered -> Bool,
        collection_id -> Nullable<BigInt>,
        report_id -> Nullable<BigInt>,
        severance_id -> Nullable<BigInt>,
        warning_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    account_warnings (id) {
        id -> BigInt,
        account_id -> BigInt,
        by_account_id -> Nullable<BigInt>,
        action -> Text,
        text -> Text,
        post_ids -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    severances (id) {
        id -> BigInt,
        account_id -> BigInt,
        kind -> Text,
        target_name -> Text,
        followers_count -> BigInt,
        following_count -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    markers (account_id, timeline) {
        account_id -> BigInt,
        timeline -> Text,
        last_read_id -> Text,
        version -> BigInt,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    idempotency_keys (account_id, key) {
        account_id -> BigInt,
        key -> Text,
        post_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        queue -> Text,
        lane -> Nullable<Text>,
        payload -> Text,
        attempts -> Integer,
        run_at -> Timestamp,
        locked_until -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        failed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        share -> Nullable<Text>,
    }
}

diesel::table! {
    inbox (id) {
        id -> BigInt,
        activity_uri -> Text,
        actor_uri -> Text,
        host -> Text,
        body -> Text,
        received_at -> Timestamp,
        done_at -> Nullable<Timestamp>,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    activities (id) {
        id -> BigInt,
        uri -> Text,
        account_id -> BigInt,
        body -> Text,
        object_uri -> Text,
        post_id -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    deliveries (id) {
        id -> BigInt,
        activity_id -> BigInt,
        host -> Text,
        inbox_url -> Text,
        object_uri -> Text,
        priority -> SmallInt,
        attempts -> Integer,
        next_attempt_at -> Timestamp,
        locked_until -> Nullable<Timestamp>,
        last_status -> Nullable<Integer>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        delivered_at -> Nullable<Timestamp>,
        failed_at -> Nullable<Timestamp>,
        refusals -> Integer,
    }
}

diesel::table! {
    hosts (host) {
        host -> Text,
        failures -> Integer,
        paused_until -> Nullable<Timestamp>,
        last_success_at -> Nullable<Timestamp>,
        last_failure_at -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        signature_form -> Nullable<Text>,
        failing_since -> Nullable<Timestamp>,
        errors -> Integer,
    }
}

diesel::table! {
    attachments (id) {
        id -> BigInt,
        account_id -> BigInt,
        post_id -> Nullable<BigInt>,
        position -> Nullable<Integer>,
        kind -> Text,
        media_type -> Nullable<Text>,
        file -> Nullable<Text>,
        preview_file -> Nullable<Text>,
        remote_url -> Nullable<Text>,
        remote_preview_url -> Nullable<Text>,
        description -> Nullable<Text>,
        blurhash -> Nullable<Text>,
        focus_x -> Nullable<Integer>,
        focus_y -> Nullable<Integer>,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        preview_width -> Nullable<Integer>,
        preview_height -> Nullable<Integer>,
        duration_ms -> Nullable<BigInt>,
        created_at -> Timestamp,
        refused -> Bool,
        file_name -> Nullable<Text>,
        file_size -> Nullable<BigInt>,
        frame_rate -> Nullable<Text>,
        bit_rate -> Nullable<BigInt>,
    }
}

diesel::table! {
    unfinished_uploads (attachment_id) {
        attachment_id -> BigInt,
        account_id -> BigInt,
        source -> Text,
        reason -> Nullable<Text>,
        tries -> Integer,
    }
}

diesel::table! {
    remote_files (attachment_id, small) {
        attachment_id -> BigInt,
        small -> Bool,
        file -> Text,
        media_type -> Text,
        bytes -> BigInt,
        fetched_at -> Timestamp,
        used_at -> Timestamp,
    }
}

diesel::table! {
    polls (id) {
        id -> BigInt,
        multiple -> Bool,
        hide_totals -> Bool,
        expires_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        voters_count -> Nullable<BigInt>,
        tally_at -> Nullable<Timestamp>,
        poll_id -> BigInt,
    }
}

diesel::table! {
    poll_options (id) {
        id -> BigInt,
        poll_id -> BigInt,
        position -> Integer,
        title -> Text,
        votes_count -> BigInt,
    }
}

diesel::table! {
    poll_votes (id) {
        id -> BigInt,
        poll_id -> BigInt,
        account_id -> BigInt,
        position -> Integer,
        created_at -> Timestamp,
    }
}

diesel::table! {
    quotes (post_id) {
        post_id -> BigInt,
        quoted_uri -> Text,
        quoted_id -> Nullable<BigInt>,
        quoted_account_id -> Nullable<BigInt>,
        state -> Text,
        request_uri -> Nullable<Text>,
        stamp_uri -> Nullable<Text>,
    }
}

diesel::table! {
    quote_policies (post_id) {
        post_id -> BigInt,
        automatic -> Text,
        manual -> Text,
    }
}

diesel::table! {
    interaction_limits (post_id) {
        post_id -> BigInt,
        limits -> Text,
    }
}

diesel::table! {
    custom_emojis (id) {
        id -> BigInt,
        shortcode -> Text,
        domain -> Text,
        uri -> Nullable<Text>,
        remote_url -> Nullable<Text>,
        file -> Nullable<Text>,
        updated_at -> Timestamp,
        refused -> Bool,
    }
}

diesel::table! {
    contexts (post_id) {
        post_id -> BigInt,
        context_uri -> Nullable<Text>,
        replies_uri -> Nullable<Text>,
        checked_at -> Nullable<Timestamp>,
        ask_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    first_sights (account_id) {
        account_id -> BigInt,
        seen_at -> Timestamp,
        inside_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    favourites (id) {
        id -> BigInt,
        uri -> Text,
        account_id -> BigInt,
        post_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    bookmarks (id) {
        id -> BigInt,
        account_id -> BigInt,
        post_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    reactions (id) {
        id -> BigInt,
        uri -> Text,
        account_id -> BigInt,
        post_id -> BigInt,
        name -> Text,
        url -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    dislikes (id) {
        id -> BigInt,
        uri -> Text,
        account_id -> BigInt,
        post_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    pins (id) {
        id -> BigInt,
        account_id -> BigInt,
        post_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    blocks (id) {
        id -> BigInt,
        uri -> Text,
        account_id -> BigInt,
        target_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    reports (id) {
        id -> BigInt,
        uri -> Text,
        account_id -> BigInt,
        target_id -> BigInt,
        source -> Nullable<Text>,
        category -> Text,
        comment -> Text,
        rule_ids -> Text,
        forwarded -> Bool,
        forward_to -> Text,
        created_at -> Timestamp,
        resolved_at -> Nullable<Timestamp>,
        community_id -> Nullable<BigInt>,
        community_resolved_at -> Nullable<Timestamp>,
        assigned_to -> Nullable<BigInt>,
        resolved_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    report_posts (report_id, uri) {
        report_id -> BigInt,
        uri -> Text,
        post_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    domain_policies (domain) {
        domain -> Text,
        severity -> Text,
        reject_media -> Bool,
        reject_reports -> Bool,
        obfuscate -> Bool,
        public_comment -> Text,
        private_comment -> Text,
        created_at -> Timestamp,
        id -> BigInt,
    }
}

diesel::table! {
    domain_policies_version (id) {
        id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    actor_keys (key_id) {
        key_id -> Text,
        account_id -> BigInt,
        public_key -> Text,
    }
}

diesel::table! {
    mutes (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        hide_notifications -> Bool,
        expires_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    domain_blocks (id) {
        id -> BigInt,
        account_id -> BigInt,
        domain -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    muted_threads (account_id, thread_id) {
        account_id -> BigInt,
        thread_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    account_notes (account_id, target_id) {
        account_id -> BigInt,
        target_id -> BigInt,
        comment -> Text,
    }
}

diesel::table! {
    lists (id) {
        id -> BigInt,
        account_id -> BigInt,
        title -> Text,
        replies_policy -> Text,
        exclusive -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    list_members (id) {
        id -> BigInt,
        list_id -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    list_entries (list_id, post_id) {
        list_id -> BigInt,
        post_id -> BigInt,
    }
}

diesel::table! {
    tag_days (tag_id, day) {
        tag_id -> BigInt,
        day -> BigInt,
        uses -> BigInt,
        accounts -> BigInt,
    }
}

diesel::table! {
    followed_tags (id) {
        id -> BigInt,
        account_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::table! {
    featured_tags (id) {
        id -> BigInt,
        account_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::table! {
    filters (id) {
        id -> BigInt,
        account_id -> BigInt,
        title -> Text,
        contexts -> Text,
        action -> Text,
        expires_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    filter_keywords (id) {
        id -> BigInt,
        filter_id -> BigInt,
        keyword -> Text,
        whole_word -> Bool,
    }
}

diesel::table! {
    filter_posts (id) {
        id -> BigInt,
        filter_id -> BigInt,
        post_id -> BigInt,
    }
}

diesel::table! {
    conversations (id) {
        id -> BigInt,
        account_id -> BigInt,
        thread_id -> BigInt,
        circle -> BigInt,
        participants -> Text,
        last_post_id -> BigInt,
        unread -> Bool,
    }
}

diesel::table! {
    conversation_posts (conversation_id, post_id) {
        conversation_id -> BigInt,
        post_id -> BigInt,
    }
}

diesel::table! {
    notification_policies (account_id) {
        account_id -> BigInt,
        for_not_following -> Text,
        for_not_followers -> Text,
        for_new_accounts -> Text,
        for_private_mentions -> Text,
        for_limited_accounts -> Text,
        for_bots -> Text,
    }
}

diesel::table! {
    notification_permissions (account_id, from_account_id) {
        account_id -> BigInt,
        from_account_id -> BigInt,
    }
}

diesel::table! {
    notification_requests (id) {
        id -> BigInt,
        account_id -> BigInt,
        from_account_id -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    push_keys (id) {
        id -> BigInt,
        private_key -> Text,
        public_key -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    push_subscriptions (id) {
        id -> BigInt,
        token_id -> BigInt,
        account_id -> BigInt,
        endpoint -> Text,
        p256dh -> Text,
        auth -> Text,
        standard -> Bool,
        alerts -> Text,
        policy -> Text,
        sealed_token -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    communities (account_id) {
        account_id -> BigInt,
        access -> Text,
        posting -> Text,
        purpose -> Text,
        rules -> Text,
        languages -> Text,
        moderators_url -> Nullable<Text>,
        names_moderators -> Bool,
        archived_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        featured_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    community_roles (community_id, account_id) {
        community_id -> BigInt,
        account_id -> BigInt,
        role -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    community_bans (id) {
        id -> BigInt,
        community_id -> BigInt,
        account_id -> BigInt,
        reason -> Text,
        expires_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    community_posts (post_id) {
        post_id -> BigInt,
        title -> Nullable<Text>,
        titled -> Bool,
        locked_at -> Nullable<Timestamp>,
        removed_reason -> Nullable<Text>,
    }
}

diesel::table! {
    community_log (id) {
        id -> BigInt,
        community_id -> BigInt,
        by_id -> Nullable<BigInt>,
        action -> Text,
        account_id -> Nullable<BigInt>,
        post_uri -> Nullable<Text>,
        reason -> Text,
        expires_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        appeal -> Nullable<Text>,
        appeal_state -> Nullable<Text>,
        appealed_at -> Nullable<Timestamp>,
        answer -> Nullable<Text>,
        answered_by -> Nullable<BigInt>,
        answered_at -> Nullable<Timestamp>,
        appeal_uri -> Nullable<Text>,
        by_role -> Nullable<Text>,
    }
}

diesel::table! {
    asked_hosts (host) {
        host -> Text,
        asked_at -> Timestamp,
    }
}

diesel::table! {
    group_hosts (host) {
        host -> Text,
        since -> Timestamp,
    }
}

diesel::table! {
    endorsements (id) {
        id -> BigInt,
        account_id -> BigInt,
        target_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    collections (id) {
        id -> BigInt,
        account_id -> BigInt,
        name -> Text,
        description -> Text,
        language -> Nullable<Text>,
        tag_id -> Nullable<BigInt>,
        sensitive -> Bool,
        discoverable -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        uri -> Nullable<Text>,
        url -> Nullable<Text>,
    }
}

diesel::table! {
    collection_items (id) {
        id -> BigInt,
        collection_id -> BigInt,
        account_id -> BigInt,
        state -> Text,
        created_at -> Timestamp,
        uri -> Nullable<Text>,
        request_uri -> Nullable<Text>,
        stamp_uri -> Nullable<Text>,
    }
}

diesel::table! {
    dismissed_suggestions (account_id, target_id) {
        account_id -> BigInt,
        target_id -> BigInt,
    }
}

diesel::table! {
    visits (week, account_id) {
        week -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    announcements (id) {
        id -> BigInt,
        text -> Text,
        starts_at -> Nullable<Timestamp>,
        ends_at -> Nullable<Timestamp>,
        all_day -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    announcement_dismissals (announcement_id, account_id) {
        announcement_id -> BigInt,
        account_id -> BigInt,
    }
}

diesel::table! {
    announcement_reactions (id) {
        id -> BigInt,
        announcement_id -> BigInt,
        account_id -> BigInt,
        name -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    email_domain_blocks (id) {
        id -> BigInt,
        domain -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    ip_blocks (id) {
        id -> BigInt,
        ip -> Text,
        severity -> Text,
        comment -> Text,
        expires_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    canonical_email_blocks (id) {
        id -> BigInt,
        hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    scheduled_attachments (attachment_id) {
        attachment_id -> BigInt,
        scheduled_id -> BigInt,
    }
}

diesel::table! {
    scheduled_posts (id) {
        id -> BigInt,
        account_id -> BigInt,
        scheduled_at -> Timestamp,
        draft -> Text,
        idempotency_key -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    cards (id) {
        id -> BigInt,
        url -> Text,
        found -> Bool,
        title -> Text,
        description -> Text,
        language -> Nullable<Text>,
        author_name -> Text,
        author_url -> Text,
        provider_name -> Text,
        provider_url -> Text,
        published_at -> Nullable<Timestamp>,
        image_description -> Text,
        image_file -> Nullable<Text>,
        image_width -> Nullable<Integer>,
        image_height -> Nullable<Integer>,
        blurhash -> Nullable<Text>,
        asked_at -> Timestamp,
    }
}

diesel::table! {
    post_cards (post_id) {
        post_id -> BigInt,
        card_id -> BigInt,
    }
}

diesel::joinable!(communities -> accounts (account_id));
diesel::joinable!(community_roles -> communities (community_id));
diesel::joinable!(community_roles -> accounts (account_id));
diesel::joinable!(community_bans -> communities (community_id));
diesel::joinable!(community_bans -> accounts (account_id));
diesel::joinable!(community_posts -> posts (post_id));
diesel::joinable!(community_log -> communities (community_id));
diesel::joinable!(actor_keys -> accounts (account_id));
diesel::joinable!(account_keys -> accounts (account_id));
diesel::joinable!(invites -> accounts (created_by));
diesel::joinable!(users -> accounts (account_id));
diesel::joinable!(users -> invites (invite_id));
diesel::joinable!(sessions -> users (account_id));
diesel::joinable!(second_factors -> users (account_id));
diesel::joinable!(recovery_codes -> users (account_id));
diesel::joinable!(half_sign_ins -> users (account_id));
diesel::joinable!(mail_links -> users (account_id));
diesel::joinable!(access_grants -> applications (application_id));
diesel::joinable!(access_grants -> users (account_id));
diesel::joinable!(access_tokens -> applications (application_id));
diesel::joinable!(access_tokens -> users (account_id));
diesel::joinable!(posts -> applications (application_id));
diesel::joinable!(post_revisions -> posts (post_id));
diesel::joinable!(mentions -> posts (post_id));
diesel::joinable!(mentions -> accounts (account_id));
diesel::joinable!(former_mentions -> posts (post_id));
diesel::joinable!(former_mentions -> accounts (account_id));
diesel::joinable!(post_tags -> posts (post_id));
diesel::joinable!(post_tags -> tags (tag_id));
diesel::joinable!(home_entries -> users (owner_id));
diesel::joinable!(home_entries -> posts (post_id));
diesel::joinable!(notifications -> users (account_id));
diesel::joinable!(notifications -> accounts (from_account_id));
diesel::joinable!(notifications -> posts (post_id));
diesel::joinable!(markers -> users (account_id));
diesel::joinable!(idempotency_keys -> users (account_id));
diesel::joinable!(idempotency_keys -> posts (post_id));
diesel::joinable!(activities -> accounts (account_id));
diesel::joinable!(deliveries -> activities (activity_id));
diesel::joinable!(attachments -> accounts (account_id));
diesel::joinable!(attachments -> posts (post_id));
diesel::joinable!(unfinished_uploads -> attachments (attachment_id));
diesel::joinable!(unfinished_uploads -> accounts (account_id));
diesel::joinable!(remote_files -> attachments (attachment_id));
diesel::joinable!(polls -> posts (id));
diesel::joinable!(poll_options -> polls (poll_id));
diesel::joinable!(poll_votes -> polls (poll_id));
diesel::joinable!(poll_votes -> accounts (account_id));
diesel::joinable!(quotes -> posts (post_id));
diesel::joinable!(quote_policies -> posts (post_id));
diesel::joinable!(interaction_limits -> posts (post_id));
diesel::joinable!(contexts -> posts (post_id));
diesel::joinable!(first_sights -> accounts (account_id));
diesel::joinable!(favourites -> accounts (account_id));
diesel::joinable!(favourites -> posts (post_id));
diesel::joinable!(bookmarks -> users (account_id));
diesel::joinable!(bookmarks -> posts (post_id));
diesel::joinable!(reactions -> accounts (account_id));
diesel::joinable!(reactions -> posts (post_id));
diesel::joinable!(dislikes -> accounts (account_id));
diesel::joinable!(dislikes -> posts (post_id));
diesel::joinable!(pins -> accounts (account_id));
diesel::joinable!(pins -> posts (post_id));
diesel::joinable!(report_posts -> reports (report_id));
diesel::joinable!(report_posts -> posts (post_id));
diesel::joinable!(notifications -> reactions (reaction_id));
diesel::joinable!(notifications -> collections (collection_id));
diesel::joinable!(notifications -> reports (report_id));
diesel::joinable!(notifications -> severances (severance_id));
diesel::joinable!(severances -> users (account_id));
diesel::joinable!(notifications -> account_warnings (warning_id));
diesel::joinable!(account_warnings -> users (account_id));
diesel::joinable!(tag_days -> tags (tag_id));
diesel::joinable!(followed_tags -> tags (tag_id));
diesel::joinable!(featured_tags -> tags (tag_id));
diesel::joinable!(filter_keywords -> filters (filter_id));
diesel::joinable!(filter_posts -> filters (filter_id));
diesel::joinable!(conversation_posts -> conversations (conversation_id));
diesel::joinable!(conversation_posts -> posts (post_id));
diesel::joinable!(list_members -> lists (list_id));
diesel::joinable!(list_members -> accounts (account_id));
diesel::joinable!(list_entries -> lists (list_id));
diesel::joinable!(list_entries -> posts (post_id));
diesel::joinable!(push_subscriptions -> access_tokens (token_id));
diesel::joinable!(push_subscriptions -> users (account_id));
diesel::joinable!(endorsements -> users (account_id));
diesel::joinable!(collections -> accounts (account_id));
diesel::joinable!(collections -> tags (tag_id));
diesel::joinable!(collection_items -> collections (collection_id));
diesel::joinable!(collection_items -> accounts (account_id));
diesel::joinable!(dismissed_suggestions -> users (account_id));
diesel::joinable!(visits -> users (account_id));
diesel::joinable!(announcement_dismissals -> announcements (announcement_id));
diesel::joinable!(announcement_reactions -> announcements (announcement_id));
diesel::joinable!(scheduled_attachments -> attachments (attachment_id));
diesel::joinable!(scheduled_attachments -> scheduled_posts (scheduled_id));
diesel::joinable!(scheduled_posts -> users (account_id));
diesel::joinable!(post_cards -> posts (post_id));
diesel::joinable!(post_cards -> cards (card_id));

diesel::allow_tables_to_appear_in_same_query!(
    push_keys,
    push_subscriptions,
    accounts,
    account_keys,
    invites,
    users,
    sessions,
    second_factors,
    recovery_codes,
    half_sign_ins,
    mail_links,
    applications,
    access_grants,
    access_tokens,
    posts,
    post_revisions,
    mentions,
    former_mentions,
    tags,
    post_tags,
    tombstones,
    follows,
    home_entries,
    notifications,
    severances,
    account_warnings,
    markers,
    idempotency_keys,
    jobs,
    inbox,
    activities,
    deliveries,
    hosts,
    attachments,
    unfinished_uploads,
    remote_files,
    polls,
    poll_options,
    poll_votes,
    quotes,
    quote_policies,
    interaction_limits,
    custom_emojis,
    contexts,
    first_sights,
    favourites,
    bookmarks,
    reactions,
    dislikes,
    pins,
    blocks,
    reports,
    report_posts,
    domain_policies,
    domain_policies_version,
    actor_keys,
    mutes,
    domain_blocks,
    muted_threads,
    account_notes,
    lists,
    list_members,
    list_entries,
    tag_days,
    followed_tags,
    featured_tags,
    filters,
    filter_keywords,
    filter_posts,
    conversations,
    conversation_posts,
    notification_policies,
    notification_permissions,
    notification_requests,
    communities,
    community_roles,
    community_bans,
    community_posts,
    community_log,
    group_hosts,
    asked_hosts,
    endorsements,
    collections,
    collection_items,
    dismissed_suggestions,
    visits,
    announcements,
    announcement_dismissals,
    announcement_reactions,
    email_domain_blocks,
    ip_blocks,
    canonical_email_blocks,
    scheduled_attachments,
    cards,
    post_cards,
    scheduled_posts,
);
