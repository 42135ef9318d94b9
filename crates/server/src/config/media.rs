//! The section `[media]`: files that people upload, and files of other servers. Where they are kept if not on the disk is in `storage`.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::storage::S3;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    pub path: PathBuf,
    pub image_bytes: usize,
    pub image_pixels: u64,
    pub emoji_bytes: usize,
    pub file_bytes: usize,
    pub ffprobe: String,
    pub ffmpeg: String,
    pub video_bytes: usize,
    pub video_pixels: u64,
    pub video_frame_rate: u32,
    pub video_seconds: u64,
    pub video_memory_mib: u64,
    pub video_workers: usize,
    pub video_waiting: usize,
    pub video_waiting_per_account: i64,
    pub video_tries: u32,
    pub preview_side: u32,
    pub avatar_side: u32,
    pub header_side: u32,
    pub workers: usize,
    pub unused_hours: u64,
    pub pass_hours: u64,
    pub remote_cache_bytes: u64,
    pub remote_bytes: usize,
    pub remote_seconds: u64,
    pub remote_fetches: usize,
    pub remote_fetches_per_host: usize,
    pub remote_waiting: usize,
    pub remote_waiting_per_host: usize,
    pub remote_failure_seconds: u64,
    pub s3: S3,
}

impl Media {
    pub(super) fn actions(&self) -> kontor_actions::Media {
        kontor_actions::Media {
            path: self.path.clone(),
            // Made by whoever puts the house together: that can fail.
            bucket: None,
            image_bytes: self.image_bytes,
            image_pixels: self.image_pixels,
            emoji_bytes: self.emoji_bytes,
            file_bytes: self.file_bytes,
            films: kontor_actions::Films {
                ffprobe: self.ffprobe.clone(),
                ffmpeg: self.ffmpeg.clone(),
                bytes: self.video_bytes,
                pixels: self.video_pixels,
                frame_rate: self.video_frame_rate,
                time: Duration::from_secs(self.video_seconds),
                memory: self.video_memory_mib.saturating_mul(1024 * 1024),
                workers: self.video_workers,
                waiting: self.video_waiting,
                waiting_per_account: self.video_waiting_per_account,
                tries: self.video_tries,
            },
            preview_side: self.preview_side,
            avatar_side: self.avatar_side,
            header_side: self.header_side,
            workers: self.workers,
            unused_age: Duration::from_secs(self.unused_hours.saturating_mul(60 * 60)),
            pass_age: Duration::from_secs(self.pass_hours.saturating_mul(60 * 60)),
            remote: self.remote(),
        }
    }

    fn remote(&self) -> kontor_actions::RemoteMedia {
        kontor_actions::RemoteMedia {
            cache_bytes: self.remote_cache_bytes,
            bytes: self.remote_bytes,
            time: Duration::from_secs(self.remote_seconds),
            fetches: self.remote_fetches,
            fetches_per_host: self.remote_fetches_per_host,
            waiting: self.remote_waiting,
            waiting_per_host: self.remote_waiting_per_host,
            failure_memory: Duration::from_secs(self.remote_failure_seconds),
        }
    }

    /// A file that nobody could send, for no request is so large, and what could be sent.
    pub(super) fn beyond(&self, body_bytes: usize) -> Option<(&'static str, usize)> {
        /// What stands around a file in a form.
        const AROUND: usize = 64 * 1024;
        let most = body_bytes.saturating_sub(AROUND);
        [
            ("media.image_bytes", self.image_bytes),
            ("media.emoji_bytes", self.emoji_bytes),
            ("media.file_bytes", self.file_bytes),
            ("media.video_bytes", self.video_bytes),
        ]
        .into_iter()
        .find(|(_, bytes)| *bytes > most)
        .map(|(name, _)| (name, most))
    }

    /// What must be at least 1 and is not.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let counts = [
            ("media.remote_bytes", self.remote_bytes),
            ("media.remote_fetches", self.remote_fetches),
            (
                "media.remote_fetches_per_host",
                self.remote_fetches_per_host,
            ),
        ];
        let count = counts.into_iter().find(|(_, value)| *value == 0);
        let per_account = u64::try_from(self.video_waiting_per_account).unwrap_or_default();
        let others = [
            ("media.video_seconds", self.video_seconds),
            ("media.video_waiting_per_account", per_account),
            ("media.video_tries", u64::from(self.video_tries)),
            ("media.pass_hours", self.pass_hours),
            ("media.video_memory_mib", self.video_memory_mib),
            ("media.video_frame_rate", u64::from(self.video_frame_rate)),
            ("media.remote_seconds", self.remote_seconds),
        ];
        let other = others.into_iter().find(|(_, value)| *value == 0);
        count
            .map(|(name, _)| name)
            .or_else(|| other.map(|(name, _)| name))
            .or_else(|| self.s3.zero())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::from;

    #[test]
    fn films_and_files_have_the_defaults_of_the_actions_and_can_be_set() {
        let shown = |file: Option<&str>| {
            let media = from(file, &[]).unwrap().actions().limits.media;
            let films = media.films;
            (
                (films.ffprobe, films.ffmpeg, films.workers),
                (media.file_bytes, films.bytes, films.pixels),
                (films.frame_rate, films.time.as_secs(), films.memory >> 20),
                (films.waiting, media.pass_age.as_secs()),
                (films.waiting_per_account, films.tries),
            )
        };
        let plain = kontor_actions::Media::default();
        assert_eq!(
            shown(None),
            (
                (plain.films.ffprobe, plain.films.ffmpeg, plain.films.workers),
                (plain.file_bytes, plain.films.bytes, plain.films.pixels),
                (
                    plain.films.frame_rate,
                    plain.films.time.as_secs(),
                    plain.films.memory >> 20
                ),
                (plain.films.waiting, plain.pass_age.as_secs()),
                (plain.films.waiting_per_account, plain.films.tries),
            )
        );
        let own = "[media]\nfile_bytes = 1\nffprobe = \"a\"\nffmpeg = \"\"\nvideo_bytes = 2\nvideo_pixels = 3\nvideo_frame_rate = 4\n\
                   video_seconds = 5\nvideo_memory_mib = 6\nvideo_workers = 7\nvideo_waiting = 8\npass_hours = 9\n\
                   video_waiting_per_account = 10\nvideo_tries = 11";
        assert_eq!(
            shown(Some(own)),
            (
                ("a".to_owned(), String::new(), 7),
                (1, 2, 3),
                (4, 5, 6),
                (8, 9 * 60 * 60),
                (10, 11)
            )
        );
        let large = "[media]\nfile_bytes = 2000000\n[limits]\nbody_bytes = 2000000";
        let why = from(Some(large), &[]).unwrap_err().to_string();
        assert!(why.contains("media."), "{why}");
        for zero in [
            "video_seconds",
            "video_memory_mib",
            "video_frame_rate",
            "video_waiting_per_account",
            "video_tries",
            "pass_hours",
        ] {
            let why = from(Some(&format!("[media]\n{zero} = 0")), &[]).unwrap_err();
            assert!(why.to_string().contains(zero), "{why}");
        }
    }

    #[test]
    fn files_of_other_servers_have_the_defaults_of_the_actions_and_can_be_set() {
        let shown = |remote: &kontor_actions::RemoteMedia| {
            (
                (remote.cache_bytes, remote.bytes),
                (remote.time.as_secs(), remote.failure_memory.as_secs()),
                [
                    remote.fetches,
                    remote.fetches_per_host,
                    remote.waiting,
                    remote.waiting_per_host,
                ],
            )
        };
        let set = |file: Option<&str>| {
            let media = from(file, &[]).unwrap().actions().limits.media;
            shown(&media.remote)
        };
        assert_eq!(set(None), shown(&kontor_actions::RemoteMedia::default()));
        let own = "[media]\nremote_cache_bytes = 1\nremote_bytes = 2\nremote_seconds = 3\nremote_failure_seconds = 4\n\
                   remote_fetches = 5\nremote_fetches_per_host = 6\nremote_waiting = 7\nremote_waiting_per_host = 8";
        assert_eq!(set(Some(own)), ((1, 2), (3, 4), [5, 6, 7, 8]));
        // Nothing is kept, nobody waits, and nothing is remembered.
        for zero in [
            "remote_cache_bytes",
            "remote_waiting",
            "remote_waiting_per_host",
            "remote_failure_seconds",
        ] {
            assert!(
                from(Some(&format!("[media]\n{zero} = 0")), &[]).is_ok(),
                "{zero}"
            );
        }
        for zero in [
            "remote_bytes",
            "remote_seconds",
            "remote_fetches",
            "remote_fetches_per_host",
        ] {
            let why = from(Some(&format!("[media]\n{zero} = 0")), &[]).unwrap_err();
            assert!(why.to_string().contains(zero), "{why}");
        }
    }
}
