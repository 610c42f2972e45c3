//! What attribute types are called (RFC 4514 §3, and what certificate tools write besides).

/// The names in capitals, each with its object identifier.
const KEYWORDS: &[(&str, &str)] = &[
    ("BUSINESSCATEGORY", "2.5.4.15"),
    ("C", "2.5.4.6"),
    ("CN", "2.5.4.3"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("DESCRIPTION", "2.5.4.13"),
    ("DNQ", "2.5.4.46"),
    ("DNQUALIFIER", "2.5.4.46"),
    ("E", "1.2.840.113549.1.9.1"),
    ("EMAIL", "1.2.840.113549.1.9.1"),
    ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
    ("G", "2.5.4.42"),
    ("GENERATION", "2.5.4.44"),
    ("GENERATIONQUALIFIER", "2.5.4.44"),
    ("GIVENNAME", "2.5.4.42"),
    ("GN", "2.5.4.42"),
    ("INITIALS", "2.5.4.43"),
    ("JURISDICTIONC", "1.3.6.1.4.1.311.60.2.1.3"),
    ("JURISDICTIONL", "1.3.6.1.4.1.311.60.2.1.1"),
    ("JURISDICTIONST", "1.3.6.1.4.1.311.60.2.1.2"),
    ("L", "2.5.4.7"),
    ("NAME", "2.5.4.41"),
    ("O", "2.5.4.10"),
    ("ORGANIZATIONIDENTIFIER", "2.5.4.97"),
    ("OU", "2.5.4.11"),
    ("POSTALCODE", "2.5.4.17"),
    ("PSEUDONYM", "2.5.4.65"),
    ("S", "2.5.4.8"),
    ("SERIALNUMBER", "2.5.4.5"),
    ("SN", "2.5.4.4"),
    ("ST", "2.5.4.8"),
    ("STREET", "2.5.4.9"),
    ("SURNAME", "2.5.4.4"),
    ("T", "2.5.4.12"),
    ("TITLE", "2.5.4.12"),
    ("UID", "0.9.2342.19200300.100.1.1"),
];

/// What the attribute type with this object identifier is called, if it has a name here.
pub(super) fn keyword(identifier: &str) -> Option<&'static str> {
    /// The types of which the first name in the list is not the usual one.
    const USUAL: &[(&str, &str)] = &[
        ("EMAILADDRESS", "1.2.840.113549.1.9.1"),
        ("ST", "2.5.4.8"),
        ("GIVENNAME", "2.5.4.42"),
    ];
    let mut known = USUAL.iter().chain(KEYWORDS);
    let known = known.find(|(_, known)| *known == identifier);
    known.map(|(keyword, _)| *keyword)
}

/// The object identifier of an attribute type that is written as a keyword, in either case, or as
/// the identifier itself.
pub(super) fn object_identifier(written: &str) -> Option<String> {
    let capitals = written.to_ascii_uppercase();
    let known = KEYWORDS.iter().find(|(keyword, _)| *keyword == capitals);
    if let Some((_, identifier)) = known {
        return Some((*identifier).to_owned());
    }
    // RFC 2253 §4 allows an "OID." before the numbers.
    let numbers = capitals.strip_prefix("OID.").unwrap_or(&capitals);
    let is_number = |part: &str| {
        let is_digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_digits && (part == "0" || !part.starts_with('0'))
    };
    let is_identifier = numbers.contains('.') && numbers.split('.').all(is_number);
    is_identifier.then(|| numbers.to_owned())
}
