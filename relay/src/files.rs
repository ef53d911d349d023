//! What lies on this machine for a while: unfinished uploads, and downloads that are about to be kept.

use std::io;
use std::path::{Path, PathBuf};

/// The folders in the data folder.
#[derive(Clone, Debug)]
pub struct Files {
    incoming: PathBuf,
    uploads: PathBuf,
}

impl Files {
    /// Makes the folders if they are not there.
    ///
    /// # Errors
    /// The disk's.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let files = Self { incoming: folder.join("incoming"), uploads: folder.join("uploads") };
        std::fs::create_dir_all(&files.incoming)?;
        std::fs::create_dir_all(&files.uploads)?;
        Ok(files)
    }

    /// What is being downloaded.
    pub fn incoming(&self) -> &Path {
        &self.incoming
    }

    /// What is being uploaded.
    pub fn uploads(&self) -> &Path {
        &self.uploads
    }
}
