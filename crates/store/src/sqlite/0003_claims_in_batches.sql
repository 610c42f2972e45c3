-- The claims of one transaction that are remembered for an hour or two and end in the same second: each is the
-- length of its key (1 byte), when it may be swept (8 bytes, big-endian, milliseconds), and its key. A number is
-- never given twice: it is a version.
CREATE TABLE claim_batch (
    id INTEGER PRIMARY KEY,
    claims BLOB NOT NULL
) STRICT;

-- Claims that are remembered longer. The table has another name than before, so that an older program that still
-- has the file open grants nothing that it cannot see to be claimed.
ALTER TABLE claim RENAME TO lasting_claim;
