//! Where sealed packages and unfinished uploads lie.

use std::io;
use std::path::{Path, PathBuf};

/// The folders beside the database.
#[derive(Clone, Debug)]
pub struct Files {
    packages: PathBuf,
    uploads: PathBuf,
}

impl Files {
    /// Makes the folders if they are not there.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let files = Self { packages: folder.join("packages"), uploads: folder.join("uploads") };
        std::fs::create_dir_all(&files.packages)?;
        std::fs::create_dir_all(&files.uploads)?;
        Ok(files)
    }

    /// Sealed packages, out and in.
    pub fn packages(&self) -> &Path {
        &self.packages
    }

    /// What is being uploaded.
    pub fn uploads(&self) -> &Path {
        &self.uploads
    }
}
