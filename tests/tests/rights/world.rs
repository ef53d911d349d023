//! A relay in this process with something of everything, nobody who delivers, and people of any roles.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use konvolutt_relay::app::{App, Kept, Shared};
use konvolutt_relay::approval::Hold;
use konvolutt_relay::config::{Configuration, Flags};
use konvolutt_relay::identity::{Bounds, NewSession, Stage, key};
use konvolutt_relay::inbox::{Incoming, Taking};
use konvolutt_relay::message::{self, NewMessage};
use konvolutt_relay::outbox::{Acquire, Kind, NewDelivery, Outcome};
use konvolutt_relay::serve::sandboxed;
use konvolutt_relay::webhook::{Courier, Guard, SystemLookup, Which};
use konvolutt_sandbox::{Options, Sandbox};
use konvolutt_shared::api::{
    ApiKeySecret, Change, Direction, EmbedSession, EmbedTicket, OrganisationAccess, Page, Person, Right, Role, Source,
    Status, WebhookSecret,
};
use konvolutt_tests::client::{Client, PROCESS, document};
use konvolutt_tests::routes::API;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use crate::Asker;

const OURS: &str = "310904007";
const OTHERS: &str = "310904015";
const SOLVIK: &str = "310900117";
const ORIGIN: &str = "http://localhost:4711";
const CONFIDENTIAL: &str = "urn:no:difi:profile:arkivmelding:taushetsbelagtAdministrasjon:ver1.0";

/// What says who asks, and the upload that they have begun with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credential {
    header: Option<(&'static str, String)>,
    upload: Option<String>,
}

/// The relay, and the names of what is in it.
pub(crate) struct World {
    app: Shared,
    /// A case worker and administrator of ours.
    siri: Client,
    names: Vec<(&'static str, String)>,
    people: u32,
    _sandbox: Sandbox,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = Options { data: folder.path().join("sandbox"), listen: ([127, 0, 0, 1], 0).into(), speed: 1.0 };
        let sandbox = konvolutt_sandbox::start(options).await?;
        let (configuration, data) =
            (Configuration::read(None, Vec::new(), &Flags::default(), false)?, folder.path().join("relay"));
        let (kept, patience) = (Kept::open(&configuration, &data).await?, configuration.patience());
        let mut app = App::open(sandboxed(&sandbox)?, kept, &data, PathBuf::new())?;
        app.webhooks = Courier::new(Guard::new(true, Arc::new(SystemLookup)))?;
        let app = Arc::new(app);
        app.store.begin_log(&app.trust.audience).await?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let router = konvolutt_relay::http::router(app.clone());
        tokio::spawn(konvolutt_relay::listen::serve(listener, router, patience, std::future::pending()));
        let siri = Client::sign_in(&base, "siri", OURS).await?;
        let mut world = Self { app, siri, names: Vec::new(), people: 0, _sandbox: sandbox, _folder: folder };
        world.furnish().await?;
        Ok(world)
    }

    /// Letters out and in, ordinary and confidential, and somebody's upload.
    async fn furnish(&mut self) -> Result<()> {
        let letter = self.siri.seal(SOLVIK, &[document("brev.txt", "Hei")]).await?;
        let out = self.siri.send(&letter).await?.summary.id;
        let upload = self.siri.begin_upload(10).await?;
        self.names = vec![
            ("out", out),
            ("envelope", letter.envelope),
            ("in", self.take_in(PROCESS).await?),
            ("secret-in", self.take_in(CONFIDENTIAL).await?),
            ("upload", upload),
            ("ours", OURS.to_owned()),
            ("soon", soon().to_string()),
        ];
        let secret = NewMessage { direction: Direction::Out, package: None, ..self.letter(CONFIDENTIAL)? };
        let row = row(&secret);
        self.names.push(("secret-out", secret.id.clone()));
        ensure!(self.app.store.accept(secret, row, None).await?.is_none(), "an id twice");
        Ok(())
    }

    fn letter(&self, process: &str) -> Result<NewMessage> {
        let (id, message_id) = (Uuid::now_v7().to_string(), Uuid::new_v4().to_string());
        Ok(NewMessage {
            sbd: self.siri.sbd(&message_id, OURS, "brev.txt")?.to_json(),
            conversation_id: message_id.clone(),
            message_id,
            direction: Direction::In,
            channel: "DPO".to_owned(),
            organisation: OURS.to_owned(),
            party: OrganisationAccess { orgnr: SOLVIK.to_owned(), name: "Solvik".to_owned() },
            document_type: "arkivmelding".to_owned(),
            process: process.to_owned(),
            created: Timestamp::now(),
            expires: None,
            size: 6,
            envelope: None,
            digest: None,
            broker_sender: Some(SOLVIK.to_owned()),
            package: Some(format!("in-{id}")),
            findings: Vec::new(),
            about: None,
            details: None,
            trace: None,
            upload: None,
            hold: None,
            id,
        })
    }

    /// A letter that has come; its id.
    async fn take_in(&self, process: &str) -> Result<String> {
        let message = self.letter(process)?;
        let (id, package) = (message.id.clone(), message.package.clone().context("a package")?);
        let file = self.app.files.incoming().join(&id);
        std::fs::write(&file, "forseg")?;
        self.app.packages.adopt(&package, &file).await?;
        let what = Incoming::Letter { message: Box::new(message), answer: None };
        let taking = Taking {
            transfer: Uuid::new_v4().to_string(),
            organisation: OURS.to_owned(),
            what,
            kept: true,
            now: Timestamp::now(),
        };
        ensure!(self.app.store.take_in(taking).await?, "a transfer twice");
        Ok(id)
    }

    /// A letter of ours that waits for approval; its id.
    async fn let_wait(&self) -> Result<String> {
        let hold = Some(Hold { sender: "somebody".to_owned(), sent_by: "Noen".to_owned(), key: None });
        let message = NewMessage { direction: Direction::Out, hold, ..self.letter(PROCESS)? };
        let (id, package) = (message.id.clone(), message.package.clone().context("a package")?);
        let file = self.app.files.incoming().join(&id);
        std::fs::write(&file, "forseg")?;
        self.app.packages.adopt(&package, &file).await?;
        let row = row(&message);
        ensure!(self.app.store.accept(message, row, None).await?.is_none(), "an id twice");
        Ok(id)
    }

    pub(crate) fn name(&self, wanted: &str) -> Option<&str> {
        self.names.iter().rev().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_str())
    }

    /// Makes anew what the request before may have removed or used up.
    pub(crate) async fn prepare(&mut self) -> Result<()> {
        let known = self.app.store.keys(OURS).await?;
        if !known.iter().any(|key| Some(key.id.as_str()) == self.name("key")) {
            let key = self.make_key(&[Right::Look]).await?.key.id;
            self.names.push(("key", key));
        }
        let known = self.app.store.webhooks(&[OURS.to_owned()]).await?;
        if !known.iter().any(|one| Some(one.id.as_str()) == self.name("webhook")) {
            self.make_webhook().await?;
        }
        let waits = self.name("waits").unwrap_or_default();
        if self.app.store.held(waits).await?.is_none() {
            let id = self.let_wait().await?;
            self.names.push(("waits", id));
        }
        self.give_up().await
    }

    /// A webhook that has something in its log.
    async fn make_webhook(&mut self) -> Result<()> {
        let body = json!({ "organisation": OURS, "address": "http://127.0.0.1:9/hook" });
        let answer = self.siri.request(Method::POST, "/api/v1/webhooks").json(&body).send().await?;
        let made: WebhookSecret = answer.error_for_status()?.json().await?;
        self.take_in(PROCESS).await?;
        while self.app.store.spread_events(Timestamp::now()).await? > 0 {}
        let which = Which { id: made.webhook.id.clone(), organisations: vec![OURS.to_owned()] };
        let notices = self.app.store.notices(which, None).await?.context("no log")?;
        let notice = notices.items.first().context("nothing was queued")?.number;
        self.names.extend([("webhook", made.webhook.id), ("notice", notice.to_string())]);
        Ok(())
    }

    /// Gives up whatever waits, so that it can be tried again and somebody must act on it.
    async fn give_up(&self) -> Result<()> {
        let now = Timestamp::now();
        loop {
            let (channel, token, until) = ("DPO".to_owned(), "t".to_owned(), now + SignedDuration::from_mins(1));
            let ask = Acquire { channel, token, now, until, probe: false };
            let Some(lease) = self.app.store.acquire(ask).await? else { return Ok(()) };
            let event = message::event(now, Status::Feil, Source::Relay);
            self.app.store.settle(&lease, Outcome::Dead("on purpose".to_owned()), Some(event), now).await?;
        }
    }

    async fn make_key(&self, scope: &[Right]) -> Result<ApiKeySecret> {
        let body = json!({ "organisation": OURS, "name": "prøve", "scope": scope, "expires": soon() });
        let answer = self.siri.request(Method::POST, "/api/v1/keys").json(&body).send().await?;
        ensure!(answer.status() == StatusCode::CREATED, "{}", answer.text().await?);
        Ok(answer.json().await?)
    }

    /// Something new to come with.
    pub(crate) async fn credential(&mut self, asker: Asker) -> Result<Credential> {
        let everything = [Role::CaseWorker, Role::Approver, Role::Distributor, Role::Administrator, Role::Auditor];
        let header = match asker {
            Asker::Nobody => None,
            Asker::Person(role) => Some(self.person(&[(OURS, &[role])], None).await?),
            Asker::TwoOrganisations => {
                Some(self.person(&[(OURS, &[Role::Reader]), (OTHERS, &everything)], None).await?)
            }
            Asker::TestFrame => {
                let scope = vec![Right::Directory, Right::Look, Right::Send, Right::Open];
                let bounds = Bounds { stage: Stage::Frame, origin: ORIGIN.to_owned(), scope, key: None };
                Some(self.person(&[(OURS, &[Role::CaseWorker, Role::Administrator])], Some(bounds)).await?)
            }
            Asker::Key(scope) => Some(bearer(&self.make_key(scope).await?.secret)),
            Asker::Frame(scope) => Some(self.frame(scope).await?),
        };
        Ok(Credential { header, upload: None })
    }

    /// A session of somebody new.
    async fn person(&mut self, roles: &[(&str, &[Role])], bounds: Option<Bounds>) -> Result<(&'static str, String)> {
        self.people += 1;
        let name = |orgnr: &str| OrganisationAccess { orgnr: orgnr.to_owned(), name: orgnr.to_owned() };
        let person = Person {
            id: format!("person-{}", self.people),
            name: "Prøve".to_owned(),
            organisations: roles.iter().map(|(orgnr, _)| name(orgnr)).collect(),
            roles: roles
                .iter()
                .map(|(orgnr, roles)| ((*orgnr).to_owned(), roles.iter().copied().collect::<BTreeSet<_>>()))
                .collect(),
        };
        let token = format!("token-{}", Uuid::new_v4().simple());
        let framed = bounds.is_some();
        let (digest, end) = (key::digest(&token), soon());
        let session = NewSession { digest, person, expires: end, latest: end, provider: None, subject: None, bounds };
        self.app.store.begin_session(session, None, Timestamp::now(), None).await?;
        Ok(if framed { bearer(&token) } else { ("cookie", format!("__Host-konvolutt={token}")) })
    }

    /// A frame's session, as a site gets it for its page.
    async fn frame(&self, scope: &[Right]) -> Result<(&'static str, String)> {
        let all = [Right::Directory, Right::Look, Right::Send, Right::Open, Right::Webhooks, Right::Embed];
        let key = self.make_key(&all).await?.secret;
        let body = json!({ "origin": ORIGIN, "scope": scope });
        let mint = self.siri.anonymous(Method::POST, "/api/v1/embed/sessions").bearer_auth(&key).json(&body);
        let ticket: EmbedTicket = mint.send().await?.error_for_status()?.json().await?;
        let body = json!({ "clientId": "pk_test_sandbox", "origin": ORIGIN, "ticket": ticket.ticket });
        let begin = self.siri.anonymous(Method::POST, "/api/v1/embed-sessions").json(&body);
        let frame: EmbedSession = begin.send().await?.error_for_status()?.json().await?;
        Ok(bearer(&frame.token))
    }

    /// What is read at an address, to its end or until something stands in it; nothing for who may not.
    pub(crate) async fn read(&self, asker: &Credential, path: &str, until: Option<&str>) -> Result<Option<String>> {
        let request = self.siri.anonymous(Method::GET, &format!("{API}{path}")).timeout(Duration::from_secs(60));
        let request = asker.header.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let mut answer = request.send().await?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        let mut text = String::new();
        while let Some(piece) = answer.chunk().await? {
            text.push_str(&String::from_utf8_lossy(&piece));
            if until.is_some_and(|until| text.contains(until)) {
                break;
            }
        }
        Ok(Some(text))
    }

    /// How often the audit log says of reading confidential post that it came to this.
    pub(crate) async fn logged(&self, outcome: &str) -> Result<usize> {
        let lines = self.app.store.log_lines(0, None).await?;
        let told = |line: &str| line.contains("\"confidential_message_read\"") && line.contains(outcome);
        Ok(lines.iter().filter(|(_, line)| told(line)).count())
    }

    /// The last cursor of a page of the log.
    pub(crate) fn newest(log: &str) -> Result<u64> {
        let page: Page<Change> = serde_json::from_str(log)?;
        Ok(page.items.last().context("an empty log")?.cursor)
    }

    /// Asks, and answers with the status.
    pub(crate) async fn ask(
        &self,
        asker: &mut Credential,
        (method, path, body): (&str, &str, &str),
    ) -> Result<StatusCode> {
        let fill = |text: &str| {
            let own = asker.upload.iter().fold(text.to_owned(), |text, upload| text.replace("{upload}", upload));
            self.names.iter().rev().fold(own, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
        };
        let address = format!("{API}{}", fill(path));
        let mut request = self.siri.anonymous(method.parse()?, &address).timeout(Duration::from_secs(60));
        if path.starts_with("/uploads") {
            request = request.header("upload-length", 10).header("upload-offset", 0).header("tus-resumable", "1.0.0");
            request = request.header("content-type", "application/offset+octet-stream");
        } else if path == "/sign-in/back-channel" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        } else if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        request = asker.header.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let answer = request.body(fill(body)).send().await?;
        if (method, path) == ("POST", "/uploads") && answer.status() == StatusCode::CREATED {
            let location = answer.headers().get("location").context("no location")?.to_str()?;
            asker.upload = location.rsplit('/').next().map(str::to_owned);
        }
        Ok(answer.status())
    }
}

/// The row of a letter of ours. Nobody asks for what is queued there.
fn row(message: &NewMessage) -> NewDelivery {
    NewDelivery {
        id: Uuid::now_v7().to_string(),
        message: message.id.clone(),
        kind: Kind::Letter,
        channel: "ingen".to_owned(),
        sender: OURS.to_owned(),
        recipient: SOLVIK.to_owned(),
        sbd: message.sbd.clone(),
        package: None,
        package_size: 0,
        reference: "reference".to_owned(),
        details: None,
        created: message.created,
        expires: None,
    }
}

fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

fn soon() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(1)
}
