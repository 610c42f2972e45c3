//! What a network makes of a face: numbers that lie near each other for one person.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// How many numbers there are in an embedding.
pub const DIMENSIONS: usize = 128;

/// A face as a network sees it: a point in a space in which one person's faces lie together.
///
/// Personal data of the kind that cannot be changed (GDPR Art. 9): it is not shown, not kept, and
/// wiped when it is dropped. What is kept is a [`Template`](crate::Template).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Embedding(Box<[f32; DIMENSIONS]>);

impl Embedding {
    /// An embedding of these numbers, unless one of them is none.
    pub fn new(numbers: &[f32]) -> Option<Self> {
        let numbers: &[f32; DIMENSIONS] = numbers.try_into().ok()?;
        let finite = numbers.iter().all(|number| number.is_finite());
        finite.then(|| Self(Box::new(*numbers)))
    }

    /// An embedding of numbers that were computed from those of others.
    pub(crate) fn from_array(numbers: Box<[f32; DIMENSIONS]>) -> Self {
        Self(numbers)
    }

    /// The middle of several embeddings, unless there are none.
    pub fn mean<'a>(embeddings: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut sum = Sum::default();
        embeddings.into_iter().for_each(|one| sum.add(one));
        sum.mean()
    }

    /// The Euclidean distance to another embedding: docs/face.md says what it tells.
    pub fn distance(&self, other: &Self) -> f32 {
        let pairs = self.0.iter().zip(other.0.iter());
        let sum: f32 = pairs.map(|(one, other)| (one - other).powi(2)).sum();
        sum.sqrt()
    }

    /// The numbers themselves.
    pub fn as_slice(&self) -> &[f32] {
        self.0.as_slice()
    }
}

/// Embeddings added up.
#[derive(Default, Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Sum {
    numbers: Vec<f32>,
    count: u16,
}

impl Sum {
    /// Adds one more.
    pub(crate) fn add(&mut self, embedding: &Embedding) {
        if self.numbers.is_empty() {
            // At once as long as it will be: what grows leaves copies behind.
            self.numbers = vec![0.0; DIMENSIONS];
        }
        let pairs = self.numbers.iter_mut().zip(embedding.as_slice());
        pairs.for_each(|(sum, number)| *sum += number);
        self.count = self.count.saturating_add(1);
    }

    /// How many were added.
    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    /// Their middle.
    pub(crate) fn mean(&self) -> Option<Embedding> {
        let mut mean = Box::new([0.0; DIMENSIONS]);
        if self.count == 0 {
            return None;
        }
        let pairs = mean.iter_mut().zip(&self.numbers);
        pairs.for_each(|(mean, sum)| *mean = sum / f32::from(self.count));
        Some(Embedding(mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(number: f32) -> Embedding {
        Embedding::new(&[number; DIMENSIONS]).unwrap()
    }

    #[test]
    fn an_embedding_has_its_length_and_only_numbers() {
        assert!(Embedding::new(&[0.0; DIMENSIONS - 1]).is_none());
        assert!(Embedding::new(&[f32::NAN; DIMENSIONS]).is_none());
        assert!(Embedding::new(&[f32::INFINITY; DIMENSIONS]).is_none());
    }

    #[test]
    fn the_distance_is_euclidean() {
        let distance = filled(1.0).distance(&filled(1.5));
        assert!((distance - 0.5 * 128.0_f32.sqrt()).abs() < 1e-5);
    }

    #[test]
    fn the_mean_lies_in_the_middle() {
        let mean = Embedding::mean([&filled(1.0), &filled(2.0)]).unwrap();
        assert!(mean.distance(&filled(1.5)) < 1e-6);
        assert!(Embedding::mean([]).is_none());
    }
}
