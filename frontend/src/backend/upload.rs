//! Resumable upload of the sealed package (TUS 1.0.0, core protocol, creation, creation-defer-length and termination).

use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, Blob, Response};

use super::http::{Call, refusal, sleep};
use super::package::{Package, Slice};
use super::{Backend, Failure};

/// Bytes in one PATCH: small enough that a broken connection costs little, large enough that the round trip does not.
const SLICE: u64 = 1024 * 1024;

/// Attempts in a row without a byte of progress before giving up; with the pauses below about half a minute.
const ATTEMPTS: u32 = 6;

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadStep {
    /// Bytes that the relay has confirmed.
    Confirmed(u64),
    /// Nothing gets through; the relay has had so many, and is tried again.
    Lost(u64),
    /// The connection is back; the upload goes on from this byte.
    Resumed(u64),
}

/// Uploads `package` as it is made: all of it, or from an offset that the relay has told.
///
/// # Errors
/// [`Failure::Cancelled`] if `signal` is aborted or the package is given up, [`Failure::Network`] after several attempts
/// without progress, or the relay's refusal. What the relay got stays there.
pub async fn upload(
    backend: &Backend,
    upload: &str,
    package: &Package,
    from: Option<u64>,
    signal: &AbortSignal,
    mut on_step: impl FnMut(UploadStep),
) -> Result<(), Failure> {
    let location = path(upload);
    let (mut offset, mut failures) = (from.unwrap_or(0), 0);
    // What was sent before a connection broke may still be on its way, and until then the relay takes nothing else. An
    // empty request finds out when, at no cost.
    let mut ask_first = from.is_some();
    while let Some(slice) = package.slice(offset, SLICE).await? {
        let slice = if ask_first { Slice::default() } else { slice };
        match backend.send_slice(&location, slice, offset, signal).await {
            Ok(next) if next > offset || ask_first => {
                (offset, failures, ask_first) = (next, 0, false);
                on_step(UploadStep::Confirmed(offset));
            }
            Err(failure) if !worth_resuming(&failure) => return Err(failure),
            _ if failures + 1 >= ATTEMPTS => return Err(Failure::Network),
            answer => {
                if answer.is_err_and(|failure| is_silence(&failure)) {
                    on_step(UploadStep::Lost(offset));
                }
                (failures, ask_first) = (failures + 1, true);
                sleep(pause(failures)).await;
                if signal.aborted() {
                    return Err(Failure::Cancelled);
                }
                // The slice may have arrived although its answer did not: ask.
                if let Ok(Some(now)) = backend.upload_offset(upload, signal).await {
                    offset = now;
                    on_step(UploadStep::Resumed(offset));
                }
            }
        }
    }
    Ok(())
}

impl Backend {
    /// Begins an upload whose length is told with its last bytes, and returns its id.
    ///
    /// # Errors
    /// As any request.
    pub async fn begin_upload(&self, signal: &AbortSignal) -> Result<String, Failure> {
        let call = tus("POST", "/api/v1/uploads").header("upload-defer-length", "1").signal(Some(signal));
        let response = self.call(call).await?;
        let location = response.headers().get("location").ok().flatten().ok_or(Failure::Unreadable)?;
        // The id is all that is used of it, so that an answer cannot send the package elsewhere.
        location.rsplit('/').next().filter(|id| !id.is_empty()).map(ToOwned::to_owned).ok_or(Failure::Unreadable)
    }

    /// How many bytes of an upload the relay has; `None` if it does not know the upload any more.
    ///
    /// # Errors
    /// As any request.
    pub async fn upload_offset(&self, upload: &str, signal: &AbortSignal) -> Result<Option<u64>, Failure> {
        let response = self.answer(tus("HEAD", &path(upload)).signal(Some(signal))).await?;
        match response.status() {
            404 | 410 => Ok(None),
            _ if response.ok() => upload_offset(&response).map(Some),
            _ => Err(refusal(&response).await),
        }
    }

    /// Asks the relay to forget an upload. Only tidiness: it also forgets unfinished ones by itself.
    pub async fn forget_upload(&self, upload: &str) {
        let _ = self.call(tus("DELETE", &path(upload))).await;
    }

    async fn send_slice(
        &self,
        location: &str,
        slice: Slice,
        offset: u64,
        signal: &AbortSignal,
    ) -> Result<u64, Failure> {
        let call = tus("PATCH", location)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset.to_string());
        let call = match slice.total {
            Some(total) => call.header("upload-length", total.to_string()),
            None => call,
        };
        let call = call.body(slice.bytes.map_or_else(|| JsValue::from(""), JsValue::from));
        upload_offset(&self.call(call.signal(Some(signal))).await?)
    }
}

fn path(upload: &str) -> String {
    format!("/api/v1/uploads/{}", js_sys::encode_uri_component(upload))
}

fn tus<'a>(method: &'a str, path: &'a str) -> Call<'a> {
    Call::new(method, path).header("tus-resumable", "1.0.0")
}

fn upload_offset(response: &Response) -> Result<u64, Failure> {
    let header = response.headers().get("upload-offset").ok().flatten();
    header.and_then(|value| value.parse().ok()).ok_or(Failure::Unreadable)
}

/// Whether asking for the offset and going on may help.
fn worth_resuming(failure: &Failure) -> bool {
    match failure {
        Failure::Network => true,
        Failure::Refused(problem) => problem.status == 409 || problem.status == 423 || problem.retryable,
        Failure::Unreadable | Failure::Cancelled => false,
    }
}

/// Whether a failure says that the relay cannot be reached, rather than that it will not take this now.
fn is_silence(failure: &Failure) -> bool {
    matches!(failure, Failure::Network) || matches!(failure, Failure::Refused(problem) if problem.status >= 500)
}

/// Milliseconds before the nth attempt: 0.5, 1, 2, 4, 8 seconds.
const fn pause(failures: u32) -> i32 {
    let shift = if failures > 5 { 4 } else { failures.saturating_sub(1) };
    500 << shift
}

/// Sizes of blobs are integers below 2^53, which JavaScript holds exactly.
#[allow(clippy::cast_precision_loss)]
pub(super) const fn float(bytes: u64) -> f64 {
    bytes as f64
}

/// The size of a blob in bytes.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn length(blob: &Blob) -> u64 {
    blob.size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_stop_growing() {
        assert_eq!([1, 2, 3, 4, 5, 6, 40].map(pause), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(worth_resuming(&Failure::Network));
        assert!(!worth_resuming(&Failure::Cancelled));
        assert!(is_silence(&Failure::Network) && !is_silence(&Failure::Cancelled));
    }
}
