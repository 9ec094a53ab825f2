//! Keeps requests on the public Internet: addresses of other networks are not connected to.
//!
//! Names are checked where the connector resolves them, so that what was checked is what is connected to, however a
//! name server answers the next time; addresses written as numbers and ports are checked at every hop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::{FetchError, Manners};

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits))
}

const fn v6(a: u16, b: u16, c: u16, h: u16, bits: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, h), bits))
}

/// Networks of one's own, which `allow_private` opens (RFC 1918, 1122, 3927, 6598, 4193, 4291).
const PRIVATE: [IpNet; 8] = [
    v4(10, 0, 0, 0, 8),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(100, 64, 0, 0, 10),
    v6(0, 0, 0, 1, 128),
    v6(0xfc00, 0, 0, 0, 7),
];

/// Link-local IPv6, which `allow_private` opens too.
const LINK_LOCAL: IpNet = v6(0xfe80, 0, 0, 0, 10);

/// Where clouds tell machines their secrets; only `fetch.allow` opens these.
const METADATA: [IpNet; 8] = [
    v4(169, 254, 169, 254, 32),
    v4(169, 254, 169, 253, 32),
    v4(169, 254, 170, 2, 31),
    v4(169, 254, 170, 23, 32),
    v4(100, 100, 100, 200, 32),
    v4(168, 63, 129, 16, 32),
    v6(0xfd00, 0xec2, 0, 0x254, 128),
    v6(0xfd20, 0xce, 0, 0x254, 128),
];

/// What no page is at (IANA special-purpose registries, RFC 6890): this host, protocols, documentation, benchmarking,
/// relays, multicast, reserved.
const NOWHERE: [IpNet; 17] = [
    v4(0, 0, 0, 0, 8),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 52, 193, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 175, 48, 0, 24),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 3),
    // Teredo, ORCHID and the other protocols of 2001::/23; documentation; 6to4; documentation; SRv6.
    v6(0x2001, 0, 0, 0, 23),
    v6(0x2001, 0xdb8, 0, 0, 32),
    v6(0x2002, 0, 0, 0, 16),
    v6(0x2620, 0x4f, 0x8000, 0, 48),
    v6(0x3fff, 0, 0, 0, 20),
    v6(0x5f00, 0, 0, 0, 16),
];

/// Global unicast IPv6; NAT64, IPv4-compatible, site-local and multicast addresses lie outside.
const GLOBAL: IpNet = v6(0x2000, 0, 0, 0, 3);

/// Which addresses may be connected to.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    allow_private: bool,
    allow: Arc<[IpNet]>,
}

impl Guard {
    pub(super) fn new(manners: &Manners) -> Self {
        Self { allow_private: manners.allow_private, allow: manners.allow.clone().into() }
    }

    /// Whether an address may be connected to. An IPv4 address in IPv6 clothes counts as what it is.
    pub(super) fn lets_in(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let within = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&ip));
        if within(&self.allow) {
            return true;
        }
        if within(&METADATA) || within(&NOWHERE) {
            return false;
        }
        if within(&PRIVATE) || LINK_LOCAL.contains(&ip) {
            return self.allow_private;
        }
        ip.is_ipv4() || GLOBAL.contains(&ip)
    }

    /// Checks what an address shows by itself: scheme, port, and a host that is written as a number.
    ///
    /// `home` are the source's own addresses, whose ports count beside 80 and 443.
    pub(super) fn check(&self, url: &Url, home: &[Url]) -> Result<(), FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            let reason = format!("{}: is not read, only http and https", url.scheme());
            return Err(FetchError::Redirect { url: url.clone(), reason });
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let known = home.iter().any(|own| own.port_or_known_default() == Some(port));
        if !matches!(port, 80 | 443) && !known {
            return Err(FetchError::Port { url: url.clone(), port });
        }
        let ip: IpAddr = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if self.lets_in(ip) {
            return Ok(());
        }
        Err(FetchError::Private { url: url.clone(), host: ip.to_string() })
    }
}

impl Guard {
    /// Checks where a proxy would be led: every address of a name that is known here. Names that only the proxy knows
    /// are its own to resolve, but for local ones.
    pub(super) async fn check_resolved(&self, url: &Url, resolver: &dyn Resolve) -> Result<(), FetchError> {
        let Some(Host::Domain(host)) = url.host() else { return Ok(()) };
        let private = |host: String| Err(FetchError::Private { url: url.clone(), host });
        let found = match host.parse::<Name>() {
            Ok(name) => resolver.resolve(name).await.ok(),
            Err(_) => None,
        };
        match found.map(|mut addresses| addresses.find(|address| !self.lets_in(address.ip()))) {
            Some(None) => Ok(()),
            Some(Some(inside)) => private(format!("{host} ({})", inside.ip())),
            None if self.is_reachable(url) => Ok(()),
            None => private(host.to_owned()),
        }
    }

    /// Whether an address leads where others may ask: a literal that is let in, or a name that is not a local one.
    pub(super) fn is_reachable(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(ip)) => self.lets_in(ip.into()),
            Some(Host::Ipv6(ip)) => self.lets_in(ip.into()),
            Some(Host::Domain(name)) => self.allow_private || name.contains('.') && !name.ends_with(".localhost"),
            None => false,
        }
    }
}

/// Resolves a name and keeps the addresses that may be connected to.
pub(super) struct Guarded {
    pub(super) guard: Guard,
    pub(super) resolver: Arc<dyn Resolve>,
}

/// A name has no address that may be connected to.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoPublicAddress(pub(super) String);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, host) = (self.guard.clone(), name.as_str().to_owned());
        let resolving = self.resolver.resolve(name);
        Box::pin(async move {
            let found: Vec<SocketAddr> = resolving.await?.collect();
            let let_in: Vec<SocketAddr> = found.iter().copied().filter(|address| guard.lets_in(address.ip())).collect();
            if let_in.is_empty() {
                let ips: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
                return Err(NoPublicAddress(format!("{host} ({})", ips.join(", "))).into());
            }
            Ok(Box::new(let_in.into_iter()) as Addrs)
        })
    }
}

/// The system's resolver.
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
