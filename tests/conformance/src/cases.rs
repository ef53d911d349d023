//! The cases that are run, as the build script writes them and as JavaScript gets them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What tells groups apart: `hash`, `mgfHash`, `salt`, `curve`, `bits`, `keyBits`, `nonceBits`, `label`.
pub type Parameters = BTreeMap<String, String>;

/// Everything Wycheproof has about one algorithm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Set {
    /// As in `skips.json`.
    pub name: String,
    /// Cases that have parameters and key in common.
    pub groups: Vec<Group>,
    /// What is left out, counted when the crate was built.
    pub skipped: Vec<Skipped>,
    /// The reasons for what must be refused, with counts. These are among the groups.
    pub refused: Vec<Skipped>,
}

/// How many cases a reason holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// From `skips.json`.
    pub reason: String,
    /// Never zero, or the entry is of no use.
    pub count: usize,
}

/// Cases with the same parameters and key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    /// See [`Parameters`].
    pub parameters: Parameters,
    /// SubjectPublicKeyInfo or PKCS#8, DER; empty for AES, where each case has its own.
    #[serde(with = "base64_text", default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<u8>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// What Wycheproof says of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It must be taken.
    Valid,
    /// It must be refused.
    Invalid,
    /// Either.
    Acceptable,
}

/// One case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Test set and number, as Wycheproof has them.
    pub id: String,
    /// What Wycheproof says.
    pub outcome: Outcome,
    /// Whether the core must refuse it all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// What is signed, or what must come out.
    #[serde(with = "base64_text", default, skip_serializing_if = "Vec::is_empty")]
    pub message: Vec<u8>,
    /// Signature or ciphertext.
    #[serde(with = "base64_text", default, skip_serializing_if = "Vec::is_empty")]
    pub input: Vec<u8>,
    /// AES key.
    #[serde(with = "base64_text", default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<u8>,
    /// Initialisation vector or nonce.
    #[serde(with = "base64_text", default, skip_serializing_if = "Vec::is_empty")]
    pub iv: Vec<u8>,
    /// Associated data of GCM, label of OAEP.
    #[serde(with = "base64_text", default, skip_serializing_if = "Vec::is_empty")]
    pub associated: Vec<u8>,
    /// Tag of GCM.
    #[serde(with = "base64_text", default, skip_serializing_if = "Vec::is_empty")]
    pub tag: Vec<u8>,
}

mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
