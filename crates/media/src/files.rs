//! Files under names of ours, on the disk or in a bucket. A name says nothing and cannot be guessed; who knows it may have the file.

use std::{io, path::Path, time::Duration};

use bytes::Bytes;

use crate::{Asked, Bucket, Failed, Reading, bucket::Page, disk::Disk};

/// Files lie below it, in folders by the beginnings of their names.
const FOLDER: &str = "files";

/// Cheap to clone.
#[derive(Debug, Clone)]
pub enum Files {
    Disk(Disk),
    /// With what stands before the names of all: the same as on the disk, so that a folder can be copied into a bucket.
    Bucket(Bucket, String),
}

impl Files {
    pub fn on_disk(root: &Path) -> Self {
        Self::Disk(Disk::new(root))
    }

    /// `above` is empty, or ends with a slash.
    pub fn in_bucket(bucket: Bucket, above: &str) -> Self {
        Self::Bucket(bucket, above.to_owned())
    }

    /// Whole or not at all, and kept before it returns.
    pub async fn put(&self, name: &str, bytes: Bytes) -> Result<(), Failed> {
        let place = place(name).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
        match self {
            Self::Disk(disk) => {
                let disk = disk.clone();
                aside(move || disk.put(&place, &bytes)).await
            }
            Self::Bucket(bucket, above) => bucket.put(&format!("{above}{place}"), bytes).await,
        }
    }

    /// `None`: there is none.
    pub async fn get(&self, name: &str, asked: Asked) -> Result<Option<Reading>, Failed> {
        let Some(place) = place(name) else {
            return Ok(None);
        };
        match self {
            Self::Disk(disk) => {
                let disk = disk.clone();
                aside(move || disk.get(&place, asked)).await
            }
            Self::Bucket(bucket, above) => bucket.get(&format!("{above}{place}"), asked).await,
        }
    }

    /// What is not there is gone already.
    pub async fn remove(&self, name: &str) -> Result<(), Failed> {
        // On the disk this may also be what was never finished.
        let Some(place) = place(name) else {
            return Ok(());
        };
        match self {
            Self::Disk(disk) => {
                let disk = disk.clone();
                aside(move || disk.remove(&place)).await
            }
            Self::Bucket(bucket, above) => bucket.remove(&format!("{above}{place}")).await,
        }
    }

    /// What was written at least so long ago, to be gone through with [`Old::next`].
    pub async fn old(&self, age: Duration) -> Result<Old, Failed> {
        let rest = match self {
            Self::Disk(disk) => {
                let listed = disk.clone();
                let folders = aside(move || listed.folders(FOLDER)).await?;
                Rest::Folders(disk.clone(), folders)
            }
            Self::Bucket(bucket, above) => Rest::Pages {
                bucket: bucket.clone(),
                prefix: format!("{above}{FOLDER}/"),
                next: Some(String::new()),
            },
        };
        Ok(Old { age, rest })
    }
}

/// Goes through what is there: a folder of the disk or a page of a bucket at a time.
#[derive(Debug)]
pub struct Old {
    age: Duration,
    rest: Rest,
}

#[derive(Debug)]
enum Rest {
    Folders(Disk, Vec<String>),
    Pages {
        bucket: Bucket,
        prefix: String,
        /// Where the next page begins, empty for the first one. `None`: that was the last one.
        next: Option<String>,
    },
}

impl Old {
    /// Names of some. `None`: that was all.
    pub async fn next(&mut self) -> Result<Option<Vec<String>>, Failed> {
        let age = self.age;
        match &mut self.rest {
            Rest::Folders(disk, folders) => {
                let Some(folder) = folders.pop() else {
                    return Ok(None);
                };
                let disk = disk.clone();
                aside(move || disk.old(&folder, age)).await.map(Some)
            }
            Rest::Pages {
                bucket,
                prefix,
                next,
            } => {
                let Some(from) = next.take() else {
                    return Ok(None);
                };
                let Page { objects, after } = bucket.list(prefix, &from).await?;
                *next = after;
                let old = objects.into_iter().filter(|object| object.is_older(age));
                Ok(Some(old.filter_map(|object| object.name()).collect()))
            }
        }
    }
}

/// Where a file lies. `None`: it is no name of ours. Letters, digits and one dot, so that it leads nowhere else.
fn place(name: &str) -> Option<String> {
    let (stem, ending) = name.split_once('.')?;
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    if !plain(stem) || !plain(ending) || name.len() > 100 {
        return None;
    }
    Some(format!("{FOLDER}/{}/{name}", stem.get(..2)?))
}

/// Away from the threads that answer requests.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failed> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(io::Error::other)??)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    async fn bytes(files: &Files, name: &str) -> Option<Bytes> {
        match files.get(name, Asked::Whole).await.unwrap() {
            Some(reading) => Some(reading.all().await.unwrap()),
            None => None,
        }
    }

    async fn old(files: &Files, age: Duration) -> Vec<String> {
        let mut old = files.old(age).await.unwrap();
        let mut names = Vec::new();
        while let Some(some) = old.next().await.unwrap() {
            names.extend(some);
        }
        names.sort();
        names
    }

    #[tokio::test]
    async fn files_come_back_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::on_disk(folder.path());
        assert_eq!(bytes(&files, "abc.png").await, None);
        for text in ["one", "two"] {
            files.put("abc.png", text.into()).await.unwrap();
        }
        assert_eq!(bytes(&files, "abc.png").await.unwrap(), "two");
        let part = files.get("abc.png", Asked::Last(2)).await.unwrap().unwrap();
        assert_eq!((part.length(), part.left()), (3, 2));
        assert_eq!(part.all().await.unwrap(), "wo");
        for _ in 0..2 {
            files.remove("abc.png").await.unwrap();
        }
        assert_eq!(bytes(&files, "abc.png").await, None);
    }

    #[tokio::test]
    async fn what_lies_there_is_listed_by_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::on_disk(folder.path());
        let hour = Duration::from_secs(60 * 60);
        assert!(old(&files, Duration::ZERO).await.is_empty());
        for name in ["abc.png", "abz.part", "cde.gif"] {
            files.put(name, "x".into()).await.unwrap();
        }
        assert!(old(&files, hour).await.is_empty());
        let file = fs::File::options()
            .write(true)
            .open(folder.path().join("files/ab/abz.part"))
            .unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        file.set_modified(written - hour * 2).unwrap();
        assert_eq!(old(&files, hour).await, ["abz.part"]);
        let all = old(&files, Duration::ZERO).await;
        assert_eq!(all, ["abc.png", "abz.part", "cde.gif"]);
        files.remove("abz.part").await.unwrap();
        assert_eq!(old(&files, Duration::ZERO).await, ["abc.png", "cde.gif"]);
    }

    #[tokio::test]
    async fn no_name_leads_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::on_disk(folder.path());
        for name in [
            "../../etc/passwd",
            "a/../b.png",
            "..",
            ".png",
            "ab",
            "ab.png/x",
            "ä.png",
            "a.b.c",
        ] {
            assert!(files.put(name, "x".into()).await.is_err(), "{name}");
            assert_eq!(bytes(&files, name).await, None, "{name}");
        }
    }
}
