//! ISO 6523 identifiers as eFormidling writes them (authority `iso6523-actorid-upis`).

use std::fmt;
use std::str::FromStr;

use super::{IdentifierError, OrganisationNumber};

/// The international code designator of the Norwegian register of units.
const NORWEGIAN_REGISTER: &str = "0192";

/// `icd:organisation[:part[:index]]`, for example `0192:310900117` (ISO/IEC 6523-1, in efm-common's form). A
/// part that is an organisation number is the organisation acted for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Iso6523 {
    /// Four digits, the first of them 0: the international code designator, `0192` for Norwegian organisations.
    pub icd: String,
    /// The organisation, 1 to 35 characters without a colon; nine digits with a right check digit under `0192`.
    pub organisation: String,
    /// On whose behalf, 1 to 35 characters without colon and white space: the other organisation of
    /// `0192:<own>:<other>`, or a name within the own one.
    pub part: Option<String>,
    /// Source of the part, one digit. Never used, kept for writing it back.
    index: Option<char>,
}

impl Iso6523 {
    /// Reads the qualified form, or nine bare digits as `0192`.
    ///
    /// # Errors
    /// [`IdentifierError::Iso6523`] for another form or a code that does not begin with 0, as all of ISO's
    /// list do; [`IdentifierError::Organisation`] when a Norwegian number, be it a part of nine digits, fails
    /// its check digit.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        if text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::from(OrganisationNumber::parse(text)?));
        }
        let fields: Vec<&str> = text.split(':').collect();
        let (icd, organisation, rest) = match fields.as_slice() {
            [icd, organisation, rest @ ..] if rest.len() <= 2 => (*icd, *organisation, rest),
            _ => return Err(IdentifierError::Iso6523),
        };
        // ISO's list gives three digits after a zero; codes such as 9908 are of other lists.
        let known = icd.len() == 4 && icd.starts_with('0') && icd.bytes().all(|byte| byte.is_ascii_digit());
        let (part, index) = match rest {
            [] => (None, None),
            [part] => (Some(*part), None),
            [part, index] => (Some(*part), Some(single_digit(index)?)),
            _ => return Err(IdentifierError::Iso6523),
        };
        if !known || !(1..=35).contains(&organisation.chars().count()) || !part.is_none_or(plain_part) {
            return Err(IdentifierError::Iso6523);
        }
        if icd == NORWEGIAN_REGISTER {
            OrganisationNumber::parse(organisation)?;
            part.filter(|part| part.len() == 9 && part.bytes().all(|byte| byte.is_ascii_digit()))
                .map_or(Ok(()), |part| OrganisationNumber::parse(part).map(drop))?;
        }
        Ok(Self { icd: icd.to_owned(), organisation: organisation.to_owned(), part: part.map(str::to_owned), index })
    }

    /// The Norwegian organisation number: that under `0192`, else `None`.
    pub fn number(&self) -> Option<OrganisationNumber> {
        if self.icd == NORWEGIAN_REGISTER { OrganisationNumber::parse(&self.organisation).ok() } else { None }
    }

    /// The Norwegian organisation acted for: the part, when it is an organisation number.
    pub fn on_behalf_of(&self) -> Option<OrganisationNumber> {
        self.part.as_deref().and_then(|part| OrganisationNumber::parse(part).ok())
    }

    /// Whose message it is: the organisation acted for, else the organisation itself. Brokers know it by this
    /// number (integrasjonspunkt: sending on behalf of).
    pub fn principal(&self) -> Option<OrganisationNumber> {
        self.on_behalf_of().or_else(|| self.number())
    }

    /// `0192:<own>:<other>`: one organisation acts for another.
    #[must_use]
    pub fn acting(own: OrganisationNumber, other: OrganisationNumber) -> Self {
        Self { part: Some(other.to_string()), ..Self::from(own) }
    }
}

fn single_digit(text: &str) -> Result<char, IdentifierError> {
    match text.as_bytes() {
        [digit] if digit.is_ascii_digit() => Ok(char::from(*digit)),
        _ => Err(IdentifierError::Iso6523),
    }
}

fn plain_part(part: &str) -> bool {
    (1..=35).contains(&part.chars().count()) && !part.contains(char::is_whitespace)
}

impl From<OrganisationNumber> for Iso6523 {
    fn from(number: OrganisationNumber) -> Self {
        Self { icd: NORWEGIAN_REGISTER.to_owned(), organisation: number.to_string(), part: None, index: None }
    }
}

impl FromStr for Iso6523 {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Iso6523 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.icd, self.organisation)?;
        if let Some(part) = &self.part {
            write!(f, ":{part}")?;
        }
        match self.index {
            Some(index) => write!(f, ":{index}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Iso6523 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_its_forms() {
        for text in ["0192:310900117", "0192:310900117:310900214", "0192:310900117:avd-7:1", "0192:310900117:1"] {
            assert_eq!(Iso6523::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Iso6523::parse("310900117").unwrap().to_string(), "0192:310900117");
        // The reference's pattern is greedy: a lone digit is a part, not an index.
        assert_eq!(Iso6523::parse("0192:310900117:1").unwrap().part.as_deref(), Some("1"));
        let behalf = Iso6523::parse("0192:310900117:310900214").unwrap();
        assert_eq!(behalf.on_behalf_of().unwrap().to_string(), "310900214");
    }

    #[test]
    fn a_message_is_the_parts_when_that_is_an_organisation() {
        for (text, whose) in [
            ("0192:310900117", "310900117"),
            ("0192:310900117:310900214", "310900214"),
            ("0192:310900117:avd-7", "310900117"),
        ] {
            assert_eq!(Iso6523::parse(text).unwrap().principal().unwrap().to_string(), whose, "{text}");
        }
        let number = |text| OrganisationNumber::parse(text).unwrap();
        let acting = Iso6523::acting(number("310900117"), number("310900214"));
        assert_eq!(acting, Iso6523::parse("0192:310900117:310900214").unwrap());
    }

    #[test]
    fn refuses_other_forms() {
        for text in ["9908:310900117", "0192:", "0192", "0192:310900117:", "0192:310900117:a b", "0192:310900117:a:1:2"]
        {
            assert_eq!(Iso6523::parse(text), Err(IdentifierError::Iso6523), "{text}");
        }
        for text in ["0192:310900118", "0192:310900117:310900215", "310900118"] {
            assert_eq!(Iso6523::parse(text), Err(IdentifierError::Organisation), "{text}");
        }
    }
}
