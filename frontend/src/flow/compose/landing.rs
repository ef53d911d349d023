//! Where the keyboard goes on after the list of documents has changed, and what is said of it: what was clicked may then be
//! gone, or elsewhere.

use super::{Action, Form};
use crate::text::{Lang, fill};

/// The button that takes a deletion back.
pub const UNDO_ID: &str = "documents-undo";

/// The arrow that moves a document towards the beginning.
pub fn up_id(document: u32) -> String {
    format!("document-{document}-up")
}

/// The arrow that moves a document towards the end.
pub fn down_id(document: u32) -> String {
    format!("document-{document}-down")
}

/// The button that deletes a document.
pub fn delete_id(document: u32) -> String {
    format!("document-{document}-delete")
}

impl Form {
    /// Id of the element that has the focus after `action`, of which this form does not know yet; `None` where the clicked one
    /// stays.
    pub fn focus_after(&self, action: &Action) -> Option<String> {
        match action {
            Action::Recipient(_) => Some("recipient".to_owned()),
            // At either end of the list the arrow that leads there cannot be used any more.
            Action::Up(id) => Some(if self.place(*id)? > 1 { up_id(*id) } else { down_id(*id) }),
            Action::Down(id) => {
                Some(if self.place(*id)? + 2 < self.documents.len() { down_id(*id) } else { up_id(*id) })
            }
            Action::Remove(_) => Some(UNDO_ID.to_owned()),
            Action::UndoRemove => self.removed.as_ref().map(|(_, document)| delete_id(document.id)),
            Action::Rename(id, _) => Some(format!("document-{id}")),
            _ => None,
        }
    }

    /// What is said of `action` in the place of what was said of files that were added; `None` where that stays.
    pub fn said_after(&self, action: &Action, lang: Lang) -> Option<String> {
        let (id, place) = match action {
            Action::Up(id) => (*id, self.place(*id)?.checked_sub(1)?),
            Action::Down(id) => (*id, self.place(*id)? + 1),
            // The page offers to take a deletion back, which says it.
            Action::Remove(_) | Action::UndoRemove => return Some(String::new()),
            _ => return None,
        };
        let document = self.documents.iter().find(|document| document.id == id)?;
        let (place, count) = ((place + 1).to_string(), self.documents.len().to_string());
        Some(fill(lang.text().compose.moved, &[("tittel", &document.title), ("n", &place), ("m", &count)]))
    }
}
