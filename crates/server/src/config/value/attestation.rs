//! Who vouches for authenticators.

use authn::factor::webauthn::AttestationRoots;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::{Fault, Value};

impl Value {
    /// A file of certificates in PEM, at least one.
    pub(crate) fn attestation_roots(&self) -> Result<AttestationRoots, Fault> {
        let fault = || Fault::WrongForm {
            expected: "a file of certificates in PEM that can be roots of trust",
        };
        let read = CertificateDer::pem_file_iter(self.file()?).map_err(|_| fault())?;
        let read: Vec<CertificateDer<'_>> = read.collect::<Result<_, _>>().map_err(|_| fault())?;
        let roots = AttestationRoots::new(read.iter().map(AsRef::as_ref)).map_err(|_| fault())?;
        (!read.is_empty()).then_some(roots).ok_or_else(fault)
    }
}

#[cfg(test)]
mod tests {
    use authn::factor::webauthn::AttestationPolicy;
    use data_encoding::BASE64;
    use testkit::soft_authenticator::SoftMaker;

    use super::super::super::tests::load_text;

    #[test]
    fn who_vouches_for_authenticators_is_read_and_must_be_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("roots.pem");
        let root = BASE64.encode(&SoftMaker::new().root());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{root}\n-----END CERTIFICATE-----\n");
        std::fs::write(&path, pem).unwrap();
        let model = "ee882879-721c-4913-9775-3dfcce97072a";
        let trusted = format!(
            "[webauthn]\nattestation = \"trusted\"\nattestation_roots = {path:?}\nattestation_models = [\"{model}\"]\n"
        );
        let policy = load_text(&trusted).unwrap().webauthn.attestation_policy();
        let AttestationPolicy::Trusted { models, .. } = policy else {
            panic!("{policy:?}")
        };
        assert_eq!(models, [model.parse().unwrap()]);
        let default = load_text("").unwrap().webauthn.attestation_policy();
        assert!(matches!(default, AttestationPolicy::None));
        std::fs::write(&path, "nothing of the kind").unwrap();
        for mistaken in [
            "attestation = \"trusted\"".to_owned(),
            format!("attestation_models = [\"{model}\"]"),
            "attestation = \"trusted\"\nattestation_models = [\"model\"]".to_owned(),
            format!("attestation = \"trusted\"\nattestation_roots = {path:?}"),
            "attestation = \"some\"".to_owned(),
        ] {
            let mistakes = load_text(&format!("[webauthn]\n{mistaken}\n")).unwrap_err();
            assert_eq!(mistakes.len(), 1, "{mistaken}");
        }
    }
}
