//! The connection, which is replaced when it breaks.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::SentinelClient;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use tokio::sync::{Mutex, RwLock};
use tokio::time::{Instant, timeout_at};

use crate::Error;
use crate::scripts::Invocation;

/// The wait between a failed attempt and the next one. It doubles with each consecutive failure.
const SHORTEST_WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// A request to the server.
pub(crate) enum Request<'a> {
    Script(Invocation<'a>),
    Command(Cmd),
}

impl Request<'_> {
    async fn send<T: FromRedisValue>(&self, connection: &mut impl ConnectionLike) -> Result<T, RedisError> {
        match self {
            Self::Script(invocation) => match invocation.known().query_async(connection).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    invocation.whole().query_async(connection).await
                }
                sent => sent,
            },
            Self::Command(command) => command.query_async(connection).await,
        }
    }
}

/// A cluster client, which keeps track of the nodes itself, or a connection to a single server.
pub(crate) enum Link {
    Cluster(ClusterConnection),
    Server(Box<Server>),
}

impl Link {
    pub(crate) fn server(dial: Dial, time_limit: Duration) -> Self {
        Self::Server(Box::new(Server {
            dialling: Mutex::new(Dialling { dial, time_limit, failures: 0, not_before: None }),
            current: RwLock::new(Current { generation: 0, connection: None }),
        }))
    }

    pub(crate) async fn send<T: FromRedisValue>(
        &self,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<T, Error> {
        match self {
            Self::Cluster(connection) => {
                let sent = timeout_at(deadline, request.send(&mut connection.clone())).await;
                Ok(sent.map_err(|_| Error::TimeLimit)??)
            }
            Self::Server(server) => server.send(request, deadline).await,
        }
    }
}

/// How to find the server.
pub(crate) enum Dial {
    Address(Client),
    Sentinels(SentinelClient),
}

pub(crate) struct Server {
    dialling: Mutex<Dialling>,
    current: RwLock<Current>,
}

struct Dialling {
    dial: Dial,
    time_limit: Duration,
    failures: u32,
    not_before: Option<Instant>,
}

struct Current {
    generation: u64,
    connection: Option<MultiplexedConnection>,
}

impl Server {
    /// Retries once if the connection turns out to be broken. Every script can be repeated.
    async fn send<T: FromRedisValue>(&self, request: &Request<'_>, deadline: Instant) -> Result<T, Error> {
        match self.send_once(request, deadline).await {
            Err(Error::Redis(failure)) if failure.is_connection_dropped() => {
                match self.send_once(request, deadline).await {
                    // The first attempt broke the connection, and no new one could be made: report the cause.
                    Err(Error::Disconnected) => Err(Error::Redis(failure)),
                    sent => sent,
                }
            }
            sent => sent,
        }
    }

    async fn send_once<T: FromRedisValue>(
        &self,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<T, Error> {
        let connected = timeout_at(deadline, self.connection()).await;
        let (generation, mut connection) = connected.map_err(|_| Error::TimeLimit)??;
        match timeout_at(deadline, request.send(&mut connection)).await {
            Ok(Err(error)) => {
                if is_broken(&error) {
                    self.discard(generation).await;
                }
                Err(error.into())
            }
            Ok(Ok(value)) => Ok(value),
            Err(_) => {
                // The connection to a host that has failed does not return an error.
                self.discard(generation).await;
                Err(Error::TimeLimit)
            }
        }
    }

    async fn current(&self) -> Option<(u64, MultiplexedConnection)> {
        let current = self.current.read().await;
        Some((current.generation, current.connection.clone()?))
    }

    async fn connection(&self) -> Result<(u64, MultiplexedConnection), Error> {
        if let Some(current) = self.current().await {
            return Ok(current);
        }
        let mut dialling = self.dialling.lock().await;
        // Another caller has connected in the meantime.
        if let Some(current) = self.current().await {
            return Ok(current);
        }
        let connection = dialling.dial().await?;
        let mut current = self.current.write().await;
        current.generation = current.generation.wrapping_add(1);
        current.connection = Some(connection.clone());
        Ok((current.generation, connection))
    }

    async fn discard(&self, generation: u64) {
        let mut current = self.current.write().await;
        if current.generation == generation {
            current.connection = None;
        }
    }
}

impl Dialling {
    async fn dial(&mut self) -> Result<MultiplexedConnection, Error> {
        if self.not_before.is_some_and(|moment| Instant::now() < moment) {
            return Err(Error::Disconnected);
        }
        let wait = SHORTEST_WAIT.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        // Set before the attempt, in case its caller gives up.
        self.not_before = Instant::now().checked_add(wait);
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.time_limit))
            // Each call has its own time limit.
            .set_response_timeout(None);
        let connection = match &mut self.dial {
            Dial::Address(client) => client.get_multiplexed_async_connection_with_config(&config).await,
            Dial::Sentinels(client) => client.get_async_connection_with_config(&config).await,
        }?;
        (self.failures, self.not_before) = (0, None);
        Ok(connection)
    }
}

/// Returns whether the connection must be replaced because it is broken or the server is no longer the master.
fn is_broken(error: &RedisError) -> bool {
    let demoted = ErrorKind::Server(ServerErrorKind::ReadOnly);
    error.is_unrecoverable_error() || error.is_io_error() || error.kind() == demoted
}
