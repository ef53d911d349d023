//! Sealed packages. Each is written once, under a name of its own, and never changed; whoever sees the row that names
//! one finds it.

mod folder;
mod s3;

use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::stream::BoxStream;
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};

use crate::store::StoreError;

pub use folder::Folder;
pub use s3::{S3, Settings};

/// How much is read at once, in bytes.
const PIECE: usize = 64 * 1024;

/// What the packages' place will answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where sealed packages are kept.
pub trait Packages: std::fmt::Debug + Send + Sync {
    /// Prepares a name for a file whose bytes are still to come, so that [`Self::keep`] has less to wait for. Nobody may read
    /// under the name before that, and what is never kept must be removed.
    fn promise<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()> {
        let _ = file;
        Box::pin(async move { plain(name).map(drop) })
    }

    /// Keeps a whole file's content under a name, durably; the file itself stays. The file's bytes must be on disk already:
    /// whoever wrote it has synced it. Keeping the same under the same name again is fine. The caller commits the row that
    /// names it only after this.
    fn keep<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()>;

    /// The same for a file that nobody else needs: afterwards it is gone.
    fn adopt<'a>(&'a self, name: &'a str, file: &'a Path) -> Answer<'a, ()>;

    /// A package from its beginning.
    fn open<'a>(&'a self, name: &'a str) -> Answer<'a, Content>;

    /// Removes a package. One that is not there is fine.
    fn remove<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}

/// A package's bytes.
pub enum Content {
    /// On this machine.
    File(std::fs::File),
    /// From elsewhere.
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File",
            Self::Stream(_) => "Stream",
        })
    }
}

impl Content {
    /// For those who wait without a thread.
    pub fn into_stream(self) -> BoxStream<'static, io::Result<Bytes>> {
        match self {
            Self::File(file) => Box::pin(ReaderStream::with_capacity(tokio::fs::File::from_std(file), PIECE)),
            Self::Stream(stream) => stream,
        }
    }

    /// For a thread of its own. Must be called where there is a runtime, and read where one may wait.
    pub fn into_reader(self) -> Box<dyn Read + Send> {
        match self {
            Self::File(file) => Box::new(file),
            Self::Stream(stream) => Box::new(SyncIoBridge::new(StreamReader::new(stream))),
        }
    }
}

/// A package that can be opened later.
#[derive(Clone, Debug)]
pub struct Package {
    pub name: String,
    pub among: Arc<dyn Packages>,
}

impl Package {
    /// Its content, from the beginning.
    ///
    /// # Errors
    /// It is not there, or its place does not answer.
    pub async fn open(&self) -> Result<Content, StoreError> {
        self.among.open(&self.name).await
    }
}

/// Opens the place that was chosen: a bucket, else the data folder.
///
/// # Errors
/// The folder cannot be made, or the settings fit no bucket.
pub fn open(s3: Option<&Settings>, data: &Path) -> Result<Arc<dyn Packages>, StoreError> {
    match s3 {
        None => Ok(Arc::new(Folder::open(&data.join("packages"))?)),
        Some(settings) => Ok(Arc::new(S3::new(settings)?)),
    }
}

/// Names come from rows of ours, but a row may have come from a backup.
fn plain(name: &str) -> Result<&str, StoreError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && !name.starts_with('.') && name.chars().all(fine) {
        return Ok(name);
    }
    Err(StoreError::Row("a package with a name that is none of ours".to_owned()))
}
