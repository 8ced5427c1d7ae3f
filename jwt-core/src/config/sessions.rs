//! The options of sessions.

use std::time::Duration;

use crate::Config;

impl Config {
    /// How long a session lasts, however much it is used (RFC 9700, 4.14.2). Default: 90 days; where users may be asked
    /// to log in once a month, NIST SP 800-63B recommends 30. From one second to 100 years.
    pub const fn session_expires(mut self, lifetime: Duration) -> Self {
        self.session_expires = lifetime;
        self
    }

    /// How long a session lasts without a refresh or a renewed cookie (RFC 9700, 4.14.2). Default: as long as refresh
    /// tokens. From one second to 100 years.
    pub const fn session_idle_expires(mut self, idle: Duration) -> Self {
        self.session_idle_expires = Some(idle);
        self
    }

    /// How long after its exchange a refresh token still gives the current one: to a second tab that refreshes at the same
    /// time, and to a client whose reply was lost. Default: 10 seconds. At most 60; zero is never, and then two
    /// tabs that refresh at once are taken for a theft.
    pub const fn rotation_grace(mut self, grace: Duration) -> Self {
        self.rotation_grace = grace;
        self
    }
}
