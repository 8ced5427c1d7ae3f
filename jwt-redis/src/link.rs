//! The connection, which is replaced when it breaks.

use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::Slot;
use redis::sentinel::SentinelClient;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use tokio::sync::{Mutex, RwLock};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::Error;
use crate::replicas::{Node, Replicas};
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
    Cluster(Box<Cluster>),
    Server(Box<Server>),
}

pub(crate) struct Cluster {
    connection: ClusterConnection,
    replicas: Replicas,
}

impl Link {
    /// Returns an error if the store must not use one of the masters.
    pub(crate) async fn cluster(
        mut connection: ClusterConnection,
        replicas: Replicas,
        time_limit: Duration,
    ) -> Result<Self, Error> {
        let looked = timeout(time_limit, replicas.look_at_all(&mut connection)).await;
        looked.map_err(|_| Error::TimeLimit)??;
        Ok(Self::Cluster(Box::new(Cluster { connection, replicas })))
    }

    pub(crate) fn server(dial: Dial, replicas: Replicas, time_limit: Duration) -> Self {
        Self::Server(Box::new(Server {
            replicas,
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
            Self::Cluster(cluster) => {
                let sent = timeout_at(deadline, cluster.send(request, deadline)).await;
                sent.unwrap_or_else(|_| {
                    cluster.replicas.look_again();
                    Err(Error::TimeLimit)
                })
            }
            Self::Server(server) => server.send(request, deadline).await,
        }
    }

    /// Returns how long the server of a key acknowledges changes that no replica receives. Returns an error if that is
    /// too long, or if the server has not been used yet.
    pub(crate) fn lag(&self, key: &[u8]) -> Result<Duration, Error> {
        match self {
            Self::Cluster(cluster) => cluster.replicas.lag(Slot::for_key(key)),
            Self::Server(server) => server.replicas.lag(only()),
        }
    }
}

/// The slot that stands for the only server.
fn only() -> Slot {
    Slot::for_key("")
}

impl Cluster {
    /// Retries until the deadline while the cluster changes. The client does not retry by itself: it would repeat a
    /// script on a new master before the store has looked at it.
    async fn send<T: FromRedisValue>(&self, request: &Request<'_>, deadline: Instant) -> Result<T, Error> {
        let mut wait = SHORTEST_WAIT;
        loop {
            let failure = match self.send_once(request).await {
                Err(Error::Redis(failure)) if failure.is_temporary() => failure,
                sent => return sent,
            };
            self.replicas.look_again();
            if deadline.saturating_duration_since(Instant::now()) <= wait {
                return Err(Error::Redis(failure));
            }
            // Meanwhile, the client finds the new master or connects again.
            sleep(wait).await;
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }

    async fn send_once<T: FromRedisValue>(&self, request: &Request<'_>) -> Result<T, Error> {
        let mut connection = self.connection.clone();
        if let Request::Script(invocation) = request
            && let Some(key) = invocation.arguments.first()
        {
            self.replicas.check(Slot::for_key(key), Node::Master(&mut connection, key)).await?;
        }
        Ok(request.send(&mut connection).await?)
    }
}

/// How to find the server.
pub(crate) enum Dial {
    Address(Client),
    Sentinels(SentinelClient),
}

pub(crate) struct Server {
    replicas: Replicas,
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
        let sent = async {
            self.replicas.check(only(), Node::Server(&mut connection)).await?;
            Ok(request.send(&mut connection).await?)
        };
        match timeout_at(deadline, sent).await {
            Ok(Err(error)) => {
                let must_be_replaced = match &error {
                    Error::Redis(failure) => failure.is_broken(),
                    Error::NotMaster => true,
                    _ => false,
                };
                if must_be_replaced {
                    self.discard(generation).await;
                }
                Err(error)
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
        let mut connection = dialling.dial().await?;
        self.replicas.look_at_new(only(), Node::Server(&mut connection)).await?;
        dialling.succeeded();
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
        Ok(connection)
    }

    const fn succeeded(&mut self) {
        (self.failures, self.not_before) = (0, None);
    }
}
