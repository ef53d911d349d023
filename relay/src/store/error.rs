//! Why the store could not do what was asked.

/// Why the store could not do what was asked: always ours, never the caller's fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row does not hold what we write.
    #[error("a row cannot be read: {0}")]
    Row(String),
    /// A file beside the database.
    #[error("a file in the data folder: {0}")]
    File(#[from] std::io::Error),
    /// Made by a newer program.
    #[error("the store has version {found}, this program knows {known}: use the newer program")]
    Newer { found: u32, known: u32 },
    /// Made by an older program, where nothing may be changed.
    #[error(
        "the store has version {found}, this program reads {known}; it was left as it is. Run «konvolutt migrate» first"
    )]
    Older { found: u32, known: u32 },
    /// The packages' place.
    #[error("the packages' store refused: {0}")]
    Packages(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no room for what was to be written, and nothing of it is kept.
    #[error("the disk is full")]
    Full,
    /// The disk takes nothing: it is read-only, or broken. Whether something of a commit is kept is known after a restart.
    #[error("the disk cannot be written: {0}")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database is on another machine, or another program, and does not answer. Whether a commit that was under way is
    /// kept is known when it answers again.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The writer has stopped, or can begin nothing.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether the disk, or what we may use of it, is full.
    pub fn is_full(&self) -> bool {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match self {
            Self::Full => true,
            Self::File(error) => matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge),
            _ => false,
        }
    }

    /// Whether nothing can be stored, for another reason than that there is no room.
    pub fn is_down(&self) -> bool {
        use std::io::ErrorKind::ReadOnlyFilesystem;
        match self {
            Self::Unwritable(_) | Self::Unreachable(_) | Self::Closed => true,
            Self::File(error) => {
                error.kind() == ReadOnlyFilesystem || error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
            }
            _ => false,
        }
    }
}
