use proptest::prelude::*;
use rcgen::string::{BmpString, Ia5String, PrintableString, TeletexString, UniversalString};
use rcgen::{CertificateParams, DnType, DnValue, KeyPair};
use x509_parser::prelude::FromDer;

use super::*;

fn parsed(text: &str) -> DistinguishedName {
    text.parse()
        .unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn refused(text: &str) -> NameFormat {
    text.parse::<DistinguishedName>().unwrap_err()
}

/// The name of a certificate with these attributes, the first level first.
fn certified(attributes: &[(DnType, DnValue)]) -> DistinguishedName {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    for (kind, value) in attributes {
        params.distinguished_name.push(kind.clone(), value.clone());
    }
    let pair = KeyPair::generate().unwrap();
    let made = params.self_signed(&pair).unwrap();
    let certificate = super::super::read(made.der()).unwrap();
    DistinguishedName::of(certificate.subject()).unwrap()
}

fn shop() -> DistinguishedName {
    certified(&[
        (DnType::CountryName, "DE".into()),
        (DnType::OrganizationName, "Shop, Inc.".into()),
        (DnType::CommonName, "the shop".into()),
    ])
}

#[test]
fn rfc4514_2_1_the_string_begins_with_the_last_level() {
    for text in [
        r"CN=the shop,O=Shop\, Inc.,C=DE",
        r"CN=the shop,O=Shop\2C Inc.,C=DE",
        r"cn=the shop,o=Shop\2c Inc.,c=DE",
        r"2.5.4.3=the shop,2.5.4.10=Shop\, Inc.,2.5.4.6=DE",
        r"OID.2.5.4.3=the shop,oid.2.5.4.10=Shop\, Inc.,C=DE",
        // As other tools write it (RFC 2253 §4).
        r#"CN=the shop, O="Shop, Inc.", C=DE"#,
        r" CN = the shop ; O = Shop\, Inc. ; C = DE ",
    ] {
        assert_eq!(parsed(text), shop(), "{text}");
    }
}

#[test]
fn the_order_of_levels_matters_and_that_of_attributes_within_one_does_not() {
    for text in [
        r"C=DE,O=Shop\, Inc.,CN=the shop",
        r"CN=the shop,C=DE,O=Shop\, Inc.",
        r"CN=the shop,O=Shop\, Inc.",
        r"CN=the shop+O=Shop\, Inc.,C=DE",
        r"CN=the shop,O=Shop\, Inc.,C=DE,DC=x",
        r"UID=the shop,O=Shop\, Inc.,C=DE",
    ] {
        assert_ne!(parsed(text), shop(), "{text}");
    }
    assert_eq!(
        parsed("OU=Sales+CN=J. Smith,DC=net"),
        parsed("CN=J. Smith+OU=Sales,DC=net")
    );
    assert_ne!(
        parsed("OU=Sales+CN=J. Smith,DC=net"),
        parsed("OU=Sales,CN=J. Smith,DC=net")
    );
}

#[test]
fn rfc4517_4_2_11_case_and_the_number_of_spaces_do_not_matter() {
    let name = |value: &str| parsed(&format!("CN={value}"));
    for (one, other) in [
        ("The Shop", "THE SHOP"),
        ("the  shop", "the shop"),
        (r"\ the shop\ ", "the shop"),
        ("Straße", "STRASSE"),
        ("ÅNGSTRÖM", "ångström"),
        // RFC 4518 §2.4: Unicode Normalization Form KC.
        ("A\u{30a}ngstro\u{308}m", "Ångström"),
        ("ﬁsh", "fish"),
        // RFC 4518 §2.2: a soft hyphen is mapped to nothing, a no-break space to a space.
        ("sh\u{ad}op", "shop"),
        ("the\u{a0}shop", "the shop"),
    ] {
        assert_eq!(name(one), name(other), "{one} {other}");
    }
    for (one, other) in [("the shop", "theshop"), ("shop", "shöp"), ("a", "аccount")] {
        assert_ne!(name(one), name(other), "{one} {other}");
    }
    // A Cyrillic letter that looks like a Latin one is another letter.
    assert_ne!(name("shop"), name("sh\u{43e}p"));
}

#[test]
fn the_encoding_in_the_certificate_does_not_matter() {
    let latin = TeletexString::try_from("shop").unwrap();
    let values = [
        DnValue::PrintableString(PrintableString::try_from("Shop").unwrap()),
        DnValue::Ia5String(Ia5String::try_from("Shop").unwrap()),
        DnValue::BmpString(BmpString::try_from("Shop").unwrap()),
        DnValue::UniversalString(UniversalString::try_from("Shop").unwrap()),
        DnValue::TeletexString(latin),
        DnValue::Utf8String("Shop".to_owned()),
    ];
    for value in values {
        assert_eq!(certified(&[(DnType::CommonName, value)]), parsed("CN=shop"));
    }
}

#[test]
fn rfc4514_4_the_examples_are_read() {
    let smith = parsed(r#"CN=James \"Jim\" Smith\, III,DC=example,DC=net"#);
    assert_eq!(
        smith,
        parsed(r#"CN="James \"Jim\" Smith, III",DC=example,DC=net"#)
    );
    let lines = certified(&[
        (
            DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 25]),
            "net".into(),
        ),
        (DnType::CommonName, "Before\rAfter".into()),
    ]);
    // RFC 4518 §2.2 maps a carriage return to a space.
    assert_eq!(parsed(r"CN=Before\0dAfter,DC=net"), lines);
    assert_eq!(
        parsed("1.3.6.1.4.1.1466.0=#04024869").0[0]
            .first()
            .unwrap()
            .value,
        Value::Other(4, b"Hi".to_vec())
    );
    assert_eq!(parsed(r"CN=Lu\C4\8Di\C4\87"), parsed("CN=Lučić"));
    // The octets of a text are that text: PrintableString, UTF8String.
    assert_eq!(parsed("CN=#130453686f70"), parsed("CN=shop"));
    assert_eq!(parsed("CN=#0c0453686F70"), parsed("CN=shop"));
}

#[test]
fn what_is_no_name_is_refused() {
    assert_eq!(refused(""), NameFormat::Empty);
    assert_eq!(refused("  "), NameFormat::Empty);
    for text in ["CN", "CN=a,", ",CN=a", "CN=a,,O=b", "CN=a+", "shop"] {
        assert!(matches!(refused(text), NameFormat::Form(_)), "{text}");
    }
    for text in ["XY=a", "=a", "2=a", "2.=a", "2.5.04.3=a", "2..5=a"] {
        assert!(
            matches!(refused(text), NameFormat::UnknownType(_)),
            "{text}"
        );
    }
    for text in [
        r"CN=a\",
        r"CN=a\x",
        r"CN=a\4",
        r"CN=\ff",
        r#"CN="a"#,
        r#"CN=a"b""#,
        "CN=a<b",
        "CN=a>b",
        "CN=a\0b",
        "CN=#",
        "CN=#zz",
        "CN=#0403414",
        "CN=#04024869ff",
        "CN=#0c02fffe",
        // RFC 4518 §2.3: private use.
        "CN=\u{e000}",
    ] {
        assert!(matches!(refused(text), NameFormat::Value(_)), "{text}");
    }
}

#[test]
fn a_certificate_without_a_subject_is_nobodys() {
    let nobody = certified(&[]);
    assert_eq!(nobody, DistinguishedName(Vec::new()));
    for text in ["CN=", "CN= "] {
        assert_ne!(parsed(text), nobody);
    }
}

#[test]
fn several_attributes_of_one_level_are_read_from_a_certificate() {
    // SEQUENCE { SET { CN=a, OU=b } }
    let der = [
        0x30, 0x16, 0x31, 0x14, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, b'a', 0x30,
        0x08, 0x06, 0x03, 0x55, 0x04, 0x0b, 0x0c, 0x01, b'b',
    ];
    let (_, name) = X509Name::from_der(&der).unwrap();
    assert_eq!(DistinguishedName::of(&name), Some(parsed("OU=B+CN=A")));
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,60}", value in r##"[ \\"#+,;=<>a\x00é]{0,20}"##) {
        let _ = text.parse::<DistinguishedName>();
        let _ = format!("CN={value}").parse::<DistinguishedName>();
    }

    #[test]
    fn every_text_can_be_escaped(value in "[ -~äß€]{1,20}") {
        let pairs: Vec<String> = value.bytes().map(|byte| format!("\\{byte:02x}")).collect();
        let hex = pairs.concat();
        let escaped = parsed(&format!("CN={hex},O=x"));
        let certified = certified(&[
            (DnType::OrganizationName, "x".into()),
            (DnType::CommonName, value.as_str().into()),
        ]);
        prop_assert_eq!(escaped, certified);
    }
}
