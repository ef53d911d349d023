//! Every key there is. Reading, suggesting, printing and the example file all follow this list.

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `http://…` or `https://…`.
    Address,
    /// `postgres://…`
    Database,
    /// `IP:PORT`.
    Listen,
    /// An address of a machine, without a port.
    Ip,
    /// A path; in a file relative to that file's folder, elsewhere to the working folder.
    Path,
    /// A whole number, not negative.
    Number,
    /// `YYYY-MM-DD`
    Day,
    /// A message channel of DPO.
    MessageChannel,
    /// Several of a kind; in the environment separated by commas.
    Many(&'static Self),
    /// In tables: such a value, or none.
    Maybe(&'static Self),
    /// Tables with these keys; in the environment a TOML array of inline tables.
    Tables(&'static [(&'static str, Self)]),
}

/// What happens when nobody gives a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// This value, as TOML.
    Default(&'static str),
    /// There is none, and that is fine.
    Fine,
    /// The relay cannot serve the real world without it; the sandbox brings its own.
    Missing,
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.name`, or the name of a list of tables.
    pub path: &'static str,
    pub kind: Kind,
    pub absent: Absent,
}

impl Key {
    /// `KONVOLUTT_SECTION__NAME`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.path.replace('.', "__").to_uppercase())
    }
}

/// What names of environment variables begin with.
pub const PREFIX: &str = "KONVOLUTT_";

const fn key(path: &'static str, kind: Kind, absent: Absent) -> Key {
    Key { path, kind, absent }
}

/// A row of the table of roles.
const ROLES: &[(&str, Kind)] = &[
    ("claim", Kind::Text),
    ("value", Kind::Text),
    ("organisation", Kind::Text),
    (
        "roles",
        Kind::Many(&Kind::Word(&["reader", "case_worker", "approver", "distributor", "administrator", "auditor"])),
    ),
];

/// What people are told when something has come to their inbox.
const NOTIFICATION_SUBJECT: &str = "'Melding i Altinn fra $reporterName$'";
const NOTIFICATION: &str =
    "'$correspondenceRecipientName$ har mottatt en melding fra $reporterName$. Logg inn i Altinn for å lese den.'";
const CONFIDENTIAL_NOTIFICATION: &str = "'$correspondenceRecipientName$ har mottatt en taushetsbelagt melding fra \
    $reporterName$. For å få tilgang må noen hos dere ha fått en egen rolle i Altinn.'";

/// What a token for the service registry must be good for besides, where letters go to digital mailboxes and to print.
const PEOPLE_SCOPES: &str = "['digitalpostinnbygger:send', 'global/kontaktinformasjon.read', \
    'global/sikkerdigitalpost.read', 'global/varslingsstatus.read', 'global/sertifikat.read', 'global/navn.read', \
    'global/postadresse.read']";

/// In the order of the example file.
pub const KEYS: &[Key] = &[
    key("server.audience", Kind::Text, Absent::Missing),
    key("server.world", Kind::Word(&["production", "test"]), Absent::Default("'production'")),
    key("server.listen", Kind::Listen, Absent::Default("'127.0.0.1:8080'")),
    key("server.data", Kind::Path, Absent::Default("'data'")),
    key("server.dist", Kind::Path, Absent::Fine),
    key("server.min_free_mib", Kind::Number, Absent::Default("1536")),
    key("server.uploads_per_person", Kind::Number, Absent::Default("200")),
    key("server.upload_mib_per_person", Kind::Number, Absent::Default("51200")),
    key("server.hosts", Kind::Many(&Kind::Text), Absent::Default("[]")),
    key("server.proxies", Kind::Many(&Kind::Ip), Absent::Default("[]")),
    key("limits.per_person", Kind::Number, Absent::Default("1200")),
    key("limits.per_organisation", Kind::Number, Absent::Default("6000")),
    key("limits.sign_in", Kind::Number, Absent::Default("20")),
    key("limits.streams_per_person", Kind::Number, Absent::Default("24")),
    key("limits.connections", Kind::Number, Absent::Default("4096")),
    key("limits.header_seconds", Kind::Number, Absent::Default("15")),
    key("limits.body_seconds", Kind::Number, Absent::Default("30")),
    key("store.url", Kind::Database, Absent::Fine),
    key("store.password_file", Kind::Path, Absent::Fine),
    key("store.ca_file", Kind::Path, Absent::Fine),
    key("store.connections", Kind::Number, Absent::Default("16")),
    key("packages.bucket", Kind::Text, Absent::Fine),
    key("packages.endpoint", Kind::Address, Absent::Fine),
    key("packages.region", Kind::Text, Absent::Default("'us-east-1'")),
    key("packages.access_key", Kind::Text, Absent::Fine),
    key("packages.secret_key_file", Kind::Path, Absent::Fine),
    key("log.filter", Kind::Text, Absent::Default("'info'")),
    key("log.format", Kind::Word(&["text", "json"]), Absent::Default("'text'")),
    key("metrics.listen", Kind::Listen, Absent::Fine),
    key("observe.otlp", Kind::Address, Absent::Fine),
    key("webhooks.key_file", Kind::Path, Absent::Fine),
    key("webhooks.loopback", Kind::Word(&["refused", "allowed"]), Absent::Default("'refused'")),
    key("identity.portal", Kind::Address, Absent::Missing),
    key("identity.issuer", Kind::Address, Absent::Missing),
    key("identity.client", Kind::Text, Absent::Missing),
    key("identity.kid", Kind::Text, Absent::Fine),
    key("identity.key_file", Kind::Path, Absent::Fine),
    key("identity.secret_file", Kind::Path, Absent::Fine),
    key("identity.scopes", Kind::Many(&Kind::Text), Absent::Default("['openid', 'profile']")),
    key("identity.levels", Kind::Many(&Kind::Text), Absent::Default("[]")),
    key("identity.authorization_details", Kind::Text, Absent::Fine),
    key("identity.person_claim", Kind::Text, Absent::Default("'sub'")),
    key("identity.name_claim", Kind::Text, Absent::Default("'name'")),
    key("identity.roles_claim", Kind::Text, Absent::Fine),
    key("identity.idle_minutes", Kind::Number, Absent::Default("30")),
    key("identity.hours", Kind::Number, Absent::Default("10")),
    key("maskinporten.token", Kind::Address, Absent::Missing),
    key("maskinporten.audience", Kind::Address, Absent::Missing),
    key("maskinporten.client", Kind::Text, Absent::Missing),
    key("maskinporten.owner", Kind::Text, Absent::Fine),
    key("maskinporten.kid", Kind::Text, Absent::Missing),
    key("maskinporten.key_file", Kind::Path, Absent::Missing),
    key("altinn.exchange", Kind::Address, Absent::Missing),
    key("altinn.broker", Kind::Address, Absent::Missing),
    key("altinn.resource", Kind::Text, Absent::Default("'eformidling-dpo-meldingsutveksling'")),
    key("altinn.system", Kind::Text, Absent::Fine),
    key("dpf.address", Kind::Address, Absent::Fine),
    key("dpf.svarinn", Kind::Address, Absent::Fine),
    key("dpf.integration", Kind::Text, Absent::Fine),
    key("dpf.password_file", Kind::Path, Absent::Fine),
    key("dpf.digital_only", Kind::Many(&Kind::Text), Absent::Default("[]")),
    key("dpv.address", Kind::Address, Absent::Fine),
    key("dpv.resource", Kind::Text, Absent::Default("'eformidling-meldingsteneste-administrasjon'")),
    key("dpv.confidential_resource", Kind::Text, Absent::Default("'eformidling-dpv-taushetsbelagt'")),
    key("dpv.transit_key_file", Kind::Path, Absent::Fine),
    key("dpv.transit_certificate_file", Kind::Path, Absent::Fine),
    key("dpv.due_days", Kind::Number, Absent::Default("7")),
    key("dpv.notification_subject", Kind::Text, Absent::Default(NOTIFICATION_SUBJECT)),
    key("dpv.notification_text", Kind::Text, Absent::Default(NOTIFICATION)),
    key("dpv.confidential_notification_text", Kind::Text, Absent::Default(CONFIDENTIAL_NOTIFICATION)),
    key("dpi.address", Kind::Address, Absent::Fine),
    key("dpi.channel", Kind::Text, Absent::Default("'konvolutt'")),
    key("dpi.printer", Kind::Text, Absent::Fine),
    key("contact_register.address", Kind::Address, Absent::Fine),
    key("registry.address", Kind::Address, Absent::Missing),
    key("registry.key_file", Kind::Path, Absent::Missing),
    key("registry.people_scopes", Kind::Many(&Kind::Text), Absent::Default(PEOPLE_SCOPES)),
    key("enhetsregister.address", Kind::Address, Absent::Missing),
    key("trust.anchors", Kind::Many(&Kind::Path), Absent::Missing),
    key("trust.intermediates", Kind::Many(&Kind::Path), Absent::Default("[]")),
    key("trust.revocation_lists", Kind::Many(&Kind::Address), Absent::Default("[]")),
    key("trust.policies", Kind::Word(&["any", "test", "production"]), Absent::Fine),
    key("roles", Kind::Tables(ROLES), Absent::Default("[]")),
    key("organisations", Kind::Tables(&[("orgnr", Kind::Text), ("name", Kind::Text)]), Absent::Missing),
    key("system_users", Kind::Tables(&[("orgnr", Kind::Text), ("name", Kind::Text)]), Absent::Default("[]")),
    key(
        "message_channels",
        Kind::Tables(&[("orgnr", Kind::Text), ("name", Kind::MessageChannel)]),
        Absent::Default("[]"),
    ),
    key(
        "dpf_accounts",
        Kind::Tables(&[
            ("orgnr", Kind::Text),
            ("account", Kind::Text),
            ("receiver", Kind::Text),
            ("password_file", Kind::Path),
        ]),
        Absent::Default("[]"),
    ),
    key(
        "dpv_older",
        Kind::Tables(&[("key_file", Kind::Path), ("certificate_file", Kind::Path)]),
        Absent::Default("[]"),
    ),
    key(
        "delegations",
        Kind::Tables(&[("signer", Kind::Text), ("sender", Kind::Text), ("from", Kind::Day), ("to", Kind::Day)]),
        Absent::Default("[]"),
    ),
    key(
        "approvals",
        Kind::Tables(&[
            ("organisation", Kind::Text),
            ("channels", Kind::Many(&Kind::Word(&["DPO", "DPF", "DPV", "DPI"]))),
        ]),
        Absent::Default("[]"),
    ),
    key(
        "embed",
        Kind::Tables(&[("id", Kind::Text), ("origins", Kind::Many(&Kind::Text)), ("orgnr", Kind::Maybe(&Kind::Text))]),
        Absent::Default("[]"),
    ),
];

/// Secrets that somebody may try to write down: the key that is refused, and the one that names a file instead.
pub const SECRETS: &[(&str, &str)] = &[
    ("maskinporten.key", "maskinporten.key_file"),
    ("identity.key", "identity.key_file"),
    ("identity.secret", "identity.secret_file"),
    ("dpf.password", "dpf.password_file"),
    ("dpv.transit_key", "dpv.transit_key_file"),
    ("store.password", "store.password_file"),
    ("packages.secret_key", "packages.secret_key_file"),
    ("webhooks.key", "webhooks.key_file"),
];

/// A key by its path.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// The known key that was most likely meant.
pub fn nearest(path: &str) -> &'static str {
    let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |key: &&Key| {
        // The right name in the wrong section is nearer than any other spelling; of several, the first in the list,
        // unless a section was written too.
        let same_name = name(key.path) == name(path);
        let compare = !same_name || path.contains('.');
        (same_name, if compare { (strsim::jaro_winkler(key.path, path) * 1e6) as u32 } else { 0 })
    };
    KEYS.iter().rev().max_by_key(likeness).map_or("", |key| key.path)
}

/// The known section that was most likely meant: the same, if it is known.
pub fn nearest_section(name: &str) -> &'static str {
    let sections = KEYS.iter().map(|key| key.path.split_once('.').map_or(key.path, |(section, _)| section));
    sections.max_by_key(|known| (strsim::jaro_winkler(known, name) * 1e6) as u32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        for (written, meant) in [
            ("server.lisen", "server.listen"),
            ("serve.listen", "server.listen"),
            ("audience", "server.audience"),
            ("maskinporten.keyfile", "maskinporten.key_file"),
            ("altin.broker", "altinn.broker"),
            ("organisation", "organisations"),
            ("trust.anchor", "trust.anchors"),
            ("broker", "altinn.broker"),
            ("registri.key_file", "registry.key_file"),
        ] {
            assert_eq!(nearest(written), meant, "{written}");
        }
    }

    #[test]
    fn every_secret_has_a_file_key_and_no_other() {
        for (inline, file) in SECRETS {
            assert!(find(inline).is_none() && find(file).is_some_and(|key| key.kind == Kind::Path), "{inline}");
        }
    }
}
