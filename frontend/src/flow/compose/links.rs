//! Where a recipient may answer: links that Altinn's inbox shows as buttons.

use std::fmt;

use konvolutt_shared::dpv::{MAX_LINK_TEXT, MAX_LINKS, ReplyOption};
use serde::{Deserialize, Serialize};

use crate::text::{Lang, fill};

/// The button that adds one.
pub const ADD_LINK: &str = "add-reply-link";

/// The links of a letter. `Debug` shows how many.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links(Vec<ReplyOption>);

/// What a person does to them.
#[derive(Clone, PartialEq, Eq)]
pub enum LinkChange {
    /// Adds an empty one.
    Add,
    /// Takes one away, by its place.
    Remove(usize),
    /// Types in one.
    Type(usize, LinkPart, String),
}

/// A part of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPart {
    /// `https://…`
    Url,
    /// What it says.
    Text,
}

impl Links {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What was typed in one.
    pub fn get(&self, place: usize, part: LinkPart) -> &str {
        self.0.get(place).map_or("", |link| match part {
            LinkPart::Url => &link.url,
            LinkPart::Text => &link.tekst,
        })
    }

    /// For Altinn. One that nothing was typed in is refused by its place, not forgotten.
    pub fn typed(&self) -> Vec<ReplyOption> {
        let trimmed =
            |link: &ReplyOption| ReplyOption { url: link.url.trim().to_owned(), tekst: link.tekst.trim().to_owned() };
        self.0.iter().map(trimmed).collect()
    }

    pub(super) fn change(&mut self, change: LinkChange) {
        match change {
            LinkChange::Add if self.0.len() < MAX_LINKS => self.0.push(ReplyOption::default()),
            LinkChange::Remove(place) if place < self.0.len() => drop(self.0.remove(place)),
            LinkChange::Add | LinkChange::Remove(_) => {}
            LinkChange::Type(place, part, value) => {
                if let Some(link) = self.0.get_mut(place) {
                    match part {
                        LinkPart::Url => link.url = value,
                        LinkPart::Text => link.tekst = value,
                    }
                }
            }
        }
    }
}

/// In one line: what each says and where it leads.
impl fmt::Display for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, link) in self.typed().iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            if link.tekst.is_empty() {
                f.write_str(&link.url)?;
            } else {
                write!(f, "{} ({})", link.tekst, link.url)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Links({})", self.0.len())
    }
}

/// Holds what was typed, so nothing of it shows.
impl fmt::Debug for LinkChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkChange")
    }
}

impl LinkPart {
    /// The element's id.
    pub fn element_id(self, place: usize) -> String {
        match self {
            Self::Url => format!("reply-link-{place}-url"),
            Self::Text => format!("reply-link-{place}-text"),
        }
    }

    /// Of a finding's path: `…/svarvalg/0/url`.
    pub(super) fn from_path(path: &str) -> Option<(usize, Self)> {
        let (place, part) = path.split_once("svarvalg/")?.1.split_once('/')?;
        let part = match part {
            "url" => Self::Url,
            "tekst" => Self::Text,
            _ => return None,
        };
        Some((place.parse().ok()?, part))
    }

    /// What is wrong with it, and what to do.
    pub(super) fn mistake(self, place: usize, lang: Lang) -> String {
        let text = &lang.text().channel;
        let (number, max) = ((place + 1).to_string(), MAX_LINK_TEXT.to_string());
        let template = match self {
            Self::Url => text.link_url_wrong,
            Self::Text => text.link_text_wrong,
        };
        fill(template, &[("n", &number), ("max", &max)])
    }
}

#[cfg(test)]
mod tests {
    use konvolutt_shared::dpv::Options;

    use super::*;

    fn changed(changes: impl IntoIterator<Item = LinkChange>) -> Links {
        let mut links = Links::default();
        changes.into_iter().for_each(|change| links.change(change));
        links
    }

    #[test]
    fn links_are_typed_one_by_one_and_taken_away_by_their_place() {
        let typed = |place, part, value: &str| LinkChange::Type(place, part, value.to_owned());
        let links = changed([
            LinkChange::Add,
            LinkChange::Add,
            typed(0, LinkPart::Url, "https://a.example"),
            typed(1, LinkPart::Url, " https://b.example "),
            typed(1, LinkPart::Text, "Svar"),
            LinkChange::Remove(0),
            LinkChange::Remove(7),
            typed(7, LinkPart::Text, "nowhere"),
        ]);
        assert_eq!(links.typed(), [ReplyOption { url: "https://b.example".to_owned(), tekst: "Svar".to_owned() }]);
        assert_eq!(links.to_string(), "Svar (https://b.example)");
        assert_eq!(format!("{links:?}"), "Links(1)");
    }

    #[test]
    fn there_are_never_more_than_altinn_takes_and_an_empty_one_is_a_mistake() {
        let links = changed((0..MAX_LINKS + 2).map(|_| LinkChange::Add));
        let problems = Options { svarvalg: links.typed(), ..Options::default() }.problems();
        let places: Vec<_> =
            problems.iter().filter_map(|problem| LinkPart::from_path(&problem.place.as_ref()?.path)).collect();
        assert_eq!(places, (0..MAX_LINKS).map(|place| (place, LinkPart::Url)).collect::<Vec<_>>());
    }
}
