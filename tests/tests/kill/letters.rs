//! What is written: letters over three channels, to recipients who answer in ways of their own.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use konvolutt_shared::address::Addressed;
use konvolutt_shared::api::Status;
use konvolutt_shared::pack::PackDocument;
use konvolutt_shared::pki::Certificate;
use konvolutt_shared::sbd::DocumentType;
use konvolutt_shared::svarut::Choices;
use konvolutt_tests::client::{Client, PROCESS, SealedLetter, document};
use konvolutt_tests::{inbox, sha256};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::writers::random;

const OURS: &str = "310904007";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Dpo,
    /// A municipality over SvarUt, which seals each document by itself.
    Dpf,
    /// Altinn's inbox.
    Dpv,
}

/// Whom a letter goes to, and what becomes of it.
#[derive(Debug)]
pub(crate) struct Recipient {
    number: &'static str,
    channel: Channel,
    pub(crate) expected: Status,
    /// Whom the broker disturbs. A restart makes it begin with that again, so these may come through only at the end.
    pub(crate) disturbed: bool,
}

const fn to(number: &'static str, channel: Channel, expected: Status) -> Recipient {
    Recipient { number, channel, expected, disturbed: false }
}

const fn disturbed(number: &'static str, channel: Channel, expected: Status) -> Recipient {
    Recipient { number, channel, expected, disturbed: true }
}

/// One says 429 three times; two answer in a wrong order and twice; one loses SvarUt's answers; Altinn's inbox is disturbed
/// by [`Letters::disturb`].
static RECIPIENTS: [Recipient; 10] = [
    to("310900117", Channel::Dpo, Status::Levert),
    to("310900419", Channel::Dpo, Status::Lest),
    to("310900516", Channel::Dpo, Status::Lest),
    to("310900710", Channel::Dpo, Status::Feil),
    to("310902519", Channel::Dpo, Status::Lest),
    to("310902616", Channel::Dpo, Status::Levert),
    disturbed("310902217", Channel::Dpo, Status::Levert),
    to("310900214", Channel::Dpf, Status::Lest),
    disturbed("310903221", Channel::Dpf, Status::Lest),
    disturbed("310900311", Channel::Dpv, Status::Lest),
];

/// In a long run also those who break every other upload off: after a few failures a letter waits for minutes. Not those
/// who are down for a while from the first try (310902314): the sandbox forgets with every kill that they have been, and
/// begins anew with a try after each wait, so that such letters wait until their deadline.
static SLOW: [Recipient; 1] = [disturbed("310902411", Channel::Dpo, Status::Levert)];

/// One letter of so many is to a slow recipient.
const SLOW_ONE_OF: u64 = 12;

/// What may happen to an order at Altinn's inbox: done, and the answer lost; done, and a gateway's answer instead; the
/// connection cut; not there; too busy.
const FAULTS: [&str; 5] = ["lost", "gateway", "cut", "down", "busy"];

/// What letters are sealed to.
#[derive(Debug)]
pub(crate) struct Letters {
    addressed: BTreeMap<&'static str, Addressed>,
    transit: Certificate,
    long: bool,
}

impl Letters {
    /// Asks for everybody's certificate while all is well. A `long` run also has recipients that are slow.
    pub(crate) async fn prepare(client: &Client, long: bool) -> Result<Self> {
        let mut addressed = BTreeMap::new();
        for one in RECIPIENTS.iter().chain(&SLOW).filter(|one| one.channel != Channel::Dpv) {
            addressed.insert(one.number, client.address(one.number).await?);
        }
        Ok(Self { addressed, transit: inbox::transit(client)?, long })
    }

    /// Somebody.
    pub(crate) fn recipient(&self) -> &'static Recipient {
        let among = if self.long && random(SLOW_ONE_OF) == 0 { SLOW.as_slice() } else { &RECIPIENTS };
        &among[random(among.len() as u64) as usize]
    }

    /// A letter, and SHA-256 of its document.
    pub(crate) fn write(&self, client: &Client, to: &Recipient) -> Result<(SealedLetter, String)> {
        let content = format!("%PDF-1.7\n{}", format!("{} ", Uuid::new_v4()).repeat(40));
        let main = PackDocument { media_type: "application/pdf".to_owned(), ..document("brev.pdf", &content) };
        let letter = match to.channel {
            Channel::Dpo => {
                let certificate = &self.addressed(to)?.certificate;
                client.seal_as(&Uuid::new_v4().to_string(), to.number, &[main], certificate)?
            }
            Channel::Dpf => {
                let choices = Choices { digital_only: true, ..Choices::default() };
                let (claims, package, message_id) =
                    client.shipment_to(to.number, self.addressed(to)?, &[main], choices, "")?;
                SealedLetter { message_id, envelope: client.sign(&claims)?, package }
            }
            Channel::Dpv => {
                let business = json!({ "sikkerhetsnivaa": 3 });
                let sbd = inbox::sbd(OURS, Some(to.number), PROCESS, DocumentType::Arkivmelding, business)?;
                let files = inbox::letter_files("Brev", &main, &[]);
                inbox::sealed(client, &sbd, &files, &client.key, &self.transit)?
            }
        };
        Ok((letter, sha256(content.as_bytes())))
    }

    fn addressed(&self, to: &Recipient) -> Result<&Addressed> {
        self.addressed.get(to.number).context("a recipient without an address")
    }

    /// Every other letter to Altinn's inbox meets with something there, if the server lives to hear of it.
    pub(crate) async fn disturb(client: &Client, to: &Recipient) {
        if to.channel != Channel::Dpv || random(2) == 0 {
            return;
        }
        let fault = FAULTS[random(FAULTS.len() as u64) as usize];
        let order = json!({ "fault": fault, "times": 1 });
        let _ = client.request(Method::POST, "/sandbox/control/correspondence").json(&order).send().await;
    }
}

/// What counterparts have, by message id.
pub(crate) struct Arrived(BTreeMap<String, Vec<Value>>);

impl Arrived {
    pub(crate) async fn look(client: &Client) -> Result<Self> {
        let mailbox = client.mailbox().await?;
        let all = |list: &str| mailbox[list].as_array().cloned().with_context(|| format!("no {list}"));
        let letters = |one: &Value| {
            one["sender"] == OURS && (one["documentType"] == "arkivmelding" || one["documentType"] == "forsendelse")
        };
        let mut arrived = BTreeMap::<String, Vec<Value>>::new();
        let items = all("items")?.into_iter().filter(letters).map(|one| ("messageId", one));
        for (key, one) in items.chain(all("correspondences")?.into_iter().map(|one| ("sendersReference", one))) {
            arrived.entry(one[key].as_str().context("no id")?.to_owned()).or_default().push(one);
        }
        Ok(Self(arrived))
    }

    /// Takes a letter out, which must be there once and with its own content.
    pub(crate) fn take(&mut self, message_id: &str, digest: &str) -> Result<()> {
        let copies = self.0.remove(message_id).unwrap_or_default();
        ensure!(copies.len() == 1, "{message_id} is there {} times", copies.len());
        ensure!(copies[0].to_string().contains(digest), "{message_id} has other content");
        Ok(())
    }

    /// Whatever is left was never accepted.
    pub(crate) fn nothing_else(self) -> Result<()> {
        ensure!(self.0.is_empty(), "never accepted, and there: {:?}", self.0.keys());
        Ok(())
    }
}
