-- An outbox as version 1 of its tables had it, and the rows that the program of that version wrote:
-- events that were delivered, rejected, tried once, claimed, and begun; two of one order; one that waits.
CREATE TABLE portcall_outbox (version INTEGER NOT NULL, identity TEXT NOT NULL);
CREATE TABLE portcall_outbox_connections (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    parked TEXT, parked_us BIGINT, generation BIGINT,
    failures INTEGER NOT NULL DEFAULT 0, opens_us BIGINT NOT NULL DEFAULT 0,
    trouble TEXT NOT NULL DEFAULT '');
CREATE TABLE portcall_outbox_plans (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE, plan TEXT NOT NULL);
CREATE TABLE portcall_outbox_lanes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, connection_id BIGINT NOT NULL,
    action TEXT NOT NULL, plan_id BIGINT NOT NULL, pipeline TEXT NOT NULL,
    UNIQUE (connection_id, action, plan_id, pipeline));
CREATE TABLE portcall_outbox_counts (
    lane_id BIGINT NOT NULL, state SMALLINT NOT NULL, events BIGINT NOT NULL,
    size BIGINT NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE SEQUENCE portcall_outbox_ids;
CREATE TABLE portcall_outbox_events (
    id BIGINT PRIMARY KEY, lane_id BIGINT NOT NULL, state SMALLINT NOT NULL,
    due_us BIGINT NOT NULL, put_us BIGINT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    size BIGINT NOT NULL, claim_id BIGINT, ended_us BIGINT,
    message_id TEXT, message_digest BYTEA, ordering_key TEXT, order_digest BYTEA,
    outcome TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    field TEXT NOT NULL DEFAULT '') WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE TABLE portcall_outbox_bodies (id BIGINT PRIMARY KEY, data TEXT NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE TABLE portcall_outbox_claims (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lane_id BIGINT NOT NULL,
    connection_id BIGINT NOT NULL, until_us BIGINT NOT NULL) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX portcall_outbox_due ON portcall_outbox_events (lane_id, due_us, id)
    WHERE state = 0;
CREATE INDEX portcall_outbox_order ON portcall_outbox_events (order_digest, id)
    WHERE order_digest IS NOT NULL AND state < 4;
CREATE INDEX portcall_outbox_order_busy ON portcall_outbox_events (order_digest)
    WHERE order_digest IS NOT NULL AND state IN (2, 3);
CREATE UNIQUE INDEX portcall_outbox_seen ON portcall_outbox_events (message_digest, lane_id)
    WHERE message_digest IS NOT NULL;
CREATE INDEX portcall_outbox_claimed ON portcall_outbox_events (claim_id)
    WHERE claim_id IS NOT NULL;
CREATE INDEX portcall_outbox_ended ON portcall_outbox_events (state, ended_us)
    WHERE state > 3;
INSERT INTO portcall_outbox VALUES (1, 'b2264ee6f4d30c7d3b66e5f4910db042');
INSERT INTO portcall_outbox_connections OVERRIDING SYSTEM VALUE VALUES (1, 'shop', NULL, NULL, NULL, 0, 0, '');
INSERT INTO portcall_outbox_plans OVERRIDING SYSTEM VALUE VALUES (1, '\x44136fa355b3678a1146ad16f7e8649e', '{}');
INSERT INTO portcall_outbox_lanes OVERRIDING SYSTEM VALUE VALUES (1, 1, 'track', 1, '');
INSERT INTO portcall_outbox_counts VALUES (1, 0, 1, 39);
INSERT INTO portcall_outbox_counts VALUES (1, 0, -1, -39);
INSERT INTO portcall_outbox_counts VALUES (1, 4, 1, 39);
INSERT INTO portcall_outbox_counts VALUES (1, 0, 1, 38);
INSERT INTO portcall_outbox_counts VALUES (1, 0, -1, -38);
INSERT INTO portcall_outbox_counts VALUES (1, 6, 1, 38);
INSERT INTO portcall_outbox_counts VALUES (1, 0, 1, 37);
INSERT INTO portcall_outbox_counts VALUES (1, 0, 2, 72);
INSERT INTO portcall_outbox_counts VALUES (1, 0, 3, 126);
INSERT INTO portcall_outbox_events VALUES (1, 1, 4, 1795835261678690, 1795835261678690, 1, 39, NULL, 1795835261687070, 'm-delivered', '\x6abda5639f408c17d542f0ef3d517eb0', NULL, NULL, 'delivered', '', '');
INSERT INTO portcall_outbox_events VALUES (2, 1, 6, 1795835261690346, 1795835261690346, 1, 38, NULL, 1795835261695144, NULL, NULL, NULL, NULL, 'rejected', 'no such user', 'user');
INSERT INTO portcall_outbox_events VALUES (4, 1, 2, 1795835261704070, 1795835261704070, 0, 37, 4, NULL, NULL, NULL, NULL, NULL, '', '', '');
INSERT INTO portcall_outbox_events VALUES (3, 1, 0, 1, 1795835261697490, 2, 37, NULL, NULL, NULL, NULL, NULL, NULL, 'retry', 'busy', '');
INSERT INTO portcall_outbox_events VALUES (5, 1, 3, 1795835261704070, 1795835261704070, 0, 35, 4, NULL, NULL, NULL, NULL, NULL, '', '', '');
INSERT INTO portcall_outbox_events VALUES (8, 1, 0, 1795835261711204, 1795835261711204, 0, 37, NULL, NULL, 'm-waiting', '\x38e4f60996e808ef7232397f221a53fe', NULL, NULL, '', '', '');
INSERT INTO portcall_outbox_events VALUES (6, 1, 0, 1795835261711204, 1795835261711204, 0, 44, NULL, NULL, NULL, NULL, 'k', '\xe6e70110bc9f65f0eec7759ecb0fe361', '', '', '');
INSERT INTO portcall_outbox_events VALUES (7, 1, 0, 1795835261711204, 1795835261711204, 0, 45, NULL, NULL, NULL, NULL, 'k', '\xe6e70110bc9f65f0eec7759ecb0fe361', '', '', '');
INSERT INTO portcall_outbox_bodies VALUES (2, '{"type": "track", "event": "rejected"}');
INSERT INTO portcall_outbox_bodies VALUES (3, '{"type": "track", "event": "retried"}');
INSERT INTO portcall_outbox_bodies VALUES (4, '{"type": "track", "event": "claimed"}');
INSERT INTO portcall_outbox_bodies VALUES (5, '{"type": "track", "event": "begun"}');
INSERT INTO portcall_outbox_bodies VALUES (6, '{"type": "track", "event": "first of order"}');
INSERT INTO portcall_outbox_bodies VALUES (7, '{"type": "track", "event": "second of order"}');
INSERT INTO portcall_outbox_bodies VALUES (8, '{"type": "track", "event": "waiting"}');
INSERT INTO portcall_outbox_claims OVERRIDING SYSTEM VALUE VALUES (4, 1, 1, 1795835321707143);
SELECT setval('portcall_outbox_connections_id_seq', 1);
SELECT setval('portcall_outbox_plans_id_seq', 1);
SELECT setval('portcall_outbox_lanes_id_seq', 1);
SELECT setval('portcall_outbox_claims_id_seq', 4);
SELECT setval('portcall_outbox_ids', 8);
