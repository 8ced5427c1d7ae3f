use std::fmt;
use std::sync::Arc;

/// The number of characters of a text from outside that an error shows.
const SHOWN: usize = 100;

/// The reason why the keys of an issuer could not be fetched.
///
/// The message is for the operator: it names the address, says what happened, and says what to change. It never contains
/// a token, a key, or a claim. Texts from documents are escaped and cut to 100 characters.
/// [`RemoteIssuer`](crate::RemoteIssuer) logs the error of each failed attempt at the `WARN` level. Clients never see it.
#[derive(Clone)]
pub struct FetchError(Arc<Inner>);

struct Inner {
    kind: FetchErrorKind,
    text: Box<str>,
    /// Whether it is the server's answer that there is no such document.
    is_absent: bool,
}

/// The kind of a [`FetchError`], such as for a metric.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// An address is not permitted: it is not `https`, or it leads to the loopback interface.
    Address,
    /// 1,000 requests are already waiting for the keys.
    Busy,
    /// The discovery document is not what it must be, such as HTML or JSON without the expected members.
    Document,
    /// A file can't be read.
    File,
    /// The discovery document is that of a different issuer.
    Issuer,
    /// The keys are not usable: there is something else at their address, such as HTML, there are none, there are private
    /// ones, or a set ignores `kid`.
    Keys,
    /// The [`Fetch`](crate::Fetch) panicked, or the runtime that it ran on has stopped.
    Stopped,
    /// The response has a status other than 200.
    Status,
    /// The fetch took longer than its [limit](crate::RemoteIssuerBuilder::timeout).
    TimedOut,
    /// A document is larger than 256 KiB.
    TooLarge,
    /// The server can't be reached, or the connection broke.
    Unreachable,
}

impl FetchErrorKind {
    /// Returns the name of the kind in lowercase, such as `timed_out`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Busy => "busy",
            Self::Document => "document",
            Self::File => "file",
            Self::Issuer => "issuer",
            Self::Keys => "keys",
            Self::Stopped => "stopped",
            Self::Status => "status",
            Self::TimedOut => "timed_out",
            Self::TooLarge => "too_large",
            Self::Unreachable => "unreachable",
        }
    }
}

impl FetchError {
    pub(crate) fn new(kind: FetchErrorKind, text: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner { kind, text: text.into(), is_absent: kind == FetchErrorKind::Document }))
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> FetchErrorKind {
        self.0.kind
    }

    /// Whether another form of the discovery address can help.
    pub(crate) fn is_absent(&self) -> bool {
        self.0.is_absent
    }

    pub(crate) fn address(address: &str, problem: &str) -> Self {
        Self::new(FetchErrorKind::Address, format!("{} {problem}", shown_address(address)))
    }

    pub(crate) fn blocked(limit: std::time::Duration) -> Self {
        Self::new(
            FetchErrorKind::TimedOut,
            format!(
                "no result within {limit:?}: the thread that fetches the keys is blocked, so do not block a runtime"
            ),
        )
    }

    pub(crate) fn busy() -> Self {
        Self::new(
            FetchErrorKind::Busy,
            "1,000 requests are already waiting for the keys: find out why the issuer is slow",
        )
    }

    pub(crate) fn document(address: &str, problem: impl fmt::Display) -> Self {
        Self::new(FetchErrorKind::Document, format!("{} {problem}", shown_address(address)))
    }

    pub(crate) fn file(path: &str, problem: impl fmt::Display) -> Self {
        Self::new(FetchErrorKind::File, format!("cannot read the file {}: {problem}", shown(path)))
    }

    pub(crate) fn keys(address: &str, problem: impl fmt::Display) -> Self {
        Self::new(
            FetchErrorKind::Keys,
            format!("the keys at {} are not usable: {problem}", shown_address(address)),
        )
    }

    pub(crate) fn panicked() -> Self {
        Self::new(
            FetchErrorKind::Stopped,
            "the client panicked: see the message of the panic, and fix the Fetch, or enable the timer and I/O of the \
             tokio runtime (enable_all)",
        )
    }

    pub(crate) fn stopped() -> Self {
        Self::new(FetchErrorKind::Stopped, "the runtime that fetched the keys has stopped")
    }

    pub(crate) fn status(address: &str, status: http::StatusCode) -> Self {
        let advice = match status.as_u16() {
            401 | 403 => "if the server requires authentication, configure it; otherwise, check the address",
            404 | 410 => "check the address",
            429 => "the server limits requests, and the next attempt follows by itself",
            500..=599 => "the server has an error, and the next attempt follows by itself",
            300..=399 => "redirect to an address with https, or configure the final address",
            _ => "check the address and the server",
        };
        let text = format!("{} responded with {}: {advice}", shown_address(address), status.as_u16());
        let is_absent = status.is_client_error() && status != http::StatusCode::TOO_MANY_REQUESTS;
        Self(Arc::new(Inner { kind: FetchErrorKind::Status, text: text.into(), is_absent }))
    }

    pub(crate) fn timed_out(limit: std::time::Duration) -> Self {
        Self::new(
            FetchErrorKind::TimedOut,
            format!(
                "no keys within {limit:?}, including all redirects and documents: find out why the issuer is slow, or \
                 raise the timeout"
            ),
        )
    }

    pub(crate) fn too_large(address: &str, limit: usize) -> Self {
        Self::new(
            FetchErrorKind::TooLarge,
            format!(
                "{} is larger than {limit} bytes: check that it is the right address",
                shown_address(address)
            ),
        )
    }

    pub(crate) fn unreachable(address: &str, problem: &str) -> Self {
        Self::request(FetchErrorKind::Unreachable, address, problem)
    }

    pub(crate) fn request(kind: FetchErrorKind, address: &str, problem: &str) -> Self {
        let advice = match kind {
            FetchErrorKind::Address => "redirect to an address with https, or configure the final address",
            FetchErrorKind::TimedOut => "find out why the issuer is slow, or raise the timeout",
            _ => "check the address, DNS, the proxy, and certificates",
        };
        Self::new(kind, format!("cannot fetch {}: {}: {advice}", shown_address(address), shown_long(problem)))
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

// `main` prints its error with `Debug`.
impl fmt::Debug for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for FetchError {}

/// A text from outside, so that a log line stays one line of bounded length.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// An address without the parts that can contain credentials: the user and the query.
pub(crate) fn shown_address(address: &str) -> String {
    let (address, rest) = match address.find(['?', '#']) {
        Some(end) => (address.get(..end).unwrap_or_default(), "?…"),
        None => (address, ""),
    };
    let (scheme, host) = address.split_once("//").unwrap_or(("", address));
    let authority = host.split('/').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, _)) => {
            let host = host.get(user.len()..).unwrap_or_default();
            format!("{}{rest}", shown(&format!("{scheme}//…{host}")))
        }
        None => format!("{}{rest}", shown(address)),
    }
}

/// The same for the text of an error of a library, whose last part says most.
fn shown_long(text: &str) -> String {
    text.chars().take(400).flat_map(char::escape_debug).collect()
}

/// An error with its causes, each of which adds something.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    // An error could be its own cause.
    for _ in 0..8 {
        let Some(cause) = next else { break };
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        next = cause.source();
    }
    text
}
