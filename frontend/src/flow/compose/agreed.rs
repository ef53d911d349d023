//! An agreed message instead of a letter: data that the recipient's system reads.

use konvolutt_shared::letter::Agreed;
use serde::{Deserialize, Serialize};

use crate::text::{Lang, fill};

/// A field of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreedField {
    /// Which agreement it is.
    Identifier,
    /// A JSON object.
    Content,
}

impl AgreedField {
    /// The element's id.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Identifier => "agreed-identifier",
            Self::Content => "agreed-content",
        }
    }

    /// Of a finding's path.
    pub(super) fn from_path(path: &str) -> Option<Self> {
        match path {
            "agreed/identifier" => Some(Self::Identifier),
            "agreed/content" => Some(Self::Content),
            _ => None,
        }
    }

    /// What is wrong with it, and what to do.
    pub(super) fn mistake(self, lang: Lang) -> String {
        let text = &lang.text().compose;
        match self {
            Self::Identifier => {
                fill(text.agreed_name_wrong, &[("max", &konvolutt_shared::letter::MAX_IDENTIFIER.to_string())])
            }
            Self::Content => text.agreed_content_wrong.to_owned(),
        }
    }
}

/// What is filled in. `Debug` shows nothing typed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreedForm {
    /// Whether it is sent instead of a letter.
    pub on: bool,
    typed: Agreed,
}

impl Default for AgreedForm {
    fn default() -> Self {
        // Where the documents are all there is, the content is an empty object.
        Self { on: false, typed: Agreed { identifier: String::new(), content: "{}".to_owned() } }
    }
}

impl AgreedForm {
    /// What was typed.
    pub fn get(&self, field: AgreedField) -> &str {
        match field {
            AgreedField::Identifier => &self.typed.identifier,
            AgreedField::Content => &self.typed.content,
        }
    }

    pub(super) fn set(&mut self, field: AgreedField, value: String) {
        match field {
            AgreedField::Identifier => self.typed.identifier = value,
            AgreedField::Content => self.typed.content = value,
        }
    }

    /// As the core knows it; none when a letter is sent.
    pub fn chosen(&self) -> Option<Agreed> {
        self.on.then(|| self.typed.clone())
    }
}

impl std::fmt::Debug for AgreedForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgreedForm").field("on", &self.on).finish_non_exhaustive()
    }
}
