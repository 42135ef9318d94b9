//! What an instance decides of itself. The names and defaults stand in `config.example.toml`.

use std::{path::PathBuf, time::Duration};

use kontor_domain::user::Registrations;

#[derive(Debug, Clone)]
pub struct Settings {
    pub title: String,
    pub description: String,
    /// Shown as the contact; empty where none is given.
    pub contact_email: String,
    pub rules: Vec<String>,
    /// The languages that the instance is run in, as ISO 639-1 codes.
    pub languages: Vec<String>,
    pub registrations: Registrations,
    pub limits: Limits,
}

/// Every bound on what people send. Bounds on what peers send stand with the federation settings.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Characters of a post, with its content warning; links count 23.
    pub post_characters: usize,
    pub post_mentions: usize,
    pub display_name_characters: usize,
    pub note_characters: usize,
    /// Of what somebody remembers of another.
    pub account_note_characters: usize,
    /// Lists that one person has.
    pub lists: usize,
    /// Hashtags that one person shows on their profile.
    pub featured_tags: usize,
    /// Accounts that use a hashtag on a day, or people here who boost a post, before it is among the trends.
    pub trend_accounts: i64,
    /// Filters that one person has, and keywords that one of them has.
    pub filters: usize,
    pub filter_keywords: usize,
    /// Posts that one person schedules, and of these on one day.
    pub scheduled_posts: i64,
    pub scheduled_posts_a_day: i64,
    /// Words of a post that are indexed.
    pub search_words: usize,
    /// Words and operators of one search.
    pub search_terms: usize,
    /// Posts with the words of a search that are looked at.
    pub search_matches: i64,
    /// How many results can be skipped.
    pub search_offset: i64,
    pub profile_fields: usize,
    pub profile_field_characters: usize,
    pub password_characters_min: usize,
    pub password_bytes_max: usize,
    /// Wrong passwords for one account from one address before the next try must wait.
    pub sign_in_attempts: u32,
    pub sign_in_window: Duration,
    pub session_age: Duration,
    pub invite_age: Duration,
    pub setup_link_age: Duration,
    /// An authorization code is good for so long.
    pub code_age: Duration,
    /// Posts above and below a post: for people who signed in, and for others.
    pub thread_posts: i64,
    pub thread_posts_anonymous: i64,
    pub thread_depth: i64,
    /// A home timeline is kept for people who were here within this time.
    pub home_age: Duration,
    /// A post from elsewhere enters up to so many home timelines in the transaction that keeps it; more follow on their own.
    pub homes_at_once: usize,
    /// Posts that a new follow brings into the home timeline.
    pub home_backfill: i64,
    /// Posts that somebody here pins.
    pub pins: usize,
    /// Pinned posts that are kept of an account elsewhere.
    pub pins_elsewhere: usize,
    /// Different emoji that one person answers one post with.
    pub post_reactions: i64,
    /// Characters of the comment of a report by somebody here, and of one by a peer.
    pub report_characters: usize,
    pub report_characters_elsewhere: usize,
    /// Accounts and posts that a peer's report names.
    pub report_posts: usize,
    /// New passwords are computed so many at a time.
    pub password_workers: usize,
    /// Passwords that wait for their turn; more are turned away.
    pub password_line: usize,
    pub post_attachments: usize,
    pub media_description_characters: usize,
    pub poll_options: usize,
    pub poll_option_characters: usize,
    /// How long a poll may run.
    pub poll_seconds_min: i64,
    pub poll_seconds_max: i64,
    /// Peers hear of new votes in a poll no more often than this.
    pub poll_tally_pause: Duration,
    pub media: Media,
    pub cards: Cards,
    /// The answers to a post of another server are asked for no more often than this.
    pub backfill_pause: Duration,
}

/// Where files are kept, and bounds on them.
#[derive(Debug, Clone)]
pub struct Media {
    pub path: PathBuf,
    /// Of an upload, and what it may become in memory.
    pub image_bytes: usize,
    pub image_pixels: u64,
    pub emoji_bytes: usize,
    /// The longest side of the small picture beside each.
    pub preview_side: u32,
    /// Pictures that are decoded at a time.
    pub workers: usize,
    /// An upload that became part of no post is forgotten after so long.
    pub unused_age: Duration,
}

/// Of pages that posts link to.
#[derive(Debug, Clone)]
pub struct Cards {
    /// Are they read at all?
    pub enabled: bool,
    /// The largest page that is read.
    pub page_bytes: usize,
    /// The link of a post from elsewhere is followed after up to so long: its readers' servers do not come all at once.
    pub delay: Duration,
    /// A page is read again for a new post when it was last asked for so long ago.
    pub refresh_age: Duration,
}

impl Default for Cards {
    fn default() -> Self {
        Self {
            enabled: true,
            page_bytes: 2 * 1024 * 1024,
            delay: Duration::from_secs(60),
            refresh_age: Duration::from_secs(14 * 24 * 60 * 60),
        }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self {
            path: PathBuf::from("data/media"),
            image_bytes: 16 * 1024 * 1024,
            image_pixels: 33_177_600,
            emoji_bytes: 262_144,
            preview_side: 640,
            workers: 2,
            unused_age: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            post_characters: 5000,
            post_mentions: 50,
            display_name_characters: 100,
            note_characters: 2000,
            account_note_characters: 2000,
            lists: 50,
            featured_tags: 10,
            trend_accounts: 2,
            filters: 100,
            filter_keywords: 100,
            scheduled_posts: 300,
            scheduled_posts_a_day: 25,
            search_words: 2000,
            search_terms: 64,
            search_matches: 5000,
            search_offset: 1000,
            profile_fields: 8,
            profile_field_characters: 255,
            password_characters_min: 8,
            password_bytes_max: 1024,
            sign_in_attempts: 10,
            sign_in_window: Duration::from_secs(15 * 60),
            session_age: Duration::from_secs(60 * DAY),
            invite_age: Duration::from_secs(7 * DAY),
            setup_link_age: Duration::from_secs(7 * DAY),
            code_age: Duration::from_secs(10 * 60),
            thread_posts: 4096,
            thread_posts_anonymous: 60,
            thread_depth: 200,
            home_age: Duration::from_secs(30 * DAY),
            homes_at_once: 200,
            home_backfill: 40,
            pins: 5,
            pins_elsewhere: 20,
            post_reactions: 8,
            report_characters: 1000,
            report_characters_elsewhere: 5000,
            report_posts: 100,
            password_workers: 2,
            password_line: 64,
            post_attachments: 8,
            media_description_characters: 1500,
            poll_options: 8,
            poll_option_characters: 100,
            poll_seconds_min: 5 * 60,
            poll_seconds_max: 30 * 24 * 60 * 60,
            poll_tally_pause: Duration::from_secs(60),
            media: Media::default(),
            cards: Cards::default(),
            backfill_pause: Duration::from_secs(15 * 60),
        }
    }
}
