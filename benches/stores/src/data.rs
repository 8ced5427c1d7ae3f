//! The sessions, made from their numbers: whoever knows a number knows the session's names.

use std::time::{Duration, SystemTime};

use jwt_core::session::{NewSession, Subject, TokenRef};

pub(crate) const PER_SUBJECT: u64 = 10;
pub(crate) const LABEL: &str = "Firefox on Linux";
/// The default life of a refresh token: 30 days.
pub(crate) const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// What a subject's name is.
pub(crate) fn subject(number: u64) -> String {
    format!("user-{number}")
}

/// Bits without an order, of SplitMix64.
pub(crate) fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// As the library names sessions and tokens: a random UUID.
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
    /// The refresh token's `jti`.
    pub(crate) current: String,
    /// That of the next one.
    pub(crate) next: String,
    /// An access token's.
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

/// The `jti` of a token to be revoked.
pub(crate) fn revoked(number: u64) -> String {
    uuid(5, number)
}
