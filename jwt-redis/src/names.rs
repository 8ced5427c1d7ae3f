//! Hashes any text to a name of 16 bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_session::{Subject, TokenRef};
use sha2::{Digest as _, Sha256};

/// The first half of a SHA-256. To find a collision, an attacker who chooses both names needs 2^64 steps.
pub(crate) type Name = [u8; 16];

fn name(kind: u8, parts: &[&str]) -> Name {
    let mut hash = Sha256::new_with_prefix([kind]);
    for part in parts {
        // Hashes the length as well, so different parts never produce the same input.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let mut name = Name::default();
    for (byte, hashed) in name.iter_mut().zip(hash.finalize()) {
        *byte = hashed;
    }
    name
}

pub(crate) fn issuer(issuer: &str) -> Name {
    name(b'i', &[issuer])
}

pub(crate) fn subject(subject: Subject<'_>) -> Name {
    name(b'u', &[subject.issuer, subject.name])
}

/// Returns the name of an ended session's entry.
pub(crate) fn session(subject: Subject<'_>, id: &str) -> Name {
    name(b's', &[subject.issuer, subject.name, id])
}

/// Returns the name of a revoked token's entry, if the token has a `jti`.
pub(crate) fn token(token: TokenRef<'_>) -> Option<Name> {
    Some(name(b't', &[token.subject.issuer, token.id?]))
}

pub(crate) fn text(name: Name) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_not_joined_and_not_mistaken() {
        let of = |issuer, name, id| session(Subject::new(issuer, name), id);
        let all = [
            of("a", "b", "c"),
            of("ab", "", "c"),
            of("a", "bc", ""),
            of("", "ab", "c"),
            subject(Subject::new("a", "b")),
            subject(Subject::new("ab", "")),
            issuer("ab"),
            token(TokenRef::new(Subject::new("a", "x"), "b")).unwrap(),
            token(TokenRef::new(Subject::new("ab", "x"), "")).unwrap(),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| one != other));
        }
    }

    #[test]
    fn a_token_is_known_by_issuer_and_jti() {
        let of = |name| token(TokenRef::new(Subject::new("issuer", name), "id"));
        assert_eq!(of("one"), of("other"));
    }
}
