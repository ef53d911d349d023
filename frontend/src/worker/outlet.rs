//! Where the parts of a sealed package leave the worker, and how far sealing may be ahead of whoever takes them. The
//! browser keeps parts outside this worker only while it has room for them; a line slower than sealing would fill it.
//! A package that is kept in a file waits for nobody: its parts are the file's, so it may be sealed to its end at once.
//! The page answers here, too, when a letter needs an access token.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Function, Promise};
use konvolutt_shared::api::{MailToken, NewMailToken};
use konvolutt_shared::finding::{Finding, Rule};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::sealed::{Failed, SealedFile};
use super::{Outcome, files, post};

/// How much may have been sealed and not taken, in bytes: enough for a quick line never to wait.
const AHEAD: f64 = 16.0 * 1024.0 * 1024.0;

thread_local! {
    /// By message id.
    static FLOWS: RefCell<HashMap<String, Rc<Flow>>> = RefCell::default();
}

/// Bytes from the package's start.
#[derive(Debug, Default)]
struct Flow {
    given: Cell<f64>,
    taken: Cell<f64>,
    wake: RefCell<Option<Function>>,
    token: RefCell<Option<Outcome<MailToken>>>,
}

/// The page answers for the access token of a letter that is being sealed.
pub(super) fn token(message_id: &str, answer: Outcome<MailToken>) {
    let flow = FLOWS.with_borrow(|flows| flows.get(message_id).cloned());
    let Some(flow) = flow else { return };
    *flow.token.borrow_mut() = Some(answer);
    flow.go_on();
}

impl Flow {
    fn go_on(&self) {
        if let Some(wake) = self.wake.borrow_mut().take() {
            // Resolving a promise cannot fail.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    /// Waits for the page to say something.
    async fn news(&self) {
        let more = Promise::new(&mut |resolve, _| *self.wake.borrow_mut() = Some(resolve));
        // It is only ever resolved.
        let _ = JsFuture::from(more).await;
    }
}

/// The page has this much of a package.
pub(super) fn taken(message_id: &str, bytes: u64) {
    let flow = FLOWS.with_borrow(|flows| flows.get(message_id).cloned());
    let Some(flow) = flow else { return };
    flow.taken.set(flow.taken.get().max(bytes as f64));
    flow.go_on();
}

/// For one package.
pub(super) struct Outlet {
    request: u32,
    message_id: String,
    flow: Rc<Flow>,
    file: RefCell<Option<SealedFile>>,
}

impl Drop for Outlet {
    fn drop(&mut self) {
        FLOWS.with_borrow_mut(|flows| flows.remove(&self.message_id));
    }
}

impl Outlet {
    /// Answers to a request go out here.
    pub(super) fn open(request: u32, message_id: &str) -> Self {
        let flow = Rc::<Flow>::default();
        FLOWS.with_borrow_mut(|flows| flows.insert(message_id.to_owned(), flow.clone()));
        Self { request, message_id: message_id.to_owned(), flow, file: RefCell::default() }
    }

    /// The package goes to a file, and to the page from there.
    pub(super) fn keep(&self, file: Option<SealedFile>) {
        *self.file.borrow_mut() = file;
    }

    /// Sizes of the file's parts, if the whole package lies in it.
    pub(super) fn kept(&self) -> Option<Vec<u64>> {
        self.file.borrow().as_ref().map(|file| file.sizes().to_vec())
    }

    /// Hands the next piece of the package out.
    pub(super) async fn put(&self, piece: &[u8], media_type: &str) -> Outcome<()> {
        let file = self.file.borrow_mut().take();
        if let Some(mut file) = file {
            match file.take(piece).await {
                Ok(part) => {
                    part.into_iter().for_each(|part| self.give(part));
                    self.keep(Some(file));
                    return Ok(());
                }
                // From here on it goes as where nothing is kept.
                Err(Failed::Full(so_far)) => so_far.into_iter().for_each(|part| self.give(part)),
                Err(Failed::Lost) => return Err(lost()),
            }
        }
        self.give(files::blob(piece, media_type)?);
        Ok(())
    }

    /// Hands out what is left; no more comes.
    pub(super) async fn end(&self) -> Outcome<()> {
        let file = self.file.borrow_mut().take();
        let Some(mut file) = file else { return Ok(()) };
        let last = file.end().await.map_err(|_| lost())?;
        last.into_iter().for_each(|part| self.give(part));
        self.keep(Some(file));
        Ok(())
    }

    fn give(&self, part: Blob) {
        self.flow.given.set(self.flow.given.get() + part.size());
        post(self.request, "part", &(), vec![part]);
    }

    /// Waits until not too much is out that nobody has taken.
    pub(super) async fn room(&self) {
        while self.file.borrow().is_none() && self.flow.given.get() - self.flow.taken.get() > AHEAD {
            self.flow.news().await;
        }
    }

    /// Asks the page for an access token for letters of a sender, and waits for it. It is in memory alone, here and there.
    pub(super) async fn token(&self, sender: &str) -> Outcome<MailToken> {
        post(self.request, "token", &NewMailToken { sender: sender.to_owned() }, Vec::new());
        loop {
            if let Some(answer) = self.flow.token.borrow_mut().take() {
                return answer.map_err(|findings| if findings.is_empty() { no_token() } else { findings });
            }
            self.flow.news().await;
        }
    }
}

fn lost() -> Vec<Finding> {
    vec![Finding::error(Rule::Broken, "the browser cannot read what it kept of the package")]
}

fn no_token() -> Vec<Finding> {
    vec![Finding::error(Rule::Broken, "there is no access token, and no reason")]
}
