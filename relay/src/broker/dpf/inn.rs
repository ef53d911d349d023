//! SvarInn: what others have sent us with SvarUt. The package is the download as it is, sealed to our organisation.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use futures_util::StreamExt;
use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::OrganisationNumber;
use konvolutt_shared::limits::Limits;
use konvolutt_shared::seal::SealReader;
use konvolutt_shared::svarut::Received;
use reqwest::{Method, Response, Url, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::super::{Failure, Fetched, Mailbox, Reply, StoredPackage, Waiting, discard};
use super::listed::{Listed, id_of};
use super::{Account, DpfConfig};
use crate::directory::{self, retry_after};

const SVARINN: &str = "KS SvarInn";

/// The largest download, in bytes: the channel's gigabyte, and what zip and seal add.
const MAX_DOWNLOAD: u64 = 1_200_000_000;

/// The longest `feilmelding` that we send, in characters.
const MAX_COMPLAINT: usize = 200;

/// The receiving systems of our organisations.
#[derive(Debug)]
pub struct SvarInn {
    base: String,
    accounts: HashMap<String, Account>,
    http: reqwest::Client,
    /// What the last lists said of shipments that have not been fetched.
    listed: Mutex<HashMap<String, Listed>>,
}

impl SvarInn {
    /// SvarInn by HTTP.
    pub fn new(config: &DpfConfig, http: reqwest::Client) -> Self {
        let accounts = config.accounts.iter().map(|one| (one.organisation.clone(), one.clone())).collect();
        Self { base: config.svarinn.clone(), accounts, http, listed: Mutex::default() }
    }

    /// Whether an organisation has a receiving system here.
    pub fn serves(&self, organisation: &str) -> bool {
        self.accounts.contains_key(organisation)
    }

    async fn call(
        &self,
        organisation: &str,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Response, Failure> {
        let Some(account) = self.accounts.get(organisation) else {
            let message = "the organisation has no receiving system at KS SvarInn";
            return Err(Failure::Later { after: None, finding: Finding::error(Rule::ChannelOn, message) });
        };
        let request = self.http.request(method, url).basic_auth(&account.receiver, Some(account.password.expose()));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.map_err(|_| Failure::down(SVARINN))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        // A firewall, a proxy or a password: none of it says anything about a shipment, and what is refused for good is lost.
        Err(Failure::from_status(SVARINN, status.as_u16(), retry_after(response.headers())).for_now())
    }

    fn at(&self, path: &str) -> Result<Url, Failure> {
        Url::parse(&format!("{}{path}", self.base)).map_err(|_| Failure::down(SVARINN))
    }

    async fn list(&self, organisation: &str) -> Result<Vec<Listed>, Failure> {
        let url = self.at("/mottaker/hentNyeForsendelser")?;
        let items: Vec<Value> =
            directory::json(self.call(organisation, Method::GET, url, None).await?, SVARINN).await?;
        // One that cannot be read must not hold up the others.
        let mut listed: Vec<Listed> = items.into_iter().filter_map(Listed::read).collect();
        listed.sort_by_key(|one| (one.received.date, one.received.id));
        Ok(listed)
    }

    /// How many shipments wait: proves address, user and password.
    ///
    /// # Errors
    /// SvarInn cannot be asked.
    pub async fn probe(&self, organisation: &str) -> Result<usize, Failure> {
        self.list(organisation).await.map(|listed| listed.len())
    }

    async fn waiting(&self, organisation: &str) -> Result<Vec<Waiting>, Failure> {
        if !self.serves(organisation) {
            return Ok(Vec::new());
        }
        let listed = self.list(organisation).await?;
        let waiting = listed.iter().map(Listed::waiting).collect();
        let mut known = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(listed.into_iter().map(|one| (one.transfer(), one)));
        Ok(waiting)
    }

    async fn fetch(&self, organisation: &str, transfer: &str, folder: &Path) -> Result<Fetched, Failure> {
        let known = self.listed.lock().unwrap_or_else(PoisonError::into_inner).get(transfer).cloned();
        let known = match known {
            Some(known) => Some(known),
            None => self.list(organisation).await?.into_iter().find(|one| one.transfer() == transfer),
        };
        let gone = || Finding::error(Rule::MessageUnknown, "the shipment does not wait any more");
        let listed = known.ok_or_else(|| Failure::Later { after: None, finding: gone() })?;
        if listed.broken {
            self.forget(transfer);
            return Ok(listed.unreadable());
        }
        let name = listed.party_name();
        let mut received = listed.received;
        let ours = OrganisationNumber::parse(organisation).map_err(|_| Failure::down(SVARINN))?;
        let named = received.recipient.organisation.as_deref().filter(|number| !number.is_empty());
        if named.is_some_and(|named| named != organisation) {
            let message = "the shipment is for another organisation than the receiving system's";
            return Err(Failure::Refused(Finding::error(Rule::RecipientUnknown, message)));
        }
        let file = folder.join(format!("in-{transfer}"));
        let downloaded = self.download(organisation, &mut received, &file).await;
        if downloaded.is_err() {
            discard(&file).await;
        }
        let mut findings = Vec::new();
        let package = match downloaded? {
            Some(package) => Some(package),
            None => {
                discard(&file).await;
                let message = "the shipment is larger than is taken, and is left at KS";
                findings.push(Finding::error(Rule::TransferSize, message));
                None
            }
        };
        if received.answerable().is_none() {
            let message = "the shipment names nobody who can be answered";
            findings.push(Finding::warning(Rule::LetterSender, message));
        }
        let sbd = match received.sbd(ours) {
            Ok(sbd) => Some(sbd.to_json().into_bytes()),
            Err(wrong) => {
                findings.extend(wrong);
                None
            }
        };
        let details = serde_json::to_string(&received).ok();
        self.forget(transfer);
        let left = package.is_none();
        Ok(Fetched { sbd, package, findings, party_name: name, details, left })
    }

    /// What was listed of a shipment that is dealt with.
    fn forget(&self, transfer: &str) {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).remove(transfer);
    }

    /// Streams to a file, durably. What is not a whole sealed message is not taken in: without any key, its form tells.
    /// `None` when it is larger than is taken.
    async fn download(
        &self,
        organisation: &str,
        received: &mut Received,
        to: &Path,
    ) -> Result<Option<StoredPackage>, Failure> {
        let url = self.ours(&received.download_url)?;
        let response = self.call(organisation, Method::GET, url, None).await?;
        received.content_type = text(&response, header::CONTENT_TYPE);
        received.file_name = file_name(&text(&response, header::CONTENT_DISPOSITION));
        let mut file = tokio::fs::File::create(to).await?;
        let (mut digest, mut size, mut ignored) = (Sha256::new(), 0_u64, Vec::new());
        let mut form = SealReader::new(&Limits::default());
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Failure::down(SVARINN))?;
            size += piece.len() as u64;
            if size > MAX_DOWNLOAD {
                return Ok(None);
            }
            form.push(&piece, &mut ignored).map_err(|finding| Failure::Later { after: None, finding })?;
            ignored.clear();
            digest.update(&piece);
            file.write_all(&piece).await?;
        }
        form.finish().map_err(|finding| Failure::Later { after: None, finding })?;
        file.sync_all().await?;
        let sha256 = digest.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Ok(Some(StoredPackage { path: to.to_owned(), size, sha256 }))
    }

    /// The address to fetch from comes from outside: only SvarInn's own host gets our password.
    fn ours(&self, address: &str) -> Result<Url, Failure> {
        let (url, base) = (Url::parse(address).ok(), self.at("")?);
        url.filter(|url| url.origin() == base.origin()).ok_or_else(|| {
            let message = "the shipment is to be fetched from another host than SvarInn's";
            Failure::Later { after: None, finding: Finding::error(Rule::ServiceRefused, message) }
        })
    }

    async fn confirm(&self, organisation: &str, transfer: &str) -> Result<(), Failure> {
        let url = self.at(&format!("/kvitterMottak/forsendelse/{transfer}"))?;
        self.call(organisation, Method::POST, url, None).await.map(drop)
    }

    pub(super) async fn reject(
        &self,
        organisation: &str,
        transfer: &str,
        reason: &str,
        permanent: bool,
    ) -> Result<(), Failure> {
        let url = self.at(&format!("/mottakFeilet/forsendelse/{}", id_of(transfer)))?;
        let reason: String = reason.chars().take(MAX_COMPLAINT).collect();
        let body = json!({ "feilmelding": reason, "permanent": permanent });
        self.call(organisation, Method::POST, url, Some(&body)).await.map(drop)
    }
}

impl Mailbox for SvarInn {
    fn waiting<'a>(&'a self, organisation: &'a str) -> Reply<'a, Vec<Waiting>> {
        Box::pin(self.waiting(organisation))
    }

    fn fetch<'a>(&'a self, organisation: &'a str, transfer: &'a str, folder: &'a Path) -> Reply<'a, Fetched> {
        Box::pin(self.fetch(organisation, transfer, folder))
    }

    fn confirm<'a>(&'a self, organisation: &'a str, transfer: &'a str) -> Reply<'a, ()> {
        Box::pin(self.confirm(organisation, transfer))
    }

    fn reject<'a>(
        &'a self,
        organisation: &'a str,
        transfer: &'a str,
        reason: &'a str,
        permanent: bool,
    ) -> Reply<'a, ()> {
        Box::pin(self.reject(organisation, transfer, reason, permanent))
    }
}

fn text(response: &Response, name: header::HeaderName) -> String {
    let value = response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    value.unwrap_or_default().chars().take(500).collect()
}

/// `filename` of a `Content-Disposition` (RFC 6266); nothing when there is none.
fn file_name(disposition: &str) -> String {
    let parameter = disposition.split(';').map(str::trim).find_map(|part| part.strip_prefix("filename="));
    parameter.unwrap_or_default().trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_read() {
        assert_eq!(file_name("attachment; filename=\"dokumenter-1.zip\""), "dokumenter-1.zip");
        assert_eq!(file_name("attachment; filename=brev.pdf; size=3"), "brev.pdf");
        assert_eq!(file_name("attachment"), "");
    }

    const OURS: &str = "310904007";

    /// A client of SvarInn at an address, for one organisation.
    fn svarinn(address: &str) -> SvarInn {
        // Installing twice in one process keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let account = Account {
            organisation: OURS.to_owned(),
            account: String::new(),
            receiver: "mottaker".to_owned(),
            password: String::new().into(),
        };
        let config = DpfConfig {
            address: String::new(),
            svarinn: address.to_owned(),
            integration: String::new(),
            password: String::new().into(),
            patience: std::time::Duration::ZERO,
            accounts: vec![account],
        };
        SvarInn::new(&config, reqwest::Client::builder().no_proxy().build().unwrap())
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_shown_and_left_at_ks() {
        const BROKEN: &str = "7d0d3c1e-0f3a-4a8b-9f0e-0c4f6a1d2b3c";
        let list = json!([
            { "id": BROKEN, "date": "i går", "avsender": { "navn": "Solvik kommune" } },
            { "tittel": "Brev" },
            { "id": "d5c9f24d-4ce5-4d70-97a3-d0e3294210af", "date": 1 },
        ]);
        let there = async move || axum::Json(list);
        let app = axum::Router::new().route("/mottaker/hentNyeForsendelser", axum::routing::get(there));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let svarinn = svarinn(&format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(axum::serve(listener, app).into_future());

        let waiting = svarinn.waiting(OURS).await.unwrap();
        let ids: Vec<&str> = waiting.iter().map(|one| one.transfer.as_str()).collect();
        // Another transfer than it will be once it can be read: this one is left for good.
        let marked = format!("{BROKEN}.unreadable");
        assert_eq!(ids, [&marked, "d5c9f24d-4ce5-4d70-97a3-d0e3294210af"], "one without an id cannot be named");
        assert_eq!(id_of(&marked), BROKEN, "as KS knows it");
        let folder = tempfile::tempdir().unwrap();
        let fetched = svarinn.fetch(OURS, &marked, folder.path()).await.unwrap();
        assert_eq!((fetched.left, fetched.party_name.as_deref()), (true, Some("Solvik kommune")));
        assert!(fetched.findings.iter().any(Finding::refuses) && fetched.package.is_none(), "{fetched:?}");
    }

    #[test]
    fn only_svarinns_own_host_is_asked_with_the_password() {
        let svarinn = svarinn("https://svarut.example/tjenester/svarinn");
        assert!(svarinn.ours("https://svarut.example/tjenester/svarinn/forsendelse/1").is_ok());
        for other in [
            "https://annen.example/tjenester/svarinn/forsendelse/1",
            "http://svarut.example/tjenester/svarinn/forsendelse/1",
            "https://svarut.example:8443/x",
            "https://svarut.example@annen.example/x",
            "file:///etc/passwd",
            "",
        ] {
            assert!(svarinn.ours(other).is_err(), "{other}");
        }
    }
}
