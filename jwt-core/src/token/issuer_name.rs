use crate::error::ConfigError;

/// The place of the tenant in a template.
const TENANT: &str = "{tenant}";

/// The maximum length of a tenant's name in bytes.
const MOST_OF_TENANT: usize = 64;

/// The expected `iss` of a token (RFC 7519, 4.1.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum IssuerName {
    /// Compared exactly.
    Exact(Box<str>),
    /// What precedes and what follows the name of a tenant, which is of `[A-Za-z0-9-]{1,64}`.
    Template { prefix: Box<str>, suffix: Box<str> },
}

impl IssuerName {
    pub(crate) fn exact(name: &str) -> Self {
        Self::Exact(name.into())
    }

    /// Reads a template, which contains `{tenant}` once.
    pub(crate) fn template(text: &str) -> Result<Self, ConfigError> {
        let parts = text.split_once(TENANT);
        let parts =
            parts.filter(|(prefix, suffix)| !prefix.is_empty() && !has_braces(prefix) && !has_braces(suffix));
        let Some((prefix, suffix)) = parts else {
            return Err(ConfigError::invalid(
                "Issuer::tenants",
                "must have a template that contains {tenant} once, after the start, and no other braces: write one such \
                 as https://login.example/{tenant}/v2.0",
            ));
        };
        Ok(Self::Template { prefix: prefix.into(), suffix: suffix.into() })
    }

    /// Whether a token can have this `iss`.
    #[inline(always)]
    pub(crate) fn matches(&self, iss: &str) -> bool {
        match self {
            Self::Exact(name) => **name == *iss,
            Self::Template { prefix, suffix } => tenant(prefix, suffix, iss).is_some(),
        }
    }

    /// The tenant in the `iss` of a token, if this is a template that matches it.
    pub(crate) fn tenant_of<'a>(&self, iss: &'a str) -> Option<&'a str> {
        match self {
            Self::Exact(_) => None,
            Self::Template { prefix, suffix } => tenant(prefix, suffix, iss),
        }
    }
}

/// Whether a text has braces, so it may be meant as a template.
pub(crate) fn has_braces(text: &str) -> bool {
    text.contains(['{', '}'])
}

fn tenant<'a>(prefix: &str, suffix: &str, iss: &'a str) -> Option<&'a str> {
    let tenant = iss.strip_prefix(prefix)?.strip_suffix(suffix)?;
    let is_name = (1..=MOST_OF_TENANT).contains(&tenant.len());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (is_name && tenant.bytes().all(fits)).then_some(tenant)
}
