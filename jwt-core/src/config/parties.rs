//! Issuers and audiences.

use super::claims::no_empty_name;
use super::group::{Group, flask, own, same};
use super::setter::Setter::{OneOrMore, Text, TextOrNone};
use crate::Config;
use crate::error::ConfigError;
use crate::token::{IssuerName, Issuing, PartyRules, ResourceUri};

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(super) encode_audience: Vec<String>,
    /// `None` if no audience is expected. An empty list accepts nothing.
    pub(super) decode_audience: Option<Vec<String>>,
    pub(super) encode_issuer: Option<String>,
    pub(super) decode_issuer: Option<Vec<String>>,
}

/// Audiences and issuers.
impl Config {
    /// Sets the audience of issued tokens, and requires it in received ones. Default: none.
    ///
    /// This calls [`encode_audience`](Self::encode_audience) and [`decode_audience`](Self::decode_audience).
    pub fn audience(self, audience: impl Into<String>) -> Self {
        let audience = audience.into();
        self.encode_audience([audience.clone()]).decode_audience([audience])
    }

    /// Sets the `aud` of issued tokens (RFC 7519, 4.1.3). Default: none. The names must not be empty.
    ///
    /// A single audience is written as a string, several as a list. [`decode_audience`](Self::decode_audience) must be
    /// set as well, unless [`ignore_unconfigured_claims`](Self::ignore_unconfigured_claims) is.
    pub fn encode_audience<S: Into<String>>(mut self, audience: impl IntoIterator<Item = S>) -> Self {
        self.parties.encode_audience = audience.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the accepted audiences. A token's `aud` must contain at least one of them (RFC 7519, 4.1.3).
    ///
    /// Default: none. A token must then not have an `aud`, unless
    /// [`ignore_unconfigured_claims`](Self::ignore_unconfigured_claims) is set. The names must not be empty. An empty
    /// list accepts no token.
    pub fn decode_audience<S: Into<String>>(mut self, audience: impl IntoIterator<Item = S>) -> Self {
        self.parties.decode_audience = Some(audience.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the issuer of issued tokens, and requires it in received ones. Default: none.
    ///
    /// This calls [`encode_issuer`](Self::encode_issuer) and [`decode_issuer`](Self::decode_issuer).
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        let issuer = issuer.into();
        self.encode_issuer(issuer.clone()).decode_issuer([issuer])
    }

    /// Sets the `iss` of issued tokens (RFC 7519, 4.1.1). Default: none.
    pub fn encode_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.parties.encode_issuer = Some(issuer.into());
        self
    }

    /// Sets the accepted issuers. A token's `iss` must be exactly one of them (RFC 7519, 4.1.1).
    ///
    /// Default: not checked. The names must not be empty. An empty list accepts no token.
    ///
    /// Session stores keep the sessions and revoked tokens of all these issuers under one name: that of
    /// [`encode_issuer`](Self::encode_issuer) or, if it is not set, this one. With a store and several names,
    /// `encode_issuer` is therefore required, even if the manager only verifies tokens. Managers that share a store must
    /// agree on it. If it changes, earlier sessions end.
    pub fn decode_issuer<S: Into<String>>(mut self, issuers: impl IntoIterator<Item = S>) -> Self {
        self.parties.decode_issuer = Some(issuers.into_iter().map(Into::into).collect());
        self
    }
}

pub(super) const GROUP: Group = Group {
    fields: &[
        own("audience", Text(Config::audience)),
        flask(
            "encode_audience",
            "JWT_ENCODE_AUDIENCE",
            OneOrMore(|config, audience| config.encode_audience(audience.unwrap_or_default())),
        ),
        flask(
            "decode_audience",
            "JWT_DECODE_AUDIENCE",
            OneOrMore(|mut config, audience| {
                config.parties.decode_audience = audience;
                config
            }),
        ),
        own("issuer", Text(Config::issuer)),
        flask(
            "encode_issuer",
            "JWT_ENCODE_ISSUER",
            TextOrNone(|mut config, issuer| {
                config.parties.encode_issuer = issuer;
                config
            }),
        ),
        flask(
            "decode_issuer",
            "JWT_DECODE_ISSUER",
            OneOrMore(|mut config, issuers| {
                config.parties.decode_issuer = issuers;
                config
            }),
        ),
    ],
    flask: same,
    check,
};

fn check(config: &Config) -> Result<(), ConfigError> {
    let options = &config.parties;
    let expected = options.decode_audience.as_deref().unwrap_or_default();
    no_empty_name("encode_audience", &options.encode_audience)?;
    no_empty_name("decode_audience", expected)?;
    no_empty_name("decode_issuer", options.decode_issuer.as_deref().unwrap_or_default())?;
    // If no audience is expected, tokens with an audience are rejected. This would include our own.
    let refused = expected.is_empty() && !config.claims.ignore_unconfigured_claims;
    if refused && !options.encode_audience.is_empty() { Err(ConfigError::Audience) } else { Ok(()) }
}

/// Checks that it is clear under which issuer a store keeps the users. A manager that looked for revoked tokens under
/// another one would not find them.
pub(super) fn check_subjects(config: &Config) -> Result<(), ConfigError> {
    let options = &config.parties;
    if options.encode_issuer.is_none()
        && options.decode_issuer.as_deref().is_some_and(|names| names.len() > 1)
    {
        return Err(ConfigError::invalid(
            "decode_issuer",
            "names several issuers, and the store keeps the users under one of them: call encode_issuer with that one",
        ));
    }
    Ok(())
}

impl Options {
    /// The issuer of our own subjects, as stores know it: the name in which this manager issues tokens or, if it only
    /// verifies them, the one that it accepts. Without a store, it does not matter.
    fn subjects_of(&self) -> &str {
        let accepted = || self.decode_issuer.as_deref().and_then(<[_]>::first);
        self.encode_issuer.as_ref().or_else(accepted).map_or("", |name| name)
    }

    pub(super) fn rules(&self, resource: Option<ResourceUri>) -> PartyRules {
        let (audiences, resource) =
            PartyRules::audiences(self.decode_audience.as_deref().map(super::boxes), resource);
        PartyRules {
            issuers: self
                .decode_issuer
                .as_deref()
                .map(|names| names.iter().map(|name| IssuerName::exact(name)).collect()),
            audiences,
            resource,
            subjects_of: Some(self.subjects_of().into()),
        }
    }

    pub(super) fn issue_rules(&self, resource: Option<ResourceUri>) -> Issuing {
        let mut audience = super::boxes(&self.encode_audience);
        let accepted = PartyRules::audiences(self.decode_audience.as_deref().map(super::boxes), resource).1;
        if let (true, Some(resource)) = (audience.is_empty(), accepted) {
            audience.push(resource.as_str().into());
        }
        Issuing {
            audience,
            issuer: self.encode_issuer.as_deref().map(Into::into),
            subjects_of: self.subjects_of().into(),
        }
    }
}
