use std::fmt;

use jwt_core::{EncodeError, JwtManager, SetCookies};
use serde_json::{Value, json};

use crate::start::{Error, Options, manager};

/// What all requests share.
#[derive(Clone, Debug)]
pub struct Quickstart {
    jwt: JwtManager,
    cookies: bool,
}

impl Quickstart {
    /// As the command line says.
    ///
    /// # Errors
    /// The secret cannot be used.
    pub fn new(options: &Options) -> Result<Self, Error> {
        Ok(Self { jwt: manager(options)?, cookies: options.cookies })
    }

    /// The manager, for what checks tokens.
    #[must_use]
    pub const fn jwt(&self) -> &JwtManager {
        &self.jwt
    }

    /// Whether clients keep their tokens in cookies.
    pub(crate) const fn uses_cookies(&self) -> bool {
        self.cookies
    }

    /// Both tokens, for a user who has just given the password.
    ///
    /// # Errors
    /// As of [`encode`](jwt_core::TokenBuilder::encode).
    pub fn log_in(&self, user: &str) -> Result<Issued<'_>, EncodeError> {
        let access = self.jwt.access_token(user).fresh().encode()?;
        let refresh = self.jwt.refresh_token(user).encode()?;
        Ok(Issued { quickstart: self, access, refresh: Some(refresh) })
    }

    /// Another access token, for a user who has shown a refresh token.
    ///
    /// # Errors
    /// As of [`encode`](jwt_core::TokenBuilder::encode).
    pub fn renew(&self, user: &str) -> Result<Issued<'_>, EncodeError> {
        // Not fresh: nobody has given a password just now.
        let access = self.jwt.access_token(user).encode()?;
        Ok(Issued { quickstart: self, access, refresh: None })
    }
}

/// New tokens, and how the client gets them: in the body or, with `--cookies`, in cookies.
pub struct Issued<'a> {
    quickstart: &'a Quickstart,
    access: String,
    refresh: Option<String>,
}

impl Issued<'_> {
    /// The body of the answer.
    #[must_use]
    pub fn body(&self) -> Value {
        let Self { access, refresh, .. } = self;
        match (self.quickstart.cookies, refresh) {
            (false, Some(refresh)) => json!({ "access_token": access, "refresh_token": refresh }),
            (false, None) => json!({ "access_token": access }),
            // No token: scripts read bodies, and are not to have it.
            (true, Some(_)) => json!({ "login": true }),
            (true, None) => json!({ "refresh": true }),
        }
    }

    /// The cookies of the answer, if the tokens are in cookies.
    #[must_use]
    pub fn cookies(&self) -> Option<SetCookies<'_>> {
        let Self { quickstart: Quickstart { jwt, cookies }, access, refresh } = self;
        let access = cookies.then(|| jwt.access_cookies(access))?;
        Some(match refresh {
            Some(refresh) => access.and(jwt.refresh_cookies(refresh)),
            None => access,
        })
    }
}

// A derived one would show the tokens.
impl fmt::Debug for Issued<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").finish_non_exhaustive()
    }
}
