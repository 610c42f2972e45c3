//! What is kept of a face: its embedding, turned in space by what only the person's device knows.
//!
//! ISO/IEC 24745 asks of a protected template that it cannot be compared across databases and can be
//! renewed. A rotation keeps all distances, so nothing is lost where the secret is known; where it is
//! not, the template is a point in an unknown direction. It hides nothing from whoever has both.

mod rotation;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::embedding::{DIMENSIONS, Embedding};
pub use rotation::{DeviceSecret, Rotation};

/// The networks, the alignment and the derivation that a template belongs to. Templates of another
/// version cannot be compared: nobody is recognised by them, and their people enrol again, once
/// somebody vouches for them besides their device.
const VERSION: u8 = 1;

/// A version and 128 little-endian numbers of four bytes.
const LENGTH: usize = 1 + 4 * DIMENSIONS;

/// A face that was enrolled, protected by the secret of the device on which it was.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Template(Embedding);

/// These bytes are no template, or one of a version that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no face template of version {VERSION}")]
pub struct MalformedTemplate;

impl Template {
    /// How many bytes a template has.
    pub const LENGTH: usize = LENGTH;

    /// An embedding, protected. Enrol with the embedding of a [`Passage`](crate::Passage), which is the
    /// mean of at least five frames.
    pub fn protect(embedding: &Embedding, rotation: &Rotation) -> Self {
        Self(rotation.turn(embedding))
    }

    /// How far an embedding is from the one that was enrolled: what it is without protection, if the
    /// rotation is the same.
    pub fn distance(&self, embedding: &Embedding, rotation: &Rotation) -> f32 {
        self.0.distance(&rotation.turn(embedding))
    }

    /// How far two protected templates are from each other: says something only if both were turned
    /// by the same rotation.
    pub fn distance_to(&self, other: &Self) -> f32 {
        self.0.distance(&other.0)
    }

    /// The template as bytes, to be sealed and stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        let numbers = self.0.as_slice().iter();
        bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
        bytes
    }

    /// The template that these bytes are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedTemplate> {
        let (&version, numbers) = bytes.split_first().ok_or(MalformedTemplate)?;
        let (numbers, rest) = numbers.as_chunks::<4>();
        if version != VERSION || !rest.is_empty() {
            return Err(MalformedTemplate);
        }
        let mut numbers: Vec<f32> = numbers
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect();
        let embedding = Embedding::new(&numbers).ok_or(MalformedTemplate);
        numbers.zeroize();
        embedding.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rotation(secret: u8) -> Rotation {
        Rotation::derive(&DeviceSecret::new([secret; 32]), b"environment/person")
    }

    fn numbers() -> impl Strategy<Value = Vec<f32>> {
        prop::collection::vec(-1.0_f32..1.0, DIMENSIONS)
    }

    fn embedding(numbers: &[f32]) -> Embedding {
        Embedding::new(numbers).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn protection_keeps_every_distance(one in numbers(), other in numbers(), secret: u8) {
            let (one, other) = (embedding(&one), embedding(&other));
            let rotation = rotation(secret);
            let protected = Template::protect(&one, &rotation).distance(&other, &rotation);
            prop_assert!((protected - one.distance(&other)).abs() < 1e-4);
        }

        #[test]
        fn without_the_secret_not_even_the_same_embedding_is_near(one in numbers(), secret in 1..=u8::MAX) {
            let one = embedding(&one);
            let template = Template::protect(&one, &rotation(0));
            prop_assert!(template.distance(&one, &rotation(secret)) > 3.0);
        }

        #[test]
        fn a_template_survives_storage(one in numbers()) {
            let one = embedding(&one);
            let rotation = rotation(7);
            let bytes = Template::protect(&one, &rotation).to_bytes();
            prop_assert_eq!(bytes.len(), Template::LENGTH);
            let back = Template::from_bytes(&bytes).unwrap();
            prop_assert!(back.distance(&one, &rotation) < 1e-5);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            prop_assert!(Template::from_bytes(&bytes).is_err());
        }
    }

    #[test]
    fn other_versions_and_other_lengths_are_refused() {
        let embedding = Embedding::new(&[0.1; DIMENSIONS]).unwrap();
        let bytes = Template::protect(&embedding, &rotation(7)).to_bytes();
        let mut other = bytes.clone();
        other[0] = VERSION + 1;
        assert!(Template::from_bytes(&other).is_err());
        assert!(Template::from_bytes(&bytes[..bytes.len() - 4]).is_err());
        let mut infinite = bytes;
        infinite[1..5].copy_from_slice(&f32::INFINITY.to_le_bytes());
        assert!(Template::from_bytes(&infinite).is_err());
    }
}
