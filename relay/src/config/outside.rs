//! Everything outside that a relay needs to serve the real world.

use konvolutt_shared::api::{ApprovalRule, OrganisationAccess, Person, Trust};
use konvolutt_shared::pki::Certificate;

use super::{ConfigError, Delegation, EmbedClient};
use crate::broker::dpf::DpfConfig;
use crate::broker::dpi::DpiConfig;
use crate::broker::dpo::DpoConfig;
use crate::broker::dpv::DpvConfig;
use crate::directory::MaskinportenConfig;
use crate::identity::openid::Settings;
use crate::realm::Realm;

/// The organisation in the names of the sandbox's authorities.
const SANDBOX: &str = "Konvolutt Sandkasse";

/// Everything the relay needs to know of the world outside.
#[derive(Debug)]
pub struct Outside {
    pub maskinporten: MaskinportenConfig,
    /// Altinn's token exchange.
    pub altinn_exchange: String,
    /// The id that this relay's system has in Altinn's system register, if that is said.
    pub altinn_system: Option<String>,
    pub broker: DpoConfig,
    /// KS, if letters go and come that way.
    pub dpf: Option<DpfConfig>,
    /// Altinn's inbox, if letters go that way.
    pub dpv: Option<DpvConfig>,
    /// Digital mailboxes and print, if letters go that way.
    pub dpi: Option<DpiConfig>,
    /// The contact register, if it can be asked.
    pub contact_register: Option<String>,
    pub service_registry: String,
    /// What the registry must be allowed to ask of people, where letters go to digital mailboxes and to print.
    pub people_scopes: Vec<String>,
    pub enhetsregister: String,
    /// Addresses of certificate revocation lists.
    pub revocation_lists: Vec<String>,
    /// What `/trust.json` says.
    pub trust: Trust,
    /// Where people sign in.
    pub identity: Settings,
    /// Who the frame is in test mode, without signing in; only the sandbox has such.
    pub people: Vec<Person>,
    /// Organisations we send and receive for.
    pub organisations: Vec<OrganisationAccess>,
    /// Who may sign for whom, besides everybody for themselves.
    pub delegations: Vec<Delegation>,
    /// Organisations whose letters by KS SvarUt are digital only, unless a person says otherwise.
    pub digital_only: Vec<String>,
    /// Which letters wait for approval.
    pub approvals: Vec<ApprovalRule>,
    /// Base address of the sandbox, if it plays the outside.
    pub sandbox: Option<String>,
    /// Which world all of this is.
    pub realm: Realm,
    /// Who may embed the frame.
    pub embed: Vec<EmbedClient>,
}

impl Outside {
    /// What a token for the service registry must be good for: the registry has a scope for each service, and whoever
    /// asks names those it uses (`eformidling:dpo` and so on, as the integrasjonspunkt does). With digital mailboxes the
    /// registry asks other registers of people in our name, and the token must be good for those, too.
    pub fn registry_scopes(&self) -> String {
        let services = [("dpf", self.dpf.is_some()), ("dpv", self.dpv.is_some()), ("dpi", self.dpi.is_some())];
        let used = services.into_iter().filter(|(_, is_used)| *is_used).map(|(service, _)| service);
        let services = std::iter::once("dpo").chain(used).map(|one| format!("eformidling:{one}"));
        let people = self.people_scopes.iter().filter(|_| self.dpi.is_some()).cloned();
        services.chain(people).collect::<Vec<_>>().join(" ")
    }

    /// Every service's address, with the key that names it.
    pub fn addresses(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("identity.issuer", self.identity.issuer.clone()),
            ("maskinporten.token", self.maskinporten.token_url.clone()),
            ("altinn.exchange", self.altinn_exchange.clone()),
            ("altinn.broker", self.broker.base.clone()),
            ("registry.address", self.service_registry.clone()),
            ("enhetsregister.address", self.enhetsregister.clone()),
        ];
        if let Some(dpf) = &self.dpf {
            all.extend([("dpf.address", dpf.address.clone()), ("dpf.svarinn", dpf.svarinn.clone())]);
        }
        all.extend(self.dpi.as_ref().map(|dpi| ("dpi.address", dpi.base.clone())));
        all.extend(self.contact_register.clone().map(|address| ("contact_register.address", address)));
        all.extend(self.dpv.as_ref().map(|dpv| ("dpv.address", dpv.base.clone())));
        all
    }

    /// Production has nothing of a sandbox in it.
    pub(super) fn of_its_world(self) -> Result<Self, ConfigError> {
        let played = |pem: &String| {
            let all = Certificate::chain_from_pem(pem).unwrap_or_default();
            all.iter().any(|one| one.organisation_name().is_some_and(|name| name == SANDBOX))
        };
        let authorities = self.trust.anchors.iter().chain(&self.trust.intermediates);
        let trusted = authorities.into_iter().any(played).then_some("trust");
        let revocation = self.revocation_lists.iter().map(|address| ("trust.revocation_lists", address.clone()));
        let addressed =
            self.addresses().into_iter().chain(revocation).find(|(_, address)| address.contains("/sandbox/"));
        match addressed.map(|(key, _)| key).or(trusted) {
            Some(key) if self.realm == Realm::Production => Err(ConfigError::Sandbox(key)),
            _ => Ok(self),
        }
    }
}
