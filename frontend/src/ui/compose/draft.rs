//! A letter being written, with its files. It lives in this tab's memory only: a draft holds content, and content is
//! never stored in the clear.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use jiff::Timestamp;
use web_sys::File;

use crate::flow::compose::Form;
use crate::flow::sendings::Letter;
use crate::protocol::Keep;
use crate::ui::{Shell, random_uuid};

/// The files of a draft, by document id.
#[derive(Clone, Default)]
pub struct Files(Rc<RefCell<HashMap<u32, File>>>);

impl Files {
    /// Keeps a file and gives its document an id. Files of deleted documents stay, so that deletion can be undone.
    pub fn keep(&self, file: File) -> u32 {
        let mut files = self.0.borrow_mut();
        let id = u32::try_from(files.len()).unwrap_or(u32::MAX);
        files.insert(id, file);
        id
    }

    /// The file of a document.
    pub fn get(&self, id: u32) -> Option<File> {
        self.0.borrow().get(&id).cloned()
    }
}

impl PartialEq for Files {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A letter being written.
#[derive(Clone, PartialEq)]
pub struct Draft {
    /// Stands in the address `/ny/{id}`.
    pub id: String,
    /// What was filled in.
    pub form: Form,
    /// The files.
    pub files: Files,
    /// When it was last changed.
    pub saved: Option<Timestamp>,
}

impl Draft {
    /// An empty one.
    pub fn new() -> Self {
        Self { id: random_uuid(), form: Form::new(random_uuid()), files: Files::default(), saved: None }
    }

    /// A letter whose sending was broken off, as far as it was kept: without its documents.
    pub fn restored(letter: Letter) -> Self {
        Self { id: letter.draft, form: letter.form, files: Files::default(), saved: Some(crate::backend::now()) }
    }

    /// What this browser is to keep while the letter is sent, if letters are gone on with here.
    pub(super) fn keep(&self, shell: &Shell) -> Option<Keep> {
        let documents = self.form.documents.iter().map(|document| document.name.clone()).collect();
        let letter = Letter { draft: self.id.clone(), form: self.form.clone(), documents };
        let letter = serde_json::to_string(&letter).ok().filter(|_| shell.resumes)?;
        let organisation = shell.organisation.orgnr.clone();
        Some(Keep { owner: shell.session.person.id.clone(), organisation, letter })
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self::new()
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}

/// Holds content, so nothing of it shows.
impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").finish_non_exhaustive()
    }
}
