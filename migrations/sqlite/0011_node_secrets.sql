-- Random bytes that all nodes of this event store share and nobody else has, such as what positions are sealed with.

CREATE TABLE node_secrets (
    name   TEXT  NOT NULL PRIMARY KEY,
    secret BLOB  NOT NULL
);
