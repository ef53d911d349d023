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
    /// The organisation that sends, and whose certificate signs (the header's `sender`).
    pub sender: Iso6523,
    /// The organisation whose letter it is, when another sends for it (`avsender`); the sender itself when
    /// none.
    pub on_behalf_of: Option<Iso6523>,
    /// The mailbox or print provider (the header's `receiver`).
    pub receiver: Iso6523,
    /// The message; one that the access point has not seen.
    pub message_id: MessageId,
    /// The conversation, by which receipts are matched.
    pub conversation_id: ConversationId,
    /// Process URN; [`process`] when there is no other.
    pub process: String,
    /// When it was made (`creationDateAndTime`).
    pub created: Timestamp,
    /// Latest time for delivery (`expectedResponseDateTime`).
    pub expires: Timestamp,
    /// A unit within the sender, at most 100 characters (`avsenderidentifikator`).
    pub sender_unit: Option<String>,
    /// For the invoice, at most 40 characters (`fakturaReferanse`).
    pub invoice_reference: Option<String>,
    /// SHA-256 of the sealed package as it is uploaded, 32 bytes (`dokumentpakkefingeravtrykk`, where it is
    /// base64).
    pub package_digest: [u8; 32],
    /// The access token that the upload bears too (`maskinportentoken`); the receiver takes it as proof of
    /// authority.
    pub token: String,
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Head").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// What is sent: the business message but for what [`Head`] has. `Debug` shows the kind alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// To a digital mailbox: `digital`.
    Digital(Box<DigitalPost>),
    /// To be printed and posted: `utskrift`.
    Print(Box<PrintPost>),
}

/// When a letter becomes visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effective {
    /// From that night (`virkningsdato`, `yyyy-mm-dd`).
    Date(Date),
    /// From that instant (`virkningstidspunkt`).
    Time(Timestamp),
}

/// A letter to a mailbox (`digital`). `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct DigitalPost {
    /// The person's address at the provider, as the registry has it (`postkasseadresse`).
    pub mailbox: String,
    /// How surely the reader must be known: 3 or 4 (`sikkerhetsnivaa`).
    pub security_level: u8,
    /// When it becomes visible; at once when left out.
    pub effective: Option<Effective>,
    /// Whether to ask the person for a receipt on opening (`aapningskvittering`).
    pub opening_receipt: bool,
    /// A title that tells nothing sensitive, 1 to 255 characters (`ikkesensitivtittel`).
    pub title: String,
    /// ISO 639-1, two letters (`spraak`).
    pub language: String,
    /// Notice by mail; the text has 1 to 500 characters (`epostvarsel`).
    pub mail_notice: Option<Notice>,
    /// Notice by text message; the text has 1 to 160 characters (`smsvarsel`).
    pub text_notice: Option<Notice>,
}

/// A notice to the person that overrides the mailbox's own (`varsler`). `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// Mail address, or mobile number of 8 to 20 characters: digits, `-`, `_` and spaces, a `+` in front if
    /// wanted.
    pub address: String,
    /// The text; not sensitive (`varslingstekst`).
    pub text: String,
    /// Days after the letter became visible, 0 to 25, one to ten of them (`repetisjoner`).
    pub days: Vec<u8>,
}

/// A letter to print (`utskrift`). `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PrintPost {
    /// Where to (`mottaker`).
    pub recipient: PostalAddress,
    /// Ink (`utskriftstype`).
    pub colour: PrintColour,
    /// Speed of the post (`posttype`); the provider's choice when left out.
    pub class: Option<PostClass>,
    /// Where undelivered letters go (`retur/mottaker`).
    pub return_address: PostalAddress,
    /// What happens to them (`returposthaandtering`).
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

/// An address: with postal code and town in Norway, else with either a country or its code. `Debug` shows
/// none of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// Name, not empty (`navn`).
    pub name: String,
    /// One to four lines of at most 100 characters, the first not empty (`adresselinje1` to `4`).
    pub lines: Vec<String>,
    /// Four digits (`postnummer`).
    pub postal_code: Option<String>,
    /// Town, at most 80 characters (`poststed`).
    pub town: Option<String>,
    /// Country by name, at most 80 characters (`land`).
    pub country: Option<String>,
    /// Country by its two letters (ISO 3166-1; `landkode`).
    pub country_code: Option<String>,
}

/// Ink (`utskriftstype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintColour {
    /// `SORT_HVIT`.
    BlackAndWhite,
    /// `FARGE`.
    Colour,
}

/// Speed of the post (`posttype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostClass {
    /// `A`, priority.
    Priority,
    /// `B`, economy.
    Economy,
}

/// What happens to undelivered letters (`returposthaandtering`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnHandling {
    /// `DIREKTE_RETUR`: sent to the return address.
    Return,
    /// `MAKULERING_MED_MELDING`: destroyed, and the sender told.
    DestroyAndTell,
}

/// Process URN of a type of the network: `digital`, `utskrift` or `flyttet`.
pub fn process(kind: DocumentType) -> String {
    format!("urn:fdc:digdir.no:2020:profile:egovernment:innbyggerpost:{kind}:ver1.0")
}

/// Writes the document, in the network's form. No time is judged.
///
/// # Errors
/// Everything that the network's schemas would refuse, at once: rules D and N of
/// [`Rule`](crate::finding::Rule).
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
