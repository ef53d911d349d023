//! How far a sending has come, by bytes.

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Asking the registry again.
    #[default]
    Checking,
    /// Packing and sealing.
    Encrypting,
    /// Uploading the sealed package.
    Uploading,
    /// Handing over the envelope.
    HandingOver,
}

/// How the line to the relay is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// Bytes move.
    #[default]
    Open,
    /// Nothing gets through, and it is tried again.
    Lost,
    /// The relay answers again, and the upload goes on where it stopped.
    Back,
}

/// Bytes sealed and bytes uploaded. Both count, so the bar moves evenly and never back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// Bytes of the documents.
    pub plain: u64,
    /// Of these, sealed.
    pub sealed: u64,
    /// Bytes of the sealed package; 0 until it is known.
    pub package: u64,
    /// Of these, confirmed by the relay.
    pub uploaded: u64,
    /// How the line is.
    pub line: Line,
    shown: u8,
}

impl Progress {
    /// Nothing to do.
    pub const NONE: Self =
        Self { phase: Phase::Checking, plain: 0, sealed: 0, package: 0, uploaded: 0, line: Line::Open, shown: 0 };

    /// At the start of sending `plain` bytes.
    pub fn new(plain: u64) -> Self {
        Self { plain, ..Self::default() }
    }

    /// Whole percent, 0 to 100; 100 only when all is handed over.
    pub const fn percent(&self) -> u8 {
        self.shown
    }

    /// Bytes done and bytes in total of the present phase.
    pub const fn bytes(&self) -> (u64, u64) {
        match self.phase {
            Phase::Checking | Phase::Encrypting => (self.sealed, self.plain),
            Phase::Uploading | Phase::HandingOver => (self.uploaded, self.package),
        }
    }

    /// `sealed` of the documents' bytes are sealed.
    #[must_use]
    pub fn sealing(mut self, sealed: u64) -> Self {
        self.phase = Phase::Encrypting;
        self.sealed = sealed.min(self.plain);
        self.settled()
    }

    /// `uploaded` bytes of the package are confirmed while the rest is still being sealed.
    #[must_use]
    pub fn uploading_meanwhile(mut self, uploaded: u64) -> Self {
        self.uploaded = uploaded;
        self.settled()
    }

    /// The package is ready; `uploaded` of its bytes are confirmed.
    #[must_use]
    pub fn uploading(mut self, uploaded: u64, package: u64) -> Self {
        self.phase = Phase::Uploading;
        self.sealed = self.plain;
        self.package = package;
        self.uploaded = uploaded.min(package);
        self.settled()
    }

    /// The line is as it was last heard of. Sealing goes on without it and does not change that.
    #[must_use]
    pub const fn with_line(mut self, line: Line) -> Self {
        self.line = line;
        self
    }

    /// Everything is uploaded; the envelope goes now.
    #[must_use]
    pub fn handing_over(mut self) -> Self {
        self.phase = Phase::HandingOver;
        self.uploaded = self.package;
        self.line = Line::Open;
        self.settled()
    }

    fn settled(mut self) -> Self {
        // Until the package's size is known it is taken to be as large as its documents.
        let package = if self.package == 0 { self.plain } else { self.package };
        let total = (u128::from(self.plain) + u128::from(package)).max(1);
        let done = u128::from(self.sealed) + u128::from(self.uploaded).min(u128::from(package));
        let percent = u8::try_from(done * 99 / total).unwrap_or(99);
        self.shown = self.shown.max(percent);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_never_goes_back_and_never_says_done_too_early() {
        let mut progress = Progress::new(1000);
        let mut last = 0;
        let steps: [fn(Progress) -> Progress; 7] = [
            |p| p.sealing(500),
            |p| p.uploading_meanwhile(400),
            |p| p.sealing(1000),
            |p| p.uploading(0, 4000),
            |p| p.uploading(2000, 4000),
            |p| p.uploading(1000, 4000),
            Progress::handing_over,
        ];
        for step in steps {
            progress = step(progress);
            assert!(progress.percent() >= last && progress.percent() < 100, "{progress:?}");
            last = progress.percent();
        }
        assert_eq!(last, 99);
    }

    #[test]
    fn a_lost_line_is_said_until_bytes_move_again() {
        let lost = Progress::new(1000).sealing(100).uploading_meanwhile(50).with_line(Line::Lost);
        assert_eq!(lost.sealing(1000).line, Line::Lost, "what is sealed meanwhile goes nowhere");
        assert_eq!((lost.bytes(), lost.sealing(1000).uploading(50, 4000).line), ((100, 1000), Line::Lost));
        assert_eq!(lost.with_line(Line::Back).uploading(50, 4000).line, Line::Back);
        assert_eq!(lost.handing_over().line, Line::Open);
    }

    #[test]
    fn huge_and_empty_sizes_do_not_overflow() {
        assert_eq!(Progress::new(u64::MAX).uploading(u64::MAX, u64::MAX).percent(), 99);
        assert_eq!(Progress::new(0).sealing(0).percent(), 0);
    }
}
