//! Who is at the other end: addresses through proxies, and request ids.

use std::net::{IpAddr, Ipv6Addr};

use graph::TraceId;
use http::{HeaderMap, HeaderValue};
use rand::RngCore;

/// The address of the client behind trusted proxies: from right to left, the first that is not a trusted proxy's.
pub fn behind_proxies(
    headers: &HeaderMap,
    peer: IpAddr,
    trusts: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut hops: Vec<&str> = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        hops.extend(value.to_str().unwrap_or_default().split(','));
    }
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let hop = hop.trim().trim_start_matches('[').trim_end_matches(']');
        let Ok(ip) = hop.parse::<IpAddr>() else { return client };
        client = ip.to_canonical();
        if !trusts(client) {
            return client;
        }
    }
    client
}

/// What one customer of a network has: an IPv4 address, or a /64 of IPv6.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The request's id: a trusted proxy's, or a new one.
pub fn request_id(headers: &HeaderMap, trusted: bool) -> HeaderValue {
    let given = headers.get("x-request-id").filter(|value| {
        let fits = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_';
        trusted && (1..=64).contains(&value.len()) && value.as_bytes().iter().all(fits)
    });
    match given {
        Some(id) => id.clone(),
        None => {
            let id = format!("{:016x}", rand::rng().next_u64());
            HeaderValue::from_str(&id).expect("hexadecimal digits are a header value")
        }
    }
}

/// The trace that the request belongs to: a trusted proxy's (W3C Trace Context), or a new one. What a client says of it is
/// not believed: its lines would mix with others'.
pub fn trace(headers: &HeaderMap, trusted: bool) -> TraceId {
    let given = headers.get("traceparent").filter(|_| trusted);
    given.and_then(|value| value.to_str().ok()).and_then(trace_of).unwrap_or_else(|| {
        loop {
            let mut bytes = [0; 16];
            rand::rng().fill_bytes(&mut bytes);
            if let Some(id) = TraceId::new(bytes) {
                return id;
            }
        }
    })
}

/// `00-<trace>-<parent>-<flags>`; later versions may have more behind it.
fn trace_of(text: &str) -> Option<TraceId> {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let parts: Vec<&str> = text.splitn(5, '-').collect();
    let [version, trace, parent, flags, more @ ..] = &parts[..] else { return None };
    let sound = version.len() == 2
        && hex(version)
        && *version != "ff"
        && (*version != "00" || more.is_empty())
        && parent.len() == 16
        && hex(parent)
        && parent.bytes().any(|digit| digit != b'0')
        && flags.len() == 2
        && hex(flags);
    TraceId::parse(trace).filter(|_| sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_1_forwarded_addresses_are_believed_only_from_the_right() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 9.9.9.9, 10.0.0.2"));
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let trusts = |ip: IpAddr| ip.to_string().starts_with("10.");
        assert_eq!(behind_proxies(&headers, proxy, trusts).to_string(), "9.9.9.9");
        headers.insert("x-forwarded-for", HeaderValue::from_static("evil"));
        assert_eq!(behind_proxies(&headers, proxy, trusts), proxy);
    }

    #[test]
    fn a_trace_is_taken_from_a_trusted_proxy_in_the_standards_form_alone() {
        const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        let given = |value: &str, trusted| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", HeaderValue::from_str(value).unwrap());
            trace(&headers, trusted).to_string() == ID
        };
        let good = format!("00-{ID}-00f067aa0ba902b7-01");
        assert!(given(&good, true));
        assert!(given(&format!("cc-{ID}-00f067aa0ba902b7-01-what-comes"), true));
        assert!(!given(&good, false));
        for bad in [
            format!("{good}-more"),
            format!("ff-{ID}-00f067aa0ba902b7-01"),
            format!("00-{ID}-0000000000000000-01"),
            format!("00-{ID}-00f067aa0ba902b7"),
            format!("00-{}-00f067aa0ba902b7-01", ID.to_uppercase()),
            ID.to_owned(),
        ] {
            assert!(!given(&bad, true), "{bad}");
        }
    }

    #[test]
    fn r_2_a_64_is_one_client() {
        let one = network("2001:db8:1:2:3::4".parse().unwrap());
        assert_eq!(one, network("2001:db8:1:2:ffff::1".parse().unwrap()));
        assert_ne!(one, network("2001:db8:1:3::1".parse().unwrap()));
        assert_eq!(network("::ffff:10.0.0.1".parse().unwrap()).to_string(), "10.0.0.1");
    }
}
