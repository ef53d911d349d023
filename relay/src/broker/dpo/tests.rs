//! The client against the sandbox's broker, over loopback.

mod channel;
mod limits;

use std::collections::HashMap;
use std::path::PathBuf;

use konvolutt_sandbox::Sandbox;
use konvolutt_shared::container::zip::{self, Compression, DosTime, ZipWriter};
use konvolutt_shared::limits::Limits;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::broker::sandboxed::{Sandboxed, disturb, sandboxed};
use crate::directory::{Enhetsregister, Question, Revocation, ServiceRegistry};
use crate::packages::{Folder, Package};

const RESOURCE: &str = "eformidling-dpo-meldingsutveksling";
const COUNTY: &str = "310904007";
const DIRECTORATE: &str = "310904015";
const RATE_LIMITED: &str = "310902217";
const DOWN: &str = "310902314";
const CUT: &str = "310902411";

struct Stand {
    sandbox: Sandbox,
    http: reqwest::Client,
    tokens: Arc<Tokens>,
    client: Client,
    dpo: Dpo,
    folder: TempDir,
}

/// One sandbox with two of our own organisations, so that nobody else takes what is sent.
async fn stand(speed: f64) -> Stand {
    let Sandboxed { sandbox, http, tokens, folder } = sandboxed(speed).await;
    let client = Client::new(sandbox.endpoints().broker, RESOURCE.to_owned(), http.clone(), tokens.clone());
    let dpo = Dpo::over(Arc::new(client.clone()), Arc::new(Machine), Duration::ZERO);
    Stand { sandbox, http, tokens, client, dpo, folder }
}

impl Stand {
    fn dispatch(&self, recipient: &str, package: Option<&[u8]>) -> Dispatch {
        let path = package.map(|bytes| {
            let (name, among) = (Uuid::new_v4().to_string(), Arc::new(Folder::open(self.folder.path()).unwrap()));
            std::fs::write(self.folder.path().join(&name), bytes).unwrap();
            Package { name, among }
        });
        Dispatch {
            reference: Uuid::new_v4().to_string(),
            created: crate::clock::now(),
            sender: COUNTY.to_owned(),
            recipient: recipient.to_owned(),
            sbd: r#"{"standardBusinessDocumentHeader":{}}"#.to_owned(),
            package: path,
            package_size: package.map_or(0, |bytes| bytes.len() as u64),
            details: None,
            doubtful: false,
        }
    }

    async fn sent(&self, dispatch: &Dispatch) -> String {
        let transfer = self.dpo.initialize(dispatch).await.unwrap();
        self.dpo.upload(&transfer, dispatch).await.unwrap();
        transfer
    }

    /// Uploads bytes that our own writer would never make.
    async fn sent_raw(&self, bytes: Vec<u8>) -> String {
        let dispatch = self.dispatch(DIRECTORATE, None);
        let transfer = self.dpo.initialize(&dispatch).await.unwrap();
        let length = bytes.len() as u64;
        let taken = self.client.offer(COUNTY, &transfer, length, bytes.into()).await.unwrap();
        assert!(taken.status().is_success());
        transfer
    }

    /// Polls until the virus scan has let the transfer through.
    async fn arrived(&self, transfer: &str) -> Waiting {
        loop {
            let all = Dpo { share: 1_000, ..self.dpo.clone() };
            let waiting = all.waiting(DIRECTORATE).await.unwrap();
            if let Some(found) = waiting.into_iter().find(|one| one.transfer == transfer) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The next of our calls that fits meets a fault.
    async fn fault(&self, method: &str, path: &str, fault: &str) {
        self.fault_of("broker", method, path, fault).await;
    }

    /// The next of our calls to a service that fits meets a fault.
    async fn fault_of(&self, service: &str, method: &str, path: &str, fault: &str) {
        disturb(&self.sandbox, service, (method, path), fault, 1).await;
    }

    async fn fetch(&self, transfer: &str) -> Fetched {
        self.arrived(transfer).await;
        self.dpo.fetch(DIRECTORATE, transfer, self.folder.path()).await.unwrap()
    }
}

fn package(size: usize) -> Vec<u8> {
    (0..size).map(|n| (n.wrapping_mul(2_654_435_761) >> 9) as u8).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn there_and_confirmed() {
    let stand = stand(100.0).await;
    let content = package(300_001);
    let dispatch = stand.dispatch(DIRECTORATE, Some(&content));
    let transfer = stand.sent(&dispatch).await;

    let waiting = stand.arrived(&transfer).await;
    assert_eq!((waiting.sender.as_str(), &waiting.reference), (COUNTY, &dispatch.reference));

    for _ in 0..2 {
        // Begun and not confirmed: it is still listed, and can be fetched again.
        let fetched = stand.fetch(&transfer).await;
        assert_eq!(fetched.findings, []);
        assert_eq!(fetched.sbd.as_deref(), Some(dispatch.sbd.as_bytes()));
        let stored = fetched.package.unwrap();
        assert_eq!((stored.size, stored.sha256), (content.len() as u64, hex(&Sha256::digest(&content))));
        assert_eq!(std::fs::read(&stored.path).unwrap(), content);
    }
    let left: Vec<PathBuf> = std::fs::read_dir(stand.folder.path()).unwrap().map(|one| one.unwrap().path()).collect();
    assert!(!left.iter().any(|path| path.to_string_lossy().contains("download-")), "{left:?}");

    // The second confirm meets error 10: the first has completed the transfer.
    stand.dpo.confirm(DIRECTORATE, &transfer).await.unwrap();
    stand.dpo.confirm(DIRECTORATE, &transfer).await.unwrap();
    assert_eq!(stand.dpo.waiting(DIRECTORATE).await.unwrap().iter().filter(|one| one.transfer == transfer).count(), 0);
    // An upload whose answer was lost is not made again.
    stand.dpo.upload(&transfer, &dispatch).await.unwrap();
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_what_was_never_downloaded_fails() {
    let stand = stand(100.0).await;
    let transfer = stand.sent(&stand.dispatch(DIRECTORATE, None)).await;
    stand.arrived(&transfer).await;
    assert!(matches!(stand.dpo.confirm(DIRECTORATE, &transfer).await, Err(Failure::Refused(_))));
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_documents_has_no_package() {
    let stand = stand(100.0).await;
    let transfer = stand.sent(&stand.dispatch(DIRECTORATE, None)).await;
    let fetched = stand.fetch(&transfer).await;
    assert!(fetched.sbd.is_some());
    assert_eq!((fetched.package, fetched.findings), (None, vec![]));
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_to_a_channel_is_not_ours_to_take() {
    let stand = stand(100.0).await;
    let mut status = stand.dispatch(DIRECTORATE, None);
    status.reference = "channel-1".to_owned();
    let transfer = stand.sent(&status).await;
    // The channel belongs to another installation.
    let later = stand.sent(&stand.dispatch(DIRECTORATE, None)).await;
    stand.arrived(&later).await;
    assert!(stand.dpo.waiting(DIRECTORATE).await.unwrap().iter().all(|one| one.transfer != transfer));
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_tells_how_long_to_wait() {
    let stand = stand(1.0).await;
    let dispatch = stand.dispatch(RATE_LIMITED, Some(&package(100)));
    let transfer = stand.dpo.initialize(&dispatch).await.unwrap();
    for _ in 0..3 {
        let Err(Failure::Later { after, finding }) = stand.dpo.upload(&transfer, &dispatch).await else {
            panic!("not told to wait")
        };
        assert_eq!((after.map(|after| after.as_secs()), finding.code), (Some(5), Code::ServiceBusy));
    }
    stand.dpo.upload(&transfer, &dispatch).await.unwrap();
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_down_is_tried_later() {
    let stand = stand(1.0).await;
    let failure = stand.dpo.initialize(&stand.dispatch(DOWN, None)).await.unwrap_err();
    assert!(matches!(&failure, Failure::Later { after: None, finding } if finding.code == Code::ServiceDown));

    // Nobody listens: no byte has left, so nothing is uncertain.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = DpoConfig {
        base: format!("http://{nobody}"),
        resource: RESOURCE.to_owned(),
        patience: Duration::ZERO,
        channels: HashMap::new(),
    };
    let dpo = Dpo::new(config, stand.http.clone(), stand.tokens.clone());
    let failure = dpo.initialize(&stand.dispatch(DIRECTORATE, None)).await.unwrap_err();
    assert!(matches!(&failure, Failure::Later { finding, .. } if finding.code == Code::ServiceDown));
    let shown = format!("{failure:?}");
    assert!(!shown.contains("127.0.0.1"), "{shown}");
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_upload_is_uncertain_then_abandoned_then_made_anew() {
    let stand = stand(100.0).await;
    let dispatch = stand.dispatch(CUT, Some(&package(2_000_000)));
    let transfer = stand.dpo.initialize(&dispatch).await.unwrap();
    let cut = stand.dpo.upload(&transfer, &dispatch).await.unwrap_err();
    assert!(matches!(&cut, Failure::Unknown(finding) if finding.code == Code::SendingUncertain), "{cut:?}");
    // As long as the broker may still be storing it, a second transfer could make two messages of one.
    let patient = Dpo { patience: Duration::from_secs(600), ..stand.dpo.clone() };
    let waits = patient.upload(&transfer, &dispatch).await;
    assert!(matches!(waits, Err(Failure::Later { after: Some(_), .. })), "{waits:?}");
    assert!(matches!(stand.dpo.upload(&transfer, &dispatch).await, Err(Failure::Abandoned(_))));
    let anew = Dispatch { reference: Uuid::new_v4().to_string(), ..dispatch };
    stand.sent(&anew).await;
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_zip_is_kept_with_a_finding() {
    let stand = stand(100.0).await;
    let bytes = b"certainly not a zip".to_vec();
    let transfer = stand.sent_raw(bytes.clone()).await;
    let fetched = stand.fetch(&transfer).await;
    assert!(fetched.sbd.is_none());
    assert!(fetched.findings.iter().any(Finding::refuses));
    assert_eq!(std::fs::read(fetched.package.unwrap().path).unwrap(), bytes);

    // The directories agree, but the package's bytes do not.
    let mut zip = ZipWriter::new(DosTime::from_timestamp(Timestamp::UNIX_EPOCH));
    let mut bytes = Vec::new();
    zip.add("sbd.json", b"{}", &mut bytes).unwrap();
    zip.begin("asic.zip", Compression::None, &mut bytes).unwrap();
    zip.write(&package(1000), &mut bytes).unwrap();
    zip.end(&mut bytes).unwrap();
    zip.finish("", &mut bytes).unwrap();
    let data = zip::read(&bytes, &Limits::default()).unwrap().find("asic.zip").unwrap().data;
    bytes[data as usize + 500] ^= 1;
    let transfer = stand.sent_raw(bytes.clone()).await;
    let fetched = stand.fetch(&transfer).await;
    assert_eq!(fetched.sbd.as_deref(), Some(b"{}".as_slice()));
    assert!(fetched.findings.iter().any(|finding| finding.code == Code::ZipMalformed));
    assert_eq!(std::fs::read(fetched.package.unwrap().path).unwrap(), bytes);
    stand.sandbox.stop().await;
}

/// More than a hundred megabytes, which the protocol before Altinn 3 could not carry.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_and_twenty_megabytes_arrive_as_they_left() {
    let stand = stand(100.0).await;
    let content = package(120_000_000);
    let transfer = stand.sent(&stand.dispatch(DIRECTORATE, Some(&content))).await;
    let fetched = stand.fetch(&transfer).await;
    assert_eq!(fetched.findings, []);
    let stored = fetched.package.unwrap();
    assert_eq!((stored.size, stored.sha256), (content.len() as u64, hex(&Sha256::digest(&content))));
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_way_has_damaged_is_fetched_anew() {
    let stand = stand(100.0).await;
    let dispatch = stand.dispatch(DIRECTORATE, Some(&package(10_000)));
    let transfer = stand.sent(&dispatch).await;
    stand.arrived(&transfer).await;
    for fault in ["truncate", "corrupt"] {
        stand.fault("GET", &format!("/{transfer}/download"), fault).await;
        let damaged = stand.dpo.fetch(DIRECTORATE, &transfer, stand.folder.path()).await;
        assert!(
            matches!(&damaged, Err(Failure::Later { finding, .. }) if finding.code == Code::ServiceDown),
            "{fault}: {damaged:?}"
        );
    }
    assert_eq!(stand.fetch(&transfer).await.findings, []);
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_too_new_to_be_found_waits() {
    let stand = stand(100.0).await;
    let dispatch = stand.dispatch(DIRECTORATE, None);
    let transfer = stand.dpo.initialize(&dispatch).await.unwrap();
    let (new, denied) = (Code::ServiceRefused, Code::CarrierDenied);
    for (fault, code) in [("not-found", new), ("forbidden", denied), ("unauthorized", denied)] {
        stand.fault("GET", &format!("/filetransfer/{transfer}"), fault).await;
        // A 401 is tried once more at once, with a fresh token.
        let early = stand.dpo.upload(&transfer, &dispatch).await;
        let waits = matches!(&early, Err(Failure::Later { finding, .. }) if finding.code == code);
        assert!(waits || fault == "unauthorized", "{fault}: {early:?}");
    }
    stand.fault("POST", "/filetransfer", "bad-request").await;
    let refused = stand.dpo.initialize(&dispatch).await;
    assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
    stand.dpo.upload(&transfer, &dispatch).await.unwrap();
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_page_is_listed() {
    let stand = stand(100.0).await;
    let mut all = Vec::new();
    for _ in 0..105 {
        all.push(stand.sent(&stand.dispatch(DIRECTORATE, None)).await);
    }
    for transfer in [&all[0], &all[104]] {
        stand.arrived(transfer).await;
    }
    // One poll brings a share; the rest comes with the next ones.
    assert_eq!(stand.dpo.waiting(DIRECTORATE).await.unwrap().len(), SHARE);
    let waiting = Dpo { share: 1_000, ..stand.dpo.clone() }.waiting(DIRECTORATE).await.unwrap();
    let listed: Vec<&String> = waiting.iter().map(|one| &one.transfer).filter(|one| all.contains(one)).collect();
    assert_eq!(listed, all.iter().collect::<Vec<_>>());
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directories_answer() {
    let stand = stand(100.0).await;
    let endpoints = stand.sandbox.endpoints();
    let register = Enhetsregister::new(endpoints.enhetsregister, stand.http.clone());
    let search = async |query: &str| register.search(query, Duration::ZERO).await.unwrap().answer;
    assert_eq!(search("310 900 117").await[0].orgnr, "310900117");
    assert_eq!(search("310900118").await, []);
    assert_eq!(search("ingen heter dette").await, []);
    assert!(search("solvik").await.iter().any(|hit| hit.orgnr == "310900117"));

    let registry = ServiceRegistry::new(
        endpoints.service_registry,
        "eformidling:dpo".to_owned(),
        stand.http.clone(),
        stand.tokens.clone(),
    );
    assert_eq!(registry.lookup("310900117", None, Duration::ZERO).await.unwrap().answer.split('.').count(), 3);
    let unknown = registry.lookup("999999999", None, Duration::ZERO).await;
    assert!(matches!(unknown, Err(Failure::Refused(finding)) if finding.code == Code::RecipientUnknown));
    let strange = registry.lookup("../info/310900117", None, Duration::ZERO).await;
    assert!(matches!(strange, Err(Failure::Refused(finding)) if finding.code == Code::RequestInvalid));

    stand.fault_of("registry", "GET", "/process/", "bad-request").await;
    let process = Some(Question::about("urn:no:difi:profile:arkivmelding:administrasjon:ver1.0"));
    let refused = registry.lookup("310900117", process, Duration::ZERO).await.unwrap_err().into_finding();
    assert_eq!(refused.code, Code::RecipientNoProcess);
    assert!(refused.message.contains("Bad Request"), "in the registry's own words: {}", refused.message);

    let strange =
        registry.lookup("310900117", Some(Question { process: "urn:x", level: Some(5) }), Duration::ZERO).await;
    assert_eq!(strange.unwrap_err().into_finding().code, Code::RequestInvalid);
    let revocation = Revocation::new(endpoints.revocation_lists, &[], &stand.http);
    assert_eq!(revocation.lists().await.unwrap().len(), 2);
    stand.sandbox.stop().await;
    assert_eq!(revocation.lists().await.unwrap().len(), 2);
    let revocation = Revocation::new(vec!["http://127.0.0.1:9/none.crl".to_owned()], &[], &stand.http);
    assert!(matches!(revocation.lists().await, Err(Failure::Later { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_refused_kills_no_letter() {
    let stand = stand(100.0).await;
    // No system user of this organisation has been approved.
    let failure = stand.tokens.altinn("310904031").await.unwrap_err();
    assert!(matches!(&failure, Failure::Later { finding, .. } if finding.code == Code::CarrierDenied), "{failure:?}");
    let (one, other) = tokio::join!(stand.tokens.altinn(COUNTY), stand.tokens.altinn(COUNTY));
    let one = one.unwrap();
    assert_eq!(one, other.unwrap(), "fetched twice");
    stand.tokens.forget(COUNTY);
    assert_ne!(stand.tokens.altinn(COUNTY).await.unwrap(), one);
    stand.sandbox.stop().await;
}
