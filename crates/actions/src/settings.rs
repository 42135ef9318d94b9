//! What an instance decides of itself. The names and defaults stand in `config.example.toml`.

use std::{path::PathBuf, time::Duration};

use kontor_domain::{
    text::Handle,
    time::{Day, Time},
    user::Registrations,
};

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
    pub about: About,
    pub limits: Limits,
    /// `None`: no mail is sent, and addresses are taken as they are given.
    pub mail: Option<MailSettings>,
}

/// What holds where mail is sent. How it leaves stands with the settings of `kontor_net`.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// How often it is tried to send one, the first pause between two tries, and how long each answer of the mail server is waited for.
    pub tries: u32,
    pub retry_first: Duration,
    pub timeout: Duration,
    /// A link is good for so long: to confirm an address, to choose a new password.
    pub confirmation_age: Duration,
    pub reset_age: Duration,
    /// An account whose address was not confirmed for so long goes.
    pub unconfirmed_age: Duration,
    /// Mails of one kind that can be asked for in the window: for one person or address, and from one address on the network.
    pub asked: u32,
    pub asked_per_client: u32,
    pub asked_window: Duration,
}

impl Default for MailSettings {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            tries: 12,
            retry_first: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            confirmation_age: Duration::from_secs(48 * HOUR),
            reset_age: Duration::from_secs(HOUR),
            unconfirmed_age: Duration::from_secs(7 * 24 * HOUR),
            asked: 5,
            asked_per_client: 20,
            asked_window: Duration::from_secs(HOUR),
        }
    }
}

/// What an instance says of itself at length, and whom it shows.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Whom everybody here is shown as somebody to follow.
    pub featured_accounts: Vec<Handle>,
    pub extended_description: Option<Document>,
    pub privacy_policy: Option<Document>,
    /// By the day from which each holds, oldest first.
    pub terms_of_service: Vec<Terms>,
}

/// A text that the operators wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub html: String,
    pub updated_at: Time,
}

/// A version of the terms of service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub effective: Day,
    pub html: String,
}

impl About {
    /// The terms that hold on this day; before the first ones do, those that will.
    pub fn terms(&self, today: Day) -> Option<&Terms> {
        let mut newest = self.terms_of_service.iter().rev();
        newest
            .find(|terms| terms.effective <= today)
            .or(self.terms_of_service.first())
    }

    pub fn terms_of(&self, day: Day) -> Option<&Terms> {
        self.terms_of_service
            .iter()
            .find(|terms| terms.effective == day)
    }

    /// The version that comes after this one.
    pub fn successor(&self, terms: &Terms) -> Option<&Terms> {
        self.terms_of_service
            .iter()
            .find(|other| other.effective > terms.effective)
    }
}

/// Every bound on what people send. Bounds on what peers send stand with the federation settings.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Characters of a post, with its content warning; links count 23.
    pub post_characters: usize,
    pub post_mentions: usize,
    pub display_name_characters: usize,
    pub note_characters: usize,
    pub profiles: Profiles,
    /// Of what somebody remembers of another.
    pub account_note_characters: usize,
    /// Lists that one person has.
    pub lists: usize,
    /// Hashtags that one person shows on their profile.
    pub featured_tags: usize,
    /// Accounts that one person shows on their profile.
    pub endorsements: i64,
    /// Collections that one person has, accounts in one, and characters of its name and of its description.
    pub collections: i64,
    pub collection_accounts: i64,
    pub collection_name_characters: usize,
    pub collection_description_characters: usize,
    /// Collections of one account of another server that are kept, and accounts in one.
    pub remote_collections: i64,
    pub remote_collection_accounts: i64,
    /// Somebody here who let themselves be put into one is in it for so long, though its server does not name them yet.
    pub remote_collection_patience: Duration,
    /// Announcements that stand at the same time, characters of one, and different emoji under one.
    pub announcements: i64,
    pub announcement_characters: usize,
    pub announcement_reactions: usize,
    /// Accounts that the directory has.
    pub directory_accounts: i64,
    /// Follows of a person that count for whom they may want to follow.
    pub suggestion_follows: i64,
    /// Accounts whose familiar followers are asked for at once, and how many of each are shown.
    pub familiar_accounts: usize,
    pub familiar_followers: i64,
    /// Accounts that use a hashtag on a day, or link to a page, before it is among the trends.
    pub trend_accounts: i64,
    /// Filters that one person has, and keywords that one of them has.
    pub filters: usize,
    pub filter_keywords: usize,
    /// Posts that one person schedules, and of these on one day.
    pub scheduled_posts: i64,
    pub scheduled_posts_a_day: i64,
    /// Words of a post that are indexed.
    pub search_words: usize,
    /// Memory for posts and accounts that stay loaded, about.
    pub kept_bytes: u64,
    /// What the instance counts of itself is counted anew after so long.
    pub counts_age: Duration,
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
    /// Between the password and the code of a sign-in.
    pub second_step_age: Duration,
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
    /// A post enters up to so many timelines in the transaction that keeps it, where those whom it mentions count too, and goes out in it if
    /// no more follow its author; what concerns more follows on its own.
    pub homes_at_once: usize,
    /// Posts that a new follow brings into the home timeline.
    pub home_backfill: i64,
    /// Posts that somebody here pins.
    pub pins: usize,
    /// Pinned posts that are kept of an account elsewhere.
    pub pins_elsewhere: usize,
    /// Different emoji that one person answers one post with.
    pub post_reactions: i64,
    pub reports: Reports,
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
    pub streaming: Streaming,
    /// A push service that is away is asked again after so long, and then after growing pauses.
    pub push_retry_first: Duration,
    pub cards: Cards,
    /// The answers to a post of another server are asked for no more often than this.
    pub backfill_pause: Duration,
    /// The answers to a post that came from elsewhere are asked for when it is so old, though nobody opens it; zero: they are not.
    pub backfill_delay: Duration,
    /// At one look at what is due, a minute after another, posts of one server whose answers are asked for so.
    pub backfill_arrivals_per_host: usize,
    /// So many may wait to be asked for so, of all servers.
    pub backfill_arrivals_waiting: i64,
    /// Posts of one server that others answer or quote and that may wait to be fetched; more are left for whoever opens the thread.
    pub ancestors_waiting_per_host: i64,
    /// A server that nothing has reached for so long gets no more than what is for somebody by name.
    pub peer_dead_after: Duration,
    pub set_aside: SetAside,
    pub communities: crate::communities::Settings,
}

/// What could not be done is kept for a while.
#[derive(Debug, Clone)]
pub struct SetAside {
    /// What came from a peer and could not be acted on is forgotten after so long, and of each peer so much is kept.
    pub inbox_age: Duration,
    pub inbox_per_host: i64,
    /// Other jobs are forgotten after so long.
    pub jobs_age: Duration,
}

/// Of what a profile says beside its texts and fields.
#[derive(Debug, Clone)]
pub struct Profiles {
    /// Characters of what is said of a picture.
    pub picture_description_characters: usize,
    /// Domains whose pages may name one person as their author.
    pub attribution_domains: usize,
}

/// Of reports, and of what operators say to those whom they are about.
#[derive(Debug, Clone)]
pub struct Reports {
    /// Of the comment of somebody here.
    pub characters: usize,
    /// Of that of a peer.
    pub characters_elsewhere: usize,
    /// Accounts and posts that a peer's report names.
    pub posts: usize,
    /// Of what is said with a measure.
    pub warning_characters: usize,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            characters: 1000,
            characters_elsewhere: 5000,
            posts: 100,
            warning_characters: 2000,
        }
    }
}

/// Where files are kept, and bounds on them.
#[derive(Debug, Clone)]
pub struct Media {
    pub path: PathBuf,
    /// If there is one, files are kept in it, and below the path only what is worked on.
    pub bucket: Option<kontor_media::Bucket>,
    /// Of an upload, and what it may become in memory.
    pub image_bytes: usize,
    pub image_pixels: u64,
    pub emoji_bytes: usize,
    /// Of a file that is neither a picture nor a film nor sound.
    pub file_bytes: usize,
    pub films: Films,
    /// The longest side of the small picture beside each.
    pub preview_side: u32,
    /// The longest sides of the pictures of a profile.
    pub avatar_side: u32,
    pub header_side: u32,
    /// Pictures that are decoded at a time.
    pub workers: usize,
    /// An upload that became part of no post, or whose post was deleted without it, is forgotten after so long.
    pub unused_age: Duration,
    /// An address of a file that not everybody may have is good for so long, and for less than twice as long.
    pub pass_age: Duration,
    pub remote: RemoteMedia,
}

/// Files of posts of other servers: fetched when somebody looks at them, and kept for a while.
#[derive(Debug, Clone)]
pub struct RemoteMedia {
    /// Bytes that are kept in all; 0: none, and their own servers show them.
    pub cache_bytes: u64,
    /// Of one file.
    pub bytes: usize,
    /// For one file, from the first lookup to its last byte; and for a turn.
    pub time: Duration,
    /// Files that are fetched at a time: in all, and from one host.
    pub fetches: usize,
    pub fetches_per_host: usize,
    /// Those that wait for a turn, in all and for one host; who comes then is told to try again later.
    pub waiting: usize,
    pub waiting_per_host: usize,
    /// What could not be fetched is not asked for again for so long.
    pub failure_memory: Duration,
}

impl Default for RemoteMedia {
    fn default() -> Self {
        Self {
            cache_bytes: 1024 * 1024 * 1024,
            bytes: 32 * 1024 * 1024,
            time: Duration::from_secs(30),
            fetches: 8,
            fetches_per_host: 4,
            waiting: 256,
            waiting_per_host: 64,
            failure_memory: Duration::from_secs(5 * 60),
        }
    }
}

/// Films and sounds: the programs that read them, and bounds on both.
#[derive(Debug, Clone)]
pub struct Films {
    /// Names or paths; empty, or not there: films and sounds are refused.
    pub ffprobe: String,
    pub ffmpeg: String,
    /// Of an upload, and of what it becomes.
    pub bytes: usize,
    /// Width times height.
    pub pixels: u64,
    /// Pictures a second.
    pub frame_rate: u32,
    /// What a program may take for one step: looking, writing anew, taking a still.
    pub time: Duration,
    /// Bytes of its memory.
    pub memory: u64,
    /// Films and sounds that are worked on at a time.
    pub workers: usize,
    /// Those whose senders wait with them for a turn; who comes then is told to try again later.
    pub waiting: usize,
    /// Those of one account that are made ready after they were answered for.
    pub waiting_per_account: i64,
    /// How often it is tried to make one ready where the machine is at fault.
    pub tries: u32,
}

impl Default for Films {
    fn default() -> Self {
        Self {
            ffprobe: "ffprobe".to_owned(),
            ffmpeg: "ffmpeg".to_owned(),
            bytes: 16 * 1024 * 1024,
            pixels: 8_294_400,
            frame_rate: 120,
            time: Duration::from_secs(60),
            memory: 2 * 1024 * 1024 * 1024,
            workers: 1,
            waiting: 8,
            waiting_per_account: 8,
            tries: 3,
        }
    }
}

/// Bounds on those who hold a connection open to see what happens.
#[derive(Debug, Clone)]
pub struct Streaming {
    /// Of this process, of one account, and from one address.
    pub connections: usize,
    pub connections_per_account: usize,
    pub connections_per_address: usize,
    /// What one connection listens to.
    pub streams: usize,
    /// What waits for one that is slow; then it is closed.
    pub buffer: usize,
    /// Bytes of what it may say.
    pub message_bytes: usize,
    /// A sign of life is sent so often; whoever gives none for twice as long is gone.
    pub heartbeat: Duration,
}

impl Default for Streaming {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_account: 32,
            connections_per_address: 256,
            streams: 64,
            buffer: 256,
            message_bytes: 4096,
            heartbeat: Duration::from_secs(15),
        }
    }
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
            bucket: None,
            image_bytes: 16 * 1024 * 1024,
            image_pixels: 33_177_600,
            emoji_bytes: 262_144,
            file_bytes: 16 * 1024 * 1024,
            films: Films::default(),
            preview_side: 640,
            avatar_side: 400,
            header_side: 1500,
            workers: 2,
            unused_age: Duration::from_secs(24 * 60 * 60),
            pass_age: Duration::from_secs(3 * 24 * 60 * 60),
            remote: RemoteMedia::default(),
        }
    }
}

impl Default for SetAside {
    fn default() -> Self {
        Self {
            inbox_age: Duration::from_secs(30 * DAY),
            inbox_per_host: 1000,
            jobs_age: Duration::from_secs(30 * DAY),
        }
    }
}

impl Default for Profiles {
    fn default() -> Self {
        Self {
            picture_description_characters: 150,
            attribution_domains: 10,
        }
    }
}

const DAY: u64 = 24 * 60 * 60;

impl Default for Limits {
    fn default() -> Self {
        Self {
            post_characters: 5000,
            post_mentions: 50,
            display_name_characters: 100,
            note_characters: 2000,
            profiles: Profiles::default(),
            account_note_characters: 2000,
            lists: 50,
            featured_tags: 10,
            endorsements: 50,
            collections: 10,
            collection_accounts: 25,
            collection_name_characters: 40,
            collection_description_characters: 100,
            remote_collections: 50,
            remote_collection_accounts: 150,
            remote_collection_patience: Duration::from_secs(60 * 60),
            announcements: 40,
            announcement_characters: 5000,
            announcement_reactions: 8,
            directory_accounts: 2000,
            suggestion_follows: 200,
            familiar_accounts: 80,
            familiar_followers: 40,
            trend_accounts: 2,
            filters: 100,
            filter_keywords: 100,
            scheduled_posts: 300,
            scheduled_posts_a_day: 25,
            search_words: 2000,
            kept_bytes: 16 << 20,
            counts_age: Duration::from_secs(30),
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
            second_step_age: Duration::from_secs(10 * 60),
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
            reports: Reports::default(),
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
            streaming: Streaming::default(),
            push_retry_first: Duration::from_secs(10),
            cards: Cards::default(),
            backfill_pause: Duration::from_secs(15 * 60),
            backfill_delay: Duration::from_secs(10 * 60),
            backfill_arrivals_per_host: 30,
            backfill_arrivals_waiting: 500,
            ancestors_waiting_per_host: 200,
            peer_dead_after: Duration::from_secs(30 * DAY),
            set_aside: SetAside::default(),
            communities: crate::communities::Settings::default(),
        }
    }
}
