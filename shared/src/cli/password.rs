//! The password of a key file, as an argument.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::output::{self, Failure};

/// How the password is given.
#[derive(Args)]
pub(crate) struct Password {
    /// The key file's password. Others on this machine may see it while the program runs, and the shell may
    /// keep it: --password-file is better.
    #[arg(long, value_name = "PW", value_parser = secret)]
    password: Option<Zeroizing<String>>,
    /// A file whose first line is the key file's password, UTF-8; what follows is passed over.
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    password_file: Option<PathBuf>,
}

fn secret(text: &str) -> Result<Zeroizing<String>, Infallible> {
    Ok(Zeroizing::new(text.to_owned()))
}

impl Password {
    /// The password, if one was given.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        let Some(path) = &self.password_file else { return Ok(self.password.clone()) };
        let text = Zeroizing::new(output::read_text(path)?);
        Ok(Some(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())))
    }
}
