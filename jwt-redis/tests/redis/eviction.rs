//! The store warns about settings that let a server lose data.

use jwt_redis::RedisSessions;
use jwt_test_servers::{Redis, RedisCluster};

use crate::shared::{Log, ask, open};

const WARNING: &str = "redis can evict sessions";

#[tokio::test]
async fn a_server_that_evicts_is_warned_of() {
    let server = Redis::with(&["--maxmemory", "100mb", "--maxmemory-policy", "noeviction"]);
    let log = Log::of_this_thread();
    open(&server).await;
    assert_eq!(log.count("WARN"), 0);
    assert_eq!(log.count("set appendonly yes"), 1);
    ask::<()>(&server.url(), "CONFIG SET maxmemory-policy allkeys-lru");
    open(&server).await;
    assert_eq!(log.count(WARNING), 1);
    assert_eq!(log.count("allkeys-lru"), 1);
}

#[tokio::test]
async fn so_is_every_node_of_a_cluster() {
    let cluster = RedisCluster::start();
    let urls = cluster.urls();
    for url in &urls[1..] {
        ask::<()>(url, "CONFIG SET maxmemory-policy allkeys-lru");
        ask::<()>(url, "CONFIG SET maxmemory 100mb");
    }
    let log = Log::of_this_thread();
    RedisSessions::builder().cluster(urls.iter().map(String::as_str)).await.unwrap();
    assert_eq!(log.count(WARNING), 2);
}
