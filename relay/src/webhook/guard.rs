//! Which addresses may be told: public ones only, judged by what a connection really goes to.
//!
//! A name is resolved once for a connection, and the connection goes to exactly the addresses that were judged: the guard
//! is the resolver of the HTTP client, so there is no second question that could be answered otherwise (DNS rebinding).

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Longest address that is kept, in bytes.
const LONGEST: usize = 2_000;

/// What a name leads to.
pub type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows names.
pub trait Lookup: Debug + Send + Sync {
    /// The addresses of a name.
    fn lookup(&self, name: String) -> Found;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: String) -> Found {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// Why an address may not be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    #[error("not an https address with a host, without user, password and fragment")]
    Form,
    #[error("not a public address")]
    Private,
    #[error("the name is unknown")]
    Unknown,
}

/// Judges addresses.
#[derive(Clone, Debug)]
pub struct Guard {
    loopback: bool,
    lookup: Arc<dyn Lookup>,
}

impl Guard {
    /// A guard. `loopback` lets this machine be told, also without TLS: for the sandbox only.
    pub fn new(loopback: bool, lookup: Arc<dyn Lookup>) -> Self {
        Self { loopback, lookup }
    }

    /// Judges what can be judged without asking for names, and writes the address as it will be used: the parser of URLs
    /// (WHATWG) makes `0x7f.1`, `2130706433` and `[::ffff:127.0.0.1]` what they mean.
    ///
    /// # Errors
    /// Its form, or an address that is not public.
    pub fn check(&self, address: &str) -> Result<Url, Forbidden> {
        let url = Url::parse(address).ok().filter(|_| address.len() <= LONGEST).ok_or(Forbidden::Form)?;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let (true, Some(host)) = (plain, url.host_str()) else { return Err(Forbidden::Form) };
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let here = literal.map_or(host == "localhost", |ip| ip.to_canonical().is_loopback());
        if url.scheme() != "https" && !(url.scheme() == "http" && self.loopback && here) {
            return Err(Forbidden::Form);
        }
        match literal {
            Some(ip) if !self.allows(ip) => Err(Forbidden::Private),
            _ => Ok(url),
        }
    }

    /// Whether a connection may go there.
    pub fn allows(&self, ip: IpAddr) -> bool {
        match ip.to_canonical() {
            ip if ip.is_loopback() => self.loopback,
            IpAddr::V4(ip) => is_public_v4(ip),
            IpAddr::V6(ip) => is_public_v6(ip),
        }
    }

    /// What a name leads to. One address that is not public spoils the name.
    ///
    /// # Errors
    /// Unknown, or not public.
    pub async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Forbidden> {
        let found = self.lookup.lookup(name.to_owned()).await.map_err(|_| Forbidden::Unknown)?;
        if found.is_empty() {
            return Err(Forbidden::Unknown);
        }
        if found.iter().all(|ip| self.allows(*ip)) { Ok(found) } else { Err(Forbidden::Private) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = Self::resolve(&guard, name.as_str()).await?;
            // The port of the URL takes the place of 0.
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}

/// IANA's registry of special-purpose IPv4 addresses, as networks and lengths of their prefixes. The last is Azure's
/// «wire server», which looks public and is not.
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

fn is_public_v4(ip: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|(network, length)| (u32::from(ip) ^ u32::from(*network)) >> (32 - length) == 0)
}

/// Only global unicast (2000::/3), and there neither IETF's own (2001::/23, with Teredo), nor documentation, nor 6to4,
/// which holds an IPv4 address. So NAT64, unique-local, link-local and multicast addresses are out, too.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    first >> 13 == 1
        && !(first == 0x2001 && second < 0x200)
        && !(first == 0x2001 && second == 0xdb8)
        && first != 0x2002
        && !(first == 0x3fff && second < 0x1000)
}

#[cfg(test)]
mod tests;
