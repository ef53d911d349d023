//! Opening the store that was chosen.

use std::path::Path;
use std::sync::Arc;

use konvolutt_shared::api::MessageView;
use uuid::Uuid;

use super::{Store, StoreError, postgres, sqlite};
use crate::clock::{Machine, World as _};

/// From which version of its tables a store came to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// 0 where there was nothing.
    pub from: u32,
    pub to: u32,
}

/// Opens the store that was chosen: PostgreSQL, else SQLite in the data folder. Makes or completes its tables.
///
/// # Errors
/// It cannot be reached, or is one of a newer version.
pub async fn open(postgres: Option<&postgres::Settings>, data: &Path) -> Result<Arc<dyn Store>, StoreError> {
    match postgres {
        None => Ok(Arc::new(sqlite::Sqlite::open(data)?)),
        Some(settings) => Ok(Arc::new(postgres::Postgres::open(settings, relay_id(data)?).await?)),
    }
}

/// Makes or completes the tables of the store that was chosen, and does nothing else.
///
/// # Errors
/// As [`open`].
pub async fn migrate(postgres: Option<&postgres::Settings>, data: &Path) -> Result<Migrated, StoreError> {
    match postgres {
        None => sqlite::Sqlite::migrate(data),
        Some(settings) => postgres::Postgres::migrate(settings).await,
    }
}

/// How a store is opened that must stay as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whatever is written is refused.
    Read,
    Write,
}

/// Opens the store that was chosen and neither makes nor completes its tables. For programs that an operator runs beside
/// the relay.
///
/// # Errors
/// It cannot be reached, there is none, or it has another version.
pub async fn open_as_it_is(
    postgres: Option<&postgres::Settings>,
    data: &Path,
    access: Access,
) -> Result<Arc<dyn Store>, StoreError> {
    match postgres {
        None => Ok(Arc::new(sqlite::Sqlite::open_as_it_is(data, access)?)),
        Some(settings) => Ok(Arc::new(postgres::Postgres::open_as_it_is(settings, access).await?)),
    }
}

/// Anybody's message and the name of its package, from a store that may be in use. For an operator at the machine; what
/// serves requests has no way to it.
///
/// # Errors
/// The store cannot be reached, there is none, or it has another version.
pub async fn message_of_anybody(
    postgres: Option<&postgres::Settings>,
    data: &Path,
    id: &str,
) -> Result<Option<(MessageView, Option<String>)>, StoreError> {
    match postgres {
        None => sqlite::copy::message(data, id),
        Some(settings) => postgres::Postgres::open_as_it_is(settings, Access::Read).await?.message_of_anybody(id).await,
    }
}

/// That a store has the version that this program knows.
pub(super) fn same_version(found: u32, known: u32) -> Result<(), StoreError> {
    match found.cmp(&known) {
        std::cmp::Ordering::Less => Err(StoreError::Older { found, known }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { found, known }),
    }
}

/// This relay's own id, made at its first start: what tells it from others that share its store.
///
/// # Errors
/// The disk's, or a file that holds something else.
pub fn relay_id(data: &Path) -> Result<Uuid, StoreError> {
    let path = data.join("relay-id");
    match std::fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_| StoreError::Row(format!("{} holds no id", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = Machine.random();
            std::fs::create_dir_all(data)?;
            let coming = data.join("relay-id.coming");
            std::fs::write(&coming, format!("{id}\n"))?;
            std::fs::File::open(&coming)?.sync_all()?;
            std::fs::rename(&coming, &path)?;
            std::fs::File::open(data)?.sync_all()?;
            Ok(id)
        }
        Err(error) => Err(error.into()),
    }
}
