//! Going on with a letter whose sending was broken off: find out how far it came, upload the rest, hand it over.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use konvolutt_shared::api::{Direction, MessageView, Submission};
use konvolutt_shared::finding::Code;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, AbortSignal, Blob};
use yew::prelude::*;

use super::drafts::{DraftAction, DraftBox};
use super::sendings::SendingBox;
use crate::backend::{Failure, Package, UploadStep, submit, upload};
use crate::flow::compose::{Line, Progress};
use crate::flow::sendings::{End, Letter, News, Sending, State, Verdict, Wait};
use crate::flow::trouble::Trouble;
use crate::protocol::{KeptEnvelope, KeptSending};
use crate::ui::Shell;
use crate::ui::compose::Draft;

/// One letter and all that it takes to send it.
#[derive(Clone)]
pub(super) struct Resumed(Rc<Inner>);

struct Inner {
    shell: Shell,
    kept: KeptSending,
    letter: Letter,
    package: Package,
    /// Another one than was kept, if that one is not known to the relay any more.
    upload: RefCell<Option<String>>,
    under_way: RefCell<Option<AbortController>>,
    /// While the relay decides, nothing can be called back.
    handing_over: Cell<bool>,
    /// Whether it was handed over without an answer.
    uncertain: Cell<bool>,
    /// Whether it is over with it, or somebody else has it.
    over: Cell<bool>,
    sendings: UseReducerDispatcher<SendingBox>,
    drafts: UseReducerDispatcher<DraftBox>,
}

impl PartialEq for Resumed {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Resumed {
    /// A letter that was taken over. `None` if it cannot be read.
    pub(super) fn new(
        shell: &Shell,
        (kept, parts): (KeptSending, Vec<Blob>),
        sendings: UseReducerDispatcher<SendingBox>,
        drafts: UseReducerDispatcher<DraftBox>,
    ) -> Option<Self> {
        let letter = serde_json::from_str::<Letter>(&kept.keep.letter).ok()?;
        let upload = RefCell::new(kept.upload.clone());
        Some(Self(Rc::new(Inner {
            shell: shell.clone(),
            kept,
            letter,
            package: Package::whole(parts),
            upload,
            under_way: RefCell::default(),
            handing_over: Cell::new(false),
            uncertain: Cell::new(false),
            over: Cell::new(false),
            sendings,
            drafts,
        })))
    }

    /// Id of the message.
    fn id(&self) -> &str {
        &self.0.kept.message_id
    }

    /// Decides what becomes of it, and begins. The relay is asked first: whoever lost the answer to the very last request may
    /// not be told that nothing was sent.
    pub(super) async fn judge(&self) {
        let verdict = Verdict::of(&self.0.kept, crate::backend::now());
        let going = State::Going(Progress::new(0));
        let arrived = self.arrived().await;
        if self.0.over.get() {
            return;
        }
        match (arrived, verdict) {
            (Ok(Some(message)), _) => {
                self.found(going);
                self.sent(message).await;
            }
            (Ok(None), Verdict::GoOn) => {
                self.found(going);
                self.start();
            }
            (Ok(None), Verdict::Ask) => self.found(State::Paused(Progress::new(0), Wait::Before)),
            (Ok(None), Verdict::End(end)) => {
                self.put_away().await;
                self.found(State::Ended(end));
            }
            (Err(failure), _) => {
                self.found(going);
                self.failed(failure).await;
            }
        }
    }

    fn found(&self, state: State) {
        let sending = Sending::new(self.id(), &self.0.letter, state);
        self.0.sendings.dispatch(News::Found(Box::new(sending)));
    }

    /// The relay's id of the message, if it has it already.
    async fn arrived(&self) -> Result<Option<String>, Failure> {
        let Inner { shell, kept, .. } = &*self.0;
        let page = shell.backend.messages(Some(Direction::Out), &kept.keep.organisation, None, false).await?;
        let mut sent = page.items.into_iter().map(|message| message.summary);
        Ok(sent.find(|message| message.message_id == kept.message_id).map(|message| message.id))
    }

    /// Sends the rest, unless that is under way.
    pub(super) fn start(&self) {
        if self.0.over.get() || self.0.under_way.borrow().is_some() {
            return;
        }
        // What cannot be gone on with has only not been judged, for lack of contact.
        if !matches!(Verdict::of(&self.0.kept, crate::backend::now()), Verdict::GoOn | Verdict::Ask) {
            let this = self.clone();
            return spawn_local(async move { this.judge().await });
        }
        let Ok(controller) = AbortController::new() else { return };
        *self.0.under_way.borrow_mut() = Some(controller.clone());
        self.0.sendings.dispatch(News::GoesOn(self.id().to_owned()));
        let this = self.clone();
        spawn_local(async move {
            let result = this.send_rest(&controller.signal()).await;
            // It may have been stopped, and begun again meanwhile.
            this.0.under_way.borrow_mut().take_if(|now| *now == controller);
            match result {
                Ok(view) => this.sent(view.summary.id).await,
                // Whoever stopped it says so.
                Err(Failure::Cancelled) => {}
                Err(failure) => this.failed(failure).await,
            }
        });
    }

    async fn send_rest(&self, signal: &AbortSignal) -> Result<MessageView, Failure> {
        let Some(sealed) = &self.0.kept.sealed else { return Err(Failure::Unreadable) };
        // It may have waited for a person for long.
        let _ = self.0.shell.vault.hold_sending(self.id(), false).await;
        match self.send_from_offset(sealed, signal).await {
            // The relay has forgotten the upload, also in the middle of it: everything is still here, so it begins anew.
            Err(Failure::Refused(problem)) if problem.code == Code::UploadUnknown => {
                *self.0.upload.borrow_mut() = None;
                self.send_from_offset(sealed, signal).await
            }
            answer => answer,
        }
    }

    async fn send_from_offset(&self, sealed: &KeptEnvelope, signal: &AbortSignal) -> Result<MessageView, Failure> {
        let Inner { shell, package, .. } = &*self.0;
        let (upload_id, from) = self.position(signal).await?;
        self.step(sealed, from.unwrap_or(0), Line::Open);
        let on_step = |step| match step {
            UploadStep::Lost(offset) => self.step(sealed, offset, Line::Lost),
            UploadStep::Confirmed(offset) | UploadStep::Resumed(offset) => self.step(sealed, offset, Line::Open),
        };
        upload(&shell.backend, &upload_id, package, from, signal, on_step).await?;
        if signal.aborted() {
            return Err(Failure::Cancelled);
        }
        let (envelope, approval_key) = (sealed.envelope.clone(), sealed.approval_key.clone());
        let submission = Submission { envelope, upload: upload_id, business_message: None, approval_key };
        self.0.handing_over.set(true);
        let answer = submit(&shell.backend, &submission).await;
        self.0.handing_over.set(false);
        if !matches!(answer, Ok(_) | Err(Failure::Refused(_))) {
            self.0.uncertain.set(true);
        }
        answer
    }

    /// The upload and how far it is; a new one, of which nothing is sent yet, if the relay does not know it.
    async fn position(&self, signal: &AbortSignal) -> Result<(String, Option<u64>), Failure> {
        let Inner { shell, upload, .. } = &*self.0;
        let known = upload.borrow().clone();
        if let Some(id) = known
            && let Some(offset) = shell.backend.upload_offset(&id, signal).await?
        {
            return Ok((id, Some(offset)));
        }
        let id = shell.backend.begin_upload(signal).await?;
        *upload.borrow_mut() = Some(id.clone());
        shell.vault.sending_uploads(self.id(), &id);
        Ok((id, None))
    }

    fn step(&self, sealed: &KeptEnvelope, offset: u64, line: Line) {
        let progress = Progress::new(0).uploading(offset, sealed.size).with_line(line);
        self.0.sendings.dispatch(News::Step(self.id().to_owned(), progress));
    }

    async fn sent(&self, message: String) {
        // Whoever has it now finds that it has arrived.
        if self.0.over.replace(true) {
            return;
        }
        let Inner { shell, letter, .. } = &*self.0;
        // What is not removed now is found again, and by then it has arrived.
        let _ = shell.vault.forget_sending(self.id()).await;
        self.0.drafts.dispatch(DraftAction::Resumed(letter.form.title.clone(), message.clone()));
        self.0.sendings.dispatch(News::Sent(self.id().to_owned(), message));
    }

    /// No contact may pass: it waits. What the relay refuses is over.
    async fn failed(&self, failure: Failure) {
        if self.0.over.get() {
            return;
        }
        let Trouble { code, .. } = Trouble::from(failure.clone());
        match failure {
            // The list goes with the session and lets go of it; it is found again when the same person has signed in.
            _ if code == Code::SignedOut => self.0.shell.signed_out.emit(()),
            Failure::Refused(problem) if !problem.retryable => self.end(End::Refused(code)).await,
            _ => self.0.sendings.dispatch(News::Paused(self.id().to_owned(), Wait::Trouble(code))),
        }
    }

    /// Stops for now, also over a reload.
    pub(super) fn pause(&self) {
        if self.abort() {
            self.0.sendings.dispatch(News::Paused(self.id().to_owned(), Wait::Person));
            let this = self.clone();
            spawn_local(async move { drop(this.0.shell.vault.hold_sending(this.id(), true).await) });
        }
    }

    /// Stops for good.
    pub(super) fn cancel(&self) {
        if self.abort() {
            let this = self.clone();
            spawn_local(async move {
                // Nobody may be told that nothing was sent without knowing it.
                match if this.0.uncertain.get() { this.arrived().await } else { Ok(None) } {
                    Ok(Some(message)) => this.sent(message).await,
                    Ok(None) => this.end(End::Cancelled).await,
                    Err(failure) => this.failed(failure).await,
                }
            });
        }
    }

    /// Stops, and lets go of it as it is kept: whoever looks next goes on with it.
    pub(super) fn let_go(&self) {
        // What is being handed over is found to have arrived. What has ended is a draft, which may be being sent.
        self.abort();
        if !self.0.over.replace(true) {
            self.0.shell.vault.release_sending(self.id());
        }
    }

    /// Stops what is under way. False if it is too late for that.
    fn abort(&self) -> bool {
        if self.0.handing_over.get() {
            return false;
        }
        if let Some(controller) = self.0.under_way.borrow_mut().take() {
            controller.abort();
        }
        true
    }

    async fn end(&self, end: End) {
        self.put_away().await;
        self.0.sendings.dispatch(News::Ended(self.id().to_owned(), end));
    }

    /// It is a draft again, and nothing of what was sealed lies anywhere.
    async fn put_away(&self) {
        self.0.over.set(true);
        let Inner { shell, letter, upload, .. } = &*self.0;
        // What cannot be removed now is found again when the portal is opened.
        let _ = shell.vault.stop_sending(self.id()).await;
        self.0.drafts.dispatch(DraftAction::Restore(Box::new(Draft::restored(letter.clone()))));
        let upload = upload.borrow().clone();
        if let Some(id) = upload {
            shell.backend.forget_upload(&id).await;
        }
    }

    /// A person has seen how it ended. Unless they go to the draft, which is kept until it is sent or deleted, nothing of
    /// it need be found again.
    pub(super) fn close(&self, forget: bool) {
        self.0.sendings.dispatch(News::Close(self.id().to_owned()));
        if forget {
            let this = self.clone();
            spawn_local(async move { drop(this.0.shell.vault.forget_sending(this.id()).await) });
        }
    }
}
