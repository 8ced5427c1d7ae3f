use crate::contract::audit::assert_append_only;

#[tokio::test]
async fn events_are_only_added() {
    assert_append_only(&[
        "REPLACE INTO jwt_audit (id, at, event) VALUES (2, 0, 'x')",
        "INSERT INTO jwt_audit (id, at, event) VALUES (2, 0, 'x') ON CONFLICT (id) DO UPDATE SET event = 'x'",
        // A purge only permits the deletion of older events.
        "BEGIN; INSERT INTO jwt_audit_purges VALUES (1700000001000); DELETE FROM jwt_audit",
    ])
    .await;
}
