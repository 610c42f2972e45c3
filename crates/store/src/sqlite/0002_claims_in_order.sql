-- Claims in the order in which they were made. Their keys are hashes: where they were the order of the table,
-- and of those that end in the same second, each claim wrote to a page of its own in both.
CREATE TABLE ordered_claim (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    until INTEGER NOT NULL
) STRICT;

INSERT INTO ordered_claim (key, until) SELECT key, until FROM claim ORDER BY until;

DROP TABLE claim;

ALTER TABLE ordered_claim RENAME TO claim;

CREATE INDEX claim_until ON claim (until);
