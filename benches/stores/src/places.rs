//! The stores that are measured.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use jwt_core::session::{MemorySessions, Sessions};
use jwt_redis::{RedisSessions, Replicated};
use jwt_sqlx::{PostgresSessions, SqliteSessions};
use redis::InfoDict;
use redis::aio::MultiplexedConnection;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::Result;
use crate::fill;

/// A generous time limit, so a busy machine does not cause errors.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A place for several independent stores, each with its own name.
pub(crate) trait Place {
    type Store: Sessions + Clone;

    /// Creates an empty store.
    async fn open(&self, name: &str) -> Result<Self::Store>;

    async fn fill(&self, name: &str, store: &Self::Store, sessions: u64) -> Result<()>;

    async fn revoke(&self, name: &str, store: &Self::Store, tokens: u64) -> Result<()>;

    /// Returns the number of bytes that one store takes, or all of them together.
    async fn size(&self, name: &str) -> Result<u64>;
}

/// In this process.
pub(crate) struct Memory;

impl Place for Memory {
    type Store = MemorySessions;

    async fn open(&self, _: &str) -> Result<MemorySessions> {
        Ok(MemorySessions::with_limit(usize::MAX))
    }

    async fn fill(&self, _: &str, store: &MemorySessions, sessions: u64) -> Result<()> {
        fill::by_log_ins(store, sessions).await
    }

    async fn revoke(&self, _: &str, store: &MemorySessions, tokens: u64) -> Result<()> {
        fill::by_revocations(store, tokens).await
    }

    async fn size(&self, _: &str) -> Result<u64> {
        resident()
    }
}

/// Returns the resident memory of this process.
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    Ok(kilobytes.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
}

/// A file for each store, opened with default settings.
pub(crate) struct Sqlite(PathBuf);

impl Sqlite {
    pub(crate) fn new() -> Result<Self> {
        let folder = env::temp_dir().join(format!("jwt-bench-{}", process::id()));
        fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    async fn write(&self, name: &str, statements: impl Iterator<Item = String>) -> Result<()> {
        let mut connection = self.connection(name).await?;
        let mut transaction = connection.begin().await?;
        for statement in statements {
            sqlx::raw_sql(&statement).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(connection.close().await?)
    }

    async fn connection(&self, name: &str) -> Result<SqliteConnection> {
        Ok(SqliteConnection::connect(&format!("sqlite:{}", self.0.join(name).display())).await?)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Place for Sqlite {
    type Store = SqliteSessions;

    async fn open(&self, name: &str) -> Result<SqliteSessions> {
        Ok(SqliteSessions::builder().time_limit(TIME_LIMIT).open(self.0.join(name)).await?)
    }

    async fn fill(&self, name: &str, _: &SqliteSessions, sessions: u64) -> Result<()> {
        self.write(name, fill::session_rows("jwt_", sessions)).await
    }

    async fn revoke(&self, name: &str, _: &SqliteSessions, tokens: u64) -> Result<()> {
        self.write(name, fill::revoked_rows("jwt_", tokens)).await
    }

    async fn size(&self, name: &str) -> Result<u64> {
        let mut connection = self.connection(name).await?;
        let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let size: i64 = sqlx::query_scalar(size).fetch_one(&mut connection).await?;
        Ok(size.try_into()?)
    }
}

/// A server with default settings, and tables with a prefix for each store.
pub(crate) struct Postgres(jwt_test_servers::Postgres);

impl Postgres {
    pub(crate) fn start() -> Self {
        Self(jwt_test_servers::Postgres::start())
    }

    async fn connection(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.0.url()).await?)
    }

    async fn write(&self, statements: impl Iterator<Item = String>) -> Result<()> {
        let mut connection = self.connection().await?;
        let mut transaction = connection.begin().await?;
        for statement in statements {
            sqlx::raw_sql(&statement).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        // As the server does by itself after a while.
        sqlx::raw_sql("VACUUM ANALYZE").execute(&mut connection).await?;
        sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
        Ok(())
    }
}

impl Place for Postgres {
    type Store = PostgresSessions;

    async fn open(&self, name: &str) -> Result<PostgresSessions> {
        let builder = PostgresSessions::builder().time_limit(TIME_LIMIT).table_prefix(format!("{name}_"));
        Ok(builder.connect(&self.0.url()).await?)
    }

    async fn fill(&self, name: &str, _: &PostgresSessions, sessions: u64) -> Result<()> {
        self.write(fill::session_rows(&format!("{name}_"), sessions)).await
    }

    async fn revoke(&self, name: &str, _: &PostgresSessions, tokens: u64) -> Result<()> {
        self.write(fill::revoked_rows(&format!("{name}_"), tokens)).await
    }

    /// Including indexes.
    async fn size(&self, name: &str) -> Result<u64> {
        let [sessions, revoked] = ["sessions", "revoked"].map(|table| format!("{name}_{table}"));
        let size =
            format!("SELECT pg_total_relation_size('{sessions}') + pg_total_relation_size('{revoked}')");
        let size: i64 = sqlx::query_scalar(&size).fetch_one(&mut self.connection().await?).await?;
        Ok(size.try_into()?)
    }
}

/// A server with an append-only file, and keys with a prefix for each store.
pub(crate) struct Redis(jwt_test_servers::Redis);

impl Redis {
    pub(crate) fn start() -> Self {
        Self(jwt_test_servers::Redis::with(&["--appendonly", "yes"]))
    }

    /// When the server waits for the disk.
    pub(crate) async fn set_appendfsync(&self, when: &str) -> Result<()> {
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg("appendfsync").arg(when);
        Ok(command.exec_async(&mut self.connection().await?).await?)
    }

    async fn connection(&self) -> Result<MultiplexedConnection> {
        Ok(redis::Client::open(self.0.url())?.get_multiplexed_async_connection().await?)
    }
}

impl Place for Redis {
    type Store = RedisSessions;

    async fn open(&self, name: &str) -> Result<RedisSessions> {
        let builder = RedisSessions::builder().time_limit(TIME_LIMIT).key_prefix(name);
        Ok(builder.connect(&self.0.url()).await?)
    }

    async fn fill(&self, _: &str, store: &RedisSessions, sessions: u64) -> Result<()> {
        fill::by_log_ins(store, sessions).await
    }

    async fn revoke(&self, _: &str, store: &RedisSessions, tokens: u64) -> Result<()> {
        fill::by_revocations(store, tokens).await
    }

    async fn size(&self, _: &str) -> Result<u64> {
        let mut connection = self.connection().await?;
        let info: InfoDict = redis::cmd("INFO").arg("memory").query_async(&mut connection).await?;
        Ok(info.get("used_memory").ok_or("no used_memory")?)
    }
}

/// An in-memory copy of the data in Redis.
pub(crate) async fn copy(source: RedisSessions) -> Result<Replicated> {
    Ok(Replicated::builder().bound(TIME_LIMIT).copy(source).await?)
}
