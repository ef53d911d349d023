//! The only bridge to the worker that keeps the keys and does all cryptography.

mod sendings;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;
use js_sys::{Array, Function, Object, Promise, Reflect};
use konvolutt_shared::address::PersonKind;
use konvolutt_shared::api::{MailToken, NewMailToken, RevocationLists, Trust};
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::inspect::Report;
use konvolutt_shared::svarut::Received;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, MessageEvent, Worker};
use yew::Callback;

use crate::backend::Backend;
pub use crate::protocol::{
    AddressRequest, AddressView, DocumentView, KeyView, LetterView, OfferView, Outgoing, SealedView, SendRequest, Step,
};
use crate::protocol::{Answer, OpenMessage, Request};

/// What the vault answers: a value, or what was found.
pub type Outcome<T> = Result<T, Vec<Finding>>;

/// What the worker tells while it seals.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// How far it has come.
    Step(Step),
    /// The next bytes of the sealed package.
    Part(Blob),
    /// An access token is needed to go on: [`Vault::give_token`].
    Token(NewMailToken),
}

/// A sealed package to open.
#[derive(Clone, Debug)]
pub struct OpenRequest {
    /// The package.
    pub package: Blob,
    /// The SBD exactly as it came.
    pub sbd: String,
    /// The organisation the broker says it came from.
    pub broker_sender: Option<String>,
    /// Revocation lists, if they could be fetched.
    pub revocation: Option<RevocationLists>,
    /// What SvarInn told of it, if it came that way.
    pub received: Option<Received>,
    /// When it came, as the relay tells.
    pub came: Option<Timestamp>,
    /// What else there is for one of ours that waits for approval.
    pub outgoing: Option<Outgoing>,
}

/// A letter whose signature holds, with its documents' bytes.
pub type OpenedLetter = LetterView<OpenedDocument>;

/// A document and its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenedDocument {
    /// What it is.
    pub view: DocumentView,
    /// The bytes.
    pub content: Blob,
}

/// What the lab shows of an artefact.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    /// Of the artefact.
    pub report: Report,
    /// What is sealed in it, and the report on that.
    pub inner: Option<(Blob, Report)>,
}

/// A handle to the worker. Clones share it.
#[derive(Clone)]
pub struct Vault(Rc<Shared>);

impl PartialEq for Vault {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

struct Shared {
    worker: Worker,
    next: Cell<u32>,
    waiting: Rc<RefCell<HashMap<u32, Waiting>>>,
    /// Set when the worker failed; a dead worker takes messages without a word.
    dead: Rc<Cell<bool>>,
    trust: RefCell<Option<Trust>>,
    _listener: Closure<dyn FnMut(MessageEvent)>,
    _mourner: Closure<dyn FnMut()>,
}

/// Who waits for an answer.
struct Waiting {
    resolve: Function,
    on_news: Callback<News>,
}

impl Vault {
    /// Starts the worker. The page's boot script makes it, because Trusted Types admit its address only there.
    ///
    /// # Errors
    /// When the browser cannot run it.
    pub fn start() -> Outcome<Self> {
        let make = Reflect::get(&js_sys::global(), &"efmWorker".into()).map_err(|_| unsupported())?;
        let make: Function = make.dyn_into().map_err(|_| unsupported())?;
        let worker: Worker =
            make.call0(&JsValue::NULL).ok().and_then(|worker| worker.dyn_into().ok()).ok_or_else(unsupported)?;
        let waiting: Rc<RefCell<HashMap<u32, Waiting>>> = Rc::default();
        let listener = {
            let waiting = waiting.clone();
            Closure::wrap(Box::new(move |event: MessageEvent| receive(&event.data(), &waiting)) as Box<dyn FnMut(_)>)
        };
        worker.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        // A worker that failed answers nobody: those who wait must hear it rather than wait for ever.
        let dead = Rc::new(Cell::new(false));
        let mourner: Closure<dyn FnMut()> = {
            let (waiting, dead) = (waiting.clone(), dead.clone());
            Closure::new(move || {
                dead.set(true);
                give_up(&waiting);
            })
        };
        worker.set_onerror(Some(mourner.as_ref().unchecked_ref()));
        let trust = RefCell::new(None);
        Ok(Self(Rc::new(Shared {
            worker,
            next: Cell::new(1),
            waiting,
            dead,
            trust,
            _listener: listener,
            _mourner: mourner,
        })))
    }

    /// The certificates whose keys this browser keeps.
    ///
    /// # Errors
    /// When the browser's storage cannot be used.
    pub async fn keys(&self) -> Outcome<Vec<KeyView>> {
        match self.ask(&Request::Keys, &[]).await? {
            (Answer::Keys(keys), _) => Ok(keys),
            _ => Err(confused()),
        }
    }

    /// Keeps the key of a PKCS#12 file of one of these organisations.
    ///
    /// # Errors
    /// Wrong password, wrong organisation, expired, not a key file.
    pub async fn import(&self, file: &Blob, password: &str, organisations: Vec<String>) -> Outcome<KeyView> {
        let request = Request::Import { password: password.to_owned(), organisations };
        match self.ask(&request, &[file]).await? {
            (Answer::Imported(key), _) => Ok(key),
            _ => Err(confused()),
        }
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// When the browser's storage cannot be used.
    pub async fn remove(&self, id: &str) -> Outcome<()> {
        self.ask(&Request::Remove { id: id.to_owned() }, &[]).await.map(|_| ())
    }

    /// What the operator pinned; asked for once.
    ///
    /// # Errors
    /// When it cannot be fetched.
    pub async fn trust(&self) -> Outcome<Trust> {
        if let Some(trust) = self.0.trust.borrow().clone() {
            return Ok(trust);
        }
        let trust = Backend::by_cookie().trust().await;
        let trust = trust.map_err(|_| vec![Finding::error(Rule::ServiceDown, "the pinned keys cannot be fetched")])?;
        *self.0.trust.borrow_mut() = Some(trust.clone());
        Ok(trust)
    }

    /// Verifies a registry answer and decides how to send.
    ///
    /// # Errors
    /// Not signed by the registry, no capability, or a certificate that does not hold.
    pub async fn address(&self, request: AddressRequest) -> Outcome<AddressView> {
        match self.ask(&Request::Address(request), &[]).await? {
            (Answer::Addressed(view), _) => Ok(*view),
            _ => Err(confused()),
        }
    }

    /// Verifies a registry answer about a person and tells every way to send.
    ///
    /// # Errors
    /// Not signed by the registry, no way that can be used, or certificates that do not hold.
    pub async fn offers(&self, address: AddressRequest, kind: PersonKind) -> Outcome<Vec<OfferView>> {
        match self.ask(&Request::Offers { address, kind }, &[]).await? {
            (Answer::Offers(views), _) => Ok(views),
            _ => Err(confused()),
        }
    }

    /// Packs, signs and seals a letter. `files` are its documents in the draft's order. The package comes in parts
    /// while it is made; all of them have come when this answers.
    ///
    /// # Errors
    /// Everything wrong with the letter, the address or the key.
    pub async fn send(&self, request: SendRequest, files: &[File], on_news: Callback<News>) -> Outcome<SealedView> {
        let blobs: Vec<&Blob> = files.iter().map(AsRef::as_ref).collect();
        match self.ask_with(&Request::Send(Box::new(request)), &blobs, on_news).await? {
            (Answer::Sealed(view), _) => Ok(view),
            _ => Err(confused()),
        }
    }

    /// Tells how much of a package has been taken, in bytes from its start: sealing stays only a little ahead of it.
    pub fn taken(&self, message_id: &str, bytes: u64) {
        self.tell(&Request::Taken { message_id: message_id.to_owned(), bytes });
    }

    /// Answers [`News::Token`]: the token, or why there is none.
    pub fn give_token(&self, message_id: &str, token: Outcome<MailToken>) {
        self.tell(&Request::Token { message_id: message_id.to_owned(), token });
    }

    /// Says something that nothing is answered to.
    fn tell(&self, request: &Request) {
        let Ok(body) = serde_json::to_string(request) else { return };
        // A worker that cannot hear it has failed, and then its sealing has, too.
        let _ = self.0.worker.post_message(&envelope(0, "body", &body, std::iter::empty()));
    }

    /// Opens a sealed package and verifies its signature.
    ///
    /// # Errors
    /// Why nothing of it is shown.
    pub async fn open(&self, request: OpenRequest) -> Outcome<OpenedLetter> {
        let OpenRequest { package, sbd, broker_sender, revocation, received, came, outgoing } = request;
        let trust = self.trust().await?;
        let message = OpenMessage { sbd, broker_sender, trust, revocation, received, came, outgoing };
        match self.ask(&Request::Open(Box::new(message)), &[&package]).await? {
            (Answer::Opened(view), blobs) => Ok(letter(*view, blobs)),
            _ => Err(confused()),
        }
    }

    /// Looks at an artefact; with a key file and its password also inside it. The key is not kept.
    ///
    /// # Errors
    /// When the key cannot be used or does not open it.
    pub async fn inspect(&self, artefact: &Blob, key: Option<(File, String)>) -> Outcome<Inspected> {
        let (file, password) = key.unzip();
        let mut blobs = vec![artefact];
        blobs.extend(file.as_ref().map(AsRef::<Blob>::as_ref));
        let trust = self.0.trust.borrow().clone();
        match self.ask(&Request::Inspect { password, trust }, &blobs).await? {
            (Answer::Inspected { report, inner }, blobs) => {
                Ok(Inspected { report: *report, inner: blobs.into_iter().next().zip(inner.map(|inner| *inner)) })
            }
            _ => Err(confused()),
        }
    }

    async fn ask(&self, request: &Request, blobs: &[&Blob]) -> Outcome<(Answer, Vec<Blob>)> {
        self.ask_with(request, blobs, Callback::noop()).await
    }

    async fn ask_with(
        &self,
        request: &Request,
        blobs: &[&Blob],
        on_news: Callback<News>,
    ) -> Outcome<(Answer, Vec<Blob>)> {
        if self.0.dead.get() {
            return Err(unsupported());
        }
        let id = self.0.next.replace(self.0.next.get() + 1);
        let body = serde_json::to_string(request).map_err(|_| confused())?;
        let message = envelope(id, "body", &body, blobs.iter().map(|blob| JsValue::from(*blob)));
        let waiting = self.0.waiting.clone();
        let promise = Promise::new(&mut |resolve, _| {
            waiting.borrow_mut().insert(id, Waiting { resolve, on_news: on_news.clone() });
        });
        if self.0.worker.post_message(&message).is_err() {
            self.0.waiting.borrow_mut().remove(&id);
            return Err(confused());
        }
        let answer = JsFuture::from(promise).await.map_err(|_| confused())?;
        match read(&answer, "body").ok_or_else(confused)? {
            Answer::Refused(findings) => Err(findings),
            other => Ok((other, blobs_of(&answer))),
        }
    }
}

/// A message as it is posted: `id`, JSON under a name, and files beside it.
pub(crate) fn envelope(id: u32, name: &str, json: &str, blobs: impl Iterator<Item = JsValue>) -> JsValue {
    let message = Object::new();
    let set = |name: &str, value: &JsValue| {
        // Setting a member of a fresh object cannot fail.
        let _ = Reflect::set(&message, &name.into(), value);
    };
    set("id", &id.into());
    set(name, &json.into());
    set("blobs", &blobs.collect::<Array>());
    message.into()
}

/// The JSON under a name of a message.
pub(crate) fn read<T: serde::de::DeserializeOwned>(message: &JsValue, name: &str) -> Option<T> {
    let json = Reflect::get(message, &name.into()).ok()?.as_string()?;
    serde_json::from_str(&json).ok()
}

/// The files beside a message.
pub(crate) fn blobs_of(message: &JsValue) -> Vec<Blob> {
    let blobs = Reflect::get(message, &"blobs".into()).unwrap_or_default();
    Array::from(&blobs).iter().filter_map(|blob| blob.dyn_into().ok()).collect()
}

/// The id of a message.
pub(crate) fn id_of(message: &JsValue) -> Option<u32> {
    Reflect::get(message, &"id".into()).ok()?.as_f64().map(|id| id as u32)
}

fn receive(message: &JsValue, waiting: &Rc<RefCell<HashMap<u32, Waiting>>>) {
    let Some(id) = id_of(message) else { return };
    let part = Reflect::has(message, &"part".into()).unwrap_or(false).then(|| blobs_of(message).into_iter().next());
    let token = || read::<NewMailToken>(message, "token").map(News::Token);
    let news = read::<Step>(message, "step").map(News::Step).or(part.flatten().map(News::Part)).or_else(token);
    if let Some(news) = news {
        let on_news = waiting.borrow().get(&id).map(|waiting| waiting.on_news.clone());
        if let Some(on_news) = on_news {
            on_news.emit(news);
        }
        return;
    }
    let done = waiting.borrow_mut().remove(&id);
    if let Some(done) = done {
        // A resolve function takes any value.
        let _ = done.resolve.call1(&JsValue::NULL, message);
    }
}

/// Ends every request without an answer.
fn give_up(waiting: &RefCell<HashMap<u32, Waiting>>) {
    let all: Vec<Waiting> = waiting.borrow_mut().drain().map(|(_, waiting)| waiting).collect();
    for one in all {
        // A resolve function takes any value; an empty one is no answer.
        let _ = one.resolve.call1(&JsValue::NULL, &JsValue::UNDEFINED);
    }
}

fn letter(view: LetterView, blobs: Vec<Blob>) -> OpenedLetter {
    let LetterView { title, signer_name, signer_organisation, sbd_sender, on_behalf_of, documents, findings } = view;
    let documents = documents.into_iter().zip(blobs).map(|(view, content)| OpenedDocument { view, content }).collect();
    LetterView { title, signer_name, signer_organisation, sbd_sender, on_behalf_of, documents, findings }
}

fn unsupported() -> Vec<Finding> {
    vec![Finding::error(Rule::Broken, "the cryptographic worker cannot be started")]
}

fn confused() -> Vec<Finding> {
    vec![Finding::error(Rule::Broken, "the cryptographic worker gave no answer that can be read")]
}
