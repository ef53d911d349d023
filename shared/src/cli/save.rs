//! Writing verified documents, never outside their folder.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use crate::output::Failure;
use crate::stream::{CONTENT, Spooled};

/// Copies the documents from the spool below `directory`. Names were checked when the container was read;
/// they are checked again here, where the harm would be done. Files that are there are overwritten; fails
/// with what cannot be written.
pub(crate) fn save(directory: &Path, documents: &[Spooled], mut spool: &File) -> Result<(), Failure> {
    let failure = |path: &Path, error: std::io::Error| Failure(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(directory).map_err(|error| failure(directory, error))?;
    let root = directory.canonicalize().map_err(|error| failure(directory, error))?;
    for document in documents {
        let name = if document.name == CONTENT { "content" } else { &document.name };
        let relative = Path::new(name);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Failure("a document's name leads out of the folder".to_owned()));
        }
        let target = root.join(relative);
        let parent = target.parent().unwrap_or(&root).to_owned();
        std::fs::create_dir_all(&parent).map_err(|error| failure(&parent, error))?;
        // A link that stood there before could lead elsewhere.
        let real = parent.canonicalize().map_err(|error| failure(&parent, error))?;
        if !real.starts_with(&root) || target.is_symlink() {
            return Err(Failure("a link in the folder leads out of it".to_owned()));
        }
        let copy = || {
            spool.seek(SeekFrom::Start(document.start))?;
            std::io::copy(&mut spool.take(document.size), &mut File::create(&target)?)
        };
        let mut copy = copy;
        copy().map_err(|error| failure(&target, error))?;
    }
    Ok(())
}
