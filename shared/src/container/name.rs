//! What the documents of a container are called in it.

use std::collections::HashSet;

use super::write::{DocumentHead, Profile};

/// The documents as a container of the profile names them, in their order. CAdES keeps their names. XAdES has
/// room for names of 4 to 100 characters of `[A-Za-z0-9._-]` alone (sdp-manifest.xsd; the reference cannot read
/// others), so there they get such a name, each once, whatever the case; their own names can stand as titles.
pub fn entry_names(profile: Profile, documents: &[DocumentHead]) -> Vec<DocumentHead> {
    let mut taken = HashSet::from(["manifest.xml".to_owned()]);
    let head = |document: &DocumentHead| {
        let name = match profile {
            Profile::Cades => document.name.clone(),
            Profile::Xades => unique(&plain(&document.name), &mut taken),
        };
        DocumentHead { name, media_type: document.media_type.clone() }
    };
    documents.iter().map(head).collect()
}

/// A name of `[A-Za-z0-9._-]`, 4 to 100 characters (sdp-manifest.xsd), that still reads like the given one.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            'æ' => plain.push_str("ae"),
            'Æ' => plain.push_str("Ae"),
            'ø' => plain.push('o'),
            'Ø' => plain.push('O'),
            'å' => plain.push('a'),
            'Å' => plain.push('A'),
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') => plain.push(c),
            _ => plain.push('_'),
        }
    }
    let (stem, extension) = plain.rsplit_once('.').map_or((plain.as_str(), ""), |(stem, end)| (stem, end));
    let extension = extension.get(..extension.len().min(10)).unwrap_or_default();
    let stem = stem.get(..stem.len().min(80)).unwrap_or_default();
    let name = if extension.is_empty() { stem.to_owned() } else { format!("{stem}.{extension}") };
    if name.len() < 4 { format!("fil_{name}") } else { name }
}

fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2_u32;
    while !taken.insert(candidate.to_lowercase()) {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let dot = if extension.is_empty() { "" } else { "." };
        candidate = format!("{stem}-{number}{dot}{extension}");
        number += 1;
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_dpi() {
        assert_eq!(plain("Søknad – vedlegg æøå.pdf"), "Soknad___vedlegg_aeoa.pdf");
        assert_eq!(plain("a"), "fil_a");
        let mut taken = HashSet::new();
        assert_eq!(unique("a.pdf", &mut taken), "a.pdf");
        assert_eq!(unique("A.pdf", &mut taken), "A-2.pdf");
    }
}
