//! The rules for received tokens, compiled from the configuration or from an issuer.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::header::Typ;
use super::issuer_name::IssuerName;
use super::resource_uri::ResourceUri;
use crate::authority::Mapping;
use crate::keys::Algorithm;

/// The claims that this library writes and reads, in addition to the identity claim and the kind claim.
pub(crate) const REGISTERED: [&str; 8] = ["iat", "nbf", "exp", "iss", "aud", "sub", "jti", "fresh"];

/// The claim that holds the kind of a token, unless the configuration names a different one.
pub(crate) const TYPE: &str = "type";

/// The maximum number of claims among which the identity is looked for.
pub(crate) const MOST_IDENTITY_CLAIMS: usize = 4;

/// The index of a claim among those that are read. The kind claim and the identity claims follow them if they are not
/// among them.
#[inline(always)]
fn place_of(name: &str) -> Option<usize> {
    // As bytes, because the compiler compares those inline, without a call.
    Some(match name.as_bytes() {
        b"iat" => 0,
        b"nbf" => 1,
        b"exp" => 2,
        b"iss" => 3,
        b"aud" => 4,
        b"sub" => 5,
        b"jti" => 6,
        b"type" => 7,
        b"fresh" => 8,
        b"scope" => 9,
        b"client_id" => 10,
        b"csrf" => 11,
        b"sid" => 12,
        b"cnf" => 13,
        _ => return None,
    })
}

/// The index of the kind claim, unless it is `type`.
const KIND: usize = 14;

/// The index of the first identity claim.
const IDENTITY: usize = 15;

/// The number of claims that are read.
pub(super) const CLAIMS: usize = IDENTITY + MOST_IDENTITY_CLAIMS;

/// The rules that a token's claims must satisfy, compiled from the configuration. Each group of options creates its
/// part as a whole, so no rule can be forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) max_token_bytes: usize,
    /// The name, or the template, of the trusted issuer that the rules are for. `None` for the manager's own tokens.
    pub(crate) trusted: Option<Arc<str>>,
    /// The accepted algorithms. If empty, those of the keys.
    pub(crate) algorithms: Vec<Algorithm>,
    /// Whether `sid` names a session in our store.
    pub(crate) sessions: bool,
    pub(crate) claims: ClaimRules,
    pub(crate) leeways: Leeways,
    pub(crate) parties: PartyRules,
}

#[derive(Clone, Debug)]
pub(crate) struct ClaimRules {
    pub(crate) typ: Typ,
    pub(crate) kind: KindRule,
    pub(crate) identity: IdentityRule,
    pub(crate) required: Vec<Box<str>>,
    pub(crate) verify_sub: bool,
    pub(crate) ignore_unconfigured: bool,
    pub(crate) any_time: bool,
    pub(crate) any_fresh: bool,
    /// Whether to accept tokens with `cnf` as bearer tokens.
    pub(crate) ignore_confirmation: bool,
    /// Claims that must have certain values. Own tokens do not have any.
    pub(crate) conditions: Vec<Condition>,
    /// The claims that hold authorities. `None` means `scope`.
    pub(crate) authorities: Option<Arc<Mapping>>,
}

/// A claim whose value must be one of some strings. If there are none, it must be absent.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) name: Box<str>,
    pub(crate) values: Vec<Box<str>>,
    pub(crate) can_be_absent: bool,
}

/// The maximum number of claims that have conditions.
pub(crate) const MOST_CONDITIONS: usize = 8;

impl ClaimRules {
    /// The index of a claim among those that are read.
    #[inline(always)]
    pub(super) fn place_of(&self, name: &str) -> Option<usize> {
        place_of(name).or_else(|| self.place_of_named(name))
    }

    /// The index of a claim that only the configuration names.
    // Most tokens have few other claims, and the caller is smaller without this.
    #[cold]
    #[inline(never)]
    fn place_of_named(&self, name: &str) -> Option<usize> {
        let identity = self.identity.claims.iter().position(|claim| **claim == *name);
        match &self.kind {
            _ if identity.is_some() => identity.and_then(|index| index.checked_add(IDENTITY)),
            KindRule::Claim(kind) if *kind.name == *name => Some(KIND),
            _ => None,
        }
    }
}

/// The claims that can hold the identity.
#[derive(Clone, Debug)]
pub(crate) struct IdentityRule {
    /// The first one that a token has is its identity. There are at most [`MOST_IDENTITY_CLAIMS`].
    pub(crate) claims: Vec<Box<str>>,
    /// Whether an identity can be an empty string or null.
    pub(crate) can_be_empty: bool,
    /// Whether an identity can be a value other than a string or a number.
    pub(crate) can_be_any_value: bool,
}

impl IdentityRule {
    /// The identity in claims of any form.
    pub(crate) fn of<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        self.claims.iter().find_map(|name| claims.get(&**name))
    }
}

/// How the kind of a token is determined.
#[derive(Clone, Debug)]
pub(crate) enum KindRule {
    /// By a claim.
    Claim(KindClaim),
    /// By the `typ` header parameter. A token that [`Typ`] accepts is an access token.
    Header,
    /// By the audience. Every token that is not obviously something else is an access token.
    Audience,
    /// By the claims of OpenID Connect: every ID token counts as an access token.
    IdToken,
}

/// The claim that holds the kind, and its values.
#[derive(Clone, Debug)]
pub(crate) struct KindClaim {
    pub(crate) name: Arc<str>,
    pub(crate) access: Vec<Box<str>>,
    pub(crate) refresh: Vec<Box<str>>,
    /// Whether a token is an access token unless it has one of the values of refresh tokens.
    pub(crate) any_is_access: bool,
}

/// The tolerance for clock differences.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leeways {
    pub(crate) exp: Duration,
    pub(crate) nbf: Duration,
    pub(crate) iat: Duration,
}

/// The accepted issuers and audiences of a token.
#[derive(Clone, Debug)]
pub(crate) struct PartyRules {
    /// `None` if no issuer is expected. An empty list accepts nothing.
    pub(crate) issuers: Option<Vec<IssuerName>>,
    /// `None` if no audience is expected. An empty list accepts nothing.
    pub(crate) audiences: Option<Vec<Box<str>>>,
    /// The protected resource, if it is one of the audiences.
    pub(crate) resource: Option<ResourceUri>,
    /// The issuer whose subjects the tokens are about, whatever their `iss` says. `None` if their `iss` says it.
    pub(crate) subjects_of: Option<Box<str>>,
}

impl Rules {
    /// Whether an authority of these tokens has the prefix of a claim. Otherwise it is a scope.
    pub(crate) fn has_prefix(&self, authority: &str) -> bool {
        let default = || Mapping::default_of(self.trusted.is_none());
        self.claims.authorities.as_deref().unwrap_or_else(default).has_prefix(authority)
    }
}

impl PartyRules {
    /// The accepted audiences, and the resource if it is one of them. It is the only one if none is configured.
    pub(crate) fn audiences(
        configured: Option<Vec<Box<str>>>,
        resource: Option<ResourceUri>,
    ) -> (Option<Vec<Box<str>>>, Option<ResourceUri>) {
        match (configured, resource) {
            (None, Some(resource)) => (Some(vec![resource.as_str().into()]), Some(resource)),
            (configured, resource) => {
                let is_configured = |resource: &ResourceUri| {
                    configured.iter().flatten().any(|audience| resource.is(audience))
                };
                let resource = resource.filter(is_configured);
                (configured, resource)
            }
        }
    }
}
