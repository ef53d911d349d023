//! The population: organisations, how they behave, and the people who may sign in.
//!
//! Every number has a valid check digit and starts with 3, as synthetic units do, but for those that
//! Digitaliseringsdirektoratet's published mocks have used, so that tests made for them run here; none is a real organisation.

mod provider;
mod resident;

use konvolutt_shared::api::{OrganisationAccess, Person, Role};

pub(crate) use provider::{PRINT, PROVIDERS, Provider, Trade, provider};
pub(crate) use resident::{Habit, Inbox, RESIDENTS, Resident, Standing, resident_of as resident};

/// How a counterpart answers a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Ours: never played by a persona.
    Sender,
    /// MOTTATT and LEVERT.
    Delivers,
    /// Delivers, gives receipt OK and replies with two documents.
    Replies,
    /// Delivers and gives a receipt of this type.
    Receipts(Receipt),
    /// Never collects.
    Silent,
    /// Sends its statuses in the wrong order.
    Unordered,
    /// Sends everything twice.
    Doubles,
    /// Replies with a container whose signature does not hold.
    RepliesTampered,
    /// Replies with a container that lacks archive metadata.
    RepliesIncomplete,
    /// Replies with file names that are hard to store.
    RepliesStrangeNames,
    /// Delivers and replies with one document.
    RepliesShort,
    /// Tells the carrier that it will never take anything.
    NeverTakes,
    /// Gives a receipt ERROR before anything else is told.
    FailsAfterSending,
    /// Delivers, and gives a receipt ERROR later.
    FailsAfterDelivery,
    /// Delivers, and says later that the deadline has passed.
    ExpiresAfterDelivery,
    /// Takes the message, and then not its type.
    RejectsType,
    /// Not played: other channels, or not reachable.
    NotPlayed,
}

/// `receiptType` of an `arkivmelding_kvittering`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipt {
    Ok,
    Warning,
    Error,
    NotSupported,
}

/// How the service registry routes `arkivmelding` to an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Dpo,
    Dpv,
    Dpf,
    /// eInnsyn and nothing else, which this sandbox does not play.
    Dpe,
    /// The health network and nothing else, which this sandbox does not play.
    Dph,
    /// Known, with no capability.
    None,
    /// Not in the registry at all.
    Unknown,
}

/// One organisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Organisation {
    pub(crate) number: &'static str,
    pub(crate) name: &'static str,
    pub(crate) form: &'static str,
    pub(crate) route: Route,
    pub(crate) behaviour: Behaviour,
    /// Largest transfer it takes, in bytes, if the service record says so.
    pub(crate) max_bytes: Option<u64>,
}

const fn dpo(number: &'static str, name: &'static str, behaviour: Behaviour) -> Organisation {
    Organisation { number, name, form: "ORGL", route: Route::Dpo, behaviour, max_bytes: None }
}

const fn other(number: &'static str, name: &'static str, form: &'static str, route: Route) -> Organisation {
    Organisation { number, name, form, route, behaviour: Behaviour::NotPlayed, max_bytes: None }
}

const fn municipality(number: &'static str, name: &'static str, behaviour: Behaviour) -> Organisation {
    Organisation { number, name, form: "KOMM", route: Route::Dpf, behaviour, max_bytes: None }
}

/// Our own sender organisations.
pub(crate) const COUNTY: &str = "310904007";
pub(crate) const DIRECTORATE: &str = "310904015";
/// Its letters wait until somebody else has approved them.
pub(crate) const FOUR_EYES: &str = "310904120";
/// The organisation that runs the relay: the Maskinporten client's owner.
pub(crate) const VENDOR: &str = "310904023";
/// Its key signs where somebody else's should: `foreign-signer`.
pub(crate) const STRANGER: &str = "310904031";
/// Runs KS SvarUt.
pub(crate) const KS: &str = "310904066";
/// Closed; its post comes to [`COUNTY`], which does not act for it.
pub(crate) const CLOSED: &str = "310904074";
/// Runs the service registry.
pub(crate) const REGISTRY: &str = "310904058";
pub(crate) const REGISTRY_NAME: &str = "Adressetjenesten (emulert)";

pub(crate) const SVARUT_LOST: &str = "310903221";
pub(crate) const SVARUT_HIGH: &str = "310903256";
pub(crate) const SVARUT_REPEATS: &str = "310903264";
pub(crate) const SVARUT_BROKEN: &str = "310903272";
pub(crate) const SVARUT_DOWN: &str = "310903280";
pub(crate) const SOLVIK: &str = "310900117";
pub(crate) const SLOW: &str = "310900915";
pub(crate) const EXPIRED: &str = "310901814";
pub(crate) const REVOKED: &str = "310901911";
pub(crate) const RATE_LIMITED: &str = "310902217";
pub(crate) const DOWN: &str = "310902314";
pub(crate) const CUT: &str = "310902411";
/// Its certificate is replaced after the first look-up.
pub(crate) const RENEWED: &str = "310902012";
/// Its transfers may be begun a minute after the first attempt.
pub(crate) const VERY_SLOW: &str = "310903310";
/// Has two sub-units, which cannot be addressed.
pub(crate) const PARENT: &str = "310903418";
/// The sub-units of [`PARENT`]: number and name.
pub(crate) const SUB_UNITS: [(&str, &str); 2] =
    [("310903426", "Flere underenheter avd. nord"), ("310903434", "Flere underenheter avd. sør")];
/// In ELMA for general letters only: letters about anything else go to its inbox at Altinn.
pub(crate) const PARTLY: &str = "310903531";
/// The published mocks' organisations.
pub(crate) const MOCKS: [&str; 2] = ["810074582", "910075918"];
/// Deleted in the register.
pub(crate) const DELETED: &str = "310903515";
/// Bankrupt.
pub(crate) const BANKRUPT: &str = "310903523";
const VIRUS: &str = "310903019";
const NO_ROLE: &str = "310903116";
const NO_CONFIDENTIAL_ROLE: &str = "310903213";

/// Everyone; our own first.
pub(crate) const ORGANISATIONS: &[Organisation] = &[
    Organisation { form: "FYLK", ..dpo(COUNTY, "Solvik fylkeskommune", Behaviour::Sender) },
    dpo(DIRECTORATE, "Direktoratet for prøvepost", Behaviour::Sender),
    dpo(FOUR_EYES, "Tilsynet for fire øyne", Behaviour::Sender),
    dpo(SOLVIK, "Testetaten Solvik", Behaviour::Delivers),
    municipality("310900214", "Solvik kommune", Behaviour::Delivers),
    other("310900311", "Solvik Bakeri AS", "AS", Route::Dpv),
    dpo("310900419", "Svaretaten", Behaviour::Replies),
    dpo("310900516", "Kvitteringsetaten OK", Behaviour::Receipts(Receipt::Ok)),
    dpo("310900613", "Kvitteringsetaten advarsel", Behaviour::Receipts(Receipt::Warning)),
    dpo("310900710", "Kvitteringsetaten feil", Behaviour::Receipts(Receipt::Error)),
    dpo("310900818", "Kvitteringsetaten ukjent type", Behaviour::Receipts(Receipt::NotSupported)),
    dpo(SLOW, "Treg mottaker", Behaviour::Silent),
    dpo("310901016", "Feil etter sending", Behaviour::FailsAfterSending),
    dpo("310901113", "Feil etter levering", Behaviour::FailsAfterDelivery),
    dpo("310901210", "Utløpt etter levering", Behaviour::ExpiresAfterDelivery),
    other("310901318", "Finnes ikke", "ORGL", Route::Unknown),
    other("310901415", "Uten mottaksmulighet", "ORGL", Route::None),
    dpo("310901512", "Avviser dokumenttype", Behaviour::RejectsType),
    Organisation { max_bytes: Some(1_000_000), ..dpo("310901717", "Liten postkasse", Behaviour::Delivers) },
    dpo(EXPIRED, "Utløpt sertifikat", Behaviour::Delivers),
    dpo(REVOKED, "Tilbakekalt sertifikat", Behaviour::Delivers),
    dpo(RENEWED, "Nytt sertifikat", Behaviour::Delivers),
    dpo(RATE_LIMITED, "Ratebegrenset", Behaviour::Delivers),
    dpo(DOWN, "Nedetid", Behaviour::Delivers),
    dpo(CUT, "Brutt opplasting", Behaviour::Delivers),
    dpo("310902519", "Uordnede statuser", Behaviour::Unordered),
    dpo("310902616", "Dubletter", Behaviour::Doubles),
    dpo("310902713", "Tuklet pakke", Behaviour::RepliesTampered),
    dpo("310902810", "Mangelfull avsender", Behaviour::RepliesIncomplete),
    dpo("310902918", "Rare filnavn", Behaviour::RepliesStrangeNames),
    other(VIRUS, "Virus", "AS", Route::Dpv),
    other(NO_ROLE, "Ingen rolle", "AS", Route::Dpv),
    dpo(VERY_SLOW, "Veldig treg", Behaviour::Delivers),
    dpo(PARENT, "Flere underenheter", Behaviour::Delivers),
    other(NO_CONFIDENTIAL_ROLE, "Uten taushetsrolle", "AS", Route::Dpv),
    municipality("310903205", "Svarvik kommune", Behaviour::RepliesShort),
    municipality("310903604", "Samlevik kommune", Behaviour::Replies),
    municipality(SVARUT_LOST, "Tapsvik kommune", Behaviour::Delivers),
    municipality("310903248", "Avvisvik kommune", Behaviour::NeverTakes),
    municipality(SVARUT_HIGH, "Høyvik kommune", Behaviour::Delivers),
    municipality(SVARUT_REPEATS, "Dobbelvik kommune", Behaviour::Delivers),
    municipality(SVARUT_BROKEN, "Bruddvik kommune", Behaviour::Delivers),
    municipality(SVARUT_DOWN, "Nedevik kommune", Behaviour::Delivers),
    other("310903701", "Innsynsmottaket", "ORGL", Route::Dpe),
    other("310903809", "Helsemottaket", "ORGL", Route::Dph),
    other(CLOSED, "Nedlagt prøveetat", "ORGL", Route::None),
    other(DELETED, "Slettet prøveetat", "ORGL", Route::Unknown),
    other(BANKRUPT, "Konkursrammet Bakeri AS", "AS", Route::Dpv),
    dpo(PARTLY, "Delvis registrert", Behaviour::Delivers),
    dpo(MOCKS[0], "Mockmottaker en", Behaviour::Delivers),
    dpo(MOCKS[1], "Mockmottaker to", Behaviour::Delivers),
];

/// The organisation with this number.
pub(crate) fn organisation(number: &str) -> Option<&'static Organisation> {
    ORGANISATIONS.iter().find(|one| one.number == number)
}

/// Whether the sandbox itself plays whoever has this number.
pub(crate) fn is_played(number: &str) -> bool {
    provider(number).is_some() || organisation(number).is_some_and(Organisation::is_played)
}

impl Organisation {
    /// Whether a persona plays it.
    pub(crate) fn is_played(&self) -> bool {
        !matches!(self.behaviour, Behaviour::Sender | Behaviour::NotPlayed)
    }

    /// Whether it is registered for agreed messages.
    pub(crate) fn takes_agreed(&self) -> bool {
        matches!(self.number, COUNTY | DIRECTORATE | SOLVIK)
    }

    /// How it treats its inbox at Altinn.
    pub(crate) fn inbox(&self) -> Inbox {
        match self.number {
            VIRUS => Inbox::Infected,
            NO_ROLE => Inbox::NoRole,
            NO_CONFIDENTIAL_ROLE => Inbox::NoConfidentialRole,
            _ => Inbox::Reads(15),
        }
    }

    /// Whether it has a receiving system at KS.
    pub(crate) fn receives_shipments(&self) -> bool {
        self.is_ours() || self.route == Route::Dpf
    }

    /// The security level of that system.
    pub(crate) fn level(&self) -> u8 {
        if self.number == SVARUT_HIGH { 4 } else { 3 }
    }

    /// Whether it is one of ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.behaviour == Behaviour::Sender
    }
}

/// Our own organisations.
pub(crate) fn ours() -> impl Iterator<Item = &'static Organisation> {
    ORGANISATIONS.iter().filter(|one| one.is_ours())
}

/// The test people. Their names are roles.
pub(crate) fn people() -> Vec<Person> {
    use Role::{Administrator, Approver, Auditor, CaseWorker, Distributor, Reader};
    vec![
        person("siri", "Siri Saksbehandler", &[(COUNTY, &[CaseWorker, Administrator])]),
        person("jon", "Jon Saksbehandler", &[(DIRECTORATE, &[CaseWorker, Administrator])]),
        person("ada", "Ada Arkivar", &[(COUNTY, &[CaseWorker, Distributor]), (DIRECTORATE, &[CaseWorker])]),
        person("lea", "Lea Leser", &[(COUNTY, &[Reader])]),
        person("gro", "Gro Godkjenner", &[(COUNTY, &[Approver])]),
        person("eli", "Eli Saksbehandler", &[(FOUR_EYES, &[CaseWorker, Approver])]),
        person("leo", "Leo Leder", &[(FOUR_EYES, &[Approver])]),
        person("aud", "Aud Administrator", &[(COUNTY, &[Administrator])]),
        person("rut", "Rut Revisor", &[(COUNTY, &[Auditor]), (DIRECTORATE, &[Auditor])]),
    ]
}

fn person(id: &str, name: &str, access: &[(&str, &[Role])]) -> Person {
    let name_of = |number: &str| organisation(number).map_or("", |one| one.name).to_owned();
    Person {
        id: id.to_owned(),
        name: name.to_owned(),
        organisations: access
            .iter()
            .map(|(number, _)| OrganisationAccess { orgnr: (*number).to_owned(), name: name_of(number) })
            .collect(),
        roles: access.iter().map(|(number, roles)| ((*number).to_owned(), roles.iter().copied().collect())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights 3 2 7 6 5 4 3 2, modulo 11, as Brønnøysundregistrene have it.
    fn check_digit_holds(number: &str) -> bool {
        let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
        let sum: u32 = digits.iter().zip([3, 2, 7, 6, 5, 4, 3, 2]).map(|(d, w)| d * w).sum();
        digits.len() == 9 && (11 - sum % 11) % 11 == digits[8]
    }

    #[test]
    fn every_number_is_synthetic_and_valid() {
        let services = [VENDOR, STRANGER, REGISTRY, KS];
        let sub_units = SUB_UNITS.iter().map(|(number, _)| *number);
        let providers = PROVIDERS.iter().map(|one| one.number);
        for number in ORGANISATIONS.iter().map(|one| one.number).chain(services).chain(sub_units).chain(providers) {
            assert!(check_digit_holds(number), "{number}");
            assert!(number.starts_with('3') || MOCKS.contains(&number), "{number}");
        }
    }

    #[test]
    fn numbers_are_distinct_and_people_act_for_ours_only() {
        let all: Vec<&str> =
            ORGANISATIONS.iter().map(|one| one.number).chain(PROVIDERS.map(|one| one.number)).collect();
        let numbers: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(numbers.len(), all.len());
        for access in people().iter().flat_map(|person| &person.organisations) {
            assert!(organisation(&access.orgnr).is_some_and(Organisation::is_ours));
        }
    }
}
