//! Servers with replicas. A failover loses the changes that no replica has received, so a server must not acknowledge
//! such changes for long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{
    MultipleNodeRoutingInfo, Route, RoutingInfo, SingleNodeRoutingInfo, Slot, SlotAddr,
};
use redis::{Cmd, ErrorKind, InfoDict, RedisError, ServerErrorKind, Value, from_redis_value_ref, pipe};
use tokio::sync::Mutex as Turn;
use tokio::time::Instant;

use crate::Error;

/// The longest `min-replicas-max-lag` that a store accepts, which is the default of Redis.
pub(crate) const LONGEST_LAG: Duration = Duration::from_secs(10);
/// `min-replicas-max-lag` has whole seconds, and zero turns it off.
const SHORTEST_LAG: Duration = Duration::from_secs(1);
/// How often a server is checked. Replicas can be added, and a cluster replaces its masters, without a new connection
/// that the store could notice.
const INTERVAL: Duration = Duration::from_secs(10);
/// The same for a server that the store must not use.
const INTERVAL_OF_A_PROBLEM: Duration = Duration::from_secs(1);

/// How long calls use what is known about a server, if no look returns.
const LONGEST_KNOWN: Duration = Duration::from_secs(30);

/// What the operator says about servers with replicas.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Replication {
    /// The store looks at the settings.
    Checked,
    /// Servers have this `min-replicas-max-lag`.
    Declared(Duration),
    /// It does not matter.
    Unchecked,
}

/// What a server does with changes that no replica receives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Found {
    /// It rejects them after this time. Zero if it has no replicas, so there is no failover either.
    HeldBack(Duration),
    /// It acknowledges them.
    Acknowledged,
    /// It does not tell.
    Unknown,
    /// It is a replica itself.
    Replica,
}

impl Found {
    /// Returns the lag, or an error if it is longer than a store accepts.
    fn judge(self) -> Result<Duration, Error> {
        match self {
            Self::HeldBack(lag) if lag <= LONGEST_LAG => Ok(lag),
            Self::HeldBack(_) | Self::Acknowledged => Err(Error::UnreplicatedWrites { longest: LONGEST_LAG }),
            Self::Unknown => Err(Error::ReplicationUnknown),
            Self::Replica => Err(Error::NotMaster),
        }
    }
}

/// A server that can be asked: the only one, the master of a key, or all masters of a cluster.
pub(crate) enum Node<'a> {
    Server(&'a mut MultiplexedConnection),
    Master(&'a mut ClusterConnection, &'a [u8]),
    AllMasters(&'a mut ClusterConnection),
}

impl Node<'_> {
    async fn ask(&mut self, command: Cmd) -> Result<Value, RedisError> {
        match self {
            Self::Server(connection) => command.query_async(*connection).await,
            Self::Master(connection, key) => {
                // Only the master of the key answers EXISTS. Any other node returns a redirection, for example because
                // it was the master when the client last looked.
                let mut both = pipe();
                both.cmd("EXISTS").arg(*key).add_command(command);
                let route = Route::with_slot(Slot::for_key(key), SlotAddr::Master);
                let replies =
                    connection.route_pipeline(both, 0, 2, SingleNodeRoutingInfo::SpecificNode(route)).await?;
                let mut replies: Vec<_> =
                    replies.into_iter().map(Value::extract_error).collect::<Result<_, _>>()?;
                Ok(replies.pop().unwrap_or(Value::Nil))
            }
            Self::AllMasters(connection) => {
                let route = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                connection.route_command(command, route).await
            }
        }
    }

    /// Returns the reply of each server. `None` if a server rejects the command.
    async fn ask_each(&mut self, words: &[&str]) -> Result<Option<Vec<Value>>, Error> {
        let mut command = Cmd::new();
        command.arg(words);
        match self.ask(command).await {
            Ok(Value::Map(replies)) if matches!(self, Self::AllMasters(_)) => {
                Ok(Some(replies.into_iter().map(|(_, reply)| reply).collect()))
            }
            Ok(reply) => Ok(Some(vec![reply])),
            Err(error) if is_rejected(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn look(&mut self) -> Result<Found, Error> {
        let Some(infos) = self.ask_each(&["INFO", "replication"]).await? else { return Ok(Found::Unknown) };
        let mut has_replicas = false;
        for info in infos {
            match role(&info) {
                Some(Role::Master { replicas }) => has_replicas |= replicas,
                Some(Role::Replica) => return Ok(Found::Replica),
                None => return Ok(Found::Unknown),
            }
        }
        if !has_replicas {
            return Ok(Found::HeldBack(Duration::ZERO));
        }
        // All masters of a cluster, including those without replicas: each of them can get the replica of another one.
        let Some(settings) = self.ask_each(&["CONFIG", "GET", "min-replicas-*"]).await? else {
            return Ok(Found::Unknown);
        };
        let mut longest = Duration::ZERO;
        for settings in settings {
            match held_back(&settings) {
                Found::HeldBack(lag) => longest = longest.max(lag),
                found => return Ok(found),
            }
        }
        Ok(Found::HeldBack(longest))
    }
}

/// Returns whether the server does not know the command or does not permit it. Managed servers do that to `CONFIG`.
fn is_rejected(error: &RedisError) -> bool {
    use ServerErrorKind::{NoPerm, ResponseError};
    matches!(error.kind(), ErrorKind::Server(NoPerm | ResponseError))
}

#[derive(Debug, Eq, PartialEq)]
enum Role {
    Master { replicas: bool },
    Replica,
}

/// Reads the reply to `INFO replication`.
fn role(info: &Value) -> Option<Role> {
    let text: String = from_redis_value_ref(info).ok()?;
    let info = InfoDict::new(&text);
    match &*info.get::<String>("role")? {
        "master" => {
            let connected: u64 = info.get("connected_slaves")?;
            // A master keeps the backlog for replicas that are cut off at the moment.
            let backlog = info.get::<String>("repl_backlog_active").is_some_and(|active| active != "0");
            Some(Role::Master { replicas: connected > 0 || backlog })
        }
        "slave" => Some(Role::Replica),
        _ => None,
    }
}

/// Reads the reply to `CONFIG GET min-replicas-*`.
fn held_back(settings: &Value) -> Found {
    let settings: HashMap<String, String> = from_redis_value_ref(settings).unwrap_or_default();
    let number = |name: &str| settings.get(name)?.parse::<u64>().ok();
    match (number("min-replicas-to-write"), number("min-replicas-max-lag")) {
        // Redis turns the check off if either of them is zero.
        (Some(1..), Some(lag @ 1..)) => Found::HeldBack(Duration::from_secs(lag)),
        (Some(_), Some(_)) => Found::Acknowledged,
        _ => Found::Unknown,
    }
}

/// What is known about the servers of a store. In a cluster, this is known for each slot that the store uses.
pub(crate) struct Replicas {
    replication: Replication,
    servers: Mutex<HashMap<Slot, Server>>,
}

#[derive(Default)]
struct Server {
    found: Option<Found>,
    /// When `found` was the case. `None` if the last look failed, or if the server may be a different one now.
    looked_at: Option<Instant>,
    /// Changes when the server may be a different one, so a look that began before does not count.
    generation: u64,
    /// Held by the caller that looks.
    turn: Arc<Turn<()>>,
}

/// Whether to look at a server.
enum Due {
    No,
    /// Calls still use what is known. One of them looks.
    Soon(Arc<Turn<()>>),
    /// No call uses the server before one has looked at it.
    Now(Arc<Turn<()>>),
}

impl Server {
    fn due(&self) -> Due {
        let (Some(found), Some(moment)) = (self.found, self.looked_at) else {
            return Due::Now(Arc::clone(&self.turn));
        };
        let interval = if found.judge().is_ok() { INTERVAL } else { INTERVAL_OF_A_PROBLEM };
        match moment.elapsed() {
            age if age < interval => Due::No,
            age if age < LONGEST_KNOWN => Due::Soon(Arc::clone(&self.turn)),
            _ => Due::Now(Arc::clone(&self.turn)),
        }
    }

    const fn forget(&mut self) {
        self.looked_at = None;
        self.generation = self.generation.wrapping_add(1);
    }
}

impl Replicas {
    pub(crate) fn new(replication: Replication) -> Result<Self, Error> {
        match replication {
            Replication::Declared(lag) if !(SHORTEST_LAG..=LONGEST_LAG).contains(&lag) => {
                Err(Error::DeclaredLag)
            }
            _ => Ok(Self { replication, servers: Mutex::default() }),
        }
    }

    fn servers(&self) -> MutexGuard<'_, HashMap<Slot, Server>> {
        self.servers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn due(&self, slot: Slot) -> Due {
        self.servers().entry(slot).or_default().due()
    }

    /// Makes every server due, because others may be the masters now. No call uses one before it has looked at it.
    pub(crate) fn look_again(&self) {
        self.servers().values_mut().for_each(Server::forget);
    }

    /// Looks at a server if it is time. Returns an error if the store must not use the server. Of the callers of a server
    /// that is due, one looks. If it gives up, the server is still due.
    pub(crate) async fn check(&self, slot: Slot, mut node: Node<'_>) -> Result<(), Error> {
        if matches!(self.replication, Replication::Checked) {
            // The server is due again if it may have become a different one during the look.
            loop {
                match self.due(slot) {
                    Due::No => break,
                    Due::Soon(turn) => {
                        // If another caller looks, this one does not wait for it.
                        let Ok(_turn) = turn.try_lock() else { break };
                        if matches!(self.due(slot), Due::Soon(_)) {
                            self.look(slot, &mut node).await?;
                        }
                    }
                    Due::Now(turn) => {
                        let _turn = turn.lock().await;
                        if !matches!(self.due(slot), Due::No) {
                            self.look(slot, &mut node).await?;
                        }
                    }
                }
            }
        }
        self.lag(slot).map(|_| ())
    }

    /// Looks at a server to which there is a new connection. It may be a different one, such as a replica that was
    /// promoted. A server that the store must not use is not an error yet, except a replica.
    pub(crate) async fn look_at_new(&self, slot: Slot, mut node: Node<'_>) -> Result<(), Error> {
        if !matches!(self.replication, Replication::Checked) {
            return Ok(());
        }
        self.servers().entry(slot).or_default().forget();
        self.look(slot, &mut node).await
    }

    async fn look(&self, slot: Slot, node: &mut Node<'_>) -> Result<(), Error> {
        let generation = self.servers().entry(slot).or_default().generation;
        let found = match node.look().await {
            Ok(Found::Replica) => Err(Error::NotMaster),
            found => found,
        };
        let mut servers = self.servers();
        let server = servers.entry(slot).or_default();
        if server.generation != generation {
            return found.map(|_| ());
        }
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                server.looked_at = None;
                return Err(error);
            }
        };
        server.looked_at = Some(Instant::now());
        let before = server.found.replace(found);
        drop(servers);
        if before.is_some_and(|before| before.judge().is_ok())
            && let Err(error) = found.judge()
        {
            tracing::error!(%error, "redis is not used until this is fixed");
        }
        Ok(())
    }

    /// Returns an error if the store must not use one of the masters.
    pub(crate) async fn look_at_all(&self, connection: &mut ClusterConnection) -> Result<(), Error> {
        if matches!(self.replication, Replication::Checked) {
            Node::AllMasters(connection).look().await?.judge()?;
        }
        Ok(())
    }

    /// Returns how long a server acknowledges changes that no replica receives, or an error if that is too long.
    pub(crate) fn lag(&self, slot: Slot) -> Result<Duration, Error> {
        match self.replication {
            Replication::Checked => {
                let found = self.servers().get(&slot).and_then(|server| server.found);
                found.ok_or(Error::Disconnected)?.judge()
            }
            Replication::Declared(lag) => Ok(lag),
            Replication::Unchecked => Ok(Duration::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use jwt_test_servers::Redis;

    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn a_master_has_replicas_even_if_they_are_cut_off() {
        let of = |lines: &[&str]| role(&text(&format!("# Replication\r\n{}\r\n", lines.join("\r\n"))));
        let alone = ["role:master", "connected_slaves:0", "repl_backlog_active:0"];
        assert_eq!(of(&alone), Some(Role::Master { replicas: false }));
        assert_eq!(of(&alone[..2]), Some(Role::Master { replicas: false }));
        for lines in [
            ["role:master", "connected_slaves:1", "repl_backlog_active:0"],
            ["role:master", "connected_slaves:0", "repl_backlog_active:1"],
        ] {
            assert_eq!(of(&lines), Some(Role::Master { replicas: true }));
        }
        assert_eq!(of(&["role:slave", "connected_slaves:0"]), Some(Role::Replica));
        for hidden in [&[][..], &["role:master"], &["connected_slaves:0"], &["role:sentinel"]] {
            assert_eq!(of(hidden), None, "{hidden:?}");
        }
        assert_eq!(role(&Value::Nil), None);
    }

    #[test]
    fn both_settings_have_to_be_on() {
        let of = |settings: &[&str]| held_back(&Value::Array(settings.iter().map(|one| text(one)).collect()));
        let both = |write, lag| of(&["min-replicas-to-write", write, "min-replicas-max-lag", lag]);
        assert_eq!(both("1", "10"), Found::HeldBack(Duration::from_secs(10)));
        assert_eq!(both("3", "1"), Found::HeldBack(Duration::from_secs(1)));
        for (write, lag) in [("0", "10"), ("1", "0"), ("0", "0")] {
            assert_eq!(both(write, lag), Found::Acknowledged);
        }
        assert_eq!(both("x", "10"), Found::Unknown);
        assert_eq!(of(&["min-replicas-to-write", "1"]), Found::Unknown);
        assert_eq!(of(&[]), Found::Unknown);
        assert_eq!(held_back(&Value::Nil), Found::Unknown);
    }

    /// Returns a connection to a server that has been looked at.
    async fn known(server: &Redis) -> (Arc<Replicas>, MultiplexedConnection) {
        let replicas = Arc::new(Replicas::new(Replication::Checked).unwrap());
        let client = redis::Client::open(server.url()).unwrap();
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await.unwrap();
        replicas.look_at_new(slot(), Node::Server(&mut connection)).await.unwrap();
        (replicas, connection)
    }

    fn slot() -> Slot {
        Slot::for_key("")
    }

    fn age(replicas: &Replicas, age: Duration) {
        replicas.servers().get_mut(&slot()).unwrap().looked_at = Instant::now().checked_sub(age);
    }

    /// The number of looks since the server started.
    async fn looks(connection: &MultiplexedConnection) -> usize {
        let stats = redis::cmd("INFO").arg("commandstats").query_async(&mut connection.clone()).await;
        let stats: String = stats.unwrap();
        let looks = stats.lines().find_map(|line| line.strip_prefix("cmdstat_info:calls="));
        looks.map_or(0, |rest| rest.split(',').next().unwrap().parse().unwrap())
    }

    /// Checks a hundred times at once while the server hangs. Returns how many were done before it went on.
    async fn check_at_once(
        server: &Redis,
        replicas: &Arc<Replicas>,
        connection: &MultiplexedConnection,
    ) -> usize {
        server.pause();
        let checks: Vec<_> = (0..100)
            .map(|_| {
                let (replicas, mut connection) = (Arc::clone(replicas), connection.clone());
                tokio::spawn(async move { replicas.check(slot(), Node::Server(&mut connection)).await })
            })
            .collect();
        // Each of them runs until it waits.
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        let done = checks.iter().filter(|check| check.is_finished()).count();
        server.resume();
        for check in checks {
            check.await.unwrap().unwrap();
        }
        done
    }

    #[tokio::test]
    async fn one_caller_looks_while_the_others_use_what_is_known() {
        let server = Redis::start();
        let (replicas, connection) = known(&server).await;
        let before = looks(&connection).await;
        age(&replicas, INTERVAL);
        assert_eq!(check_at_once(&server, &replicas, &connection).await, 99);
        // Counting them is an INFO, too.
        assert_eq!(looks(&connection).await, before + 2);
        assert!(matches!(replicas.due(slot()), Due::No));
    }

    #[tokio::test]
    async fn all_callers_wait_for_one_look_at_an_unknown_server() {
        let server = Redis::start();
        let (replicas, connection) = known(&server).await;
        for forget in [|replicas: &Replicas| age(replicas, LONGEST_KNOWN), Replicas::look_again] {
            let before = looks(&connection).await;
            forget(&replicas);
            assert_eq!(check_at_once(&server, &replicas, &connection).await, 0);
            assert_eq!(looks(&connection).await, before + 2);
        }
    }

    #[tokio::test]
    async fn a_look_that_is_given_up_does_not_count() {
        let server = Redis::start();
        let (replicas, mut connection) = known(&server).await;
        for old in [INTERVAL, LONGEST_KNOWN] {
            age(&replicas, old);
            server.pause();
            let check = replicas.check(slot(), Node::Server(&mut connection));
            assert!(tokio::time::timeout(Duration::from_millis(50), check).await.is_err());
            assert!(!matches!(replicas.due(slot()), Due::No));
            server.resume();
            replicas.check(slot(), Node::Server(&mut connection)).await.unwrap();
            assert!(matches!(replicas.due(slot()), Due::No));
        }
    }

    #[tokio::test]
    async fn a_look_at_a_server_that_may_be_another_one_by_then_does_not_count() {
        let server = Redis::start();
        let (replicas, connection) = known(&server).await;
        let before = looks(&connection).await;
        age(&replicas, INTERVAL);
        server.pause();
        let checking = {
            let (replicas, mut connection) = (Arc::clone(&replicas), connection.clone());
            tokio::spawn(async move { replicas.check(slot(), Node::Server(&mut connection)).await })
        };
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        replicas.look_again();
        server.resume();
        checking.await.unwrap().unwrap();
        assert_eq!(looks(&connection).await, before + 3, "it has looked again");
    }

    #[test]
    fn a_store_accepts_ten_seconds() {
        assert!(Found::HeldBack(Duration::from_secs(10)).judge().is_ok());
        assert!(Found::HeldBack(Duration::from_secs(11)).judge().is_err());
        for lag in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(11)] {
            assert!(matches!(Replicas::new(Replication::Declared(lag)), Err(Error::DeclaredLag)));
        }
        for lag in [1, 10] {
            let replicas = Replicas::new(Replication::Declared(Duration::from_secs(lag))).unwrap();
            assert_eq!(replicas.lag(Slot::for_key("")).unwrap(), Duration::from_secs(lag));
        }
    }
}
