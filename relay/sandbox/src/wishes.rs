//! What a letter's title asks of whoever gets it: `[forsink 30s]`, `[feil]`, `[virus]`, `[svar]`.
//!
//! A title is read by those who may: Altinn's inbox and KS carry it in the clear, everybody else has to open the letter.

/// What a title asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Wishes {
    /// Seconds that everything comes later.
    pub(crate) delay: f64,
    /// The recipient cannot take it.
    pub(crate) fail: bool,
    /// The recipient's scanner stops it.
    pub(crate) virus: bool,
    /// An answer is wanted.
    pub(crate) reply: bool,
}

impl Wishes {
    /// Reads a title.
    pub(crate) fn of(title: &str) -> Self {
        let has = |word: &str| title.contains(word);
        Self {
            delay: delay(title).unwrap_or_default(),
            fail: has("[feil]"),
            virus: has("[virus]"),
            reply: has("[svar]"),
        }
    }

    /// Code and text of the refusal that is asked for.
    pub(crate) fn refusal(&self) -> Option<(&'static str, &'static str)> {
        if self.virus {
            Some(("VirusFunnet", "Mottakerens viruskontroll stoppet meldingen."))
        } else if self.fail {
            Some(("BestiltFeil", "Tittelen ba om at det skulle gå galt."))
        } else {
            None
        }
    }
}

/// `[forsink 30s]`: at most an hour.
fn delay(title: &str) -> Option<f64> {
    let (_, rest) = title.split_once("[forsink ")?;
    let (number, _) = rest.split_once("s]")?;
    let seconds: u16 = number.trim().parse().ok()?;
    (seconds <= 3600).then(|| f64::from(seconds))
}

#[cfg(test)]
mod tests {
    use super::Wishes;

    #[test]
    fn titles() {
        assert_eq!(Wishes::of("Brev om [feil"), Wishes::default());
        for (title, seconds) in [
            ("[forsink 30s]", 30.0),
            ("x [forsink  7 s] y", 7.0),
            ("[forsink -3s]", 0.0),
            ("[forsink 99999s]", 0.0),
            ("[forsink s]", 0.0),
        ] {
            assert_eq!(Wishes::of(title).delay, seconds, "{title}");
        }
        let all = Wishes::of("Brev [svar] [virus] [feil]");
        assert!(all.reply && all.virus && all.fail);
        assert_eq!(all.refusal().unwrap().0, "VirusFunnet");
        assert_eq!(Wishes::of("[svar]").refusal(), None);
    }
}
