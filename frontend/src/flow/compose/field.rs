//! Where a mistake belongs on the page, and what mends it in one click.

use konvolutt_shared::address::Reader;
use konvolutt_shared::finding::{Code, Finding};

use super::person::mistake_text;
use super::{Action, AgreedField, ChoiceField, Form, LinkPart, PersonField};
use crate::text::{Lang, fill, problem, size};

/// A field of the archive section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseField {
    /// Case number, `2026/1234`.
    Number,
    /// Case title.
    Title,
    /// Document date, `2026-08-04`.
    Date,
    /// Our reference.
    OurReference,
    /// Their reference.
    TheirReference,
    /// Our caseworker.
    CaseWorker,
    /// Legal basis for restricting access.
    Restriction,
}

impl CaseField {
    /// All, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::Number,
        Self::Title,
        Self::Date,
        Self::OurReference,
        Self::TheirReference,
        Self::CaseWorker,
        Self::Restriction,
    ];

    /// Last part of the element's id.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Number => "case-number",
            Self::Title => "case-title",
            Self::Date => "document-date",
            Self::OurReference => "our-reference",
            Self::TheirReference => "their-reference",
            Self::CaseWorker => "case-worker",
            Self::Restriction => "access-restriction",
        }
    }

    fn from_path(path: &str) -> Option<Self> {
        Some(match path.rsplit('/').next()? {
            "case_number" | "caseNumber" => Self::Number,
            "case_title" | "caseTitle" => Self::Title,
            "document_date" | "documentDate" => Self::Date,
            "our_reference" | "ourReference" => Self::OurReference,
            "their_reference" | "theirReference" => Self::TheirReference,
            "case_worker" | "caseWorker" => Self::CaseWorker,
            "access_restriction" | "accessRestriction" => Self::Restriction,
            _ => return None,
        })
    }
}

/// A place on the page that can be moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The recipient's combobox or card.
    Recipient,
    /// The title.
    Title,
    /// The button that adds files.
    Files,
    /// A document's title.
    Document(u32),
    /// What is decided about the channel.
    Choice(ChoiceField),
    /// An archive field.
    Case(CaseField),
    /// A link to answer at, by its place.
    Link(usize, LinkPart),
    /// A field of what was agreed upon.
    Agreed(AgreedField),
    /// A field of a letter to a person.
    Person(PersonField),
    /// The certificate.
    Key,
}

impl Field {
    /// The element's id.
    pub fn element_id(self) -> String {
        match self {
            Self::Recipient => "recipient".to_owned(),
            Self::Title => "title".to_owned(),
            Self::Files => "files".to_owned(),
            Self::Document(id) => format!("document-{id}"),
            Self::Choice(field) => field.slug().to_owned(),
            Self::Case(field) => field.slug().to_owned(),
            Self::Link(place, part) => part.element_id(place),
            Self::Agreed(field) => field.slug().to_owned(),
            Self::Person(field) => field.element_id(),
            Self::Key => "key".to_owned(),
        }
    }

    /// Where a finding about the letter belongs. Its place is a path such as `documents/0/name`.
    fn of(finding: &Finding, form: &Form) -> Self {
        let path = finding.place.as_ref().map(|place| place.path.as_str()).unwrap_or_default();
        let mut parts = path.split('/');
        // Letters to people have them elsewhere in the draft.
        if let Some((place, part)) = LinkPart::from_path(path) {
            return Self::Link(place, part);
        }
        match (parts.next().unwrap_or_default(), parts.next()) {
            ("title", _) => Self::Title,
            ("documents", Some(index)) => {
                let document = index.parse().ok().and_then(|index: usize| form.documents.get(index));
                document.map_or(Self::Files, |document| Self::Document(document.id))
            }
            ("documents", None) => Self::Files,
            _ if ChoiceField::from_path(path).is_some() => {
                ChoiceField::from_path(path).map_or(Self::Title, Self::Choice)
            }
            ("agreed", _) => AgreedField::from_path(path).map_or(Self::Recipient, Self::Agreed),
            ("person", _) => PersonField::from_path(path).map_or(Self::Recipient, Self::Person),
            _ if CaseField::from_path(path).is_some() => CaseField::from_path(path).map_or(Self::Title, Self::Case),
            _ => Self::by_code(finding.code),
        }
    }

    const fn by_code(code: Code) -> Self {
        match code {
            Code::TitleMissing | Code::TitleLong => Self::Title,
            Code::KeyMissing | Code::KeyExpired | Code::KeyNotYetValid | Code::KeyOrganisation => Self::Key,
            Code::ArchiveMissing | Code::ArchiveCaseMissing => Self::Case(CaseField::Title),
            Code::DocumentMissing
            | Code::DocumentNoMain
            | Code::DocumentManyMain
            | Code::DocumentsTooLarge
            | Code::DocumentsTooMany => Self::Files,
            _ => Self::Recipient,
        }
    }
}

/// A repair in one click.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The button's name.
    pub label: String,
    /// What it does.
    pub action: Action,
}

/// A mistake as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub field: Field,
    /// The stable code.
    pub code: Code,
    /// What is wrong and what to do.
    pub text: String,
    /// A repair, if there is one.
    pub fix: Option<Fix>,
}

impl Mistake {
    /// Whether it is about a file that is there already, rather than about something still missing.
    pub const fn is_about_a_file(&self) -> bool {
        matches!(
            self.code,
            Code::DocumentSameName
                | Code::DocumentNameInvalid
                | Code::DocumentNameLong
                | Code::DocumentEmpty
                | Code::DocumentLocked
                | Code::DocumentWrongContent
                | Code::DocumentsTooLarge
                | Code::DocumentsTooMany
                | Code::TitleLong
                | Code::DocumentKind
        )
    }
}

/// Findings about a letter as the page shows them, in the order of the page. `reader` is the way that it goes; while none is
/// known the limits are eFormidling's.
pub fn mistakes(findings: &[Finding], form: &Form, reader: Option<Reader>, lang: Lang) -> Vec<Mistake> {
    let way = lang.text().compose.way(reader.unwrap_or(Reader::Recipient)).name;
    let mut mistakes: Vec<_> = findings.iter().map(|finding| mistake(finding, form, way, lang)).collect();
    mistakes.sort_by_key(|mistake| rank(mistake.field, form));
    mistakes
}

/// Position of a field on the page.
fn rank(field: Field, form: &Form) -> usize {
    match field {
        Field::Key => 0,
        Field::Recipient => 1,
        // They stand above the title.
        Field::Person(PersonField::Way) | Field::Agreed(_) => 1,
        Field::Title => 2,
        Field::Files => 3,
        Field::Document(id) => 4 + form.documents.iter().position(|document| document.id == id).unwrap_or_default(),
        // Among the choices of the inbox; those of people come last.
        Field::Choice(_) if form.is_to_person() => 999,
        Field::Choice(field) => 4 + form.documents.len() + field as usize,
        Field::Case(field) => 4 + form.documents.len() + ChoiceField::ALL.len() + field as usize,
        Field::Person(field) => 4 + form.documents.len() + field.rank(),
        Field::Link(place, _) if form.is_to_person() => 1000 + place,
        Field::Link(..) => 4 + form.documents.len() + ChoiceField::Days as usize,
    }
}

fn mistake(finding: &Finding, form: &Form, way: &str, lang: Lang) -> Mistake {
    let text = &lang.text().compose;
    let field = Field::of(finding, form);
    let values: Vec<_> = finding.params.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let said = |template: &str| fill(template, &values);
    let number = match field {
        Field::Document(id) => form.documents.iter().position(|document| document.id == id).map(|index| index + 1),
        _ => None,
    };
    let about_person = match field {
        Field::Person(field) => mistake_text(finding, field, lang),
        _ => None,
    };
    let sentence = match finding.code {
        _ if about_person.is_some() => about_person.unwrap_or_default(),
        Code::SbdFieldInvalid if matches!(field, Field::Link(..)) => match field {
            Field::Link(place, part) => part.mistake(place, lang),
            _ => String::new(),
        },
        Code::SbdFieldMissing | Code::SbdFieldInvalid if matches!(field, Field::Agreed(_)) => match field {
            Field::Agreed(agreed) => agreed.mistake(lang),
            _ => String::new(),
        },
        Code::DocumentKind => {
            let text = &lang.text().person;
            let way = super::way_name(form.person.draft.way, text);
            fill(
                text.kind_refused,
                &[("leveringsmåte", way), values.iter().copied().find(|(name, _)| *name == "type").unwrap_or_default()],
            )
        }
        Code::SbdFieldInvalid | Code::ShipmentInvalid if matches!(field, Field::Choice(_)) => match field {
            Field::Choice(choice) => choice.mistake(lang),
            _ => String::new(),
        },
        Code::RecipientMissing => text.field_recipient.to_owned(),
        Code::TitleMissing => text.field_title.to_owned(),
        Code::TitleLong => {
            let over = form.title_left().min(0).unsigned_abs().to_string();
            fill(text.over_limit, &[("n", &over), ("leveringsmåte", way), ("max", &super::TITLE_MAX.to_string())])
        }
        Code::KeyMissing => text.field_key.to_owned(),
        Code::DocumentMissing => text.field_documents.to_owned(),
        Code::DocumentNoMain => text.no_main.to_owned(),
        Code::DocumentTitleMissing => fill(text.document_title_missing, &[("n", &number.unwrap_or(1).to_string())]),
        Code::DocumentSameName => said(text.same_name),
        Code::DocumentNameInvalid => said(text.bad_characters),
        Code::DocumentNameLong => said(text.long_name),
        Code::DocumentEmpty => said(text.empty_file),
        Code::DocumentLocked => said(text.locked_pdf),
        Code::DocumentWrongContent => said(text.wrong_content),
        Code::DocumentsTooLarge => {
            let bytes = |name: &str| finding.params.get(name).and_then(|text| text.parse().ok()).unwrap_or_default();
            let (total, max) = (size(bytes("størrelse"), lang), size(bytes("max"), lang));
            fill(text.too_large, &[("størrelse", &total), ("leveringsmåte", way), ("max", &max)])
        }
        code => {
            let text = problem(code, lang);
            format!("{}. {}", text.heading, text.what_now)
        }
    };
    Mistake { field, code: finding.code, text: sentence, fix: fix(finding, field, lang) }
}

/// A suggested file name is offered as a button.
fn fix(finding: &Finding, field: Field, lang: Lang) -> Option<Fix> {
    let text = &lang.text().compose;
    let Field::Document(id) = field else { return None };
    let suggestion = finding.params.get("forslag")?;
    let template = match finding.code {
        Code::DocumentSameName => text.rename,
        Code::DocumentNameInvalid | Code::DocumentNameLong => text.swap_to,
        _ => return None,
    };
    Some(Fix { label: fill(template, &[("forslag", suggestion)]), action: Action::Rename(id, suggestion.clone()) })
}
