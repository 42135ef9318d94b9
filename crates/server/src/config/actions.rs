//! The configuration as the actions take it.

use std::time::Duration;

use kontor_actions::SetAside;

use super::sections::{Config, DAY};

impl Config {
    pub fn actions(&self) -> kontor_actions::Settings {
        let instance = &self.instance;
        kontor_actions::Settings {
            title: instance.title.clone(),
            description: instance.description.clone(),
            contact_email: instance.contact_email.clone(),
            rules: instance.rules.clone(),
            languages: instance.languages.clone(),
            registrations: instance.registrations,
            about: kontor_actions::About::default(),
            mail: self.mail.actions(),
            limits: self.action_limits(),
        }
    }

    fn action_limits(&self) -> kontor_actions::Limits {
        let limits = &self.limits;
        kontor_actions::Limits {
            post_characters: limits.post_characters,
            post_mentions: limits.post_mentions,
            display_name_characters: limits.display_name_characters,
            note_characters: limits.note_characters,
            profiles: limits.profiles(),
            profile_fields: limits.profile_fields,
            profile_field_characters: limits.profile_field_characters,
            password_characters_min: limits.password_characters_min,
            sign_in_attempts: limits.sign_in_attempts,
            sign_in_window: Duration::from_secs(limits.sign_in_window_seconds),
            password_workers: limits.password_workers,
            password_line: limits.password_line,
            session_age: Duration::from_secs(limits.session_days * DAY),
            second_step_age: Duration::from_secs(limits.second_step_seconds),
            invite_age: Duration::from_secs(limits.invite_days * DAY),
            setup_link_age: Duration::from_secs(limits.setup_link_days * DAY),
            thread_posts: limits.thread_posts,
            thread_posts_anonymous: limits.thread_posts_anonymous,
            thread_depth: limits.thread_depth,
            home_age: Duration::from_secs(limits.home_days * DAY),
            homes_at_once: limits.homes_at_once,
            media: self.media.actions(),
            cards: self.cards.actions(),
            post_attachments: limits.post_attachments,
            media_description_characters: limits.media_description_characters,
            poll_options: limits.poll_options,
            poll_option_characters: limits.poll_option_characters,
            poll_seconds_min: limits.poll_seconds_min,
            poll_seconds_max: limits.poll_seconds_max,
            poll_tally_pause: Duration::from_secs(limits.poll_tally_seconds),
            backfill_pause: Duration::from_secs(self.federation.backfill_pause_seconds),
            backfill_delay: Duration::from_secs(self.federation.backfill_delay_seconds),
            backfill_arrivals_per_host: self.federation.backfill_arrivals_per_host,
            backfill_arrivals_waiting: self.federation.backfill_arrivals_waiting,
            ancestors_waiting_per_host: self.federation.ancestors_waiting_per_host,
            peer_dead_after: Duration::from_secs(self.federation.dead_after_days * DAY),
            set_aside: SetAside {
                inbox_age: Duration::from_secs(self.federation.inbox_set_aside_days * DAY),
                inbox_per_host: self.federation.inbox_set_aside_per_host,
                jobs_age: Duration::from_secs(limits.jobs_set_aside_days * DAY),
            },
            communities: self.communities.actions(),
            pins: limits.pins,
            pins_elsewhere: limits.pins_elsewhere,
            post_reactions: limits.post_reactions,
            reports: limits.reports(),
            account_note_characters: limits.account_note_characters,
            lists: limits.lists,
            featured_tags: limits.featured_tags,
            endorsements: limits.endorsements,
            collections: limits.collections,
            collection_accounts: limits.collection_accounts,
            collection_name_characters: limits.collection_name_characters,
            collection_description_characters: limits.collection_description_characters,
            announcements: limits.announcements,
            announcement_characters: limits.announcement_characters,
            announcement_reactions: limits.announcement_reactions,
            directory_accounts: limits.directory_accounts,
            suggestion_follows: limits.suggestion_follows,
            familiar_accounts: limits.familiar_accounts,
            familiar_followers: limits.familiar_followers,
            trend_accounts: limits.trend_accounts,
            filters: limits.filters,
            filter_keywords: limits.filter_keywords,
            streaming: self.streaming.actions(),
            push_retry_first: Duration::from_millis(self.push.retry_first_ms),
            scheduled_posts: limits.scheduled_posts,
            scheduled_posts_a_day: limits.scheduled_posts_a_day,
            search_words: limits.search_words,
            kept_bytes: limits.kept_bytes,
            counts_age: Duration::from_secs(limits.counts_seconds),
            search_terms: limits.search_terms,
            search_matches: limits.search_matches,
            search_offset: limits.search_offset,
            ..limits.of_collections_elsewhere()
        }
    }
}
