//! Files on the disk, below one folder. What they are called, and where else they may be, is in `files`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Asked, Reading};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Whole or not at all, and on the disk before it returns.
    pub(crate) fn put(&self, place: &str, bytes: &[u8]) -> io::Result<()> {
        let place = self.root.join(place);
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
    pub(crate) fn get(&self, place: &str, asked: Asked) -> io::Result<Option<Reading>> {
        match fs::File::open(self.root.join(place)) {
            Ok(file) => Reading::of_disk(file, asked).map(Some),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// The folders below one, each to be looked through by itself with [`old`](Self::old).
    pub(crate) fn folders(&self, above: &str) -> io::Result<Vec<String>> {
        let names = names(&self.root.join(above), |_| true)?;
        Ok(names
            .into_iter()
            .map(|name| format!("{above}/{name}"))
            .collect())
    }

    /// Names of what lies in one of them and was written at least so long ago, with what was never finished.
    pub(crate) fn old(&self, folder: &str, age: Duration) -> io::Result<Vec<String>> {
        names(&self.root.join(folder), |file| {
            let written = file.metadata().and_then(|about| about.modified());
            written.is_ok_and(|at| at.elapsed().is_ok_and(|past| past >= age))
        })
    }

    /// What is not there is gone already.
    pub(crate) fn remove(&self, place: &str) -> io::Result<()> {
        match fs::remove_file(self.root.join(place)) {
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
