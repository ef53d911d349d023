//! A document of a letter being written.

/// A file as it comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// Given by the page, which keeps the file under it.
    pub id: u32,
    /// File name.
    pub name: String,
    /// Media type as the browser says; may be empty.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// How it begins.
    pub head: Vec<u8>,
    /// How it ends.
    pub tail: Vec<u8>,
}

/// A document of the letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Stays the same while the letter is written; also the key of the file.
    pub id: u32,
    /// File name.
    pub name: String,
    /// Title; prefilled from the file name.
    pub title: String,
    /// Media type.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// How it begins.
    pub head: Vec<u8>,
    /// How it ends.
    pub tail: Vec<u8>,
    /// Whether it is the main document.
    pub main: bool,
}

/// No content shows.
impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("id", &self.id).field("size", &self.size).field("main", &self.main).finish()
    }
}

impl Document {
    pub(super) fn new(file: NewDocument, main: bool) -> Self {
        let title = title_of(&file.name).to_owned();
        let media_type =
            if file.media_type.is_empty() { media_type_of(&file.name).to_owned() } else { file.media_type };
        Self {
            id: file.id,
            title,
            media_type,
            name: file.name,
            size: file.size,
            head: file.head,
            tail: file.tail,
            main,
        }
    }
}

/// The file name without its extension.
fn title_of(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && (1..=5).contains(&extension.len()) => stem,
        _ => name,
    }
}

/// For files whose type the browser does not know.
fn media_type_of(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    match extension.as_str() {
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "xml" => "application/xml",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "odt" => "application/vnd.oasis.opendocument.text",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_the_name_without_its_extension() {
        assert_eq!(title_of("Søknad – vedlegg æøå.pdf"), "Søknad – vedlegg æøå");
        assert_eq!(title_of(".gitignore"), ".gitignore");
        assert_eq!(title_of("rapport"), "rapport");
        assert_eq!(title_of("Vedtak 2026. Endelig versjon"), "Vedtak 2026. Endelig versjon");
    }
}
