//! What the registry answers about people: the ways that are open for a decision and for information, the first of them
//! the one to prefer (efm-service-registry, `ServiceRecordService`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::{DIGITAL_DPV, Refused, inbox};
use crate::correspondence;
use crate::kontaktregister::reached_at;
use crate::seed::{self, PRINT, Resident};
use crate::world::World;

const DIGITAL: &str = "urn:no:difi:digitalpost:xsd:digital::digital";
const PAPER: &str = "urn:no:difi:digitalpost:xsd:fysisk::print";

/// What a letter to a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    Information,
    Decision,
}

impl Process {
    const ALL: [Self; 2] = [Self::Information, Self::Decision];

    const fn urn(self) -> &'static str {
        match self {
            Self::Information => "urn:no:difi:profile:digitalpost:info:ver1.0",
            Self::Decision => "urn:no:difi:profile:digitalpost:vedtak:ver1.0",
        }
    }

    pub(super) fn of(urn: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.urn() == urn)
    }
}

/// A way to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Mailbox,
    Inbox,
    Paper,
}

/// The ways, in order. Paper needs an address that the population register gives out.
fn ways(one: &Resident, process: Process, with_paper: bool) -> Vec<Way> {
    let on_paper = process == Process::Decision && (one.reserved || !one.can_be_notified());
    let mut ways = Vec::new();
    if !on_paper {
        match (one.mailbox, one.inbox) {
            (Some(_), _) => ways.push(Way::Mailbox),
            (None, Some(_)) => ways.push(Way::Inbox),
            (None, None) => {}
        }
    }
    if one.addressed && (with_paper || ways.is_empty()) {
        ways.push(Way::Paper);
    }
    ways
}

/// Who a person is to those who may send: no name, no address.
pub(super) fn info_record(one: &Resident) -> Value {
    json!({ "identifier": one.number, "entityType": { "name": "citizen" } })
}

/// The records for one process or both.
pub(super) async fn about(
    world: &Arc<World>,
    caller: &str,
    one: &Resident,
    wanted: Option<Process>,
    with_paper: bool,
) -> Result<Value, Refused> {
    let mut records = Vec::new();
    for process in Process::ALL.into_iter().filter(|process| wanted.is_none_or(|wanted| wanted == *process)) {
        for way in ways(one, process, with_paper) {
            let mut record = match way {
                Way::Mailbox => mailbox(world, one).await?,
                Way::Inbox => {
                    json!({ "documentTypes": [DIGITAL_DPV], "service": inbox(world, correspondence::PEOPLE) })
                }
                Way::Paper => paper(world, caller, one).await?,
            };
            record["organisationNumber"] = json!(one.number);
            record["process"] = json!(process.urn());
            records.push(record);
        }
    }
    Ok(json!({ "infoRecord": info_record(one), "serviceRecords": records }))
}

fn service(world: &World) -> Value {
    json!({ "identifier": "DPI", "endpointUrl": format!("{}/sandbox/dpi", world.base) })
}

async fn mailbox(world: &Arc<World>, one: &Resident) -> Result<Value, Refused> {
    let Some(mailbox) = one.mailbox else { return Ok(json!({})) };
    let mut record = json!({
        "documentTypes": [DIGITAL],
        "service": service(world),
        "pemCertificate": world.provider(mailbox.provider).await?.certificate_pem(),
        "orgnrPostkasse": mailbox.provider.number,
        "postkasseAdresse": mailbox.address,
        "kanVarsles": one.can_be_notified(),
        "fysiskPost": false,
        "spraak": one.language,
    });
    if one.can_be_notified() {
        let (mail, mobile) = reached_at(one);
        record["epostAdresse"] = json!(mail);
        record["mobilnummer"] = json!(mobile);
    }
    Ok(record)
}

async fn paper(world: &Arc<World>, caller: &str, one: &Resident) -> Result<Value, Refused> {
    let sender = seed::organisation(caller).map_or("Konvolutt drift", |one| one.name);
    Ok(json!({
        "documentTypes": [PAPER],
        "service": service(world),
        "pemCertificate": world.provider(&PRINT).await?.certificate_pem(),
        "orgnrPostkasse": PRINT.number,
        "fysiskPost": true,
        "postAddress": {
            "name": one.name, "street": format!("Prøveveien {}", one.place() + 10), "postalCode": "0001",
            "postalArea": "SOLVIK", "country": "Norge",
        },
        "returnAddress": {
            "name": sender, "street": "Prøveveien 1", "postalCode": "0001", "postalArea": "SOLVIK", "country": "Norge",
        },
        "spraak": one.language,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_is_reached_as_the_table_says() {
        use Way::{Inbox, Mailbox, Paper};
        let both: &[Way] = &[Mailbox, Paper];
        let chosen: &[Way] = &[Inbox, Paper];
        for (number, information, decision) in [
            ("01817010136", both, both),
            ("02817010256", both, both),
            ("03817010376", chosen, &[Paper][..]),
            ("04817010496", chosen, chosen),
            ("05817010506", both, &[Paper]),
            ("09817010986", chosen, &[Paper]),
            ("11817011162", &[Paper], &[Paper]),
            ("12817011282", &[Mailbox], &[Mailbox]),
            ("17817011772", both, both),
        ] {
            let one = seed::resident(number).unwrap();
            assert_eq!(ways(one, Process::Information, true), information, "{}", one.name);
            assert_eq!(ways(one, Process::Decision, true), decision, "{}", one.name);
        }
    }

    #[test]
    fn paper_is_left_out_only_beside_another_way() {
        let without = |number| ways(seed::resident(number).unwrap(), Process::Decision, false);
        assert_eq!(without("01817010136"), [Way::Mailbox]);
        assert_eq!(without("03817010376"), [Way::Paper]);
    }
}
