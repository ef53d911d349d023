//! Letters that this browser keeps while they are sent.

use web_sys::Blob;

use super::{Outcome, Vault, confused};
use crate::protocol::{Answer, KeptSending, Request, SendingView};

impl Vault {
    /// The letters of a person that are kept here; what is over or another person's is removed.
    ///
    /// # Errors
    /// When the worker cannot be asked.
    pub async fn sendings(&self, owner: &str) -> Outcome<Vec<SendingView>> {
        match self.ask(&Request::Sendings { owner: owner.to_owned() }, &[]).await? {
            (Answer::Sendings(views), _) => Ok(views),
            _ => Err(confused()),
        }
    }

    /// Takes a letter over, with the parts of its sealed package, when nobody else has it in hand any more. That may be
    /// never. `None` if it is over by then.
    ///
    /// # Errors
    /// When the worker cannot be asked.
    pub async fn take_sending(&self, message_id: &str) -> Outcome<Option<(KeptSending, Vec<Blob>)>> {
        match self.ask(&Request::TakeSending { message_id: message_id.to_owned() }, &[]).await? {
            (Answer::Taken(kept), parts) => Ok(kept.map(|kept| (*kept, parts))),
            _ => Err(confused()),
        }
    }

    /// Notes which upload a letter goes into.
    pub fn sending_uploads(&self, message_id: &str, upload: &str) {
        self.tell(&Request::SendingUploads { message_id: message_id.to_owned(), upload: upload.to_owned() });
    }

    /// Notes whether a letter waits for a person before it is gone on with.
    ///
    /// # Errors
    /// When the worker cannot be asked.
    pub async fn hold_sending(&self, message_id: &str, held: bool) -> Outcome<()> {
        self.done(Request::HoldSending { message_id: message_id.to_owned(), held }).await
    }

    /// Keeps what was written of a letter alone: it will not be sent as it was sealed.
    ///
    /// # Errors
    /// When the worker cannot be asked.
    pub async fn stop_sending(&self, message_id: &str) -> Outcome<()> {
        self.done(Request::StopSending { message_id: message_id.to_owned() }).await
    }

    /// Lets others have a letter as it is kept. It can be taken again.
    pub fn release_sending(&self, message_id: &str) {
        self.tell(&Request::ReleaseSending { message_id: message_id.to_owned() });
    }

    /// Keeps nothing of a letter.
    ///
    /// # Errors
    /// When the worker cannot be asked.
    pub async fn forget_sending(&self, message_id: &str) -> Outcome<()> {
        self.done(Request::ForgetSending { message_id: message_id.to_owned() }).await
    }

    /// Keeps nothing of any letter, but for those that another tab has in hand.
    ///
    /// # Errors
    /// When the worker cannot be asked.
    pub async fn leave_sendings(&self) -> Outcome<()> {
        self.done(Request::LeaveSendings).await
    }

    async fn done(&self, request: Request) -> Outcome<()> {
        match self.ask(&request, &[]).await? {
            (Answer::Done, _) => Ok(()),
            _ => Err(confused()),
        }
    }
}
