//! Files on disk under names of ours. A name says nothing and cannot be guessed; who knows it may have the file.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.join("files"),
        }
    }

    /// `None`: it is no name of ours. Letters, digits and one dot, so that it leads nowhere else.
    fn place(&self, name: &str) -> Option<PathBuf> {
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
        Some(self.root.join(stem.get(..2)?).join(name))
    }

    /// Whole or not at all, and on the disk before it returns.
    pub fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let place = self
            .place(name)
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        let half = place.with_extension("part");
        {
            let mut file = fs::File::create(&half)?;
            io::Write::write_all(&mut file, bytes)?;
            file.sync_all()?;
        }
        fs::rename(&half, &place)
    }

    /// `None`: there is none.
    pub fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(place) = self.place(name) else {
            return Ok(None);
        };
        match fs::read(place) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// The folders that files lie in. Each is looked through by itself with [`old`](Self::old).
    pub fn folders(&self) -> io::Result<Vec<String>> {
        names(&self.root, |_| true)
    }

    /// Names of what lies in one of them and was written at least so long ago, with what was never finished.
    pub fn old(&self, folder: &str, age: Duration) -> io::Result<Vec<String>> {
        names(&self.root.join(folder), |file| {
            let written = file.metadata().and_then(|about| about.modified());
            written.is_ok_and(|at| at.elapsed().is_ok_and(|past| past >= age))
        })
    }

    /// What is not there is gone already.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let Some(place) = self.place(name) else {
            return Ok(());
        };
        match fs::remove_file(place) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
            _ => Ok(()),
        }
    }
}

/// What is in a folder; of none, nothing.
fn names(folder: &Path, wanted: impl Fn(&fs::DirEntry) -> bool) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if wanted(&entry) {
            // None of ours has another kind of name.
            found.extend(entry.file_name().into_string());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn files_come_back_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        assert_eq!(files.get("abc.png").unwrap(), None);
        files.put("abc.png", b"one").unwrap();
        files.put("abc.png", b"two").unwrap();
        assert_eq!(files.get("abc.png").unwrap().as_deref(), Some(&b"two"[..]));
        files.remove("abc.png").unwrap();
        files.remove("abc.png").unwrap();
        assert_eq!(files.get("abc.png").unwrap(), None);
    }

    #[test]
    fn what_lies_there_is_listed_by_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
        let hour = Duration::from_secs(60 * 60);
        assert!(files.folders().unwrap().is_empty());
        assert!(files.old("ab", Duration::ZERO).unwrap().is_empty());
        for name in ["abc.png", "abz.part", "cde.gif"] {
            files.put(name, b"x").unwrap();
        }
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        assert_eq!(sorted(files.folders().unwrap()), ["ab", "cd"]);
        assert!(files.old("ab", hour).unwrap().is_empty());
        let file = fs::File::options()
            .write(true)
            .open(files.place("abz.part").unwrap());
        let file = file.unwrap();
        let written = file.metadata().unwrap().modified().unwrap();
        file.set_modified(written - hour * 2).unwrap();
        assert_eq!(files.old("ab", hour).unwrap(), ["abz.part"]);
        let all = files.old("ab", Duration::ZERO).unwrap();
        assert_eq!(sorted(all), ["abc.png", "abz.part"]);
        files.remove("abz.part").unwrap();
        assert_eq!(files.old("ab", Duration::ZERO).unwrap(), ["abc.png"]);
    }

    #[test]
    fn no_name_leads_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path());
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
            assert!(files.put(name, b"x").is_err(), "{name}");
            assert_eq!(files.get(name).unwrap(), None, "{name}");
        }
    }
}
