use konvolutt_shared::finding::Code;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use konvolutt_shared::envelope::PartClaim;
use konvolutt_shared::svarut::{Correspondent, Shipment};

use super::*;

pub(super) const MESSAGE: &str = "d5c9f24d-4ce5-4d70-97a3-d0e3294210af";
const OURS: &str = "310904007";
const SHIPMENT: &str = "7d0d3c1e-0f3a-4a8b-9f0e-0c4f6a1d2b3c";

/// A letter's document.
pub(super) fn letter() -> String {
    let head = konvolutt_shared::sbd::ArkivmeldingHead {
        sender: format!("0192:{OURS}").parse().unwrap(),
        receiver: "0192:310900214".parse().unwrap(),
        process: "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0".to_owned(),
        message_id: MESSAGE.parse().unwrap(),
        conversation_id: "2c93858d-36c9-4fa2-924a-603a23f80401".parse().unwrap(),
        created: "2026-12-01T00:00:00Z".parse().unwrap(),
        expires: "2026-12-02T00:00:00Z".parse().unwrap(),
        sender_ref: None,
        receiver_ref: None,
        main_document: None,
        security_level: 3,
        dpv: None,
    };
    konvolutt_shared::sbd::arkivmelding(head).to_json()
}

/// SvarUt in memory. `lose` answers are lost after the shipment was taken, and it is not shown while `slow`.
#[derive(Debug, Default)]
struct Memory {
    sent: Mutex<Vec<(String, String)>>,
    lose: Mutex<u32>,
    slow: AtomicBool,
}

#[derive(Debug)]
struct Shared(Arc<Memory>);

impl Wire for Shared {
    fn sent<'a>(&'a self, account: &'a str, reference: &'a str) -> Reply<'a, Vec<String>> {
        let sent = self.0.sent.lock().unwrap();
        let shown = !self.0.slow.load(Ordering::Relaxed);
        let found = sent.iter().filter(|_| shown).filter(|one| **one == (account.to_owned(), reference.to_owned()));
        let found = found.map(|_| SHIPMENT.to_owned()).collect();
        Box::pin(async move { Ok(found) })
    }

    fn send<'a>(&'a self, account: &'a str, _: &'a Signed, _: &'a Dispatch, sbd: &'a Sbd) -> Reply<'a, String> {
        self.0.sent.lock().unwrap().push((account.to_owned(), sbd.message_id().unwrap().to_string()));
        let mut lose = self.0.lose.lock().unwrap();
        let lost = *lose > 0;
        *lose = lose.saturating_sub(1);
        Box::pin(async move {
            if lost {
                return Err(Failure::Unknown(Finding::warning(Rule::SendingUncertain, "lost")));
            }
            Ok(SHIPMENT.to_owned())
        })
    }

    fn status<'a>(&'a self, _: &'a str, _: &'a str) -> Reply<'a, Option<status::Told>> {
        Box::pin(async { Ok(None) })
    }

    fn types(&self) -> Reply<'_, Vec<String>> {
        Box::pin(async { Ok(vec!["Byggesøknad".to_owned()]) })
    }
}

fn signed(kind: Option<&str>) -> Signed {
    let party = |organisation: &str| Correspondent {
        name: "Noen".to_owned(),
        organisation: organisation.to_owned(),
        address: None,
    };
    Signed {
        shipment: Shipment {
            title: "Brev".to_owned(),
            recipient: party("310900214"),
            answers_to: party(OURS),
            shipment_type: kind.map(str::to_owned),
            ..Shipment::default()
        },
        parts: vec![PartClaim {
            name: "brev.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            size: 1,
            sha256: "00".repeat(32),
        }],
    }
}

fn dispatch(sender: &str, signed: &Signed) -> Dispatch {
    Dispatch {
        reference: "r".to_owned(),
        created: Timestamp::UNIX_EPOCH,
        sender: sender.to_owned(),
        recipient: "310900214".to_owned(),
        sbd: letter(),
        package: None,
        package_size: 1,
        details: Some(serde_json::to_string(signed).unwrap()),
        doubtful: false,
    }
}

fn dpf(lose: u32) -> (Dpf, Arc<Memory>) {
    let memory = Arc::new(Memory { lose: Mutex::new(lose), ..Memory::default() });
    let accounts = HashMap::from([(OURS.to_owned(), "konto".to_owned())]);
    let dpf = Dpf {
        wire: Box::new(Shared(memory.clone())),
        accounts,
        world: Arc::new(Machine),
        patience: Duration::from_secs(3600),
        doubts: Mutex::default(),
    };
    (dpf, memory)
}

#[tokio::test]
async fn a_lost_answer_makes_one_shipment() {
    let (dpf, memory) = dpf(1);
    let dispatch = dispatch(OURS, &signed(None));
    assert!(matches!(dpf.ship(&dispatch).await, Err(Failure::Unknown(_))));
    assert_eq!(dpf.ship(&dispatch).await, Ok(SHIPMENT.to_owned()));
    assert_eq!(dpf.ship(&dispatch).await, Ok(SHIPMENT.to_owned()));
    assert_eq!(*memory.sent.lock().unwrap(), [("konto".to_owned(), MESSAGE.to_owned())]);
}

#[tokio::test]
async fn what_svarut_is_slow_to_show_is_not_sent_twice() {
    let (dpf, memory) = dpf(1);
    let (first, count) = (dispatch(OURS, &signed(None)), || memory.sent.lock().unwrap().len());
    memory.slow.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        assert!(matches!(dpf.ship(&first).await, Err(Failure::Unknown(_))));
        assert_eq!(count(), 1, "it may be there");
    }
    // Another run of the program knows of it by the queue alone.
    let restarted = Dpf { doubts: Mutex::default(), ..dpf };
    let again = Dispatch { doubtful: true, ..first.clone() };
    assert!(matches!(restarted.ship(&again).await, Err(Failure::Unknown(_))));
    assert_eq!(count(), 1);
    let patient = Dpf { patience: Duration::ZERO, ..restarted };
    assert_eq!(patient.ship(&again).await, Ok(SHIPMENT.to_owned()));
    assert_eq!(count(), 2, "it never came to anything");
}

#[tokio::test]
async fn an_unknown_type_is_refused_and_a_missing_account_waits() {
    let (dpf, memory) = dpf(0);
    let wrong = dispatch(OURS, &signed(Some("Finnes ikke")));
    let Err(Failure::Refused(finding)) = dpf.ship(&wrong).await else { panic!("not refused") };
    assert_eq!(finding.code, Code::ShipmentInvalid);
    let nobody = dispatch("310904015", &signed(None));
    assert!(matches!(dpf.ship(&nobody).await, Err(Failure::Later { .. })));
    assert!(memory.sent.lock().unwrap().is_empty());
    assert!(dpf.ship(&dispatch(OURS, &signed(Some("Byggesøknad")))).await.is_ok());
}
