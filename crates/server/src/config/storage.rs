//! The section `[media.s3]`: a bucket that files are kept in, instead of the disk.

use std::{fmt, path::PathBuf, time::Duration};

use kontor_media::{Bucket, BucketSettings, Unusable};
use serde::{Deserialize, Serialize, Serializer};

use super::Error;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub path_style: bool,
    pub extra_ca_files: Vec<PathBuf>,
    pub connect_timeout_seconds: u64,
    pub timeout_seconds: u64,
    pub tries: u32,
}

/// What never prints.
#[derive(Clone, Default, Deserialize)]
pub struct Secret(String);

impl Secret {
    fn printable(&self) -> &'static str {
        if self.0.is_empty() { "" } else { "***" }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.printable().fmt(f)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.printable())
    }
}

/// What of this section cannot be used, and why.
pub fn unusable(why: &Unusable) -> Error {
    Error(format!("`media.s3.{}`: {}", why.field, why.why))
}

impl S3 {
    /// Files are kept on the disk.
    pub fn is_off(&self) -> bool {
        self.endpoint.is_empty() && self.bucket.is_empty()
    }

    /// Nothing is asked of it yet.
    pub fn bucket(&self) -> Result<Option<Bucket>, Error> {
        if self.is_off() {
            return Ok(None);
        }
        let endpoint = self.check()?;
        let settings = BucketSettings {
            endpoint,
            bucket: self.bucket.clone(),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.0.clone(),
            path_style: self.path_style,
            extra_ca_files: self.extra_ca_files.clone(),
            connect_timeout: Duration::from_secs(self.connect_timeout_seconds),
            timeout: Duration::from_secs(self.timeout_seconds),
            tries: self.tries,
        };
        Bucket::new(settings)
            .map(Some)
            .map_err(|why| unusable(&why))
    }

    fn check(&self) -> Result<kontor_net::Url, Error> {
        let needed = [
            ("endpoint", self.endpoint.as_str()),
            ("bucket", self.bucket.as_str()),
            ("region", self.region.as_str()),
            ("access_key_id", self.access_key_id.as_str()),
            ("secret_access_key", self.secret_access_key.0.as_str()),
        ];
        if let Some((name, _)) = needed.iter().find(|(_, value)| value.is_empty()) {
            return Err(Error(format!(
                "`media.s3.{name}` is empty, and files are to be kept in a bucket"
            )));
        }
        let url = kontor_net::Url::parse(&self.endpoint)
            .map_err(|why| Error(format!("`media.s3.endpoint` is no address: {why}")))?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain || !matches!(url.scheme(), "http" | "https") {
            return Err(Error(
                "`media.s3.endpoint` must be https:// or http://, a host and perhaps a path, with nothing before or behind".to_owned(),
            ));
        }
        Ok(url)
    }

    /// What must be at least 1 and is not.
    pub(super) fn zero(&self) -> Option<&'static str> {
        [
            (
                "media.s3.connect_timeout_seconds",
                self.connect_timeout_seconds,
            ),
            ("media.s3.timeout_seconds", self.timeout_seconds),
            ("media.s3.tries", u64::from(self.tries)),
        ]
        .into_iter()
        .find(|(_, value)| *value == 0)
        .map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, from};

    const WHOLE: &str = "[media.s3]\nendpoint = \"http://s3.test:9000\"\nbucket = \"media\"\nregion = \"eu-test-1\"\n\
                         access_key_id = \"key\"\nsecret_access_key = \"hunter2\"\n";

    fn with(more: &str) -> Result<Config, String> {
        from(Some(&format!("{WHOLE}{more}")), &[]).map_err(|why| why.to_string())
    }

    #[test]
    fn files_are_on_the_disk_unless_a_bucket_is_named() {
        let config = from(None, &[]).unwrap();
        assert!(config.media.s3.is_off());
        assert!(config.media.s3.bucket().unwrap().is_none());
        let config = with("").unwrap();
        let s3 = &config.media.s3;
        assert!(s3.bucket().unwrap().is_some());
        let times = (s3.connect_timeout_seconds, s3.timeout_seconds, s3.tries);
        assert_eq!(times, (5, 30, 3));
        let own =
            "path_style = false\nconnect_timeout_seconds = 1\ntimeout_seconds = 2\ntries = 4\n";
        let s3 = with(own).unwrap().media.s3;
        let times = (s3.connect_timeout_seconds, s3.timeout_seconds, s3.tries);
        assert_eq!((s3.path_style, times), (false, (1, 2, 4)));
    }

    #[test]
    fn what_is_missing_or_cannot_be_used_is_named() {
        for name in [
            "endpoint",
            "bucket",
            "region",
            "access_key_id",
            "secret_access_key",
        ] {
            let without: String = WHOLE
                .lines()
                .filter(|line| !line.starts_with(name))
                .fold(String::new(), |text, line| text + line + "\n");
            let emptied = format!("{without}{name} = \"\"\n");
            let why = from(Some(&emptied), &[]).unwrap_err().to_string();
            assert!(why.contains(&format!("`media.s3.{name}`")), "{why}");
        }
        for zero in ["connect_timeout_seconds", "timeout_seconds", "tries"] {
            let why = with(&format!("{zero} = 0\n")).unwrap_err();
            assert!(why.contains(zero) && why.contains("at least 1"), "{why}");
        }
        for endpoint in [
            "nonsense",
            "ftp://s3.test",
            "https://key:hunter2@s3.test",
            "https://s3.test?x=1",
        ] {
            let text = WHOLE.replace("http://s3.test:9000", endpoint);
            let why = from(Some(&text), &[]).unwrap_err().to_string();
            assert!(why.contains("`media.s3.endpoint`"), "{why}");
            assert!(!why.contains("hunter2"), "{why}");
        }
        let by_address = WHOLE.replace("s3.test", "127.0.0.1");
        let named = format!("{by_address}path_style = false\n");
        let why = from(Some(&named), &[]).unwrap_err().to_string();
        assert!(why.contains("`media.s3.bucket`"), "{why}");
        let why = with("extra_ca_files = [\"nowhere.pem\"]\n").unwrap_err();
        assert!(why.contains("`media.s3.extra_ca_files`"), "{why}");
    }

    #[test]
    fn the_secret_comes_from_the_environment_too_and_never_prints() {
        let without = WHOLE.replace("hunter2", "");
        let name = "KONTOR__MEDIA__S3__SECRET_ACCESS_KEY".to_owned();
        let config = from(Some(&without), &[(name, "hunter3".to_owned())]).unwrap();
        assert!(config.media.s3.bucket().unwrap().is_some());
        let printed = toml::to_string(&config).unwrap();
        assert!(printed.contains("[media.s3]"), "{printed}");
        for text in [printed, format!("{config:?}"), format!("{:?}", with(""))] {
            assert!(!text.contains("hunter"), "{text}");
        }
        let unknown = ("KONTOR__MEDIA__S3__NONSENSE".to_owned(), "x".to_owned());
        assert!(from(None, &[unknown]).is_err());
        let deep = ("KONTOR__MEDIA__PATH__NONSENSE".to_owned(), "x".to_owned());
        assert!(from(None, &[deep]).is_err());
    }
}
