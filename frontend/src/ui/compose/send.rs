//! The way from a filled-in form to a message the relay has taken: check, seal, upload, hand over.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::join;
use konvolutt_shared::address::{Capability, Channel, Rule};
use konvolutt_shared::api::{MessageView, NewMailToken, OrganisationAccess, Submission};
use konvolutt_shared::finding::{self, Code, Finding, Place};
use konvolutt_shared::identifier::ConversationId;
use konvolutt_shared::letter::{CaseFields, Draft, DraftDocument, ReplyTo, problems};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortSignal;
use yew::Callback;

use super::ask::question;
use super::draft::Draft as Written;
use crate::backend::{Failure, Package, UploadStep, sleep, submit, upload};
use crate::flow::compose::{Action, CaseField, Delivery, Form, Line, Progress, remarks as remarks_of};
use crate::flow::trouble::Trouble;
use crate::text::{day, fill};
use crate::ui::Shell;
use crate::ui::page::Load;
use crate::vault::{News, SealedView, SendRequest};

/// Shown until the recipient's own limit is known.
pub(super) const DEFAULT_MAX_BYTES: u64 = Channel::Dpo.max_bytes();

/// Bytes read from the start of each file for the checks, and from its end, where a PDF says that it is locked.
pub(super) const EDGE_BYTES: (f64, f64) = (1024.0, 4096.0);

/// Milliseconds between looks at whether everything is uploaded.
const LOOK_AGAIN: i32 = 50;

/// A message that is sealed. Kept while sending fails, so that trying again hands over the very same envelope.
pub struct Attempt {
    form: Form,
    sealed: SealedView,
    package: Rc<Package>,
    upload: Option<String>,
}

/// Everything wrong with the letter: what the core finds, and what only this browser knows.
pub(super) fn check(shell: &Shell, form: &Form, delivery: &Load<(Delivery, Capability)>) -> Vec<Finding> {
    let mut findings = key_problems(shell, false);
    if let Load::Failed(trouble) = delivery {
        findings.push(trouble.finding("the recipient cannot be reached").at(Place::path("recipient")));
    }
    let capability = delivery.get().map(|(_, capability)| capability);
    // Remarks are no mistakes; nor is a missing title two, although the case takes its title from it too.
    let counts = |finding: &Finding| {
        finding.refuses() && !(finding.code == Code::ArchiveCaseMissing && form.title.trim().is_empty())
    };
    let draft = draft(shell, form, capability.and_then(|known| known.security_level));
    findings.extend(problems(&draft, capability).into_iter().filter(counts));
    if capability.is_some_and(|known| known.channel == Channel::Dpv) {
        findings.extend(draft.dpv.day_problem(crate::backend::now()));
    }
    findings
}

/// What is good to know before the letter is sent.
pub(super) fn remarks(shell: &Shell, form: &Form, known: Option<&Capability>) -> Vec<String> {
    let Some(known) = known else { return Vec::new() };
    remarks_of(&problems(&draft(shell, form, known.security_level), Some(known)), known.channel, shell.lang)
}

/// What is wrong with the certificate that signs.
pub(super) fn key_problems(shell: &Shell, to_person: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let signing = shell.signing(to_person);
    if shell.keys.is_some() && signing.is_none() {
        findings.push(Finding::error(finding::Rule::WriteSigner, "no key of the sender in this browser"));
    }
    if signing.is_some_and(|signing| signing.key.not_after < crate::backend::now()) {
        findings.push(Finding::error(finding::Rule::KeyInTime, "the sender's certificate has expired"));
    }
    findings
}

/// The form as the core knows it, to a recipient whose system has the security level `level`, if that is known.
pub(super) fn draft(shell: &Shell, form: &Form, level: Option<u8>) -> Draft {
    let documents = form.documents.iter().map(|document| DraftDocument {
        id: document.id.to_string(),
        name: document.name.clone(),
        title: document.title.clone(),
        media_type: document.media_type.clone(),
        size: document.size,
        head: document.head.clone(),
        tail: document.tail.clone(),
        main: document.main,
    });
    let value = |field| form.case.get(field).trim().to_owned();
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    let to = form.recipient.clone().map(|to| (to.orgnr, to.name));
    let (recipient, recipient_name) = to.unwrap_or_default();
    let their_reference = Some(value(CaseField::TheirReference)).filter(|text| !text.is_empty());
    let conversation = form.reply.as_ref().and_then(|to| ConversationId::parse(&to.conversation_id).ok());
    Draft {
        sender: shell.organisation.orgnr.clone(),
        sender_name: shell.organisation.name.clone(),
        supplier: supplier(shell, form).map(|one| one.orgnr.clone()).unwrap_or_default(),
        recipient,
        recipient_name,
        title: form.title.trim().to_owned(),
        process: form.process_urn(),
        documents: documents.collect(),
        case: CaseFields {
            case_number: value(CaseField::Number),
            case_title: or(value(CaseField::Title), form.title.trim()),
            document_date: or(value(CaseField::Date), &today()),
            our_reference: value(CaseField::OurReference),
            their_reference: value(CaseField::TheirReference),
            case_worker: or(value(CaseField::CaseWorker), &shell.session.person.name),
            access_restriction: value(CaseField::Restriction),
            ..CaseFields::default()
        },
        agreed: form.agreed.chosen().filter(|_| !form.is_to_person()),
        svarut: form.choices.shipment(form.confidential, level),
        dpv: form.choices.inbox(form.confidential),
        deadline_seconds: Some(form.choices.deadline.seconds()),
        person: form.is_to_person().then(|| form.person.letter(&form.choices)),
        reply: conversation.map(|conversation_id| ReplyTo { conversation_id, their_reference }),
    }
}

/// Who signs for the sender, when it does not sign itself.
pub(super) fn supplier<'a>(shell: &'a Shell, form: &Form) -> Option<&'a OrganisationAccess> {
    Some(&shell.signing(form.is_to_person())?.supplier?.signer)
}

/// The form with what can be filled in for the person: date and caseworker.
pub(super) fn with_defaults(shell: &Shell, form: &Form) -> Form {
    let defaults = [(CaseField::Date, today()), (CaseField::CaseWorker, shell.session.person.name.clone())];
    let mut form = form.clone();
    form.choices.digital_usual = shell.session.digital_only.contains(&shell.organisation.orgnr);
    defaults.into_iter().fold(form, |form, (field, value)| {
        if form.case.get(field).is_empty() { form.after(Action::Case(field, value)) } else { form }
    })
}

/// Today in Norway, `2026-08-04`.
fn today() -> String {
    crate::backend::now().to_zoned(jiff::tz::get!("Europe/Oslo")).date().to_string()
}

/// What the recipient can receive, verified in this browser.
pub(super) async fn delivery(
    shell: &Shell,
    orgnr: &str,
    process: &str,
    level: Option<u8>,
    max_age: u32,
) -> Result<(Delivery, Capability), Trouble> {
    let (question, asked) = question(shell, orgnr, process, level, max_age).await?;
    let view = shell.vault.address(question).await?;
    let text = &shell.text().compose;
    let reason = |reason: &konvolutt_shared::address::Reason| {
        let values: Vec<_> = reason.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match reason.rule {
            Rule::RegistrySigned => text.reason_signed.to_owned(),
            Rule::Registered => text.reason_registered.to_owned(),
            Rule::ChannelFromRegistry => fill(text.reason_channel, &values),
            Rule::CertificateHolds => {
                let until = fill("{gyldigTil}", &values).parse().map(|at| day(at, shell.lang)).unwrap_or_default();
                fill(text.reason_certificate, &[("dato", &until)])
            }
            Rule::CarrierOpens => text.reason_carrier.to_owned(),
            Rule::RelayOpens => text.reason_relay.to_owned(),
            _ => String::new(),
        }
    };
    let reasons = view.reasons.iter().map(reason).filter(|sentence| !sentence.is_empty()).collect();
    let (max_bytes, can_reply) = (view.capability.max_bytes, view.capability.can_reply);
    let delivery = Delivery { channel: view.channel, reader: view.reader, max_bytes, can_reply, reasons, asked };
    Ok((delivery, view.capability))
}

/// Sends the letter.
pub(super) async fn deliver(
    shell: &Shell,
    draft: &Written,
    attempt: &Rc<RefCell<Option<Attempt>>>,
    signal: &AbortSignal,
    show: Callback<Progress>,
) -> Result<MessageView, Trouble> {
    let form = &draft.form;
    let bar = Bar { progress: Rc::new(Cell::new(Progress::new(form.total_size()))), show };
    let kept = attempt.borrow_mut().take().filter(|kept| kept.form == *form && kept.is_fresh());
    if kept.is_some() && shell.resumes {
        // A person has said so: from here on it goes on by itself again. If that is not noted, the person is asked.
        let _ = shell.vault.hold_sending(&form.message_id, false).await;
    }
    let result = match kept {
        Some(kept) => Ok(kept),
        None => seal_and_upload(shell, draft, signal, &bar).await,
    };
    let result = match result {
        Ok(_) if signal.aborted() => Err(Trouble::of(Code::SendingCancelled)),
        Ok(mut kept) => {
            let handed_over = hand_over(shell, &mut kept, signal, &bar).await;
            if handed_over.is_err() {
                *attempt.borrow_mut() = Some(kept);
            }
            handed_over
        }
        Err(trouble) => Err(trouble),
    };
    if shell.resumes {
        settle(shell, &form.message_id, result.as_ref().err()).await;
    }
    result
}

/// What becomes of what this browser keeps of a sending. One that failed in front of a person goes on only when the person
/// says so, here or after a reload: the draft lies here still, and may be changed meanwhile.
async fn settle(shell: &Shell, message_id: &str, trouble: Option<&Trouble>) {
    // What cannot be changed in the browser's storage is found again when the portal is opened, and judged then.
    let _ = match trouble.map(|trouble| trouble.code) {
        None | Some(Code::SendingCancelled) => shell.vault.forget_sending(message_id).await,
        Some(_) => shell.vault.hold_sending(message_id, true).await,
    };
}

/// How far it has come, and who shows it.
#[derive(Clone)]
struct Bar {
    progress: Rc<Cell<Progress>>,
    show: Callback<Progress>,
}

impl Bar {
    fn change(&self, change: impl FnOnce(Progress) -> Progress) {
        self.progress.set(change(self.progress.get()));
        self.show.emit(self.progress.get());
    }

    /// An upload's step; answers how many bytes the relay has.
    fn uploaded(&self, step: UploadStep, package: &Package) -> u64 {
        let (confirmed, line) = match step {
            UploadStep::Confirmed(bytes) => (bytes, Line::Open),
            UploadStep::Lost(bytes) => (bytes, Line::Lost),
            UploadStep::Resumed(bytes) => (bytes, Line::Back),
        };
        self.change(|progress| {
            let progress = match package.size() {
                (total, true) => progress.uploading(confirmed, total),
                (_, false) => progress.uploading_meanwhile(confirmed),
            };
            progress.with_line(line)
        });
        confirmed
    }
}

/// Seals, and uploads what is sealed at the same time. An upload that fails alone leaves a sealed letter that can be
/// uploaded again.
async fn seal_and_upload(shell: &Shell, draft: &Written, signal: &AbortSignal, bar: &Bar) -> Result<Attempt, Trouble> {
    let form = &draft.form;
    let package = Rc::new(Package::default());
    let uploaded_all = Rc::new(Cell::new(false));
    let sealing = async {
        let sealed = seal(shell, draft, &package, &uploaded_all, bar).await;
        if sealed.is_ok() {
            package.end();
            // Sealing may be far ahead of the upload.
            bar.change(|progress| progress.uploading(progress.uploaded, package.size().0));
        } else {
            package.give_up();
        }
        sealed
    };
    let uploading = async {
        let taken = |bytes| shell.vault.taken(&form.message_id, bytes);
        let step = |step| taken(bar.uploaded(step, &package));
        let uploaded = upload_anew(shell, &form.message_id, &package, signal, step).await;
        // Whether it went well or not: what is left is kept for the next try.
        uploaded_all.set(true);
        taken(u64::MAX);
        uploaded
    };
    let (sealed, uploaded) = join(sealing, uploading).await;
    Ok(Attempt { form: form.clone(), sealed: sealed?, upload: uploaded.ok(), package })
}

/// Asks the registry again (the certificate may have changed since), then packs, signs and seals.
async fn seal(
    shell: &Shell,
    letter: &Written,
    package: &Rc<Package>,
    uploaded_all: &Rc<Cell<bool>>,
    bar: &Bar,
) -> Result<SealedView, Trouble> {
    let (form, files) = (&letter.form, &letter.files);
    let missing = |code| move || Trouble::of(code);
    let recipient = form.recipient.as_ref().ok_or_else(missing(Code::RecipientMissing))?;
    let key = shell.signing(form.is_to_person()).ok_or_else(missing(Code::KeyMissing))?.key.id.clone();
    let list: Option<Vec<_>> = form.documents.iter().map(|document| files.get(document.id)).collect();
    let list = list.ok_or_else(missing(Code::DocumentEmpty))?;
    bar.change(|progress| progress);
    let request = SendRequest {
        // The worker gives it the level that the registry's answer has.
        draft: draft(shell, form, None),
        key,
        address: question(shell, &recipient.orgnr, &form.process_urn(), form.level(), 0).await?.0,
        message_id: form.message_id.clone(),
        // A letter that answers nothing begins a conversation of its own.
        conversation_id: form.reply.as_ref().map_or_else(|| form.message_id.clone(), |to| to.conversation_id.clone()),
        receiver_reference: Some(form.case.get(CaseField::TheirReference).to_owned()).filter(|text| !text.is_empty()),
        keep: letter.keep(shell),
        approvals: shell.session.approvals.clone(),
        message_channel: shell.message_channel().cloned(),
    };
    let (parts, progress) = (package.clone(), bar.clone());
    let (shell_then, message_id, uploaded_all) = (shell.clone(), form.message_id.clone(), uploaded_all.clone());
    let on_news = Callback::from(move |news| match news {
        News::Part(part) => parts.push(part),
        News::Step(step) => progress.change(|progress| progress.sealing(step.done)),
        News::Token(wanted) => {
            // All parts have come, so the upload need not wait for what is signed afterwards.
            parts.end();
            let (shell, id, uploaded_all) = (shell_then.clone(), message_id.clone(), uploaded_all.clone());
            spawn_local(async move { give_token(&shell, &id, &wanted, &uploaded_all).await });
        }
    });
    Ok(shell.vault.send(request, &list, on_news).await?)
}

/// Fetches an access token as late as can be: it lives for two minutes, and an upload on a slow line for longer.
async fn give_token(shell: &Shell, message_id: &str, wanted: &NewMailToken, uploaded_all: &Cell<bool>) {
    while !uploaded_all.get() {
        sleep(LOOK_AGAIN).await;
    }
    let token = shell.backend.mail_token(wanted).await;
    shell.vault.give_token(message_id, token.map_err(|failure| Trouble::from(failure).into_findings()));
}

/// Uploads a package from its first byte, and returns the upload's id.
async fn upload_anew(
    shell: &Shell,
    message_id: &str,
    package: &Package,
    signal: &AbortSignal,
    on_step: impl FnMut(UploadStep),
) -> Result<String, Failure> {
    let id = shell.backend.begin_upload(signal).await?;
    if shell.resumes {
        // Only then the worker has the letter in hand.
        package.begun().await;
        shell.vault.sending_uploads(message_id, &id);
    }
    match upload(&shell.backend, &id, package, None, signal, on_step).await {
        Ok(()) => Ok(id),
        Err(failure) => {
            if failure == Failure::Cancelled {
                shell.backend.forget_upload(&id).await;
            }
            Err(failure)
        }
    }
}

/// Uploads the package unless it is there already, and submits the envelope.
async fn hand_over(shell: &Shell, kept: &mut Attempt, signal: &AbortSignal, bar: &Bar) -> Result<MessageView, Trouble> {
    let upload = match &kept.upload {
        Some(upload) => upload.clone(),
        None => {
            let package = kept.package.clone();
            let shown = |step| {
                bar.uploaded(step, &package);
            };
            upload_anew(shell, &kept.form.message_id, &package, signal, shown).await?
        }
    };
    kept.upload = Some(upload.clone());
    bar.change(Progress::handing_over);
    let submission = Submission {
        envelope: kept.sealed.envelope.clone(),
        upload,
        business_message: kept.sealed.business_message.clone(),
        approval_key: kept.sealed.approval_key.clone(),
    };
    submit(&shell.backend, &submission).await.map_err(|failure| {
        if matches!(&failure, Failure::Refused(problem) if problem.code == Code::UploadUnknown) {
            kept.upload = None;
        }
        Trouble::of_submission(failure)
    })
}

impl Attempt {
    /// Whether it can still be handed over: an access token in it lives for minutes only.
    fn is_fresh(&self) -> bool {
        self.sealed.expires.is_none_or(|expires| expires > crate::backend::now())
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}
