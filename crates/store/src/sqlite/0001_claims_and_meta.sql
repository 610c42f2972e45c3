-- What may happen once, and has: the tenant's number and the hash of what was claimed.
CREATE TABLE claim (
    key BLOB PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_until ON claim (until);

-- The file's own values:
--   format                  how many migrations it has been through
--   last_version            the version that was given to a record last
--   configuration_revision  how many commits have touched the configuration
--   data_key                the wrapped data key, if records are sealed
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('last_version', 0), ('configuration_revision', 0);
