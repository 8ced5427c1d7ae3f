//! Detects settings that let a server lose acknowledged data.

use redis::{InfoDict, Value, from_redis_value_ref};

/// Logs a warning for each setting that lets a server lose acknowledged data.
pub(crate) fn warn(info: &Value) {
    // In a cluster, each node sends its own reply.
    let nodes: Vec<&Value> = match info {
        Value::Map(nodes) => nodes.iter().map(|(_, info)| info).collect(),
        one => vec![one],
    };
    for node in nodes {
        let Ok(text) = from_redis_value_ref::<String>(node) else { continue };
        let info = InfoDict::new(&text);
        if let Some(policy) = evicting(&info) {
            tracing::warn!(
                maxmemory_policy = policy,
                "redis can evict sessions and revoked tokens when its memory is full: set maxmemory-policy noeviction"
            );
        }
        if info.get::<String>("aof_enabled").is_some_and(|enabled| enabled == "0") {
            tracing::info!("redis loses sessions and revoked tokens when it restarts: set appendonly yes");
        }
    }
}

/// Returns the eviction policy, if the server has a memory limit and the policy evicts.
fn evicting(info: &InfoDict) -> Option<String> {
    let limit: u64 = info.get("maxmemory")?;
    let policy: String = info.get("maxmemory_policy")?;
    (limit > 0 && policy != "noeviction").then_some(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(limit: u64, policy: &str) -> Option<String> {
        evicting(&InfoDict::new(&format!("# Memory\r\nmaxmemory:{limit}\r\nmaxmemory_policy:{policy}\r\n")))
    }

    #[test]
    fn a_policy_evicts_at_a_limit() {
        for policy in ["allkeys-lru", "allkeys-random", "volatile-lru", "volatile-ttl"] {
            assert_eq!(of(1_000_000, policy).as_deref(), Some(policy));
            assert_eq!(of(0, policy), None);
        }
        assert_eq!(of(1_000_000, "noeviction"), None);
        assert_eq!(evicting(&InfoDict::new("")), None);
    }
}
