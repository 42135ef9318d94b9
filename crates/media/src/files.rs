//! Files on disk under names of ours. A name says nothing and cannot be guessed; who knows it may have the file.

use std::{
    fs, io,
    path::{Path, PathBuf},
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
