//! Letters that are kept while they are sent, so that a reload costs nothing: the sealed package ([`sealed`]), and beside it
//! what it takes to go on.
//!
//! What was written is content. It is kept encrypted under a key of its own, whose handle cannot be exported; both go when
//! the letter does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures_util::lock::Mutex;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use web_sys::Blob;

use super::locks::{self, Held};
use super::outlet::Outlet;
use super::sealed::{self, SealedFile};
use super::send::{self, ENVELOPE_SECONDS};
use super::{Outcome, shelf};
use crate::flow::sendings::Fate;
use crate::protocol::{Keep, KeptEnvelope, KeptSending, Request, SealedView, SendRequest, SendingView};

/// A letter as it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Record {
    keep: Keep,
    started: Timestamp,
    upload: Option<String>,
    envelope: Option<KeptEnvelope>,
    /// Of the sealed package's parts.
    sizes: Vec<u64>,
    held: bool,
    stopped: bool,
}

/// A letter that this worker has in hand.
struct InHand {
    _lock: Held,
    record: Record,
    /// Held while the record is written or removed.
    turn: Rc<Mutex<()>>,
}

thread_local! {
    /// By message id.
    static IN_HAND: RefCell<HashMap<String, InHand>> = RefCell::default();
}

/// Seals a letter. If it is to be kept, the package goes to a file and from there to the page; where that cannot be, it
/// goes to the page as if nothing was to be kept.
pub(super) async fn send(
    mut request: SendRequest,
    blobs: &[Blob],
    now: Timestamp,
    step: impl Fn(u64, u64),
    outlet: &Outlet,
) -> Outcome<SealedView> {
    let id = request.message_id.clone();
    let about = blobs.iter().map(|blob| blob.size() as u64).sum();
    let is_kept = match request.keep.take() {
        Some(keep) => begin(&id, keep, now).await,
        None => false,
    };
    if is_kept {
        outlet.keep(SealedFile::begin(&id, about).await);
    }
    // Boxed: it is large, and lies in the future of every request otherwise.
    let result = Box::pin(send::send(request, blobs, now, step, outlet)).await;
    if is_kept {
        match &result {
            Ok(view) => end(&id, view, outlet.kept(), now + SignedDuration::from_secs(ENVELOPE_SECONDS)).await,
            // The page has the letter, and says what is wrong with it.
            Err(_) => forget(&id).await,
        }
    }
    result
}

/// Takes a letter in hand, and keeps what was written of it before the first byte is sealed.
async fn begin(id: &str, keep: Keep, started: Timestamp) -> bool {
    let fresh = Record { keep, started, upload: None, envelope: None, sizes: Vec::new(), held: false, stopped: false };
    // Another tab may be sending the very same letter: then this one keeps nothing, and the relay takes one of them.
    take_in_hand(id, fresh.clone()).await && change(id, |record| *record = fresh).await
}

async fn take_in_hand(id: &str, record: Record) -> bool {
    if is_in_hand(id) {
        return true;
    }
    let Some(lock) = locks::take(&sealed::name(id)).await else { return false };
    put_in_hand(id, lock, record);
    true
}

fn put_in_hand(id: &str, lock: Held, record: Record) {
    let one = InHand { _lock: lock, record, turn: Rc::default() };
    IN_HAND.with_borrow_mut(|all| all.insert(id.to_owned(), one));
}

fn is_in_hand(id: &str) -> bool {
    IN_HAND.with_borrow(|all| all.contains_key(id))
}

/// Sealing came to its end.
async fn end(id: &str, view: &SealedView, sizes: Option<Vec<u64>>, expires: Timestamp) {
    // A message that holds an access token is over in minutes, and the token is never kept.
    let sizes = sizes.filter(|_| view.business_message.is_none());
    let envelope = KeptEnvelope {
        envelope: view.envelope.clone(),
        size: view.size,
        expires,
        approval_key: view.approval_key.clone(),
    };
    change(id, |record| {
        record.envelope = sizes.as_ref().map(|_| envelope);
        record.sizes = sizes.unwrap_or_default();
    })
    .await;
}

/// Changes a letter's record and writes it. One write at a time: the last change must not be overtaken by one before it.
async fn change(id: &str, change: impl FnOnce(&mut Record)) -> bool {
    let turn = IN_HAND.with_borrow_mut(|all| {
        let one = all.get_mut(id)?;
        change(&mut one.record);
        Some(one.turn.clone())
    });
    let Some(turn) = turn else { return false };
    let _turn = turn.lock().await;
    // As it is now: what has changed while this waited is written with it.
    let record = IN_HAND.with_borrow(|all| all.get(id).map(|one| one.record.clone()));
    match record.and_then(|record| serde_json::to_vec(&record).ok()) {
        Some(bytes) => shelf::put(id, &bytes).await.is_some(),
        None => false,
    }
}

/// The letters of a person. What is over or cannot be read is removed, unless somebody has it in hand.
pub(super) async fn list(owner: &str, now: Timestamp) -> Vec<SendingView> {
    let (mut own, mut known) = (Vec::new(), Vec::new());
    for (id, bytes) in shelf::all().await {
        known.push(id.clone());
        let record = bytes.and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
        match record {
            Some(record) if Fate::of(&record.keep.owner, record.started, owner, now) == Fate::Own => {
                own.push(SendingView { message_id: id, organisation: record.keep.organisation });
            }
            _ => {
                if let Some(_held) = locks::take(&sealed::name(&id)).await {
                    remove(&id).await;
                }
            }
        }
    }
    sealed::sweep(&known).await;
    own
}

/// Waits until nobody has a letter in hand, and takes it. `None` if it is over by then.
pub(super) async fn take(id: &str) -> Option<(KeptSending, Vec<Blob>)> {
    if is_in_hand(id) {
        return None;
    }
    let lock = locks::wait_for(&sealed::name(id)).await?;
    let (_, bytes) = shelf::all().await.into_iter().find(|(other, _)| other == id)?;
    let record: Record = serde_json::from_slice(&bytes?).ok()?;
    put_in_hand(id, lock, record.clone());
    let Record { keep, upload, envelope, sizes, held, stopped, .. } = record;
    let parts = if envelope.is_some() { sealed::parts(id, &sizes).await } else { None };
    let sealed = envelope.filter(|_| parts.is_some());
    let kept = KeptSending { message_id: id.to_owned(), keep, upload, sealed, held, stopped };
    Some((kept, parts.unwrap_or_default()))
}

/// Does what is asked of a letter and needs no answer.
pub(super) async fn obey(request: Request) {
    match request {
        Request::SendingUploads { message_id, upload } => {
            change(&message_id, |record| record.upload = Some(upload)).await;
        }
        Request::HoldSending { message_id, held } => {
            change(&message_id, |record| record.held = held).await;
        }
        Request::StopSending { message_id } => stop(&message_id).await,
        Request::ReleaseSending { message_id } => release(&message_id).await,
        Request::ForgetSending { message_id } => forget(&message_id).await,
        Request::LeaveSendings => leave().await,
        _ => {}
    }
}

/// Keeps what was written alone.
async fn stop(id: &str) {
    let changed = change(id, |record| {
        (record.stopped, record.upload, record.envelope) = (true, None, None);
        record.sizes.clear();
    });
    if changed.await {
        sealed::remove(id).await;
    }
}

/// Lets others have a letter as it is kept: also this worker's own page, which asks for it anew.
async fn release(id: &str) {
    let in_hand = IN_HAND.with_borrow_mut(|all| all.remove(id));
    if let Some(one) = in_hand {
        // What is being written comes first.
        let _turn = one.turn.lock().await;
    }
}

/// Keeps nothing of a letter, and lets others have it.
async fn forget(id: &str) {
    let in_hand = IN_HAND.with_borrow_mut(|all| all.remove(id));
    if let Some(one) = in_hand {
        let _turn = one.turn.lock().await;
        remove(id).await;
    }
}

/// Keeps nothing of any letter, but for those that another tab has in hand.
async fn leave() {
    for (id, _) in shelf::all().await {
        forget(&id).await;
        if let Some(_held) = locks::take(&sealed::name(&id)).await {
            remove(&id).await;
        }
    }
}

/// The record last: a package without one is swept.
async fn remove(id: &str) {
    sealed::remove(id).await;
    shelf::remove(id).await;
}
