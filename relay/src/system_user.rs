//! `konvolutt system-user`: asks Altinn that this relay's system may act for an organisation, and says what became of
//! it (`POST /authentication/api/v1/systemuser/request/vendor`). Somebody of the organisation answers in Altinn; no
//! letter goes by DPO for it before that.

use std::fmt;

use konvolutt_shared::finding::{Finding, Rule};
use konvolutt_shared::identifier::OrganisationNumber;
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;

use crate::broker::Failure;
use crate::config::Outside;
use crate::directory::{Tokens, json as answer, retry_after};

const WHO: &str = "Altinn's register of system users";

/// What eFormidling's resource at the broker is part of.
const PACKAGE: &str = "urn:altinn:accesspackage:informasjon-og-kommunikasjon";

/// How the exchange's address ends, under the address of everything else that is asked here.
const EXCHANGE: &str = "/exchange/maskinporten";

/// There is such a system user already.
const EXISTS: &str = "AUTH-00004";

/// Asks for one organisation.
#[derive(Debug)]
pub struct SystemUser {
    requests: Url,
    system: String,
    /// Nine digits.
    organisation: String,
    /// `externalRef`: what the relay calls it when it asks for tokens.
    reference: String,
    tokens: Tokens,
    http: reqwest::Client,
}

/// How it stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has answered yet; somebody who may can do so at this address.
    Waits { confirm: String },
    /// Somebody said no.
    Refused,
    /// Nobody answered in time.
    TooLate,
    /// Nothing was asked, as far as Altinn tells.
    NotAsked,
    /// It may act: tokens are given.
    Acts,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    id: String,
    status: String,
    confirm_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
}

impl SystemUser {
    /// That of an organisation, by configuration.
    ///
    /// # Errors
    /// The configuration does not say enough, or the client's key cannot be used.
    pub fn new(outside: Outside, organisation: &str) -> Result<Self, Finding> {
        let bad = |message: &str| Finding::error(Rule::RequestInvalid, message);
        let organisation = OrganisationNumber::parse(organisation)
            .map_err(|_| bad("the organisation is a number of nine digits with a check digit"))?
            .to_string();
        let system = outside.altinn_system.ok_or_else(|| {
            bad("altinn.system is missing: the id that this relay's system has in Altinn's system register")
        })?;
        let base = outside.altinn_exchange.strip_suffix(EXCHANGE);
        let requests = base.and_then(|base| Url::parse(&format!("{base}/systemuser/request/vendor")).ok());
        let requests = requests.ok_or_else(|| bad("altinn.exchange must end in /exchange/maskinporten"))?;
        // Installing twice in one process, as tests do, keeps the first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let http = client.build().map_err(|error| bad(&format!("no HTTP client: {error}")))?;
        let reference = outside.maskinporten.system_user(&organisation);
        let tokens = Tokens::new(outside.maskinporten, outside.altinn_exchange, http.clone());
        let tokens = tokens.map_err(|error| bad(&error.to_string()))?;
        Ok(Self { requests, system, organisation, reference, tokens, http })
    }

    /// Asks, unless that was done before. `again`: also when somebody has said no.
    ///
    /// # Errors
    /// Maskinporten or Altinn.
    pub async fn request(&self, again: bool) -> Result<Standing, Failure> {
        if again
            && let Some(old) = self.find().await?
            && old.status == "Rejected"
        {
            self.delete(&old.id).await?;
        }
        let body = json!({
            "externalRef": self.reference,
            "systemId": self.system,
            "partyOrgNo": self.organisation,
            "rights": [],
            "accessPackages": [{ "urn": PACKAGE }],
            "redirectUrl": "",
        });
        let token = self.tokens.system_users().await?;
        let sent = self.http.post(self.requests.clone()).bearer_auth(token).json(&body).send().await;
        let response = sent.map_err(|_| Failure::down(WHO))?;
        if response.status().is_success() {
            return self.standing(Some(answer(response, WHO).await?)).await;
        }
        match refused(response).await {
            (problem, _) if problem.code == EXISTS => self.standing(None).await,
            (_, failure) => Err(failure),
        }
    }

    /// How it stands, asked of Altinn and, where that does not say no, of Maskinporten.
    ///
    /// # Errors
    /// Maskinporten or Altinn.
    pub async fn status(&self) -> Result<Standing, Failure> {
        let found = self.find().await?;
        self.standing(found).await
    }

    async fn standing(&self, request: Option<Request>) -> Result<Standing, Failure> {
        let Some(request) = request else {
            // One that was made otherwise, on Altinn's own pages, has no request.
            let acts = self.tokens.altinn(&self.organisation).await.is_ok();
            return Ok(if acts { Standing::Acts } else { Standing::NotAsked });
        };
        Ok(match request.status.as_str() {
            "New" => Standing::Waits { confirm: request.confirm_url.unwrap_or_default() },
            "Timedout" => Standing::TooLate,
            "Accepted" => self.tokens.altinn(&self.organisation).await.map(|_| Standing::Acts)?,
            _ => Standing::Refused,
        })
    }

    async fn find(&self) -> Result<Option<Request>, Failure> {
        let url = self.below(&["byexternalref", &self.system, &self.organisation, &self.reference]);
        let token = self.tokens.system_users().await?;
        let response = self.http.get(url).bearer_auth(token).send().await.map_err(|_| Failure::down(WHO))?;
        match response.status() {
            status if status.is_success() => answer(response, WHO).await.map(Some),
            StatusCode::NOT_FOUND => match refused(response).await {
                // Not the system, or not Altinn at all.
                (problem, failure) if problem.code != "AUTH-00010" => Err(failure),
                _ => Ok(None),
            },
            _ => Err(refused(response).await.1),
        }
    }

    async fn delete(&self, id: &str) -> Result<(), Failure> {
        let token = self.tokens.system_users().await?;
        let sent = self.http.delete(self.below(&[id])).bearer_auth(token).send().await;
        let response = sent.map_err(|_| Failure::down(WHO))?;
        if response.status().is_success() { Ok(()) } else { Err(refused(response).await.1) }
    }

    fn below(&self, segments: &[&str]) -> Url {
        let mut url = self.requests.clone();
        // An address of HTTP always has segments.
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        url
    }

    /// What a person reads of it.
    pub fn told(&self, standing: &Standing) -> String {
        format!("{} for {}: {standing}\n", self.reference, self.organisation)
    }
}

/// What Altinn says of a refusal, and the failure that it is.
async fn refused(response: Response) -> (Problem, Failure) {
    let (status, after) = (response.status().as_u16(), retry_after(response.headers()));
    let problem: Problem = answer(response, WHO).await.unwrap_or_default();
    let failure = match Failure::from_status(WHO, status, after) {
        Failure::Refused(finding) if !problem.detail.is_empty() => {
            let message = format!("{WHO} refuses: {} ({})", problem.detail, problem.code);
            Failure::Refused(Finding { message, ..finding })
        }
        other => other,
    };
    (problem, failure)
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waits { confirm } => write!(
                f,
                "nobody has answered yet. Send this address to somebody who may answer for the organisation in Altinn:\n\
                 {confirm}"
            ),
            Self::Refused => f.write_str("somebody of the organisation refused; ask again with «request --again»"),
            Self::TooLate => f.write_str("nobody answered in time; ask anew with «request»"),
            Self::NotAsked => f.write_str("there is none, and none was asked for; ask with «request»"),
            Self::Acts => f.write_str("accepted: Maskinporten and Altinn give tokens for it"),
        }
    }
}
