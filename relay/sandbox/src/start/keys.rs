//! The keys of everything that the sandbox itself is.

use std::path::Path;
use std::sync::Arc;

use crate::authority::{Authority, Identity};
use crate::clock::Clock;
use crate::error::Error;
use crate::seed;

/// Keys that must be there before anything is answered.
pub(super) struct Keys {
    pub(super) authority: Arc<Authority>,
    pub(super) maskinporten: Arc<Identity>,
    pub(super) altinn: Arc<Identity>,
    pub(super) registry: Arc<Identity>,
    pub(super) openid: Arc<Identity>,
    pub(super) relay: Arc<Identity>,
    pub(super) transit: Arc<Identity>,
    pub(super) svarut: Arc<Identity>,
    pub(super) dpi: Arc<Identity>,
}

impl Keys {
    /// Loads them, or makes them side by side.
    pub(super) async fn load(folder: &Path, clock: &Clock) -> Result<Self, Error> {
        let (folder, now) = (folder.to_owned(), clock.wall());
        let opened = tokio::task::spawn_blocking(move || Authority::open(&folder, now)).await;
        let authority = Arc::new(opened.map_err(Error::authority)??);
        let service = |file: &'static str, name: &'static str| {
            let authority = authority.clone();
            tokio::task::spawn_blocking(move || authority.service(file, name, now))
        };
        let services = [
            service("maskinporten", "Maskinporten"),
            service("altinn", "Altinn"),
            service("registry", "Adressetjenesten"),
            service("openid", "Innlogging"),
            service("relay", "Konvolutt drift"),
            service("transit", "Konvolutt gjennomgang"),
            service("dpi", "Aksesspunktet"),
        ];
        let ours: Vec<_> = seed::ours()
            .map(|one| {
                let authority = authority.clone();
                tokio::task::spawn_blocking(move || authority.organisation(one.number, one.name, now))
            })
            .collect();
        let ks = {
            let authority = authority.clone();
            tokio::task::spawn_blocking(move || authority.organisation(seed::KS, "KS SvarUt", now))
        };
        let [maskinporten, altinn, registry, openid, relay, transit, dpi] = services;
        let keys = Self {
            authority,
            maskinporten: maskinporten.await.map_err(Error::authority)??,
            altinn: altinn.await.map_err(Error::authority)??,
            registry: registry.await.map_err(Error::authority)??,
            openid: openid.await.map_err(Error::authority)??,
            relay: relay.await.map_err(Error::authority)??,
            transit: transit.await.map_err(Error::authority)??,
            svarut: ks.await.map_err(Error::authority)??,
            dpi: dpi.await.map_err(Error::authority)??,
        };
        for one in ours {
            one.await.map_err(Error::authority)??;
        }
        Ok(keys)
    }
}
