use super::*;
use minicbor::Encoder;

/// A point on P-256 (RFC 7515 appendix A.3).
const X: [u8; 32] = [
    127, 205, 206, 39, 112, 246, 196, 93, 65, 131, 203, 238, 111, 219, 75, 123, 88, 7, 51, 53, 123,
    233, 239, 19, 186, 207, 110, 60, 123, 209, 84, 69,
];
const Y: [u8; 32] = [
    199, 241, 68, 205, 27, 189, 155, 126, 135, 44, 223, 237, 185, 238, 185, 244, 179, 105, 93, 110,
    169, 11, 36, 173, 138, 70, 35, 40, 133, 136, 229, 173,
];

enum Part<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    True,
}
use Part::{Bytes, Int};

fn key(members: &[(i64, Part<'_>)]) -> Result<CoseAlgorithm, CoseKeyError> {
    let mut cbor = Encoder::new(Vec::new());
    cbor.map(members.len() as u64).unwrap();
    for (label, part) in members {
        cbor.i64(*label).unwrap();
        match part {
            Int(number) => cbor.i64(*number).unwrap(),
            Bytes(bytes) => cbor.bytes(bytes).unwrap(),
            Part::True => cbor.bool(true).unwrap(),
        };
    }
    CredentialPublicKey::read(&cbor.into_writer()).map(|key| key.algorithm())
}

fn es256<'a>(x: Part<'a>, y: Part<'a>) -> Vec<(i64, Part<'a>)> {
    vec![(1, Int(2)), (3, Int(-7)), (-1, Int(1)), (-2, x), (-3, y)]
}

#[test]
fn rfc9053_7_1_reads_a_point_on_the_curve_and_no_other() {
    assert_eq!(key(&es256(Bytes(&X), Bytes(&Y))), Ok(CoseAlgorithm::Es256));
    let unsound = Err(CoseKeyError::Unsound);
    assert_eq!(key(&es256(Bytes(&Y), Bytes(&X))), unsound);
    assert_eq!(key(&es256(Bytes(&X), Bytes(&Y[..31]))), unsound);
    let long = [&[0], &X[..]].concat();
    assert_eq!(key(&es256(Bytes(&long), Bytes(&Y))), unsound);
}

#[test]
fn webauthn_5_8_5_refuses_the_compressed_form() {
    assert_eq!(
        key(&es256(Bytes(&X), Part::True)),
        Err(CoseKeyError::Unsound)
    );
}

#[test]
fn webauthn_6_5_1_refuses_private_and_optional_members() {
    for label in [-4, 2, 4, 5, 9] {
        let mut members = es256(Bytes(&X), Bytes(&Y));
        members.push((label, Bytes(&X)));
        assert_eq!(key(&members), Err(CoseKeyError::Superfluous), "{label}");
    }
}

#[test]
fn webauthn_5_8_5_type_curve_and_algorithm_belong_together() {
    for (kty, alg, crv) in [
        (1, -7, 1),
        (2, -7, 2),
        (2, -35, 1),
        (2, -8, 6),
        (1, -8, 4),
        (2, -257, 1),
    ] {
        let mut members = es256(Bytes(&X), Bytes(&Y));
        (members[0].1, members[1].1, members[2].1) = (Int(kty), Int(alg), Int(crv));
        assert_eq!(
            key(&members),
            Err(CoseKeyError::Mismatch),
            "{kty} {alg} {crv}"
        );
    }
    for alg in [-65535, -47, 0, 7, i64::MIN] {
        let mut members = es256(Bytes(&X), Bytes(&Y));
        members[1].1 = Int(alg);
        assert_eq!(key(&members), Err(CoseKeyError::Algorithm), "{alg}");
    }
    assert_eq!(key(&[(1, Int(2))]), Err(CoseKeyError::Algorithm));
    let not_a_map = CredentialPublicKey::read(b"\x80").err();
    assert_eq!(not_a_map, Some(CoseKeyError::NotACoseKey));
}

#[test]
fn rfc8230_4_rsa_keys_have_2048_to_8192_bits_and_a_usual_exponent() {
    let with = |bits: usize, e: &[u8]| {
        let n = vec![0xff; bits / 8];
        key(&[(1, Int(3)), (3, Int(-257)), (-1, Bytes(&n)), (-2, Bytes(e))])
    };
    let usual = [1, 0, 1];
    assert_eq!(with(2048, &usual), Ok(CoseAlgorithm::Rs256));
    assert_eq!(with(8192, &usual), Ok(CoseAlgorithm::Rs256));
    let unsound = Err(CoseKeyError::Unsound);
    for (bits, e) in [
        (1024, &usual[..]),
        (8200, &usual),
        (2048, &[3]),
        (2048, &[1, 0, 0]),
        (2048, &[0, 1, 0, 1]),
        (2048, &[1; 6]),
        (2048, &[]),
    ] {
        assert_eq!(with(bits, e), unsound, "{bits} {e:?}");
    }
}

#[test]
fn the_numbers_are_those_of_the_registry() {
    for id in [-7, -8, -35, -36, -37, -257] {
        assert_eq!(CoseAlgorithm::from_id(id).map(CoseAlgorithm::id), Some(id));
    }
    assert_eq!(CoseAlgorithm::from_id(RS1), None);
}
