use domain::{AuthenticationMethod, ClientAuthentication};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};

use super::fixture::{Authority, client as params, named};
use super::*;
use crate::fixture::{NOW, client};

fn robot(issuer: &str, subject: &str) -> Client {
    let mut robot = client();
    robot.authentication = ClientAuthentication {
        method: AuthenticationMethod::Certificate,
        certificate_issuer: Some(issuer.to_owned()),
        certificate_subject: Some(subject.to_owned()),
        ..ClientAuthentication::default()
    };
    robot
}

fn check(
    chain: &CertificateChain,
    robot: &Client,
    trusted: &TrustedIssuers,
) -> Result<(), CertificateRefused> {
    verify(Some(chain), robot, trusted, NOW)
}

#[track_caller]
fn not_trusted(result: &Result<(), CertificateRefused>) {
    assert!(
        matches!(result, Err(CertificateRefused::NotTrusted(_))),
        "{result:?}"
    );
}

#[test]
fn rfc8705_2_1_a_certificate_of_the_issuer_with_the_subject_is_believed() {
    let root = Authority::root("Root");
    let chain = root.certify(&params("the robot"), &[]);
    for (issuer, subject) in [
        ("CN=Root", "CN=the robot"),
        ("cn=ROOT", "cn=The Robot"),
        (TRUST_ANY, "CN=the robot"),
    ] {
        let robot = robot(issuer, subject);
        assert_eq!(check(&chain, &robot, &root.trusted()), Ok(()));
    }
    // RFC 5280: a certificate that says nothing about its use may be used.
    let plain = root.certify(&named("the robot"), &[]);
    let robot = robot("CN=Root", "CN=the robot");
    assert_eq!(check(&plain, &robot, &root.trusted()), Ok(()));
}

#[test]
fn rfc8705_2_1_2_another_subject_is_refused() {
    let root = Authority::root("Root");
    let chain = root.certify(&params("another robot"), &[]);
    let differs = CertificateRefused::SubjectDiffers("CN=another robot".to_owned());
    for issuer in ["CN=Root", TRUST_ANY] {
        let robot = robot(issuer, "CN=the robot");
        assert_eq!(check(&chain, &robot, &root.trusted()), Err(differs.clone()));
    }
    let nobody = root.certify(&CertificateParams::default(), &[]);
    let refused = check(&nobody, &robot("CN=Root", "CN=the robot"), &root.trusted());
    assert!(matches!(
        refused,
        Err(CertificateRefused::SubjectDiffers(_))
    ));
}

#[test]
fn rfc8705_2_1_another_issuer_is_refused_even_with_the_name_of_the_right_one() {
    let [root, other, namesake] = ["Root", "Other", "Root"].map(Authority::root);
    let both = root.trusted().and(&other.trusted());
    let robot_of_root = robot("CN=Root", "CN=the robot");
    let of_anyone = robot(TRUST_ANY, "CN=the robot");
    let by_other = other.certify(&params("the robot"), &[]);
    // Trusted, but not for this client.
    not_trusted(&check(&by_other, &robot_of_root, &both));
    assert_eq!(check(&by_other, &of_anyone, &both), Ok(()));
    // Not trusted at all.
    not_trusted(&check(&by_other, &of_anyone, &root.trusted()));
    let by_namesake = namesake.certify(&params("the robot"), &[]);
    not_trusted(&check(&by_namesake, &robot_of_root, &both));
    not_trusted(&check(&by_namesake, &of_anyone, &both));
    // One who is trusted has somebody take the name of another who is trusted.
    let impostor = other.below("Root");
    let by_impostor = impostor.certify(&params("the robot"), &[&impostor]);
    not_trusted(&check(&by_impostor, &robot_of_root, &both));
    // Nobody is trusted.
    let nobody = TrustedIssuers::default();
    let unknown = Err(CertificateRefused::IssuerUnknown);
    assert_eq!(check(&by_other, &robot_of_root, &nobody), unknown);
    not_trusted(&check(&by_other, &of_anyone, &nobody));
}

#[test]
fn a_chain_leads_to_any_trusted_issuer_but_not_around_the_named_one() {
    let root = Authority::root("Root");
    let below = root.below("Below");
    let chain = below.certify(&params("the robot"), &[&below]);
    let bare = below.certify(&params("the robot"), &[]);
    let of_anyone = robot(TRUST_ANY, "CN=the robot");
    assert_eq!(check(&chain, &of_anyone, &root.trusted()), Ok(()));
    not_trusted(&check(&bare, &of_anyone, &root.trusted()));
    assert_eq!(check(&bare, &of_anyone, &below.trusted()), Ok(()));
    not_trusted(&check(
        &chain,
        &robot("CN=Root", "CN=the robot"),
        &root.trusted(),
    ));
    let of_below = robot("CN=Below", "CN=the robot");
    assert_eq!(check(&bare, &of_below, &below.trusted()), Ok(()));
    // A client's certificate certifies nobody.
    let leaf = Authority::root_with("Leaf", |params| params.is_ca = IsCa::ExplicitNoCa);
    let by_leaf = leaf.certify(&params("the robot"), &[&leaf]);
    not_trusted(&check(&by_leaf, &of_anyone, &root.trusted()));
}

#[test]
fn rfc5280_6_1_3_before_and_after_its_time_a_certificate_is_refused() {
    let root = Authority::root("Root");
    let robot = robot("CN=Root", "CN=the robot");
    let good = params("the robot");
    for (from, until) in [((2020, 1), (2026, 1)), ((2030, 1), (2040, 1))] {
        let mut params = params("the robot");
        params.not_before = rcgen::date_time_ymd(from.0, from.1, 1);
        params.not_after = rcgen::date_time_ymd(until.0, until.1, 1);
        let chain = root.certify(&params, &[]);
        not_trusted(&check(&chain, &robot, &root.trusted()));
        // The certificate of the issuer has its time too.
        let late = Authority::root_with("Root", |issuer| {
            issuer.not_before = params.not_before;
            issuer.not_after = params.not_after;
        });
        let chain = late.certify(&good, &[]);
        let unknown = Err(CertificateRefused::IssuerUnknown);
        assert_eq!(check(&chain, &robot, &late.trusted()), unknown);
    }
}

#[test]
fn rfc5280_4_2_1_a_certificate_for_another_use_is_refused() {
    let root = Authority::root("Root");
    let robot = robot("CN=Root", "CN=the robot");
    let mut of_server = params("the robot");
    of_server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    not_trusted(&check(
        &root.certify(&of_server, &[]),
        &robot,
        &root.trusted(),
    ));
    let mut for_encryption = params("the robot");
    for_encryption.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(
        check(&root.certify(&for_encryption, &[]), &robot, &root.trusted()),
        Err(CertificateRefused::KeyUsage)
    );
    let mut of_authority = params("the robot");
    of_authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    not_trusted(&check(
        &root.certify(&of_authority, &[]),
        &robot,
        &root.trusted(),
    ));
}

#[test]
fn a_client_whose_names_cannot_be_read_is_refused() {
    let root = Authority::root("Root");
    let chain = root.certify(&params("the robot"), &[]);
    for (issuer, subject) in [
        ("Root", "CN=the robot"),
        ("", "CN=the robot"),
        ("CN=Root", "the robot"),
        ("CN=Root", ""),
        ("trust_any", "CN=the robot"),
    ] {
        let refused = check(&chain, &robot(issuer, subject), &root.trusted());
        assert!(
            matches!(refused, Err(CertificateRefused::Name(_))),
            "{refused:?}"
        );
    }
    let mut unset = robot("CN=Root", "CN=the robot");
    unset.authentication.certificate_issuer = None;
    let refused = check(&chain, &unset, &root.trusted());
    assert_eq!(refused, Err(CertificateRefused::Name(NameFormat::Empty)));
    unset.authentication.certificate_subject = None;
    let refused = check(&chain, &unset, &root.trusted());
    assert_eq!(refused, Err(CertificateRefused::Name(NameFormat::Empty)));
    let missing = verify(None, &robot("CN=Root", "CN=x"), &root.trusted(), NOW);
    assert_eq!(missing, Err(CertificateRefused::Missing));
    let garbage = CertificateChain::new(vec![vec![1, 2, 3].into()]).unwrap();
    let refused = check(&garbage, &robot("CN=Root", "CN=x"), &root.trusted());
    assert_eq!(refused, Err(CertificateRefused::Unreadable));
    assert!(CertificateChain::new(Vec::new()).is_none());
}

#[test]
fn only_an_authority_is_trusted_to_issue() {
    let key = KeyPair::generate().unwrap();
    let leaf = params("the robot").self_signed(&key).unwrap();
    let refused = TrustedIssuer::new(leaf.der()).err();
    assert_eq!(refused, Some(IssuerFault::NotAnAuthority));
    let garbage = vec![1, 2, 3].into();
    assert_eq!(
        TrustedIssuer::new(&garbage).err(),
        Some(IssuerFault::Unreadable)
    );
    assert!(TrustedIssuer::new(Authority::root("Root").certificate()).is_ok());
}
