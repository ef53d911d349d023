//! What can stop the sandbox from starting.

/// The sandbox could not start or keep its state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or the listening socket.
    #[error("file or socket: {0}")]
    Io(#[from] std::io::Error),
    /// The database.
    #[error("database: {0}")]
    Store(#[from] rusqlite::Error),
    /// Making or reading a key, certificate or key store.
    #[error("test authority: {0}")]
    Authority(String),
    /// Stored state that does not parse.
    #[error("stored state: {0}")]
    State(#[from] serde_json::Error),
}

impl Error {
    /// A failure of the test authority.
    pub(crate) fn authority(cause: impl std::fmt::Display) -> Self {
        Self::Authority(cause.to_string())
    }
}
