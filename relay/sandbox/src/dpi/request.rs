//! Reading what is handed in: a message and, with a letter, its package.

use std::path::Path;

use axum::extract::multipart::{Field, Multipart, MultipartError};
use rsa::sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::problem::{Flaw, Problem};

/// The longest message that is read, in bytes.
const MAX_MESSAGE: usize = 1024 * 1024;

/// The largest package, in bytes: letters of 50 MB fit when they are sealed.
const MAX_PACKAGE: usize = 50 * 1024 * 1024;

/// What came.
pub(super) struct Upload {
    pub(super) jwt: String,
    /// SHA-256 of the package, which lies in the file that was named.
    pub(super) package: Option<[u8; 32]>,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("package", &self.package.is_some()).finish_non_exhaustive()
    }
}

/// Reads both parts, in any order; the package goes to `file`.
pub(super) async fn read(mut parts: Multipart, file: &Path) -> Result<Upload, Problem> {
    let (mut jwt, mut package) = (None, None);
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        match part.name() {
            Some("forretningsmelding") if jwt.is_none() => {
                expect(&part, "application/jwt")?;
                let text = part.text().await.map_err(broken)?;
                if text.len() > MAX_MESSAGE {
                    return Err(Problem::invalid(Flaw::Request, "forretningsmelding is larger than 1 MB"));
                }
                jwt = Some(text);
            }
            Some("dokumentpakke") if package.is_none() => {
                expect(&part, "application/cms")?;
                package = Some(keep(part, file).await?);
            }
            _ => return Err(Problem::invalid(Flaw::Request, "a part that nobody asked for, or one that came twice")),
        }
    }
    let jwt = jwt.ok_or_else(|| Problem::invalid(Flaw::Request, "the part forretningsmelding is missing"))?;
    Ok(Upload { jwt, package })
}

fn expect(part: &Field<'_>, media_type: &str) -> Result<(), Problem> {
    if part.content_type() == Some(media_type) {
        return Ok(());
    }
    Err(Problem::invalid(Flaw::Request, format!("{} is not {media_type}", part.name().unwrap_or_default())))
}

async fn keep(mut part: Field<'_>, path: &Path) -> Result<[u8; 32], Problem> {
    let mut file = tokio::fs::File::create(path).await?;
    let mut digest = Sha256::new();
    let mut size = 0;
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        size += chunk.len();
        if size > MAX_PACKAGE {
            return Err(Problem::invalid(Flaw::Size, "a package has at most 50 MB"));
        }
        digest.update(&chunk);
        file.write_all(&chunk).await?;
    }
    if size == 0 {
        return Err(Problem::invalid(Flaw::Request, "dokumentpakke is empty"));
    }
    file.flush().await?;
    file.sync_data().await?;
    Ok(digest.finalize().into())
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` hands it over in")]
fn broken(error: MultipartError) -> Problem {
    Problem::invalid(Flaw::Request, error.body_text())
}
