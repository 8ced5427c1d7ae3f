use crate::session::{AuditEvent, AuditSink, EndedBy};

/// An audit log that consists of [`tracing`](https://docs.rs/tracing) events, with the level `INFO` and the target
/// `jwt::audit`.
///
/// The message is `session event`, and the fields are those of the [`AuditEvent`]: `event`, `issuer`, `subject`,
/// `session`, `label`, `count`, and `ended_by`, as far as the event has them. These events contain the names of users. No
/// other event of this library does. Send the target to a place of its own if your logs must not contain them.
///
/// ```
/// use jwt_core::session::{MemorySessions, TracingAudit};
/// use jwt_core::{Config, JwtManager};
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default())
///     .secret(secret)
///     .session_store(MemorySessions::new())
///     .session_events(TracingAudit)
///     .build()?;
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingAudit;

impl AuditSink for TracingAudit {
    fn record(&self, event: &AuditEvent<'_>) {
        tracing::info!(
            target: "jwt::audit",
            event = event.kind().as_str(),
            issuer = event.issuer().as_deref(),
            subject = event.subject().as_deref(),
            session = event.session().as_deref(),
            label = event.label().as_deref(),
            count = event.count(),
            ended_by = event.ended_by().map(EndedBy::as_str),
            "session event"
        );
    }
}
