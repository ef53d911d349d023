//! Asking the registry, and when it was asked.

use jiff::{SignedDuration, Timestamp};

use crate::flow::trouble::Trouble;
use crate::ui::Shell;
use crate::vault::AddressRequest;

/// How old a register's answer may be while a letter is written, in seconds. Before it is sealed everything is asked anew.
pub(super) const OLDEST: u32 = 300;

/// The registry's answer with what it must be held against, and when the registry was asked. A level is asked for where the
/// letter has one.
pub(super) async fn question(
    shell: &Shell,
    orgnr: &str,
    process: &str,
    level: Option<u8>,
    max_age: u32,
) -> Result<(AddressRequest, Timestamp), Trouble> {
    // Without a number there is nobody to ask about: the letter goes to the pinned print provider.
    let (registry_answer, print_certificate, age) = if orgnr.is_empty() {
        (String::new(), Some(shell.backend.print_certificate().await?.certificate), 0)
    } else {
        let answer = shell.backend.lookup(orgnr, Some(process), level, max_age).await?;
        (answer.registry_answer, None, answer.age)
    };
    let asked = asked(age);
    let request = AddressRequest {
        registry_answer,
        print_certificate,
        recipient: orgnr.to_owned(),
        process: process.to_owned(),
        trust: shell.vault.trust().await?,
        revocation: shell.backend.revocation_lists().await.ok(),
    };
    Ok((request, asked))
}

/// When something was asked for whose age has just been told. The relay's clock may be another than this browser's.
pub(super) fn asked(age: u32) -> Timestamp {
    crate::backend::now() - SignedDuration::from_secs(age.into())
}
