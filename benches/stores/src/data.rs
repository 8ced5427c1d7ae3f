//! The sessions. All names are derived from numbers, so they do not have to be stored.

use std::time::{Duration, SystemTime};

use jwt_core::session::{NewSession, Subject, TokenRef};

pub(crate) const PER_SUBJECT: u64 = 10;
pub(crate) const LABEL: &str = "Firefox on Linux";
/// The default lifetime of a refresh token: 30 days.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// Returns the name of a subject.
pub(crate) fn subject(number: u64) -> String {
    format!("user-{number}")
}

/// Returns pseudorandom bits, from SplitMix64.
pub(crate) fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Returns a random UUID, as the library uses for sessions and tokens.
fn uuid(kind: u64, number: u64) -> String {
    let (high, low) = (mixed(mixed(kind) ^ number), mixed(mixed(kind + 1000) ^ number));
    let (first, second, third) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
    format!(
        "{first:08x}-{second:04x}-4{third:03x}-8{:03x}-{:012x}",
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// A session.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) subject: String,
    pub(crate) id: String,
    /// The `jti` of the refresh token.
    pub(crate) current: String,
    /// The `jti` of the next refresh token.
    pub(crate) next: String,
    /// The `jti` of an access token.
    access: String,
}

impl Entry {
    pub(crate) fn new(number: u64) -> Self {
        let [id, current, next, access] = [1, 2, 3, 4].map(|kind| uuid(kind, number));
        Self { subject: subject(number / PER_SUBJECT), id, current, next, access }
    }

    fn subject(&self) -> Subject<'_> {
        Subject::new("", &self.subject)
    }

    pub(crate) fn access(&self) -> TokenRef<'_> {
        TokenRef::access(self.subject(), &self.id, &self.access).issued_at(SystemTime::now())
    }

    pub(crate) fn refresh(&self) -> TokenRef<'_> {
        TokenRef::refresh(self.subject(), &self.id, &self.current).issued_at(SystemTime::now())
    }

    pub(crate) fn log_in(&self, now: SystemTime) -> NewSession<'_> {
        NewSession::new(self.subject(), &self.id, &self.current, now + LIFETIME).label(LABEL)
    }
}

/// Returns the `jti` of a token to revoke.
pub(crate) fn revoked(number: u64) -> String {
    uuid(5, number)
}
