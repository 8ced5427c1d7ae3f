/// The number of requests that a [`FakeIssuer`](crate::FakeIssuer) received, by document.
///
/// A request counts when it arrives. Each hop of a redirect counts. Requests that fail count, too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Hits {
    /// The requests for the discovery document, at any of its addresses.
    pub discovery: usize,
    /// The requests for the JWK set.
    pub jwks: usize,
    /// The requests for the certificate map.
    pub certificates: usize,
    /// The requests for anything else, which get the status 404.
    pub unknown: usize,
    /// Those of the requests above with `Cache-Control: no-cache`, which caches on the way must not answer.
    pub revalidating: usize,
}

impl Hits {
    /// Returns the number of all requests.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.discovery + self.jwks + self.certificates + self.unknown
    }
}
