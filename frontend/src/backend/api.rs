//! One method per endpoint of `/api/v1`.

use js_sys::encode_uri_component;
use konvolutt_shared::api::{
    ApprovalReturn, Attention, Contact, ContactLookup, Direction, EmbedRequest, EmbedSession, MailToken, MessageStatus,
    MessageView, NewMailToken, OrganisationHit, Page, PrintCertificate, RecipientAnswer, RecipientLookup,
    RevocationLists, Session, ShipmentTypes, SignedOut, Submission, Trust, Waiting, WaitingView,
};
use web_sys::Blob;

use super::http::{Call, json};
use super::{Backend, Failure};

impl Backend {
    /// Who is signed in.
    pub async fn session(&self) -> Result<Session, Failure> {
        self.get("/api/v1/session").await
    }

    /// Where a person signs in: a page, not a request. They come back to this path.
    pub fn sign_in_address(back: &str, lang: &str) -> String {
        format!("/api/v1/sign-in?lang={lang}&back={}", String::from(encode_uri_component(back)))
    }

    /// Ends the session. The answer may say where the browser goes next.
    pub async fn sign_out(&self) -> Result<SignedOut, Failure> {
        json(&self.call(Call::new("DELETE", "/api/v1/session")).await?).await
    }

    /// Ends every session of the person.
    pub async fn sign_out_everywhere(&self) -> Result<SignedOut, Failure> {
        json(&self.call(Call::new("POST", "/api/v1/session/everywhere")).await?).await
    }

    /// Asks for a session for the frame, with what the host was given for it.
    pub async fn embed_session(
        &self,
        client_id: &str,
        origin: &str,
        ticket: Option<String>,
    ) -> Result<EmbedSession, Failure> {
        let body = EmbedRequest { client_id: client_id.to_owned(), origin: origin.to_owned(), ticket };
        json(&self.post("/api/v1/embed-sessions", &body).await?).await
    }

    /// Organisations whose name or number matches; the answer may have been kept for so many seconds.
    pub async fn organisations(&self, query: &str, max_age: u32) -> Result<Vec<OrganisationHit>, Failure> {
        self.get(&format!("/api/v1/organisations?query={}&maxAge={max_age}", encode_uri_component(query))).await
    }

    /// The registry's signed answer about a recipient, untouched; it may have been kept for so many seconds. The number travels
    /// in the body, never in a URL.
    pub async fn lookup(
        &self,
        identifier: &str,
        process: Option<&str>,
        security_level: Option<u8>,
        max_age: u32,
    ) -> Result<RecipientAnswer, Failure> {
        let process = process.map(ToOwned::to_owned);
        let body = RecipientLookup { identifier: identifier.to_owned(), process, security_level, max_age };
        json(&self.post("/api/v1/recipients/lookup", &body).await?).await
    }

    /// What KS SvarUt's shipments may be of.
    pub async fn shipment_types(&self) -> Result<ShipmentTypes, Failure> {
        self.get("/api/v1/shipment-types").await
    }

    /// What the contact register says of a person; it may have been kept for so many seconds. The number travels in the body,
    /// never in a URL.
    pub async fn contact(&self, identifier: &str, max_age: u32) -> Result<Contact, Failure> {
        let body = ContactLookup { identifier: identifier.to_owned(), max_age };
        json(&self.post("/api/v1/recipients/contact", &body).await?).await
    }

    /// What letters to people without a number are sealed to.
    pub async fn print_certificate(&self) -> Result<PrintCertificate, Failure> {
        self.get("/api/v1/print-certificate").await
    }

    /// A fresh access token for one letter to a mailbox or to print.
    pub async fn mail_token(&self, wanted: &NewMailToken) -> Result<MailToken, Failure> {
        json(&self.post("/api/v1/mail-tokens", wanted).await?).await
    }

    /// Revocation lists, untouched.
    pub async fn revocation_lists(&self) -> Result<RevocationLists, Failure> {
        self.get("/api/v1/revocation-lists").await
    }

    /// What the operator has pinned.
    pub async fn trust(&self) -> Result<Trust, Failure> {
        self.get("/trust.json").await
    }

    /// Hands over a sealed message. Doing it again with the same envelope gives the same answer.
    pub async fn submit(&self, submission: &Submission) -> Result<MessageView, Failure> {
        json(&self.post("/api/v1/messages", submission).await?).await
    }

    /// A page of messages, newest first.
    pub async fn messages(
        &self,
        direction: Option<Direction>,
        organisation: &str,
        cursor: Option<&str>,
        attention: bool,
    ) -> Result<Page<MessageStatus>, Failure> {
        let mut path = format!("/api/v1/messages?organisation={}", encode_uri_component(organisation));
        match direction {
            Some(Direction::Out) => path.push_str("&direction=out"),
            Some(Direction::In) => path.push_str("&direction=in"),
            None => {}
        }
        if attention {
            path.push_str("&attention=true");
        }
        if let Some(cursor) = cursor {
            path.push_str("&cursor=");
            path.push_str(&String::from(encode_uri_component(cursor)));
        }
        self.get(&path).await
    }

    /// How many messages need somebody.
    pub async fn attention(&self, organisation: &str) -> Result<Attention, Failure> {
        self.get(&format!("/api/v1/attention?organisation={}", encode_uri_component(organisation))).await
    }

    /// A person has dealt with what went wrong.
    pub async fn handled(&self, id: &str) -> Result<(), Failure> {
        self.call(Call::new("POST", &message_path(id, "/handled"))).await.map(drop)
    }

    /// How one message stands.
    pub async fn status(&self, id: &str) -> Result<MessageStatus, Failure> {
        self.get(&message_path(id, "/status")).await
    }

    /// One message with its history.
    pub async fn message(&self, id: &str) -> Result<MessageView, Failure> {
        self.get(&message_path(id, "")).await
    }

    /// The sealed package of an incoming message.
    pub async fn package(&self, id: &str) -> Result<Blob, Failure> {
        self.blob(&message_path(id, "/package")).await
    }

    /// A person has taken the message; the sender is told.
    pub async fn acknowledge(&self, id: &str) -> Result<(), Failure> {
        self.call(Call::new("POST", &message_path(id, "/acknowledge"))).await.map(drop)
    }

    /// A person has looked at the message.
    pub async fn opened(&self, id: &str) -> Result<(), Failure> {
        self.call(Call::new("POST", &message_path(id, "/opened"))).await.map(drop)
    }

    /// Asks the relay to try delivery again.
    pub async fn retry(&self, id: &str) -> Result<(), Failure> {
        self.call(Call::new("POST", &message_path(id, "/retry"))).await.map(drop)
    }

    /// What waits for approval at an organisation.
    pub async fn approvals(&self, organisation: &str) -> Result<Vec<Waiting>, Failure> {
        self.get(&format!("/api/v1/approvals?organisation={}", encode_uri_component(organisation))).await
    }

    /// A letter that waits for approval.
    pub async fn approval(&self, id: &str) -> Result<WaitingView, Failure> {
        self.get(&approval_path(id, "")).await
    }

    /// Its sealed package, byte by byte as it will be sent.
    pub async fn approval_package(&self, id: &str) -> Result<Blob, Failure> {
        self.blob(&approval_path(id, "/package")).await
    }

    /// Lets it be sent.
    pub async fn approve(&self, id: &str) -> Result<(), Failure> {
        self.call(Call::new("POST", &approval_path(id, "/approve"))).await.map(drop)
    }

    /// Returns it to its sender.
    pub async fn send_back(&self, id: &str, note: &str) -> Result<(), Failure> {
        self.post(&approval_path(id, "/return"), &ApprovalReturn { note: note.to_owned() }).await.map(drop)
    }

    /// The sandbox's key file of a test organisation.
    pub async fn sandbox_keystore(&self, orgnr: &str) -> Result<Blob, Failure> {
        self.blob(&format!("/sandbox/keystores/{}.p12", encode_uri_component(orgnr))).await
    }
}

fn approval_path(id: &str, rest: &str) -> String {
    format!("/api/v1/approvals/{}{rest}", encode_uri_component(id))
}

fn message_path(id: &str, rest: &str) -> String {
    format!("/api/v1/messages/{}{rest}", encode_uri_component(id))
}
