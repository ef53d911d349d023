//! The test authority: a root and an issuing certificate, and certificates for every organisation that needs one.
//!
//! All names say *Sandkasse* and *TEST*, so that nobody takes them for real. Subjects follow SEID 2
//! (organizationIdentifier, 2.5.4.97: `NTRNO-` and the number). Keys are made on first need, because making RSA
//! keys is slow, and kept in the data folder.

mod certificate;
mod identity;
mod keystore;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use x509_cert::serial_number::SerialNumber;

pub(crate) use self::identity::{Identity, rng};
pub(crate) use self::keystore::PASSWORD;

use self::certificate::{Kind, Order};
use crate::error::Error;
use crate::seed;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Issues and keeps certificates. Every call that may make a key blocks.
pub(crate) struct Authority {
    folder: PathBuf,
    root: Arc<Identity>,
    issuing: Arc<Identity>,
    /// One slot a name, locked while its key is made, so that nobody makes it twice.
    slots: Mutex<HashMap<String, Slot>>,
}

type Slot = Arc<Mutex<Option<Arc<Identity>>>>;

impl Authority {
    /// Opens the authority in `folder`, or makes it.
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<Self, Error> {
        std::fs::create_dir_all(folder)?;
        let (root, issuing) = match (Identity::load(folder, "root")?, Identity::load(folder, "issuing")?) {
            (Some(root), Some(issuing)) => (root, issuing),
            _ => make_authority(folder, now)?,
        };
        Ok(Self { folder: folder.into(), root: Arc::new(root), issuing: Arc::new(issuing), slots: Mutex::default() })
    }

    /// The trusted root.
    pub(crate) fn root(&self) -> &Identity {
        &self.root
    }

    /// The issuing certificate below it.
    pub(crate) fn issuing(&self) -> &Identity {
        &self.issuing
    }

    /// The key and certificate of an organisation.
    pub(crate) fn organisation(&self, number: &str, name: &str, now: Timestamp) -> Result<Arc<Identity>, Error> {
        self.identity(number, |serial| {
            let (not_before, not_after) = if number == seed::EXPIRED {
                (now - DAY * 700, now - DAY)
            } else {
                (now - SignedDuration::from_hours(1), now + DAY * 730)
            };
            let serial = if number == seed::REVOKED { revoked_serial(number)? } else { serial };
            Ok(Order { kind: Kind::Organisation { number, name }, serial, not_before, not_after })
        })
    }

    /// A key and certificate that an organisation used before.
    pub(crate) fn former(&self, number: &str, name: &str, now: Timestamp) -> Result<Arc<Identity>, Error> {
        self.identity(&format!("{number}-former"), |serial| {
            let (not_before, not_after) = (now - DAY * 700, now + DAY * 30);
            Ok(Order { kind: Kind::Organisation { number, name }, serial, not_before, not_after })
        })
    }

    /// The key and certificate of a service that signs tokens or registry answers.
    pub(crate) fn service(&self, file: &str, name: &str, now: Timestamp) -> Result<Arc<Identity>, Error> {
        self.identity(file, |serial| {
            let kind = Kind::Organisation { number: seed::REGISTRY, name };
            Ok(Order { kind, serial, not_before: now - SignedDuration::from_hours(1), not_after: now + DAY * 730 })
        })
    }

    /// A PKCS#12 file with an organisation's key and chain (PBES2, AES-256), made once and then the same bytes.
    pub(crate) fn keystore(&self, number: &str, name: &str, now: Timestamp) -> Result<Vec<u8>, Error> {
        let path = self.folder.join(format!("{number}.p12"));
        match std::fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let identity = self.organisation(number, name, now)?;
                let bytes = keystore::write(&identity, &format!("{name} TEST"))?;
                identity::write_private(&path, &bytes)?;
                Ok(bytes)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The issuing certificate's revocation list, DER. The revoked organisation's serial number is fixed beforehand,
    /// so that the list names it even before its certificate is made.
    pub(crate) fn issuing_crl(&self, now: Timestamp) -> Result<Vec<u8>, Error> {
        certificate::crl(&self.issuing, &[revoked_serial(seed::REVOKED)?], now)
    }

    /// The root's revocation list, DER: empty.
    pub(crate) fn root_crl(&self, now: Timestamp) -> Result<Vec<u8>, Error> {
        certificate::crl(&self.root, &[], now)
    }

    /// Whether the key of `name` has been made.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.folder.join(format!("{name}.chain.pem")).exists()
    }

    fn identity<'a>(
        &self,
        file: &str,
        order: impl FnOnce(SerialNumber) -> Result<Order<'a>, Error>,
    ) -> Result<Arc<Identity>, Error> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.entry(file.to_owned()).or_default().clone()
        };
        let mut place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = &*place {
            return Ok(identity.clone());
        }
        let identity = if let Some(identity) = Identity::load(&self.folder, file)? {
            identity
        } else {
            let order = order(SerialNumber::generate(&mut rng()))?;
            let identity = certificate::issue(&order, Some(&self.issuing))?;
            identity.store(&self.folder, file)?;
            identity
        };
        let identity = Arc::new(identity);
        *place = Some(identity.clone());
        Ok(identity)
    }
}

/// Nine digits as four bytes and a prefix: positive, and known before the certificate is.
fn revoked_serial(number: &str) -> Result<SerialNumber, Error> {
    let digits: u32 = number.parse().map_err(Error::authority)?;
    let [a, b, c, d] = digits.to_be_bytes();
    SerialNumber::new(&[0x5a, 0x4e, a, b, c, d]).map_err(Error::authority)
}

fn make_authority(folder: &Path, now: Timestamp) -> Result<(Identity, Identity), Error> {
    let (not_before, not_after) = (now - DAY * 1500, now + DAY * 3650);
    let order = |kind| -> Result<Order<'static>, Error> {
        Ok(Order { kind, serial: SerialNumber::generate(&mut rng()), not_before, not_after })
    };
    let root = certificate::issue(&order(Kind::Root)?, None)?;
    let issuing = certificate::issue(&order(Kind::Issuing)?, Some(&root))?;
    root.store(folder, "root")?;
    issuing.store(folder, "issuing")?;
    Ok((root, issuing))
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("folder", &self.folder).finish_non_exhaustive()
    }
}
