//! Opening a store, and purging it.

use std::time::{Duration, SystemTime};

use jwt_session::millis;

use crate::Error;
use crate::backend::Value::Number;
use crate::backend::{Backend, Writing};
use crate::contract::limited;
use crate::dialect::Dialect as _;
use crate::schema::Schema;

/// The time limit for opening a store, unless its tables have to be upgraded. It is longer than the time limit of a call,
/// because another process may be creating the tables.
pub(crate) const OPENING: Duration = Duration::from_secs(10);

/// The default of the time limit for an upgrade. An index of a large table takes minutes.
pub(crate) const UPGRADING: Duration = Duration::from_secs(600);

/// Returns whether there are tables of an older version.
pub(crate) async fn is_old(store: &impl Backend, schema: &Schema) -> Result<bool, Error> {
    if store.numbers(&schema.has_versions, &[]).await?.contains(&0) {
        return Ok(false);
    }
    let found = store.numbers(&schema.version, &[]).await?.into_iter().sum();
    Ok(!schema.missing(found)?.is_empty())
}

/// Creates or upgrades the tables in a single transaction. If two processes do so at once, one waits for the other.
pub(crate) async fn migrate(store: &impl Backend, schema: &Schema, limit: Duration) -> Result<(), Error> {
    let mut writing = store.begin(limit).await?;
    if let Some(lock) = &store.sql().lock_schema {
        writing.execute(lock, &[]).await?;
    }
    let found = if writing.numbers(&schema.has_versions, &[]).await?.contains(&0) {
        writing.define(&schema.create_versions).await?;
        0
    } else {
        writing.numbers(&schema.version, &[]).await?.into_iter().sum()
    };
    for (version, statements) in schema.missing(found)? {
        for statement in statements {
            writing.define(statement).await?;
        }
        writing.execute(&schema.add_version, &[Number(Some(version))]).await?;
    }
    writing.commit().await
}

/// Returns how many rows were removed.
pub(crate) async fn purge(store: &impl Backend, now: SystemTime) -> Result<u64, Error> {
    let mut removed = 0_u64;
    for statement in [&store.sql().purge_sessions, &store.sql().purge_revoked] {
        loop {
            let step = limited(store, async {
                loop {
                    match purge_step(store, statement, now).await {
                        // The step has rolled back, so a transaction that waited for it can go on.
                        Err(error) if error.is_waiting() => {}
                        step => return step,
                    }
                }
            });
            match step.await? {
                0 => break,
                rows => removed = removed.saturating_add(rows),
            }
        }
    }
    Ok(removed)
}

async fn purge_step<B: Backend>(store: &B, statement: &str, now: SystemTime) -> Result<u64, Error> {
    let mut writing = store.begin(store.time_limit()).await?;
    if let Some(setting) = B::Dialect::WAITS_BRIEFLY {
        writing.define(setting).await?;
    }
    let rows = writing.execute(statement, &[Number(Some(millis(now)))]).await?;
    writing.commit().await?;
    Ok(rows)
}
