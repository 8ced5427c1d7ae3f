use crate::algorithm::Algorithm;

/// What is wrong with a configuration or a key. Each text names the option and the mend; none shows a secret or a key.
///
/// [`JwtManagerBuilder::build`](crate::JwtManagerBuilder::build) makes one, and whatever reads keys or
/// the environment.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Tokens would be issued with an audience, and every token with an audience refused.
    #[error("encode_audience is set and decode_audience is not: own tokens would be refused; use audience()")]
    Audience,
    /// An option cannot have this value.
    #[error("{option} {problem}")]
    Invalid {
        /// The option.
        option: &'static str,
        /// What is wrong with it, and what to do.
        problem: &'static str,
    },
    /// A key is not what its place asks for.
    #[error("key: found {found}, expected {expected}")]
    Key {
        /// What was given, such as `an EC key on P-384`.
        found: Box<str>,
        /// What belongs there, such as `an EC key on P-256 for ES256`.
        expected: Box<str>,
    },
    /// There is nothing to sign or verify with, or the secret is empty.
    #[error(
        "no key: call .secret(…) on the builder, with one from `openssl rand -base64 48`, or .key_pair(…)"
    )]
    MissingKey,
    /// The secret can be guessed: it is too short.
    #[error(
        "secret has {found} bytes and {algorithm} needs {needed} (RFC 7518, 3.2): make one with `openssl rand -base64 48`, \
         or call insecure_short_secret() on the Config"
    )]
    ShortSecret {
        /// The algorithm with the longest hash among the configured ones.
        algorithm: Algorithm,
        /// Its least length in bytes.
        needed: usize,
        /// The length of the secret in bytes.
        found: usize,
    },
    /// A variable of the environment cannot have this value, or this name.
    #[error("{name} {problem}")]
    Variable {
        /// The variable.
        name: Box<str>,
        /// What is wrong with it, and what to do. Does not show the value.
        problem: Box<str>,
    },
    /// The secret can be guessed: it stands in a tutorial.
    #[error(
        "secret is one of those that everybody tries first: make one with `openssl rand -base64 48`, or call \
         insecure_short_secret() on the Config"
    )]
    WellKnownSecret,
}

impl ConfigError {
    pub(crate) const fn invalid(option: &'static str, problem: &'static str) -> Self {
        Self::Invalid { option, problem }
    }

    pub(crate) fn variable(name: impl Into<Box<str>>, problem: impl Into<Box<str>>) -> Self {
        Self::Variable { name: name.into(), problem: problem.into() }
    }

    pub(crate) fn key(found: impl Into<Box<str>>, expected: impl Into<Box<str>>) -> Self {
        Self::Key { found: found.into(), expected: expected.into() }
    }
}
