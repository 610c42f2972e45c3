-- The claims of one transaction, as long as they are remembered for minutes only: each is the length of its key
-- (1 byte), when it may be swept (8 bytes, big-endian, milliseconds), and its key. Claims that are remembered for
-- long stay in `claim`. A number is never given twice: it is a version.
CREATE TABLE claim_batch (
    id INTEGER PRIMARY KEY,
    claims BLOB NOT NULL
) STRICT;
