//! Writing the business messages `digital` and `utskrift`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::finding::Finding;
use crate::identifier::{ConversationId, Iso6523, MessageId, Party};
use crate::sbd::{self, DocumentType, Layer, MessageHead, Sbd, write_time};

/// What every message to the network needs. `Debug` shows the id only: the token opens the mailbox door.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The organisation that sends, and whose certificate signs.
    pub sender: Iso6523,
    /// The organisation whose letter it is, when another sends for it.
    pub on_behalf_of: Option<Iso6523>,
    /// The mailbox or print provider.
    pub receiver: Iso6523,
    /// The message.
    pub message_id: MessageId,
    /// The conversation, by which receipts are matched.
    pub conversation_id: ConversationId,
    /// Process URN; [`process`] when there is no other.
    pub process: String,
    /// When it was made.
    pub created: Timestamp,
    /// Latest time for delivery.
    pub expires: Timestamp,
    /// A unit within the sender, `avsenderidentifikator`, at most 100 characters.
    pub sender_unit: Option<String>,
    /// For the invoice, at most 40 characters.
    pub invoice_reference: Option<String>,
    /// SHA-256 of the sealed package as it is uploaded.
    pub package_digest: [u8; 32],
    /// The access token that the upload bears too; the receiver takes it as proof of authority.
    pub token: String,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// To a digital mailbox.
    Digital(Box<DigitalPost>),
    /// To be printed and posted.
    Print(Box<PrintPost>),
}

/// When a letter becomes visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effective {
    /// From that night.
    Date(Date),
    /// From that instant.
    Time(Timestamp),
}

/// A letter to a mailbox. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DigitalPost {
    /// The person's address at the provider.
    pub mailbox: String,
    /// 3 or 4.
    pub security_level: u8,
    /// When it becomes visible; at once when left out.
    pub effective: Option<Effective>,
    /// Whether to ask the person for a receipt on opening.
    pub opening_receipt: bool,
    /// A title that tells nothing sensitive, 1 to 255 characters.
    pub title: String,
    /// ISO 639-1, two letters.
    pub language: String,
    /// Notice by mail; the text has at most 500 characters.
    pub mail_notice: Option<Notice>,
    /// Notice by text message; the text has at most 160 characters.
    pub text_notice: Option<Notice>,
}

/// A notice to the person that overrides the mailbox's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// Mail address or mobile number.
    pub address: String,
    /// The text; not sensitive.
    pub text: String,
    /// Days after the letter became visible, 0 to 25, one to ten of them.
    pub days: Vec<u8>,
}

/// A letter to print. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PrintPost {
    /// Where to.
    pub recipient: PostalAddress,
    /// Ink.
    pub colour: PrintColour,
    /// Speed of the post; the provider's choice when left out.
    pub class: Option<PostClass>,
    /// Where undelivered letters go.
    pub return_address: PostalAddress,
    /// What happens to them.
    pub return_handling: ReturnHandling,
}

macro_rules! hidden {
    ($($name:ident),*) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        })*
    };
}

hidden!(DigitalPost, Notice, PrintPost, PostalAddress);

/// An address: with postal code and town in Norway, else with a country or its code.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// Name.
    pub name: String,
    /// One to four lines of at most 100 characters.
    pub lines: Vec<String>,
    /// Four digits.
    pub postal_code: Option<String>,
    /// Town, at most 80 characters.
    pub town: Option<String>,
    /// Country by name, at most 80 characters.
    pub country: Option<String>,
    /// Country by its two letters (ISO 3166-1).
    pub country_code: Option<String>,
}

/// Ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintColour {
    /// `SORT_HVIT`.
    BlackAndWhite,
    /// `FARGE`.
    Colour,
}

/// Speed of the post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostClass {
    /// `A`, priority.
    Priority,
    /// `B`, economy.
    Economy,
}

/// What happens to undelivered letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnHandling {
    /// `DIREKTE_RETUR`.
    Return,
    /// `MAKULERING_MED_MELDING`.
    DestroyAndTell,
}

/// The network's own process of a type.
pub fn process(kind: DocumentType) -> String {
    format!("urn:fdc:digdir.no:2020:profile:egovernment:innbyggerpost:{kind}:ver1.0")
}

/// Writes the document, in the network's form.
///
/// # Errors
/// Everything that the network's schemas would refuse, at once.
pub fn document(head: Head, body: &Body) -> Result<Sbd, Vec<Finding>> {
    let (kind, mut business) = match body {
        Body::Digital(post) => (DocumentType::Digital, digital(post)),
        Body::Print(post) => (DocumentType::Utskrift, print(post)),
    };
    let organisation = head.on_behalf_of.as_ref().unwrap_or(&head.sender);
    let mut sender = Map::new();
    sender.insert(
        "virksomhetsidentifikator".to_owned(),
        json!({ "authority": "iso6523-actorid-upis", "value": organisation.to_string() }),
    );
    put(&mut sender, "avsenderidentifikator", head.sender_unit);
    put(&mut sender, "fakturaReferanse", head.invoice_reference);
    put(&mut business, "avsender", Some(sender));
    let digest = STANDARD.encode(head.package_digest);
    put(
        &mut business,
        "dokumentpakkefingeravtrykk",
        Some(json!({ "digestMethod": sbd::dpi::DIGEST_METHOD, "digestValue": digest })),
    );
    put(&mut business, "maskinportentoken", Some(head.token));
    let message = MessageHead {
        sender: Party::Organisation(head.sender),
        receiver: Some(Party::Organisation(head.receiver)),
        process: head.process,
        message_id: head.message_id,
        conversation_id: head.conversation_id,
        created: head.created,
        expires: Some(head.expires),
        scopes: Vec::new(),
    };
    sbd::compose(Layer::Dpi, message, kind, Value::Object(business))
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}

fn digital(post: &DigitalPost) -> Map<String, Value> {
    let mut business = Map::new();
    put(&mut business, "mottaker", Some(json!({ "postkasseadresse": post.mailbox })));
    put(&mut business, "sikkerhetsnivaa", Some(post.security_level));
    match post.effective {
        Some(Effective::Date(date)) => put(&mut business, "virkningsdato", Some(date.to_string())),
        Some(Effective::Time(time)) => put(&mut business, "virkningstidspunkt", Some(write_time(time))),
        None => {}
    }
    put(&mut business, "aapningskvittering", Some(post.opening_receipt));
    put(&mut business, "ikkesensitivtittel", Some(post.title.clone()));
    put(&mut business, "spraak", Some(post.language.clone()));
    let mut notices = Map::new();
    let kinds =
        [("epostvarsel", "epostadresse", &post.mail_notice), ("smsvarsel", "mobiltelefonnummer", &post.text_notice)];
    for (name, address, notice) in kinds {
        let Some(notice) = notice else { continue };
        let notice = json!({ address: notice.address, "varslingstekst": notice.text, "repetisjoner": notice.days });
        put(&mut notices, name, Some(notice));
    }
    if !notices.is_empty() {
        put(&mut business, "varsler", Some(notices));
    }
    business
}

fn print(post: &PrintPost) -> Map<String, Value> {
    let mut business = Map::new();
    put(&mut business, "mottaker", Some(address(&post.recipient)));
    let colour = match post.colour {
        PrintColour::BlackAndWhite => "SORT_HVIT",
        PrintColour::Colour => "FARGE",
    };
    put(&mut business, "utskriftstype", Some(colour));
    let class = post.class.map(|class| match class {
        PostClass::Priority => "A",
        PostClass::Economy => "B",
    });
    put(&mut business, "posttype", class);
    let handling = match post.return_handling {
        ReturnHandling::Return => "DIREKTE_RETUR",
        ReturnHandling::DestroyAndTell => "MAKULERING_MED_MELDING",
    };
    let back = json!({ "mottaker": address(&post.return_address), "returposthaandtering": handling });
    put(&mut business, "retur", Some(back));
    business
}

fn address(address: &PostalAddress) -> Map<String, Value> {
    let mut object = Map::new();
    put(&mut object, "navn", Some(address.name.clone()));
    for (index, line) in address.lines.iter().enumerate() {
        // A fifth line becomes a member that the schema refuses, rather than being lost.
        put(&mut object, &format!("adresselinje{}", index + 1), Some(line.clone()));
    }
    put(&mut object, "postnummer", address.postal_code.clone());
    put(&mut object, "poststed", address.town.clone());
    put(&mut object, "land", address.country.clone());
    put(&mut object, "landkode", address.country_code.clone());
    object
}
