//! Ids of tokens, derived from their numbers.

use jwt_core::session::{Subject, TokenRef};

/// Returns pseudorandom bits, from SplitMix64.
pub(crate) const fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Returns a random UUID, as the library uses for tokens.
pub(crate) fn id(number: u64) -> String {
    let (high, low) = (mixed(number), mixed(!number));
    let (first, second, third) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
    let (fourth, fifth) = ((low >> 48) & 0xfff, low & 0xffff_ffff_ffff);
    format!("{first:08x}-{second:04x}-4{third:03x}-8{fourth:03x}-{fifth:012x}")
}

pub(crate) fn token(id: &str) -> TokenRef<'_> {
    TokenRef::new(Subject::new("", "alice"), id)
}
