//! A random rotation of the space of embeddings, the same each time it is derived from the same secret.

use aws_lc_rs::hkdf;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::embedding::{DIMENSIONS, Embedding};

/// What a device keeps and sends when its person is checked; the server keeps it nowhere.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DeviceSecret([u8; Self::LENGTH]);

impl DeviceSecret {
    /// How many bytes a secret has.
    pub const LENGTH: usize = 32;

    /// A secret of these bytes, which the device has drawn at random.
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }
}

/// A rotation that only who knows the secret can make, or undo.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Rotation {
    /// Orthonormal rows, one after the other.
    rows: Vec<f64>,
}

/// How many uniform numbers are added up to one that is as good as normally distributed.
const ADDENDS: usize = 12;

/// The random bytes of a row: two for each addend.
const ROW_BYTES: usize = DIMENSIONS * ADDENDS * 2;

/// What the bytes are derived for (RFC 5869 §3.2, `info`), before the number of the row.
const PURPOSE: &[u8] = b"countersign face rotation 1";

impl Rotation {
    /// The rotation of a secret in a context: say, the environment and the person. One secret gives
    /// unrelated rotations in two contexts.
    ///
    /// Only additions, multiplications, divisions and square roots are used, which IEEE 754 defines to
    /// the bit: every machine derives the same rotation.
    pub fn derive(secret: &DeviceSecret, context: &[u8]) -> Self {
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, context).extract(&secret.0);
        let mut rows = Vec::with_capacity(DIMENSIONS * DIMENSIONS);
        for number in 0..DIMENSIONS {
            let mut row = random_row(&key, number);
            orthonormalise(&mut row, &rows);
            rows.extend_from_slice(&row);
        }
        Self { rows }
    }

    /// An embedding, turned.
    pub(super) fn turn(&self, embedding: &Embedding) -> Embedding {
        let mut turned = Box::new([0.0; DIMENSIONS]);
        let (rows, _) = self.rows.as_chunks::<DIMENSIONS>();
        for (turned, row) in turned.iter_mut().zip(rows) {
            let pairs = row.iter().zip(embedding.as_slice());
            *turned = narrow(pairs.map(|(one, other)| one * f64::from(*other)).sum());
        }
        Embedding::from_array(turned)
    }
}

/// The bytes of one row, as HKDF counts them.
struct RowBytes;

impl hkdf::KeyType for RowBytes {
    fn len(&self) -> usize {
        ROW_BYTES
    }
}

/// Numbers that are as good as normally distributed: a direction without preference.
fn random_row(key: &hkdf::Prk, number: usize) -> Zeroizing<Vec<f64>> {
    let mut bytes = Zeroizing::new(vec![0; ROW_BYTES]);
    let info = [PURPOSE, &[u8::try_from(number).unwrap_or(u8::MAX)]];
    #[expect(
        clippy::expect_used,
        reason = "HKDF expands to 255 hashes, and a row needs 96"
    )]
    key.expand(&info, RowBytes)
        .and_then(|output| output.fill(&mut bytes))
        .expect("HKDF gives a row");
    let (pairs, _) = bytes.as_chunks::<2>();
    let uniform = pairs
        .iter()
        .map(|pair| f64::from(u16::from_le_bytes(*pair)) / 65535.0);
    let uniform: Zeroizing<Vec<f64>> = Zeroizing::new(uniform.collect());
    let (groups, _) = uniform.as_chunks::<ADDENDS>();
    // Twelve uniform numbers have a variance of one and a mean of six.
    Zeroizing::new(
        groups
            .iter()
            .map(|group| group.iter().sum::<f64>() - 6.0)
            .collect(),
    )
}

/// Makes a row orthogonal to those before it, and of length one (Gram and Schmidt). Done twice, which is
/// enough for the precision of the numbers.
fn orthonormalise(row: &mut [f64], before: &[f64]) {
    let (before, _) = before.as_chunks::<DIMENSIONS>();
    for _ in 0..2 {
        for earlier in before {
            let share: f64 = row
                .iter()
                .zip(earlier)
                .map(|(one, other)| one * other)
                .sum();
            let pairs = row.iter_mut().zip(earlier);
            pairs.for_each(|(number, other)| *number -= share * other);
        }
        let length = row.iter().map(|number| number * number).sum::<f64>().sqrt();
        for number in &mut *row {
            *number /= length;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "embeddings have the precision of an f32"
)]
fn narrow(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotation(secret: u8, context: &[u8]) -> Rotation {
        Rotation::derive(&DeviceSecret::new([secret; 32]), context)
    }

    #[test]
    fn a_rotation_is_orthogonal() {
        let rotation = rotation(7, b"someone");
        let (rows, _) = rotation.rows.as_chunks::<DIMENSIONS>();
        for (i, one) in rows.iter().enumerate() {
            for (j, other) in rows.iter().enumerate() {
                let product: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((product - expected).abs() < 1e-13, "{i} {j}: {product}");
            }
        }
    }

    /// Templates outlive versions of this code: what it derives must stay the same.
    #[test]
    fn a_rotation_is_the_same_for_ever() {
        let rotation = rotation(7, b"someone");
        let [first, .., last] = rotation.rows.as_slice() else {
            panic!("a rotation has rows");
        };
        let bits = (first.to_bits(), last.to_bits());
        assert_eq!(bits, (0xBFAE_BB58_DCD3_FE5A, 0xBF62_FA2A_7F06_AB91));
    }

    #[test]
    fn another_secret_and_another_context_give_unrelated_rotations() {
        let one = rotation(7, b"someone");
        for other in [rotation(8, b"someone"), rotation(7, b"somebody")] {
            // Of unrelated rotations, the mean product of equal rows is about 0 +- 0.008.
            let pairs = one.rows.iter().zip(&other.rows);
            let alike = pairs.map(|(a, b)| a * b).sum::<f64>() / 128.0;
            assert!(alike.abs() < 0.04, "{alike}");
        }
    }
}
