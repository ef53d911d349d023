//! Opening and verifying a letter (Digdir, Digital postkasse: what corner 4 checks): the message, the token inside it,
//! the package, its manifest, and what this person's mailbox takes.

use std::collections::BTreeSet;

use konvolutt_shared::container::manifest::{self, SdpDocument};
use konvolutt_shared::container::verify::{Quarantine, Verified, VerifyPolicy, verify};
use konvolutt_shared::container::{BusinessManifest, SdpManifest};
use konvolutt_shared::dpi;
use konvolutt_shared::finding::Finding;
use konvolutt_shared::identifier::Iso6523;
use konvolutt_shared::letter::extension_kind;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::pki::{Policy, SoftKey};
use konvolutt_shared::sbd::{DocumentType, Sbd};
use konvolutt_shared::seal;
use rsa::RsaPublicKey;
use serde_json::Value;

use crate::broker::infected;
use crate::jws;
use crate::mailbox::{Document, Notice};
use crate::seed::{Habit, Provider, Resident, Trade};
use crate::token::organisation_of;
use crate::wishes::Wishes;

const PDF: &str = "application/pdf";
const MANIFEST: &str = "manifest.xml";

/// What is known of a letter; more, the further it could be read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) conversation: String,
    /// Nine digits: whose letter it is.
    pub(super) owner: String,
    /// For a mailbox, not for paper.
    pub(super) is_digital: bool,
    pub(super) person: Option<&'static Resident>,
    pub(super) documents: Vec<Document>,
    pub(super) signer: Option<String>,
    pub(super) wishes: Wishes,
    /// Whether the sender wants to know when it is opened.
    pub(super) wants_opening: bool,
    /// What is shown beside the documents: `arrangement`, `bevis`, `lenke`.
    pub(super) shown: Vec<&'static str>,
    /// Notices in the sender's words: channel and text.
    pub(super) asked: Vec<(&'static str, String)>,
}

/// Why a letter is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) codes: Vec<String>,
    /// `KLIENT` or `SERVER`.
    pub(super) fault: &'static str,
    pub(super) words: String,
}

impl Refused {
    /// The sender must mend it.
    pub(super) fn client(code: &str, words: &str) -> Self {
        Self { codes: vec![code.to_owned()], fault: "KLIENT", words: words.to_owned() }
    }

    /// The provider must mend it.
    pub(super) fn server(code: &str, words: &str) -> Self {
        Self { fault: "SERVER", ..Self::client(code, words) }
    }
}

impl From<Vec<Finding>> for Refused {
    fn from(findings: Vec<Finding>) -> Self {
        let codes: Vec<String> = findings.iter().map(|finding| finding.code.as_str().to_owned()).collect();
        let first = codes.first().map(String::as_str).unwrap_or_default();
        let words = format!("Meldingen kunne ikke åpnes og kontrolleres hos mottakeren ({first}).");
        Self { codes, fault: "KLIENT", words }
    }
}

impl Reading {
    /// What the message says of itself, before anything has been verified.
    pub(super) fn of(sbd: &Sbd) -> Self {
        let business = sbd.business();
        let owner = business["avsender"]["virksomhetsidentifikator"]["value"].as_str();
        let owner = owner.and_then(|text| Iso6523::parse(text).ok()?.number());
        let asked = [("epost", "epostvarsel"), ("sms", "smsvarsel")].into_iter().filter_map(|(channel, name)| {
            business["varsler"][name]["varslingstekst"].as_str().map(|text| (channel, text.to_owned()))
        });
        Self {
            conversation: sbd.conversation_id().map(|id| id.to_string()).unwrap_or_default(),
            owner: owner.map(|number| number.to_string()).unwrap_or_default(),
            is_digital: sbd.document_type() == DocumentType::Digital,
            wishes: business["ikkesensitivtittel"].as_str().map(Wishes::of).unwrap_or_default(),
            wants_opening: business["aapningskvittering"] == true,
            asked: asked.collect(),
            ..Self::default()
        }
    }

    /// Message, token, package, manifest, contents, and then what the person's mailbox says to it.
    pub(super) fn read(
        &mut self,
        provider: &Provider,
        key: &SoftKey,
        (message, package): (&str, &[u8]),
        path: Policy,
        token_keys: &[RsaPublicKey],
    ) -> Result<(), Refused> {
        let expected = dpi::Expected { policy: path.clone(), package: Some(dpi::package_digest(package)), token: None };
        let verified = dpi::verify(message, &expected)?;
        let signer = verified.signer.organisation().unwrap_or_default();
        let business = verified.sbd.business();
        if !authorised(business["maskinportentoken"].as_str().unwrap_or_default(), token_keys, &self.owner, &signer) {
            return Err(Refused::client("token_refused", "Tokenet i meldingen gir ikke avsenderen rett til å sende."));
        }
        self.signer = Some(signer.clone());
        self.address(provider, &verified.sbd)?;
        let opened = seal::open(package, key, &Limits::default()).map_err(|finding| vec![finding])?;
        let policy = VerifyPolicy { path, sender: Some(signer), limits: Limits::default() };
        let (verdict, content) = verify(&opened, &policy);
        let container = verdict.good().map_err(|refusal| refusal.findings)?;
        self.documents = documents(&container);
        let manifest = self.manifest(&container, &content, business)?;
        self.judge(provider, &container, &content, &manifest)
    }

    /// Whose letter it is, by its address.
    fn address(&mut self, provider: &Provider, sbd: &Sbd) -> Result<(), Refused> {
        let business = sbd.business();
        let number = sbd.receiver().and_then(Iso6523::number).map(|number| number.to_string());
        if number.as_deref() != Some(provider.number) {
            return Err(Refused::client("receiver_mismatch", "Meldingen er til en annen leverandør."));
        }
        match (provider.trade, sbd.document_type()) {
            (Trade::Mailbox, DocumentType::Digital) => {
                let address = business["mottaker"]["postkasseadresse"].as_str().unwrap_or_default();
                self.person = Resident::of_mailbox(provider, address);
                let unknown = || Refused::client("mailbox_unknown", "Postkasseadressen finnes ikke.");
                self.person.map(drop).ok_or_else(unknown)
            }
            (Trade::Print, DocumentType::Utskrift) => {
                self.person = business["mottaker"]["navn"].as_str().and_then(Resident::of_name);
                Ok(())
            }
            _ => Err(Refused::client("type_refused", "Leverandøren tar ikke imot denne meldingstypen.")),
        }
    }

    /// The manifest, if it is DPI's, names the same parties as the message, and the documents that are there.
    fn manifest(
        &mut self,
        container: &Verified,
        content: &Quarantine,
        business: &Value,
    ) -> Result<SdpManifest, Refused> {
        let refuse = |words: &str| Refused::client("manifest_malformed", words);
        let file = container.documents().iter().find(|one| one.name() == MANIFEST);
        let file = file.ok_or_else(|| refuse("Pakken har ikke noe manifest."))?;
        let read = manifest::read(content.content(file)).map_err(|finding| vec![finding])?;
        let BusinessManifest::Sdp(manifest) = read else {
            return Err(refuse("Manifestet er ikke et manifest for digital post."));
        };
        let problems = manifest.problems();
        if !problems.is_empty() {
            return Err(problems.into());
        }
        let sender = Iso6523::parse(&manifest.sender).ok().and_then(|one| one.number());
        if sender.map(|number| number.to_string()).as_deref() != Some(self.owner.as_str()) {
            return Err(refuse("Manifest og melding har ulik avsender."));
        }
        let told = business["mottaker"]["postkasseadresse"].as_str();
        if manifest.recipient.as_ref().is_some_and(|one| Some(one.mailbox.as_str()) != told) {
            return Err(refuse("Manifest og melding har ulik mottaker."));
        }
        let names: BTreeSet<&str> = container.documents().iter().map(|one| one.name()).collect();
        if listed(&manifest).any(|one| !names.contains(one.file.name.as_str())) {
            return Err(refuse("Manifestet nevner et dokument som ikke er i pakken."));
        }
        for data in listed(&manifest).filter_map(|one| one.data.as_ref()) {
            let file = container.documents().iter().find(|one| one.name() == data.name);
            let file = file.ok_or_else(|| refuse("Manifestet nevner en utvidelse som ikke er i pakken."))?;
            let kind = extension_kind(&data.media_type, content.content(file)).map_err(|finding| vec![finding])?;
            self.shown.push(kind);
        }
        if manifest.link.is_some() {
            self.shown.push("lenke");
        }
        if !self.is_digital {
            // Only whoever opens a letter on paper can read its title.
            self.wishes = manifest.main.title.as_ref().map(|title| Wishes::of(&title.text)).unwrap_or_default();
        }
        Ok(*manifest)
    }

    /// What is refused though nothing is wrong with how it was packed.
    fn judge(
        &self,
        provider: &Provider,
        container: &Verified,
        content: &Quarantine,
        manifest: &SdpManifest,
    ) -> Result<(), Refused> {
        if container.documents().iter().any(|one| infected(content.content(one))) {
            return Err(Refused::client("malware_found", "Leverandørens viruskontroll stoppet meldingen."));
        }
        if let Some((code, words)) = self.wishes.refusal() {
            return Err(Refused::client(code, words));
        }
        let habit = self.person.filter(|_| self.is_digital).map(|one| one.habit);
        let only_pdf = provider.trade == Trade::Print || habit == Some(Habit::PdfOnly);
        if only_pdf && listed(manifest).any(|one| one.file.media_type != PDF) {
            return Err(Refused::client("file_type_refused", "Filtypen er ikke tillatt. Bare PDF blir tatt imot."));
        }
        match habit {
            Some(Habit::UniqueNames) if has_equal_names(manifest) => {
                Err(Refused::client("names_equal", "SBD:5023 To dokumenter har samme navn."))
            }
            Some(Habit::Blames) => Err(Refused::client("mailbox_refuses", "Postkassen tar ikke imot meldingen.")),
            _ => Ok(()),
        }
    }

    /// What the person is told: in the sender's words, or in the provider's own.
    pub(super) fn notices(&self, provider: &Provider) -> Vec<Notice> {
        if !self.person.is_some_and(|one| self.is_digital && one.can_be_notified()) {
            return Vec::new();
        }
        let own = format!("Du har fått ny post i {}.", provider.name);
        let notice = |channel: &str, text: &str| Notice { channel: channel.to_owned(), text: text.to_owned() };
        if self.asked.is_empty() {
            return vec![notice("epost", &own)];
        }
        let text = |asked: &str| if provider.quotes_sender { asked.to_owned() } else { own.clone() };
        self.asked.iter().map(|(channel, asked)| notice(channel, &text(asked))).collect()
    }
}

/// Main document and attachments.
fn listed(manifest: &SdpManifest) -> impl Iterator<Item = &SdpDocument> {
    std::iter::once(&manifest.main).chain(&manifest.attachments)
}

/// Names as the person would see them: the title, or the file name where there is none.
fn has_equal_names(manifest: &SdpManifest) -> bool {
    let mut seen = BTreeSet::new();
    let name = |one: &SdpDocument| one.title.as_ref().map_or(&one.file.name, |title| &title.text).to_lowercase();
    !listed(manifest).all(|one| seen.insert(name(one)))
}

/// Names, sizes and digests, without the manifest.
fn documents(container: &Verified) -> Vec<Document> {
    let files = container.documents().iter().filter(|one| one.name() != MANIFEST);
    let document = |one: &konvolutt_shared::container::VerifiedDocument| Document {
        name: one.name().to_owned(),
        media_type: one.media_type().unwrap_or_default().to_owned(),
        size: one.size(),
        sha256: one.sha256_hex().to_owned(),
    };
    files.map(document).collect()
}

/// Whether Maskinporten gave the token to the letter's owner, and whoever signed stands in it. Letters may lie longer than
/// tokens live, so its time is not judged here; the access point did that.
fn authorised(token: &str, keys: &[RsaPublicKey], owner: &str, signer: &str) -> bool {
    let Some(parsed) = jws::parse(token).filter(|parsed| keys.iter().any(|key| parsed.holds(key))) else {
        return false;
    };
    let party = |name: &str| parsed.payload.get(name).and_then(organisation_of);
    let (consumer, supplier) = (party("consumer"), party("supplier"));
    let scopes = parsed.claim("scope").unwrap_or_default();
    scopes.split(' ').any(|scope| scope == crate::dpi::SCOPE)
        && consumer.as_deref() == Some(owner)
        && [consumer.as_deref(), supplier.as_deref()].contains(&Some(signer))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use konvolutt_shared::container::manifest::{SdpFile, SdpText};
    use serde_json::json;

    use super::*;
    use crate::authority::Authority;

    #[test]
    fn a_token_must_be_maskinportens_for_the_owner_and_name_the_signer() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::open(folder.path(), now).unwrap();
        let key = authority.service("x", "X", now).unwrap();
        let (owner, signer, other) = ("310904007", "310904023", "310904015");
        let token = |scope: &str| {
            let party = |number: &str| json!({ "ID": format!("0192:{number}") });
            jws::sign(&key, &json!({}), &json!({ "scope": scope, "consumer": party(owner), "supplier": party(signer) }))
        };
        let (good, scoped) = (token(crate::dpi::SCOPE), token("eformidling:dpi"));
        let keys = [key.public_key()];
        assert!(authorised(&good, &keys, owner, signer));
        assert!(authorised(&good, &keys, owner, owner), "the owner may sign itself");
        assert!(!authorised(&scoped, &keys, owner, signer));
        assert!(!authorised(&good, &keys, other, signer), "another's letter");
        assert!(!authorised(&good, &keys, owner, other), "another signer");
        assert!(!authorised(&good, &[authority.root().public_key()], owner, signer), "another issuer");
        assert!(!authorised("withheld", &keys, owner, signer));
    }

    #[test]
    fn names_are_equal_as_a_person_sees_them() {
        let document = |name: &str, title: Option<&str>| SdpDocument {
            file: SdpFile { name: name.to_owned(), media_type: PDF.to_owned() },
            title: title.map(|text| SdpText { text: text.to_owned(), language: "nb".to_owned() }),
            data: None,
        };
        let equal = |documents: [SdpDocument; 2]| {
            let [main, other] = documents;
            has_equal_names(&SdpManifest { main, attachments: vec![other], ..SdpManifest::default() })
        };
        assert!(equal([document("a.pdf", Some("Brev")), document("a-2.pdf", Some("brev"))]));
        assert!(equal([document("a.pdf", None), document("b.pdf", Some("A.pdf"))]));
        assert!(!equal([document("a.pdf", Some("Brev")), document("b.pdf", Some("Vedlegg"))]));
    }
}
