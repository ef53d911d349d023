//! Where a request comes from: the other end of the connection, or whom a proxy of ours names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{Extensions, HeaderMap};
use konvolutt_shared::api::header::forwarded;

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

const FORWARDED: &str = "x-forwarded-for";

/// The address of whoever asks. What stands in `X-Forwarded-For` counts only as far as proxies of ours wrote it: from
/// the right, over those that are trusted, to the first that is not.
pub(super) fn of(headers: &HeaderMap, extensions: &Extensions, proxies: &[IpAddr]) -> IpAddr {
    // Without a connection, as in a test, everybody is the same.
    let peer = extensions.get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip().to_canonical());
    let named = headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok()).flat_map(forwarded);
    let named: Vec<Option<IpAddr>> = named.collect();
    let mut source = peer;
    for next in named.into_iter().rev() {
        match next {
            // What a trusted proxy wrote and nobody understands ends the search at the proxy.
            Some(next) if proxies.contains(&source) => source = next.to_canonical(),
            _ => break,
        }
    }
    source
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn found(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED, HeaderValue::from_str(value).unwrap());
        }
        let mut extensions = Extensions::new();
        extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 1)));
        let proxies: Vec<IpAddr> = proxies.iter().map(|one| one.parse().unwrap()).collect();
        of(&headers, &extensions, &proxies).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_wrote_counts() {
        for (peer, forwarded, proxies, expected) in [
            ("192.0.2.9", &[][..], &[][..], "192.0.2.9"),
            ("192.0.2.9", &["203.0.113.1"], &[], "192.0.2.9"),
            ("10.0.0.1", &["203.0.113.1"], &["10.0.0.1"], "203.0.113.1"),
            ("::ffff:10.0.0.1", &["203.0.113.1"], &["10.0.0.1"], "203.0.113.1"),
            ("10.0.0.1", &["198.51.100.7, 203.0.113.1"], &["10.0.0.1"], "203.0.113.1"),
            ("10.0.0.1", &["198.51.100.7, 203.0.113.1", "10.0.0.2"], &["10.0.0.1", "10.0.0.2"], "203.0.113.1"),
            ("10.0.0.1", &["203.0.113.1, nonsense"], &["10.0.0.1"], "10.0.0.1"),
            ("10.0.0.1", &[""], &["10.0.0.1"], "10.0.0.1"),
        ] {
            assert_eq!(found(peer, forwarded, proxies), expected, "{peer} {forwarded:?}");
        }
    }
}
