//! The ways out and in that are set up: each has its own queue, breaker and workers, so that one broker that does not
//! answer holds up nobody else.

use std::sync::{Arc, Mutex};

use konvolutt_shared::api::Source;

use crate::broker::dpf::{Dpf, SvarInn};
use crate::broker::dpi::Dpi;
use crate::broker::dpo::Dpo;
use crate::broker::dpv::Dpv;
use crate::broker::{Broker, Mailbox, Tracker};
use crate::deliver::Breaker;

/// Channel codes as rows hold them: [`konvolutt_shared::address::Channel::as_str`].
pub const DPO: &str = konvolutt_shared::address::Channel::Dpo.as_str();

/// KS SvarUt.
pub const DPF: &str = konvolutt_shared::address::Channel::Dpf.as_str();

/// Altinn's inbox.
pub const DPV: &str = konvolutt_shared::address::Channel::Dpv.as_str();

/// Digital mailboxes and print.
pub const DPI: &str = konvolutt_shared::address::Channel::Dpi.as_str();

/// One way.
#[derive(Debug)]
pub struct Channel {
    /// Its code.
    pub name: &'static str,
    /// What takes letters.
    pub broker: Arc<dyn Broker>,
    /// What has letters for us, if the channel brings any.
    pub mailbox: Option<Arc<dyn Mailbox>>,
    /// Who is asked how it went, where nobody tells us by itself.
    pub tracker: Option<Arc<dyn Tracker>>,
    /// Whether the broker is being left alone.
    pub breaker: Mutex<Breaker>,
}

impl Channel {
    /// Altinn's broker: takes and brings; recipients tell by messages of their own how it went.
    pub fn dpo(dpo: Dpo) -> Self {
        let dpo = Arc::new(dpo);
        Self { name: DPO, broker: dpo.clone(), mailbox: Some(dpo), tracker: None, breaker: Mutex::default() }
    }

    /// KS SvarUt, which has to be asked how it went, and SvarInn.
    pub fn dpf(dpf: Arc<Dpf>, svarinn: SvarInn) -> Self {
        let mailbox: Option<Arc<dyn Mailbox>> = Some(Arc::new(svarinn));
        Self { name: DPF, broker: dpf.clone(), mailbox, tracker: Some(dpf), breaker: Mutex::default() }
    }

    /// Altinn's inbox, which brings nothing and has to be asked how it went.
    pub fn dpv(dpv: Dpv) -> Self {
        let dpv = Arc::new(dpv);
        Self { name: DPV, broker: dpv.clone(), mailbox: None, tracker: Some(dpv), breaker: Mutex::default() }
    }

    /// The network of digital mailboxes, which brings receipts alone and has to be asked how far it has carried a letter.
    pub fn dpi(dpi: Arc<Dpi>) -> Self {
        let mailbox: Option<Arc<dyn Mailbox>> = Some(dpi.clone());
        Self { name: DPI, broker: dpi.clone(), mailbox, tracker: Some(dpi), breaker: Mutex::default() }
    }
}

/// Whether our answers to senders (`status`) travel on a channel.
pub fn carries_answers(channel: &str) -> bool {
    channel == DPO
}

/// Whether a channel verifies the signatures of receipts that it brings, so that only signed ones are any.
pub fn verifies_receipts(channel: &str) -> bool {
    channel == DPI
}

/// Who says what a channel's broker says.
pub fn source(channel: &str) -> Source {
    match channel {
        DPF => Source::SvarUt,
        DPI => Source::Mailbox,
        _ => Source::Altinn,
    }
}
