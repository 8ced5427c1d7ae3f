//! What is done when a store is opened, and regularly.

use std::time::{Duration, SystemTime};

use jwt_session::millis;

use crate::Error;
use crate::backend::Value::Number;
use crate::backend::{Backend, Writing};
use crate::contract::limited;
use crate::schema;

/// How long opening may take: longer than a call, because another process may be making the tables.
pub(crate) const OPENING: Duration = Duration::from_secs(10);

/// Makes the tables or brings them up to date, all in one transaction: of two processes, one waits for the other.
pub(crate) async fn migrate<B: Backend>(store: &B) -> Result<(), Error> {
    let (prefix, sql) = (store.prefix(), store.sql());
    let mut writing = store.begin(OPENING).await?;
    if let Some(lock) = &sql.lock_schema {
        writing.execute(lock, &[]).await?;
    }
    let found = if writing.numbers(&sql.has_versions, &[]).await?.contains(&0) {
        writing.define(&schema::versions(prefix)).await?;
        0
    } else {
        writing.numbers(&sql.version, &[]).await?.into_iter().sum()
    };
    for (version, statements) in schema::missing::<B::Dialect>(prefix, found)? {
        for statement in statements {
            writing.define(&statement).await?;
        }
        writing.execute(&sql.add_version, &[Number(Some(version))]).await?;
    }
    writing.commit().await
}

/// Says how many rows were removed.
pub(crate) async fn purge(store: &impl Backend, now: SystemTime) -> Result<u64, Error> {
    let mut removed = 0_u64;
    for statement in [&store.sql().purge_sessions, &store.sql().purge_revoked] {
        loop {
            let step = limited(store, async {
                let mut writing = store.begin(store.time_limit()).await?;
                let rows = writing.execute(statement, &[Number(Some(millis(now)))]).await?;
                writing.commit().await?;
                Ok(rows)
            });
            match step.await? {
                0 => break,
                rows => removed = removed.saturating_add(rows),
            }
        }
    }
    Ok(removed)
}
