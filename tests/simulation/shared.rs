//! The same histories on PostgreSQL. What waits there waits for the server and for nothing else, so a step of a task still
//! ends only where the simulation says.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use konvolutt_relay::store::Store;
use konvolutt_relay::store::postgres::{Postgres, Settings};
use konvolutt_relay::store::sqlite::Sqlite;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

#[path = "../src/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "also a part of the tests' library")]
mod postgres;

thread_local! {
    static RUNTIME: RefCell<Option<Rc<Runtime>>> = const { RefCell::new(None) };
}

/// What this thread's histories wait in; `None` when they run on SQLite in memory and never wait.
pub(crate) fn runtime() -> Option<Rc<Runtime>> {
    RUNTIME.with_borrow(Clone::clone)
}

/// Has this thread's histories run on PostgreSQL. `false` where it is not installed.
pub(crate) fn on_postgres(work: impl FnOnce()) -> bool {
    if postgres::database().is_none() {
        return false;
    }
    RUNTIME.set(Some(Rc::new(Builder::new_current_thread().enable_all().build().unwrap())));
    work();
    RUNTIME.set(None);
    true
}

/// An empty store of the kind that was chosen.
pub(crate) fn store() -> Arc<dyn Store> {
    let Some(runtime) = runtime() else { return Arc::new(Sqlite::in_memory().unwrap()) };
    let url = postgres::database().unwrap();
    let settings = Settings { url, password_file: None, ca_file: None, connections: 4 };
    Arc::new(runtime.block_on(Postgres::open(&settings, Uuid::new_v4())).unwrap())
}
