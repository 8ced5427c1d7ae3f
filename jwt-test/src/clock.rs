use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A clock that shows the same time until a test moves it. All clones show the same time.
///
/// Checks use the new time at once. `JwtManager::ends` waits in real time, so it can take up
/// to 10 seconds to notice that the clock has moved.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_test::FakeClock;
/// use jwt_test::jwt_core::{Config, JwtManager, keys::Secret};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = FakeClock::new(SystemTime::now());
/// let jwt = JwtManager::builder(Config::default())
///     .secret(&Secret::generate()?)
///     .clock(clock.reader())
///     .build()?;
///
/// let token = jwt.access_token("alice").expires_in(Duration::from_secs(60)).encode()?;
/// assert!(jwt.decode(&token).is_ok());
/// clock.advance(Duration::from_secs(60));
/// assert!(jwt.decode(&token).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<Mutex<SystemTime>>);

impl FakeClock {
    /// Creates a clock that shows this time.
    #[must_use]
    pub fn new(now: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Returns the time that the clock shows.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        *self.time()
    }

    /// Moves the clock forward.
    ///
    /// # Panics
    ///
    /// Panics if the system cannot represent the new time.
    pub fn advance(&self, by: Duration) {
        *self.time() += by;
    }

    /// Sets the clock to any time, also to an earlier one.
    pub fn set(&self, now: SystemTime) {
        *self.time() = now;
    }

    /// Returns a function that reads the clock, for
    /// [`JwtManagerBuilder::clock`](jwt_core::JwtManagerBuilder::clock) and
    /// [`FakeIssuerBuilder::clock`](crate::FakeIssuerBuilder::clock).
    pub fn reader(&self) -> impl Fn() -> SystemTime + Clone + Send + Sync + use<> + 'static {
        let clock = self.clone();
        move || clock.now()
    }

    fn time(&self) -> std::sync::MutexGuard<'_, SystemTime> {
        // A test that panics can still read its clock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
