//! Lists of messages: pages put together, changes put in, filters.

use std::collections::HashSet;

use konvolutt_shared::address::Channel;
use konvolutt_shared::api::{Direction, MessageStatus, MessageSummary, Page, Status};

use crate::text::{Lang, orgnr};

/// Which messages a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those that failed or need somebody.
    Failed,
    /// Those that nobody of ours has opened.
    Unread,
    /// Those that somebody must act on. The relay gives them, from all pages.
    Attention,
}

impl Filter {
    /// From the address: `status=feilet`, `status=ulest` or `status=oppfolging`.
    pub fn from_query(query: &str) -> Self {
        let pairs = query.trim_start_matches('?').split('&');
        match pairs.filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == "status") {
            Some((_, "feilet")) => Self::Failed,
            Some((_, "ulest")) => Self::Unread,
            Some((_, "oppfolging")) => Self::Attention,
            _ => Self::All,
        }
    }

    fn admits(self, message: &MessageSummary) -> bool {
        match self {
            Self::All => true,
            Self::Failed => failed(message),
            Self::Unread => message.unread,
            Self::Attention => message.attention,
        }
    }
}

/// Whether a message needs somebody.
pub fn failed(message: &MessageSummary) -> bool {
    message.attention || matches!(message.status, Status::Feil | Status::LevetidUtlopt)
}

/// Whether an outgoing message has not come to an end yet.
pub const fn on_the_way(status: Status) -> bool {
    matches!(status, Status::Opprettet | Status::Sendt | Status::Mottatt)
}

/// The messages fetched so far, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    items: Vec<MessageStatus>,
    next: Option<String>,
    /// How many pages these are.
    pages: usize,
    /// What was put in or taken out since it was last asked for from the start.
    heard: HashSet<String>,
}

impl List {
    /// How many pages have been fetched.
    pub const fn pages(&self) -> usize {
        self.pages
    }

    /// It is being asked for from the start: what is heard from now on is newer than the answer.
    pub fn ask(&mut self) {
        self.heard.clear();
    }

    /// Puts the first pages in the place of all that was fetched before, so that nothing old stays and no gap opens.
    pub fn renew(&mut self, items: Vec<MessageStatus>, next: Option<String>, pages: usize) {
        let heard = std::mem::take(&mut self.heard);
        self.items.retain(|item| heard.contains(&item.summary.id));
        items.into_iter().filter(|item| !heard.contains(&item.summary.id)).for_each(|item| self.insert(item));
        (self.next, self.pages) = (next, pages);
    }

    /// Puts in the page after `cursor`. A message that is there already is replaced, so a page that overlaps is harmless; one
    /// that was asked for before the list was renewed is dropped, since it may not join.
    pub fn add(&mut self, page: Page<MessageStatus>, cursor: &str) {
        if self.next() != Some(cursor) {
            return;
        }
        page.items.into_iter().for_each(|item| self.insert(item));
        self.next = page.next;
        self.pages += 1;
    }

    /// Puts one message in that has changed, or replaces it if this is newer.
    pub fn put(&mut self, message: MessageStatus) {
        self.heard.insert(message.summary.id.clone());
        self.insert(message);
    }

    fn insert(&mut self, message: MessageStatus) {
        match self.items.iter_mut().find(|item| item.summary.id == message.summary.id) {
            Some(old) if old.summary.changed > message.summary.changed => {}
            Some(old) => *old = message,
            None => self.items.push(message),
        }
        self.items.sort_by(|MessageStatus { summary: a, .. }, MessageStatus { summary: b, .. }| {
            b.created.cmp(&a.created).then_with(|| b.id.cmp(&a.id))
        });
    }

    /// What `filter` admits; messages that need somebody come first when all are shown.
    pub fn shown(&self, filter: Filter) -> Vec<MessageStatus> {
        let admitted = self.items.iter().filter(|item| filter.admits(&item.summary)).cloned();
        let (urgent, rest): (Vec<_>, Vec<_>) = admitted.partition(|item| failed(&item.summary));
        [urgent, rest].concat()
    }

    /// Cursor of the next page.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Number of messages that `test` holds for.
    pub fn count(&self, test: impl Fn(&MessageSummary) -> bool) -> usize {
        self.items.iter().filter(|item| test(&item.summary)).count()
    }

    /// Takes a message out that no longer belongs here.
    pub fn remove(&mut self, id: &str) {
        self.heard.insert(id.to_owned());
        self.items.retain(|item| item.summary.id != id);
    }

    /// Whether anything has been put in.
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Whether a letter goes to somebody's mailbox, or on paper: it is signed for one handing over and cannot be sent again.
pub fn is_to_mailbox(message: &MessageSummary) -> bool {
    message.direction == Direction::Out && message.channel == Channel::Dpi.as_str()
}

/// Whether the other side is a person, whom nothing is told of.
pub fn is_to_person(message: &MessageSummary) -> bool {
    is_to_mailbox(message) || (message.direction == Direction::Out && message.party.orgnr.is_empty())
}

/// The name of the other side; its number when no name is known.
pub fn party_name(message: &MessageSummary, lang: Lang) -> String {
    let party = &message.party;
    if is_to_person(message) {
        lang.text().person.private.to_owned()
    } else if party.name.is_empty() {
        orgnr(&party.orgnr)
    } else {
        party.name.clone()
    }
}

/// The number of the other side, unless it is a person: the provider that carries the letter is not whom it is to.
pub fn party_number(message: &MessageSummary) -> Option<String> {
    (!is_to_person(message)).then(|| orgnr(&message.party.orgnr))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use konvolutt_shared::api::{Direction, OrganisationAccess};

    use super::*;

    fn message(id: &str, created: i64, status: Status) -> MessageSummary {
        MessageSummary {
            id: id.to_owned(),
            message_id: String::new(),
            conversation_id: String::new(),
            direction: Direction::Out,
            channel: "DPO".to_owned(),
            organisation: "310900117".to_owned(),
            party: OrganisationAccess { orgnr: "310900419".to_owned(), name: "Svaretaten".to_owned() },
            document_type: "arkivmelding".to_owned(),
            process: String::new(),
            status,
            attention: false,
            unread: id == "u",
            created: Timestamp::from_second(created).unwrap(),
            changed: Timestamp::from_second(created).unwrap(),
            size: 1,
            awaits_approval: false,
        }
    }

    fn standing(id: &str, created: i64, status: Status) -> MessageStatus {
        MessageStatus { summary: message(id, created, status), events: Vec::new() }
    }

    fn ids(list: &List, filter: Filter) -> Vec<String> {
        list.shown(filter).into_iter().map(|item| item.summary.id).collect()
    }

    #[test]
    fn pages_overlap_without_doubling_and_failures_come_first() {
        let mut list = List::default();
        let first = vec![standing("c", 3, Status::Sendt), standing("b", 2, Status::Levert)];
        list.renew(first, Some("x".to_owned()), 1);
        list.add(
            Page { items: vec![standing("b", 2, Status::Levert), standing("a", 1, Status::Feil)], next: None },
            "x",
        );
        assert_eq!(ids(&list, Filter::All), ["a", "c", "b"]);
        assert_eq!(ids(&list, Filter::Failed), ["a"]);
        assert_eq!(list.next(), None);
    }

    #[test]
    fn a_person_is_named_as_one_and_nobody_else_in_the_place() {
        let mut letter = message("a", 1, Status::Sendt);
        assert_eq!(
            (party_name(&letter, Lang::Nb), party_number(&letter)),
            ("Svaretaten".to_owned(), Some("310 900 419".to_owned()))
        );
        letter.channel = "DPI".to_owned();
        assert_eq!((party_name(&letter, Lang::En), party_number(&letter)), ("Private person".to_owned(), None));
        let mut inbox = message("b", 1, Status::Sendt);
        inbox.channel = "DPV".to_owned();
        inbox.party = OrganisationAccess { orgnr: String::new(), name: "Privatperson".to_owned() };
        assert_eq!((party_name(&inbox, Lang::Nb), is_to_mailbox(&inbox)), ("Privatperson".to_owned(), false));
    }

    #[test]
    fn what_belongs_no_longer_is_taken_out() {
        let mut list = List::default();
        list.put(standing("a", 1, Status::Feil));
        list.put(standing("b", 2, Status::Feil));
        list.remove("a");
        assert_eq!(list.shown(Filter::All).into_iter().map(|one| one.summary.id).collect::<Vec<_>>(), ["b"]);
        list.remove("b");
        assert!(list.is_empty());
    }

    #[test]
    fn an_older_copy_does_not_replace_a_newer() {
        let mut list = List::default();
        let mut newer = standing("a", 1, Status::Levert);
        newer.summary.changed = Timestamp::from_second(9).unwrap();
        list.put(newer);
        list.put(standing("a", 1, Status::Sendt));
        assert_eq!(list.shown(Filter::All)[0].summary.status, Status::Levert);
    }

    #[test]
    fn a_list_that_is_renewed_holds_nothing_old_and_has_no_gap() {
        let mut list = List::default();
        list.renew(vec![standing("c", 3, Status::Sendt)], Some("1".to_owned()), 1);
        list.add(Page { items: vec![standing("b", 2, Status::Sendt)], next: Some("2".to_owned()) }, "1");
        assert_eq!((ids(&list, Filter::All), list.next(), list.pages()), (vec!["c".into(), "b".into()], Some("2"), 2));
        list.renew(vec![standing("e", 5, Status::Sendt), standing("d", 4, Status::Sendt)], Some("9".to_owned()), 2);
        assert_eq!((ids(&list, Filter::All), list.next()), (vec!["e".into(), "d".into()], Some("9")));
        // It was asked for before.
        list.add(Page { items: vec![standing("a", 1, Status::Sendt)], next: None }, "2");
        assert_eq!((ids(&list, Filter::All).len(), list.next()), (2, Some("9")));
    }

    #[test]
    fn what_is_heard_while_a_list_is_renewed_stands() {
        let mut list = List::default();
        list.renew(vec![standing("a", 1, Status::Feil), standing("b", 2, Status::Sendt)], None, 1);
        list.ask();
        list.put(standing("c", 3, Status::Sendt));
        list.put(standing("b", 2, Status::Levert));
        list.remove("a");
        list.renew(vec![standing("a", 1, Status::Feil), standing("b", 2, Status::Sendt)], None, 1);
        assert_eq!(ids(&list, Filter::All), ["c", "b"]);
        assert_eq!(list.shown(Filter::All)[1].summary.status, Status::Levert);
    }

    #[test]
    fn the_address_chooses_the_filter() {
        assert_eq!(Filter::from_query("?status=feilet"), Filter::Failed);
        assert_eq!(Filter::from_query("a=b&status=ulest"), Filter::Unread);
        assert_eq!(Filter::from_query(""), Filter::All);
    }
}
