//! Writing verified documents, never outside their folder and never one over another.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use konvolutt_shared::container::zip::same_name_key;
use konvolutt_shared::finding::{Finding, Findings, Rule};

use crate::output::Failure;
use crate::stream::Spooled;

/// The longest name that file systems take, in bytes (POSIX, NAME_MAX).
const MAX_NAME: usize = 255;

/// Why the documents cannot all be written below one folder, whatever file system it is on. Names were checked one by one
/// when the container was read; that they lead out is checked again here, where the harm would be done.
pub(crate) fn problems(documents: &[Spooled]) -> Vec<Finding> {
    let mut findings = Findings::default();
    let files: HashSet<String> = documents.iter().map(|document| same_name_key(&document.file)).collect();
    let mut seen = HashMap::new();
    for document in documents {
        let name = &document.file;
        let key = same_name_key(name);
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
            findings.push(Rule::ZipName.broken().seen("the name leads out of the folder"));
        }
        if name.split('/').any(|part| part.len() > MAX_NAME) {
            let message = "a name is too long for a file";
            findings.push(Finding::error(Rule::ZipName, message).by("POSIX, NAME_MAX").seen(name));
        }
        let mut folders = key.match_indices('/').map(|(end, _)| &key[..end]);
        if let Some(folder) = folders.find(|folder| files.contains(*folder)) {
            let message = "a name is a file and a folder at once";
            findings.push(Finding::error(Rule::ZipNameAlike, message).seen(format!("{folder} and {name}")));
        }
        if let Some(other) = seen.insert(key, name) {
            findings.push(Rule::ZipNameAlike.broken().seen(format!("{other} and {name}")));
        }
    }
    findings.into_vec()
}

/// Copies the documents, of which there are no [`problems`], from the spool below `directory`. Files that were there are
/// overwritten, once everything lies beside them whole, and nothing that is written here; fails with what cannot be written.
pub(crate) fn save(directory: &Path, documents: &[Spooled], spool: &File) -> Result<(), Failure> {
    std::fs::create_dir_all(directory).map_err(|error| failure(directory, &error))?;
    let root = directory.canonicalize().map_err(|error| failure(directory, &error))?;
    let targets = documents.iter().map(|document| place(&root, &document.file)).collect::<Result<Vec<_>, _>>()?;
    let mut staged = Staged::default();
    for (document, target) in documents.iter().zip(&targets) {
        staged.copy(document, target.parent().unwrap_or(&root), spool).map_err(|error| failure(target, &error))?;
    }
    staged.publish(&targets)
}

fn failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!("{}: {error}", path.display()))
}

/// The place for a file, whose folder is made.
fn place(root: &Path, name: &str) -> Result<PathBuf, Failure> {
    let target = root.join(name);
    let parent = target.parent().unwrap_or(root);
    std::fs::create_dir_all(parent).map_err(|error| failure(parent, &error))?;
    // A link that stood there before could lead elsewhere.
    let real = parent.canonicalize().map_err(|error| failure(parent, &error))?;
    if !real.starts_with(root) || target.is_symlink() {
        return Err(Failure("a link in the folder leads out of it".to_owned()));
    }
    if target.is_dir() {
        return Err(Failure(format!("{}: a folder stands there", target.display())));
    }
    Ok(target)
}

/// Files under names that they do not keep; what is left of them goes with this.
#[derive(Default)]
struct Staged(Vec<PathBuf>);

impl Staged {
    fn copy(&mut self, document: &Spooled, folder: &Path, mut spool: &File) -> std::io::Result<()> {
        let name = format!(".envelope-{}-{}", std::process::id(), self.0.len());
        let path = folder.join(name);
        let mut file = File::create_new(&path)?;
        self.0.push(path);
        spool.seek(SeekFrom::Start(document.start))?;
        std::io::copy(&mut spool.take(document.size), &mut file)?;
        Ok(())
    }

    fn publish(self, targets: &[PathBuf]) -> Result<(), Failure> {
        // What was there goes first, so that whatever is in the way afterwards was written here.
        for target in targets {
            match std::fs::remove_file(target) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failure(target, &error)),
                _ => {}
            }
        }
        for (file, target) in self.0.iter().zip(targets) {
            if target.exists() {
                return Err(Failure(format!("{}: the file system takes two names for the same", target.display())));
            }
            std::fs::rename(file, target).map_err(|error| failure(target, &error))?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for file in &self.0 {
            // Those that have got their names are there no more.
            let _ = std::fs::remove_file(file);
        }
    }
}

#[allow(clippy::unwrap_used, reason = "a test")]
#[cfg(test)]
mod tests {
    use super::*;

    fn document(file: &str, start: u64) -> Spooled {
        let (name, sha256_hex) = (file.to_owned(), String::new());
        Spooled { name, file: file.to_owned(), media_type: None, size: 1, sha256_hex, start }
    }

    #[test]
    fn names_that_lead_out_are_found_though_no_container_has_any() {
        for name in ["../a", "/a", ".", "a/../../b"] {
            assert!(problems(&[document(name, 0)]).iter().any(Finding::refuses), "{name}");
        }
        assert_eq!(problems(&[document("a/b", 0), document("a/c", 0)]), []);
    }

    /// What the names do not tell, a file system that takes more of them for the same would.
    #[test]
    fn nothing_that_is_written_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut spool, b"12").unwrap();
        std::fs::write(folder.path().join("a"), "before").unwrap();
        assert!(save(folder.path(), &[document("a", 0), document("a", 1)], &spool).is_err());
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"1");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    /// The second has no place, so the first keeps what was there.
    #[test]
    fn what_was_there_stays_when_not_all_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut spool, b"12").unwrap();
        std::fs::write(folder.path().join("a"), "before").unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        assert!(save(folder.path(), &[document("a", 0), document("b", 1)], &spool).is_err());
        assert_eq!(std::fs::read(folder.path().join("a")).unwrap(), b"before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
