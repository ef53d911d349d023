//! Under which names the relay is asked.
//!
//! A page that somebody else serves must not get at a relay on this machine or behind a firewall by having its own name
//! point there (DNS rebinding), and no link may be built from a name that somebody made up.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use konvolutt_shared::finding::Rule;

use crate::app::Shared;
use crate::problem::Refusal;

/// Whoever asks for these knows the machine, not its name, and learns nothing.
const ANY: [&str; 2] = ["/health/live", "/health/ready"];

/// The names that are answered.
#[derive(Clone, Debug)]
pub struct Hosts {
    names: Vec<String>,
    listen: Option<IpAddr>,
}

impl Hosts {
    /// These, or where there are none those of this machine itself.
    pub fn new(names: &[String], listen: Option<IpAddr>) -> Self {
        Self { names: names.iter().map(|name| name.to_ascii_lowercase()).collect(), listen }
    }

    fn allow(&self, authority: &Authority) -> bool {
        let host = authority.host().to_ascii_lowercase();
        if authority.as_str().contains('@') {
            return false;
        }
        if !self.names.is_empty() {
            return self.names.contains(&host);
        }
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
        host == "localhost" || address.is_some_and(|address| address.is_loopback() || Some(address) == self.listen)
    }
}

/// Refuses a request that does not name exactly one host, or not one of ours (RFC 9112, sections 3.2 and 3.2.2).
pub(super) async fn check(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    match named(request.uri(), request.headers(), request.version()) {
        Err(why) => Refusal::rule(Rule::RequestInvalid, why).into_response(),
        Ok(authority) if ANY.contains(&path) || authority.as_ref().is_some_and(|one| app.hosts.allow(one)) => {
            next.run(request).await
        }
        Ok(_) => Refusal::rule(Rule::HostUnknown, "this service is not asked under that name").into_response(),
    }
}

fn named(uri: &Uri, headers: &HeaderMap, version: Version) -> Result<Option<Authority>, &'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (None, _) if version < Version::HTTP_11 => None,
        (Some(host), None) => Some(Authority::try_from(host.as_bytes()).map_err(|_| "the Host header is no host")?),
        _ => return Err("a request has one Host header"),
    };
    match (uri.authority(), &host) {
        (Some(target), Some(host)) if !target.as_str().eq_ignore_ascii_case(host.as_str()) => {
            Err("the address names another host than the Host header")
        }
        _ => Ok(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(hosts: &Hosts, host: &str) -> bool {
        Authority::try_from(host).is_ok_and(|authority| hosts.allow(&authority))
    }

    #[test]
    fn names_are_compared_whole_and_without_ports() {
        let hosts = Hosts::new(&["Konvolutt.etat.example".to_owned()], None);
        for host in ["konvolutt.etat.example", "konvolutt.etat.example:443", "KONVOLUTT.ETAT.EXAMPLE:8080"] {
            assert!(allowed(&hosts, host), "{host}");
        }
        for host in [
            "evil.example",
            "konvolutt.etat.example.evil.example",
            "evil.konvolutt.etat.example",
            "localhost",
            "127.0.0.1",
            "konvolutt.etat.example@evil.example",
            "konvolutt.etat.example:80@konvolutt.etat.example",
            "konvolutt.etat.example.",
        ] {
            assert!(!allowed(&hosts, host), "{host}");
        }
    }

    #[test]
    fn without_names_only_the_machine_itself_is_meant() {
        let hosts = Hosts::new(&[], "192.0.2.1".parse().ok());
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "127.9.9.9", "[::1]:8080", "[::1]", "192.0.2.1:80"] {
            assert!(allowed(&hosts, host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.2", "0.0.0.0"] {
            assert!(!allowed(&hosts, host), "{host}");
        }
    }
}
