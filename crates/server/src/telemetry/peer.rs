//! Who is at the other end when a proxy stands between.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// The address of the client: the peer's, or what a trusted proxy says.
///
/// Of X-Forwarded-For only the part is believed that trusted proxies have written: from the right
/// until the first address that is not one of theirs.
pub(super) fn client_address(
    peer: SocketAddr,
    headers: &HeaderMap,
    trusted: &[IpAddr],
) -> SocketAddr {
    if !trusted.contains(&peer.ip()) {
        return peer;
    }
    let mut address = peer.ip();
    let lines = headers.get_all("x-forwarded-for");
    let lines: Vec<&str> = lines.iter().filter_map(|it| it.to_str().ok()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Some(ip) = read(hop.trim()) else { break };
        address = ip;
        if !trusted.contains(&ip) {
            break;
        }
    }
    SocketAddr::new(address, 0)
}

/// An address, which some proxies write with a port.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    let with_port = || text.parse::<SocketAddr>().ok().map(|it| it.ip());
    bare.unwrap_or(text).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = ["10.0.0.1", "10.0.0.2"].map(|it| it.parse().unwrap());
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        client_address(peer, &headers, &trusted).ip().to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(client("192.0.2.1", &["203.0.113.9"]), "192.0.2.1");
    }

    #[test]
    fn trusted_proxies_are_believed_as_far_as_they_wrote() {
        assert_eq!(client("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        let spoofed = "198.51.100.7, 203.0.113.9, 10.0.0.2";
        assert_eq!(client("10.0.0.1", &[spoofed]), "203.0.113.9");
        let lines = ["198.51.100.7", "203.0.113.9:8080", "[2001:db8::1]"];
        assert_eq!(client("10.0.0.1", &lines), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["unknown"]), "10.0.0.1");
    }
}
