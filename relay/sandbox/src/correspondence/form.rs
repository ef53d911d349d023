//! The flattened multipart form as ASP.NET binds it: `Correspondence.Content.MessageTitle`, `Recipients[0]`, names in
//! any case; files in parts named `attachments`.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::Multipart;
use jiff::Timestamp;

use super::problem::Problem;

/// The most bytes of one file; the real one takes 2 GB in a form.
const MAX_FILE: usize = 300_000_000;

/// Text fields by lower-case name, and the files.
#[derive(Debug, Default)]
pub(super) struct Form {
    fields: BTreeMap<String, String>,
    pub(super) files: Vec<File>,
    /// What cannot be bound.
    wrong: Vec<(String, String)>,
}

/// An uploaded file. Its `Debug` shows nothing of it.
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: Bytes,
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "File({} bytes)", self.content.len())
    }
}

impl Form {
    pub(super) async fn read(mut parts: Multipart) -> Result<Self, Problem> {
        let broken = |_| Problem::Validation(vec![("$".to_owned(), "Failed to read the request form.".to_owned())]);
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_lowercase();
            if let Some(file) = part.file_name().map(str::to_owned) {
                let content = part.bytes().await.map_err(broken)?;
                if name != "attachments" || content.len() > MAX_FILE {
                    form.wrong.push((name, "The file is not expected here, or too large.".to_owned()));
                } else {
                    form.files.push(File { name: file, content });
                }
            } else {
                let text = part.text().await.map_err(broken)?;
                form.fields.insert(name, text);
            }
        }
        Ok(form)
    }

    /// A form out of fields, for tests.
    #[cfg(test)]
    pub(super) fn of(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Self {
        let fields = fields.iter().map(|(name, text)| (name.to_lowercase(), (*text).to_owned()));
        let file = |(name, content): &(&str, &[u8])| File {
            name: (*name).to_owned(),
            content: Bytes::copy_from_slice(content),
        };
        Self { fields: fields.collect(), files: files.iter().map(file).collect(), wrong: Vec::new() }
    }

    /// A field; empty counts as absent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(&name.to_lowercase()).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// Notes what is wrong with a field.
    pub(super) fn refuse(&mut self, name: &str, text: impl Into<String>) {
        self.wrong.push((name.to_owned(), text.into()));
    }

    /// A text of at most so many characters, empty when it is absent.
    pub(super) fn bounded(&mut self, name: &str, required: bool, max: usize) -> String {
        let text = self.text(name).unwrap_or_default().to_owned();
        if required && text.is_empty() {
            self.refuse(name, format!("The {name} field is required."));
        }
        if text.chars().count() > max {
            self.refuse(name, format!("The field {name} must have at most {max} characters."));
        }
        text
    }

    pub(super) fn boolean(&mut self, name: &str) -> bool {
        let found = self.text(name).map(str::to_lowercase);
        match found.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                self.refuse(name, format!("The value '{other}' is not valid for {name}."));
                false
            }
        }
    }

    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?.to_owned();
        let time = text.parse().ok();
        if time.is_none() {
            self.refuse(name, format!("The value '{text}' is not valid for {name}."));
        }
        time
    }

    /// One of these words, in any case.
    pub(super) fn word(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(name)?.to_owned();
        let word = words.iter().find(|word| word.eq_ignore_ascii_case(&text)).copied();
        if word.is_none() {
            self.refuse(name, format!("The value '{text}' is not valid for {name}."));
        }
        word
    }

    /// How many elements a list has: `name[0]…` without a gap.
    pub(super) fn count(&self, name: &str) -> usize {
        let begins = |index: usize| format!("{}[{index}]", name.to_lowercase());
        (0..).take_while(|index| self.fields.keys().any(|field| field.starts_with(&begins(*index)))).count()
    }

    /// A dictionary: `name.key` or `name[key]`. Keys are in lower case.
    pub(super) fn dictionary(&self, name: &str) -> BTreeMap<String, String> {
        let (dotted, indexed) = (format!("{}.", name.to_lowercase()), format!("{}[", name.to_lowercase()));
        let key = |field: &str| {
            let inner = field.strip_prefix(&indexed).and_then(|rest| rest.strip_suffix(']'));
            inner.or_else(|| field.strip_prefix(&dotted)).map(str::to_owned)
        };
        self.fields.iter().filter_map(|(field, text)| Some((key(field)?, text.clone()))).collect()
    }

    /// Everything that is wrong, if anything is.
    pub(super) fn verdict(&mut self) -> Result<(), Problem> {
        let wrong = std::mem::take(&mut self.wrong);
        if wrong.is_empty() { Ok(()) } else { Err(Problem::Validation(wrong)) }
    }
}
