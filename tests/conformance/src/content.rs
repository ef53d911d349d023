//! Contents, through `seal::decrypt`.

use konvolutt_shared::seal::{CipherParameters, ContentCipher, ContentKey, SealedTail, decrypt};

use crate::cases::{Case, Group};
use crate::report::Answer;

/// What becomes of a group's contents.
pub(crate) fn answers(group: &Group) -> Vec<Answer> {
    let gcm = group.parameters.contains_key("nonceBits");
    let cipher = match (group.parameters.get("keyBits").map(String::as_str), gcm) {
        (Some("128"), false) => ContentCipher::Aes128Cbc,
        (Some("256"), false) => ContentCipher::Aes256Cbc,
        (Some("128"), true) => ContentCipher::Aes128Gcm,
        (Some("256"), true) => ContentCipher::Aes256Gcm,
        _ => return vec![Answer::Wrong("no cipher"); group.cases.len()],
    };
    group.cases.iter().map(|case| answer(cipher, case)).collect()
}

/// GCM without associated data is read both ways: with the tag in AuthEnvelopedData's place, and at the content's end.
fn answer(cipher: ContentCipher, case: &Case) -> Answer {
    if !cipher.is_gcm() {
        return judge(case, cipher, &case.input, None);
    }
    let detached = judge(case, cipher, &case.input, Some(case.tag.clone()));
    if !case.associated.is_empty() {
        return detached;
    }
    let attached = judge(case, cipher, &[&case.input[..], &case.tag].concat(), None);
    if attached == detached { attached } else { Answer::Wrong("the tag's place makes a difference") }
}

fn judge(case: &Case, cipher: ContentCipher, content: &[u8], tag: Option<Vec<u8>>) -> Answer {
    let tag_length = if cipher.is_gcm() { 16 } else { 0 };
    let parameters = CipherParameters { cipher, iv: case.iv.clone(), tag_length };
    let tail = SealedTail { tag, associated: case.associated.clone(), ciphertext: content.len() as u64 };
    match decrypt(&parameters, &ContentKey::new(case.key.clone()), content, &tail) {
        Ok(plain) if plain == case.message => Answer::Taken,
        Ok(_) => Answer::Wrong("another plaintext"),
        Err(_) => Answer::Refused,
    }
}
