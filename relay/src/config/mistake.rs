//! What can be wrong with a configuration. No text of these shows a value: it may be a secret.

use super::layers::Origin;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub origin: Origin,
    pub what: What,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// The file is not TOML.
    Syntax(String),
    /// There is no such key.
    Unknown { key: String, nearest: String },
    /// The value has another shape.
    Kind { key: String, expected: String },
    /// A secret is written where others can read it.
    InlineSecret { key: String, file: &'static str },
    /// The real world needs it.
    Missing { key: &'static str, variable: String },
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.origin != Origin::Default {
            write!(f, "{}: ", self.origin)?;
        }
        match &self.what {
            What::Syntax(message) => f.write_str(message),
            What::Unknown { key, nearest } => write!(f, "there is no key «{key}». Did you mean «{nearest}»?"),
            What::Kind { key, expected } => write!(f, "«{key}» must be {expected}"),
            What::InlineSecret { key, file } => write!(
                f,
                "«{key}» holds a secret. Put it into a file that only this program's user can read, and give the \
                 file's path as «{file}» (systemd: LoadCredential=; containers: a mounted secret)"
            ),
            What::Missing { key, variable } => write!(f, "«{key}» is missing (in the environment: {variable})"),
        }
    }
}
