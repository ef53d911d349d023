//! Every configured service, asked as the relay itself asks it; and the clock, against what they say the time is.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use konvolutt_shared::address::verify_registry_answer;
use konvolutt_shared::finding::{Code, Finding};
use konvolutt_shared::pki::{CertificatePolicies, Crl};
use reqwest::header::DATE;

use super::Check;
use crate::broker::dpf::{Dpf, SvarInn};
use crate::broker::dpi::{self, Dpi};
use crate::broker::dpo::Dpo;
use crate::broker::dpv::Dpv;
use crate::broker::{Failure, Signers};
use crate::clock;
use crate::config::{Configuration, Outside};
use crate::directory::{AGENT, ContactRegister, Enhetsregister, Revocation, ServiceRegistry, Tokens};
use crate::identity::openid::{Provider, Settings};

/// Longer than this for one service, and a person gives up on it too.
const PATIENCE: Duration = Duration::from_secs(20);

/// A clock may be wrong by this much: Maskinporten takes no grant whose `iat` is further in the future.
const SKEW: SignedDuration = SignedDuration::from_secs(10);

/// The key of the configuration, and what it says.
pub(super) type Address = (&'static str, String);

/// Asks everything. `more` are addresses that are asked besides: [`own`].
pub(super) async fn probe(outside: Result<Outside, String>, more: Vec<Address>) -> Vec<Check> {
    let outside = match outside {
        Ok(outside) => outside,
        Err(error) => {
            let advice = "mend what is named above, then run this again";
            return vec![Check::fail("service", format!("no service was asked: {error}"), advice)];
        }
    };
    // Installing twice in one process, as tests do, keeps the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().timeout(PATIENCE);
    let client = client.user_agent(AGENT);
    let http = match client.build() {
        Ok(http) => http,
        Err(error) => {
            return vec![Check::fail(
                "service",
                format!("no HTTP client: {error}"),
                "look at the system's certificates",
            )];
        }
    };
    let (all, scopes) = (outside.addresses(), outside.registry_scopes());
    let mut checks = vec![clock(&all, &http).await, transport(all.into_iter().chain(more))];
    let register = Enhetsregister::new(outside.enhetsregister.clone(), http.clone());
    let lists = Revocation::new(outside.revocation_lists.clone(), &[], &http);
    let orgnrs: Vec<String> = outside.organisations.iter().map(|one| one.orgnr.clone()).collect();
    let sign_in = identity(outside.identity, http.clone()).await;
    let lock = dpi::lock(&outside.maskinporten.key_pem);
    match Tokens::new(outside.maskinporten, outside.altinn_exchange, http.clone()) {
        Err(error) => {
            let advice = "mend maskinporten.key first";
            checks.push(Check::fail("service.maskinporten", format!("not asked: {error}"), advice));
        }
        Ok(tokens) => {
            let tokens = Arc::new(tokens);
            let registry = ServiceRegistry::new(outside.service_registry, scopes.clone(), http.clone(), tokens.clone());
            checks.push(maskinporten(&registry, &scopes).await);
            checks.push(service_registry(&registry, &outside.trust.registry_keys, &orgnrs).await);
            let dpo = Dpo::new(outside.broker, http.clone(), tokens.clone());
            for orgnr in &orgnrs {
                checks.push(broker(&tokens, &dpo, orgnr).await);
            }
            if let Some(config) = outside.dpv {
                let names = HashMap::new();
                checks.extend(inbox(Dpv::new(config, nobody(&http), names, http.clone(), tokens.clone())).await);
            }
            if let (Some(config), Some(lock)) = (outside.dpi, lock) {
                let dpi = Dpi::new(config, nobody(&http), lock, http.clone(), tokens.clone());
                for orgnr in &orgnrs {
                    checks.push(mailboxes(&dpi, orgnr).await);
                }
            }
            if let Some(address) = outside.contact_register {
                checks.push(contacts(&ContactRegister::new(address, http.clone(), tokens.clone())).await);
            }
            if let Some(config) = outside.dpf {
                let svarinn = SvarInn::new(&config, http.clone());
                checks.push(svarut(&Dpf::new(config, http, tokens)).await);
                for orgnr in orgnrs.iter().filter(|orgnr| svarinn.serves(orgnr)) {
                    checks.push(receiving(&svarinn, orgnr).await);
                }
            }
        }
    }
    checks.push(sign_in);
    checks.push(enhetsregister(&register, &orgnrs).await);
    checks.push(revocation(&lists, outside.revocation_lists.len()).await);
    checks
}

/// Whether the provider that people sign in at tells where and with which keys. Whether it knows us as a client is seen
/// only when somebody signs in.
async fn identity(settings: Settings, http: reqwest::Client) -> Check {
    const NAME: &str = "service.identity";
    let issuer = settings.issuer.clone();
    let provider = match Provider::new(settings, http) {
        Ok(provider) => provider,
        Err(error) => return Check::fail(NAME, error.to_string(), "mend [identity]"),
    };
    match provider.probe().await {
        Ok(()) => Check::ok(NAME, format!("{issuer} tells where to sign in, and its keys")),
        Err(error) => {
            let advice = "compare identity.issuer with what the provider says, and try its address from this machine";
            Check::fail(NAME, format!("{issuer}: {error}"), advice)
        }
    }
}

/// What the relay itself uses, whoever plays the outside: the bucket with its key, the collector with its traces.
pub(super) fn own(configuration: &Configuration) -> Vec<Address> {
    let bucket = configuration.s3().and_then(|bucket| bucket.endpoint);
    let collector = configuration.otlp().map(str::to_owned);
    let all = [("packages.endpoint", bucket), ("observe.otlp", collector)];
    all.into_iter().filter_map(|(name, address)| Some((name, address?))).collect()
}

/// The largest difference to any service's clock.
async fn clock(addresses: &[Address], http: &reqwest::Client) -> Check {
    const NAME: &str = "clock";
    let mut worst: Option<(SignedDuration, &str)> = None;
    for (name, address) in addresses {
        let before = clock::now();
        // Whatever the answer is, it carries the time.
        let Ok(answer) = http.get(address).send().await else { continue };
        let after = clock::now();
        let told = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
        let Some(told) = told.and_then(|text| jiff::fmt::rfc2822::parse(text).ok()) else { continue };
        let skew = skew(before, after, told.timestamp());
        if worst.is_none_or(|(known, _)| skew.abs() > known.abs()) {
            worst = Some((skew, name));
        }
    }
    let Some((skew, by)) = worst else {
        return Check::warn(NAME, "no service told the time", "mend the services below, and see that NTP runs");
    };
    let (seconds, direction) = (skew.abs().as_secs_f64(), if skew.is_negative() { "behind" } else { "ahead of" });
    let seen = format!("{seconds:.0} s {direction} {by}");
    if skew.abs() > SKEW {
        return Check::warn(NAME, seen, "run NTP (systemd-timesyncd, chrony): tokens and envelopes will be refused");
    }
    Check::ok(NAME, seen)
}

/// How far our clock is ahead of one whose time, in whole seconds, was told between two moments of ours.
fn skew(before: Timestamp, after: Timestamp, told: Timestamp) -> SignedDuration {
    let (earliest, latest) = (told, told + SignedDuration::from_secs(1));
    if before > latest {
        before.duration_since(latest)
    } else if after < earliest {
        after.duration_since(earliest)
    } else {
        SignedDuration::ZERO
    }
}

/// Tokens, names and letters must not travel in the clear. Revocation lists may: they are signed.
fn transport(addresses: impl Iterator<Item = Address>) -> Check {
    const NAME: &str = "transport";
    let open = |address: &str| {
        let url = reqwest::Url::parse(address).ok();
        let host = url.as_ref().filter(|url| url.scheme() == "http").and_then(|url| url.host_str().map(str::to_owned));
        host.is_some_and(|host| !matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]"))
    };
    let open: Vec<&str> = addresses.filter(|(_, address)| open(address)).map(|(name, _)| name).collect();
    if open.is_empty() {
        return Check::ok(NAME, "every service is asked over TLS or on this machine");
    }
    Check::fail(NAME, format!("not encrypted: {}", open.join(", ")), "write https:// addresses")
}

async fn maskinporten(registry: &ServiceRegistry, scopes: &str) -> Check {
    const NAME: &str = "service.maskinporten";
    match registry.probe().await {
        Ok(()) => Check::ok(NAME, "gave a token for the service registry"),
        Err(failure) => {
            let advice = format!(
                "compare client, kid, key and scopes with what is registered at Maskinporten, and the clock; the client \
                 needs {scopes}"
            );
            refused(NAME, failure, &advice)
        }
    }
}

async fn broker(tokens: &Tokens, dpo: &Dpo, orgnr: &str) -> Check {
    let name = format!("service.broker.{orgnr}");
    if let Err(failure) = tokens.altinn(orgnr).await {
        let advice = "the organisation must have let this relay act for it in Altinn: see `konvolutt system-user status` and \
             `konvolutt system-user request`; also compare altinn.exchange";
        return refused(name, failure, advice);
    }
    match dpo.probe(orgnr).await {
        Ok(waiting) => Check::ok(name, format!("gave a token and a list; {waiting} transfers wait")),
        Err(failure) => {
            refused(name, failure, "compare altinn.broker and altinn.resource; see Altinn's service status")
        }
    }
}

/// The transit key, and whether Altinn takes our token and a question.
async fn inbox(dpv: Result<Dpv, Finding>) -> Vec<Check> {
    const KEY: &str = "dpv.transit_key";
    const NAME: &str = "service.correspondence";
    let dpv = match dpv {
        Ok(dpv) => dpv,
        Err(finding) => {
            let advice =
                "each key file needs an RSA key in PKCS#8 PEM, and its certificate file that key's certificate";
            return vec![Check::fail(KEY, finding.message, advice)];
        }
    };
    let (until, now) = (dpv.keys().certificate().not_after(), clock::now());
    let key = if until < now {
        Check::fail(KEY, format!("its certificate expired at {until}"), "browsers seal nothing to it: make a new pair")
    } else if until < now + SignedDuration::from_hours(30 * 24) {
        let advice = "make a new pair, and keep this one under dpv_older until its letters have left";
        Check::warn(KEY, format!("its certificate expires at {until}"), advice)
    } else {
        Check::ok(KEY, format!("an RSA key whose certificate is valid until {until}"))
    };
    let asked = match dpv.probe().await {
        Ok(()) => Check::ok(NAME, "took a token and answered a question"),
        Err(failure) => {
            let advice =
                "compare dpv.address; Maskinporten's client needs eformidling:dpv, and Digdir must have listed it";
            refused(NAME, failure, advice)
        }
    };
    vec![key, asked]
}

/// Nobody's signature is judged here.
fn nobody(http: &reqwest::Client) -> Signers {
    let revocation = Revocation::new(Vec::new(), &[], http);
    let policies = CertificatePolicies::Any;
    Signers { anchors: Vec::new(), intermediates: Vec::new(), policies, revocation, delegations: Vec::new() }
}

async fn mailboxes(dpi: &Dpi, orgnr: &str) -> Check {
    let name = format!("service.dpi.{orgnr}");
    match dpi.probe(orgnr).await {
        Ok(0) => Check::ok(name, "took a token and gave a list; no receipt waits"),
        Ok(_) => Check::ok(name, "took a token and gave a list; receipts wait"),
        Err(failure) => {
            let advice = "compare dpi.address and dpi.channel; Maskinporten's client needs digitalpostinnbygger:send, and \
                          the organisation must have delegated it unless the client is its own";
            refused(name, failure, advice)
        }
    }
}

/// Nobody is looked up for this: a token is all that can be tried.
async fn contacts(register: &ContactRegister) -> Check {
    const NAME: &str = "service.contact_register";
    match register.probe().await {
        Ok(()) => Check::ok(NAME, "Maskinporten gave a token for it"),
        Err(failure) => {
            let advice =
                "Maskinporten's client needs krr:global/kontaktinformasjon.read and krr:global/digitalpost.read";
            refused(NAME, failure, advice)
        }
    }
}

async fn svarut(dpf: &Dpf) -> Check {
    const NAME: &str = "service.svarut";
    match dpf.types().await {
        Ok(types) => Check::ok(NAME, format!("took token, integration and password; it knows {} types", types.len())),
        Err(failure) => {
            let advice =
                "compare dpf.integration and dpf.password_file with KS's pages; Maskinporten's client needs ks:fiks";
            refused(NAME, failure, advice)
        }
    }
}

async fn receiving(svarinn: &SvarInn, orgnr: &str) -> Check {
    let name = format!("service.svarinn.{orgnr}");
    match svarinn.probe(orgnr).await {
        Ok(waiting) => Check::ok(name, format!("gave a list; {waiting} shipments wait")),
        Err(failure) => {
            refused(name, failure, "compare receiver and password_file of the organisation in dpf_accounts")
        }
    }
}

async fn service_registry(registry: &ServiceRegistry, keys: &[serde_json::Value], orgnrs: &[String]) -> Check {
    const NAME: &str = "service.registry";
    let Some(orgnr) = orgnrs.first() else {
        return Check::warn(NAME, "not asked: there is no organisation to ask about", "add one to organisations");
    };
    match registry.lookup(orgnr, None, Duration::ZERO).await {
        Ok(answer) => match verify_registry_answer(&answer.answer, keys) {
            Ok(_) => Check::ok(NAME, format!("gave a signed answer about {orgnr}")),
            Err(finding) => {
                let seen = format!("the answer about {orgnr} is not the registry's: {}", finding.message);
                Check::fail(NAME, seen, "get the registry's present public key (registry.key_file)")
            }
        },
        Err(failure) => match failure.into_finding() {
            finding if finding.code == Code::RecipientUnknown => {
                let advice = "register the organisation as a recipient, or nobody can write to it";
                Check::warn(NAME, format!("answers, but does not know {orgnr}"), advice)
            }
            finding => {
                Check::fail(NAME, finding.message, "compare registry.address; see the registry's service status")
            }
        },
    }
}

async fn enhetsregister(register: &Enhetsregister, orgnrs: &[String]) -> Check {
    const NAME: &str = "service.enhetsregister";
    let orgnr = orgnrs.first().map_or("000000000", String::as_str);
    match register.search(orgnr, Duration::ZERO).await {
        Ok(hits) => Check::ok(NAME, format!("answers, with {} hits for {orgnr}", hits.answer.len())),
        // Letters go out without it; only names are missing.
        Err(failure) => {
            let advice = "compare enhetsregister.address; until then people search in vain";
            Check::warn(NAME, failure.into_finding().message, advice)
        }
    }
}

async fn revocation(lists: &Revocation, configured: usize) -> Check {
    const NAME: &str = "service.revocation";
    if configured == 0 {
        let advice = "name the issuers' lists in trust.revocation_lists";
        return Check::warn(NAME, "no list is configured: revoked certificates pass", advice);
    }
    let lists = match lists.lists().await {
        Ok(lists) => lists,
        Err(failure) => return refused(NAME, failure, "compare trust.revocation_lists"),
    };
    let now = clock::now();
    let good = |list: &String| {
        STANDARD.decode(list).ok().and_then(|der| Crl::from_bytes(&der).ok()).is_some_and(|list| list.is_current(now))
    };
    let current = lists.iter().filter(|list| good(list)).count();
    let seen = format!("{current} of {configured} lists are current");
    if current < configured {
        return Check::fail(
            NAME,
            seen,
            "one is no list or out of date: compare its address with what the issuer publishes",
        );
    }
    Check::ok(NAME, seen)
}

fn refused(name: impl Into<String>, failure: Failure, advice: &str) -> Check {
    Check::fail(name, failure.into_finding().message, advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_right_within_what_whole_seconds_can_tell() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (before, after) = (at("2026-01-01T12:00:00.9Z"), at("2026-01-01T12:00:01.2Z"));
        for told in ["2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"] {
            assert_eq!(skew(before, after, at(told)), SignedDuration::ZERO, "{told}");
        }
        assert_eq!(skew(before, after, at("2026-01-01T11:59:30Z")), SignedDuration::from_millis(29_900));
        assert_eq!(skew(before, after, at("2026-01-01T12:00:31Z")), SignedDuration::from_millis(-29_800));
    }
}
