//! Handing over an envelope, whose answer may be lost.

use konvolutt_shared::api::{MessageView, Submission};

use super::http::sleep;
use super::{Backend, Failure};

/// Attempts to hand over the same envelope when no answer comes.
const SUBMISSIONS: i32 = 3;

/// Hands over an envelope whose package is uploaded.
///
/// # Errors
/// [`Failure::Network`] when no answer came to several attempts: whether it was taken is not known. Else as any request.
pub async fn submit(backend: &Backend, submission: &Submission) -> Result<MessageView, Failure> {
    let mut tries = 1;
    loop {
        match backend.submit(submission).await {
            // The answer was lost, perhaps the request too. The same envelope again can do no harm.
            Err(Failure::Network) if tries < SUBMISSIONS => sleep(1000 * tries).await,
            answer => return answer,
        }
        tries += 1;
    }
}
