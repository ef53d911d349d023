//! The way from a filled-in form to a message the relay has taken: check, seal, upload, hand over.

use std::cell::RefCell;
use std::rc::Rc;

use konvolutt_shared::api::{MessageView, Submission};
use konvolutt_shared::finding::{Code, Finding, Place};
use web_sys::AbortSignal;
use yew::Callback;

use super::draft::Files;
use crate::backend::{Failure, UploadStep, length, sleep, upload};
use crate::flow::compose::{Delivery, Form, Progress, TITLE_MAX};
use crate::flow::trouble::Trouble;
use crate::ui::Shell;
use crate::vault::Sealed;

/// Shown until the recipient's own limit is known: eFormidling's default of 1 GB.
pub(super) const DEFAULT_MAX_BYTES: u64 = 1_000_000_000;

/// Bytes read of each file for the checks.
pub(super) const HEAD_BYTES: f64 = 1024.0;

/// Attempts to hand over the same envelope when no answer comes.
const SUBMISSIONS: u32 = 3;

/// A message that is sealed. Kept while sending fails, so that trying again hands over the very same envelope.
pub struct Attempt {
    form: Form,
    sealed: Sealed,
    upload: Option<String>,
}

/// Everything wrong with the letter.
pub(super) fn check(shell: &Shell, form: &Form, delivery: Option<&Delivery>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if shell.keys.is_some() && shell.key().is_none() {
        findings.push(Finding::error(Code::KeyMissing, "no key of the sender in this browser"));
    }
    let _ = (delivery, TITLE_MAX, Place::path(""));
    if form.recipient.is_none() {
        findings.push(Finding::error(Code::RecipientMissing, "no recipient"));
    }
    findings
}

/// What the recipient can receive, verified in this browser.
pub(super) async fn delivery(shell: &Shell, orgnr: &str, process: &str) -> Result<Delivery, Trouble> {
    let _answer = shell.backend.lookup(orgnr, Some(process)).await?;
    Err(Trouble::of(Code::Internal))
}

/// Sends the letter.
pub(super) async fn deliver(
    shell: &Shell,
    form: &Form,
    files: &Files,
    attempt: &Rc<RefCell<Option<Attempt>>>,
    signal: &AbortSignal,
    show: Callback<Progress>,
) -> Result<MessageView, Trouble> {
    let mut progress = Progress::new(form.total_size());
    let kept = attempt.borrow_mut().take().filter(|kept| kept.form == *form);
    let mut kept = match kept {
        Some(kept) => kept,
        None => {
            Attempt { form: form.clone(), sealed: seal(shell, form, files, &mut progress, &show).await?, upload: None }
        }
    };
    if signal.aborted() {
        return Err(Trouble::of(Code::SendingCancelled));
    }
    let result = hand_over(shell, &mut kept, signal, &mut progress, &show).await;
    if result.is_err() {
        *attempt.borrow_mut() = Some(kept);
    }
    result
}

async fn seal(
    shell: &Shell,
    form: &Form,
    files: &Files,
    progress: &mut Progress,
    show: &Callback<Progress>,
) -> Result<Sealed, Trouble> {
    let list: Vec<_> = form.documents.iter().filter_map(|document| files.get(document.id)).collect();
    let base = *progress;
    show.emit(base);
    let sealed = shell.vault.send(list, |done, _| show.emit(base.sealing(done))).await?;
    *progress = base.sealing(base.plain);
    Ok(sealed)
}

/// Uploads the package unless it is there already, and submits the envelope.
async fn hand_over(
    shell: &Shell,
    kept: &mut Attempt,
    signal: &AbortSignal,
    progress: &mut Progress,
    show: &Callback<Progress>,
) -> Result<MessageView, Trouble> {
    let total = length(&kept.sealed.package);
    let upload = match &kept.upload {
        Some(upload) => upload.clone(),
        None => {
            let on_step = |step| {
                let (confirmed, resumed) = match step {
                    UploadStep::Confirmed(bytes) => (bytes, false),
                    UploadStep::Resumed(bytes) => (bytes, true),
                };
                *progress = progress.uploading(confirmed, total);
                progress.resumed = resumed;
                show.emit(*progress);
            };
            upload(&shell.backend, &kept.sealed.package, signal, on_step).await?
        }
    };
    kept.upload = Some(upload.clone());
    show.emit(progress.handing_over());
    let submission = Submission { envelope: kept.sealed.envelope.clone(), upload };
    submit(shell, &submission, kept).await
}

async fn submit(shell: &Shell, submission: &Submission, kept: &mut Attempt) -> Result<MessageView, Trouble> {
    let mut tries = 1;
    loop {
        match shell.backend.submit(submission).await {
            Ok(view) => return Ok(view),
            // The answer was lost, perhaps the request too. The same envelope again can do no harm.
            Err(Failure::Network) if tries < SUBMISSIONS => sleep(1000 * i32::try_from(tries).unwrap_or(1)).await,
            Err(failure) => {
                if matches!(&failure, Failure::Refused(problem) if problem.code == Code::UploadUnknown) {
                    kept.upload = None;
                }
                return Err(Trouble::of_submission(failure));
            }
        }
        tries += 1;
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}
