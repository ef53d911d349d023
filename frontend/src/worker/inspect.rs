//! Looking at an artefact for the lab. A dropped key is used once, here, and forgotten.

use jiff::Timestamp;
use konvolutt_shared::api::Trust;
use konvolutt_shared::container::VerifyPolicy;
use konvolutt_shared::inspect::{Options, inspect as look};
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Purpose, SoftKey};
use konvolutt_shared::seal;
use web_sys::Blob;

use super::{Outcome, address, files};
use crate::protocol::Answer;

pub(super) async fn inspect(
    artefact: &Blob,
    key: Option<(&Blob, &str)>,
    trust: Option<&Trust>,
    now: Timestamp,
) -> Outcome<(Answer, Vec<Blob>)> {
    let bytes = files::read(artefact).await?;
    let policy = match trust {
        Some(trust) => Some(VerifyPolicy {
            path: address::policy(trust, None, Purpose::Sign, now)?,
            sender: None,
            limits: Limits::default(),
        }),
        None => None,
    };
    let options = Options { limits: Limits::default(), policy };
    let report = Box::new(look(&bytes, &options));
    let Some((file, password)) = key else { return Ok((Answer::Inspected { report, inner: None }, Vec::new())) };
    let key = SoftKey::from_pkcs12(&files::read(file).await?, password).map_err(|finding| vec![finding])?;
    let content = seal::open(&bytes, &key, &options.limits).map_err(|finding| vec![finding])?;
    let inner = Some(Box::new(look(&content, &options)));
    let blob = files::blob(&content, "application/octet-stream")?;
    Ok((Answer::Inspected { report, inner }, vec![blob]))
}
